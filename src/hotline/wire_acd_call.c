/* wire_acd_call.c - what a queue asks of calls: announcement and music, a phone rung, a call sent on, figures
 * for its record. */
#include "hotline_priv.h"

#include "base/text.h"

#include <string.h>

static void announce(void *arg, ghl_call call, const struct acd_queue_config *q)
{
	struct ghl_hotline *h = arg;
	struct sound_item items[2];
	struct visit *v;
	unsigned n = 0, tail_from;

	if (!visit_call(h, call, &v))
		return;
	if (q->announcement[0])
		sound_item_from(q->announcement, &items[n++]);
	tail_from = n;
	if (q->music[0])
		sound_item_from(q->music, &items[n++]);
	visit_play(v, items, n, tail_from, true, NULL);
}

static int ring(void *arg, ghl_call call, const char *account, uint32_t ring_ms)
{
	struct ghl_hotline *h = arg;
	struct call *c = call_by_id(h->calls, call);

	return c ? call_device_ring(c, account, ring_ms) : GHL_ENOENT;
}

static void ring_cancel(void *arg, ghl_call call)
{
	struct ghl_hotline *h = arg;
	struct call *c = call_by_id(h->calls, call);

	if (c)
		call_device_cancel(c);
}

/* A queue that was left for another one stays in the record. */
static void push_stay(struct call_route_facts *f)
{
	struct report_stay *s;

	if (!f->queue[0] || f->stay_count == sizeof(f->stays) / sizeof(f->stays[0]))
		return;
	s = &f->stays[f->stay_count++];
	*s = (struct report_stay){.offered_at_us = f->offered_at_us,
		.wait_ms = f->wait_ms,
		.threshold_ms = f->threshold_ms,
		.waiting = f->waiting,
		.dequeued = f->end == REPORT_DEQUEUED};
	(void)text_copy(s->queue, sizeof(s->queue), f->queue);
}

static struct call_route_facts *queue_facts(struct ghl_hotline *h, struct call *c,
	const struct acd_queue_config *q, int64_t offered_at_us, uint32_t wait_ms)
{
	struct call_route_facts *f = call_route_facts(c);

	push_stay(f);
	(void)text_copy(f->queue, sizeof(f->queue), q->name);
	f->offered_at_us = offered_at_us;
	f->wait_ms = wait_ms;
	f->waiting = acd_found(h->acd, call_id(c));
	f->threshold_ms = q->service_level_ms ? q->service_level_ms : 15000;
	return f;
}

static void answered(void *arg, ghl_call call, struct agent *a, const struct acd_queue_config *q,
	int64_t offered_at_us, uint32_t wait_ms, uint32_t ring_ms)
{
	struct ghl_hotline *h = arg;
	struct call_route_facts *f;
	struct visit *v;
	struct call *c = visit_call(h, call, &v);

	if (!c)
		return;
	f = queue_facts(h, c, q, offered_at_us, wait_ms);
	f->ring_ms = ring_ms;
	f->answered_at_us = loop_utc_us(h->core.loop);
	f->disposition = GHL_CALL_ANSWERED;
	f->end = REPORT_ANSWERED;
	(void)text_copy(f->agent, sizeof(f->agent), agent_config(a)->name);
	(void)text_copy(f->group, sizeof(f->group), agent_config(a)->group);
	(void)text_copy(f->seat, sizeof(f->seat), agent_account(a));
	v->place = VISIT_TALK;
	visit_hold_music(v, q->music);
}

static void left(void *arg, ghl_call call, const struct acd_queue_config *q, enum acd_leave how,
	int64_t offered_at_us, uint32_t wait_ms)
{
	static const struct {
		enum ghl_call_disposition disposition;
		enum report_end end;
	} as[] = {[ACD_ANSWERED] = {GHL_CALL_ANSWERED, REPORT_ANSWERED},
		[ACD_ABANDONED] = {GHL_CALL_ABANDONED, REPORT_ABANDONED},
		[ACD_OUTFLOW] = {GHL_CALL_OUTFLOW, REPORT_OUTFLOW},
		[ACD_DEQUEUED] = {GHL_CALL_DEQUEUED, REPORT_DEQUEUED}};
	struct ghl_hotline *h = arg;
	struct call *c = call_by_id(h->calls, call);
	struct call_route_facts *f;

	if (!c)
		return;
	f = queue_facts(h, c, q, offered_at_us, wait_ms);
	f->disposition = as[how].disposition;
	f->end = as[how].end;
	call_queued_set(c, false);
}

static void overflow(void *arg, ghl_call call, const char *dest, const char *queue)
{
	struct ghl_hotline *h = arg;
	struct visit *v;

	(void)queue;
	if (!visit_call(h, call, &v))
		return;
	v->place = VISIT_NOWHERE;
	if (v->bridged && v->dialogue)
		visit_dialogue_resume(v, "queue_timeout", 0);
	else if (dest[0])
		visit_go(v, dest);
	else
		visit_clear(v, GHL_CAUSE_MAX_WAIT);
}

/* Within the actor's scope; from a dialogue, or where nothing has begun; not from another queue or a talk. */
static int can_join(void *arg, ghl_call call, const struct actor *actor)
{
	struct ghl_hotline *h = arg;
	struct visit *v;
	struct call *c = visit_call(h, call, &v);
	const struct call_route_facts *f;

	if (!c)
		return GHL_ENOENT;
	f = call_route_facts(c);
	if (access_check_scope(h->core.access, actor, ACCESS_FN_ghl_acd_queue_join, f->group, f->agent) < 0)
		return GHL_EPERM;
	return v->place == VISIT_DIALOGUE || v->place == VISIT_NOWHERE ? 0 : GHL_ESTATE;
}

static void joined(void *arg, ghl_call call)
{
	struct visit *v;
	struct call *c = visit_call(arg, call, &v);

	if (!c)
		return;
	visit_dialogue_abandon(v);
	v->place = VISIT_QUEUE;
	call_queued_set(c, true);
}

const struct acd_port wire_acd_port = {.announce = announce,
	.ring = ring,
	.ring_cancel = ring_cancel,
	.overflow = overflow,
	.answered = answered,
	.can_join = can_join,
	.joined = joined,
	.left = left};
