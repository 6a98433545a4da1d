/*
 * flow_phone.c - an agent's phone that dials a number itself, over real SIP and RTP: a colleague, a queue, a
 * number outside; what the rules and rights refuse. And calls that a route sends from trunk to trunk.
 */
#include "fixture.h"
#include "wav.h"

#include <string.h>

static struct town town;
static struct person *agent;

static void open_with(struct town_opts *opts)
{
	opts->out = true;
	town_open(&town, opts);
	agent = town_agent(&town, "1001", 1000);
}

static void open_usual(void)
{
	struct town_opts opts = {.out = true};

	open_with(&opts);
}

static void close_with(
	enum ghl_call_direction direction, enum ghl_call_disposition disposition, enum ghl_call_cause cause)
{
	const struct ghl_call_info *call;
	struct ghl_list *l;

	town_until_over(&town, 1);
	call = town_last_call(&town, &l);
	ck_assert_str_eq(ghl_call_direction_name(call->direction), ghl_call_direction_name(direction));
	ck_assert_str_eq(
		ghl_call_disposition_name(call->disposition), ghl_call_disposition_name(disposition));
	ck_assert_str_eq(ghl_call_cause_name(call->cause), ghl_call_cause_name(cause));
	ghl_list_free(l);
	town_close(&town);
}

START_TEST(a_phone_that_dials_a_number_reaches_it_by_the_trunk_as_an_outbound_call_of_its_agent)
{
	const struct ghl_record_info *rec;
	const struct ghl_call_info *call;
	struct ghl_list *l, *recs;
	double end;

	open_usual();
	town.far->answers = true;
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	TOWN_UNTIL(&town, agent->talks == 1);
	ck_assert_str_eq(town.far->shown, "12345");
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_BUSY);
	ck_assert_int_eq(town_agent_busy(&town, "1001"), GHL_AGENT_BUSY_EXT_OUT);
	town_run_ms(&town, 2000);
	person_hang_up(agent);
	town_until_over(&town, 1);
	TOWN_UNTIL(&town, town.far->heard_done);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	call = town_last_call(&town, &l);
	ck_assert_str_eq(call->called, "+8613900000001");
	ck_assert_str_eq(call->agent, "1001");
	ck_assert_str_eq(call->account, "1001");
	ck_assert_str_eq(call->trunk, "out");
	ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &recs), 0);
	rec = ghl_list_next(recs);
	end = wav_seconds(rec->path);
	ck_assert_double_ge(wav_tone_db(rec->path, 0, 1500, end - 1.5, end - 0.5), -20);
	ck_assert_double_ge(wav_tone_db(rec->path, 1, 1000, end - 1.5, end - 0.5), -20);
	ghl_list_free(recs);
	ghl_list_free(l);
	close_with(GHL_CALL_OUTBOUND, GHL_CALL_ANSWERED, GHL_CAUSE_NORMAL_CLEARING);
}
END_TEST

START_TEST(a_busy_number_refuses_the_phone_that_dialled_it_with_486)
{
	open_usual();
	town.far->refuses = 486;
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, agent->ended == 1);
	ck_assert_uint_eq(agent->last_status, 486);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	close_with(GHL_CALL_OUTBOUND, GHL_CALL_BUSY, GHL_CAUSE_BUSY);
}
END_TEST

START_TEST(a_phone_that_gives_up_takes_back_what_it_dialled)
{
	open_usual();
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, town.far->rung == 1 && agent->ring_status == 180);
	person_hang_up(agent);
	TOWN_UNTIL(&town, town.far->ended == 1 && agent->ended == 1);
	close_with(GHL_CALL_OUTBOUND, GHL_CALL_CANCELLED, GHL_CAUSE_CALL_CANCELLED);
}
END_TEST

START_TEST(what_the_network_lets_be_heard_before_the_answer_reaches_the_phone)
{
	double end;

	open_usual();
	town.far->early = true;
	person_call(agent, "13900000001");
	TOWN_UNTIL(&town, agent->early_media);
	ck_assert_uint_eq(agent->ring_status, 183);
	town_run_ms(&town, 1200);
	ck_assert_ptr_null(town_event(&town, GHL_EV_ESTABLISHED));
	person_answer(town.far);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	town_run_ms(&town, 1000);
	person_hang_up(town.far);
	TOWN_UNTIL(&town, agent->heard_done);
	end = wav_seconds(agent->heard_path);
	ck_assert_double_ge(wav_tone_db(agent->heard_path, 0, 1500, 0.5, 1.0), -20);
	ck_assert_double_ge(wav_tone_db(agent->heard_path, 0, 1500, end - 0.8, end - 0.2), -20);
	close_with(GHL_CALL_OUTBOUND, GHL_CALL_ANSWERED, GHL_CAUSE_NORMAL_CLEARING);
}
END_TEST

START_TEST(a_number_the_rules_do_not_allow_is_refused_with_403)
{
	open_usual();
	town.far->answers = true;
	person_call(agent, "0085221234567");
	TOWN_UNTIL(&town, agent->ended == 1);
	ck_assert_uint_eq(agent->last_status, 403);
	ck_assert_uint_eq(town.far->rung, 0);
	close_with(GHL_CALL_OUTBOUND, GHL_CALL_FAILED, GHL_CAUSE_CALL_REJECTED);
}
END_TEST

START_TEST(a_phone_where_nobody_is_logged_on_dials_no_number_outside)
{
	struct town_opts opts = {.out = true};
	struct person *phone;

	town_open(&town, &opts);
	town.far->answers = true;
	phone = town_phone(&town, "1002", 0);
	person_call(phone, "13900000001");
	TOWN_UNTIL(&town, phone->ended == 1);
	ck_assert_uint_eq(phone->last_status, 403);
	ck_assert_uint_eq(town.far->rung, 0);
	close_with(GHL_CALL_OUTBOUND, GHL_CALL_FAILED, GHL_CAUSE_CALL_REJECTED);
}
END_TEST

START_TEST(a_colleague_is_called_by_name_and_both_are_busy_until_the_end)
{
	struct person *other;

	open_usual();
	other = town_agent(&town, "1002", 1200);
	person_call(agent, "1002");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	ck_assert_str_eq(other->shown, "1001");
	ck_assert_int_eq(town_agent_busy(&town, "1001"), GHL_AGENT_BUSY_EXT_OUT);
	ck_assert_int_eq(town_agent_busy(&town, "1002"), GHL_AGENT_BUSY_EXT_IN);
	person_hang_up(other);
	TOWN_UNTIL(&town, agent->ended == 1);
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_READY);
	TOWN_UNTIL(&town, town_agent_is(&town, "1002", NULL) == GHL_AGENT_READY);
	close_with(GHL_CALL_INTERNAL, GHL_CALL_ANSWERED, GHL_CAUSE_NORMAL_CLEARING);
}
END_TEST

START_TEST(a_colleague_who_is_busy_refuses_with_486_and_one_who_is_not_ready_can_be_called)
{
	struct person *other, *third;

	open_usual();
	other = town_agent(&town, "1002", 0);
	town_agent_state(&town, "1002", GHL_AGENT_NOT_READY);
	third = town_agent(&town, "1003", 0);
	person_call(agent, "1002");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	person_call(third, "1002");
	TOWN_UNTIL(&town, third->ended == 1);
	ck_assert_uint_eq(third->last_status, 486);
	person_hang_up(agent);
	TOWN_UNTIL(&town, other->ended == 1);
	TOWN_UNTIL(&town, town_agent_is(&town, "1002", NULL) == GHL_AGENT_NOT_READY);
	town_until_over(&town, 2);
	town_close(&town);
}
END_TEST

START_TEST(a_queue_is_called_by_name_and_its_agent_answers)
{
	struct person *other;

	open_usual();
	other = town_agent(&town, "1002", 1200);
	person_call(agent, "water");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	ck_assert_uint_eq(other->talks, 1);
	ck_assert_int_eq(town_agent_busy(&town, "1002"), GHL_AGENT_BUSY_ACD);
	person_hang_up(agent);
	TOWN_UNTIL(&town, other->ended == 1);
	close_with(GHL_CALL_INTERNAL, GHL_CALL_ANSWERED, GHL_CAUSE_NORMAL_CLEARING);
}
END_TEST

START_TEST(what_is_nothing_of_the_kind_is_not_found)
{
	open_usual();
	person_call(agent, "nobody");
	TOWN_UNTIL(&town, agent->ended == 1);
	ck_assert_uint_eq(agent->last_status, 404);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	close_with(GHL_CALL_INTERNAL, GHL_CALL_CANCELLED, GHL_CAUSE_NO_ROUTE);
}
END_TEST

/* --- from trunk to trunk --- */

START_TEST(a_route_sends_a_call_from_trunk_to_trunk_unanswered_until_the_far_side_answers)
{
	struct town_opts opts = {.out_keys = "route_out: true",
		.routes = "  - {trunk: line, called: \"139*\", to: \"trunk:out\"}\n"};
	struct person *citizen;

	open_with(&opts);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "13900000001");
	TOWN_UNTIL(&town, town.far->rung == 1 && citizen->ring_status == 180);
	ck_assert_uint_eq(citizen->talks, 0);
	ck_assert_str_eq(town.far->shown, "+8613812345678");
	ck_assert_str_eq(town.far->called, "13900000001");
	person_hang_up(citizen);
	TOWN_UNTIL(&town, town.far->ended == 1);
	town_until_over(&town, 1);
	TOWN_UNTIL(&town, !town.far->leg && !town.far->port);
	town.far->answers = true;
	citizen = town_citizen(&town, "13812345679", 441);
	person_call(citizen, "13900000001");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED) && citizen->talks == 1);
	person_hang_up(town.far);
	TOWN_UNTIL(&town, citizen->ended == 1);
	town_until_over(&town, 2);
	town_close(&town);
}
END_TEST

START_TEST(a_route_to_a_trunk_still_minds_the_dial_rules)
{
	struct town_opts opts = {.out_keys = "route_out: true",
		.routes = "  - {trunk: line, called: \"00*\", to: \"trunk:out\"}\n"};
	struct person *citizen;

	open_with(&opts);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "0085221234567");
	TOWN_UNTIL(&town, citizen->ended == 1);
	ck_assert_uint_eq(citizen->last_status, 403);
	ck_assert_uint_eq(town.far->rung, 0);
	close_with(GHL_CALL_INBOUND, GHL_CALL_CANCELLED, GHL_CAUSE_CALL_REJECTED);
}
END_TEST

TEST_SUITE(flow_phone, 60,
	a_phone_that_dials_a_number_reaches_it_by_the_trunk_as_an_outbound_call_of_its_agent,
	a_busy_number_refuses_the_phone_that_dialled_it_with_486,
	a_phone_that_gives_up_takes_back_what_it_dialled,
	what_the_network_lets_be_heard_before_the_answer_reaches_the_phone,
	a_number_the_rules_do_not_allow_is_refused_with_403,
	a_phone_where_nobody_is_logged_on_dials_no_number_outside,
	a_colleague_is_called_by_name_and_both_are_busy_until_the_end,
	a_colleague_who_is_busy_refuses_with_486_and_one_who_is_not_ready_can_be_called,
	a_queue_is_called_by_name_and_its_agent_answers, what_is_nothing_of_the_kind_is_not_found,
	a_route_sends_a_call_from_trunk_to_trunk_unanswered_until_the_far_side_answers,
	a_route_to_a_trunk_still_minds_the_dial_rules)

TEST_MAIN(flow_phone())
