/* tell.c - what is told of queues: GHL_EV_QUEUED and GHL_EV_QUEUE_STATE live, GHL_EV_QUEUE_LEFT as a fact. */
#include "acd_priv.h"

#include "base/log.h"

#define HANDLING_MS 180000 /* until the first talk of a queue has ended */

uint32_t expected_wait_ms(const struct acd *acd, const struct acd_queue *q, unsigned position)
{
	unsigned on = queue_agents_on(acd, q);
	uint64_t ms = (uint64_t)position * (q->handling_ms ? q->handling_ms : HANDLING_MS) / (on ? on : 1);

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static void draft_stay(struct event_draft *d, enum ghl_event_type type, const struct acd_ticket *t)
{
	event_draft_init(d, type);
	event_draft_id(d, GHL_F_CALL, t->call);
	event_draft_id(d, GHL_F_QUEUE_ID, t->queue->id);
	event_draft_text(d, GHL_F_QUEUE, t->queue->config.name);
	event_draft_int(d, GHL_F_OFFERED_AT_US, t->offered_at_us);
	event_draft_int(d, GHL_F_THRESHOLD_MS, t->threshold_ms);
	event_draft_int(d, GHL_F_PRIORITY, -t->node.key);
}

void tell_queued(const struct acd_ticket *t)
{
	unsigned position = 0;
	uint32_t wait_ms;
	struct event_draft d;

	if (!t->acd->core->stream)
		return;
	(void)acd_position(t->acd, t->call, &position, &wait_ms);
	draft_stay(&d, GHL_EV_QUEUED, t);
	event_draft_int(&d, GHL_F_POSITION, position);
	event_draft_int(&d, GHL_F_WAITING, t->queue->count);
	stream_tell(t->acd->core, &d);
}

static void on_kept(void *arg, const struct store_result *result)
{
	(void)arg;
	if (result->status < 0)
		log_error("acd", "a queue's fact was not kept error=%s", ghl_error_code_name(result->status));
}

void tell_left(
	const struct acd_ticket *t, enum acd_leave how, uint32_t wait_ms, uint32_t ring_ms, const char *dest)
{
	struct core *core = t->acd->core;
	struct store_batch *b;
	struct event_draft d;

	if (!core->store || !(b = store_batch_new()))
		return;
	draft_stay(&d, GHL_EV_QUEUE_LEFT, t);
	event_draft_text(&d, GHL_F_DISPOSITION, acd_leave_name(how));
	event_draft_text(&d, GHL_F_DEST, dest);
	event_draft_int(&d, GHL_F_WAIT_MS, wait_ms);
	event_draft_int(&d, GHL_F_RING_MS, ring_ms);
	if (how == ACD_ANSWERED) {
		event_draft_id(&d, GHL_F_AGENT_ID, agent_id(t->agent->agent));
		event_draft_text(&d, GHL_F_AGENT, agent_config(t->agent->agent)->name);
		event_draft_text(&d, GHL_F_SEAT, agent_account(t->agent->agent));
	}
	stream_fact(core, b, &t->acd->engine, &d);
	store_batch_vital(b);
	store_batch_patient(b);
	store_commit_async(core->store, b, on_kept, NULL);
}

static void draft_queue(
	struct event_draft *d, enum ghl_event_type type, const struct acd_queue *q, unsigned ready)
{
	event_draft_init(d, type);
	event_draft_id(d, GHL_F_QUEUE_ID, q->id);
	event_draft_text(d, GHL_F_QUEUE, q->config.name);
	event_draft_int(d, GHL_F_WAITING, q->count);
	event_draft_int(d, GHL_F_READY, ready);
}

void acd_snapshot(struct acd *acd, stream_add_fn *add, void *to)
{
	struct event_draft d;

	for (unsigned i = 0; i < acd->queue_count; i++) {
		const struct acd_queue *q = acd->queues[i];

		if (q->closed)
			continue;
		draft_queue(&d, GHL_EV_SNAP_QUEUE, q, queue_agents_ready(acd, q));
		add(to, &d);
	}
}

void tell_queues(struct acd *acd)
{
	struct event_draft d;

	for (unsigned i = 0; acd->core->stream && i < acd->queue_count; i++) {
		struct acd_queue *q = acd->queues[i];
		unsigned ready = queue_agents_ready(acd, q);

		if (q->closed || (q->count == q->told_waiting && ready == q->told_ready))
			continue;
		q->told_waiting = q->count;
		q->told_ready = ready;
		draft_queue(&d, GHL_EV_QUEUE_STATE, q, ready);
		stream_tell(acd->core, &d);
	}
}
