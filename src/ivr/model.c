/* model.c - reading a compiled document: attributes, dialogs, targets, durations. */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_MS 3600000.0

const char *node_attr(const struct node *n, const char *name)
{
	for (unsigned i = 0; i < n->attr_count; i++)
		if (!strcmp(n->attrs[i].name, name))
			return n->attrs[i].value;
	return NULL;
}

bool node_attr_is(const struct node *n, const char *name, const char *value)
{
	const char *v = node_attr(n, name);

	return v && !strcmp(v, value);
}

const struct node *node_child(const struct node *n, enum element e)
{
	for (const struct node *c = n->first; c; c = c->next)
		if (c->element == e)
			return c;
	return NULL;
}

bool node_is_item(const struct node *n)
{
	return n->element == EL_BLOCK || n->element == EL_FIELD || n->element == EL_TRANSFER;
}

bool node_is_handler(const struct node *n)
{
	return n->element >= EL_CATCH && n->element <= EL_NOMATCH;
}

const struct node *document_dialog(const struct ivr_document *d, const char *id)
{
	for (const struct node *n = d->root->first; n; n = n->next) {
		if (n->element != EL_FORM && n->element != EL_MENU)
			continue;
		if (!*id || node_attr_is(n, "id", id))
			return n;
	}
	return NULL;
}

static void targets_below(const struct node *n, ivr_target_fn *fn, void *arg)
{
	const char *dest = n->element == EL_TRANSFER ? node_attr(n, "dest") : NULL;

	if (dest)
		fn(arg, dest, n->line, n->column);
	for (const struct node *c = n->first; c; c = c->next)
		targets_below(c, fn, arg);
}

void ivr_document_targets(const struct ivr_document *d, ivr_target_fn *fn, void *arg)
{
	targets_below(d->root, fn, arg);
}

struct ivr_document *ivr_document_ref(struct ivr_document *d)
{
	atomic_fetch_add(&d->refs, 1);
	return d;
}

void ivr_document_unref(struct ivr_document *d)
{
	if (!d || atomic_fetch_sub(&d->refs, 1) != 1)
		return;
	arena_finish(&d->arena);
	free(d);
}

bool vxml_duration(const char *s, uint32_t *ms)
{
	char *end;
	double v;

	if (*s == '+')
		s++;
	if (!strspn(s, "0123456789"))
		return false;
	v = strtod(s, &end);
	if (strspn(s, "0123456789.") != (size_t)(end - s))
		return false;
	if (!strcmp(end, "s"))
		v *= 1000;
	else if (strcmp(end, "ms") != 0)
		return false;
	if (!(v >= 0 && v <= DURATION_MAX_MS))
		return false;
	*ms = (uint32_t)lround(v);
	return true;
}
