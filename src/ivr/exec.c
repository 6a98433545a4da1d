/*
 * exec.c - executable content (VoiceXML 2.0 section 5.3): one function an element, run in document order
 * until one asks for a jump. Nothing here waits: prompts are queued, and input is a matter of form items.
 */
#include "fia.h"

#include "base/error.h"

#include <string.h>

void exec_var(struct fia *f, const struct node *n, enum script_scope scope)
{
	const char *name = node_attr(n, "name");

	if (strchr(name, '.'))
		jump_event(f, n, "error.semantic",
			"<var name=\"%s\">: a variable is declared without a scope's name", name);
	else
		(void)fia_script_ok(f, n, script_declare(f->script, scope, name, node_attr(n, "expr")));
}

static void run_var(struct fia *f, const struct node *n)
{
	exec_var(f, n, SCOPE_ANONYMOUS);
}

static void run_assign(struct fia *f, const struct node *n)
{
	(void)fia_script_ok(f, n, script_assign(f->script, node_attr(n, "name"), node_attr(n, "expr")));
}

/* Calls fn for each name of a list; stops at a jump. */
static void each_name(struct fia *f, const char *list,
	void (*fn)(struct fia *, const struct node *, const char *, void *), const struct node *at, void *arg)
{
	char name[128];
	size_t n;

	for (list += strspn(list, " \t\r\n"); *list && !f->jump.kind;
		list += n, list += strspn(list, " \t\r\n")) {
		n = strcspn(list, " \t\r\n");
		if (n >= sizeof(name)) {
			jump_event(f, at, "error.semantic", "a name is longer than %zu characters",
				sizeof(name) - 1);
			return;
		}
		memcpy(name, list, n);
		name[n] = '\0';
		fn(f, at, name, arg);
	}
}

static void reset_item(struct item *i)
{
	i->filled = false;
	i->prompts = 0;
	i->events = NULL;
}

static void clear_one(struct fia *f, const struct node *at, const char *name, void *arg)
{
	struct item *i = fia_item(f, name);

	(void)arg;
	if (fia_script_ok(f, at, script_assign(f->script, name, "undefined")) && i)
		reset_item(i);
}

static void run_clear(struct fia *f, const struct node *n)
{
	const char *list = node_attr(n, "namelist");

	if (list) {
		each_name(f, list, clear_one, n, NULL);
		return;
	}
	for (unsigned i = 0; i < f->item_count && !f->jump.kind; i++) {
		if (f->items[i].name)
			clear_one(f, n, f->items[i].name, NULL);
		else
			reset_item(&f->items[i]);
	}
}

static bool branch_holds(struct fia *f, const struct node *n)
{
	bool holds = n->element == EL_ELSE;

	if (!holds && !fia_script_ok(f, n, script_bool(f->script, node_attr(n, "cond"), &holds)))
		return false;
	return holds;
}

static const struct node *exec_one(struct fia *f, const struct node *n);

static void run_if(struct fia *f, const struct node *n)
{
	const struct node *c = n->first;
	bool on = branch_holds(f, n);

	while (c && !f->jump.kind) {
		if (c->element == EL_ELSEIF || c->element == EL_ELSE) {
			if (on)
				return;
			on = branch_holds(f, c);
			c = c->next;
		} else
			c = on ? exec_one(f, c) : c->next;
	}
}

static void run_goto(struct fia *f, const struct node *n)
{
	bool to_item = node_attr(n, "nextitem") || node_attr(n, "expritem");
	const char *target =
		to_item ? attr_or_expr(f, n, "nextitem", "expritem") : attr_or_expr(f, n, "next", "expr");

	if (f->jump.kind)
		return;
	if (to_item)
		jump_item(f, n, target);
	else
		jump_uri(f, n, target);
}

struct list_json {
	struct text *out;
	bool any;
};

static void add_member(struct fia *f, const struct node *at, const char *name, void *arg)
{
	struct list_json *l = arg;
	struct text value;

	text_init(&value);
	if (fia_script_ok(f, at, script_json(f->script, name, &value))) {
		text_add(l->out, l->any ? "," : "");
		script_quote(l->out, name);
		text_fmt(l->out, ":%s", value.len ? value.s : "null");
		l->any = true;
	}
	text_finish(&value);
}

static void run_exit(struct fia *f, const struct node *n)
{
	const char *expr = node_attr(n, "expr"), *list = node_attr(n, "namelist");
	struct list_json json = {.out = &f->exit_json};

	text_clear(&f->exit_json);
	if (expr)
		(void)fia_script_ok(f, n, script_json(f->script, expr, &f->exit_json));
	else if (list) {
		text_add_char(&f->exit_json, '{');
		each_name(f, list, add_member, n, &json);
		text_add_char(&f->exit_json, '}');
	}
	if (!f->jump.kind)
		f->jump = (struct jump){.kind = JUMP_EXIT, .at = n};
}

static void run_disconnect(struct fia *f, const struct node *n)
{
	f->jump = (struct jump){.kind = JUMP_DISCONNECT, .at = n};
}

static void run_reprompt(struct fia *f, const struct node *n)
{
	(void)n;
	f->reprompt = true;
}

static void run_log(struct fia *f, const struct node *n)
{
	const char *label = node_attr(n, "label"), *expr = node_attr(n, "expr");
	struct text line;
	bool ok = true;

	text_init(&line);
	if (label)
		text_fmt(&line, "%s: ", label);
	for (const struct node *c = n->first; c && ok; c = c->next) {
		if (c->element == EL_TEXT)
			text_add(&line, c->text);
		else
			ok = fia_script_ok(f, c, script_string(f->script, node_attr(c, "expr"), &line));
	}
	if (ok && expr)
		ok = fia_script_ok(f, n, script_string(f->script, expr, &line));
	if (ok)
		turn_note(&f->turn, NULL, text_str(&line));
	text_finish(&line);
}

static void run_prompt(struct fia *f, const struct node *n)
{
	if (fia_cond(f, n))
		prompt_queue(f, n);
}

static void run_call_data(struct fia *f, const struct node *n)
{
	struct text value;

	text_init(&value);
	if (fia_script_ok(f, n, script_string(f->script, node_attr(n, "expr"), &value)))
		turn_note(&f->turn, node_attr(n, "name"), text_str(&value));
	text_finish(&value);
}

static void (*const runners[])(struct fia *f, const struct node *n) = {
	[EL_PROMPT] = run_prompt,
	[EL_VAR] = run_var,
	[EL_ASSIGN] = run_assign,
	[EL_CLEAR] = run_clear,
	[EL_IF] = run_if,
	[EL_GOTO] = run_goto,
	[EL_EXIT] = run_exit,
	[EL_DISCONNECT] = run_disconnect,
	[EL_THROW] = jump_throw,
	[EL_REPROMPT] = run_reprompt,
	[EL_LOG] = run_log,
	[EL_CALL_DATA] = run_call_data,
};

/* Returns what comes next. */
static const struct node *exec_one(struct fia *f, const struct node *n)
{
	if (n->info->is & (IN_TEXT | IN_SAY))
		return prompt_queue_run(f, n);
	if (n->element < sizeof(runners) / sizeof(runners[0]) && runners[n->element])
		runners[n->element](f, n);
	return n->next;
}

void exec_content(struct fia *f, const struct node *holder)
{
	for (const struct node *n = holder->first; n && !f->jump.kind;)
		n = exec_one(f, n);
}

void exec_scoped(struct fia *f, const struct node *holder)
{
	if (fia_script_ok(f, holder, script_scope_open(f->script, SCOPE_ANONYMOUS)))
		exec_content(f, holder);
}
