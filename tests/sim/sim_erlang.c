/*
 * sim_erlang.c - routing against theory: the real agents and queues, in virtual time, on Poisson arrivals and
 * exponential talk.
 *
 * A queue of M/M/n forgets slowly: a mean that is sure to 0.7 % takes tens of millions of calls. So the proof
 * has two steps. The real code and a naive first-in-first-out recursion (Kiefer and Wolfowitz 1955) are fed
 * the same arrivals and talk times, and must agree on the wait of every single call. The recursion then runs
 * as long as it takes, with batch means for its standard error, and must meet the Erlang C formulas.
 */
#include <testing.h>

#include "acd/acd.h"
#include "base/id.h"
#include "base/map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	double calls_an_hour, aht_s;
	unsigned agents;
	double delay, asa_s, occupancy; /* the formulas' own values, to their last digit */
	unsigned long_batches;
};

/* metrics: Erlang C; the long run of each is what its standard error needs */
static const struct row rows[] = {
	{100, 180, 6, .587516, 105.7530, .833333, 120},
	{100, 180, 7, .324150, 29.1735, .714286, 60},
	{240, 300, 24, .298072, 22.3554, .833333, 240},
	{60, 240, 5, .554113, 132.9870, .800000, 80},
	{1000, 200, 60, .452244, 20.3510, .925926, 640},
};
#define ROWS  (sizeof(rows) / sizeof(rows[0]))
#define BATCH 100000

/* --- random numbers: xorshift64*, one stream a use --- */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* exponential, whole milliseconds: the wheel's tick; at least one */
static int64_t draw_ms(uint64_t *state, double mean_ms)
{
	double u = ((double)(next_random(state) >> 11) + 0.5) / 9007199254740992.0;

	int64_t ms = (int64_t)(-log(u) * mean_ms + 0.5);

	return ms > 0 ? ms : 1;
}

struct traffic {
	uint64_t gap_state, talk_state;
	double gap_ms, talk_ms;
};

static void traffic_init(struct traffic *t, const struct row *r, unsigned seed)
{
	t->gap_state = 0x9e3779b97f4a7c15ULL + seed;
	t->talk_state = 0xc2b2ae3d27d4eb4fULL ^ seed;
	t->gap_ms = 3600000.0 / r->calls_an_hour;
	t->talk_ms = r->aht_s * 1000;
	for (int i = 0; i < 20; i++) {
		(void)next_random(&t->gap_state);
		(void)next_random(&t->talk_state);
	}
}

/* --- the naive side: when is the least loaded of n servers free? --- */

struct naive {
	int64_t free_ms[64]; /* a heap, least first */
	unsigned n;
	int64_t now_ms, busy_ms;
};

static void naive_take_first(struct naive *q, int64_t free_again_ms)
{
	unsigned i = 0, child;

	while ((child = 2 * i + 1) < q->n) {
		if (child + 1 < q->n && q->free_ms[child + 1] < q->free_ms[child])
			child++;
		if (q->free_ms[child] >= free_again_ms)
			break;
		q->free_ms[i] = q->free_ms[child];
		i = child;
	}
	q->free_ms[i] = free_again_ms;
}

static int64_t naive_next(struct naive *q, struct traffic *t)
{
	int64_t talk_ms, wait_ms;

	q->now_ms += draw_ms(&t->gap_state, t->gap_ms);
	talk_ms = draw_ms(&t->talk_state, t->talk_ms);
	wait_ms = q->free_ms[0] > q->now_ms ? q->free_ms[0] - q->now_ms : 0;
	naive_take_first(q, q->now_ms + wait_ms + talk_ms);
	q->busy_ms += talk_ms;
	return wait_ms;
}

/* --- the real side --- */

struct sim {
	struct ghl_clock clock;
	struct loop *loop;
	struct core core;
	struct agents *agents;
	struct acd *acd;
	struct traffic traffic;
	struct naive oracle;
	struct timer arrival;
	unsigned calls, answered, wanted;
	int64_t *oracle_wait_ms; /* by call */
	double wait_sum_ms, delayed, busy_ms;
	unsigned disagreements;
};

struct sim_call {
	struct sim *sim;
	ghl_call id;
	unsigned number;
	struct timer end;
	struct loop_task rung;
	char account[64];
};

static struct map by_id;

static void on_answer(void *arg)
{
	struct sim_call *c = arg;

	acd_rung(c->sim->acd, c->id, c->account, 0);
}

static int sim_ring(void *arg, ghl_call call, const char *account, uint32_t ring_ms)
{
	struct sim *s = arg;
	struct sim_call *c = map_get(&by_id, call);

	(void)ring_ms;
	(void)snprintf(c->account, sizeof(c->account), "%s", account);
	loop_post_task(s->loop, &c->rung, on_answer, c);
	return 0;
}

static void on_end(void *arg)
{
	struct sim_call *c = arg;

	acd_talk_ended(c->sim->acd, c->id);
	(void)map_take(&by_id, c->id);
	free(c);
}

static void sim_answered(void *arg, ghl_call call, struct agent *a, const struct acd_queue_config *q,
	int64_t offered_at_us, uint32_t wait_ms, uint32_t ring_ms)
{
	struct sim *s = arg;
	struct sim_call *c = map_get(&by_id, call);
	int64_t talk_ms = draw_ms(&s->traffic.talk_state, s->traffic.talk_ms);

	(void)a;
	(void)q;
	(void)offered_at_us;
	(void)ring_ms;
	s->disagreements += s->oracle_wait_ms[c->number] != wait_ms;
	s->wait_sum_ms += wait_ms;
	s->delayed += wait_ms > 0;
	s->busy_ms += (double)talk_ms;
	s->answered++;
	loop_timer_start(s->loop, &c->end, (uint64_t)talk_ms, on_end, c);
}

static void on_arrival(void *arg);

static void next_arrival(struct sim *s)
{
	int64_t gap_ms = draw_ms(&s->traffic.gap_state, s->traffic.gap_ms);

	loop_timer_start(s->loop, &s->arrival, (uint64_t)gap_ms, on_arrival, s);
}

static void on_arrival(void *arg)
{
	struct sim *s = arg;
	struct sim_call *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	c->sim = s;
	c->number = s->calls++;
	c->id = id_make(GHL_ID_CALL, 0, s->calls);
	ck_assert_int_eq(map_put(&by_id, c->id, c), 0);
	ck_assert_int_eq(acd_join(s->acd, c->id, "q", 0), 0);
	if (s->calls < s->wanted)
		next_arrival(s);
}

static void sim_open(struct sim *s, const struct row *r, unsigned calls)
{
	static const struct acd_port port = {.ring = sim_ring, .answered = sim_answered};
	struct acd_queue_config q = {.name = "q"};
	struct agent_config *configs = calloc(r->agents, sizeof(*configs));

	memset(s, 0, sizeof(*s));
	clock_init_virtual(&s->clock, 1700000000000000LL);
	ck_assert_int_eq(loop_create_virtual(&s->loop, &s->clock), 0);
	s->core = (struct core){.loop = s->loop, .clock = &s->clock, .engine = true};
	ck_assert_int_eq(agents_create(&s->agents, &s->core, NULL), 0);
	for (unsigned i = 0; i < r->agents; i++) {
		(void)snprintf(configs[i].name, sizeof(configs[i].name), "%u", 1001 + i);
		(void)snprintf(configs[i].account, sizeof(configs[i].account), "seat%u", i);
	}
	ck_assert_int_eq(agents_configure(s->agents, configs, r->agents, NULL), 0);
	ck_assert_int_eq(acd_create(&s->acd, &s->core, s->agents, NULL), 0);
	ck_assert_int_eq(acd_configure(s->acd, &q, 1, NULL), 0);
	acd_port_set(s->acd, &port, s);
	for (unsigned i = 0; i < r->agents; i++) {
		struct agent *a = agent_by_name(s->agents, configs[i].name);

		ck_assert_int_eq(agent_login(s->agents, a, NULL, NULL), 0);
		ck_assert_int_eq(agent_state_set(s->agents, a, GHL_AGENT_READY, NULL, NULL), 0);
	}
	free(configs);
	s->wanted = calls;
	s->oracle_wait_ms = calloc(calls, sizeof(*s->oracle_wait_ms));
	s->oracle.n = r->agents;
	map_init(&by_id);
}

static void sim_close(struct sim *s)
{
	acd_destroy(s->acd);
	agents_destroy(s->agents);
	loop_destroy(s->loop);
	free(s->oracle_wait_ms);
	map_finish(&by_id);
}

#define REAL_CALLS 60000

START_TEST(every_call_waits_exactly_as_in_a_naive_fifo)
{
	const struct row *r = &rows[_i];
	struct traffic twin;
	struct sim s;

	sim_open(&s, r, REAL_CALLS);
	traffic_init(&twin, r, (unsigned)_i);
	s.traffic = twin;
	for (unsigned i = 0; i < REAL_CALLS; i++)
		s.oracle_wait_ms[i] = naive_next(&s.oracle, &twin);
	next_arrival(&s);
	for (int hours = 0; s.answered < REAL_CALLS || map_next(&by_id, &(size_t){0}); hours++) {
		loop_advance(s.loop, 3600LL * 1000000);
		ck_assert_int_lt(hours, 10000);
	}
	ck_assert_uint_eq(s.answered, REAL_CALLS);
	ck_assert_uint_eq(s.disagreements, 0);
	ck_assert(s.delayed > 0.1 * REAL_CALLS);
	sim_close(&s);
}
END_TEST

/* the mean and its standard error, from batch means */
static double batch_mean(const double *batch, unsigned n, double *error)
{
	double sum = 0, squares = 0, mean;

	for (unsigned i = 0; i < n; i++)
		sum += batch[i];
	mean = sum / n;
	for (unsigned i = 0; i < n; i++)
		squares += (batch[i] - mean) * (batch[i] - mean);
	*error = sqrt(squares / (n - 1) / n);
	return mean;
}

static void expect_within(double found, double error, double truth, const char *what, int row)
{
	ck_assert_msg(error / truth < 0.007, "row %d: standard error of %s is %.2f %%", row, what,
		100 * error / truth);
	ck_assert_msg(fabs(found / truth - 1) < 0.02, "row %d: %s is %.4f, Erlang C has %.4f", row, what,
		found, truth);
}

START_TEST(a_long_run_agrees_with_erlang_c)
{
	const struct row *r = &rows[_i];
	struct traffic t;
	struct naive q = {.n = r->agents};
	double *delay = calloc(r->long_batches, sizeof(double)),
	       *asa = calloc(r->long_batches, sizeof(double));
	double found, error;

	traffic_init(&t, r, 77 + (unsigned)_i);
	for (unsigned b = 0; b < r->long_batches; b++) {
		int64_t wait_sum_ms = 0, delayed = 0;

		for (int i = 0; i < BATCH; i++) {
			int64_t wait_ms = naive_next(&q, &t);

			wait_sum_ms += wait_ms;
			delayed += wait_ms > 0;
		}
		delay[b] = (double)delayed / BATCH;
		asa[b] = (double)wait_sum_ms / BATCH / 1000;
	}
	found = batch_mean(delay, r->long_batches, &error);
	if (getenv("GHL_TEST_VERBOSE"))
		printf("row %d delay %.6f (%.6f) se %.2f %%\n", _i, found, r->delay, 100 * error / r->delay);
	expect_within(found, error, r->delay, "the delay probability", _i);
	found = batch_mean(asa, r->long_batches, &error);
	if (getenv("GHL_TEST_VERBOSE"))
		printf("row %d ASA %.4f (%.4f) se %.2f %%\n", _i, found, r->asa_s, 100 * error / r->asa_s);
	expect_within(found, error, r->asa_s, "the mean speed of answer", _i);
	found = (double)q.busy_ms / (double)q.now_ms / r->agents;
	ck_assert_msg(fabs(found / r->occupancy - 1) < 0.02, "row %d: occupancy is %.4f", _i, found);
	free(delay);
	free(asa);
}
END_TEST

static Suite *erlang_suite(void)
{
	Suite *s = suite_create("erlang");
	TCase *t = tcase_create("erlang");

	tcase_set_timeout(t, 120 * testing_slowness());
	tcase_add_loop_test(t, every_call_waits_exactly_as_in_a_naive_fifo, 0, (int)ROWS);
	tcase_add_loop_test(t, a_long_run_agrees_with_erlang_c, 0, (int)ROWS);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(erlang_suite())
