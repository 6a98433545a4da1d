/*
 * flow_matrix.c - the table right x function, proved on a running hotline: who has the right changes the
 * state, or is told something; who has not gets GHL_EPERM, and neither the log (but for the audit) nor
 * anything live has moved. A row without a builder does not compile; a function without a row fails
 * check_functions.py.
 */
#include "matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
	const char *name;
	enum access_function fn;
	try_fn *attempt;
} rows[] = {
#define X(function, right) {#function, ACCESS_FN_##function, try_##function},
#include "access/functions.def"
#undef X
};

/* What must stand for the call to be valid; not named: nothing. */
static prepare_fn *const preparations[ACCESS_FUNCTIONS] = {
	[ACCESS_FN_ghl_agent_login] = prepare_logged_off,
	[ACCESS_FN_ghl_agent_state_set] = prepare_not_ready,
	[ACCESS_FN_ghl_record_verify] = clear_calls,
	[ACCESS_FN_ghl_record_export] = clear_calls,
	[ACCESS_FN_ghl_report_calls] = clear_calls,
	[ACCESS_FN_ghl_call_list] = need_call,
	[ACCESS_FN_ghl_call_info] = need_call,
	[ACCESS_FN_ghl_call_make] = need_quiet_phone,
	[ACCESS_FN_ghl_call_dial] = need_quiet_phone,
	[ACCESS_FN_ghl_call_answer] = need_call,
	[ACCESS_FN_ghl_call_conn_clear] = need_call,
	[ACCESS_FN_ghl_call_clear] = need_call,
	[ACCESS_FN_ghl_call_data_set] = need_call,
	[ACCESS_FN_ghl_call_data_get] = prepare_data,
	[ACCESS_FN_ghl_acd_queue_join] = need_dialogue,
};

static const uint32_t roles[] = {
	GHL_ROLE_OWNER, GHL_ROLE_SUPERVISOR, GHL_ROLE_AGENT, GHL_ROLE_READER, GHL_ROLE_NONE};

static struct ghl_session *session_like(uint32_t role, const char *group, const char *agent)
{
	struct ghl_principal_opts opts = GHL_PRINCIPAL_OPTS_INIT;
	struct ghl_session *s = NULL;
	char name[40];

	(void)snprintf(name, sizeof(name), "matrix-%s-%s", ghl_role_name((enum ghl_role)role), agent);
	opts.roles = role;
	opts.group = group;
	opts.agent = agent;
	ck_assert_int_eq(ghl_access_principal_set(w.town.owner, name, &opts, NULL), 0);
	ck_assert_int_eq(ghl_session_open_as(w.town.owner, name, &s), 0);
	return s;
}

/* Every principal is the agent 1001 of the hall, so that only the role decides. */
static struct ghl_session *session_of(uint32_t role)
{
	return session_like(role, "hall", "1001");
}

static bool may(uint32_t role, enum access_function fn)
{
	return access_roles_have(role, access_function_right(fn));
}

/* One attempt, and what there was to see before and after it; both are the caller's. */
static int attempt(const struct row *row, struct ghl_session *s, char **before, char **after)
{
	uint64_t since;
	int rc;

	if (preparations[row->fn])
		preparations[row->fn]();
	settle();
	w.tries++;
	w.changes = false;
	since = facts_now();
	*before = picture(since);
	rc = row->attempt(s);
	*after = picture(since);
	return rc;
}

static void try_one(const struct row *row, uint32_t role)
{
	struct ghl_session *s = session_of(role);
	char *before, *after;
	int rc = attempt(row, s, &before, &after);

	if (may(role, row->fn)) {
		ck_assert_msg(rc >= 0, "%s as %s: %s", row->name, ghl_role_name((enum ghl_role)role),
			ghl_error_code_name(rc));
		ck_assert_msg(!w.changes || strcmp(before, after) != 0, "%s as %s changes nothing", row->name,
			ghl_role_name((enum ghl_role)role));
	} else {
		ck_assert_msg(rc == GHL_EPERM, "%s as %s: %s", row->name, ghl_role_name((enum ghl_role)role),
			ghl_error_code_name(rc));
		ck_assert_msg(strcmp(before, after) == 0, "%s as %s:\n%s\nbecame\n%s", row->name,
			ghl_role_name((enum ghl_role)role), before, after);
	}
	free(before);
	free(after);
	ghl_session_close(s);
}

/* What acts on an agent, a call or a phone: with the right, it still must be one's own. */
static const enum access_function scoped[] = {ACCESS_FN_ghl_agent_login, ACCESS_FN_ghl_agent_state_set,
	ACCESS_FN_ghl_agent_get, ACCESS_FN_ghl_call_info, ACCESS_FN_ghl_call_make, ACCESS_FN_ghl_call_answer,
	ACCESS_FN_ghl_call_conn_clear, ACCESS_FN_ghl_call_clear, ACCESS_FN_ghl_call_data_set,
	ACCESS_FN_ghl_call_data_get};

static void try_from_outside(const struct row *row, uint32_t role)
{
	struct ghl_session *s = session_like(role, "annex", "1002");
	char *before, *after;
	int rc = attempt(row, s, &before, &after);

	ck_assert_msg(rc == GHL_EPERM || rc == GHL_ENOENT, "%s as a foreign %s: %s", row->name,
		ghl_role_name((enum ghl_role)role), ghl_error_code_name(rc));
	ck_assert_msg(strcmp(before, after) == 0, "%s as a foreign %s:\n%s\nbecame\n%s", row->name,
		ghl_role_name((enum ghl_role)role), before, after);
	free(before);
	free(after);
	ghl_session_close(s);
}

static void world_open(void)
{
	static const struct town_opts opts = {.out = true,
		.route = "dialogue:main\", called: \"777",
		.more = "  - {trunk: line, to: \"queue:water\"}\nprincipals:\n  desk: {roles: [reader], "
			"users: [nobody]}\n"};

	memset(&w, 0, sizeof(w));
	town_open(&w.town, &opts);
	w.agent = town_agent(&w.town, "1001", 0);
	ck_assert_int_eq(ghl_agent_find(w.town.owner, "1001", &w.agent_id), 0);
	need_call();
	clear_calls();
}

START_TEST(who_has_the_right_is_served_and_who_has_not_changes_nothing)
{
	world_open();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned k = 0; k < sizeof(roles) / sizeof(roles[0]); k++)
			try_one(&rows[i], roles[k]);
	clear_calls();
	town_close(&w.town);
}
END_TEST

START_TEST(what_is_another_agents_or_groups_is_out_of_reach_and_stays_as_it_is)
{
	world_open();
	for (unsigned i = 0; i < sizeof(scoped) / sizeof(scoped[0]); i++) {
		try_from_outside(&rows[scoped[i]], GHL_ROLE_SUPERVISOR);
		try_from_outside(&rows[scoped[i]], GHL_ROLE_AGENT);
	}
	clear_calls();
	town_close(&w.town);
}
END_TEST

START_TEST(an_agent_calls_from_its_own_phone_and_a_supervisor_from_those_that_are_nobodys_too)
{
	struct ghl_session *agent, *supervisor;
	struct ghl_error why;
	ghl_agent second;

	world_open();
	agent = session_like(GHL_ROLE_AGENT, "", "1002");
	supervisor = session_like(GHL_ROLE_SUPERVISOR, "annex", "");
	ck_assert_int_eq(ghl_call_make(agent, "1003", "13900000001", NULL, NULL, NULL), GHL_EPERM);
	ck_assert_int_eq(ghl_error_last(&why), GHL_EPERM);
	ck_assert_str_eq(why.field, "account");
	ck_assert_int_eq(ghl_call_make(agent, "1002", "13900000001", NULL, NULL, NULL), GHL_ENOENT);
	ck_assert_int_eq(ghl_call_make(supervisor, "1002", "13900000001", NULL, NULL, NULL), GHL_EPERM);
	ck_assert_int_eq(ghl_call_make(supervisor, "desk", "13900000001", NULL, NULL, NULL), GHL_ENOENT);
	/* at another's desk it is the phone of who sits there */
	ck_assert_int_eq(ghl_agent_find(w.town.owner, "1002", &second), 0);
	ck_assert_int_eq(ghl_agent_login(w.town.owner, second, "1003", NULL), 0);
	ck_assert_int_eq(ghl_call_make(agent, "1003", "13900000001", NULL, NULL, NULL), GHL_ENOENT);
	ghl_session_close(agent);
	ghl_session_close(supervisor);
	clear_calls();
	town_close(&w.town);
}
END_TEST

START_TEST(an_agent_queues_no_call_but_its_own_and_a_supervisor_those_of_its_group)
{
	struct ghl_session *agent, *supervisor;

	world_open();
	agent = session_of(GHL_ROLE_AGENT);
	supervisor = session_of(GHL_ROLE_SUPERVISOR);
	need_dialogue();
	call_is_of("1002");
	ck_assert_int_eq(ghl_acd_queue_join(agent, w.call, "water", NULL, NULL), GHL_EPERM);
	call_is_of("");
	ck_assert_int_eq(ghl_acd_queue_join(agent, w.call, "water", NULL, NULL), GHL_EPERM);
	ck_assert_int_eq(ghl_acd_queue_join(supervisor, w.call, "water", NULL, NULL), 0);
	ghl_session_close(agent);
	ghl_session_close(supervisor);
	clear_calls();
	town_close(&w.town);
}
END_TEST

TEST_SUITE(matrix_suite, 120, who_has_the_right_is_served_and_who_has_not_changes_nothing,
	what_is_another_agents_or_groups_is_out_of_reach_and_stays_as_it_is,
	an_agent_calls_from_its_own_phone_and_a_supervisor_from_those_that_are_nobodys_too,
	an_agent_queues_no_call_but_its_own_and_a_supervisor_those_of_its_group)
TEST_MAIN(matrix_suite())
