/* snapshot.c - what a monitor begins with (CSTA Snapshot): the calls that are up, the agents, queues and
 * trunks as they are. Each module tells its own; a trunk is sip's, which tells no events. */
#include "hotline_priv.h"

static void trunks_snapshot(struct ghl_hotline *h, stream_add_fn *add, void *to)
{
	struct event_draft d;

	for (size_t i = 0; i < h->cfg->trunk_count; i++) {
		const char *name = h->cfg->trunks[i].sip.name;

		event_draft_init(&d, GHL_EV_SNAP_TRUNK);
		event_draft_text(&d, GHL_F_TRUNK, name);
		event_draft_text(&d, GHL_F_STATE, sip_trunk_state_name(sip_trunk_state(h->sip, name)));
		add(to, &d);
	}
}

/* Without the engine, or while it is down, there is nothing live. */
static void tell_all(void *arg, stream_add_fn *add, void *to)
{
	struct ghl_hotline *h = arg;

	if (!h->calls || !h->agents || !h->acd)
		return;
	trunks_snapshot(h, add, to);
	acd_snapshot(h->acd, add, to);
	agents_snapshot(h->agents, add, to);
	calls_snapshot(h->calls, add, to);
}

int snapshot_begin(struct ghl_hotline *h)
{
	return stream_snapshot_add(&h->core, tell_all, h);
}
