/* test_report.c - roll-ups against a naive recount of the raw rows; Avaya's sample report, by real agents;
 * blanks, marks, corrections. */
#include <testing.h>

#include "agent/agent.h"
#include "base/id.h"
#include "report/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US 1000000LL

struct world {
	struct ghl_clock clock;
	struct core core;
	struct report *report;
};

static void world_open(struct world *w, int64_t utc_us, const char *zone)
{
	struct store_opts opts = {.clock = &w->clock, .no_sync = true};
	struct ghl_error err;

	memset(w, 0, sizeof(*w));
	clock_init_virtual(&w->clock, utc_us);
	ck_assert_int_eq(loop_create_virtual(&w->core.loop, &w->clock), 0);
	opts.loop = w->core.loop;
	w->core.clock = &w->clock;
	ck_assert_msg(store_open(&w->core.store, testing_folder(), &opts, &err) == 0, "%s", err.text);
	ck_assert_int_eq(report_create(&w->report, &w->core, &(struct report_opts){.zone = zone}, &err), 0);
}

/* what was handed over before is durable after this */
static void world_settle(struct world *w)
{
	ck_assert_int_eq(store_commit(w->core.store, store_batch_new(), NULL), 0);
	loop_drain(w->core.loop);
}

static void world_close(struct world *w)
{
	world_settle(w);
	report_destroy(w->report);
	store_close(w->core.store);
	loop_destroy(w->core.loop);
}

static void ask(
	struct world *w, struct query *q, const struct ghl_report_opts *opts, enum rollup_family family)
{
	struct store_read *read;

	query_init(q, report_zone(&w->core), opts, opts->by);
	ck_assert_int_eq(store_read_begin(w->core.store, &read), 0);
	ck_assert_int_eq(query_add(q, read, family), 0);
	if (family == ROLLUP_TIME)
		ck_assert_int_eq(query_add(q, read, ROLLUP_CALLS), 0);
	store_read_end(read);
	query_sort(q);
}

static void add_call(struct world *w, const struct report_call *c)
{
	struct store_batch *b = store_batch_new();

	ck_assert_int_eq(report_call_adds(&w->core, b, c), 0);
	ck_assert_int_eq(store_commit(w->core.store, b, NULL), 0);
}

/* --- Avaya BCMS, agent 4222 --- */

static int64_t day_us(const struct world *w, int hour)
{
	return zone_instant(report_zone(&w->core), zone_days(2026, 11, 23) * 86400 + hour * 3600LL) * US;
}

static void pass(struct world *w, int seconds)
{
	loop_advance(w->core.loop, seconds * US);
}

/* one call of a queue: talk and after-call work, the hold within */
static void take_call(
	struct world *w, struct agents *as, struct agent *a, int talk_s, int hold_s, int acw_s, unsigned n)
{
	ghl_call id = id_make(GHL_ID_CALL, 0, n);
	struct report_call c = {
		.started_at_us = clock_utc_us(&w->clock), .end = REPORT_ANSWERED, .threshold_ms = 15000};

	ck_assert_int_eq(agent_reserve(as, a, id, "sales"), 0);
	ck_assert_int_eq(agent_connect(as, a, id, GHL_AGENT_BUSY_ACD), 0);
	pass(w, talk_s + hold_s);
	c.offered_at_us = c.answered_at_us = c.started_at_us;
	c.ended_at_us = clock_utc_us(&w->clock);
	c.talk_ms = (uint32_t)talk_s * 1000;
	c.hold_ms = (uint32_t)hold_s * 1000;
	c.queue = "sales";
	c.agent = "4222";
	c.seat = "4222";
	c.group = "g";
	add_call(w, &c);
	ck_assert_int_eq(agent_release(as, a, true), 0);
	pass(w, acw_s);
	ck_assert_int_eq(agent_state_set(as, a, GHL_AGENT_READY, NULL, NULL), 0);
}

static void take_ext(struct world *w, struct agents *as, struct agent *a, int seconds, unsigned n)
{
	ck_assert_int_eq(agent_connect(as, a, id_make(GHL_ID_CALL, 1, n), GHL_AGENT_BUSY_EXT_OUT), 0);
	pass(w, seconds);
	ck_assert_int_eq(agent_release(as, a, false), 0);
}

static void not_ready(struct world *w, struct agents *as, struct agent *a, int seconds)
{
	ck_assert_int_eq(agent_state_set(as, a, GHL_AGENT_NOT_READY, "break", NULL), 0);
	pass(w, seconds);
	ck_assert_int_eq(agent_state_set(as, a, GHL_AGENT_READY, NULL, NULL), 0);
}

struct sample {
	int64_t acd, avg_talk_s, after_s, avail_s, aux_s, ext, avg_ext_s, staffed_s, hold_s;
};

static void expect_sample(const struct sum *s, const struct sample *want)
{
	struct ghl_report_agents_info i = {0};

	figures_agents_info(s->calls, s->time, (s->interval.until_s - s->interval.start_s) * 1000, &i);
	ck_assert_int_eq(i.answered, want->acd);
	ck_assert_int_eq((i.avg_talk_ms + 500) / 1000, want->avg_talk_s);
	ck_assert_int_eq(i.acw_ms, want->after_s * 1000);
	ck_assert_int_eq(i.call_acw_ms, want->after_s * 1000);
	ck_assert_int_eq(i.ready_ms, want->avail_s * 1000);
	ck_assert_int_eq(i.not_ready_ms, want->aux_s * 1000);
	ck_assert_int_eq(i.ext_in + i.ext_out, want->ext);
	if (want->ext)
		ck_assert_int_eq((i.avg_ext_ms + 500) / 1000, want->avg_ext_s);
	else
		ck_assert(i.avg_ext_ms == GHL_REPORT_BLANK);
	ck_assert_int_eq(i.staffed_ms, want->staffed_s * 1000);
	ck_assert_int_eq(i.hold_ms, want->hold_s * 1000);
}

static void work_the_sample(struct world *w, struct agents *as, struct agent *a)
{
	unsigned n = 0;

	ck_assert_int_eq(agent_state_set(as, a, GHL_AGENT_READY, NULL, NULL), 0);
	not_ready(w, as, a, 640);
	take_ext(w, as, a, 240, ++n);
	for (int i = 0; i < 10; i++)
		take_call(w, as, a, 75, 2, 45, ++n);
	pass(w, 1500);
	ck_assert_int_eq(clock_utc_us(&w->clock), day_us(w, 9));
	for (int i = 0; i < 18; i++)
		take_call(w, as, a, 100, i < 12 ? 5 : 0, 60, ++n);
	take_ext(w, as, a, 200, ++n);
	take_ext(w, as, a, 200, ++n);
	pass(w, 260);
	ck_assert_int_eq(clock_utc_us(&w->clock), day_us(w, 10));
	for (int i = 0; i < 10; i++)
		take_call(w, as, a, 80, 1, 50, ++n);
	pass(w, 970);
	ck_assert_int_eq(agent_state_set(as, a, GHL_AGENT_LOGGED_OFF, NULL, NULL), 0);
}

START_TEST(avayas_sample_report_comes_out_to_the_second)
{
	static const struct sample want[] = {
		{10, 75, 450, 1500, 640, 1, 240, 3600, 20},
		{18, 100, 1080, 260, 0, 2, 200, 3600, 60},
		{10, 80, 500, 970, 0, 0, 0, 2280, 10},
		{38, 88, 2030, 2730, 640, 3, 213, 9480, 90},
	};
	struct agent_config config = {.name = "4222", .group = "g", .account = "4222", .wrapup_manual = true};
	struct ghl_report_opts opts = {
		sizeof(opts), GHL_REPORT_BY_AGENT, GHL_REPORT_HOUR, GHL_REPORT_BASIS_END, 0, 0, NULL, true};
	struct agents *as;
	struct agent *a;
	struct query q;
	struct world w;

	world_open(&w, zone_days(2026, 11, 23) * 86400 * US, "Asia/Shanghai");
	ck_assert_int_eq(clock_utc_us(&w.clock), day_us(&w, 8));
	ck_assert_int_eq(agents_create(&as, &w.core, NULL), 0);
	ck_assert_int_eq(agents_configure(as, &config, 1, NULL), 0);
	a = agent_by_name(as, "4222");
	ck_assert_int_eq(agent_login(as, a, NULL, NULL), 0);
	work_the_sample(&w, as, a);
	world_settle(&w);
	opts.from_us = day_us(&w, 0);
	opts.until_us = day_us(&w, 24);
	ask(&w, &q, &opts, ROLLUP_TIME);
	ck_assert_uint_eq(q.count, 4);
	for (int i = 0; i < 4; i++)
		expect_sample(&q.sums[i], &want[i]);
	ck_assert(q.sums[3].total);
	query_finish(&q);
	agents_destroy(as);
	world_close(&w);
}
END_TEST

/* --- random days --- */

#define CALLS 400
static const char *const queue_names[] = {"water", "tax", "housing"};
static const char *const agent_names[] = {"1001", "1002", "1003", "1004"};

static void random_call(struct report_call *c, struct report_stay *stay, int64_t day_us_)
{
	bool moved = testing_random() % 5 == 0;

	memset(c, 0, sizeof(*c));
	c->history = true;
	c->started_at_us = day_us_ + (int64_t)(testing_random() % 86400000) * 1000;
	c->offered_at_us = c->started_at_us + 5000000;
	c->trunk = testing_random() % 2 ? "east" : "west";
	c->queue = queue_names[testing_random() % 3];
	c->threshold_ms = 15000;
	c->waiting = 1 + testing_random() % 9;
	c->end = (enum report_end)(testing_random() % 6);
	c->wait_ms = (uint32_t)(testing_random() % 2000000);
	if (moved) {
		*stay = (struct report_stay){.offered_at_us = c->offered_at_us,
			.wait_ms = 30000,
			.threshold_ms = 20000,
			.waiting = 3};
		(void)snprintf(stay->queue, sizeof(stay->queue), "%s", queue_names[testing_random() % 3]);
		c->offered_at_us += 30000000;
		c->stays = stay;
		c->stay_count = 1;
	}
	c->ended_at_us = c->offered_at_us + c->wait_ms * 1000LL;
	if (c->end == REPORT_ANSWERED) {
		c->answered_at_us = c->ended_at_us;
		c->ring_ms = (uint32_t)(testing_random() % 9000);
		c->talk_ms = (uint32_t)(testing_random() % 600000);
		c->ended_at_us += c->talk_ms * 1000LL;
		c->agent = agent_names[testing_random() % 4];
	}
}

/* counted again, by hand, from the rows: one queue's answers in one local hour */
static void recount(const struct report_call *calls, const struct zone *z, const char *queue, int64_t from_us,
	int64_t until_us, int64_t out[6])
{
	(void)z;
	memset(out, 0, 6 * sizeof(*out));
	for (int i = 0; i < CALLS; i++) {
		const struct report_call *c = &calls[i];

		if (c->ended_at_us < from_us || c->ended_at_us >= until_us)
			continue;
		for (unsigned k = 0; k < c->stay_count; k++)
			out[2] += strcmp(c->stays[k].queue, queue) == 0;
		if (strcmp(c->queue, queue) != 0)
			continue;
		out[0] += c->end == REPORT_ANSWERED;
		out[1] += c->end == REPORT_ABANDONED;
		out[2] += c->end == REPORT_OUTFLOW;
		out[3] += c->end == REPORT_ANSWERED ? c->talk_ms : 0;
		if ((c->end == REPORT_ANSWERED || c->end == REPORT_ABANDONED) && c->wait_ms > out[4])
			out[4] = c->wait_ms;
		out[5] += c->end == REPORT_ANSWERED && c->wait_ms <= c->threshold_ms;
	}
}

static int64_t waited_ms(const struct report_call *calls, const char *queue)
{
	int64_t sum = 0;

	for (int i = 0; i < CALLS; i++) {
		const struct report_call *c = &calls[i];

		for (unsigned k = 0; k < c->stay_count; k++)
			sum += strcmp(c->stays[k].queue, queue) == 0 ? c->stays[k].wait_ms : 0;
		if (c->end != REPORT_NO_QUEUE && c->end != REPORT_BLOCKED && strcmp(c->queue, queue) == 0)
			sum += c->wait_ms;
	}
	return sum;
}

START_TEST(rollups_equal_a_naive_recount_of_the_rows)
{
	static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York", ""};
	int64_t day = zone_days(2026, 10, 24 + _i / 4) * 86400 * US, sums = 0;
	struct report_call *calls = calloc(CALLS, sizeof(*calls));
	struct report_stay *stays = calloc(CALLS, sizeof(*stays));
	struct ghl_report_opts opts = {sizeof(opts), GHL_REPORT_BY_QUEUE, GHL_REPORT_HOUR,
		GHL_REPORT_BASIS_END, day - 2 * 86400 * US, day + 3 * 86400 * US, NULL, false};
	int64_t again[6];
	struct query q;
	struct world w;

	world_open(&w, day + 86400 * US, zones[_i % 4]);
	for (int i = 0; i < CALLS; i++) {
		random_call(&calls[i], &stays[i], day);
		add_call(&w, &calls[i]);
	}
	ask(&w, &q, &opts, ROLLUP_CALLS);
	for (size_t i = 0; i < q.count; i++) {
		const struct sum *s = &q.sums[i];

		recount(calls, w.report->zone, s->name, s->interval.start_s * US, s->interval.until_s * US,
			again);
		ck_assert_int_eq(s->calls[CF_ANSWERED], again[0]);
		ck_assert_int_eq(s->calls[CF_ABANDONED], again[1]);
		ck_assert_int_eq(s->calls[CF_OUTFLOW], again[2]);
		ck_assert_int_eq(s->calls[CF_TALK_MS], again[3]);
		ck_assert_int_eq(s->calls[CF_MAX_WAIT_MS], again[4]);
		ck_assert_int_eq(s->calls[CF_ACCEPTED], again[5]);
		sums += s->calls[CF_CALLS];
	}
	ck_assert_int_gt(sums, CALLS / 2);
	query_finish(&q);
	opts.interval = GHL_REPORT_TOTAL;
	ask(&w, &q, &opts, ROLLUP_ARRIVALS);
	ck_assert_uint_eq(q.count, 3);
	for (size_t i = 0; i < q.count; i++)
		ck_assert_int_eq(q.sums[i].calls[CF_WAITING_MS], waited_ms(calls, q.sums[i].name));
	query_finish(&q);
	free(calls);
	free(stays);
	world_close(&w);
}
END_TEST

START_TEST(an_empty_denominator_is_blank)
{
	int64_t f[CF_COUNT] = {0}, t[TF_COUNT] = {0};
	struct ghl_report_calls_info c = {0};
	struct ghl_report_agents_info a = {0};

	figures_calls_info(f, GHL_REPORT_BY_QUEUE, GHL_REPORT_BASIS_END, 900000, &c);
	ck_assert(c.asa_ms == GHL_REPORT_BLANK && c.answer_rate == GHL_REPORT_BLANK &&
		  c.loss_rate == GHL_REPORT_BLANK);
	ck_assert(c.sl_bcms == GHL_REPORT_BLANK && c.sl_ignore == GHL_REPORT_BLANK &&
		  c.avg_abandon_ms == GHL_REPORT_BLANK);
	figures_agents_info(f, t, 900000, &a);
	ck_assert(a.occupancy == GHL_REPORT_BLANK && a.avg_talk_ms == GHL_REPORT_BLANK &&
		  a.avg_ext_ms == GHL_REPORT_BLANK);
	ck_assert_int_eq(a.avg_staffed_milli, 0);
	ck_assert_int_eq(figures_ratio(3350000, 38, 1), 88158);
	ck_assert_int_eq(figures_ratio(1, 2, 1), 1);
}
END_TEST

START_TEST(a_changed_threshold_is_marked)
{
	int64_t f[CF_COUNT] = {0};
	struct ghl_report_calls_info c = {0};

	figures_add_threshold(f, 15000);
	figures_add_threshold(f, 15000);
	figures_calls_info(f, GHL_REPORT_BY_QUEUE, GHL_REPORT_BASIS_END, 900000, &c);
	ck_assert(!c.span.threshold_changed && c.threshold_ms == 15000);
	figures_add_threshold(f, 20000);
	figures_calls_info(f, GHL_REPORT_BY_QUEUE, GHL_REPORT_BASIS_END, 900000, &c);
	ck_assert(c.span.threshold_changed && c.threshold_ms == 20000);
}
END_TEST

START_TEST(what_comes_after_the_seal_stands_in_a_correction_row)
{
	int64_t at_us = zone_days(2026, 11, 23) * 86400 * US;
	struct report_call c = {.started_at_us = at_us,
		.offered_at_us = at_us,
		.ended_at_us = at_us + US,
		.queue = "q",
		.wait_ms = 1000,
		.threshold_ms = 15000,
		.end = REPORT_ABANDONED};
	struct ghl_report_opts opts = {sizeof(opts), GHL_REPORT_BY_QUEUE, GHL_REPORT_QUARTER,
		GHL_REPORT_BASIS_END, at_us, at_us + 86400 * US, NULL, true};
	struct query q;
	struct world w;

	world_open(&w, at_us + 10 * US, NULL);
	add_call(&w, &c);
	pass(&w, 29 * 60);
	add_call(&w, &c);
	pass(&w, 2 * 60);
	add_call(&w, &c);
	ask(&w, &q, &opts, ROLLUP_CALLS);
	ck_assert_uint_eq(q.count, 3);
	ck_assert(!q.sums[0].correction && q.sums[0].calls[CF_ABANDONED] == 2);
	ck_assert(q.sums[1].correction && q.sums[1].calls[CF_ABANDONED] == 1);
	ck_assert(q.sums[2].total && q.sums[2].calls[CF_ABANDONED] == 3);
	query_finish(&q);
	world_close(&w);
}
END_TEST

START_TEST(pages_join_to_the_whole)
{
	struct ghl_report_opts opts = {sizeof(opts), GHL_REPORT_BY_QUEUE, GHL_REPORT_QUARTER,
		GHL_REPORT_BASIS_END, 0, 86400 * US * 9, NULL, true};
	struct query q;
	struct world w;
	char place[160];
	size_t next;

	world_open(&w, 86400 * US, NULL);
	for (int i = 0; i < 60; i++) {
		struct report_stay stay;
		struct report_call c;

		random_call(&c, &stay, 86400 * US);
		add_call(&w, &c);
	}
	ask(&w, &q, &opts, ROLLUP_CALLS);
	ck_assert_uint_gt(q.count, 20);
	for (size_t i = 0; i < q.count; i++) {
		query_place(&q.sums[i], place, sizeof(place));
		ck_assert_int_eq(query_after(&q, place, &next), 0);
		ck_assert_uint_eq(next, i + 1);
	}
	ck_assert_int_eq(query_after(&q, "nonsense", &next), GHL_EINVAL);
	query_finish(&q);
	world_close(&w);
}
END_TEST

static Suite *report_suite(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	tcase_set_timeout(t, 60 * testing_slowness());
	tcase_add_test(t, avayas_sample_report_comes_out_to_the_second);
	tcase_add_loop_test(t, rollups_equal_a_naive_recount_of_the_rows, 0, 8);
	tcase_add_test(t, an_empty_denominator_is_blank);
	tcase_add_test(t, a_changed_threshold_is_marked);
	tcase_add_test(t, what_comes_after_the_seal_stands_in_a_correction_row);
	tcase_add_test(t, pages_join_to_the_whole);
	suite_add_tcase(s, t);
	return s;
}

Suite *zone_suite(void);

TEST_MAIN(zone_suite(), report_suite())
