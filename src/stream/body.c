/* body.c - the body of an event: fields in ascending order, texts in one pool; shared and counted. */
#include "event.h"

#include <stdlib.h>
#include <string.h>

static void reserve_text(struct text *t, size_t n)
{
	static const char zeros[BODY_TEXT_ROOM];

	if (n == 0)
		return;
	text_add_bytes(t, zeros, n < sizeof(zeros) ? n : sizeof(zeros));
	text_clear(t);
}

struct event_body *body_new(enum ghl_event_type type, unsigned room, size_t text_room)
{
	struct event_body *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	atomic_init(&b->refs, 1);
	b->type = type;
	text_init(&b->pool);
	b->room = (uint16_t)room;
	b->values = malloc((room ? room : 1) * sizeof(*b->values));
	reserve_text(&b->pool, text_room);
	if (!b->values || (text_room && !b->pool.s)) {
		body_unref(b);
		return NULL;
	}
	return b;
}

struct event_body *body_ref(struct event_body *b)
{
	(void)atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void body_unref(struct event_body *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	text_finish(&b->pool);
	free(b->values);
	free(b);
}

/* Where the field stands, or would stand. */
static unsigned place_of(const struct event_body *b, enum ghl_event_field f)
{
	unsigned lo = 0, hi = b->count;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (b->values[mid].field < f)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct event_value *body_value(const struct event_body *b, enum ghl_event_field f)
{
	unsigned i = place_of(b, f);

	return i < b->count && b->values[i].field == f ? &b->values[i] : NULL;
}

static int grow(struct event_body *b)
{
	unsigned room = b->room ? b->room * 2u : 8;
	void *p = realloc(b->values, room * sizeof(*b->values));

	if (!p)
		return GHL_ENOMEM;
	b->values = p;
	b->room = (uint16_t)room;
	return 0;
}

static struct event_value *slot_for(struct event_body *b, enum ghl_event_field f)
{
	unsigned i = place_of(b, f);

	if (i < b->count && b->values[i].field == f)
		return &b->values[i];
	if (b->count == b->room && grow(b) < 0)
		return NULL;
	memmove(&b->values[i + 1], &b->values[i], (b->count - i) * sizeof(*b->values));
	b->count++;
	b->values[i] = (struct event_value){.field = (uint16_t)f};
	return &b->values[i];
}

int body_put_text(struct event_body *b, enum ghl_event_field f, const char *text)
{
	struct event_value *v;
	uint32_t at = (uint32_t)b->pool.len;

	if (!text || !*text)
		return 0;
	text_add_bytes(&b->pool, text, strlen(text) + 1);
	v = b->pool.failed ? NULL : slot_for(b, f);
	if (!v)
		return GHL_ENOMEM;
	v->kind = GHL_FIELD_TEXT;
	v->at = at;
	return 0;
}

int body_put_num(struct event_body *b, enum ghl_event_field f, enum ghl_field_kind kind, int64_t num)
{
	struct event_value *v = slot_for(b, f);

	if (!v)
		return GHL_ENOMEM;
	v->kind = (uint16_t)kind;
	v->num = num;
	return 0;
}

const char *body_text(const struct event_body *b, enum ghl_event_field f)
{
	const struct event_value *v = body_value(b, f);

	return v && v->kind == GHL_FIELD_TEXT ? b->pool.s + v->at : "";
}

size_t body_bytes(const struct event_body *b)
{
	return sizeof(*b) + b->room * sizeof(*b->values) + b->pool.room;
}

bool body_visible(const struct event_body *b, struct access *access, const struct actor *actor)
{
	enum access_right right = event_right(b->type);

	if (access_right_roles(right) == UINT32_MAX)
		return true;
	if (!event_scoped(b->type))
		return access_roles_have(access_roles_now(access, actor), right);
	return access_sees(access, actor, right, body_text(b, GHL_F_GROUP), body_text(b, GHL_F_AGENT));
}
