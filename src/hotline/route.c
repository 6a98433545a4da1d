/*
 * route.c - where calls go: by the configuration's routes to a dialogue, a queue, an agent or out by a trunk,
 * and on from there. Each call keeps the snapshot of the configuration it began with. What a destination does
 * stands in ivr_call.c and in wire_acd_call.c; what a phone dials in plan.c.
 */
#include "hotline_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define HOPS_MAX       16    /* destinations of one call: overflows in a ring end here */
#define AGENT_RING_MS  20000 /* an agent by its own number */
#define NUMBER_RING_MS 60000

const char *visit_place_name(enum visit_place p)
{
	static const char *const names[] = {
		"nowhere", "dialogue", "queue", "ringing", "talk", "direct", "out", "outside", "gone"};

	return (unsigned)p < sizeof(names) / sizeof(names[0]) ? names[p] : "?";
}

struct visit *visit_new(struct ghl_hotline *h, struct call *c)
{
	struct visit *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->h = h;
	v->call = c;
	v->cfg = config_ref(h->cfg);
	v->documents = documents_ref(h->documents);
	call_owner_set(c, v);
	return v;
}

static void visit_free(struct visit *v)
{
	visit_quiet(v);
	loop_timer_stop(v->h->core.loop, &v->timer);
	sounds_cancel(v->hold_loading);
	config_unref(v->cfg);
	documents_unref(v->documents);
	call_owner_set(v->call, NULL);
	free(v);
}

struct call *visit_call(struct ghl_hotline *h, ghl_call id, struct visit **v)
{
	struct call *c = call_by_id(h->calls, id);

	*v = c ? call_owner(c) : NULL;
	return *v ? c : NULL;
}

void visit_clear(struct visit *v, enum ghl_call_cause cause)
{
	visit_quiet(v);
	(void)call_clear(v->call, cause, NULL);
}

static int join_queue(struct visit *v, const char *name)
{
	int rc;

	v->place = VISIT_QUEUE;
	call_queued_set(v->call, true);
	rc = acd_join(v->h->acd, call_id(v->call), name, 0);
	if (rc < 0) {
		call_queued_set(v->call, false);
		v->place = VISIT_NOWHERE;
	}
	return rc;
}

void visit_agent_facts(struct visit *v, const struct agent *a)
{
	struct call_route_facts *f = call_route_facts(v->call);

	(void)text_copy(f->agent, sizeof(f->agent), agent_config(a)->name);
	(void)text_copy(f->group, sizeof(f->group), agent_config(a)->group);
	(void)text_copy(f->seat, sizeof(f->seat), agent_account(a));
}

/* A colleague may be called while not ready or wrapping up; a citizen is sent to who is ready. */
static bool reachable(const struct visit *v, const struct agent *a)
{
	enum ghl_agent_state state = agent_state(a);

	if (call_direction(v->call) != GHL_CALL_INTERNAL)
		return state == GHL_AGENT_READY;
	return state == GHL_AGENT_READY || state == GHL_AGENT_NOT_READY || state == GHL_AGENT_ACW;
}

int visit_agent_check(const struct visit *v, const char *name)
{
	const struct agent *a = agent_by_name(v->h->agents, name);

	if (!a)
		return GHL_ENOENT;
	return reachable(v, a) ? 0 : GHL_EBUSY;
}

/* An agent by its own number: no queue, no wait. */
static int ring_agent(struct visit *v, const char *name)
{
	struct agent *a = agent_by_name(v->h->agents, name);
	int rc = visit_agent_check(v, name);

	if (rc < 0)
		return rc;
	rc = call_device_ring(v->call, agent_account(a), AGENT_RING_MS);
	if (rc < 0)
		return rc;
	(void)call_ringback(v->call);
	if (agent_state(a) == GHL_AGENT_READY)
		(void)agent_reserve(v->h->agents, a, call_id(v->call), "");
	v->agent = a;
	v->place = VISIT_RINGING;
	return 0;
}

/* What came in by a trunk leaves only by one that says so; what a phone has dialled does not come here, but
 * what an agent transfers does, checked before. */
static int leave(struct visit *v, const char *trunk)
{
	const struct config_trunk *t = config_trunk(v->cfg, trunk);
	struct call_way way;
	int rc;

	if (!v->number[0] && !(call_trunk(v->call)[0] && t && t->route_out))
		return GHL_EPERM;
	rc = calls_way(v->h->calls, trunk, v->number[0] ? v->number : call_called(v->call), &way);
	if (rc == 0)
		rc = call_number_ring(v->call, &way, NUMBER_RING_MS);
	if (rc < 0)
		return rc;
	(void)call_ringback(v->call);
	v->place = VISIT_OUTSIDE;
	return 0;
}

static int go(struct visit *v, const char *dest)
{
	char kind[16], name[CONFIG_NAME_MAX];

	if (++v->hops > HOPS_MAX || !config_dest_split(dest, kind, name))
		return GHL_EINVAL;
	if (strcmp(kind, "dialogue") == 0)
		return visit_dialogue_start(v, name);
	if (strcmp(kind, "queue") == 0)
		return join_queue(v, name);
	return strcmp(kind, "agent") == 0 ? ring_agent(v, name) : leave(v, name);
}

static const char *outcome_of(int rc)
{
	switch (rc) {
	case GHL_EFULL:
		return "queue_full";
	case GHL_EBUSY:
		return "busy";
	default:
		return "unknown";
	}
}

enum ghl_call_cause visit_cause_of(int rc)
{
	switch (rc) {
	case GHL_EFULL:
		return GHL_CAUSE_OVERFLOW;
	case GHL_EBUSY:
		return GHL_CAUSE_BUSY;
	case GHL_EPERM:
		return GHL_CAUSE_CALL_REJECTED;
	default:
		return GHL_CAUSE_NO_ROUTE;
	}
}

void visit_go(struct visit *v, const char *dest)
{
	int rc = go(v, dest);

	if (rc == 0)
		return;
	log_warn("hotline", "call=%llu cannot go to %s: %s", (unsigned long long)call_id(v->call), dest,
		ghl_error_code_name(rc));
	if (visit_transfer_failed(v, rc))
		return;
	if (v->bridged && v->dialogue)
		visit_dialogue_resume(v, outcome_of(rc), 0);
	else
		visit_clear(v, visit_cause_of(rc));
}

/* Where the answer waits, what is played meanwhile is early media; a caller that made no offer cannot hear
 * any.
 */
static int take_up(struct visit *v, const struct config_route *r)
{
	if (plan_leads_out(r->to))
		return 0;
	if (r->answer == CONFIG_ANSWER_AGENT && call_progress(v->call) == 0)
		return 0;
	return call_answer(v->call);
}

static void on_offered(void *arg, struct call *c)
{
	struct ghl_hotline *h = arg;
	const struct config_route *r = NULL;
	bool phone = call_account(c)[0] != '\0';
	struct visit *v;

	if (!phone)
		r = config_route(h->cfg, call_trunk(c), call_called(c));
	if (!phone && !r) {
		(void)call_reject(c, 404, GHL_CAUSE_NO_ROUTE);
		return;
	}
	v = visit_new(h, c);
	if (!v)
		(void)call_reject(c, 503, GHL_CAUSE_RESOURCES_NOT_AVAILABLE);
	else if (phone)
		visit_from_phone(v);
	else if (take_up(v, r) == 0)
		visit_go(v, r->to);
}

static void on_digit(void *arg, struct call *c, char digit)
{
	struct visit *v = call_owner(c);

	(void)arg;
	if (v && v->place == VISIT_DIALOGUE)
		visit_dialogue_digit(v, digit);
	else
		call_digit_tell(c, digit);
}

static void on_played(void *arg, struct call *c, uint64_t tag, bool stopped)
{
	struct visit *v = call_owner(c);

	(void)arg;
	if (v)
		visit_on_played(v, tag, stopped);
}

/* It was not reached: the dialogue that asked goes on, else the call is over. */
static void not_reached(struct visit *v, int status, enum ghl_call_cause cause)
{
	v->place = VISIT_NOWHERE;
	if (call_over(v->call) || visit_transfer_failed(v, status))
		return;
	if (v->bridged && v->dialogue)
		visit_dialogue_resume(v, status == GHL_ETIMEDOUT ? "noanswer" : "busy", 0);
	else
		visit_clear(v, cause);
}

static void direct_rung(struct visit *v, int status)
{
	struct agents *as = v->h->agents;
	struct call_route_facts *f = call_route_facts(v->call);

	if (status == 0) {
		(void)agent_connect(as, v->agent, call_id(v->call), GHL_AGENT_BUSY_EXT_IN);
		visit_agent_facts(v, v->agent);
		f->answered_at_us = loop_utc_us(v->h->core.loop);
		v->place = VISIT_DIRECT;
		visit_transfer_reached(v);
		return;
	}
	if (agent_state(v->agent) == GHL_AGENT_RINGING)
		(void)agent_unreserve(as, v->agent, status == GHL_ETIMEDOUT ? "rona" : NULL);
	v->agent = NULL;
	not_reached(v, status, status == GHL_EREFUSED ? GHL_CAUSE_BUSY : GHL_CAUSE_CALL_NOT_ANSWERED);
}

static void on_rung(void *arg, struct call *c, const char *account, int status)
{
	struct ghl_hotline *h = arg;
	struct visit *v = call_owner(c);

	if (!v)
		return;
	if (status == 0)
		visit_quiet(v);
	if (v->place == VISIT_RINGING)
		direct_rung(v, status);
	else if (v->place == VISIT_OUTSIDE && status == 0)
		visit_transfer_reached(v);
	else if (v->place == VISIT_OUTSIDE)
		not_reached(v, status, call_rung_cause(c));
	else if (v->place == VISIT_QUEUE && !call_over(c)) /* else on_cleared takes it out of its queue */
		acd_rung(h->acd, call_id(c), account, status);
}

static void on_reached(void *arg, struct call *c)
{
	(void)arg;
	(void)c; /* the event GHL_EV_ESTABLISHED has told it */
}

/* The agent is free of this call. */
static void release(struct visit *v)
{
	enum visit_place was = v->place;

	v->place = VISIT_NOWHERE;
	if (was == VISIT_TALK)
		acd_talk_ended(v->h->acd, call_id(v->call));
	else if (v->agent && (was == VISIT_DIRECT || was == VISIT_OUT))
		(void)agent_release(v->h->agents, v->agent, true);
	v->agent = NULL;
}

/* Who dialled is free: after a call outside there is work left, after one in the house none. */
void visit_release_caller(struct visit *v)
{
	if (v->caller)
		(void)agent_release(v->h->agents, v->caller, call_direction(v->call) == GHL_CALL_OUTBOUND);
	v->caller = NULL;
}

static void on_device_cleared(void *arg, struct call *c, const char *account)
{
	struct visit *v = call_owner(c);

	(void)arg;
	(void)account;
	if (!v) {
		(void)call_clear(c, GHL_CAUSE_NORMAL_CLEARING, NULL);
		return;
	}
	release(v);
	if (v->bridged && v->dialogue)
		visit_dialogue_resume(v, "far_end_disconnect", 0);
	else
		visit_clear(v, GHL_CAUSE_NORMAL_CLEARING);
}

static void on_parked_cleared(void *arg, struct call *c)
{
	struct visit *v = call_owner(c);

	(void)arg;
	if (v)
		visit_parked_left(v);
}

static void on_cleared(void *arg, struct call *c)
{
	struct ghl_hotline *h = arg;
	struct visit *v = call_owner(c);

	if (!v)
		return;
	visit_dialogue_abandon(v);
	visit_parked_left(v);
	if (v->place == VISIT_QUEUE)
		(void)acd_leave(h->acd, call_id(c), call_forced(c) ? ACD_DEQUEUED : ACD_ABANDONED);
	else
		release(v);
	visit_release_caller(v);
	visit_free(v);
}

const struct call_handlers route_handlers = {.phone_of = wire_phone_of,
	.dials_out = plan_dials_out,
	.on_offered = on_offered,
	.on_refer = visit_on_refer,
	.on_digit = on_digit,
	.on_played = on_played,
	.on_rung = on_rung,
	.on_reached = on_reached,
	.on_device_cleared = on_device_cleared,
	.on_parked_cleared = on_parked_cleared,
	.on_cleared = on_cleared};
