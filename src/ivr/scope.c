/*
 * scope.c - variables of VoiceXML 2.0 section 5.1: each scope is an object, and an expression is compiled
 * inside a with() chain of all open ones, outermost first:
 *
 *     with(session) with(application) with(document) with(dialog) with(anonymous) { return (EXPR); }
 *
 * so that reading finds the innermost, and writing goes where the variable is. The names session,
 * application, document and dialog are global variables that hold the same objects.
 */
#include "scope.h"

#include <string.h>

static const char *const stash_keys[SCOPE_COUNT] = {"s0", "s1", "s2", "s3", "s4"};

static void bind(duk_context *duk, struct script *s, enum script_scope scope)
{
	/* [ .. object ] */
	s->scopes[scope] = duk_get_heapptr(duk, -1);
	duk_push_global_stash(duk);
	duk_dup(duk, -2);
	(void)duk_put_prop_string(duk, -2, stash_keys[scope]);
	duk_pop(duk);
	if (scope != SCOPE_ANONYMOUS)
		(void)duk_put_global_string(duk, script_scope_name(scope));
	else
		duk_pop(duk);
}

/* A scope has no prototype: "toString" is no variable. */
static void push_new_scope(duk_context *duk)
{
	(void)duk_push_bare_object(duk);
}

static duk_ret_t open_scope(duk_context *duk, void *p)
{
	struct script_args *a = p;

	push_new_scope(duk);
	bind(duk, a->script, a->scope);
	return 0;
}

static duk_ret_t share_scope(duk_context *duk, void *p)
{
	struct script_args *a = p;

	(void)duk_push_heapptr(duk, a->script->scopes[a->with]);
	bind(duk, a->script, a->scope);
	return 0;
}

static duk_ret_t close_scope(duk_context *duk, void *p)
{
	struct script_args *a = p;

	duk_push_undefined(duk);
	bind(duk, a->script, a->scope);
	return 0;
}

enum script_result script_scope_open(struct script *s, enum script_scope scope)
{
	struct script_args a = {.scope = scope};

	if (!s->duk && draft_open(&s->draft, scope))
		return SCRIPT_OK;
	return script_call(s, open_scope, &a);
}

enum script_result script_scope_share(struct script *s, enum script_scope scope, enum script_scope with)
{
	struct script_args a = {.scope = scope, .with = with};

	if (!s->duk && draft_share(&s->draft, scope, with))
		return SCRIPT_OK;
	return script_call(s, share_scope, &a);
}

enum script_result script_scope_close(struct script *s, enum script_scope scope)
{
	struct script_args a = {.scope = scope};

	if (!s->duk && draft_close(&s->draft, scope))
		return SCRIPT_OK;
	return script_call(s, close_scope, &a);
}

/* Leaves the function: HEAD EXPR TAIL inside the chain. A line end behind EXPR ends a comment in it. */
static void push_function(
	duk_context *duk, struct script *s, const char *head, const char *expr, const char *tail)
{
	duk_idx_t parts = 0;

	(void)duk_push_string(duk, "function($0,$1,$2,$3,$4){");
	parts++;
	for (int i = 0; i < SCOPE_COUNT; i++)
		if (s->scopes[i]) {
			(void)duk_push_sprintf(duk, "with($%d)", i);
			parts++;
		}
	(void)duk_push_string(duk, "{");
	(void)duk_push_string(duk, head);
	(void)duk_push_string(duk, expr);
	(void)duk_push_string(duk, "\n");
	(void)duk_push_string(duk, tail);
	(void)duk_push_string(duk, "}}");
	duk_concat(duk, parts + 6);
	(void)duk_push_string(duk, "expression");
	duk_compile(duk, DUK_COMPILE_FUNCTION);
	duk_push_null(duk); /* a function and its prototype hold each other: without this each one waits for
			       the collector */
	(void)duk_put_prop_string(duk, -2, "prototype");
}

static void run_function(duk_context *duk, struct script *s)
{
	for (int i = 0; i < SCOPE_COUNT; i++) {
		if (s->scopes[i])
			(void)duk_push_heapptr(duk, s->scopes[i]);
		else
			duk_push_undefined(duk);
	}
	duk_call(duk, SCOPE_COUNT);
}

static void evaluate(duk_context *duk, struct script *s, const char *expr)
{
	push_function(duk, s, "return (", expr, ");");
	run_function(duk, s);
}

static duk_ret_t eval_bool(duk_context *duk, void *p)
{
	struct script_args *a = p;

	evaluate(duk, a->script, a->expr);
	a->truth = duk_to_boolean(duk, -1);
	return 0;
}

static duk_ret_t eval_text(duk_context *duk, void *p)
{
	struct script_args *a = p;
	const char *v;

	evaluate(duk, a->script, a->expr);
	v = a->json ? duk_json_encode(duk, -1) : duk_to_string(duk, -1);
	if (v)
		text_add(a->out, v);
	return 0;
}

enum script_result script_bool(struct script *s, const char *expr, bool *out)
{
	struct script_args a = {.expr = expr};
	enum script_result r = script_call(s, eval_bool, &a);

	*out = r == SCRIPT_OK && a.truth;
	return r;
}

enum script_result script_string(struct script *s, const char *expr, struct text *out)
{
	struct script_args a = {.expr = expr, .out = out};

	return script_call(s, eval_text, &a);
}

enum script_result script_json(struct script *s, const char *expr, struct text *out)
{
	struct script_args a = {.expr = expr, .out = out, .json = true};

	return script_call(s, eval_text, &a);
}

static duk_ret_t declare(duk_context *duk, void *p)
{
	struct script_args *a = p;

	(void)duk_push_heapptr(duk, a->script->scopes[a->scope]);
	if (!a->expr && duk_has_prop_string(duk, -1, a->name))
		return 0;
	if (a->expr)
		evaluate(duk, a->script, a->expr);
	else
		duk_push_undefined(duk);
	(void)duk_put_prop_string(duk, -2, a->name);
	return 0;
}

static enum script_result declare_now(
	struct script *s, enum script_scope scope, const char *name, const char *expr)
{
	struct script_args a = {.scope = scope, .name = name, .expr = expr};

	return script_call(s, declare, &a);
}

enum script_result script_declare(
	struct script *s, enum script_scope scope, const char *name, const char *expr)
{
	if (!s->duk && (!expr || draft_is_literal(expr)) && draft_declare(&s->draft, scope, name, expr))
		return SCRIPT_OK;
	return declare_now(s, scope, name, expr);
}

enum script_result script_declare_value(
	struct script *s, enum script_scope scope, const char *name, const char *expr)
{
	if (!s->duk && draft_declare(&s->draft, scope, name, expr))
		return SCRIPT_OK;
	return declare_now(s, scope, name, expr);
}

static enum script_result fill_one(struct script *s, enum script_scope scope)
{
	const struct draft_scope *from = &s->draft.scopes[scope];
	struct script_args a = {.scope = scope, .with = from->holder};
	enum script_result r;
	struct list *pos, *tmp;

	if (!from->open)
		return script_call(s, close_scope, &a);
	r = script_call(s, from->holder == scope ? open_scope : share_scope, &a);
	LIST_EACH(pos, tmp, &from->variables)
	{
		const struct draft_variable *v = container_of(pos, struct draft_variable, node);

		if (r == SCRIPT_OK)
			r = declare_now(s, scope, v->name, v->expr);
	}
	return r;
}

enum script_result scope_fill(struct script *s)
{
	enum script_result r = SCRIPT_OK;

	/* an outer scope is never the sharer of an inner one */
	for (int i = 0; i < SCOPE_COUNT && r == SCRIPT_OK; i++)
		r = fill_one(s, (enum script_scope)i);
	return r;
}

/* The scope that a qualified name starts with, or SCOPE_COUNT. */
static enum script_scope named_scope(const char *name, size_t len)
{
	for (int i = 0; i < SCOPE_ANONYMOUS; i++)
		if (strlen(script_scope_name((enum script_scope)i)) == len &&
			!memcmp(name, script_scope_name((enum script_scope)i), len))
			return (enum script_scope)i;
	return SCOPE_COUNT;
}

static bool has_name(duk_context *duk, void *scope, const char *name, size_t len)
{
	bool has;

	if (!scope)
		return false;
	(void)duk_push_heapptr(duk, scope);
	(void)duk_push_lstring(duk, name, len);
	has = duk_has_prop(duk, -2);
	duk_pop(duk);
	return has;
}

static void require_declared(duk_context *duk, struct script *s, const char *target)
{
	size_t len = strcspn(target, ".[ \t\r\n");
	enum script_scope scope = target[len] == '.' ? named_scope(target, len) : SCOPE_COUNT;
	int found = -1;

	for (int i = SCOPE_COUNT - 1; i >= 0 && found < 0; i--)
		if (has_name(duk, s->scopes[i], target, len))
			found = i;
	if (found < 0 && scope != SCOPE_COUNT) {
		const char *rest = target + len + 1;

		if (has_name(duk, s->scopes[scope], rest, strcspn(rest, ".[ \t\r\n")))
			found = (int)scope;
	}
	if (found < 0)
		(void)duk_error(duk, DUK_ERR_REFERENCE_ERROR, "variable '%s' is not declared", target);
	if (found == SCOPE_SESSION)
		(void)duk_error(duk, DUK_ERR_TYPE_ERROR, "session variable '%s' cannot be changed", target);
}

static duk_ret_t assign(duk_context *duk, void *p)
{
	struct script_args *a = p;

	require_declared(duk, a->script, a->name);
	(void)duk_push_sprintf(duk, "%s=(", a->name);
	push_function(duk, a->script, duk_get_string(duk, -1), a->expr, ");");
	run_function(duk, a->script);
	return 0;
}

enum script_result script_assign(struct script *s, const char *target, const char *expr)
{
	struct script_args a = {.name = target, .expr = expr};

	return script_call(s, assign, &a);
}

static duk_ret_t is_defined(duk_context *duk, void *p)
{
	struct script_args *a = p;

	(void)duk_push_heapptr(duk, a->script->scopes[a->scope]);
	(void)duk_get_prop_string(duk, -1, a->name);
	a->truth = !duk_is_undefined(duk, -1);
	return 0;
}

enum script_result script_is_defined(struct script *s, enum script_scope scope, const char *name, bool *out)
{
	struct script_args a = {.scope = scope, .name = name};
	enum script_result r;

	if (!s->duk && draft_is_defined(&s->draft, scope, name, out))
		return SCRIPT_OK;
	r = script_call(s, is_defined, &a);
	*out = r == SCRIPT_OK && a.truth;
	return r;
}

static duk_ret_t compile_only(duk_context *duk, void *p)
{
	struct script_args *a = p;

	push_function(duk, a->script, "return (", a->expr, ");");
	return 0;
}

enum script_result script_compiles(struct script *s, const char *expr)
{
	struct script_args a = {.expr = expr};

	return script_call(s, compile_only, &a);
}
