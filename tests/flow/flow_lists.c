/*
 * flow_lists.c - query results of agents, queues, recordings, reports and calls: pages and their cursors,
 * cursors of somebody else's, results that are empty, ids of what is not there or is something else.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static struct town town;

static void open_town(void)
{
	town_open(&town, NULL);
	(void)town_agent(&town, "1001", 0);
}

/* So many calls that give up in the menu: each leaves a record and a recording. */
static void some_calls(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct person *p = town_citizen(&town, "13800000001", 0);

		person_call(p, "12345");
		TOWN_UNTIL(&town, p->talks == 1);
		person_hang_up(p);
		TOWN_UNTIL(&town, p->ended == 1);
	}
	town_until_over(&town, n);
}

static uint64_t id_of(enum ghl_id_kind kind, const char *text)
{
	uint64_t id = 0;

	ck_assert_int_eq(ghl_id_parse(text, kind, &id), 0);
	return id;
}

static size_t count_and_free(struct ghl_list *l)
{
	size_t n = ghl_list_count(l);

	ck_assert_str_eq(ghl_list_cursor(l), "");
	ghl_list_free(l);
	return n;
}

START_TEST(calls_and_recordings_come_in_pages_without_gap_or_repeat_both_ways)
{
	struct ghl_record_filter rf = GHL_RECORD_FILTER_INIT;
	struct ghl_call_filter cf = GHL_CALL_FILTER_INIT;
	char cursor[512] = "", serial[32] = "";
	const struct ghl_record_info *rec;
	const struct ghl_call_info *call;
	struct ghl_list *l;

	open_town();
	some_calls(5);
	for (int back = 0; back < 2; back++) {
		unsigned calls = 0, recordings = 0;
		ghl_call last = 0;

		cf.limit = rf.limit = 2;
		cf.newest_first = rf.newest_first = back;
		cursor[0] = serial[0] = 0;
		do {
			cf.cursor = cursor;
			ck_assert_int_eq(ghl_call_list(town.owner, &cf, &l), 0);
			while ((call = ghl_list_next(l))) {
				ck_assert(!last || (back ? call->call < last : call->call > last));
				last = call->call;
				calls++;
			}
			(void)snprintf(cursor, sizeof(cursor), "%s", ghl_list_cursor(l));
			ghl_list_free(l);
		} while (cursor[0]);
		do {
			rf.cursor = cursor;
			ck_assert_int_eq(ghl_record_list(town.owner, &rf, &l), 0);
			while ((rec = ghl_list_next(l))) {
				ck_assert(!serial[0] || (strcmp(rec->serial, serial) < 0) == back);
				(void)snprintf(serial, sizeof(serial), "%s", rec->serial);
				recordings++;
			}
			(void)snprintf(cursor, sizeof(cursor), "%s", ghl_list_cursor(l));
			ghl_list_free(l);
		} while (cursor[0]);
		ck_assert_uint_eq(calls, 5);
		ck_assert_uint_eq(recordings, 5);
	}
	town_close(&town);
}
END_TEST

START_TEST(agents_and_queues_go_on_behind_a_cursor_and_patterns_pick)
{
	const struct ghl_agent_info *a;
	struct ghl_list *l;

	open_town();
	ck_assert_int_eq(ghl_agent_list(town.owner, NULL, "1003", &l), 0);
	a = ghl_list_next(l);
	ck_assert_str_eq(a->name, "1004");
	ck_assert_uint_eq(count_and_free(l), 2);
	ck_assert_int_eq(ghl_agent_list(town.owner, "100[1]", NULL, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 0);
	ck_assert_int_eq(ghl_agent_list(town.owner, "*5", "", &l), 0);
	ck_assert_uint_eq(count_and_free(l), 1);
	ck_assert_int_eq(ghl_acd_queue_list(town.owner, NULL, "water", &l), 0);
	ck_assert_ptr_null(ghl_list_next(l));
	ck_assert_uint_eq(count_and_free(l), 0);
	ck_assert_int_eq(ghl_acd_queue_list(town.owner, "w?ter", NULL, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 1);
	town_close(&town);
}
END_TEST

START_TEST(what_is_not_there_is_told_apart_from_what_is_no_such_id)
{
	struct ghl_record_verdict verdict = GHL_RECORD_VERDICT_INIT;
	ghl_agent agent = 0;
	struct ghl_list *l = NULL;
	struct ghl_error why;

	open_town();
	ck_assert_int_eq(ghl_agent_find(town.owner, "9999", &agent), GHL_ENOENT);
	ck_assert_uint_eq(agent, 0);
	ck_assert_int_eq(ghl_agent_find(town.owner, "1O01", &agent), GHL_ENOENT);
	ck_assert_int_eq(ghl_error_last(&why), GHL_ENOENT);
	ck_assert_str_eq(why.text, "there is no agent \"1O01\"; \"1001\"?");
	ck_assert_int_eq(ghl_agent_get(town.owner, id_of(GHL_ID_AGENT, "agent-999"), &l), GHL_ENOENT);
	ck_assert_int_eq(ghl_agent_get(town.owner, id_of(GHL_ID_QUEUE, "queue-1"), &l), GHL_EINVAL);
	ck_assert_int_eq(
		ghl_agent_login(town.owner, id_of(GHL_ID_AGENT, "agent-999"), NULL, NULL), GHL_ENOENT);
	ck_assert_int_eq(ghl_acd_queue_get(town.owner, id_of(GHL_ID_QUEUE, "queue-999"), &l), GHL_ENOENT);
	ck_assert_int_eq(ghl_acd_queue_join(town.owner, id_of(GHL_ID_CALL, "call-999"), "water", NULL, NULL),
		GHL_ENOENT);
	ck_assert_int_eq(ghl_call_info(town.owner, id_of(GHL_ID_CALL, "call-999"), &l), GHL_ENOENT);
	ck_assert_int_eq(ghl_record_info(town.owner, "202001010000001", &l), GHL_ENOENT);
	ck_assert_int_eq(ghl_record_verify(town.owner, "202001010000001", &verdict), GHL_ENOENT);
	ck_assert_int_eq(ghl_record_export(town.owner, "202001010000001", town.folder, NULL), GHL_ENOENT);
	ck_assert_ptr_null(l);
	town_close(&town);
}
END_TEST

START_TEST(a_cursor_of_another_list_is_refused_and_the_list_is_not_made)
{
	static const char *const strange[] = {"zz", "00", "1/2", "call-1"};
	struct ghl_report_opts ro = GHL_REPORT_OPTS_INIT;
	struct ghl_record_filter rf = GHL_RECORD_FILTER_INIT;
	struct ghl_call_filter cf = GHL_CALL_FILTER_INIT;
	struct ghl_list *l = NULL;

	open_town();
	ro.until_us = INT64_C(4000000000000000);
	for (unsigned i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		cf.cursor = rf.cursor = strange[i];
		ck_assert_int_eq(ghl_call_list(town.owner, &cf, &l), GHL_EINVAL);
		ck_assert_int_eq(ghl_record_list(town.owner, &rf, &l), GHL_EINVAL);
		ck_assert_int_eq(ghl_report_calls(town.owner, &ro, strange[i], &l), GHL_EINVAL);
		ck_assert_int_eq(ghl_report_queues(town.owner, &ro, strange[i], &l), GHL_EINVAL);
		ck_assert_int_eq(ghl_report_agents(town.owner, &ro, strange[i], &l), GHL_EINVAL);
		ck_assert_ptr_null(l);
	}
	town_close(&town);
}
END_TEST

START_TEST(nothing_is_an_empty_list_and_no_error)
{
	struct ghl_report_opts ro = GHL_REPORT_OPTS_INIT;
	struct ghl_record_filter rf = GHL_RECORD_FILTER_INIT;
	struct ghl_call_filter cf = GHL_CALL_FILTER_INIT;
	struct ghl_list *l;

	open_town();
	cf.queue = "tax";
	ck_assert_int_eq(ghl_call_list(town.owner, &cf, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 0);
	cf.live = true;
	ck_assert_int_eq(ghl_call_list(town.owner, &cf, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 0);
	rf.call = id_of(GHL_ID_CALL, "call-999");
	ck_assert_int_eq(ghl_record_list(town.owner, &rf, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 0);
	ro.until_us = 1000000;
	ck_assert_int_eq(ghl_report_calls(town.owner, &ro, NULL, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 0);
	ck_assert_int_eq(ghl_report_queues(town.owner, &ro, NULL, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 0);
	ck_assert_int_eq(ghl_report_agents(town.owner, &ro, NULL, &l), 0);
	ck_assert_uint_eq(count_and_free(l), 0);
	town_close(&town);
}
END_TEST

TEST_SUITE(lists_suite, 60, calls_and_recordings_come_in_pages_without_gap_or_repeat_both_ways,
	agents_and_queues_go_on_behind_a_cursor_and_patterns_pick,
	what_is_not_there_is_told_apart_from_what_is_no_such_id,
	a_cursor_of_another_list_is_refused_and_the_list_is_not_made, nothing_is_an_empty_list_and_no_error)
TEST_MAIN(lists_suite())
