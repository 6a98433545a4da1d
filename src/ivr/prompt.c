/*
 * prompt.c - prompts to segments (VoiceXML 2.0 section 4.1): text, values, audio with its fallback, breaks,
 * enumerate; which prompts of an item play (section 4.1.6). Speech is only described here; the platform
 * plays.
 */
#include "fia.h"

#include <string.h>
#include <unistd.h>

struct builder {
	struct fia *fia;
	struct turn_prompt *prompt;
	struct text words; /* not yet a segment */
	const char *lang;
};

static void add_words(struct text *to, const char *s)
{
	for (; *s; s++) {
		if (!strchr(" \t\r\n", *s))
			text_add_char(to, *s);
		else if (to->len && to->s[to->len - 1] != ' ')
			text_add_char(to, ' ');
	}
}

void node_words(const struct node *n, struct text *out)
{
	for (const struct node *c = n->first; c; c = c->next) {
		if (c->element == EL_TEXT)
			add_words(out, c->text);
		else
			node_words(c, out);
	}
	if (out->len && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
}

static void flush(struct builder *b)
{
	struct ivr_segment s = {
		.kind = IVR_TEXT, .text = text_str(&b->words), .language = b->lang ? b->lang : ""};

	while (b->words.len && b->words.s[b->words.len - 1] == ' ')
		b->words.s[--b->words.len] = '\0';
	if (b->words.len)
		turn_segment_add(&b->fia->turn, b->prompt, &s);
	text_clear(&b->words);
}

static void build_children(struct builder *b, const struct node *n);

static void build_value(struct builder *b, const struct node *n)
{
	struct text value;

	text_init(&value);
	if (fia_script_ok(b->fia, n, script_string(b->fia->script, node_attr(n, "expr"), &value)))
		add_words(&b->words, text_str(&value));
	text_finish(&value);
}

static const char *audio_path(struct fia *f, const struct node *n)
{
	const char *src = attr_or_expr(f, n, "src", "expr");
	struct text path;
	char *full;

	if (!src || !*src || strstr(src, "://"))
		return NULL;
	if (!strncmp(src, "file:", 5))
		src += 5;
	text_init(&path);
	if (*src != '/' && *f->doc->folder)
		text_fmt(&path, "%s/", f->doc->folder);
	text_add(&path, src);
	full = access(text_str(&path), R_OK) == 0 ? arena_text(&f->turn.arena, text_str(&path)) : NULL;
	text_finish(&path);
	return full;
}

/* An unreadable file is replaced by what stands inside: section 4.1.3. */
static void build_audio(struct builder *b, const struct node *n)
{
	struct ivr_segment s = {.kind = IVR_AUDIO, .language = n->lang ? n->lang : ""};
	struct text fallback;

	s.src = audio_path(b->fia, n);
	if (b->fia->jump.kind)
		return;
	if (!s.src) {
		build_children(b, n);
		return;
	}
	text_init(&fallback);
	node_words(n, &fallback);
	s.text = text_str(&fallback);
	flush(b);
	turn_segment_add(&b->fia->turn, b->prompt, &s);
	text_finish(&fallback);
}

static void build_break(struct builder *b, const struct node *n)
{
	static const struct {
		const char *strength;
		uint32_t ms;
	} strengths[] = {{"none", 0}, {"x-weak", 100}, {"weak", 250}, {"medium", 500}, {"strong", 1000},
		{"x-strong", 2000}};
	struct ivr_segment s = {.kind = IVR_BREAK, .language = "", .break_ms = 500};
	const char *time = node_attr(n, "time"), *strength = node_attr(n, "strength");

	for (unsigned i = 0; strength && i < sizeof(strengths) / sizeof(strengths[0]); i++)
		if (!strcmp(strength, strengths[i].strength))
			s.break_ms = strengths[i].ms;
	if (time)
		(void)vxml_duration(time, &s.break_ms);
	flush(b);
	turn_segment_add(&b->fia->turn, b->prompt, &s);
}

void menu_keys(const struct node *menu, const struct node *choice, char *out, size_t room)
{
	const char *dtmf = node_attr(choice, "dtmf");
	char next = '1';
	size_t n = 0;

	*out = '\0';
	if (dtmf) {
		for (; *dtmf && n + 1 < room; dtmf++)
			if (*dtmf != ' ')
				out[n++] = *dtmf;
		out[n] = '\0';
		return;
	}
	if (!node_attr_is(menu, "dtmf", "true"))
		return;
	for (const struct node *c = menu->first; c != choice; c = c->next)
		next = (char)(next + (c->element == EL_CHOICE && !node_attr(c, "dtmf")));
	if (next <= '9' && room > 1) {
		out[0] = next;
		out[1] = '\0';
	}
}

static void enumerate_one(
	struct builder *b, const struct node *n, const struct node *menu, const struct node *choice)
{
	struct text words, expr;
	char keys[32];

	text_init(&words);
	text_init(&expr);
	node_words(choice, &words);
	menu_keys(menu, choice, keys, sizeof(keys));
	if (!n->first) {
		add_words(&b->words, text_str(&words));
		text_add(&b->words, "; ");
		goto out;
	}
	script_quote(&expr, text_str(&words));
	if (!fia_script_ok(b->fia, n,
		    script_declare_value(b->fia->script, SCOPE_ANONYMOUS, "_prompt", text_str(&expr))))
		goto out;
	text_clear(&expr);
	script_quote(&expr, keys);
	if (fia_script_ok(b->fia, n,
		    script_declare_value(b->fia->script, SCOPE_ANONYMOUS, "_dtmf", text_str(&expr))))
		build_children(b, n);
out:
	text_finish(&words);
	text_finish(&expr);
}

static void build_enumerate(struct builder *b, const struct node *n)
{
	const struct node *menu = b->fia->dialog;

	if (menu->element != EL_MENU) {
		jump_event(b->fia, n, "error.semantic", "<enumerate> outside a menu has nothing to list");
		return;
	}
	if (!fia_script_ok(b->fia, n, script_scope_open(b->fia->script, SCOPE_ANONYMOUS)))
		return;
	for (const struct node *c = menu->first; c && !b->fia->jump.kind; c = c->next)
		if (c->element == EL_CHOICE)
			enumerate_one(b, n, menu, c);
}

static void build_node(struct builder *b, const struct node *n)
{
	if (n->lang != b->lang && (!n->lang || !b->lang || strcmp(n->lang, b->lang) != 0)) {
		flush(b);
		b->lang = n->lang;
	}
	switch (n->element) {
	case EL_TEXT:
		add_words(&b->words, n->text);
		break;
	case EL_VALUE:
		build_value(b, n);
		break;
	case EL_AUDIO:
		build_audio(b, n);
		break;
	case EL_BREAK:
		build_break(b, n);
		break;
	case EL_ENUMERATE:
		build_enumerate(b, n);
		break;
	case EL_SPOKEN:
		build_children(b, n);
		break;
	default:
		break;
	}
}

static void build_children(struct builder *b, const struct node *n)
{
	for (const struct node *c = n->first; c && !b->fia->jump.kind; c = c->next)
		build_node(b, c);
}

static bool begin(struct builder *b, struct fia *f, const struct node *n)
{
	const char *bargein = node_attr(n, "bargein");

	if (!bargein)
		bargein = property_get(f, n, "bargein");
	memset(b, 0, sizeof(*b));
	b->fia = f;
	b->lang = n->lang;
	text_init(&b->words);
	b->prompt = f->hung_up ? NULL : turn_prompt_add(&f->turn, strcmp(bargein, "false") != 0);
	return b->prompt != NULL;
}

void prompt_queue(struct fia *f, const struct node *prompt)
{
	const char *timeout = node_attr(prompt, "timeout");
	struct builder b;

	if (!begin(&b, f, prompt))
		return;
	if (timeout)
		(void)vxml_duration(timeout, &f->turn.prompt_timeout_ms);
	build_children(&b, prompt);
	flush(&b);
	text_finish(&b.words);
}

static bool is_said(const struct node *n)
{
	return n->element == EL_TEXT || n->element == EL_VALUE || n->element == EL_AUDIO ||
	       n->element == EL_ENUMERATE;
}

const struct node *prompt_queue_run(struct fia *f, const struct node *first)
{
	struct builder b;
	bool ready = begin(&b, f, first);

	for (; first && is_said(first); first = first->next)
		if (ready && !f->jump.kind)
			build_node(&b, first);
	if (ready)
		flush(&b);
	text_finish(&b.words);
	return first;
}

static unsigned prompt_count(const struct node *n)
{
	const char *v = node_attr(n, "count");
	int64_t count = 1;

	if (v)
		(void)text_to_int(v, 1, 1000000, &count);
	return (unsigned)count;
}

/* Section 4.1.6: of the prompts whose condition holds, those with the highest count that is not above the
 * counter. */
void prompt_queue_item(struct fia *f, struct item *i)
{
	unsigned counter = ++i->prompts, best = 0;
	const struct node *c;

	for (c = i->node->first; c && !f->jump.kind; c = c->next)
		if ((c->element == EL_PROMPT || is_said(c)) && prompt_count(c) <= counter &&
			prompt_count(c) > best && fia_cond(f, c))
			best = prompt_count(c);
	for (c = i->node->first; c && !f->jump.kind;) {
		if (is_said(c)) {
			c = best == 1 ? prompt_queue_run(f, c) : c->next;
			continue;
		}
		if (c->element == EL_PROMPT && prompt_count(c) == best && fia_cond(f, c))
			prompt_queue(f, c);
		c = c->next;
	}
}
