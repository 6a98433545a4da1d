/*
 * draft.c - variables without a script heap. A heap costs more than all the rest of a simple menu, and such a
 * menu only declares variables and asks whether they are defined. What this cannot answer is for the heap:
 * script.c makes it then and declares there what is held here. It runs nothing, and knows no type but
 * "undefined".
 */
#include "draft.h"

#include <stdlib.h>
#include <string.h>

void draft_init(struct draft *d)
{
	for (int i = 0; i < SCOPE_COUNT; i++) {
		d->scopes[i].open = false;
		d->scopes[i].holder = (enum script_scope)i;
		list_init(&d->scopes[i].variables);
	}
}

static void forget(struct draft_scope *s)
{
	struct list *n;

	while ((n = list_take(&s->variables)))
		free(container_of(n, struct draft_variable, node));
}

void draft_finish(struct draft *d)
{
	for (int i = 0; i < SCOPE_COUNT; i++)
		forget(&d->scopes[i]);
	draft_init(d);
}

/* Another scope would keep the object that this one gives up. */
static bool is_lent(const struct draft *d, enum script_scope scope)
{
	for (int i = 0; i < SCOPE_COUNT; i++)
		if (i != (int)scope && d->scopes[i].open && d->scopes[i].holder == scope)
			return true;
	return false;
}

static bool replace(struct draft *d, enum script_scope scope, bool open, enum script_scope holder)
{
	if (is_lent(d, scope))
		return false;
	forget(&d->scopes[scope]);
	d->scopes[scope].open = open;
	d->scopes[scope].holder = holder;
	return true;
}

bool draft_open(struct draft *d, enum script_scope scope)
{
	return replace(d, scope, true, scope);
}

bool draft_share(struct draft *d, enum script_scope scope, enum script_scope with)
{
	return d->scopes[with].open && with != scope && replace(d, scope, true, d->scopes[with].holder);
}

bool draft_close(struct draft *d, enum script_scope scope)
{
	return replace(d, scope, false, scope);
}

static struct draft_variable *find(const struct draft_scope *s, const char *name)
{
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &s->variables)
	{
		struct draft_variable *v = container_of(pos, struct draft_variable, node);

		if (!strcmp(v->name, name))
			return v;
	}
	return NULL;
}

static struct draft_variable *new_variable(const char *name, const char *expr)
{
	size_t name_len = strlen(name) + 1, expr_len = expr ? strlen(expr) + 1 : 0;
	struct draft_variable *v = malloc(sizeof(*v) + name_len + expr_len);
	char *room = (char *)(v + 1);

	if (!v)
		return NULL;
	v->name = memcpy(room, name, name_len);
	v->expr = expr ? memcpy(room + name_len, expr, expr_len) : NULL;
	list_init(&v->node);
	return v;
}

bool draft_declare(struct draft *d, enum script_scope scope, const char *name, const char *expr)
{
	struct draft_scope *s = &d->scopes[d->scopes[scope].holder];
	struct draft_variable *v, *old = find(s, name);

	if (!d->scopes[scope].open)
		return false;
	if (old && !expr)
		return true;
	v = new_variable(name, expr);
	if (!v)
		return false;
	if (old) {
		list_insert_before(&old->node, &v->node);
		list_remove(&old->node);
		free(old);
	} else {
		list_append(&s->variables, &v->node);
	}
	return true;
}

bool draft_is_defined(const struct draft *d, enum script_scope scope, const char *name, bool *out)
{
	const struct draft_variable *v = find(&d->scopes[d->scopes[scope].holder], name);

	if (!d->scopes[scope].open)
		return false;
	*out = v && v->expr;
	return true;
}

static bool is_number(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	if (digits == 0 || (s[0] == '0' && digits > 1)) /* 017 is octal to some */
		return false;
	if (s[digits] == '.')
		digits += 1 + strspn(s + digits + 1, "0123456789");
	return s[digits] == '\0';
}

static bool is_text(const char *s)
{
	size_t len = strlen(s);

	if (strstr(s, "\xe2\x80\xa8") || strstr(s, "\xe2\x80\xa9")) /* line ends to ECMAScript 5 */
		return false;
	return len >= 2 && (s[0] == '"' || s[0] == '\'') && s[len - 1] == s[0] &&
	       strcspn(s + 1, s[0] == '"' ? "\"\\\r\n" : "'\\\r\n") == len - 2;
}

bool draft_is_literal(const char *expr)
{
	return !strcmp(expr, "true") || !strcmp(expr, "false") || is_number(expr) || is_text(expr);
}
