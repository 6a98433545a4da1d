/*
 * number.c - dial rules: a caller's or dialled number as E.164 (ITU-T E.164, visual separators of E.123 and
 * RFC 3966). In China a landline comes as area code and 7 or 8 digits with the 0 in front, or local without
 * it; a mobile number (1xxxxxxxxxx) with no prefix, or with a 0 that gateways add. No number plan beyond this
 * is known.
 */
#include "number.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define E164_MIN   7
#define E164_MAX   15
#define LOCAL_MIN  7 /* shorter ones are service numbers and extensions */
#define MOBILE_LEN 11

const char *number_kind_name(enum number_kind k)
{
	static const char *const names[] = {"none", "e164", "short", "name"};

	return (unsigned)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

/* Digits alone, and whether a "+" stood in front; an extension or URI parameter ends it. False: not a number.
 */
static bool digits_of(const char *user, char *out, bool *plus)
{
	size_t n = 0;

	*plus = *user == '+';
	for (const char *p = user + *plus; *p && *p != ';' && *p != ','; p++) {
		if (strchr("-. ()", *p))
			continue;
		if (!isdigit((unsigned char)*p) || n + 1 >= NUMBER_MAX - 1)
			return false;
		out[n++] = *p;
	}
	out[n] = '\0';
	return n > 0;
}

static const char *without(const char *digits, const char *prefix)
{
	size_t n = strlen(prefix);

	return n > 0 && strncmp(digits, prefix, n) == 0 ? digits + n : NULL;
}

static bool is_chinese_mobile(const struct number_rules *rules, const char *digits)
{
	return strcmp(rules->country, "86") == 0 && strlen(digits) == MOBILE_LEN && digits[0] == '1' &&
	       digits[1] >= '3';
}

static enum number_kind whole(char out[NUMBER_MAX], const char *country, const char *area, const char *rest)
{
	char e164[3 * NUMBER_MAX];
	int n = snprintf(e164, sizeof(e164), "+%s%s%s", country, area, rest);

	if (n - 1 < E164_MIN || n - 1 > E164_MAX)
		return NUMBER_NONE;
	memcpy(out, e164, (size_t)n + 1);
	return NUMBER_E164;
}

static enum number_kind by_rules(const struct number_rules *r, const char *digits, char out[NUMBER_MAX])
{
	const char *rest = without(digits, r->international);

	if (rest)
		return whole(out, "", "", rest);
	rest = without(digits, r->national);
	if (rest)
		return whole(out, r->country, "", rest);
	if (is_chinese_mobile(r, digits))
		return whole(out, r->country, "", digits);
	rest = without(digits, r->country);
	if (rest && (is_chinese_mobile(r, rest) || strlen(digits) > MOBILE_LEN))
		return whole(out, "", "", digits);
	if (r->country[0] && strlen(digits) >= LOCAL_MIN)
		return whole(out, r->country, r->area, digits);
	return NUMBER_NONE;
}

enum number_kind number_normalise(const struct number_rules *rules, const char *user, char out[NUMBER_MAX])
{
	char digits[NUMBER_MAX];
	enum number_kind kind;
	bool plus;

	out[0] = '\0';
	if (!user || !user[0] || strcasecmp(user, "anonymous") == 0)
		return NUMBER_NONE;
	if (!digits_of(user, digits, &plus)) {
		(void)text_copy(out, NUMBER_MAX, user);
		return NUMBER_NAME;
	}
	kind = plus ? whole(out, "", "", digits) : by_rules(rules, digits, out);
	if (kind == NUMBER_E164)
		return kind;
	(void)text_copy(out, NUMBER_MAX, digits);
	return NUMBER_SHORT;
}

static bool any_match(const char (*patterns)[32], size_t n, const char *s)
{
	for (size_t i = 0; i < n && patterns[i][0]; i++)
		if (text_match(patterns[i], s))
			return true;
	return false;
}

bool number_allowed(const struct number_rules *rules, const char *e164)
{
	size_t n = strlen(rules->country);

	if (e164[0] != '+' || any_match(rules->deny, 16, e164))
		return false;
	if (rules->allow[0][0])
		return any_match(rules->allow, 16, e164);
	return n > 0 && strncmp(e164 + 1, rules->country, n) == 0;
}

void number_dial(const struct number_rules *rules, const char *e164, char out[NUMBER_MAX])
{
	const char *digits = e164 + (e164[0] == '+'), *rest = without(digits, rules->country);

	if (!rest)
		(void)snprintf(out, NUMBER_MAX, "%s%s", rules->international, digits);
	else if (is_chinese_mobile(rules, rest))
		(void)snprintf(out, NUMBER_MAX, "%s", rest);
	else
		(void)snprintf(out, NUMBER_MAX, "%s%s", rules->national, rest);
}
