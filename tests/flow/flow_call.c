/*
 * flow_call.c - one whole path with real SIP and RTP on loopback: a citizen calls, hears the menu, presses a
 * key, waits in the queue, talks to an agent; the recording and the record are there. And every way such a
 * call can end.
 */
#include "fixture.h"
#include "wav.h"

#include <stdio.h>
#include <string.h>

static struct town town;

static void until_cleared(struct town *t, unsigned calls)
{
	TOWN_UNTIL(t, town_events(t, GHL_EV_CALL_CLEARED) == calls);
}

static void until_recorded(struct town *t, unsigned recordings)
{
	TOWN_UNTIL(t,
		town_events(t, GHL_EV_RECORDING_ENDED) + town_events(t, GHL_EV_RECORDING_VOID) == recordings);
}

static enum ghl_call_disposition last_disposition(struct town *t)
{
	struct ghl_list *l;
	enum ghl_call_disposition d = town_last_call(t, &l)->disposition;

	ghl_list_free(l);
	return d;
}

/* Citizen 441 Hz and agent 1003 Hz, talking. Not 440: 8,000 / 440 repeats so soon that A-law's distortion of
 * the tone falls on few lines, one of them at 1,000 Hz and only 55 dB below the tone. */
static void bring_together(struct town *t, struct person **citizen, struct person **agent)
{
	*agent = town_agent(t, "1001", 1003);
	*citizen = town_citizen(t, "13812345678", 441);
	person_call(*citizen, "12345");
	TOWN_UNTIL(t, (*citizen)->talks == 1);
	person_press(*citizen, "1");
	TOWN_UNTIL(t, town_event(t, GHL_EV_ESTABLISHED));
}

/* The citizen's tone left, the agent's right, each so many dB above the other's in its channel. */
static void assert_only_own_voice(const char *path, unsigned citizen_hz, unsigned agent_hz, double apart_db)
{
	double end = wav_seconds(path), from = end - 1.5, until = end - 0.5;
	double left = wav_tone_db(path, 0, citizen_hz, from, until);
	double right = wav_tone_db(path, 1, agent_hz, from, until);

	ck_assert_double_ge(left, -20);
	ck_assert_double_ge(right, -20);
	ck_assert_double_le(wav_tone_db(path, 0, agent_hz, from, until), left - apart_db);
	ck_assert_double_le(wav_tone_db(path, 1, citizen_hz, from, until), right - apart_db);
}

START_TEST(a_citizen_reaches_an_agent_through_menu_and_queue_and_both_are_heard_and_recorded)
{
	struct person *citizen, *agent;
	const struct ghl_call_info *call;
	struct ghl_list *l, *recs;
	const struct ghl_record_info *rec;
	struct ghl_record_verdict verdict = GHL_RECORD_VERDICT_INIT;
	double end;

	town_open(&town, NULL);
	bring_together(&town, &citizen, &agent);
	ck_assert_str_eq(agent->shown, "+8613812345678");
	town_run_ms(&town, 2000);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	TOWN_UNTIL(&town, citizen->heard_done && agent->heard_done);

	call = town_last_call(&town, &l);
	ck_assert_int_eq(call->disposition, GHL_CALL_ANSWERED);
	ck_assert_int_eq(call->cause, GHL_CAUSE_NORMAL_CLEARING);
	ck_assert_str_eq(call->calling, "+8613812345678");
	ck_assert_str_eq(call->called, "12345");
	ck_assert_str_eq(call->agent, "1001");
	ck_assert_str_eq(call->queue, "water");
	ck_assert_str_eq(call->dialogue, "main");
	ck_assert_uint_ge(call->talk_ms, 1900);
	ck_assert_uint_le(call->talk_ms, 6000);

	ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &recs), 0);
	rec = ghl_list_next(recs);
	ck_assert_int_eq(rec->state, GHL_RECORD_COMPLETE);
	ck_assert_uint_eq(rec->missing_samples, 0);
	ck_assert_ptr_nonnull(strstr(rec->facts, "\"agent\":\"1001\""));
	ck_assert_msg(ghl_record_verify(town.owner, rec->serial, &verdict) == 0, "%s", verdict.text);
	assert_only_own_voice(rec->path, 441, 1003, 60);

	end = wav_seconds(citizen->heard_path);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 1003, end - 1.5, end - 0.5), -20);
	end = wav_seconds(agent->heard_path);
	ck_assert_double_ge(wav_tone_db(agent->heard_path, 0, 441, end - 1.5, end - 0.5), -20);
	ghl_list_free(recs);
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

#define TALKS 5

/* Chosen so that A-law's distortion of each stands at least 64 dB below it at all the others. */
static const unsigned citizens_hz[TALKS] = {443, 523, 617, 727, 853};
static const unsigned agents_hz[TALKS] = {1009, 1187, 1399, 1619, 1861};

/* Of every tone but its own two, a recording holds less than 60 dB below its own. */
static void assert_no_other_talk(const char *path, unsigned own)
{
	double end = wav_seconds(path), from = end - 1.5, until = end - 0.5;
	double least = wav_tone_db(path, 0, citizens_hz[own], from, until) - 60;

	assert_only_own_voice(path, citizens_hz[own], agents_hz[own], 60);
	for (unsigned i = 0; i < TALKS; i++) {
		if (i == own)
			continue;
		for (unsigned ch = 0; ch < 2; ch++) {
			ck_assert_double_le(wav_tone_db(path, ch, citizens_hz[i], from, until), least);
			ck_assert_double_le(wav_tone_db(path, ch, agents_hz[i], from, until), least);
		}
	}
}

START_TEST(talks_at_the_same_time_are_recorded_each_for_itself)
{
	static const char *const names[TALKS] = {"1001", "1002", "1003", "1004", "1005"};
	static const char *const numbers[TALKS] = {
		"13800000001", "13800000002", "13800000003", "13800000004", "13800000005"};
	struct person *citizen[TALKS];
	const struct ghl_call_info *call;
	struct ghl_list *l, *recs;

	town_open(&town, NULL);
	for (unsigned i = 0; i < TALKS; i++) {
		(void)town_agent(&town, names[i], agents_hz[i]);
		citizen[i] = town_citizen(&town, numbers[i], citizens_hz[i]);
		person_call(citizen[i], "12345");
		TOWN_UNTIL(&town, citizen[i]->talks == 1);
		person_press(citizen[i], "1");
		TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == i + 1);
	}
	town_run_ms(&town, 2000);
	for (unsigned i = 0; i < TALKS; i++)
		person_hang_up(citizen[i]);
	town_until_over(&town, TALKS);
	ck_assert_int_eq(ghl_call_list(town.owner, NULL, &l), 0);
	for (unsigned i = 0; i < TALKS; i++) {
		call = ghl_list_next(l);
		ck_assert_str_eq(call->agent, names[i]);
		ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &recs), 0);
		assert_no_other_talk(((const struct ghl_record_info *)ghl_list_next(recs))->path, i);
		ghl_list_free(recs);
	}
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

START_TEST(the_citizen_hears_the_prompt_and_then_the_music)
{
	struct person *citizen;
	double end;

	town_open(&town, NULL);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	town_run_ms(&town, 800);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_QUEUED));
	town_run_ms(&town, 1500);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	TOWN_UNTIL(&town, citizen->heard_done);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 700, 0.3, 0.7), -20);
	end = wav_seconds(citizen->heard_path);
	ck_assert_double_ge(wav_tone_db(citizen->heard_path, 0, 550, end - 0.8, end - 0.2), -20);
	ck_assert_int_eq(last_disposition(&town), GHL_CALL_ABANDONED);
	town_close(&town);
}
END_TEST

START_TEST(when_the_agent_hangs_up_the_call_is_cleared)
{
	struct person *citizen, *agent;

	town_open(&town, NULL);
	bring_together(&town, &citizen, &agent);
	person_hang_up(agent);
	TOWN_UNTIL(&town, citizen->ended == 1);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	ck_assert_int_eq(last_disposition(&town), GHL_CALL_ANSWERED);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	town_close(&town);
}
END_TEST

START_TEST(an_agent_who_does_not_answer_becomes_not_ready_and_the_next_one_is_rung)
{
	struct town_opts opts = {.queue = "ring: 1s"};
	struct person *first, *second, *citizen;
	char reason[64];

	town_open(&town, &opts);
	first = town_agent(&town, "1001", 0);
	first->answers = false;
	second = town_agent(&town, "1002", 1003);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	ck_assert_uint_eq(first->rung, 1);
	ck_assert_uint_eq(second->talks, 1);
	ck_assert_int_eq(town_agent_is(&town, "1001", reason), GHL_AGENT_NOT_READY);
	ck_assert_str_eq(reason, "rona");
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	town_close(&town);
}
END_TEST

START_TEST(a_caller_who_gives_up_in_the_menu_is_no_abandoned_call)
{
	struct person *citizen;

	town_open(&town, NULL);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	town_run_ms(&town, 200);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	ck_assert_int_eq(last_disposition(&town), GHL_CALL_DIALOGUE);
	town_close(&town);
}
END_TEST

START_TEST(a_caller_who_gives_up_while_a_phone_rings_is_abandoned_and_the_phone_stops)
{
	struct person *citizen, *agent;

	town_open(&town, NULL);
	agent = town_agent(&town, "1001", 0);
	agent->answers = false;
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, agent->rung == 1);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	TOWN_UNTIL(&town, agent->ended == 1);
	ck_assert_int_eq(last_disposition(&town), GHL_CALL_ABANDONED);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	town_close(&town);
}
END_TEST

static int64_t most_waiting_of_the_day(void)
{
	struct ghl_report_opts opts = GHL_REPORT_OPTS_INIT;
	const struct ghl_report_calls_info *row;
	struct ghl_list *l;
	int64_t most = 0;

	opts.interval = GHL_REPORT_DAY;
	opts.basis = GHL_REPORT_BASIS_ARRIVAL;
	opts.until_us = clock_utc_us(&town.clock) + 1;
	opts.from_us = opts.until_us - 86400000000;
	ck_assert_int_eq(ghl_report_queues(town.owner, &opts, NULL, &l), 0);
	while ((row = ghl_list_next(l)))
		most = row->max_waiting > most ? row->max_waiting : most;
	ghl_list_free(l);
	return most;
}

START_TEST(a_record_says_how_many_waited_when_the_call_joined_and_the_day_the_most)
{
	static const char *const number[] = {"13800000000", "13800000001", "13800000002"};
	struct person *citizen[3];
	const struct ghl_call_info *call;
	struct ghl_list *l;

	town_open(&town, NULL);
	for (unsigned i = 0; i < 3; i++) {
		citizen[i] = town_citizen(&town, number[i], 0);
		person_call(citizen[i], "12345");
		TOWN_UNTIL(&town, citizen[i]->talks == 1);
		person_press(citizen[i], "1");
		TOWN_UNTIL(&town, town_events(&town, GHL_EV_QUEUED) == i + 1);
	}
	for (unsigned i = 0; i < 3; i++) {
		person_hang_up(citizen[i]);
		town_until_over(&town, i + 1);
	}
	ck_assert_int_eq(ghl_call_list(town.owner, NULL, &l), 0);
	for (unsigned i = 0; i < 3; i++) {
		call = ghl_list_next(l);
		ck_assert_uint_eq(call->waiting, i + 1);
		ck_assert_str_eq(call->stays, "[]");
	}
	ghl_list_free(l);
	ck_assert_int_eq(most_waiting_of_the_day(), 3);
	town_close(&town);
}
END_TEST

START_TEST(a_phone_that_is_busy_is_passed_over)
{
	struct person *citizen, *agent;

	town_open(&town, NULL);
	agent = town_agent(&town, "1001", 0);
	agent->refuses = 486;
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, agent->ended == 1);
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_NOT_READY);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	town_close(&town);
}
END_TEST

START_TEST(hold_from_a_phone_is_told_counted_and_taken_back)
{
	struct person *citizen, *agent;
	const struct ghl_call_info *call;
	struct ghl_list *l;

	town_open(&town, NULL);
	bring_together(&town, &citizen, &agent);
	town_run_ms(&town, 300);
	person_hold(agent, true);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_HELD));
	town_run_ms(&town, 700);
	person_hold(agent, false);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_RETRIEVED));
	town_run_ms(&town, 300);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	call = town_last_call(&town, &l);
	ck_assert_uint_ge(call->hold_ms, 650);
	ck_assert_uint_le(call->hold_ms, 3000);
	ck_assert_uint_ge(call->talk_ms, 500);
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

START_TEST(an_anonymous_caller_stays_anonymous)
{
	struct person *citizen;
	struct ghl_list *l;

	town_open(&town, NULL);
	citizen = town_citizen(&town, "", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	ck_assert_str_eq(town_last_call(&town, &l)->calling, "");
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

START_TEST(a_stranger_is_refused_and_leaves_no_call)
{
	struct person *stranger;
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	town_open(&town, NULL);
	stranger = town_stranger(&town);
	person_call(stranger, "12345");
	TOWN_UNTIL(&town, stranger->ended == 1);
	ck_assert_uint_ge(stranger->last_status, 400);
	ck_assert_int_eq(ghl_hotline_status(town.owner, &st), 0);
	ck_assert_uint_eq(st.calls, 0);
	ck_assert_uint_eq(town_events(&town, GHL_EV_CALL_STARTED), 0);
	town_close(&town);
}
END_TEST

START_TEST(beyond_the_limit_of_calls_503_is_the_answer_and_the_accepted_go_on)
{
	struct town_opts opts = {.limits = "max_calls: 1"};
	struct person *one, *two;

	town_open(&town, &opts);
	one = town_citizen(&town, "13811111111", 441);
	two = town_citizen(&town, "13822222222", 441);
	person_call(one, "12345");
	TOWN_UNTIL(&town, one->talks == 1);
	person_call(two, "12345");
	TOWN_UNTIL(&town, two->ended == 1);
	ck_assert_uint_eq(two->last_status, 503);
	ck_assert_uint_eq(one->ended, 0);
	person_hang_up(one);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	ck_assert_uint_eq(town_events(&town, GHL_EV_CALL_STARTED), 1);
	town_close(&town);
}
END_TEST

START_TEST(stopping_the_hotline_keeps_the_record_of_every_call)
{
	struct person *citizen, *agent;
	struct ghl_list *l;
	const struct ghl_call_info *call;

	town_open(&town, NULL);
	bring_together(&town, &citizen, &agent);
	town_restart(&town);
	call = town_last_call(&town, &l);
	ck_assert_int_eq(call->cause, GHL_CAUSE_SHUTDOWN);
	ck_assert_int_eq(call->disposition, GHL_CALL_ANSWERED);
	ck_assert_str_ne(call->recording, "");
	ghl_list_free(l);
	TOWN_UNTIL(&town, citizen->ended == 1 && agent->ended == 1);
	town_close(&town);
}
END_TEST

START_TEST(a_supervisor_clears_a_call_and_the_completion_comes_when_its_record_is_durable)
{
	struct person *citizen, *agent;
	struct ghl_list *l;
	ghl_call id;

	town_open(&town, NULL);
	bring_together(&town, &citizen, &agent);
	id = (ghl_call)ghl_event_int(town_event(&town, GHL_EV_ESTABLISHED), GHL_F_CALL);
	ck_assert_int_eq(ghl_call_clear(town.owner, id, NULL), 0);
	ck_assert_int_eq(ghl_call_info(town.owner, id, &l), 0);
	ck_assert_int_eq(((const struct ghl_call_info *)ghl_list_next(l))->cause, GHL_CAUSE_FORCED_CLEAR);
	ghl_list_free(l);
	TOWN_UNTIL(&town, citizen->ended == 1 && agent->ended == 1);
	until_recorded(&town, 1);
	town_close(&town);
}
END_TEST

static void flip_a_bit(const char *path)
{
	FILE *f = fopen(path, "r+b");
	int c;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, 3000, SEEK_SET), 0);
	c = fgetc(f);
	ck_assert_int_eq(fseek(f, 3000, SEEK_SET), 0);
	ck_assert_int_ne(fputc(c ^ 1, f), EOF);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(an_exported_recording_proves_itself_and_one_flipped_bit_is_found)
{
	struct ghl_record_verdict verdict = GHL_RECORD_VERDICT_INIT;
	struct person *citizen;
	struct ghl_error err = {0};
	const char *serial;
	struct ghl_list *l;
	char json[512], wav[512];

	town_open(&town, NULL);
	citizen = town_citizen(&town, "13812345678", 441);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	town_run_ms(&town, 1003);
	person_hang_up(citizen);
	until_cleared(&town, 1);
	until_recorded(&town, 1);
	serial = town_last_call(&town, &l)->recording;
	(void)snprintf(json, sizeof(json), "%s/%s.json", town.folder, serial);
	(void)snprintf(wav, sizeof(wav), "%s/%s.wav", town.folder, serial);
	ck_assert_msg(ghl_record_export(town.owner, serial, town.folder, &err) == 0, "%s", err.text);
	ck_assert_int_eq(ghl_record_export(town.owner, serial, town.folder, NULL), GHL_EEXIST);
	ck_assert_msg(ghl_record_export_verify(json, &verdict, &err) == 0, "%s", err.text);
	ck_assert(verdict.whole);
	flip_a_bit(wav);
	ck_assert_int_eq(ghl_record_export_verify(json, &verdict, NULL), GHL_ECORRUPT);
	ck_assert(!verdict.whole);
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

START_TEST(the_record_of_a_call_over_a_bad_network_names_its_loss)
{
	struct impaired_opts bad = {.loss_percent = 5, .double_percent = 2, .jitter_ms = 60, .seed = 4711};
	struct impaired *network = impaired_start(&bad);
	const struct ghl_call_info *call;
	struct impaired_counts counts;
	struct person *citizen;
	struct ghl_list *l;

	town_open(&town, NULL);
	(void)town_agent(&town, "1001", 1003);
	citizen = town_citizen(&town, "13812345678", 441);
	citizen->network = network;
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->talks == 1);
	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	town_run_ms(&town, 3000);
	person_hang_up(citizen);
	town_until_over(&town, 1);
	call = town_last_call(&town, &l);
	impaired_stop(network, &counts);
	ck_assert_int_eq(call->disposition, GHL_CALL_ANSWERED);
	ck_assert_uint_ge(call->lost_packets, 3);
	ck_assert_uint_le(call->lost_packets, counts.lost);
	ck_assert_uint_ge(call->jitter_us, 5000);
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

TEST_SUITE(flow_call, 60, the_record_of_a_call_over_a_bad_network_names_its_loss,
	an_exported_recording_proves_itself_and_one_flipped_bit_is_found,
	a_citizen_reaches_an_agent_through_menu_and_queue_and_both_are_heard_and_recorded,
	talks_at_the_same_time_are_recorded_each_for_itself, the_citizen_hears_the_prompt_and_then_the_music,
	when_the_agent_hangs_up_the_call_is_cleared,
	an_agent_who_does_not_answer_becomes_not_ready_and_the_next_one_is_rung,
	a_caller_who_gives_up_in_the_menu_is_no_abandoned_call,
	a_caller_who_gives_up_while_a_phone_rings_is_abandoned_and_the_phone_stops,
	a_record_says_how_many_waited_when_the_call_joined_and_the_day_the_most,
	a_phone_that_is_busy_is_passed_over, hold_from_a_phone_is_told_counted_and_taken_back,
	an_anonymous_caller_stays_anonymous, a_stranger_is_refused_and_leaves_no_call,
	beyond_the_limit_of_calls_503_is_the_answer_and_the_accepted_go_on,
	stopping_the_hotline_keeps_the_record_of_every_call,
	a_supervisor_clears_a_call_and_the_completion_comes_when_its_record_is_durable)

TEST_MAIN(flow_call())
