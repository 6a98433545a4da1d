/*
 * flow_wrong.c - what the public functions answer to wrong arguments: each row of functions.def has one call
 * that is GHL_EINVAL (or has no argument that could be wrong), and the argument's name is told. A row without
 * its call does not compile.
 */
#include "fixture.h"

#include "access/access.h"

#include <govhotline/server.h>

#include <stdio.h>
#include <string.h>

#define LONG                                                                                                 \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"     \
	"456789"
#define CALL_1  ghl_id_of("call-1", GHL_ID_CALL)
#define AGENT_1 ghl_id_of("agent-1", GHL_ID_AGENT)

static struct town town;

static uint64_t ghl_id_of(const char *text, enum ghl_id_kind kind)
{
	uint64_t id = 0;

	ck_assert_int_eq(ghl_id_parse(text, kind, &id), 0);
	return id;
}

/* One wrong call: what is returned, and which argument was wrong. The list or session is never made. */
static struct ghl_list *list;
static struct ghl_session *other;
static struct ghl_error err;
static struct ghl_call_make_opts late = {sizeof(late), 999, NULL, NULL, NULL};
static struct ghl_report_opts none_long = GHL_REPORT_OPTS_INIT;

#define WRONG(function, name, ...)                                                                           \
	static int wrong_##function(struct ghl_session *s, const char **field)                               \
	{                                                                                                    \
		(void)s;                                                                                     \
		*field = (name);                                                                             \
		return __VA_ARGS__;                                                                          \
	}
#define NOTHING_WRONG(function) WRONG(function, "", 0)

WRONG(ghl_session_open_as, "principal", ghl_session_open_as(s, NULL, &other))
WRONG(ghl_session_open_user, "login", ghl_session_open_user(s, NULL, &other))
WRONG(ghl_server_start, "socket_path", ghl_server_start(&(struct ghl_server *){NULL}, s, LONG LONG, &err))
NOTHING_WRONG(ghl_session_close)
NOTHING_WRONG(ghl_session_principal)
WRONG(ghl_request_wait, "req", ghl_request_wait(s, CALL_1, 0, NULL))
NOTHING_WRONG(ghl_event_fd)
WRONG(ghl_event_next, "out", ghl_event_next(s, NULL))
WRONG(ghl_event_wait, "timeout_ms", ghl_event_wait(s, -2, &(struct ghl_event *){NULL}))
NOTHING_WRONG(ghl_event_poke)
WRONG(ghl_monitor_start, "filter", ghl_monitor_start(s, "quene=water", GHL_FROM_NOW, NULL))
WRONG(ghl_monitor_snapshot, "filter", ghl_monitor_snapshot(s, "queue", NULL))
NOTHING_WRONG(ghl_monitor_stop)
WRONG(ghl_access_principal_set, "group",
	ghl_access_principal_set(s, "desk",
		&(struct ghl_principal_opts){sizeof(struct ghl_principal_opts), 8, "a b", NULL}, NULL))
WRONG(ghl_access_principal_list, "out", ghl_access_principal_list(s, NULL, NULL))
WRONG(ghl_access_function_list, "out", ghl_access_function_list(s, NULL))
WRONG(ghl_agent_find, "name", ghl_agent_find(s, NULL, &(ghl_agent){0}))
WRONG(ghl_agent_login, "agent", ghl_agent_login(s, CALL_1, NULL, NULL))
WRONG(ghl_agent_state_set, "state", ghl_agent_state_set(s, AGENT_1, GHL_AGENT_BUSY, NULL, NULL))
WRONG(ghl_agent_list, "out", ghl_agent_list(s, NULL, NULL, NULL))
WRONG(ghl_agent_get, "agent", ghl_agent_get(s, 0, &list))
WRONG(ghl_acd_queue_list, "out", ghl_acd_queue_list(s, NULL, NULL, NULL))
WRONG(ghl_acd_queue_get, "queue", ghl_acd_queue_get(s, CALL_1, &list))
WRONG(ghl_acd_queue_join, "priority",
	ghl_acd_queue_join(s, CALL_1, "water",
		&(struct ghl_acd_join_opts){sizeof(struct ghl_acd_join_opts), 1001}, NULL))
WRONG(ghl_report_instant, "text", ghl_report_instant(s, NULL, &(int64_t){0}))
WRONG(ghl_report_calls, "until_us", ghl_report_calls(s, &none_long, NULL, &list))
WRONG(ghl_report_queues, "opts", ghl_report_queues(s, NULL, NULL, &list))
WRONG(ghl_report_agents, "by",
	ghl_report_agents(s,
		&(struct ghl_report_opts){
			.size = sizeof(none_long), .by = GHL_REPORT_BY_QUEUE, .until_us = 1},
		NULL, &list))
WRONG(ghl_report_now, "out", ghl_report_now(s, NULL))
WRONG(ghl_record_list, "limit",
	ghl_record_list(s,
		&(struct ghl_record_filter){.size = sizeof(struct ghl_record_filter), .limit = 1001}, &list))
WRONG(ghl_record_info, "serial", ghl_record_info(s, "20261123", &list))
WRONG(ghl_record_verify, "serial",
	ghl_record_verify(s, "?", &(struct ghl_record_verdict)GHL_RECORD_VERDICT_INIT))
WRONG(ghl_record_export, "dir", ghl_record_export(s, "202611230000001", NULL, &err))
WRONG(ghl_call_list, "cursor",
	ghl_call_list(
		s, &(struct ghl_call_filter){.size = sizeof(struct ghl_call_filter), .cursor = "zz"}, &list))
WRONG(ghl_call_info, "call", ghl_call_info(s, AGENT_1, &list))
WRONG(ghl_call_make, "called", ghl_call_make(s, "1001", "bob", NULL, NULL, NULL))
WRONG(ghl_call_dial, "ring_ms", ghl_call_dial(s, "13900000001", &late, NULL, NULL))
WRONG(ghl_call_answer, "call", ghl_call_answer(s, 0, NULL))
WRONG(ghl_call_conn_clear, "conn", ghl_call_conn_clear(s, CALL_1, NULL))
WRONG(ghl_call_clear, "call", ghl_call_clear(s, AGENT_1, NULL))
WRONG(ghl_call_data_set, "key", ghl_call_data_set(s, CALL_1, LONG, "", NULL))
WRONG(ghl_call_data_get, "out", ghl_call_data_get(s, CALL_1, "key", NULL, 0))
WRONG(ghl_hotline_status, "out", ghl_hotline_status(s, &(struct ghl_hotline_status){.size = 1}))
NOTHING_WRONG(ghl_hotline_config_apply)
WRONG(ghl_call_import, "source",
	ghl_call_import(s, "old.csv",
		&(struct ghl_call_import_opts){.size = sizeof(struct ghl_call_import_opts), .source = "a/b"},
		&(struct ghl_call_import_result)GHL_CALL_IMPORT_RESULT_INIT, NULL, 0))

static const struct row {
	const char *name;
	int (*call)(struct ghl_session *s, const char **field);
} rows[] = {
#define X(function, right) {#function, wrong_##function},
#include "access/functions.def"
#undef X
};

static void open_town(void)
{
	static const struct town_opts opts = {.out = true};

	town_open(&town, &opts);
	(void)town_phone(&town, "1001", 0);
}

static void check_row(const struct row *row)
{
	struct ghl_error last = {0};
	const char *field;
	int rc;

	memset(&err, 0, sizeof(err));
	rc = row->call(town.owner, &field);
	if (!field[0])
		return;
	ck_assert_msg(rc == GHL_EINVAL, "%s: %s", row->name, ghl_error_code_name(rc));
	if (err.code) /* it has an error of its own to fill */
		last = err;
	else
		ck_assert_msg(ghl_error_last(&last) == GHL_EINVAL, "%s notes nothing", row->name);
	ck_assert_msg(
		strcmp(last.field, field) == 0, "%s names \"%s\": %s", row->name, last.field, last.text);
	ck_assert_msg(
		strncmp(last.text, field, strlen(field)) == 0 || err.code, "%s: %s", row->name, last.text);
}

START_TEST(every_function_names_the_argument_that_is_wrong)
{
	open_town();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
	town_close(&town);
}
END_TEST

START_TEST(a_request_that_fails_on_the_loop_names_the_argument_in_its_outcome)
{
	struct ghl_outcome o = GHL_OUTCOME_INIT;
	ghl_request req;

	open_town();
	ck_assert_int_eq(ghl_call_make(town.owner, "1002", "13900000001", NULL, &req, NULL), 0);
	ck_assert_int_eq(ghl_request_wait(town.owner, req, 20000, &o), 1);
	ck_assert_int_eq(o.status, GHL_ENOENT);
	ck_assert_str_eq(o.field, "account");
	ck_assert_str_eq(o.text, "account: phone \"1002\" is not registered");
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "110", NULL, &req, NULL), 0);
	ck_assert_int_eq(ghl_request_wait(town.owner, req, 20000, &o), 1);
	ck_assert_int_eq(o.status, GHL_EPERM);
	ck_assert_str_eq(o.field, "called");
	town_close(&town);
}
END_TEST

START_TEST(what_was_noted_is_forgotten_by_the_next_function_and_stays_with_its_thread)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	open_town();
	ck_assert_int_eq(ghl_call_clear(town.owner, 0, NULL), GHL_EINVAL);
	ck_assert_int_eq(ghl_error_last(NULL), GHL_EINVAL);
	ck_assert_int_eq(ghl_hotline_status(town.owner, &st), 0);
	ck_assert_int_eq(ghl_error_last(NULL), 0);
	town_close(&town);
}
END_TEST

START_TEST(data_of_a_call_to_be_made_is_an_object_of_texts_and_dial_takes_it_too)
{
	static const char *const wrong[] = {
		"[]", "{\"a\": 1}", "{\"a b\": \"c\"}", "{", "{\"a\": \"1\", \"a\": \"2\"}"};
	struct ghl_call_make_opts opts = GHL_CALL_MAKE_OPTS_INIT;
	struct ghl_session *agent = NULL;
	char value[16] = "";
	struct ghl_error last;
	ghl_agent id;
	ghl_call call = 0;

	open_town();
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		opts.data = wrong[i];
		ck_assert_int_eq(
			ghl_call_make(town.owner, "1001", "13900000001", &opts, NULL, NULL), GHL_EINVAL);
		ck_assert_int_eq(ghl_error_last(&last), GHL_EINVAL);
		ck_assert_str_eq(last.field, "data");
	}
	ck_assert_int_eq(ghl_agent_find(town.owner, "1001", &id), 0);
	ck_assert_int_eq(ghl_agent_login(town.owner, id, NULL, NULL), 0);
	ck_assert_int_eq(ghl_session_open_as(town.owner, "agent:1001", &agent), 0);
	opts.data = "{\"case\": \"47\"}";
	ck_assert_int_eq(ghl_call_dial(agent, "13900000001", &opts, NULL, &call), 0);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_CALL_STARTED));
	ck_assert_int_eq(ghl_call_data_get(town.owner, call, "case", value, sizeof(value)), 0);
	ck_assert_str_eq(value, "47");
	ck_assert_int_eq(ghl_call_data_get(town.owner, call, "case", value, 2), GHL_EINVAL);
	ck_assert_int_eq(ghl_error_last(&last), GHL_EINVAL);
	ck_assert_str_eq(last.field, "room");
	ck_assert_int_eq(ghl_call_clear(town.owner, call, NULL), 0);
	ghl_session_close(agent);
	town_close(&town);
}
END_TEST

START_TEST(a_request_too_many_is_refused_and_what_it_held_is_freed)
{
	struct ghl_call_make_opts opts = GHL_CALL_MAKE_OPTS_INIT;
	struct ghl_session *agent = NULL;
	ghl_request req;

	open_town();
	opts.data = "{\"case\": \"47\"}";
	ck_assert_int_eq(ghl_session_open_as(town.owner, "agent:1001", &agent), 0);
	for (unsigned i = 0; i < 4096; i++) /* nobody reads what they come to */
		ck_assert_int_eq(ghl_call_dial(agent, "bob", &opts, &req, NULL), 0);
	ck_assert_int_eq(ghl_call_dial(agent, "bob", &opts, &req, NULL), GHL_EAGAIN);
	ck_assert_int_eq(ghl_call_make(agent, "1001", "bob", &opts, &req, NULL), GHL_EAGAIN);
	ghl_session_close(agent);
	for (unsigned i = 0; i < 4096; i++)
		ck_assert_int_eq(ghl_call_clear(town.owner, CALL_1, &req), 0);
	ck_assert_int_eq(ghl_hotline_config_apply(town.owner, NULL, &req, NULL), GHL_EAGAIN);
	ck_assert_int_eq(ghl_hotline_config_apply(town.owner, NULL, NULL, NULL), 0);
	town_close(&town);
}
END_TEST

TEST_SUITE(wrong_suite, 60, every_function_names_the_argument_that_is_wrong,
	a_request_that_fails_on_the_loop_names_the_argument_in_its_outcome,
	what_was_noted_is_forgotten_by_the_next_function_and_stays_with_its_thread,
	data_of_a_call_to_be_made_is_an_object_of_texts_and_dial_takes_it_too,
	a_request_too_many_is_refused_and_what_it_held_is_freed)
TEST_MAIN(wrong_suite())
