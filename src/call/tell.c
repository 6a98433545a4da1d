/* tell.c - live events of calls and connections (ECMA-269), and the snapshot of the calls that are up. */
#include "call_priv.h"

#include <govhotline/event.h>

void call_draft(struct event_draft *d, enum ghl_event_type type, const struct call *c)
{
	event_draft_init(d, type);
	event_draft_id(d, GHL_F_CALL, c->id);
	event_draft_text(d, GHL_F_CALLING, c->calling);
	event_draft_text(d, GHL_F_CALLING_NAME, c->calling_name);
	event_draft_text(d, GHL_F_CALLED, c->called);
	event_draft_text(d, GHL_F_TRUNK, c->trunk);
	event_draft_text(d, GHL_F_DIRECTION, ghl_call_direction_name(c->direction));
	event_draft_text(d, GHL_F_QUEUE, c->facts.queue);
	event_draft_text(d, GHL_F_AGENT, c->facts.agent);
	event_draft_text(d, GHL_F_GROUP, c->facts.group);
	event_draft_text(d, GHL_F_SERIAL, c->recording);
}

void call_tell(struct call *c, enum ghl_event_type type)
{
	struct event_draft d;

	call_draft(&d, type, c);
	stream_tell(c->cs->core, &d);
}

void call_tell_conn(struct call *c, enum ghl_event_type type, const struct conn *n, enum ghl_call_cause cause)
{
	struct event_draft d;

	call_draft(&d, type, c);
	event_draft_id(&d, GHL_F_CONN, n->id);
	event_draft_text(&d, GHL_F_DEVICE, n->account[0] ? n->account : n->number);
	if (cause != GHL_CAUSE_NONE)
		event_draft_text(&d, GHL_F_CAUSE, ghl_call_cause_name(cause));
	stream_tell(c->cs->core, &d);
}

void calls_snapshot(struct calls *cs, stream_add_fn *add, void *to)
{
	struct event_draft d;
	struct call *c;

	for (size_t i = 0; (c = map_next(&cs->by_id, &i));) {
		if (!c->routed)
			continue;
		call_draft(&d, GHL_EV_SNAP_CALL, c);
		event_draft_text(&d, GHL_F_STATE, ghl_call_state_name(c->state));
		event_draft_text(&d, GHL_F_DEVICE, c->device_account);
		event_draft_int(&d, GHL_F_STARTED_AT_US, c->started_at_us);
		add(to, &d);
	}
}
