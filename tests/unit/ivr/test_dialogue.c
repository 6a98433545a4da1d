/* test_dialogue.c - what each element does, as small documents and what a caller hears. */
#include <testing.h>

#include "talk.h"

#include <stdio.h>
#include <string.h>

#define IS(got, what) ck_assert_str_eq(got, what)
#define MENU(attrs, handlers)                                                                                \
	"<menu id='m'" attrs "><prompt>one or two</prompt>"                                                  \
	"<choice dtmf='1' next='#a'>first</choice><choice dtmf='2' event='two'>second</choice>" handlers     \
	"</menu>"                                                                                            \
	"<form id='a'><block><exit expr=\"'a'\"/></block></form>"

START_TEST(a_form_runs_its_blocks_in_order_and_ends)
{
	IS(talk_form("<block>one</block><block cond='false'>two</block><block>three</block>", ""),
		"one|three|EXIT ");
}
END_TEST

START_TEST(what_is_queued_is_heard_before_the_end)
{
	IS(talk_form("<block><prompt bargein='false'>good <value expr=\"'by'+'e'\"/></prompt><exit "
		     "expr='{a:[1,true]}'/></block>",
		   ""),
		"~good bye|EXIT {\"a\":[1,true]}");
	IS(talk_form("<block><var name='a' expr='1'/><var name='b'/><exit namelist='a b'/></block>", ""),
		"EXIT {\"a\":1,\"b\":null}");
}
END_TEST

START_TEST(a_menu_goes_where_the_key_says)
{
	IS(talk_body(MENU("", ""), "1"), "one or two|LISTEN|EXIT \"a\"");
	IS(talk_body(MENU("", "<catch event='two'><exit expr='_event'/></catch>"), "2"),
		"one or two|LISTEN|EXIT \"two\"");
	IS(talk_body(MENU("", ""), "say:first"), "one or two|LISTEN|EXIT \"a\"");
}
END_TEST

START_TEST(a_menu_numbers_its_choices_and_enumerates_them)
{
	IS(talk_body("<menu dtmf='true'><prompt><enumerate>for <value expr='_prompt'/> press <value "
		     "expr='_dtmf'/>. </enumerate></prompt>"
		     "<choice next='#a'>tax</choice><choice dtmf='0' next='#a'>help</choice><choice "
		     "next='#b'>water</choice></menu>"
		     "<form id='a'><block><exit expr=\"'a'\"/></block></form><form id='b'><block><exit "
		     "expr=\"'b'\"/></block></form>",
		   "2"),
		"for tax press 1. for help press 0. for water press 2.|LISTEN|EXIT \"b\"");
}
END_TEST

START_TEST(silence_and_wrong_keys_are_counted_and_prompt_again)
{
	IS(talk_body(MENU("", "<noinput>louder<reprompt/></noinput><noinput count='2'><exit "
			      "expr=\"'deaf'\"/></noinput>"),
		   "- -"),
		"one or two|LISTEN|louder|one or two|LISTEN|EXIT \"deaf\"");
	IS(talk_body(MENU("", "<nomatch>what</nomatch>"), "7 ? 1"),
		"one or two|LISTEN|what|LISTEN|what|LISTEN|EXIT \"a\"");
	IS(talk_body(MENU("", ""), "- 9 1"),
		"one or two|LISTEN|one or two|LISTEN|one or two|LISTEN|EXIT \"a\"");
}
END_TEST

START_TEST(a_field_takes_digits_and_runs_filled)
{
	IS(talk_form("<field name='n' type='digits?length=3'>key<filled>got <value expr='n'/><exit "
		     "expr=\"n+n$.inputmode+"
		     "application.lastresult$[0].utterance\"/></filled></field>",
		   "12# 1234 123"),
		"key|LISTEN|key|LISTEN|got 123|EXIT \"123dtmf123\"");
	IS(talk_form("<field name='n' type='digits?minlength=2;maxlength=4'>key</field><filled "
		     "mode='all'><exit expr='n'/></filled>",
		   "12#"),
		"key|LISTEN|EXIT \"12\"");
}
END_TEST

START_TEST(a_boolean_field_takes_a_key_or_a_word)
{
	IS(talk_form("<field name='b' type='boolean'>sure<filled><exit expr='b'/></filled></field>", "1"),
		"sure|LISTEN|EXIT true");
	IS(talk_form("<field name='b' type='boolean?y=7;n=9'>sure<filled><exit expr='b'/></filled></field>",
		   "9"),
		"sure|LISTEN|EXIT false");
	IS(talk_form(
		   "<field name='b' type='boolean'>sure<filled><exit expr='b'/></filled></field>", "say:Yes"),
		"sure|LISTEN|EXIT true");
}
END_TEST

START_TEST(prompts_taper_by_count)
{
	IS(talk_form("<field name='b' type='boolean'><prompt>long</prompt><prompt count='2'>short</prompt>"
		     "<prompt count='2' cond='false'>never</prompt><noinput><reprompt/></noinput></field>",
		   "- - !"),
		"long|LISTEN|short|LISTEN|short|LISTEN|EXIT ");
}
END_TEST

START_TEST(conditions_choose_one_branch)
{
	const char *form = "<block><var name='x' expr='%d'/><if cond='x==1'>one<elseif "
			   "cond='x==2'/>two<else/>many</if></block>";
	char doc[256];

	for (int x = 1; x <= 3; x++) {
		(void)snprintf(doc, sizeof(doc), form, x);
		IS(talk_form(doc, ""), x == 1 ? "one|EXIT " : x == 2 ? "two|EXIT " : "many|EXIT ");
	}
}
END_TEST

START_TEST(goto_reaches_items_and_dialogs)
{
	IS(talk_form("<block><goto nextitem='c'/></block><block name='b'>b</block><block name='c'>c</block>",
		   ""),
		"c|b|EXIT ");
	IS(talk_form("<block><goto expritem=\"'c'\"/></block><block name='c'>c</block>", ""), "c|EXIT ");
	IS(talk_body(
		   "<form><block><goto expr=\"'#'+'z'\"/></block></form><form id='z'><block>z</block></form>",
		   ""),
		"z|EXIT ");
	IS(talk_form("<catch event='error.badfetch'><exit expr='_event'/></catch><block><goto "
		     "expr=\"'../etc/x'\"/></block>",
		   ""),
		"EXIT \"error.badfetch\"");
}
END_TEST

START_TEST(clear_makes_items_run_again)
{
	IS(talk_form("<var name='n' expr='0'/><block name='a'>a</block><block><assign name='n' "
		     "expr='n+1'/><if cond='n==1'>"
		     "<clear/></if></block>",
		   ""),
		"a|a|EXIT ");
}
END_TEST

START_TEST(events_find_the_nearest_handler_by_prefix_count_and_cond)
{
	IS(talk_body("<catch event='a'><exit expr=\"'document'\"/></catch><form><catch event='a.b' "
		     "cond='false'><exit/></catch>"
		     "<catch event='a.b.c.d'><exit/></catch><block><throw event='a.b.c'/></block></form>",
		   ""),
		"EXIT \"document\"");
	IS(talk_form("<catch event='x a.b'><exit expr=\"_event+_message\"/></catch><block><throw "
		     "event='a.b.c' message='!'/></block>",
		   ""),
		"EXIT \"a.b.c!\"");
	IS(talk_form("<catch event='ab'><exit expr=\"'no'\"/></catch><catch><exit expr=\"'all'\"/></catch>"
		     "<block><throw eventexpr=\"'a'+'.b'\"/></block>",
		   ""),
		"EXIT \"all\"");
}
END_TEST

START_TEST(no_error_ends_in_silence)
{
	IS(talk_form("<block>\n<log expr='nothing'/></block>", ""),
		"ERROR t.vxml:2: error.semantic: ReferenceError: identifier 'nothing' undefined");
	IS(talk_form("<block><throw event='my.own'/></block>", ""), "ERROR t.vxml:1: my.own");
	ck_assert_ptr_nonnull(strstr(talk_form("<block><log expr='(function(){while(1);})()'/></block>", ""),
		"ERROR t.vxml:1: the script"));
	ck_assert_ptr_nonnull(
		strstr(talk_form("<catch event='error'><throw event='error.again'/></catch><block><throw "
				 "event='error.x'/></block>",
			       ""),
			"200 steps"));
	ck_assert_ptr_nonnull(
		strstr(talk_body("<form id='a'><block><goto next='#a'/></block></form>", ""), "200 steps"));
}
END_TEST

START_TEST(a_transfer_says_where_and_takes_the_outcome)
{
	IS(talk_form("<block><h:data name='k' expr=\"hotline.data('known')\"/>wait</block><transfer name='t' "
		     "dest='queue:water'/>"
		     "<block><exit expr='t'/></block>",
		   "t:queue_full"),
		"DATA k=value|wait|QUEUE queue:water|EXIT \"queue_full\"");
	IS(talk_form("<transfer name='t' bridge='true' dest='tel:+8610'><filled><exit "
		     "expr='t+t$.duration'/></filled></transfer>",
		   "t:busy"),
		"BRIDGE tel:+8610|EXIT \"busy1.5\"");
	IS(talk_form("<catch event='connection.disconnect.transfer'><exit expr=\"'gone'\"/></catch><transfer "
		     "dest='queue:a'/>",
		   "!"),
		"QUEUE queue:a|EXIT \"gone\"");
	IS(talk_form("<catch event='error.unsupported'><exit expr='_event'/></catch><transfer "
		     "destexpr=\"'http://x'\"/>",
		   ""),
		"EXIT \"error.unsupported.uri\"");
}
END_TEST

START_TEST(a_hangup_runs_its_handler_and_nothing_is_played_any_more)
{
	const char *doc =
		"<catch event='connection.disconnect.hangup'><log>left</log>unheard<exit expr='1'/></catch>"
		"<field name='b' type='boolean'>sure</field>";

	IS(talk_form(doc, "!"), "sure|LISTEN|LOG left|EXIT 1");
	IS(talk_form(doc, "abandon"), "sure|LISTEN");
	IS(talk_form("<block>bye<disconnect/></block><catch "
		     "event='connection.disconnect'><log>after</log>unheard</catch>",
		   ""),
		"LOG after|bye|BYE ");
	IS(talk_form("<transfer name='t' bridge='true' dest='tel:1'/>", "abandon"), "BRIDGE tel:1");
	IS(talk_form("<transfer name='t' bridge='true' dest='tel:1'/>", "!"), "BRIDGE tel:1|EXIT ");
}
END_TEST

START_TEST(prompts_are_made_of_text_audio_breaks_and_languages)
{
	IS(talk_form("<block><prompt xml:lang='en-US'>a<break time='300ms'/><audio src='/none.wav'>fall "
		     "<value expr=\"'back'\"/></audio>"
		     "<s xml:lang='zh-CN'>b</s></prompt></block>",
		   ""),
		"a@en-US<300 ms>fall back@en-USb@zh-CN|EXIT ");
}
END_TEST

START_TEST(properties_and_prompts_set_the_times_of_input)
{
	IS(talk_body("<property name='termchar' value='*'/><form><field name='n' type='digits'><filled><exit "
		     "expr='n'/></filled></field></form>",
		   "12*"),
		"LISTEN|EXIT \"12\"");
}
END_TEST

TEST_SUITE(suite_dialogue, 60, a_form_runs_its_blocks_in_order_and_ends,
	what_is_queued_is_heard_before_the_end, a_menu_goes_where_the_key_says,
	a_menu_numbers_its_choices_and_enumerates_them, silence_and_wrong_keys_are_counted_and_prompt_again,
	a_field_takes_digits_and_runs_filled, a_boolean_field_takes_a_key_or_a_word, prompts_taper_by_count,
	conditions_choose_one_branch, goto_reaches_items_and_dialogs, clear_makes_items_run_again,
	events_find_the_nearest_handler_by_prefix_count_and_cond, no_error_ends_in_silence,
	a_transfer_says_where_and_takes_the_outcome, a_hangup_runs_its_handler_and_nothing_is_played_any_more,
	prompts_are_made_of_text_audio_breaks_and_languages, properties_and_prompts_set_the_times_of_input)
