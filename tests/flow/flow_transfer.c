/*
 * flow_transfer.c - REFER over real SIP and RTP: an agent's phone sends its citizen on, blind and attended; a
 * trunk that may, and one that may not; a 302 followed and refused. What the NOTIFYs say, who talks to whom
 * afterwards, and whose agent is free.
 */
#include "fixture.h"
#include "wav.h"

#include <string.h>

static struct town town;
static struct person *agent, *citizen;

/* The citizen (441 Hz) talks to agent 1001 (1003 Hz), out of the queue. */
static void open_talk(const char *out_keys)
{
	struct town_opts opts = {.out = true, .out_keys = out_keys, .route = "queue:water"};

	town_open(&town, &opts);
	agent = town_agent(&town, "1001", 1003);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED) && agent->talks == 1);
}

static void until_told(struct person *p, uint16_t status)
{
	TOWN_UNTIL(&town, p->notified_last);
	ck_assert_uint_eq(p->refer_status, 202);
	ck_assert_uint_eq(p->notified_status, status);
}

/* Afterwards the citizen hears this one, and this one the citizen. */
static void assert_talk(struct person *with, unsigned hz)
{
	double end;

	town_run_ms(&town, 1500);
	person_hang_up(citizen);
	TOWN_UNTIL(&town, citizen->heard_done && with->heard_done);
	end = wav_seconds(citizen->heard_path);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, hz, end - 1.0, end - 0.3), -20);
	end = wav_seconds(with->heard_path);
	ck_assert_double_ge(wav_tone_db(with->heard_path, 0, 441, end - 1.0, end - 0.3), -20);
}

static void close_after(unsigned calls)
{
	town_until_over(&town, calls);
	town_close(&town);
}

START_TEST(a_blind_transfer_to_an_agent_frees_the_first_and_the_citizen_talks_to_the_second)
{
	struct person *other;

	open_talk(NULL);
	other = town_agent(&town, "1002", 1200);
	person_refer(agent, "1002", NULL);
	until_told(agent, 200);
	TOWN_UNTIL(&town, agent->ended == 1);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	ck_assert_int_eq(town_agent_busy(&town, "1002"), GHL_AGENT_BUSY_EXT_IN);
	assert_talk(other, 1200);
	TOWN_UNTIL(&town, town_agent_is(&town, "1002", NULL) == GHL_AGENT_READY);
	close_after(1);
}
END_TEST

START_TEST(a_blind_transfer_to_a_queue_is_done_when_the_queue_has_the_call)
{
	struct person *other;

	open_talk(NULL);
	town_agent_state(&town, "1001", GHL_AGENT_NOT_READY);
	person_refer(agent, "water", NULL);
	until_told(agent, 200);
	TOWN_UNTIL(&town, agent->ended == 1);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_NOT_READY);
	other = town_agent(&town, "1002", 1200);
	TOWN_UNTIL(&town, other->talks == 1);
	assert_talk(other, 1200);
	close_after(1);
}
END_TEST

START_TEST(a_blind_transfer_to_a_number_outside_leaves_by_the_trunk)
{
	open_talk(NULL);
	town.far->answers = true;
	person_refer(agent, "13900000001", NULL);
	until_told(agent, 200);
	ck_assert_str_eq(town.far->called, "13900000001");
	TOWN_UNTIL(&town, agent->ended == 1);
	assert_talk(town.far, 1500);
	close_after(1);
}
END_TEST

START_TEST(a_number_that_refuses_gives_the_agent_its_citizen_back)
{
	open_talk(NULL);
	town.far->refuses = 486;
	person_refer(agent, "13900000001", NULL);
	until_told(agent, 486);
	ck_assert_uint_eq(agent->ended, 0);
	ck_assert_int_eq(town_agent_busy(&town, "1001"), GHL_AGENT_BUSY_ACD);
	assert_talk(agent, 1003);
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_READY);
	close_after(1);
}
END_TEST

START_TEST(a_phone_that_hangs_up_while_its_target_rings_is_free_and_the_transfer_goes_on)
{
	struct person *other;

	open_talk(NULL);
	other = town_agent(&town, "1002", 1200);
	other->early = true;
	person_refer(agent, "1002", NULL);
	TOWN_UNTIL(&town, other->rung == 1);
	person_hang_up(agent);
	TOWN_UNTIL(&town, agent->ended == 1);
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_READY);
	person_answer(other);
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == 2);
	assert_talk(other, 1200);
	close_after(1);
}
END_TEST

START_TEST(what_the_rules_do_not_allow_is_refused_and_the_talk_goes_on)
{
	open_talk(NULL);
	town.far->answers = true;
	person_refer(agent, "0085221234567", NULL);
	TOWN_UNTIL(&town, agent->refer_status >= 300);
	ck_assert_uint_eq(agent->refer_status, 403);
	person_refer(agent, "nobody", NULL);
	TOWN_UNTIL(&town, agent->refer_status >= 300);
	ck_assert_uint_eq(agent->refer_status, 404);
	person_refer(agent, "1002", NULL);
	TOWN_UNTIL(&town, agent->refer_status >= 300);
	ck_assert_uint_eq(agent->refer_status, 486); /* logged off */
	ck_assert_uint_eq(agent->notified + town.far->rung, 0);
	assert_talk(agent, 1003);
	close_after(1);
}
END_TEST

START_TEST(an_attended_transfer_joins_the_citizen_and_the_colleague_who_was_asked)
{
	struct person *second, *other;

	open_talk(NULL);
	other = town_agent(&town, "1002", 1200);
	second = town_phone(&town, "1001", 0);
	person_hold(agent, true);
	person_call(second, "1002");
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == 2 && second->ups == 1);
	person_refer(agent, "1002", second);
	until_told(agent, 200);
	TOWN_UNTIL(&town, agent->ended == 1 && second->ended == 1);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_TRANSFERRED));
	ck_assert_str_eq(ghl_event_text(town_event(&town, GHL_EV_TRANSFERRED), GHL_F_DEVICE), "1002");
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_READY);
	ck_assert_int_eq(town_agent_is(&town, "1002", NULL), GHL_AGENT_BUSY);
	assert_talk(other, 1200);
	TOWN_UNTIL(&town, town_agent_is(&town, "1002", NULL) == GHL_AGENT_READY);
	close_after(2);
}
END_TEST

START_TEST(an_attended_transfer_joins_the_citizen_and_a_number_outside_whichever_leg_asks)
{
	struct person *second;

	open_talk(NULL);
	town.far->answers = true;
	second = town_phone(&town, "1001", 0);
	person_call(second, "13900000001");
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == 2 && second->ups == 1);
	person_refer(agent, "13900000001", second);
	until_told(agent, 200);
	TOWN_UNTIL(&town, agent->ended == 1 && second->ended == 1);
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_READY);
	assert_talk(town.far, 1500);
	close_after(2);
}
END_TEST

START_TEST(the_consulting_leg_may_ask_too)
{
	struct person *second, *other;

	open_talk(NULL);
	other = town_agent(&town, "1002", 1200);
	second = town_phone(&town, "1001", 0);
	person_call(second, "1002");
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == 2 && second->ups == 1);
	person_refer(second, "13812345678", agent);
	until_told(second, 200);
	TOWN_UNTIL(&town, agent->ended == 1 && second->ended == 1);
	assert_talk(other, 1200);
	close_after(2);
}
END_TEST

START_TEST(nobody_takes_a_call_that_is_not_its_own_by_replaces)
{
	struct person *other, *third;

	open_talk(NULL);
	other = town_agent(&town, "1002", 1200);
	third = town_agent(&town, "1003", 0);
	person_call(other, "1003");
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == 2 && third->talks == 1);
	person_refer(third, "13812345678", agent); /* 1001's talk */
	TOWN_UNTIL(&town, third->refer_status >= 300);
	ck_assert_uint_eq(third->refer_status, 404);
	person_hang_up(other);
	TOWN_UNTIL(&town, third->ended == 1);
	assert_talk(agent, 1003);
	close_after(2);
}
END_TEST

/* --- trunks --- */

/* The agent has called a number; the far side of trunk "out" answers. */
static void open_outward(const char *out_keys)
{
	struct town_opts opts = {.out = true, .out_keys = out_keys};

	town_open(&town, &opts);
	town.far->answers = true;
	agent = town_agent(&town, "1001", 1003);
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED) && agent->talks == 1);
}

START_TEST(a_trunk_that_may_not_transfer_is_refused)
{
	open_outward(NULL);
	person_refer(town.far, "13900000002", NULL);
	TOWN_UNTIL(&town, town.far->refer_status >= 300);
	ck_assert_uint_eq(town.far->refer_status, 403);
	person_hang_up(agent);
	TOWN_UNTIL(&town, town.far->ended == 1);
	close_after(1);
}
END_TEST

START_TEST(a_trunk_that_may_transfers_its_side_to_a_number_the_rules_allow)
{
	open_outward("allow_transfer: true");
	person_refer(town.far, "0085221234567", NULL);
	TOWN_UNTIL(&town, town.far->refer_status >= 300);
	ck_assert_uint_eq(town.far->refer_status, 403);
	town.far->refuses = 486;
	person_stop_listening(town.far);
	person_refer(town.far, "13900000002", NULL); /* comes back to the same far side, which is busy */
	until_told(town.far, 486);
	ck_assert_uint_eq(agent->ended + town.far->ended, 0);
	person_hang_up(agent);
	TOWN_UNTIL(&town, town.far->ended == 1);
	close_after(1);
}
END_TEST

START_TEST(who_takes_a_trunks_place_is_heard_and_recorded_in_the_same_call)
{
	const struct ghl_record_info *rec;
	struct ghl_list *l, *recs;
	double end;

	open_outward("allow_transfer: true");
	town.far->deputy = town_citizen(&town, "13900000002", 1800);
	town.far->deputy->answers = true;
	person_refer(town.far, "13900000002", NULL);
	until_told(town.far, 200);
	TOWN_UNTIL(&town, town.far->ended == 1);
	ck_assert_str_eq(town.far->deputy->called, "13900000002");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_TRANSFERRED));
	ck_assert_str_eq(
		ghl_event_text(town_event(&town, GHL_EV_TRANSFERRED), GHL_F_DEVICE), "+8613900000002");
	town_run_ms(&town, 1500);
	person_hang_up(town.far->deputy);
	town_until_over(&town, 1);
	TOWN_UNTIL(&town, agent->heard_done);
	end = wav_seconds(agent->heard_path);
	ck_assert_double_ge(wav_tone_db(agent->heard_path, 0, 1800, end - 1.0, end - 0.3), -20);
	ck_assert_int_eq(ghl_record_info(town.owner, town_last_call(&town, &l)->recording, &recs), 0);
	rec = ghl_list_next(recs);
	end = wav_seconds(rec->path);
	ck_assert_double_ge(wav_tone_db(rec->path, 0, 1800, end - 1.0, end - 0.3), -20);
	ck_assert_double_ge(wav_tone_db(rec->path, 1, 1003, end - 1.0, end - 0.3), -20);
	ghl_list_free(recs);
	ghl_list_free(l);
	close_after(1);
}
END_TEST

START_TEST(a_302_of_a_trunk_that_may_is_followed_where_the_rules_allow)
{
	struct town_opts opts = {.out = true, .out_keys = "allow_transfer: true"};

	town_open(&town, &opts);
	town.far->answers = true;
	(void)strcpy(town.far->redirects, "sip:13900000002@127.0.0.4");
	agent = town_agent(&town, "1001", 1003);
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	ck_assert_str_eq(town.far->called, "13900000002");
	ck_assert_str_eq(ghl_event_text(town_event(&town, GHL_EV_DIVERTED), GHL_F_DEVICE), "+8613900000002");
	person_hang_up(agent);
	town_until_over(&town, 1);
	TOWN_UNTIL(&town, !town.far->leg && !town.far->port && !agent->port);
	(void)strcpy(town.far->redirects, "sip:0085221234567@127.0.0.4");
	town.deaf = true;
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, agent->ended == 2);
	ck_assert_uint_ge(agent->last_status, 400);
	close_after(2);
}
END_TEST

START_TEST(a_302_of_a_trunk_that_may_not_is_a_refusal)
{
	struct town_opts opts = {.out = true};

	town_open(&town, &opts);
	town.far->answers = true;
	(void)strcpy(town.far->redirects, "sip:13900000002@127.0.0.4");
	agent = town_agent(&town, "1001", 1003);
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, agent->ended == 1);
	ck_assert_uint_eq(town.far->rung, 1);
	close_after(1);
}
END_TEST

TEST_SUITE(flow_transfer, 60,
	a_blind_transfer_to_an_agent_frees_the_first_and_the_citizen_talks_to_the_second,
	a_blind_transfer_to_a_queue_is_done_when_the_queue_has_the_call,
	a_blind_transfer_to_a_number_outside_leaves_by_the_trunk,
	a_number_that_refuses_gives_the_agent_its_citizen_back,
	a_phone_that_hangs_up_while_its_target_rings_is_free_and_the_transfer_goes_on,
	what_the_rules_do_not_allow_is_refused_and_the_talk_goes_on,
	an_attended_transfer_joins_the_citizen_and_the_colleague_who_was_asked,
	an_attended_transfer_joins_the_citizen_and_a_number_outside_whichever_leg_asks,
	the_consulting_leg_may_ask_too, nobody_takes_a_call_that_is_not_its_own_by_replaces,
	a_trunk_that_may_not_transfer_is_refused,
	a_trunk_that_may_transfers_its_side_to_a_number_the_rules_allow,
	who_takes_a_trunks_place_is_heard_and_recorded_in_the_same_call,
	a_302_of_a_trunk_that_may_is_followed_where_the_rules_allow,
	a_302_of_a_trunk_that_may_not_is_a_refusal)

TEST_MAIN(flow_transfer())
