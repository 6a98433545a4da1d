/*
 * flow_ways.c - what meets at the wrong moment, over real SIP and RTP: a caller who hangs up as the call is
 * answered, two phones of one account, a network that falls silent, a phone that holds, a configuration
 * applied while calls are up; and what sessions see of live calls.
 */
#include "fixture.h"
#include "wav.h"

#include <pthread.h>
#include <string.h>

static struct town town;

static struct person *call_in(const char *number)
{
	struct person *p = town_citizen(&town, number, 441);

	person_call(p, "12345");
	TOWN_UNTIL(&town, p->talks == 1);
	return p;
}

static struct person *talk_to(struct person *agent)
{
	struct person *citizen = call_in("13812345678");

	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED) && agent->talks == 1);
	return citizen;
}

static uint32_t calls_up(void)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	ck_assert_int_eq(ghl_hotline_status(town.owner, &st), 0);
	return st.calls;
}

static void assert_every_call_has_its_record(void)
{
	unsigned started = town_events(&town, GHL_EV_CALL_STARTED), listed = 0;
	const struct ghl_call_info *call;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_call_list(town.owner, NULL, &l), 0);
	while ((call = ghl_list_next(l))) {
		listed++;
		ck_assert_int_ne(call->disposition, GHL_CALL_UNKNOWN);
		ck_assert_int_ne(call->cause, GHL_CAUSE_NONE);
	}
	ghl_list_free(l);
	ck_assert_uint_eq(listed, started);
	ck_assert_uint_eq(town_events(&town, GHL_EV_CALL_CLEARED), started);
	ck_assert_uint_eq(calls_up(), 0);
}

START_TEST(a_caller_may_hang_up_at_any_instant_of_the_answer)
{
	struct person *p;

	town_open(&town, NULL);
	for (unsigned i = 0; i < 24; i++) {
		int64_t end = town_now_us(&town) + i * 500;

		p = town_citizen(&town, "13812345678", 0);
		person_call(p, "12345");
		while (town_now_us(&town) < end)
			town_step(&town);
		if (p->leg)
			person_hang_up(p);
	}
	for (unsigned i = 0; i < town.people_count; i++)
		TOWN_UNTIL(&town, town.people[i].ended == 1);
	TOWN_UNTIL(&town, calls_up() == 0);
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_CALL_CLEARED) == town_events(&town, GHL_EV_CALL_STARTED));
	assert_every_call_has_its_record();
	town_close(&town);
}
END_TEST

START_TEST(a_caller_may_hang_up_at_any_instant_of_an_agents_answer)
{
	struct person *agent, *p;

	town_open(&town, NULL);
	agent = town_agent(&town, "1001", 0);
	for (unsigned i = 1; i <= 12; i++) {
		p = call_in("13812345678");
		person_press(p, "1");
		TOWN_UNTIL(&town, agent->rung == i);
		for (unsigned k = 0; k < i; k++)
			town_step(&town);
		person_hang_up(p);
		town_until_over(&town, i);
		TOWN_UNTIL(&town, !agent->leg && !agent->port);
		TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_READY);
	}
	assert_every_call_has_its_record();
	town_close(&town);
}
END_TEST

START_TEST(of_two_phones_of_one_account_the_first_to_answer_has_the_call)
{
	struct person *slow, *quick, *citizen;

	town_open(&town, NULL);
	slow = town_phone(&town, "1001", 0);
	slow->answers = false;
	quick = town_agent(&town, "1001", 1000);
	citizen = call_in("13812345678");
	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	TOWN_UNTIL(&town, slow->ended == 1);
	ck_assert_uint_eq(slow->rung, 1);
	ck_assert_uint_eq(quick->talks, 1);
	ck_assert_uint_eq(quick->ended, 0);
	person_hang_up(citizen);
	town_until_over(&town, 1);
	town_close(&town);
}
END_TEST

START_TEST(two_phones_that_answer_at_once_leave_one_talk)
{
	struct person *one, *two, *citizen;

	town_open(&town, NULL);
	one = town_phone(&town, "1001", 0);
	two = town_agent(&town, "1001", 0);
	citizen = call_in("13812345678");
	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	TOWN_UNTIL(&town, one->ended + two->ended == 1);
	town_run_ms(&town, 300);
	ck_assert_uint_eq(one->ended + two->ended, 1);
	ck_assert_uint_eq(town_events(&town, GHL_EV_ESTABLISHED), 1);
	person_hang_up(citizen);
	TOWN_UNTIL(&town, one->ended + two->ended == 2);
	town_until_over(&town, 1);
	town_close(&town);
}
END_TEST

START_TEST(a_citizen_whose_line_falls_silent_is_cleared_with_that_cause)
{
	struct town_opts opts = {.media = "timeout: 1s"};
	struct person *agent, *citizen;
	const struct ghl_call_info *call;
	struct ghl_list *l;

	town_open(&town, &opts);
	agent = town_agent(&town, "1001", 1000);
	citizen = talk_to(agent);
	person_fall_silent(citizen);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_MEDIA));
	ck_assert_str_eq(ghl_event_text(town_event(&town, GHL_EV_MEDIA), GHL_F_REASON), "timeout");
	TOWN_UNTIL(&town, agent->ended == 1);
	town_until_over(&town, 1);
	call = town_last_call(&town, &l);
	ck_assert_int_eq(call->cause, GHL_CAUSE_MEDIA_LOST);
	ck_assert_int_eq(call->q850, 102);
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

START_TEST(a_phone_that_holds_gives_the_citizen_the_queues_music)
{
	struct person *agent, *citizen;
	double held, back;

	town_open(&town, NULL);
	agent = town_agent(&town, "1001", 1000);
	citizen = talk_to(agent);
	town_run_ms(&town, 500);
	person_hold(agent, true);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_HELD));
	ck_assert_str_eq(ghl_event_text(town_event(&town, GHL_EV_HELD), GHL_F_DEVICE), "1001");
	town_run_ms(&town, 1200);
	person_hold(agent, false);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_RETRIEVED));
	town_run_ms(&town, 1200);
	person_hang_up(citizen);
	town_until_over(&town, 1);
	TOWN_UNTIL(&town, citizen->heard_done);
	back = wav_seconds(citizen->heard_path);
	held = back - 1.2 - 0.6;
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 550, held - 0.3, held), -20);
	ck_assert_double_le(wav_tone_db(citizen->heard_path, 0, 1000, held - 0.3, held), -60);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 1000, back - 0.6, back - 0.1), -20);
	ck_assert_double_le(wav_tone_db(citizen->heard_path, 0, 550, back - 0.6, back - 0.1), -50);
	town_close(&town);
}
END_TEST

static struct ghl_list *page(struct ghl_call_filter *f, const char *cursor, unsigned want)
{
	struct ghl_list *l;
	unsigned n = 0;

	f->cursor = cursor;
	ck_assert_int_eq(ghl_call_list(town.owner, f, &l), 0);
	while (ghl_list_next(l))
		n++;
	ck_assert_uint_eq(n, want);
	return l;
}

/* Five items in pages of two. */
static void assert_pages(struct ghl_call_filter *f)
{
	struct ghl_list *first = page(f, NULL, 2), *second = page(f, ghl_list_cursor(first), 2),
			*third = page(f, ghl_list_cursor(second), 1);

	ck_assert_str_eq(ghl_list_cursor(third), "");
	ghl_list_free(first);
	ghl_list_free(second);
	ghl_list_free(third);
}

START_TEST(live_calls_and_past_calls_are_listed_page_by_page)
{
	static const char *const numbers[] = {
		"13800000001", "13800000002", "13800000003", "13800000004", "13800000005"};
	struct ghl_call_filter live = GHL_CALL_FILTER_INIT, past = GHL_CALL_FILTER_INIT;
	struct person *p[5];

	town_open(&town, NULL);
	live.live = true;
	live.limit = past.limit = 2;
	for (unsigned i = 0; i < 5; i++)
		p[i] = call_in(numbers[i]);
	assert_pages(&live);
	live.number = "+8613800000003";
	ghl_list_free(page(&live, NULL, 1));
	for (unsigned i = 0; i < 5; i++)
		person_hang_up(p[i]);
	town_until_over(&town, 5);
	live.number = NULL;
	ghl_list_free(page(&live, NULL, 0));
	assert_pages(&past);
	past.newest_first = true;
	assert_pages(&past);
	past.number = "+8613800000003";
	ghl_list_free(page(&past, NULL, 1));
	past.cursor = "zz";
	ck_assert_int_eq(ghl_call_list(town.owner, &past, &(struct ghl_list *){NULL}), GHL_EINVAL);
	town_close(&town);
}
END_TEST

#define VXML(body)                                                                                           \
	"<?xml version=\"1.0\"?>\n"                                                                          \
	"<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\" "                                       \
	"xmlns:g=\"urn:govhotline:vxml\"><form>\n" body "</form></vxml>\n"

START_TEST(what_a_dialogue_sets_a_session_reads_and_the_record_keeps)
{
	struct town_opts opts = {
		.dialogue = VXML("<field name=\"key\" type=\"digits?length=2\"><prompt>-</prompt></field>\n"
				 "<block><g:data name=\"district\" expr=\"key\"/></block>\n"
				 "<transfer name=\"t\" dest=\"queue:water\" bridge=\"false\"/>\n")};
	struct person *citizen;
	struct ghl_list *l;
	char value[16];
	ghl_call id;

	town_open(&town, &opts);
	citizen = call_in("13812345678");
	person_press(citizen, "42");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_QUEUED));
	id = (ghl_call)ghl_event_int(town_event(&town, GHL_EV_QUEUED), GHL_F_CALL);
	ck_assert_int_eq(ghl_call_data_get(town.owner, id, "district", value, sizeof(value)), 0);
	ck_assert_str_eq(value, "42");
	ck_assert_int_eq(ghl_call_data_get(town.owner, id, "none", value, sizeof(value)), GHL_ENOENT);
	ck_assert_int_eq(ghl_call_data_set(town.owner, id, "note", "seen", NULL), 0);
	person_hang_up(citizen);
	town_until_over(&town, 1);
	ck_assert_str_eq(town_last_call(&town, &l)->data, "{\"district\":\"42\",\"note\":\"seen\"}");
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

#define SAYS(number) VXML("<block><exit expr=\"" number "\"/></block>\n")

static const char *exit_of(const struct ghl_event *call)
{
	for (unsigned i = 0; i < town.event_count; i++)
		if (ghl_event_type(town.events[i]) == GHL_EV_DIALOGUE &&
			ghl_event_int(town.events[i], GHL_F_CALL) == ghl_event_int(call, GHL_F_CALL) &&
			strcmp(ghl_event_text(town.events[i], GHL_F_STATE), "exit") == 0)
			return ghl_event_text(town.events[i], GHL_F_TEXT);
	return NULL;
}

START_TEST(a_call_that_was_up_when_a_configuration_was_applied_keeps_its_dialogues)
{
	struct town_opts opts = {.queue = "max_wait: 2s, overflow: \"dialogue:after\"", .after = SAYS("1")};
	const struct ghl_event *old, *new;
	struct ghl_error err = {0};
	struct person *citizen;

	town_open(&town, &opts);
	citizen = call_in("13800000001");
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_CALL_STARTED) == 1);
	old = town_event(&town, GHL_EV_CALL_STARTED);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_QUEUED));
	town_file(&town, "after.vxml", SAYS("2"));
	ck_assert_msg(ghl_hotline_config_apply(town.owner, NULL, NULL, &err) == 0, "%s", err.text);
	citizen = call_in("13800000002");
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_CALL_STARTED) == 2);
	new = town_event(&town, GHL_EV_CALL_STARTED);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, exit_of(old) && exit_of(new));
	ck_assert_str_eq(exit_of(old), "1");
	ck_assert_str_eq(exit_of(new), "2");
	town_until_over(&town, 2);
	town_close(&town);
}
END_TEST

static void *apply_often(void *failed)
{
	for (unsigned i = 0; i < 40; i++)
		if (ghl_hotline_config_apply(town.owner, NULL, NULL, NULL) < 0)
			*(bool *)failed = true;
	return NULL;
}

START_TEST(two_who_apply_a_configuration_at_once_are_both_served)
{
	pthread_t threads[2];
	bool failed[2] = {false, false};

	town_open(&town, NULL);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, apply_often, &failed[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert(!failed[0] && !failed[1]);
	town_close(&town);
}
END_TEST

TEST_SUITE(flow_ways, 60, a_caller_may_hang_up_at_any_instant_of_the_answer,
	a_caller_may_hang_up_at_any_instant_of_an_agents_answer,
	of_two_phones_of_one_account_the_first_to_answer_has_the_call,
	two_phones_that_answer_at_once_leave_one_talk,
	a_citizen_whose_line_falls_silent_is_cleared_with_that_cause,
	a_phone_that_holds_gives_the_citizen_the_queues_music,
	live_calls_and_past_calls_are_listed_page_by_page,
	what_a_dialogue_sets_a_session_reads_and_the_record_keeps,
	a_call_that_was_up_when_a_configuration_was_applied_keeps_its_dialogues,
	two_who_apply_a_configuration_at_once_are_both_served)

TEST_MAIN(flow_ways())
