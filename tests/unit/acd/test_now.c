/* test_now.c - the real-time view (row 13e) is the fold of the events: it agrees with what agents and queues
 * themselves know. */
#include <testing.h>

#include "acd/acd_priv.h"
#include "base/id.h"
#include "report/now.h"
#include "report/rollup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENTS 5

struct world {
	struct ghl_clock clock;
	struct core core;
	struct agents *as;
	struct acd *acd;
	struct report *report;
	ghl_call calls[2000];
	char rings_at[2000][16]; /* "": does not ring */
	bool talks[2000];
	unsigned n, answered, abandoned;
};

static int on_ring(void *arg, ghl_call call, const char *account, uint32_t ring_ms)
{
	struct world *w = arg;

	(void)ring_ms;
	(void)snprintf(w->rings_at[(call & 0xffffff) - 1], 16, "%s", account);
	return 0;
}

static void world_open(struct world *w)
{
	static const struct acd_port port = {.ring = on_ring};
	struct store_opts opts = {.clock = &w->clock, .no_sync = true};
	struct acd_queue_config queues[2] = {{.name = "a"}, {.name = "b"}};
	struct agent_config agents[AGENTS] = {0};

	memset(w, 0, sizeof(*w));
	clock_init_virtual(&w->clock, 1790000000000000LL);
	ck_assert_int_eq(loop_create_virtual(&w->core.loop, &w->clock), 0);
	opts.loop = w->core.loop;
	w->core.clock = &w->clock;
	w->core.engine = true;
	ck_assert_int_eq(store_open(&w->core.store, testing_folder(), &opts, NULL), 0);
	ck_assert_int_eq(access_create(&w->core.access, w->core.store, w->core.loop, NULL), 0);
	ck_assert_int_eq(stream_create(&w->core.stream, &w->core, NULL), 0);
	ck_assert_int_eq(
		report_create(&w->report, &w->core, &(struct report_opts){.zone = "Asia/Shanghai"}, NULL), 0);
	ck_assert_int_eq(agents_create(&w->as, &w->core, NULL), 0);
	for (int i = 0; i < AGENTS; i++) {
		(void)snprintf(agents[i].name, sizeof(agents[i].name), "%d", 1001 + i);
		(void)snprintf(agents[i].account, sizeof(agents[i].account), "seat%d", i);
	}
	ck_assert_int_eq(agents_configure(w->as, agents, AGENTS, NULL), 0);
	ck_assert_int_eq(acd_create(&w->acd, &w->core, w->as, NULL), 0);
	ck_assert_int_eq(acd_configure(w->acd, queues, 2, NULL), 0);
	acd_port_set(w->acd, &port, w);
}

static void settle(struct world *w)
{
	loop_drain(w->core.loop);
	ck_assert_int_eq(store_commit(w->core.store, store_batch_new(), NULL), 0);
	loop_advance(w->core.loop, 1000000);
}

static void world_close(struct world *w)
{
	settle(w);
	acd_destroy(w->acd);
	agents_destroy(w->as);
	report_destroy(w->report);
	stream_destroy(w->core.stream);
	access_destroy(w->core.access);
	store_close(w->core.store);
	loop_destroy(w->core.loop);
}

static bool is_ringing(struct world *w, unsigned k)
{
	const struct acd_ticket *t = map_get(&w->acd->tickets, w->calls[k]);

	return t && t->state == TICKET_RINGING;
}

static void step(struct world *w)
{
	unsigned k = w->n ? (unsigned)(testing_random() % w->n) : 0;
	struct agent *a = agent_by_account(w->as, "seat0");

	switch (testing_random() % 4) {
	case 0:
		w->calls[w->n] = id_make(GHL_ID_CALL, 0, w->n + 1);
		ck_assert_int_eq(acd_join(w->acd, w->calls[w->n], testing_random() % 2 ? "a" : "b", 0), 0);
		w->n++;
		break;
	case 1:
		if (w->n && !w->talks[k] && acd_leave(w->acd, w->calls[k], ACD_ABANDONED) == 0)
			w->abandoned++;
		break;
	case 2:
		for (k = 0; k < w->n && (!is_ringing(w, k) || testing_random() % 2);)
			k++;
		if (k < w->n) {
			acd_rung(w->acd, w->calls[k], w->rings_at[k], 0);
			w->talks[k] = true;
			w->answered++;
		}
		break;
	default:
		if (w->n)
			acd_talk_ended(w->acd, w->calls[k]);
		if (a && agent_state(a) == GHL_AGENT_READY)
			ck_assert_int_eq(agent_state_set(w->as, a, GHL_AGENT_NOT_READY, "break", NULL), 0);
		else if (a && agent_state(a) == GHL_AGENT_NOT_READY)
			ck_assert_int_eq(agent_state_set(w->as, a, GHL_AGENT_READY, NULL, NULL), 0);
	}
	loop_advance(w->core.loop, (int64_t)(testing_random() % 3000) * 1000);
}

static int64_t agents_ready(struct world *w)
{
	struct agent *a;
	int64_t n = 0;

	for (size_t i = 0; (a = agent_next(w->as, &i));)
		n += agent_state(a) == GHL_AGENT_READY;
	return n;
}

static void compare(struct world *w)
{
	struct now_row *rows = NULL;
	int n = now_rows(w->report->now, clock_utc_us(&w->clock), &rows);

	ck_assert_int_ge(n, 1);
	ck_assert_int_eq(rows[0].available, agents_ready(w));
	ck_assert_int_eq(rows[0].figures[CF_ANSWERED], w->answered);
	ck_assert_int_eq(rows[0].figures[CF_ABANDONED], w->abandoned);
	for (int i = 1; i < n; i++) {
		const struct acd_queue *q = map_get_text(&w->acd->by_name, rows[i].queue);

		ck_assert_int_eq(rows[i].waiting, q->count);
		ck_assert_int_eq(rows[i].figures[CF_ANSWERED], (int64_t)q->left[ACD_ANSWERED]);
		ck_assert_int_eq(rows[i].oldest_us == INT64_MAX, list_empty(&q->tickets));
		if (q->count)
			ck_assert_int_eq(rows[i].oldest_us,
				container_of(q->tickets.next, struct acd_ticket, in_queue)->offered_at_us);
	}
	free(rows);
}

START_TEST(the_real_time_view_is_the_fold_of_the_events)
{
	struct world *w = calloc(1, sizeof(*w));

	ck_assert_ptr_nonnull(w);
	world_open(w);
	for (int i = 0; i < AGENTS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "%d", 1001 + i);
		ck_assert_int_eq(agent_login(w->as, agent_by_name(w->as, name), NULL, NULL), 0);
		ck_assert_int_eq(
			agent_state_set(w->as, agent_by_name(w->as, name), GHL_AGENT_READY, NULL, NULL), 0);
	}
	for (int i = 0; i < 3000; i++) {
		step(w);
		if (i % 20 == 0) {
			settle(w);
			compare(w);
		}
	}
	ck_assert_uint_gt(w->answered, 20);
	ck_assert_uint_gt(w->abandoned, 10);
	world_close(w);
	free(w);
}
END_TEST

TEST_SUITE(now_suite, 60, the_real_time_view_is_the_fold_of_the_events)
