/* test_access.c - who may do what: the tables, principals of store and configuration, scopes, and the audit
 * in virtual time. */
#include "access/access.h"
#include "base/id.h"
#include "testing.h"

#include <stdio.h>
#include <string.h>

struct house {
	struct ghl_clock clock;
	struct loop *loop;
	struct store *store;
	struct access *access;
	struct access_refusal told[1000];
	unsigned told_count;
};

static struct house h;

static void on_refusal(void *arg, const struct access_refusal *r)
{
	ck_assert_uint_lt(h.told_count, 1000);
	h.told[h.told_count++] = *r;
}

static void open_house(const char *dir)
{
	struct store_opts opts = {.no_sync = true};

	memset(&h, 0, sizeof(h));
	clock_init_virtual(&h.clock, 1700000000000000);
	ck_assert_int_eq(loop_create_virtual(&h.loop, &h.clock), 0);
	opts.loop = h.loop;
	opts.clock = &h.clock;
	ck_assert_int_eq(store_open(&h.store, dir, &opts, NULL), 0);
	ck_assert_int_eq(access_create(&h.access, h.store, h.loop, NULL), 0);
	access_audit_set(h.access, on_refusal, NULL);
}

static void close_house(void)
{
	store_close(h.store);
	access_destroy(h.access);
	loop_destroy(h.loop);
}

static void put(const char *name, uint32_t roles, const char *group, const char *agent)
{
	struct access_principal p = {.roles = roles};
	struct store_batch *b = store_batch_new();

	(void)snprintf(p.name, sizeof(p.name), "%s", name);
	(void)snprintf(p.group, sizeof(p.group), "%s", group);
	(void)snprintf(p.agent, sizeof(p.agent), "%s", agent);
	ck_assert_int_eq(access_principal_put(h.access, b, &p), 0);
	ck_assert_int_eq(store_commit(h.store, b, NULL), 0);
	access_principal_apply(h.access, &p);
}

static struct actor named(const char *name)
{
	struct actor a;

	ck_assert_int_eq(access_actor_named(h.access, name, &a), 0);
	return a;
}

START_TEST(every_right_and_function_has_a_name_and_the_owner_every_right)
{
	for (unsigned i = 0; i < ACCESS_RIGHTS; i++) {
		ck_assert_ptr_nonnull(
			strpbrk(access_right_name((enum access_right)i), "abcdefghijklmnopqrstuvwxyz"));
		ck_assert(access_roles_have(GHL_ROLE_OWNER, (enum access_right)i));
	}
	for (unsigned i = 0; i < ACCESS_FUNCTIONS; i++) {
		ck_assert_int_eq(strncmp(access_function_name((enum access_function)i), "ghl_", 4), 0);
		ck_assert_uint_lt(access_function_right((enum access_function)i), ACCESS_RIGHTS);
	}
	ck_assert_str_eq(access_right_name(ACCESS_RIGHTS), "?");
	ck_assert_str_eq(ghl_role_name(GHL_ROLE_SUPERVISOR), "supervisor");
	ck_assert_str_eq(ghl_role_name(GHL_ROLE_NONE), "none");
	ck_assert_str_eq(ghl_role_name((enum ghl_role)3), "?");
}
END_TEST

START_TEST(a_reader_changes_nothing)
{
	static const enum access_right reading[] = {RIGHT_SESSION_OWN, RIGHT_MONITOR, RIGHT_STATUS_READ,
		RIGHT_CALL_READ, RIGHT_AGENT_READ, RIGHT_QUEUE_READ, RIGHT_RECORD_READ, RIGHT_RECORD_VERIFY,
		RIGHT_REPORT_READ, RIGHT_STORE_POKE};

	for (unsigned i = 0; i < ACCESS_RIGHTS; i++) {
		bool expected = false;

		for (unsigned k = 0; k < sizeof(reading) / sizeof(reading[0]); k++)
			expected = expected || reading[k] == (enum access_right)i;
		ck_assert_msg(access_roles_have(GHL_ROLE_READER, (enum access_right)i) == expected, "%s",
			access_right_name((enum access_right)i));
	}
}
END_TEST

START_TEST(the_timer_and_a_dialogue_are_never_the_owner)
{
	struct actor a;

	open_house(testing_folder());
	access_actor_timer(h.access, &a);
	ck_assert_str_eq(a.name, "timer");
	ck_assert_int_eq(access_check(h.access, &a, ACCESS_FN_ghl_access_principal_set), GHL_EPERM);
	access_actor_ivr(h.access, "main", &a);
	ck_assert_str_eq(a.name, "ivr:main");
	ck_assert_int_eq(id_check(a.id, GHL_ID_PRINCIPAL), 0);
	ck_assert_int_eq(access_check(h.access, &a, ACCESS_FN_ghl_session_open_as), GHL_EPERM);
	access_actor_owner(h.access, &a);
	ck_assert_int_eq(access_check(h.access, &a, ACCESS_FN_ghl_session_open_as), 0);
	close_house();
}
END_TEST

START_TEST(principals_of_the_store_are_there_again_after_a_restart)
{
	char dir[300];
	struct actor a;

	(void)snprintf(dir, sizeof(dir), "%s", testing_folder());
	open_house(dir);
	put("sup", GHL_ROLE_SUPERVISOR, "water", "1001");
	a = named("sup");
	close_house();
	open_house(dir);
	ck_assert_uint_eq(named("sup").id, a.id);
	ck_assert_uint_eq(named("sup").roles, GHL_ROLE_SUPERVISOR);
	ck_assert_str_eq(named("sup").group, "water");
	ck_assert_str_eq(named("sup").agent, "1001");
	ck_assert_int_eq(access_actor_named(h.access, "nobody", &a), GHL_ENOENT);
	close_house();
}
END_TEST

START_TEST(the_store_goes_before_the_configuration_and_keeps_the_id)
{
	struct access_principal set[2] = {{.name = "agent:1", .roles = GHL_ROLE_AGENT, .agent = "1"},
		{.name = "desk", .roles = GHL_ROLE_READER, .users = {"ann", "bob"}}};
	struct access_principal out[4];
	struct actor a, before;

	open_house(testing_folder());
	ck_assert_int_eq(access_configure(h.access, set, 2, NULL), 0);
	before = named("agent:1");
	ck_assert_int_eq(access_actor_user(h.access, "bob", &a), 0);
	ck_assert_str_eq(a.name, "desk");
	ck_assert_int_eq(access_actor_user(h.access, "", &a), GHL_ENOENT);
	put("agent:1", 0, "", "");
	ck_assert_uint_eq(named("agent:1").id, before.id);
	ck_assert_int_eq(access_check(h.access, &before, ACCESS_FN_ghl_call_list), GHL_EPERM);
	ck_assert_uint_eq(access_principals(h.access, "", out, 4), 2);
	ck_assert_str_eq(out[0].name, "agent:1");
	ck_assert(!out[0].from_config && out[1].from_config);
	ck_assert_uint_eq(access_principals(h.access, "agent:1", out, 4), 1);
	ck_assert_int_eq(access_configure(h.access, NULL, 0, NULL), 0);
	ck_assert_int_eq(access_actor_named(h.access, "desk", &a), GHL_ENOENT);
	close_house();
}
END_TEST

START_TEST(a_configuration_with_a_wrong_or_double_name_is_refused_whole)
{
	struct access_principal twice[2] = {{.name = "a"}, {.name = "a"}}, wrong[1] = {{.name = "a b"}};
	struct access_principal good[1] = {{.name = "good", .roles = GHL_ROLE_READER}};
	struct ghl_error err;

	open_house(testing_folder());
	ck_assert_int_eq(access_configure(h.access, good, 1, &err), 0);
	ck_assert_int_eq(access_configure(h.access, twice, 2, &err), GHL_EEXIST);
	ck_assert_int_eq(access_configure(h.access, wrong, 1, &err), GHL_EINVAL);
	ck_assert_uint_eq(named("good").roles, GHL_ROLE_READER);
	close_house();
}
END_TEST

START_TEST(an_agent_reaches_itself_and_a_supervisor_its_group)
{
	static const struct {
		const char *who, *group, *agent;
		bool reaches;
	} rows[] = {{"agent", "water", "1001", true}, {"agent", "water", "1002", false},
		{"agent", "", "", false}, {"water", "water", "1002", true}, {"water", "gas", "1003", false},
		{"water", "", "", true}, {"all", "gas", "1003", true}, {"both", "gas", "1001", true},
		{"both", "gas", "1002", false}, {"owner", "gas", "1002", true}};
	struct actor a;

	open_house(testing_folder());
	put("agent", GHL_ROLE_AGENT, "water", "1001");
	put("water", GHL_ROLE_SUPERVISOR, "water", "");
	put("all", GHL_ROLE_SUPERVISOR, "", "");
	put("both", GHL_ROLE_SUPERVISOR | GHL_ROLE_AGENT, "water", "1001");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = named(rows[i].who);
		ck_assert_msg((access_check_scope(h.access, &a, ACCESS_FN_ghl_call_clear, rows[i].group,
				       rows[i].agent) == 0) == rows[i].reaches,
			"row %u", i);
	}
	close_house();
}
END_TEST

START_TEST(the_first_refusal_is_written_at_once_and_those_of_ten_seconds_together)
{
	struct actor a;

	open_house(testing_folder());
	put("guesser", GHL_ROLE_READER, "", "");
	a = named("guesser");
	ck_assert_int_eq(access_check(h.access, &a, ACCESS_FN_ghl_call_make), GHL_EPERM);
	loop_drain(h.loop);
	ck_assert_uint_eq(h.told_count, 1);
	ck_assert_uint_eq(h.told[0].count, 1);
	ck_assert_str_eq(h.told[0].actor.name, "guesser");
	for (unsigned i = 0; i < 5000; i++) {
		ck_assert_int_eq(access_check(h.access, &a, ACCESS_FN_ghl_call_make), GHL_EPERM);
		loop_advance(h.loop, 1000);
	}
	ck_assert_uint_eq(h.told_count, 1);
	loop_advance(h.loop, 15000000);
	ck_assert_uint_eq(h.told_count, 2);
	ck_assert_uint_eq(h.told[1].count, 5000);
	ck_assert_int_ge(h.told[1].until_us - h.told[1].from_us, 4998000);
	loop_advance(h.loop, 60000000);
	ck_assert_uint_eq(h.told_count, 2);
	close_house();
}
END_TEST

START_TEST(however_many_guess_no_refusal_is_lost_and_the_table_stays_small)
{
	struct actor a = {0};
	uint64_t sum = 0;

	open_house(testing_folder());
	for (unsigned i = 1; i <= 5000; i++) {
		a.id = id_make(GHL_ID_PRINCIPAL, 0, i);
		(void)snprintf(a.name, sizeof(a.name), "p%u", i);
		ck_assert_int_eq(access_check(h.access, &a, ACCESS_FN_ghl_call_make), GHL_EPERM);
	}
	loop_advance(h.loop, 1000);
	for (unsigned i = 0; i < h.told_count; i++)
		sum += h.told[i].count;
	ck_assert_uint_eq(sum, 5000);
	ck_assert_uint_le(h.told_count, 256);
	close_house();
}
END_TEST

START_TEST(refusals_still_open_are_written_when_the_house_closes)
{
	struct actor a = {.id = 5, .name = "x"};

	open_house(testing_folder());
	for (unsigned i = 0; i < 7; i++)
		(void)access_check(h.access, &a, ACCESS_FN_ghl_call_make);
	access_audit_set(h.access, NULL, NULL);
	ck_assert_uint_eq(h.told_count, 1);
	ck_assert_uint_eq(h.told[0].count, 7);
	close_house();
}
END_TEST

TEST_SUITE(access_suite, 30, every_right_and_function_has_a_name_and_the_owner_every_right,
	a_reader_changes_nothing, the_timer_and_a_dialogue_are_never_the_owner,
	principals_of_the_store_are_there_again_after_a_restart,
	the_store_goes_before_the_configuration_and_keeps_the_id,
	a_configuration_with_a_wrong_or_double_name_is_refused_whole,
	an_agent_reaches_itself_and_a_supervisor_its_group,
	the_first_refusal_is_written_at_once_and_those_of_ten_seconds_together,
	however_many_guess_no_refusal_is_lost_and_the_table_stays_small,
	refusals_still_open_are_written_when_the_house_closes)
TEST_MAIN(access_suite())
