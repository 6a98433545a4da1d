/* move.c - makes the moves of the table: one ended span, one commit, one event each. */
#include "agent_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

static void on_wrapped_up(void *arg)
{
	(void)agent_do(arg, AGENT_EV_WRAPPED_UP, NULL, NULL);
}

int64_t agent_now_us(const struct agent *a)
{
	int64_t since_login = loop_now_us(a->as->core->loop) - a->login_mono_us;

	return a->login_us + since_login - since_login % 1000;
}

static bool on_call(const struct agent *a)
{
	return a->state == GHL_AGENT_RINGING || a->state == GHL_AGENT_BUSY;
}

/* what must hold after every move */
static void check_invariant(const struct agent *a)
{
	bool off = a->state == GHL_AGENT_LOGGED_OFF;

	assert(off == (a->account[0] == '\0'));
	assert(on_call(a) || !a->has_pending);
	assert(!on_call(a) || a->call != 0);
	assert((a->state == GHL_AGENT_BUSY) == (a->busy != GHL_AGENT_BUSY_NONE));
	assert(a->state != GHL_AGENT_READY || !a->lost);
	assert(a->state == GHL_AGENT_ACW || !timer_running(&a->wrapup));
	assert(off || (a->since_us <= a->booked_us && a->login_us <= a->since_us));
	assert(off || map_get_text(&a->as->by_account, a->account) == a);
	(void)off;
	(void)on_call;
}

static void draft_state(struct event_draft *d, enum ghl_event_type type, const struct agent *a)
{
	event_draft_init(d, type);
	event_draft_id(d, GHL_F_AGENT_ID, a->id);
	event_draft_text(d, GHL_F_AGENT, a->config.name);
	event_draft_text(d, GHL_F_GROUP, a->config.group);
	event_draft_text(d, GHL_F_SEAT, a->account);
	event_draft_text(d, GHL_F_STATE, ghl_agent_state_name(a->state));
	event_draft_text(d, GHL_F_REASON, a->reason);
	if (a->has_pending)
		event_draft_text(d, GHL_F_PENDING, ghl_agent_state_name(a->pending));
	if (a->call)
		event_draft_id(d, GHL_F_CALL, a->call);
}

static void tell_state(const struct agent *a)
{
	struct core *core = a->as->core;
	struct event_draft d;

	if (!core->stream)
		return;
	draft_state(&d, GHL_EV_AGENT_STATE, a);
	stream_tell(core, &d);
}

void agents_snapshot(struct agents *as, stream_add_fn *add, void *to)
{
	struct event_draft d;
	struct agent *a;

	for (size_t i = 0; (a = agent_next(as, &i));) {
		draft_state(&d, GHL_EV_SNAP_AGENT, a);
		add(to, &d);
	}
}

static void sit_down(struct agent *a)
{
	a->login_mono_us = loop_now_us(a->as->core->loop);
	a->login_us = loop_utc_us(a->as->core->loop);
	a->login_us -= a->login_us % 1000;
	a->since_us = a->booked_us = 0;
	a->idle_mono_us = a->login_mono_us;
	a->calls = 0;
	a->talk_ms = 0;
	a->lost = a->as->phone_there && !a->as->phone_there(a->as->phone_arg, a->account);
	a->as->logged_on++;
}

static void stand_up(struct agent *a)
{
	(void)map_take_text(&a->as->by_account, a->account);
	a->account[0] = '\0';
	a->lost = a->was_ready = false;
	a->as->logged_on--;
}

/* the end of a call of a queue: idle order, load */
static void leave_busy(struct agent *a, int64_t now_us)
{
	if (a->busy == GHL_AGENT_BUSY_ACD) {
		a->idle_mono_us = loop_now_us(a->as->core->loop);
		a->talk_ms += (now_us - a->since_us) / 1000;
	}
	a->busy = GHL_AGENT_BUSY_NONE;
}

static void enter_span(struct agent *a, int64_t now_us)
{
	a->nth = a->since_us == now_us ? (uint8_t)(a->nth + 1) : 0;
	a->since_us = a->booked_us = now_us;
	a->late = (struct span_late){0};
	a->since_mono_us = loop_now_us(a->as->core->loop);
}

static void take_call(struct agent *a)
{
	a->call = a->coming.call;
	memcpy(a->queue, a->coming.queue, sizeof(a->queue));
	if (a->state == GHL_AGENT_BUSY)
		a->busy = a->coming.busy;
}

static void set_state(struct agent *a, enum ghl_agent_state next, const char *reason, int64_t now_us)
{
	loop_timer_stop(a->as->core->loop, &a->wrapup);
	if (a->state == GHL_AGENT_BUSY)
		leave_busy(a, now_us);
	a->login_span = a->state == GHL_AGENT_LOGGED_OFF;
	a->state = next;
	if (on_call(a)) {
		take_call(a);
	} else {
		a->has_pending = false;
		a->call = 0;
	}
	if (next != GHL_AGENT_ACW && !on_call(a))
		a->queue[0] = '\0';
	(void)text_copy(a->reason, sizeof(a->reason), reason ? reason : "");
	enter_span(a, now_us);
	if (next == GHL_AGENT_ACW && !a->config.wrapup_manual && a->config.wrapup_ms && a->queue[0])
		loop_timer_start(a->as->core->loop, &a->wrapup, a->config.wrapup_ms, on_wrapped_up, a);
}

static void go(struct agent *a, enum ghl_agent_state next, const char *reason, const struct actor *actor)
{
	struct agents *as = a->as;
	enum ghl_agent_state from = a->state;
	struct store_batch *b = span_batch(as);
	struct span_next follows = {.state = next};
	int64_t now_us;

	if (next == GHL_AGENT_READY && a->lost) {
		a->was_ready = true;
		next = follows.state = GHL_AGENT_NOT_READY;
		reason = "lost";
	}
	if (from == GHL_AGENT_LOGGED_OFF)
		sit_down(a);
	now_us = agent_now_us(a);
	if (b && from != GHL_AGENT_LOGGED_OFF)
		span_end(b, a, now_us, &follows, actor);
	set_state(a, next, reason, now_us);
	if (b && from == GHL_AGENT_LOGGED_OFF)
		span_logged(b, a, true, actor);
	if (b && next == GHL_AGENT_LOGGED_OFF)
		span_logged(b, a, false, actor);
	if (b)
		span_begun(b, a);
	if (next == GHL_AGENT_LOGGED_OFF)
		stand_up(a);
	span_timers(as);
	span_commit(as, b);
	check_invariant(a);
	tell_state(a);
	if (as->handlers.on_state)
		as->handlers.on_state(as->handlers.arg, a, from, next);
}

/* to what is pending, else to `next` */
static void settle(struct agent *a, enum ghl_agent_state next, const char *reason, const struct actor *actor)
{
	char kept[REASON_MAX];

	if (a->has_pending) {
		next = a->pending;
		memcpy(kept, a->pending_reason, sizeof(kept));
		reason = kept;
	}
	go(a, next, reason, actor);
}

static void pend(struct agent *a, enum agent_event ev, const char *reason)
{
	static const enum ghl_agent_state wanted[AGENT_EVENTS] = {
		[AGENT_EV_LOGOUT] = GHL_AGENT_LOGGED_OFF,
		[AGENT_EV_READY] = GHL_AGENT_READY,
		[AGENT_EV_NOT_READY] = GHL_AGENT_NOT_READY,
		[AGENT_EV_ACW] = GHL_AGENT_ACW,
	};

	a->has_pending = true;
	a->pending = wanted[ev];
	(void)text_copy(a->pending_reason, sizeof(a->pending_reason), reason ? reason : "");
	tell_state(a);
}

int agent_do(struct agent *a, enum agent_event ev, const char *reason, const struct actor *actor)
{
	struct agent_move m = agent_move(a->state, ev);
	char kept[REASON_MAX];

	switch (m.action) {
	case AGENT_REFUSE:
		log_debug("agent", "refused agent=%s state=%s event=%s", a->config.name,
			ghl_agent_state_name(a->state), agent_event_name(ev));
		return error_note(
			GHL_ESTATE, "", "agent \"%s\" is %s", a->config.name, ghl_agent_state_name(a->state));
	case AGENT_STAY:
		return 0;
	case AGENT_PEND:
		pend(a, ev, reason);
		return 0;
	case AGENT_GO:
		go(a, m.next, reason, actor);
		return 0;
	case AGENT_SETTLE:
		settle(a, m.next, reason, actor);
		return 0;
	case AGENT_RESUME:
		memcpy(kept, a->before_reason, sizeof(kept));
		if (a->before == GHL_AGENT_ACW)
			memcpy(a->queue, a->before_queue, sizeof(a->queue));
		settle(a, a->before, kept, actor);
		return 0;
	}
	return GHL_ESTATE;
}
