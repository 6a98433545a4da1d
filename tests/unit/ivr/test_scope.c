/* test_scope.c - variables and scopes (VoiceXML 2.0 section 5.1), and the limits of scripts. */
#include <testing.h>

#include "ivr/script.h"

#include "talk.h"

#include <stdlib.h>
#include <string.h>

#define SAYS(form, what) ck_assert_str_eq(talk_form(form, ""), what)

START_TEST(an_inner_variable_shadows_the_outer_one)
{
	ck_assert_str_eq(
		talk_body("<var name='x' expr='1'/><form><var name='x' expr='2'/><block><var name='x' "
			  "expr='3'/>"
			  "<exit expr=\"x+','+dialog.x+','+document.x+','+application.x\"/></block></form>",
			""),
		"EXIT \"3,2,1,1\"");
}
END_TEST

START_TEST(an_assignment_goes_where_the_variable_is)
{
	ck_assert_str_eq(
		talk_body("<var name='x' expr='1'/><form><block><assign name='x' expr='x+1'/></block>"
			  "<block><assign name='document.x' expr='x*10'/><exit "
			  "expr='document.x'/></block></form>",
			""),
		"EXIT 20");
}
END_TEST

START_TEST(a_variable_of_a_block_is_gone_after_it)
{
	SAYS("<catch event='error.semantic'><exit expr=\"'gone'\"/></catch>"
	     "<block><var name='x' expr='1'/></block><block><exit expr='x'/></block>",
		"EXIT \"gone\"");
}
END_TEST

START_TEST(a_dialog_variable_begins_anew_with_the_dialog)
{
	ck_assert_str_eq(talk_body("<var name='n' expr='0'/><form id='a'><var name='x' "
				   "expr='0'/><block><assign name='x' expr='x+1'/>"
				   "<assign name='n' expr='n+1'/><if cond='n==3'><exit expr='x'/></if><goto "
				   "next='#a'/></block></form>",
				 ""),
		"EXIT 1");
}
END_TEST

START_TEST(what_is_not_declared_cannot_be_assigned_or_read)
{
	SAYS("<catch event='error.semantic'><exit expr='1'/></catch><block><assign name='x' "
	     "expr='1'/></block>",
		"EXIT 1");
	SAYS("<catch event='error.semantic'><exit expr='2'/></catch><block><assign name='document.x' "
	     "expr='1'/></block>",
		"EXIT 2");
	SAYS("<catch event='error.semantic'><exit expr='3'/></catch><block><log expr='x'/></block>",
		"EXIT 3");
	SAYS("<catch event='error.semantic'><exit expr='4'/></catch><block><var name='dialog.x' "
	     "expr='1'/></block>",
		"EXIT 4");
	SAYS("<catch event='error.semantic'><exit expr='5'/></catch><block><assign name='session.connection' "
	     "expr='1'/></block>",
		"EXIT 5");
}
END_TEST

START_TEST(session_variables_tell_who_called_whom)
{
	SAYS("<block><exit expr=\"session.connection.remote.uri+' '+session.connection.local.uri\"/></block>",
		"EXIT \"sip:100@example.org sip:12345@example.org\"");
}
END_TEST

START_TEST(a_function_in_a_variable_sees_the_scopes_it_was_made_in)
{
	ck_assert_str_eq(talk_body("<var name='n' expr='1'/><var name='f' expr='function(){ return ++n; "
				   "}'/><form><block>"
				   "<assign name='n' expr='f()+f()'/><exit expr='n'/></block></form>",
				 ""),
		"EXIT 5");
}
END_TEST

START_TEST(the_clock_of_scripts_is_the_dialogues)
{
	SAYS("<block><exit expr='new Date().getTime()'/></block>", "EXIT 1700000000000");
}
END_TEST

static struct script *new_script(struct ghl_clock *clock, size_t bytes)
{
	struct script_limits limits = {
		.heap_bytes = bytes, .turn_cpu_us = (int64_t)(50000 * testing_slowness()), .clock = clock};
	struct script *s;

	clock_init_virtual(clock, 0);
	ck_assert_int_eq(script_create(&s, &limits), 0);
	return s;
}

START_TEST(an_endless_loop_ends_with_its_budget_and_the_heap_lives)
{
	struct ghl_clock clock;
	struct script *s = new_script(&clock, 2 << 20);
	int64_t before = clock_thread_cpu_us();
	bool b;

	ck_assert_int_eq(script_bool(s, "(function(){while(1);})()", &b), SCRIPT_BUDGET);
	ck_assert_int_eq(
		script_bool(s, "(function(){while(1)try{while(1);}catch(e){}})()", &b), SCRIPT_BUDGET);
	ck_assert_int_lt(clock_thread_cpu_us() - before, (int64_t)(2000000 * testing_slowness()));
	script_turn_begin(s);
	ck_assert_int_eq(script_bool(s, "1", &b), SCRIPT_OK);
	script_destroy(s);
}
END_TEST

START_TEST(native_loops_are_bounded)
{
	static const char *const greedy[] = {"/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')",
		"(function(){var a=[];a.length=4e8;return a.join()})()",
		"Array.prototype.join.call({length:4e8})",
		"(function(){var a=[];a.length=4e8;return a.sort()})()"};
	struct ghl_clock clock;
	bool b;

	for (unsigned i = 0; i < sizeof(greedy) / sizeof(greedy[0]); i++) {
		struct script *s = new_script(&clock, 2 << 20);
		int64_t before = clock_thread_cpu_us();

		ck_assert_int_ne(script_bool(s, greedy[i], &b), SCRIPT_OK);
		ck_assert_int_lt(clock_thread_cpu_us() - before, (int64_t)(1000000 * testing_slowness()));
		script_destroy(s);
	}
}
END_TEST

START_TEST(a_full_heap_is_an_error_and_the_heap_lives)
{
	static const char *const greedy[] = {"(function(){var a='x';while(1)a+=a})()", "'x'.repeat(1e9)",
		"(function(){var a=[];while(1)a.push([a])})()", "JSON.stringify(new Array(1e6))"};
	struct ghl_clock clock;
	struct script *s = new_script(&clock, 1 << 20);
	enum script_result r;
	bool b;

	for (unsigned i = 0; i < sizeof(greedy) / sizeof(greedy[0]); i++) {
		script_turn_begin(s);
		r = script_bool(s, greedy[i], &b);
		ck_assert_msg(r != SCRIPT_OK, "%s: %s", greedy[i], script_result_name(r));
		ck_assert_uint_le(script_heap_bytes(s), 1 << 20);
	}
	script_turn_begin(s);
	ck_assert_int_eq(script_bool(s, "1+1==2", &b), SCRIPT_OK);
	ck_assert(b);
	script_destroy(s);
}
END_TEST

START_TEST(quoted_text_reads_back_as_itself)
{
	struct ghl_clock clock;
	struct script *s = new_script(&clock, 2 << 20);
	struct text literal, back;
	char raw[32];

	for (int round = 0; round < 300; round++) {
		size_t n = testing_random() % (sizeof(raw) - 1);

		for (size_t i = 0; i < n; i++)
			raw[i] = (char)(1 + testing_random() % 127);
		raw[n] = '\0';
		text_init(&literal);
		text_init(&back);
		script_quote(&literal, raw);
		script_turn_begin(s);
		ck_assert_int_eq(script_string(s, text_str(&literal), &back), SCRIPT_OK);
		ck_assert_str_eq(text_str(&back), raw);
		text_finish(&literal);
		text_finish(&back);
	}
	script_destroy(s);
}
END_TEST

TEST_SUITE(suite_scope, 60, an_inner_variable_shadows_the_outer_one, an_assignment_goes_where_the_variable_is,
	a_variable_of_a_block_is_gone_after_it, a_dialog_variable_begins_anew_with_the_dialog,
	what_is_not_declared_cannot_be_assigned_or_read, session_variables_tell_who_called_whom,
	a_function_in_a_variable_sees_the_scopes_it_was_made_in, the_clock_of_scripts_is_the_dialogues,
	an_endless_loop_ends_with_its_budget_and_the_heap_lives, native_loops_are_bounded,
	a_full_heap_is_an_error_and_the_heap_lives, quoted_text_reads_back_as_itself)
