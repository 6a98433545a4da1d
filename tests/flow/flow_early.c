/*
 * flow_early.c - calls that are answered only when an agent answers (route option `answer: agent`): what is
 * heard before is early media, what becomes of a caller who gives up, and ghl_call_answer().
 */
#include "fixture.h"
#include "wav.h"

#include <string.h>

static struct town town;
static struct person *citizen;

static void open_with(const char *to, const char *dialogue)
{
	struct town_opts opts = {.route = to, .route_keys = "answer: agent", .dialogue = dialogue};

	town_open(&town, &opts);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->early_media);
	ck_assert_uint_eq(citizen->ring_status, 183);
}

static void close_with(enum ghl_call_disposition disposition, bool connected)
{
	const struct ghl_call_info *call;
	struct ghl_list *l;

	town_until_over(&town, 1);
	call = town_last_call(&town, &l);
	ck_assert_str_eq(
		ghl_call_disposition_name(call->disposition), ghl_call_disposition_name(disposition));
	ck_assert(connected == (call->connected_at_us != 0));
	ck_assert_str_ne(call->recording, "");
	ghl_list_free(l);
	town_close(&town);
}

START_TEST(a_queues_music_is_early_media_and_the_agents_answer_is_the_answer)
{
	struct person *agent;
	double end;

	open_with("queue:water", NULL);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_QUEUED));
	town_run_ms(&town, 1500);
	ck_assert_uint_eq(citizen->ups, 0);
	agent = town_agent(&town, "1001", 1003);
	TOWN_UNTIL(&town, citizen->ups == 1 && agent->talks == 1);
	town_run_ms(&town, 1500);
	person_hang_up(citizen);
	town_until_over(&town, 1);
	TOWN_UNTIL(&town, citizen->heard_done && agent->heard_done);
	end = wav_seconds(citizen->heard_path);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 550, 0.7, 1.3), -20);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 1003, end - 1.0, end - 0.3), -20);
	end = wav_seconds(agent->heard_path);
	ck_assert_double_ge(wav_tone_db(agent->heard_path, 0, 441, end - 1.0, end - 0.3), -20);
	close_with(GHL_CALL_ANSWERED, true);
}
END_TEST

START_TEST(who_gives_up_in_early_media_has_abandoned_the_queue_unanswered)
{
	open_with("queue:water", NULL);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_QUEUED));
	town_run_ms(&town, 300);
	person_hang_up(citizen);
	close_with(GHL_CALL_ABANDONED, false);
}
END_TEST

START_TEST(a_dialogue_is_heard_before_the_answer_and_leads_on_to_the_queue)
{
	struct person *agent;

	open_with("dialogue:main", NULL);
	agent = town_agent(&town, "1001", 0);
	town_run_ms(&town, 800);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, citizen->ups == 1 && agent->talks == 1);
	person_hang_up(agent);
	TOWN_UNTIL(&town, citizen->heard_done);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 700, 0.3, 0.7), -20);
	close_with(GHL_CALL_ANSWERED, true);
}
END_TEST

START_TEST(a_call_that_waits_for_its_answer_can_be_answered_by_request)
{
	ghl_call id;

	open_with("queue:water", NULL);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_QUEUED));
	id = (ghl_call)ghl_event_int(town_event(&town, GHL_EV_QUEUED), GHL_F_CALL);
	ck_assert_int_eq(ghl_call_answer(town.owner, id, NULL), 0);
	TOWN_UNTIL(&town, citizen->ups == 1);
	ck_assert_int_eq(ghl_call_answer(town.owner, id, NULL), GHL_ESTATE);
	town_run_ms(&town, 500);
	person_hang_up(citizen);
	TOWN_UNTIL(&town, citizen->heard_done);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 550, wav_seconds(citizen->heard_path) - 0.4,
				    wav_seconds(citizen->heard_path) - 0.1),
		-20);
	close_with(GHL_CALL_ABANDONED, true);
}
END_TEST

TEST_SUITE(flow_early, 60, a_queues_music_is_early_media_and_the_agents_answer_is_the_answer,
	who_gives_up_in_early_media_has_abandoned_the_queue_unanswered,
	a_dialogue_is_heard_before_the_answer_and_leads_on_to_the_queue,
	a_call_that_waits_for_its_answer_can_be_answered_by_request)

TEST_MAIN(flow_early())
