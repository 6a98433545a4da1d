/* test_agent.c - random histories against the rules written down once more; spans, pending states, lost
 * phones, crashes. */
#include <testing.h>

#include "agent/agent_priv.h"
#include "base/id.h"
#include "report/report.h"
#include "store/schema/agent.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US     1000000LL
#define AGENTS 4

struct world {
	struct ghl_clock clock;
	struct core core;
	struct agents *as;
	char dir[256];
};

static void configure(struct world *w)
{
	struct agent_config configs[AGENTS] = {0};

	for (int i = 0; i < AGENTS; i++) {
		(void)snprintf(configs[i].name, sizeof(configs[i].name), "%d", 1001 + i);
		(void)snprintf(configs[i].account, sizeof(configs[i].account), "seat%d", i);
		configs[i].wrapup_ms = 30000;
	}
	ck_assert_int_eq(agents_configure(w->as, configs, AGENTS, NULL), 0);
}

static void world_start(struct world *w)
{
	struct store_opts opts = {.loop = w->core.loop, .clock = &w->clock, .no_sync = true};

	ck_assert_int_eq(store_open(&w->core.store, w->dir, &opts, NULL), 0);
	ck_assert_int_eq(agents_create(&w->as, &w->core, NULL), 0);
	configure(w);
}

static void settle(struct world *w)
{
	ck_assert_int_eq(store_commit(w->core.store, store_batch_new(), NULL), 0);
	loop_drain(w->core.loop);
}

static void world_stop(struct world *w)
{
	settle(w);
	agents_destroy(w->as);
	store_close(w->core.store);
}

static void world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	(void)snprintf(w->dir, sizeof(w->dir), "%s", testing_folder());
	clock_init_virtual(&w->clock, 1790000000 * US);
	ck_assert_int_eq(loop_create_virtual(&w->core.loop, &w->clock), 0);
	w->core.clock = &w->clock;
	world_start(w);
}

static void world_close(struct world *w)
{
	world_stop(w);
	loop_destroy(w->core.loop);
}

static struct agent *nth(struct world *w, int i)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", 1001 + i);
	return agent_by_name(w->as, name);
}

/* --- the rules, once more, in prose order --- */

struct model {
	enum ghl_agent_state state, pending, before;
	bool has_pending, lost, was_ready, tied; /* tied: the after-call work is of a queue's call */
	bool before_tied;
	int64_t acw_since_us;
};

static void model_rest(struct model *m, enum ghl_agent_state to)
{
	if (to == GHL_AGENT_READY && m->lost) {
		m->was_ready = true;
		to = GHL_AGENT_NOT_READY;
	}
	m->state = to;
	m->has_pending = false;
	if (to == GHL_AGENT_LOGGED_OFF)
		m->lost = m->was_ready = false;
	if (to != GHL_AGENT_ACW)
		m->tied = false;
}

static int model_ask(struct model *m, enum ghl_agent_state to)
{
	if (m->state == GHL_AGENT_LOGGED_OFF)
		return GHL_ESTATE;
	m->was_ready = false;
	if (m->state == GHL_AGENT_RINGING || m->state == GHL_AGENT_BUSY) {
		m->has_pending = true;
		m->pending = to;
	} else if (!(m->state == to && to != GHL_AGENT_NOT_READY)) {
		model_rest(m, to);
	}
	return 0;
}

static void model_end_call(struct model *m, enum ghl_agent_state otherwise)
{
	model_rest(m, m->has_pending ? m->pending : otherwise);
}

static int step_ask(struct world *w, struct agent *a, struct model *m)
{
	static const enum ghl_agent_state asked[] = {GHL_AGENT_READY, GHL_AGENT_READY, GHL_AGENT_READY,
		GHL_AGENT_NOT_READY, GHL_AGENT_ACW, GHL_AGENT_LOGGED_OFF};
	enum ghl_agent_state to = asked[testing_random() % 6];

	ck_assert_int_eq(agent_state_set(w->as, a, to, "x", NULL), model_ask(m, to));
	return 0;
}

static void step_offer(struct world *w, struct agent *a, struct model *m)
{
	int want = m->state == GHL_AGENT_READY ? 0 : GHL_ESTATE;

	ck_assert_int_eq(agent_reserve(w->as, a, id_make(GHL_ID_CALL, 0, 7), "q"), want);
	if (want == 0)
		m->state = GHL_AGENT_RINGING;
}

static void step_unreserve(struct world *w, struct agent *a, struct model *m)
{
	const char *reason = testing_random() % 2 ? "rona" : NULL;
	int want = m->state == GHL_AGENT_RINGING ? 0 : GHL_ESTATE;

	ck_assert_int_eq(agent_unreserve(w->as, a, reason), want);
	if (want == 0)
		model_end_call(m, reason ? GHL_AGENT_NOT_READY : GHL_AGENT_READY);
}

static void step_connect(struct world *w, struct agent *a, struct model *m)
{
	bool acd = m->state == GHL_AGENT_RINGING;
	int want = m->state == GHL_AGENT_LOGGED_OFF || m->state == GHL_AGENT_BUSY ? GHL_ESTATE : 0;

	ck_assert_int_eq(agent_connect(w->as, a, id_make(GHL_ID_CALL, 0, 7),
				 acd ? GHL_AGENT_BUSY_ACD : GHL_AGENT_BUSY_EXT_IN),
		want);
	if (want < 0)
		return;
	m->before = acd ? GHL_AGENT_READY : m->state;
	m->before_tied = m->tied;
	m->tied = acd;
	m->state = GHL_AGENT_BUSY;
}

static void step_release(struct world *w, struct agent *a, struct model *m)
{
	bool acw = m->state == GHL_AGENT_BUSY && m->tied && testing_random() % 2;
	int want = m->state == GHL_AGENT_BUSY ? 0 : GHL_ESTATE;

	ck_assert_int_eq(agent_release(w->as, a, acw), want);
	if (want < 0)
		return;
	if (!acw)
		m->tied = m->before == GHL_AGENT_ACW && m->before_tied;
	model_end_call(m, acw ? GHL_AGENT_ACW : m->before);
	m->acw_since_us = loop_now_us(w->core.loop);
}

static void step_device(struct world *w, struct agent *a, struct model *m)
{
	char seat[64];

	(void)snprintf(seat, sizeof(seat), "%s", agent_account(a));
	if (m->state == GHL_AGENT_LOGGED_OFF)
		return;
	if (!m->lost) {
		agent_device_lost(w->as, seat);
		m->lost = true;
		m->was_ready =
			m->state == GHL_AGENT_READY || (m->state == GHL_AGENT_RINGING && !m->has_pending);
		if (m->state == GHL_AGENT_READY || m->state == GHL_AGENT_RINGING)
			model_end_call(m, GHL_AGENT_NOT_READY);
		return;
	}
	agent_device_back(w->as, seat);
	m->lost = false;
	if (m->was_ready && m->state == GHL_AGENT_NOT_READY)
		m->state = GHL_AGENT_READY;
	m->was_ready = false;
}

static void step(struct world *w, struct agent *a, struct model *m, int i)
{
	switch (testing_random() % 8) {
	case 0:
		ck_assert_int_eq(
			agent_login(w->as, a, NULL, NULL), m->state == GHL_AGENT_LOGGED_OFF ? 0 : GHL_ESTATE);
		if (m->state == GHL_AGENT_LOGGED_OFF)
			*m = (struct model){.state = GHL_AGENT_NOT_READY};
		break;
	case 1:
	case 2:
		(void)step_ask(w, a, m);
		break;
	case 3:
		step_offer(w, a, m);
		break;
	case 4:
		step_unreserve(w, a, m);
		break;
	case 5:
		step_connect(w, a, m);
		break;
	case 6:
		step_release(w, a, m);
		break;
	default:
		step_device(w, a, m);
	}
	ck_assert_msg(agent_state(a) == m->state, "step %d: %s, the rules say %s", i,
		ghl_agent_state_name(agent_state(a)), ghl_agent_state_name(m->state));
}

/* time passes; wrap-up ends by itself 30 s after the call */
static void pass(struct world *w, struct model *models, int64_t us)
{
	loop_advance(w->core.loop, us);
	for (int i = 0; i < AGENTS; i++) {
		struct model *m = &models[i];

		if (m->state == GHL_AGENT_ACW && m->tied && !timer_running(&nth(w, i)->wrapup) &&
			loop_now_us(w->core.loop) - m->acw_since_us >= 30 * US)
			model_rest(m, GHL_AGENT_READY);
	}
}

/* --- what is kept --- */

struct kept {
	int64_t span_us[AGENTS], last_until_us[AGENTS], login_us[AGENTS];
	unsigned spans;
};

static int on_span(void *arg, const struct store_item *item)
{
	struct kept *k = arg;
	Ghl__AgentSpan *s = ghl__agent_span__unpack(NULL, item->vlen, item->value);
	int i = (int)testing_number(s->name) - 1001;

	ck_assert_int_le(s->started_at_us, s->ended_at_us);
	ck_assert_int_eq(s->started_at_us % 1000, 0);
	if (s->login)
		k->last_until_us[i] = s->started_at_us;
	ck_assert_int_eq(s->started_at_us, k->last_until_us[i]);
	k->last_until_us[i] = s->ended_at_us;
	k->span_us[i] += s->ended_at_us - s->started_at_us;
	k->spans++;
	ghl__agent_span__free_unpacked(s, NULL);
	return 0;
}

static int on_logoff(void *arg, const struct store_fact *f)
{
	struct kept *k = arg;

	k->login_us[0] += f->kind == GHL_EV_AGENT_LOGGED_OFF;
	return 0;
}

static void on_closed(void *arg)
{
	*(bool *)arg = true;
}

START_TEST(random_histories_follow_the_rules_and_spans_sum_to_the_login)
{
	struct model models[AGENTS] = {0};
	int64_t staffed_us[AGENTS] = {0}, since_us[AGENTS] = {0};
	struct kept kept = {0};
	struct store_read *read;
	bool closed = false;
	struct world w;

	world_open(&w);
	for (int i = 0; i < 3000; i++) {
		int who = (int)(testing_random() % AGENTS);
		bool was_on = models[who].state != GHL_AGENT_LOGGED_OFF, is_on;

		step(&w, nth(&w, who), &models[who], i);
		is_on = models[who].state != GHL_AGENT_LOGGED_OFF;
		if (!was_on && is_on)
			since_us[who] = clock_utc_us(&w.clock);
		if (was_on && !is_on)
			staffed_us[who] += clock_utc_us(&w.clock) - since_us[who];
		pass(&w, models, (int64_t)(testing_random() % 20000) * 1000);
	}
	for (int i = 0; i < AGENTS; i++)
		if (models[i].state != GHL_AGENT_LOGGED_OFF)
			staffed_us[i] += clock_utc_us(&w.clock) - since_us[i];
	agents_close_spans(w.as, on_closed, &closed);
	settle(&w);
	ck_assert(closed);
	ck_assert_int_eq(store_read_begin(w.core.store, &read), 0);
	ck_assert_int_eq(store_range(read, STORE_AGENT_SPAN, NULL, 0, NULL, 0, false, on_span, &kept), 0);
	ck_assert_int_eq(store_facts(read, 1, on_logoff, &kept), 0);
	store_read_end(read);
	ck_assert_uint_gt(kept.spans, 500);
	ck_assert_int_gt(kept.login_us[0], 10);
	for (int i = 0; i < AGENTS; i++)
		ck_assert_int_eq(kept.span_us[i], staffed_us[i]);
	world_close(&w);
}
END_TEST

START_TEST(one_operator_sits_at_one_seat_and_one_seat_holds_one_operator)
{
	struct world w;

	world_open(&w);
	ck_assert_int_eq(agent_login(w.as, nth(&w, 0), "desk", NULL), 0);
	ck_assert_int_eq(agent_login(w.as, nth(&w, 0), "other", NULL), GHL_ESTATE);
	ck_assert_int_eq(agent_login(w.as, nth(&w, 1), "desk", NULL), GHL_EEXIST);
	ck_assert_ptr_eq(agent_by_account(w.as, "desk"), nth(&w, 0));
	ck_assert_int_eq(agent_state_set(w.as, nth(&w, 0), GHL_AGENT_LOGGED_OFF, NULL, NULL), 0);
	ck_assert_ptr_null(agent_by_account(w.as, "desk"));
	ck_assert_int_eq(agent_login(w.as, nth(&w, 1), "desk", NULL), 0);
	world_close(&w);
}
END_TEST

START_TEST(wrap_up_ends_by_itself)
{
	struct agent *a;
	struct world w;

	world_open(&w);
	a = nth(&w, 0);
	ck_assert_int_eq(agent_login(w.as, a, NULL, NULL), 0);
	ck_assert_int_eq(agent_state_set(w.as, a, GHL_AGENT_READY, NULL, NULL), 0);
	ck_assert_int_eq(agent_reserve(w.as, a, id_make(GHL_ID_CALL, 0, 1), "q"), 0);
	ck_assert_int_eq(agent_connect(w.as, a, id_make(GHL_ID_CALL, 0, 1), GHL_AGENT_BUSY_ACD), 0);
	ck_assert_int_eq(agent_release(w.as, a, true), 0);
	ck_assert_int_eq(agent_state(a), GHL_AGENT_ACW);
	loop_advance(w.core.loop, 29990000);
	ck_assert_int_eq(agent_state(a), GHL_AGENT_ACW);
	loop_advance(w.core.loop, 20000);
	ck_assert_int_eq(agent_state(a), GHL_AGENT_READY);
	world_close(&w);
}
END_TEST

static int on_interrupted(void *arg, const struct store_item *item)
{
	int64_t *until_us = arg;
	Ghl__AgentSpan *s = ghl__agent_span__unpack(NULL, item->vlen, item->value);

	if (s->interrupted)
		*until_us = s->ended_at_us;
	ghl__agent_span__free_unpacked(s, NULL);
	return 0;
}

START_TEST(after_a_crash_open_spans_end_at_the_last_sign_of_life)
{
	int64_t crash_us, until_us = 0;
	struct store_read *read;
	struct world w;

	world_open(&w);
	ck_assert_int_eq(agent_login(w.as, nth(&w, 0), NULL, NULL), 0);
	loop_advance(w.core.loop, 100 * US + 3 * US);
	crash_us = clock_utc_us(&w.clock);
	world_stop(&w);
	loop_advance(w.core.loop, 3600 * US);
	world_start(&w);
	settle(&w);
	ck_assert_int_eq(agent_state(nth(&w, 0)), GHL_AGENT_LOGGED_OFF);
	ck_assert_int_eq(store_read_begin(w.core.store, &read), 0);
	ck_assert_int_eq(
		store_range(read, STORE_AGENT_SPAN, NULL, 0, NULL, 0, false, on_interrupted, &until_us), 0);
	store_read_end(read);
	ck_assert_int_le(until_us, crash_us);
	ck_assert_int_gt(until_us, crash_us - 11 * US);
	world_stop(&w);
	world_start(&w); /* and only once */
	world_close(&w);
}
END_TEST

TEST_SUITE(agent_suite, 60, random_histories_follow_the_rules_and_spans_sum_to_the_login,
	one_operator_sits_at_one_seat_and_one_seat_holds_one_operator, wrap_up_ends_by_itself,
	after_a_crash_open_spans_end_at_the_last_sign_of_life)

TEST_MAIN(agent_suite())
