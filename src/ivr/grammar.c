/*
 * grammar.c - builtin digits and boolean (VoiceXML 2.0 Appendix P, their parameters by section 2.3.1.1), the
 * keys and the phrases of choices. SRGS grammars and the other builtin types are not here yet.
 */
#include "grammar.h"

#include "script.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DIGITS_MAX 63 /* what a collector holds */

const char *grammar_kind_name(enum grammar_kind k)
{
	static const char *const names[] = {"digits", "boolean", "keys", "phrase"};

	return k <= GRAMMAR_PHRASE ? names[k] : "?";
}

struct builtin {
	enum grammar_kind kind;
	unsigned min, max;
	char yes, no;
};

static bool read_digits_param(struct builtin *b, const char *name, const char *value)
{
	int64_t n;

	if (!text_to_int(value, 1, DIGITS_MAX, &n))
		return false;
	if (!strcmp(name, "minlength"))
		b->min = (unsigned)n;
	else if (!strcmp(name, "maxlength"))
		b->max = (unsigned)n;
	else if (!strcmp(name, "length"))
		b->min = b->max = (unsigned)n;
	else
		return false;
	return true;
}

static bool read_boolean_param(struct builtin *b, const char *name, const char *value)
{
	if (strlen(value) != 1 || !strchr("0123456789*#", *value))
		return false;
	if (!strcmp(name, "y"))
		b->yes = *value;
	else if (!strcmp(name, "n"))
		b->no = *value;
	else
		return false;
	return true;
}

static bool read_params(struct builtin *b, const char *s)
{
	char name[16], value[16];
	int used;

	while (*s) {
		if (sscanf(s, "%15[a-z]=%15[^;]%n", name, value, &used) != 2)
			return false;
		if (!(b->kind == GRAMMAR_DIGITS ? read_digits_param : read_boolean_param)(b, name, value))
			return false;
		s += used;
		if (*s == ';')
			s++;
	}
	return b->min <= b->max && b->yes != b->no;
}

static const char *read_builtin(const char *type, struct builtin *b)
{
	static const char *const later[] = {"currency", "date", "number", "phone", "time"};
	size_t n = strcspn(type, "?");

	*b = (struct builtin){.min = 1, .max = DIGITS_MAX, .yes = '1', .no = '2'};
	for (unsigned i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strlen(later[i]) == n && !memcmp(type, later[i], n))
			return "this builtin type is not supported yet";
	if (n == 6 && !memcmp(type, "digits", n))
		b->kind = GRAMMAR_DIGITS;
	else if (n == 7 && !memcmp(type, "boolean", n))
		b->kind = GRAMMAR_BOOLEAN;
	else
		return "there is no such builtin type";
	if (type[n] && !read_params(b, type + n + 1))
		return b->kind == GRAMMAR_DIGITS
			       ? "its parameters are length, minlength and maxlength, from 1 to 63"
			       : "its parameters are y and n, each a key";
	return NULL;
}

const char *builtin_check(const char *type)
{
	struct builtin b;

	return read_builtin(type, &b);
}

struct grammar *grammar_add(struct grammar_set *set, struct arena *a, enum grammar_kind kind)
{
	struct grammar *g = arena_alloc(a, sizeof(*g));

	if (!g)
		return NULL;
	g->kind = kind;
	if (set->last)
		set->last->next = g;
	else
		set->first = g;
	set->last = g;
	return g;
}

void grammar_add_builtin(struct grammar_set *set, struct arena *a, const char *type)
{
	struct builtin b;
	struct grammar *g = read_builtin(type, &b) ? NULL : grammar_add(set, a, b.kind);

	if (!g)
		return;
	g->min = b.min;
	g->max = b.max;
	g->yes = b.yes;
	g->no = b.no;
}

static bool digits_complete(const struct grammar *g, const char *digits, size_t n, bool *more)
{
	if (strspn(digits, "0123456789") != n)
		return false;
	*more |= n < g->max;
	return n >= g->min && n <= g->max;
}

static bool keys_complete(const struct grammar *g, const char *digits, size_t n, bool *more)
{
	if (strncmp(g->text, digits, n) != 0)
		return false;
	*more |= g->text[n] != '\0';
	return !g->text[n];
}

static bool one_complete(const struct grammar *g, const char *digits, bool *more)
{
	size_t n = strlen(digits);

	switch (g->kind) {
	case GRAMMAR_DIGITS:
		return digits_complete(g, digits, n, more);
	case GRAMMAR_BOOLEAN:
		*more |= n == 0;
		return n == 1 && (*digits == g->yes || *digits == g->no);
	case GRAMMAR_KEYS:
		return keys_complete(g, digits, n, more);
	case GRAMMAR_PHRASE:
		break;
	}
	return false;
}

bool grammar_complete(void *set, const char *digits, bool *more)
{
	bool any = false;

	*more = false;
	for (const struct grammar *g = ((const struct grammar_set *)set)->first; g; g = g->next)
		any |= one_complete(g, digits, more);
	return any;
}

unsigned grammar_max_digits(const struct grammar_set *set)
{
	unsigned max = 0, n;

	for (const struct grammar *g = set->first; g; g = g->next) {
		n = g->kind == GRAMMAR_DIGITS ? g->max : g->kind == GRAMMAR_BOOLEAN ? 1 : 0;
		if (g->kind == GRAMMAR_KEYS)
			n = (unsigned)strlen(g->text);
		max = n > max ? n : max;
	}
	return max;
}

static void set_meaning(const struct grammar *g, const char *input, struct text *meaning)
{
	if (g->kind == GRAMMAR_BOOLEAN)
		text_add(meaning, *input == g->yes || !strcasecmp(input, "yes") ? "true" : "false");
	else
		script_quote(meaning, input);
}

const struct grammar *grammar_match_dtmf(
	const struct grammar_set *set, const char *digits, struct text *meaning)
{
	bool more = false;

	for (const struct grammar *g = set->first; g; g = g->next)
		if (one_complete(g, digits, &more)) {
			set_meaning(g, digits, meaning);
			return g;
		}
	return NULL;
}

/* Words alike but for case and spaces between. */
static bool same_words(const char *a, const char *b)
{
	for (;;) {
		while (isspace((unsigned char)*a))
			a++;
		while (isspace((unsigned char)*b))
			b++;
		if (!*a || !*b)
			return *a == *b;
		for (; *a && !isspace((unsigned char)*a); a++, b++)
			if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
				return false;
		if (*b && !isspace((unsigned char)*b))
			return false;
	}
}

static bool speech_matches(const struct grammar *g, const char *words)
{
	if (g->kind == GRAMMAR_BOOLEAN)
		return same_words(words, "yes") || same_words(words, "no");
	return g->kind == GRAMMAR_PHRASE && same_words(words, g->text);
}

const struct grammar *grammar_match_speech(
	const struct grammar_set *set, const char *words, struct text *meaning)
{
	for (const struct grammar *g = set->first; g; g = g->next)
		if (speech_matches(g, words)) {
			set_meaning(g, words, meaning);
			return g;
		}
	return NULL;
}

bool grammar_has_speech(const struct grammar_set *set)
{
	for (const struct grammar *g = set->first; g; g = g->next)
		if (g->kind == GRAMMAR_PHRASE || g->kind == GRAMMAR_BOOLEAN)
			return true;
	return false;
}
