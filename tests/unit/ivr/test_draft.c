/* test_draft.c - variables without a script heap against the same ones in a heap. */
#include <testing.h>

#include "ivr/draft.h"

#include <string.h>

#define ROUNDS 300
#define STEPS  12

static const char *const names[] = {"a", "b", "lastresult$", "toString"};
static const char *const values[] = {
	NULL, "1", "0.5", "true", "'text'", "\"\"", "'\xe4\xb8\xad'", "017", "a", "[1,2]"};

static struct script *new_script(struct ghl_clock *clock)
{
	struct script_limits limits = {.heap_bytes = 1 << 20, .turn_cpu_us = 10000000, .clock = clock};
	struct script *s;

	ck_assert_int_eq(script_create(&s, &limits), 0);
	return s;
}

/* the same step on both: they must agree on whether it went well */
static void step(struct script *lazy, struct script *eager, unsigned what)
{
	enum script_scope scope = (enum script_scope)(1 + testing_random() % (SCOPE_COUNT - 1));
	const char *name = names[testing_random() % (sizeof(names) / sizeof(names[0]))];
	const char *value = values[testing_random() % (sizeof(values) / sizeof(values[0]))];
	bool one = false, other = false;

	switch (what) {
	case 0:
		ck_assert_int_eq(script_scope_open(lazy, scope), script_scope_open(eager, scope));
		break;
	case 1:
		ck_assert_int_eq(script_scope_close(lazy, scope), script_scope_close(eager, scope));
		break;
	case 2:
		ck_assert_int_eq(script_scope_share(lazy, SCOPE_DOCUMENT, SCOPE_APPLICATION),
			script_scope_share(eager, SCOPE_DOCUMENT, SCOPE_APPLICATION));
		break;
	case 3:
		ck_assert_int_eq(script_is_defined(lazy, scope, name, &one),
			script_is_defined(eager, scope, name, &other));
		ck_assert_int_eq(one, other);
		break;
	default:
		ck_assert_int_eq(
			script_declare(lazy, scope, name, value), script_declare(eager, scope, name, value));
	}
}

static void same(struct script *lazy, struct script *eager, const char *expr)
{
	struct text one, other;
	enum script_result r;

	text_init(&one);
	text_init(&other);
	r = script_json(eager, expr, &other);
	ck_assert_int_eq(script_json(lazy, expr, &one), r);
	if (r == SCRIPT_OK)
		ck_assert_str_eq(text_str(&one), text_str(&other));
	text_finish(&one);
	text_finish(&other);
}

START_TEST(a_heap_made_late_holds_what_one_made_early_holds)
{
	struct ghl_clock clock;
	unsigned asleep = 0;
	bool truth;

	clock_init_virtual(&clock, 0);
	for (int i = 0; i < ROUNDS; i++) {
		struct script *lazy = new_script(&clock), *eager = new_script(&clock);

		ck_assert_int_eq(script_bool(eager, "1", &truth), SCRIPT_OK);
		for (int scope = SCOPE_APPLICATION; scope < SCOPE_COUNT; scope++) {
			ck_assert_int_eq(script_scope_open(lazy, (enum script_scope)scope), SCRIPT_OK);
			ck_assert_int_eq(script_scope_open(eager, (enum script_scope)scope), SCRIPT_OK);
		}
		for (int n = 0; n < STEPS; n++)
			step(lazy, eager, (unsigned)(testing_random() % 12));
		asleep += script_heap_bytes(lazy) == 0;
		for (unsigned n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			same(lazy, eager, names[n]);
		same(lazy, eager, "[session,application,document,dialog]");
		script_destroy(lazy);
		script_destroy(eager);
	}
	ck_assert_uint_gt(asleep, 0);
	ck_assert_uint_lt(asleep, ROUNDS);
}
END_TEST

START_TEST(only_what_stands_on_its_own_is_a_literal)
{
	static const char *const yes[] = {"0", "12", "1.5", "true", "false", "''", "\"a b\"", "'a\"b'"};
	static const char *const no[] = {"", "017", "1+1", "-1", "a", "'a'+'b'", "'a\\'", "'", "'a", "null",
		"1e3", ".5", "'a\nb'", "'\xe2\x80\xa8'", "undefined"};

	for (unsigned i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ck_assert_msg(draft_is_literal(yes[i]), "%s", yes[i]);
	for (unsigned i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!draft_is_literal(no[i]), "%s", no[i]);
}
END_TEST

START_TEST(a_menu_without_scripts_makes_no_heap)
{
	struct ghl_clock clock;
	struct script *s;
	bool defined = true;

	clock_init_virtual(&clock, 0);
	s = new_script(&clock);
	ck_assert_int_eq(script_scope_open(s, SCOPE_DIALOG), SCRIPT_OK);
	ck_assert_int_eq(script_declare(s, SCOPE_DIALOG, "choice", NULL), SCRIPT_OK);
	ck_assert_int_eq(script_is_defined(s, SCOPE_DIALOG, "choice", &defined), SCRIPT_OK);
	ck_assert(!defined);
	ck_assert_int_eq(script_declare_value(s, SCOPE_DIALOG, "choice", "[1].concat(2)"), SCRIPT_OK);
	ck_assert_int_eq(script_is_defined(s, SCOPE_DIALOG, "choice", &defined), SCRIPT_OK);
	ck_assert(defined);
	ck_assert_uint_eq(script_heap_bytes(s), 0);
	ck_assert_int_eq(script_bool(s, "choice.length==2", &defined), SCRIPT_OK);
	ck_assert(defined);
	ck_assert_uint_gt(script_heap_bytes(s), 0);
	script_destroy(s);
}
END_TEST

START_TEST(a_heap_there_is_no_room_for_is_an_error_of_memory_and_may_be_tried_again)
{
	struct ghl_clock clock;
	struct script_limits limits = {.heap_bytes = 20000, .turn_cpu_us = 10000000, .clock = &clock};
	struct script *s;
	bool truth;

	clock_init_virtual(&clock, 0);
	ck_assert_int_eq(script_create(&s, &limits), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(script_bool(s, "1", &truth), SCRIPT_MEMORY);
	ck_assert_uint_eq(script_heap_bytes(s), 0);
	script_destroy(s);
}
END_TEST

TEST_SUITE(suite_draft, 20, a_heap_made_late_holds_what_one_made_early_holds,
	only_what_stands_on_its_own_is_a_literal, a_menu_without_scripts_makes_no_heap,
	a_heap_there_is_no_room_for_is_an_error_of_memory_and_may_be_tried_again)
