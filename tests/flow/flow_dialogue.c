/*
 * flow_dialogue.c - a citizen and a dialogue over real RTP: keys typed ahead of the prompts and between two
 * inputs (VoiceXML 2.0 4.1.8), deleted by a prompt without barge-in (4.1.5), and kept out of events where
 * they are secret; what the dialogue knows reaches sessions as call data.
 */
#include "fixture.h"

#include <string.h>

#define VXML(body)                                                                                           \
	"<?xml version=\"1.0\"?>\n"                                                                          \
	"<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\"><form>\n" body "</form></vxml>\n"
#define EXIT_WITH(fields) "<block><exit expr=\"" fields "\"/></block>\n"

static struct town town;

static const struct ghl_event *dialogue_event(const char *state)
{
	for (unsigned i = town.event_count; i-- > 0;)
		if (ghl_event_type(town.events[i]) == GHL_EV_DIALOGUE &&
			strcmp(ghl_event_text(town.events[i], GHL_F_STATE), state) == 0)
			return town.events[i];
	return NULL;
}

static struct person *call_dialogue(const char *vxml)
{
	struct town_opts opts = {.dialogue = vxml};
	struct person *citizen;

	town_open(&town, &opts);
	citizen = town_citizen(&town, "13812345678", 0);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	return citizen;
}

static void until_exit_with(const char *json)
{
	TOWN_UNTIL(&town, dialogue_event("exit"));
	ck_assert_str_eq(ghl_event_text(dialogue_event("exit"), GHL_F_TEXT), json);
	town_until_over(&town, 1);
	town_close(&town);
}

static void told_digits(char *out, size_t room)
{
	size_t n = 0;

	for (unsigned i = 0; i < town.event_count; i++)
		if (ghl_event_type(town.events[i]) == GHL_EV_DIGITS && n + 1 < room)
			out[n++] = ghl_event_text(town.events[i], GHL_F_DIGITS)[0];
	out[n] = '\0';
}

START_TEST(keys_typed_ahead_fill_one_input_after_the_other_without_a_prompt)
{
	struct person *citizen = call_dialogue(
		VXML("<field name=\"a\" type=\"digits?length=1\"><prompt><audio "
		     "src=\"menu.wav\"/></prompt></field>\n"
		     "<field name=\"b\" type=\"digits?length=2\"><prompt><audio "
		     "src=\"menu.wav\"/></prompt></field>\n"
		     "<field name=\"c\" type=\"digits?length=3\"><prompt><audio "
		     "src=\"menu.wav\"/></prompt></field>\n" EXIT_WITH("a + '-' + b + '-' + c")));

	person_press(citizen, "123456");
	until_exit_with("\"1-23-456\"");
}
END_TEST

START_TEST(a_prompt_without_barge_in_deletes_keys_typed_ahead_and_lets_none_pass)
{
	struct person *citizen = call_dialogue(
		VXML("<field name=\"a\" type=\"digits?length=1\"><prompt><audio "
		     "src=\"menu.wav\"/></prompt></field>\n"
		     "<field name=\"b\" type=\"digits?length=1\">\n"
		     "<prompt bargein=\"false\"><audio src=\"menu.wav\"/></prompt></field>\n" EXIT_WITH(
			     "a + '-' + b")));
	char told[16];
	int64_t begun;

	person_press(citizen, "123");
	begun = town_now_us(&town);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_DIGITS));
	town_run_ms(&town, 1600); /* three keys and a prompt of a second */
	ck_assert_msg(!dialogue_event("exit"), "%s", ghl_event_text(dialogue_event("exit"), GHL_F_TEXT));
	person_press(citizen, "9");
	TOWN_UNTIL(&town, dialogue_event("exit"));
	ck_assert_int_ge(town_now_us(&town) - begun, 1000000);
	told_digits(told, sizeof(told));
	ck_assert_str_eq(told, "19");
	until_exit_with("\"1-9\"");
}
END_TEST

START_TEST(keys_of_a_secret_field_are_told_to_nobody_even_when_typed_ahead)
{
	struct person *citizen =
		call_dialogue(VXML("<field name=\"a\" type=\"digits?length=1\"><prompt><audio "
				   "src=\"menu.wav\"/></prompt></field>\n"
				   "<field name=\"pin\" type=\"digits?length=4\"><property "
				   "name=\"govhotline.secret\" value=\"true\"/>\n"
				   "<prompt><audio src=\"menu.wav\"/></prompt></field>\n" EXIT_WITH("a")));
	char told[16];

	person_press(citizen, "17391");
	TOWN_UNTIL(&town, dialogue_event("exit"));
	told_digits(told, sizeof(told));
	ck_assert_str_eq(told, "1");
	until_exit_with("\"1\"");
}
END_TEST

TEST_SUITE(flow_dialogue, 60, keys_typed_ahead_fill_one_input_after_the_other_without_a_prompt,
	a_prompt_without_barge_in_deletes_keys_typed_ahead_and_lets_none_pass,
	keys_of_a_secret_field_are_told_to_nobody_even_when_typed_ahead)

TEST_MAIN(flow_dialogue())
