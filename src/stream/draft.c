/* draft.c - putting an event together. A failed allocation is remembered by ev == NULL; what follows does no
 * harm. */
#include "event.h"

#include <string.h>

void event_draft_init(struct event_draft *d, enum ghl_event_type type)
{
	struct event_body *b = body_new(type, 12, 0);

	memset(d, 0, sizeof(*d));
	d->type = type;
	d->ev = b ? event_wrap(b, 0) : NULL;
	body_unref(b);
}

void event_draft_drop(struct event_draft *d)
{
	ghl_event_free(d->ev);
	d->ev = NULL;
}

void event_draft_text(struct event_draft *d, enum ghl_event_field f, const char *s)
{
	if (d->ev && body_put_text(d->ev->body, f, s) < 0)
		event_draft_drop(d);
}

void event_draft_int(struct event_draft *d, enum ghl_event_field f, int64_t v)
{
	if (d->ev && body_put_num(d->ev->body, f, GHL_FIELD_INT, v) < 0)
		event_draft_drop(d);
}

/* Which of ids[] the field is; -1: none. */
static int id_place(enum ghl_event_field f)
{
	switch (f) {
	case GHL_F_CALL:
		return 0;
	case GHL_F_AGENT_ID:
		return 1;
	case GHL_F_QUEUE_ID:
		return 2;
	case GHL_F_RECORDING:
		return 3;
	default:
		return -1;
	}
}

void event_draft_id(struct event_draft *d, enum ghl_event_field f, uint64_t id)
{
	int place = id_place(f);

	if (id == 0)
		return;
	if (place >= 0)
		d->ids[place] = id;
	if (d->ev && body_put_num(d->ev->body, f, GHL_FIELD_ID, (int64_t)id) < 0)
		event_draft_drop(d);
}
