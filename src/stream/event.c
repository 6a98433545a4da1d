/* event.c - the public side of an event: what its reader asks of it. */
#include "event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A number as text, lent until the event is freed. */
struct lent_text {
	struct lent_text *next;
	enum ghl_event_field field;
	char s[GHL_ID_TEXT_MAX];
};

struct ghl_event *event_wrap(struct event_body *b, ghl_monitor monitor)
{
	struct ghl_event *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	list_init(&e->node);
	e->body = body_ref(b);
	e->monitor = monitor;
	return e;
}

void ghl_event_free(struct ghl_event *e)
{
	struct lent_text *l;

	if (!e)
		return;
	while ((l = e->lent)) {
		e->lent = l->next;
		free(l);
	}
	free(e->json);
	body_unref(e->body);
	free(e);
}

enum ghl_event_type ghl_event_type(const struct ghl_event *e)
{
	return e->body->type;
}

int64_t ghl_event_at_us(const struct ghl_event *e)
{
	return e->body->at_us;
}

ghl_monitor ghl_event_monitor(const struct ghl_event *e)
{
	return e->monitor;
}

void ghl_event_position(const struct ghl_event *e, struct ghl_position *out)
{
	*out = e->body->position;
}

bool ghl_event_has(const struct ghl_event *e, enum ghl_event_field f)
{
	return body_value(e->body, f) != NULL;
}

/* An event has one reader; that it is given as const promises its fields, not these notes. */
static const char *lend_number(struct ghl_event *e, const struct event_value *v)
{
	struct lent_text *l;

	for (l = e->lent; l; l = l->next)
		if (l->field == v->field)
			return l->s;
	l = calloc(1, sizeof(*l));
	if (!l)
		return "";
	l->field = (enum ghl_event_field)v->field;
	l->next = e->lent;
	e->lent = l;
	if (v->kind == GHL_FIELD_ID)
		(void)ghl_id_text((uint64_t)v->num, l->s, sizeof(l->s));
	else
		(void)snprintf(l->s, sizeof(l->s), "%" PRId64, v->num);
	return l->s;
}

const char *ghl_event_text(const struct ghl_event *e, enum ghl_event_field f)
{
	const struct event_value *v = body_value(e->body, f);

	if (!v)
		return "";
	if (v->kind == GHL_FIELD_TEXT)
		return e->body->pool.s + v->at;
	return lend_number((struct ghl_event *)e, v);
}

int64_t ghl_event_int(const struct ghl_event *e, enum ghl_event_field f)
{
	const struct event_value *v = body_value(e->body, f);

	return v && v->kind != GHL_FIELD_TEXT ? v->num : 0;
}

size_t ghl_event_fields(const struct ghl_event *e, enum ghl_event_field *out, size_t room)
{
	for (size_t i = 0; i < e->body->count && i < room; i++)
		out[i] = (enum ghl_event_field)e->body->values[i].field;
	return e->body->count;
}
