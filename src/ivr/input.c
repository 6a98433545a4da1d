/*
 * input.c - waiting for the caller and taking what came: active grammars, the field's value and its shadow
 * variables (VoiceXML 2.0 section 2.3.1), application.lastresult$ (section 5.1.5), choices (section 2.2),
 * transfer outcomes (section 2.3.7), and the filled elements that follow (section 2.4).
 */
#include "fia.h"

#include <string.h>

static void add_choices(struct fia *f, const struct node *menu)
{
	struct arena *a = &f->turn.arena;
	struct grammar *g;
	struct text words;
	char keys[32];

	for (const struct node *c = menu->first; c; c = c->next) {
		if (c->element != EL_CHOICE)
			continue;
		menu_keys(menu, c, keys, sizeof(keys));
		if (*keys && (g = grammar_add(&f->turn.grammars, a, GRAMMAR_KEYS))) {
			g->text = arena_text(a, keys);
			g->node = c;
		}
		text_init(&words);
		node_words(c, &words);
		if (words.len && (g = grammar_add(&f->turn.grammars, a, GRAMMAR_PHRASE))) {
			g->text = arena_text(a, words.s);
			g->node = c;
		}
		text_finish(&words);
	}
}

void wait_input(struct fia *f, struct item *i)
{
	struct turn *t = &f->turn;
	const char *termchar = property_get(f, i->node, "termchar"),
		   *modes = property_get(f, i->node, "inputmodes");

	if (i->node->element == EL_MENU)
		add_choices(f, i->node);
	else
		grammar_add_builtin(&t->grammars, &t->arena, node_attr(i->node, "type"));
	t->listen = (struct ivr_listen){
		.timeout_ms = t->prompt_timeout_ms != UINT32_MAX ? t->prompt_timeout_ms
								 : property_ms(f, i->node, "timeout"),
		.interdigit_ms = property_ms(f, i->node, "interdigittimeout"),
		.term_ms = property_ms(f, i->node, "termtimeout"),
		.termchar = *termchar,
		.max_digits = grammar_max_digits(&t->grammars),
		.complete = grammar_complete,
		.grammar = &t->grammars,
		.dtmf = strstr(modes, "dtmf") != NULL,
		.voice = strstr(modes, "voice") != NULL && grammar_has_speech(&t->grammars),
		.secret = strcmp(property_get(f, i->node, "govhotline.secret"), "true") == 0,
	};
	t->end = TURN_LISTEN;
}

static void exec_filled_in(struct fia *f, const struct node *holder)
{
	for (const struct node *n = holder->first; n && !f->jump.kind; n = n->next)
		if (n->element == EL_FILLED)
			exec_scoped(f, n);
}

static bool list_has(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; n && (p = strstr(p, name)); p += n)
		if ((p == list || strchr(" \t\r\n", p[-1])) && (!p[n] || strchr(" \t\r\n", p[n])))
			return true;
	return false;
}

/* mode "all": every named input item is filled; "any": the one just filled is among them. */
static bool form_filled_holds(struct fia *f, const struct node *filled, const struct item *just)
{
	const char *list = node_attr(filled, "namelist");
	bool any = node_attr_is(filled, "mode", "any");
	struct item *i;
	bool member;

	if (list && !(just->name && list_has(list, just->name)))
		return false;
	for (unsigned n = 0; !any && n < f->item_count; n++) {
		i = &f->items[n];
		member = list ? i->name && list_has(list, i->name) : i->node->element != EL_BLOCK;
		if (member && !fia_item_filled(f, i))
			return false;
	}
	return true;
}

static void run_filled(struct fia *f, const struct item *i)
{
	exec_filled_in(f, i->node);
	for (const struct node *n = f->dialog->first; n && !f->jump.kind; n = n->next) {
		if (n->element != EL_FILLED || !form_filled_holds(f, n, i))
			continue;
		if (!f->jump.kind)
			exec_scoped(f, n);
	}
}

static bool set_shadow(struct fia *f, const struct item *i, const char *object)
{
	struct text name;
	bool ok;

	text_init(&name);
	text_fmt(&name, "%s$", i->name);
	ok = fia_script_ok(
		f, i->node, script_declare_value(f->script, SCOPE_DIALOG, text_str(&name), object));
	text_finish(&name);
	return ok;
}

/* {utterance, inputmode, interpretation, confidence}, for the shadow variable and lastresult$. */
static void describe_result(struct text *out, const char *utterance, const char *mode, const char *meaning)
{
	text_add(out, "{utterance:");
	script_quote(out, utterance);
	text_fmt(out, ",inputmode:\"%s\",interpretation:%s,confidence:1}", mode, meaning);
}

static bool set_last_result(struct fia *f, const struct item *i, const char *object)
{
	struct text expr;
	bool ok;

	text_init(&expr);
	text_fmt(&expr,
		"(function(o){var "
		"r=[o];r.utterance=o.utterance;r.inputmode=o.inputmode;r.interpretation=o.interpretation;"
		"r.confidence=o.confidence;return r})(%s)",
		object);
	ok = fia_script_ok(f, i->node,
		script_declare_value(f->script, SCOPE_APPLICATION, "lastresult$", text_str(&expr)));
	text_finish(&expr);
	return ok;
}

static void fill(struct fia *f, struct item *i, const char *value, const char *shadow)
{
	i->filled = true;
	if (i->name &&
		(!fia_script_ok(f, i->node, script_declare_value(f->script, SCOPE_DIALOG, i->name, value)) ||
			!set_shadow(f, i, shadow)))
		return;
	run_filled(f, i);
}

static void take_choice(struct fia *f, const struct node *choice)
{
	const char *next;

	if (node_attr(choice, "event") || node_attr(choice, "eventexpr")) {
		jump_throw(f, choice);
		return;
	}
	next = attr_or_expr(f, choice, "next", "expr");
	if (next && !f->jump.kind)
		jump_uri(f, choice, next);
}

static void take_match(struct fia *f, struct item *i, const struct node *choice,
	const struct ivr_input *input, const char *meaning)
{
	struct text result;

	text_init(&result);
	describe_result(&result, input->text, input->kind == IVR_IN_SAY ? "voice" : "dtmf", meaning);
	if (set_last_result(f, i, text_str(&result))) {
		if (choice)
			take_choice(f, choice);
		else
			fill(f, i, meaning, text_str(&result));
	}
	text_finish(&result);
}

/* The grammars are the past turn's: they are asked before it is forgotten. */
void take_input(struct fia *f, const struct ivr_input *input)
{
	struct item *i = f->current;
	const struct grammar *g = NULL;
	const struct node *choice;
	struct text meaning;

	text_init(&meaning);
	if (input->kind == IVR_IN_DTMF && input->text)
		g = grammar_match_dtmf(&f->turn.grammars, input->text, &meaning);
	else if (input->kind == IVR_IN_SAY && input->text)
		g = grammar_match_speech(&f->turn.grammars, input->text, &meaning);
	choice = g ? g->node : NULL;
	turn_reset(&f->turn);
	if (g)
		take_match(f, i, choice, input, text_str(&meaning));
	else
		jump_event(f, i->node, input->kind == IVR_IN_NOINPUT ? "noinput" : "nomatch", "%s", "");
	text_finish(&meaning);
}

static bool is_known_scheme(const char *dest)
{
	static const char *const schemes[] = {"queue:", "agent:", "tel:", "sip:", "sips:"};

	for (unsigned n = 0; n < sizeof(schemes) / sizeof(schemes[0]); n++)
		if (!strncmp(dest, schemes[n], strlen(schemes[n])))
			return true;
	return false;
}

void wait_transfer(struct fia *f, struct item *i)
{
	struct turn *t = &f->turn;
	const char *dest = attr_or_expr(f, i->node, "dest", "destexpr"), *v;

	if (f->jump.kind)
		return;
	if (!is_known_scheme(dest)) {
		jump_event(f, i->node, "error.unsupported.uri", "'%s' is no destination of a transfer", dest);
		return;
	}
	t->dest = dest;
	t->bridge = node_attr_is(i->node, "bridge", "true") || node_attr_is(i->node, "type", "bridge");
	t->connect_ms = 60000;
	if ((v = node_attr(i->node, "connecttimeout")))
		(void)vxml_duration(v, &t->connect_ms);
	if ((v = node_attr(i->node, "maxtime")))
		(void)vxml_duration(v, &t->max_ms);
	t->end = TURN_TRANSFER;
}

void take_transfer(struct fia *f, const struct ivr_input *input)
{
	struct item *i = f->current;
	struct text value, shadow;

	text_init(&value);
	text_init(&shadow);
	turn_reset(&f->turn);
	script_quote(&value, input->outcome ? input->outcome : "unknown");
	text_fmt(&shadow, "{duration:%.3f,inputmode:undefined,utterance:undefined}",
		input->duration_ms / 1000.0);
	fill(f, i, text_str(&value), text_str(&shadow));
	text_finish(&value);
	text_finish(&shadow);
}
