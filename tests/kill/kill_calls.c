/*
 * kill_calls.c - kill -9 of an engine with 50 calls up: every call whose clearing was told has its record,
 * every call whose start is durable ends as interrupted, every recording opens and holds all audio up to 2 s
 * before the kill, the chain is whole, no serial or id is used twice. GHL_KILLS: how often (5).
 */
#include "fixture.h"

#include "stream/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define CALLS 50
#define ENDED 10

struct told {
	char call[32], serial[32];
	bool cleared;
};

static struct town town;
static struct told told[2 * CALLS];
static unsigned told_count;

static void read_told(FILE *f)
{
	char what[32], call[32], serial[32];

	told_count = 0;
	while (fscanf(f, "%31s %31s %31s\n", what, call, serial) == 3) {
		unsigned i = 0;

		while (i < told_count && strcmp(told[i].call, call) != 0)
			i++;
		ck_assert_uint_lt(i, 2 * CALLS);
		if (i == told_count)
			told_count++;
		(void)strcpy(told[i].call, call);
		(void)strcpy(told[i].serial, serial);
		told[i].cleared |= strcmp(what, "call_cleared") == 0;
	}
	(void)fclose(f);
}

/* 50 calls up for 3 s, ten of them ended, and the process is gone in the middle of it. */
static int64_t calls_and_a_kill(void)
{
	struct person *people[CALLS];
	char number[16];
	FILE *f;
	int64_t killed_at_us;
	pid_t pid = town_open_apart(&town, NULL, &f);

	for (unsigned i = 0; i < CALLS; i++) {
		(void)snprintf(number, sizeof(number), "138000000%02u", i);
		people[i] = town_citizen(&town, number, 441);
		person_call(people[i], "12345");
	}
	for (unsigned i = 0; i < CALLS; i++)
		TOWN_UNTIL(&town, people[i]->talks == 1);
	town_run_ms(&town, 3000);
	for (unsigned i = 0; i < ENDED; i++)
		person_hang_up(people[i]);
	town_run_ms(&town, (unsigned)(testing_random() % 300));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	killed_at_us = clock_utc_us(&town.clock);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	read_told(f);
	return killed_at_us;
}

static void check_recording(const struct ghl_call_info *call, int64_t killed_at_us)
{
	struct ghl_record_verdict verdict = GHL_RECORD_VERDICT_INIT;
	const struct ghl_record_info *rec;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &l), 0);
	rec = ghl_list_next(l);
	ck_assert_int_ne(rec->state, GHL_RECORD_RUNNING);
	ck_assert_uint_eq(rec->call, call->call);
	if (rec->state != GHL_RECORD_VOID)
		ck_assert_msg(ghl_record_verify(town.owner, rec->serial, &verdict) == 0, "%s", verdict.text);
	if (call->disposition == GHL_CALL_INTERRUPTED) {
		int64_t held_us = (int64_t)rec->samples * 125;

		/* the call was answered within half a second of its INVITE */
		ck_assert_int_ge(held_us, killed_at_us - call->started_at_us - 2500000);
	}
	ghl_list_free(l);
}

static void check_call(const struct told *t, int64_t killed_at_us)
{
	const struct ghl_call_info *call;
	struct ghl_list *l;
	ghl_call id;

	ck_assert_int_eq(ghl_id_parse(t->call, GHL_ID_CALL, &id), 0);
	ck_assert_int_eq(ghl_call_info(town.owner, id, &l), 0);
	call = ghl_list_next(l);
	ck_assert_int_eq(call->state, GHL_CALL_STATE_CLEARED);
	ck_assert_str_eq(call->recording, t->serial);
	if (t->cleared)
		ck_assert_int_ne(call->disposition, GHL_CALL_INTERRUPTED);
	check_recording(call, killed_at_us);
	ghl_list_free(l);
}

static void check_unique(void)
{
	for (unsigned i = 0; i < told_count; i++)
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(told[i].serial, told[k].serial);
}

/* A call after the restart gets an id and a serial that nobody had. */
static void check_next_call(void)
{
	struct person *p = town_citizen(&town, "13900000000", 441);
	const struct ghl_event *e;

	person_call(p, "12345");
	TOWN_UNTIL(&town, p->talks == 1);
	TOWN_UNTIL(&town, (e = town_event(&town, GHL_EV_CALL_STARTED)) != NULL);
	for (unsigned i = 0; i < told_count; i++) {
		ck_assert_str_ne(ghl_event_text(e, GHL_F_CALL), told[i].call);
		ck_assert_str_ne(ghl_event_text(e, GHL_F_SERIAL), told[i].serial);
	}
	person_hang_up(p);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_CALL_CLEARED));
}

START_TEST(a_killed_engine_loses_no_call_no_recording_and_no_link_of_the_chain)
{
	struct ghl_error err = {0};
	int64_t killed_at_us = calls_and_a_kill();
	unsigned cleared = 0;

	ck_assert_uint_eq(told_count, CALLS);
	town_start(&town);
	for (unsigned i = 0; i < told_count; i++) {
		check_call(&told[i], killed_at_us);
		cleared += told[i].cleared;
	}
	ck_assert_uint_le(cleared, ENDED);
	check_unique();
	check_next_call();
	ck_assert_msg(store_check(hotline_core(town.hotline)->store, NULL, NULL, NULL, NULL, &err) == 0, "%s",
		err.text);
	town_close(&town);
}
END_TEST

static unsigned kills(void)
{
	const char *s = getenv("GHL_KILLS");

	return s ? (unsigned)atoi(s) : 5;
}

static Suite *kill_calls(void)
{
	Suite *s = suite_create("kill_calls");
	TCase *t = tcase_create("kill_calls");

	tcase_set_timeout(t, 90 * testing_slowness());
	tcase_add_loop_test(
		t, a_killed_engine_loses_no_call_no_recording_and_no_link_of_the_chain, 0, (int)kills());
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(kill_calls())
