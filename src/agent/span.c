/*
 * span.c - keeps agents' time: each ended span as a record, a fact and its roll-ups in one commit.
 *
 * At each bin edge the open spans are booked up to it, so that a sealed bin lacks nothing. Every 10 s, while
 * somebody is logged on, a sign of life is kept: after a crash that is where the open spans end.
 */
#include "agent_priv.h"

#include "base/log.h"
#include "report/report.h"
#include "store/schema/agent.pb-c.h"

#include <string.h>

#define ALIVE_MS 10000
#define SPAN_MAX 1024

struct store_batch *span_batch(struct agents *as)
{
	struct store_batch *b;

	if (as->shared || !as->core->store)
		return as->shared;
	b = store_batch_new();
	if (!b)
		log_error("agent", "no memory for a span");
	return b;
}

static void report_of(const struct agent *a, int64_t until_us, struct report_span *out)
{
	*out = (struct report_span){.from_us = a->booked_us,
		.until_us = until_us,
		.span_from_us = a->since_us,
		.state = a->state,
		.busy = a->busy,
		.login = a->login_span,
		.agent = a->config.name,
		.seat = a->account,
		.group = a->config.group,
		.queue = a->queue};
}

/* The part of the open span up to an instant, to the roll-ups; told where it comes too late for its bin. */
static void add_part(
	const struct agent *a, struct store_batch *b, struct report_span *s, struct span_late *late)
{
	struct core *core = a->as->core;

	s->counted_at_us = loop_utc_us(core->loop);
	(void)report_span_adds(core, b, s);
	if (!report_span_late(core, s->from_us, s->counted_at_us))
		return;
	late->again = late->again || late->at_us != 0;
	late->from_us = s->from_us;
	late->until_us = s->until_us;
	late->at_us = s->counted_at_us;
	late->last = s->last;
}

/* A span as the store keeps it; lends what it points to. */
struct record {
	Ghl__AgentSpan span;
	Ghl__SpanLate late;
};

static void put_late(struct record *r, const struct span_late *late)
{
	ghl__span_late__init(&r->late);
	r->late.from_us = late->from_us;
	r->late.until_us = late->until_us;
	r->late.at_us = late->at_us;
	r->late.last = late->last;
	r->span.late = &r->late;
	r->span.late_again = late->again;
}

static void record_of(const struct agent *a, const struct span_late *late, struct record *r)
{
	Ghl__AgentSpan *out = &r->span;

	ghl__agent_span__init(out);
	out->agent = a->id;
	out->name = (char *)a->config.name;
	out->group = (char *)a->config.group;
	out->seat = (char *)a->account;
	out->state = a->state;
	out->busy = a->busy;
	out->reason = (char *)a->reason;
	out->started_at_us = a->since_us;
	out->call = a->call;
	out->queue = (char *)a->queue;
	out->login = a->login_span;
	if (late->at_us)
		put_late(r, late);
}

static void put_record(struct store_batch *b, const struct agent *a, const struct span_late *late,
	int64_t until_us, enum ghl_agent_state next)
{
	uint8_t value[SPAN_MAX], key[17];
	struct record r;

	record_of(a, late, &r);
	r.span.ended_at_us = until_us;
	r.span.next = next;
	(void)store_key_2u64(key, (uint64_t)a->since_us, a->id);
	key[16] = a->nth;
	store_batch_put(b, STORE_AGENT_SPAN, key, sizeof(key), value, ghl__agent_span__pack(&r.span, value));
}

static void put_fact(struct store_batch *b, const struct agent *a, int64_t until_us,
	enum ghl_agent_state next, const struct actor *actor)
{
	struct event_draft d;

	event_draft_init(&d, GHL_EV_AGENT_SPAN);
	event_draft_id(&d, GHL_F_AGENT_ID, a->id);
	event_draft_text(&d, GHL_F_AGENT, a->config.name);
	event_draft_text(&d, GHL_F_GROUP, a->config.group);
	event_draft_text(&d, GHL_F_SEAT, a->account);
	event_draft_text(&d, GHL_F_STATE, ghl_agent_state_name(a->state));
	if (a->busy != GHL_AGENT_BUSY_NONE)
		event_draft_text(&d, GHL_F_VALUE, ghl_agent_busy_name(a->busy));
	event_draft_text(&d, GHL_F_REASON, a->reason);
	event_draft_text(&d, GHL_F_DEST, ghl_agent_state_name(next));
	event_draft_text(&d, GHL_F_QUEUE, a->queue);
	if (a->call)
		event_draft_id(&d, GHL_F_CALL, a->call);
	event_draft_int(&d, GHL_F_FROM_US, a->since_us);
	event_draft_int(&d, GHL_F_UNTIL_US, until_us);
	event_draft_int(&d, GHL_F_DURATION_MS, (until_us - a->since_us) / 1000);
	stream_fact(a->as->core, b, actor ? actor : &a->as->engine, &d);
}

void span_end(struct store_batch *b, const struct agent *a, int64_t until_us, const struct span_next *next,
	const struct actor *actor)
{
	struct span_late late = a->late;
	struct report_span s;

	report_of(a, until_us, &s);
	s.next = next->state;
	s.last = true;
	add_part(a, b, &s, &late);
	put_record(b, a, &late, until_us, next->state);
	put_fact(b, a, until_us, next->state, actor);
}

static size_t on_key(const struct agent *a, uint8_t key[32])
{
	size_t n = strlen(AGENT_ON_PREFIX);

	memcpy(key, AGENT_ON_PREFIX, n);
	return n + store_key_u64(key + n, a->id);
}

/* who is on, and in what: what a restart needs to end it */
void span_begun(struct store_batch *b, const struct agent *a)
{
	uint8_t value[SPAN_MAX], key[32];
	size_t klen = on_key(a, key);
	Ghl__AgentOn on = GHL__AGENT_ON__INIT;
	struct record r;

	if (a->state == GHL_AGENT_LOGGED_OFF) {
		store_batch_delete(b, STORE_META, key, klen);
		return;
	}
	record_of(a, &a->late, &r);
	on.span = &r.span;
	on.booked_until_us = a->booked_us;
	on.logged_on_at_us = a->login_us;
	store_batch_put(b, STORE_META, key, klen, value, ghl__agent_on__pack(&on, value));
}

void span_logged(struct store_batch *b, const struct agent *a, bool on, const struct actor *actor)
{
	struct event_draft d;

	event_draft_init(&d, on ? GHL_EV_AGENT_LOGGED_ON : GHL_EV_AGENT_LOGGED_OFF);
	event_draft_id(&d, GHL_F_AGENT_ID, a->id);
	event_draft_text(&d, GHL_F_AGENT, a->config.name);
	event_draft_text(&d, GHL_F_GROUP, a->config.group);
	event_draft_text(&d, GHL_F_SEAT, a->account);
	event_draft_text(&d, GHL_F_REASON, a->reason);
	event_draft_int(&d, GHL_F_FROM_US, a->login_us);
	if (!on)
		event_draft_int(&d, GHL_F_UNTIL_US, a->since_us);
	stream_fact(a->as->core, b, actor ? actor : &a->as->engine, &d);
}

static void on_committed(void *arg, const struct store_result *result)
{
	(void)arg;
	if (result->status < 0)
		log_error("agent", "span not kept error=%s", ghl_error_code_name(result->status));
}

void span_commit(struct agents *as, struct store_batch *b)
{
	struct ticket *t = as->ticket;

	if (!b || as->shared)
		return;
	store_batch_vital(b); /* a span that is not kept is missing in the sums */
	as->ticket = NULL;
	if (t) {
		ticket_commit(t, as->core, b);
	} else {
		store_batch_patient(b);
		store_commit_async(as->core->store, b, on_committed, NULL);
	}
}

/* the part of the open span up to the edge goes to the roll-ups */
static void book(struct store_batch *b, struct agent *a, int64_t edge_us)
{
	struct report_span s;

	if (a->state == GHL_AGENT_LOGGED_OFF || a->booked_us >= edge_us)
		return;
	report_of(a, edge_us, &s);
	add_part(a, b, &s, &a->late);
	a->booked_us = edge_us;
	span_begun(b, a);
}

static void put_alive(const struct agents *as, struct store_batch *b)
{
	uint8_t value[8];

	(void)store_key_u64(value, (uint64_t)loop_utc_us(as->core->loop));
	store_batch_put(b, STORE_META, AGENT_ALIVE_KEY, strlen(AGENT_ALIVE_KEY), value, sizeof(value));
}

/* b: NULL when there was no memory for it. */
static void commit_alive(struct agents *as, struct store_batch *b)
{
	if (!b)
		return;
	store_batch_vital(b);
	put_alive(as, b);
	store_batch_patient(b);
	store_commit_async(as->core->store, b, on_committed, NULL);
}

static void on_edge(void *arg)
{
	struct agents *as = arg;
	struct store_batch *b = store_batch_new();
	struct agent *a;

	for (size_t i = 0; b && (a = map_next(&as->by_id, &i));) {
		int64_t now_us = a->state == GHL_AGENT_LOGGED_OFF ? 0 : agent_now_us(a);

		if (now_us)
			book(b, a, now_us);
	}
	commit_alive(as, b);
	span_timers(as);
}

static void on_alive(void *arg)
{
	struct agents *as = arg;

	commit_alive(as, store_batch_new());
	span_timers(as);
}

void span_timers(struct agents *as)
{
	struct loop *loop = as->core->loop;
	int64_t now_us = loop_utc_us(loop);

	if (!as->core->store)
		return;
	if (as->logged_on == 0) {
		loop_timer_stop(loop, &as->edge);
		loop_timer_stop(loop, &as->alive);
		return;
	}
	if (!timer_running(&as->edge))
		loop_timer_start(loop, &as->edge,
			(uint64_t)((report_next_edge_us(as->core, now_us) - now_us) / 1000 + 1), on_edge, as);
	if (!timer_running(&as->alive))
		loop_timer_start(loop, &as->alive, ALIVE_MS, on_alive, as);
}
