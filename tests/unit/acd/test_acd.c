/* test_acd.c - random traces against a naive queue that looks at everything at every step; limits, overflow,
 * live configuration. */
#include <testing.h>

#include "acd/acd_priv.h"
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENTS 12
#define QUEUES 3
#define CALLS  4000

static const char *const skills[QUEUES] = {"water", "tax", ""};

/* What the naive side knows; it is told of outcomes only, and says who must be offered what. */
struct naive_call {
	int queue, agent; /* agent: -1 none */
	unsigned priority, order;
	bool waits, talks, gone;
};

struct world {
	struct ghl_clock clock;
	struct core core;
	struct agents *as;
	struct acd *acd;
	struct naive_call calls[CALLS];
	int n_calls;
	unsigned offers, overflowed, left[4], announced;
	char overflow_dest[80];
};

static ghl_call id_of(int call)
{
	return id_make(GHL_ID_CALL, 0, (uint64_t)call + 1);
}

static int call_of(ghl_call id)
{
	return (int)(id & 0xffffff) - 1;
}

static struct agent *nth(struct world *w, int i)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", 1001 + i);
	return agent_by_name(w->as, name);
}

static bool can_serve(const struct world *w, int agent, int queue)
{
	const struct agent_config *c = agent_config(nth((struct world *)w, agent));

	for (unsigned i = 0; i < c->skill_count; i++)
		if (strcmp(c->skills[i], skills[queue]) == 0)
			return true;
	return !*skills[queue];
}

/* O(calls x agents): the first call in order that a ready agent can serve, and the agent idle the longest */
static bool naive_next(struct world *w, int except_agent, int *call, int *agent)
{
	int64_t idle_us = INT64_MAX;

	*call = *agent = -1;
	for (int i = 0; i < w->n_calls; i++) {
		const struct naive_call *c = &w->calls[i], *best = *call < 0 ? NULL : &w->calls[*call];
		bool served = false;

		if (!c->waits)
			continue;
		for (int a = 0; a < AGENTS && !served; a++)
			served = (agent_state(nth(w, a)) == GHL_AGENT_READY || a == except_agent) &&
				 can_serve(w, a, c->queue);
		if (served && (!best || c->priority > best->priority ||
				      (c->priority == best->priority && c->order < best->order)))
			*call = i;
	}
	if (*call < 0)
		return false;
	for (int a = 0; a < AGENTS; a++) {
		bool ready = agent_state(nth(w, a)) == GHL_AGENT_READY || a == except_agent;

		if (ready && can_serve(w, a, w->calls[*call].queue) &&
			agent_idle_since_us(nth(w, a)) < idle_us) {
			idle_us = agent_idle_since_us(nth(w, a));
			*agent = a;
		}
	}
	return true;
}

static int on_ring(void *arg, ghl_call call, const char *account, uint32_t ring_ms)
{
	struct world *w = arg;
	int got_agent = (int)testing_number(account + 4), got_call = call_of(call), want_call, want_agent;

	ck_assert_uint_eq(ring_ms, 20000);
	/* the agent is RINGING by now; before that it was ready */
	ck_assert(naive_next(w, got_agent, &want_call, &want_agent));
	ck_assert_msg(want_call == got_call, "call %d was offered, %d is first", got_call, want_call);
	ck_assert_msg(
		want_agent == got_agent, "agent %d was offered, %d is idle longest", got_agent, want_agent);
	w->calls[got_call].waits = false;
	w->calls[got_call].agent = got_agent;
	w->offers++;
	return 0;
}

static void on_cancel(void *arg, ghl_call call)
{
	(void)arg;
	(void)call;
}

static void on_announce(void *arg, ghl_call call, const struct acd_queue_config *q)
{
	(void)call;
	(void)q;
	((struct world *)arg)->announced++;
}

static void on_overflow(void *arg, ghl_call call, const char *dest, const char *queue)
{
	struct world *w = arg;

	(void)call;
	(void)queue;
	w->overflowed++;
	(void)snprintf(w->overflow_dest, sizeof(w->overflow_dest), "%s", dest);
}

static void on_left(void *arg, ghl_call call, const struct acd_queue_config *q, enum acd_leave how,
	int64_t offered_at_us, uint32_t wait_ms)
{
	struct world *w = arg;

	(void)q;
	(void)offered_at_us;
	(void)wait_ms;
	ck_assert_uint_gt(acd_found(w->acd, call), 0);
	w->left[how]++;
}

static void configure_agents(struct world *w)
{
	struct agent_config configs[AGENTS] = {0};

	for (int i = 0; i < AGENTS; i++) {
		(void)snprintf(configs[i].name, sizeof(configs[i].name), "%d", 1001 + i);
		(void)snprintf(configs[i].account, sizeof(configs[i].account), "seat%d", i);
		for (int k = 0; k < 2; k++)
			if (i % 4 & 1 << k)
				(void)snprintf(
					configs[i].skills[configs[i].skill_count++], 64, "%s", skills[k]);
	}
	ck_assert_int_eq(agents_configure(w->as, configs, AGENTS, NULL), 0);
}

static void configure_queues(struct world *w, const struct acd_queue_config *change)
{
	struct acd_queue_config configs[QUEUES] = {0};

	for (int i = 0; i < QUEUES; i++) {
		(void)snprintf(configs[i].name, sizeof(configs[i].name), "q%d", i);
		(void)snprintf(configs[i].skill, sizeof(configs[i].skill), "%s", skills[i]);
	}
	if (change)
		configs[0] = *change;
	ck_assert_int_eq(acd_configure(w->acd, configs, QUEUES, NULL), 0);
}

static struct world *world_open(void)
{
	static const struct acd_port port = {.ring = on_ring,
		.ring_cancel = on_cancel,
		.announce = on_announce,
		.overflow = on_overflow,
		.left = on_left};
	struct world *w = calloc(1, sizeof(*w));

	ck_assert_ptr_nonnull(w);
	clock_init_virtual(&w->clock, 1790000000000000LL);
	ck_assert_int_eq(loop_create_virtual(&w->core.loop, &w->clock), 0);
	w->core.clock = &w->clock;
	ck_assert_int_eq(agents_create(&w->as, &w->core, NULL), 0);
	configure_agents(w);
	ck_assert_int_eq(acd_create(&w->acd, &w->core, w->as, NULL), 0);
	acd_port_set(w->acd, &port, w);
	configure_queues(w, NULL);
	return w;
}

static void world_close(struct world *w)
{
	loop_drain(w->core.loop);
	acd_destroy(w->acd);
	agents_destroy(w->as);
	loop_destroy(w->core.loop);
	free(w);
}

static void log_on(struct world *w, int agents)
{
	for (int i = 0; i < agents; i++) {
		ck_assert_int_eq(agent_login(w->as, nth(w, i), NULL, NULL), 0);
		ck_assert_int_eq(agent_state_set(w->as, nth(w, i), GHL_AGENT_READY, NULL, NULL), 0);
		loop_advance(w->core.loop, 1000);
	}
}

static void join(struct world *w, int queue, unsigned priority)
{
	struct naive_call *c = &w->calls[w->n_calls];
	char name[8];

	(void)snprintf(name, sizeof(name), "q%d", queue);
	*c = (struct naive_call){.queue = queue,
		.agent = -1,
		.priority = priority,
		.order = (unsigned)w->n_calls,
		.waits = true};
	ck_assert_int_eq(acd_join(w->acd, id_of(w->n_calls++), name, priority), 0);
}

static int some_call(struct world *w, bool ringing)
{
	int from = w->n_calls ? (int)(testing_random() % (uint64_t)w->n_calls) : 0;

	for (int i = 0; i < w->n_calls; i++) {
		int k = (from + i) % w->n_calls;
		const struct naive_call *c = &w->calls[k];

		if (!c->gone && (ringing ? c->agent >= 0 && !c->talks : c->waits || c->talks))
			return k;
	}
	return -1;
}

static void ring_outcome(struct world *w)
{
	static const int failures[] = {GHL_ETIMEDOUT, GHL_EREFUSED, GHL_ENOENT};
	int k = some_call(w, true);
	struct naive_call *c = &w->calls[k < 0 ? 0 : k];
	char account[16];

	if (k < 0)
		return;
	(void)snprintf(account, sizeof(account), "seat%d", c->agent);
	if (testing_random() % 3) {
		c->talks = true;
		acd_rung(w->acd, id_of(k), account, 0);
	} else {
		c->agent = -1;
		c->waits = true;
		acd_rung(w->acd, id_of(k), account, failures[testing_random() % 3]);
	}
}

static void end_or_abandon(struct world *w)
{
	int k = some_call(w, testing_random() % 4 == 0);
	struct naive_call *c = &w->calls[k < 0 ? 0 : k];

	if (k < 0)
		return;
	c->gone = true;
	c->waits = false;
	if (c->talks)
		acd_talk_ended(w->acd, id_of(k));
	else
		ck_assert_int_eq(acd_leave(w->acd, id_of(k), ACD_ABANDONED), 0);
	ck_assert_int_eq(acd_leave(w->acd, id_of(k), ACD_ABANDONED), GHL_ENOENT);
}

static void agent_moves(struct world *w)
{
	struct agent *a = nth(w, (int)(testing_random() % AGENTS));

	if (agent_state(a) == GHL_AGENT_NOT_READY)
		ck_assert_int_eq(agent_state_set(w->as, a, GHL_AGENT_READY, NULL, NULL), 0);
	else if (agent_state(a) == GHL_AGENT_READY && testing_random() % 4 == 0)
		ck_assert_int_eq(agent_state_set(w->as, a, GHL_AGENT_NOT_READY, "break", NULL), 0);
}

START_TEST(every_offer_is_the_one_a_naive_queue_would_make)
{
	struct world *w = world_open();
	int call, agent;

	log_on(w, AGENTS);
	while (w->n_calls < CALLS) {
		switch (testing_random() % 5) {
		case 0:
			join(w, (int)(testing_random() % QUEUES), testing_random() % 8 == 0);
			break;
		case 1:
			ring_outcome(w);
			break;
		case 2:
		case 3:
			end_or_abandon(w);
			break;
		default:
			agent_moves(w);
		}
		loop_advance(w->core.loop, 1000);
		/* nobody waits whom a ready agent could serve */
		ck_assert(!naive_next(w, -1, &call, &agent));
		if (w->n_calls > 600)
			break;
	}
	ck_assert_uint_gt(w->offers, 300);
	world_close(w);
}
END_TEST

START_TEST(a_call_that_was_not_answered_is_first_again_with_its_old_time)
{
	struct world *w = world_open();
	unsigned position;
	uint32_t wait_ms;

	log_on(w, 1);
	join(w, 2, 0);
	join(w, 2, 0);
	loop_advance(w->core.loop, 5000000);
	w->calls[0].waits = true;
	w->calls[0].agent = -1;
	acd_rung(w->acd, id_of(0), "seat0", GHL_ETIMEDOUT);
	ck_assert_int_eq(agent_state(nth(w, 0)), GHL_AGENT_NOT_READY);
	ck_assert_str_eq(agent_reason(nth(w, 0)), "rona");
	ck_assert_int_eq(acd_position(w->acd, id_of(0), &position, &wait_ms), 0);
	ck_assert_uint_eq(position, 1);
	ck_assert_uint_gt(wait_ms, 0);
	ck_assert_int_eq(acd_position(w->acd, id_of(1), &position, &wait_ms), 0);
	ck_assert_uint_eq(position, 2);
	world_close(w);
}
END_TEST

START_TEST(a_full_queue_refuses_and_a_long_wait_overflows)
{
	struct acd_queue_config q = {
		.name = "q0", .max_waiting = 2, .max_wait_ms = 10000, .overflow = "queue:q1"};
	struct world *w = world_open();

	configure_queues(w, &q);
	ck_assert_int_eq(acd_join(w->acd, id_of(1), "q0", 0), 0);
	ck_assert_int_eq(acd_join(w->acd, id_of(1), "q0", 0), GHL_EEXIST);
	ck_assert_int_eq(acd_join(w->acd, id_of(2), "q0", 0), 0);
	ck_assert_int_eq(acd_join(w->acd, id_of(3), "q0", 0), GHL_EFULL);
	ck_assert_int_eq(acd_join(w->acd, id_of(3), "nowhere", 0), GHL_ENOENT);
	loop_advance(w->core.loop, 10100000);
	ck_assert_uint_eq(w->left[ACD_OUTFLOW], 2);
	ck_assert_uint_eq(w->overflowed, 0);
	ck_assert_uint_eq(w->announced, 4);
	(void)snprintf(q.overflow, sizeof(q.overflow), "dialogue:sorry");
	configure_queues(w, &q);
	ck_assert_int_eq(acd_join(w->acd, id_of(4), "q0", 0), 0);
	loop_advance(w->core.loop, 10100000);
	ck_assert_uint_eq(w->overflowed, 1);
	ck_assert_str_eq(w->overflow_dest, "dialogue:sorry");
	ck_assert_int_eq(acd_leave(w->acd, id_of(4), ACD_ABANDONED), GHL_ENOENT);
	world_close(w);
}
END_TEST

START_TEST(calls_in_a_queue_that_is_taken_away_are_still_served)
{
	struct acd_queue_config other = {.name = "q9"};
	struct world *w = world_open();

	join(w, 2, 0);
	ck_assert_int_eq(acd_configure(w->acd, &other, 1, NULL), 0);
	ck_assert_int_eq(acd_join(w->acd, id_of(50), "q2", 0), GHL_ENOENT);
	log_on(w, 1);
	ck_assert_uint_eq(w->offers, 1);
	acd_rung(w->acd, id_of(0), "seat0", 0);
	ck_assert_int_eq(agent_state(nth(w, 0)), GHL_AGENT_BUSY);
	world_close(w);
}
END_TEST

START_TEST(a_lost_phone_gives_the_call_back_once_its_ringing_has_ended)
{
	struct world *w = world_open();

	log_on(w, 1);
	join(w, 2, 0);
	loop_advance(w->core.loop, 1000);
	ck_assert_uint_eq(w->offers, 1);
	agent_device_lost(w->as, "seat0");
	loop_drain(w->core.loop);
	ck_assert_str_eq(agent_reason(nth(w, 0)), "lost");
	w->calls[0].waits = true;
	w->calls[0].agent = -1;
	acd_rung(w->acd, id_of(0), "seat0", GHL_ECLOSED);
	agent_device_back(w->as, "seat0");
	loop_advance(w->core.loop, 1000);
	ck_assert_uint_eq(w->offers, 2);
	world_close(w);
}
END_TEST

TEST_SUITE(acd_suite, 60, every_offer_is_the_one_a_naive_queue_would_make,
	a_call_that_was_not_answered_is_first_again_with_its_old_time,
	a_full_queue_refuses_and_a_long_wait_overflows, calls_in_a_queue_that_is_taken_away_are_still_served,
	a_lost_phone_gives_the_call_back_once_its_ringing_has_ended)

Suite *now_suite(void);

TEST_MAIN(acd_suite(), now_suite())
