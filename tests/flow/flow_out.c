/*
 * flow_out.c - calls that leave by a trunk (row 7) over real SIP and RTP: a phone is rung, then the number;
 * answered, busy, not answered, refused by the dial rules. What came in by a trunk never leaves by one.
 */
#include "fixture.h"
#include "wav.h"

#include "call/call_priv.h"
#include "stream/session.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct town town;
static struct person *agent;

static void open_with_agent(const char *dialogue)
{
	struct town_opts opts = {.out = true, .dialogue = dialogue};

	town_open(&town, &opts);
	agent = town_agent(&town, "1001", 1000);
}

static void close_with(enum ghl_call_disposition disposition, enum ghl_call_cause cause)
{
	const struct ghl_call_info *call;
	struct ghl_list *l;

	town_until_over(&town, 1);
	call = town_last_call(&town, &l);
	ck_assert_int_eq(call->direction, GHL_CALL_OUTBOUND);
	ck_assert_str_eq(call->called, "+8613900000001");
	ck_assert_str_eq(call->trunk, "out");
	ck_assert_str_eq(call->account, "1001");
	ck_assert_str_eq(
		ghl_call_disposition_name(call->disposition), ghl_call_disposition_name(disposition));
	ck_assert_str_eq(ghl_call_cause_name(call->cause), ghl_call_cause_name(cause));
	ghl_list_free(l);
	town_close(&town);
}

static ghl_call make(uint32_t ring_ms)
{
	struct ghl_call_make_opts opts = GHL_CALL_MAKE_OPTS_INIT;
	ghl_call call = 0;

	opts.ring_ms = ring_ms;
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "13900000001", &opts, NULL, &call), 0);
	ck_assert_uint_ne(call, 0);
	return call;
}

START_TEST(a_made_call_rings_the_phone_then_the_number_and_both_voices_are_recorded)
{
	const struct ghl_record_info *rec;
	struct ghl_list *l, *recs;
	ghl_call call;
	double end;

	open_with_agent(NULL);
	town.far->answers = true;
	call = make(0);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	ck_assert_uint_eq((uint64_t)ghl_event_int(town_event(&town, GHL_EV_ESTABLISHED), GHL_F_CALL), call);
	ck_assert_ptr_nonnull(town_event(&town, GHL_EV_ORIGINATED));
	ck_assert_str_eq(agent->shown, "+8613900000001");
	ck_assert_str_eq(town.far->shown, "12345");
	ck_assert_str_eq(town.far->called, "13900000001");
	town_run_ms(&town, 2000);
	person_hang_up(town.far);
	TOWN_UNTIL(&town, agent->ended == 1);
	town_until_over(&town, 1);
	TOWN_UNTIL(&town, town.far->heard_done);
	ck_assert_int_eq(ghl_record_info(town.owner, town_last_call(&town, &l)->recording, &recs), 0);
	rec = ghl_list_next(recs);
	ck_assert_int_eq(rec->state, GHL_RECORD_COMPLETE);
	end = wav_seconds(rec->path);
	ck_assert_double_ge(end, 1.9);
	ck_assert_double_ge(wav_tone_db(rec->path, 0, 1500, end - 1.5, end - 0.5), -20);
	ck_assert_double_ge(wav_tone_db(rec->path, 1, 1000, end - 1.5, end - 0.5), -20);
	end = wav_seconds(town.far->heard_path);
	ck_assert_double_ge(wav_tone_db(town.far->heard_path, 0, 1000, end - 1.5, end - 0.5), -20);
	ghl_list_free(recs);
	ghl_list_free(l);
	close_with(GHL_CALL_ANSWERED, GHL_CAUSE_NORMAL_CLEARING);
}
END_TEST

START_TEST(an_agent_who_dials_is_busy_outward_until_the_talk_ends)
{
	struct ghl_session *own;
	ghl_call call = 0;

	open_with_agent(NULL);
	town.far->answers = true;
	ck_assert_int_eq(ghl_session_open_as(town.owner, "agent:1001", &own), 0);
	ck_assert_int_eq(ghl_call_dial(town.owner, "13900000001", NULL, NULL, NULL), GHL_ESTATE);
	ck_assert_int_eq(ghl_call_dial(own, "13900000001", NULL, NULL, &call), 0);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED));
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_BUSY);
	ck_assert_int_eq(town_agent_busy(&town, "1001"), GHL_AGENT_BUSY_EXT_OUT);
	ck_assert_int_eq(ghl_call_dial(own, "13900000001", NULL, NULL, NULL), GHL_ESTATE);
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "13900000001", NULL, NULL, NULL), GHL_EBUSY);
	person_hang_up(agent);
	TOWN_UNTIL(&town, town.far->ended == 1);
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", NULL) == GHL_AGENT_READY);
	ghl_session_close(own);
	close_with(GHL_CALL_ANSWERED, GHL_CAUSE_NORMAL_CLEARING);
}
END_TEST

START_TEST(a_busy_number_ends_the_call_as_busy_and_the_phone_is_released)
{
	open_with_agent(NULL);
	town.far->refuses = 486;
	(void)make(0);
	TOWN_UNTIL(&town, agent->ended == 1);
	close_with(GHL_CALL_BUSY, GHL_CAUSE_BUSY);
}
END_TEST

START_TEST(a_number_that_does_not_answer_ends_the_call_after_its_ring_time)
{
	open_with_agent(NULL);
	(void)make(1000);
	TOWN_UNTIL(&town, town.far->rung == 1);
	TOWN_UNTIL(&town, town.far->ended == 1 && agent->ended == 1);
	close_with(GHL_CALL_NO_ANSWER, GHL_CAUSE_CALL_NOT_ANSWERED);
}
END_TEST

START_TEST(a_phone_that_does_not_answer_keeps_the_number_unrung)
{
	open_with_agent(NULL);
	agent->answers = false;
	(void)make(1000);
	TOWN_UNTIL(&town, agent->rung == 1 && agent->ended == 1);
	ck_assert_uint_eq(town.far->rung, 0);
	close_with(GHL_CALL_NO_ANSWER, GHL_CAUSE_CALL_NOT_ANSWERED);
}
END_TEST

START_TEST(an_agent_who_hangs_up_while_the_number_rings_takes_the_call_back)
{
	open_with_agent(NULL);
	(void)make(0);
	TOWN_UNTIL(&town, town.far->rung == 1);
	person_hang_up(agent);
	TOWN_UNTIL(&town, town.far->ended == 1);
	close_with(GHL_CALL_CANCELLED, GHL_CAUSE_NORMAL_CLEARING);
}
END_TEST

START_TEST(what_the_dial_rules_do_not_allow_is_refused_before_anything_rings)
{
	struct ghl_call_make_opts shown = GHL_CALL_MAKE_OPTS_INIT, by = GHL_CALL_MAKE_OPTS_INIT;

	open_with_agent(NULL);
	shown.calling = "0085221234567";
	by.trunk = "line"; /* it has no proxy */
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "0085221234567", NULL, NULL, NULL), GHL_EPERM);
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "110", NULL, NULL, NULL), GHL_EPERM);
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "bob", NULL, NULL, NULL), GHL_EINVAL);
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "", NULL, NULL, NULL), GHL_EINVAL);
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "13900000001", &shown, NULL, NULL), GHL_EPERM);
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "13900000001", &by, NULL, NULL), GHL_ENOENT);
	ck_assert_int_eq(ghl_call_make(town.owner, "1002", "13900000001", NULL, NULL, NULL), GHL_ENOENT);
	town_run_ms(&town, 300);
	ck_assert_uint_eq(agent->rung + town.far->rung, 0);
	ck_assert_uint_eq(town_events(&town, GHL_EV_CALL_STARTED), 0);
	town_close(&town);
}
END_TEST

START_TEST(a_citizen_cannot_leave_by_a_trunk_through_a_dialogue)
{
	struct person *citizen;
	struct ghl_list *l;

	open_with_agent(
		"<?xml version=\"1.0\"?>\n"
		"<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\"><form>\n"
		"<transfer name=\"t\" dest=\"tel:+8613900000001\" bridge=\"false\"/></form></vxml>\n");
	citizen = town_citizen(&town, "13812345678", 0);
	person_call(citizen, "12345");
	TOWN_UNTIL(&town, citizen->ended == 1);
	town_until_over(&town, 1);
	ck_assert_int_eq(town_last_call(&town, &l)->cause, GHL_CAUSE_NO_ROUTE);
	ck_assert_uint_eq(town.far->rung, 0);
	ghl_list_free(l);
	town_close(&town);
}
END_TEST

static bool is_free(unsigned port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_addr = {htonl(INADDR_LOOPBACK)},
		.sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool free_now = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;

	(void)close(fd);
	return free_now;
}

/* Room for one party's RTP and RTCP, below the ports the system gives to others. */
static void one_free_pair(char *out, size_t room)
{
	unsigned port;

	do
		port = 20000 + (unsigned)(testing_random() % 5000) * 2;
	while (!is_free(port) || !is_free(port + 1));
	(void)snprintf(out, room, "port_min: %u, port_max: %u", port, port + 1);
}

static int count_calls(struct core *core, const struct actor *actor, void *n)
{
	struct calls *cs = core->slot[CORE_CALL];

	(void)actor;
	for (struct list *pos = cs->all.next; pos != &cs->all; pos = pos->next)
		++*(unsigned *)n;
	return 0;
}

static unsigned calls_held(void)
{
	unsigned n = 0;

	ck_assert_int_eq(session_query(town.owner, count_calls, &n), 0);
	return n;
}

START_TEST(a_made_call_without_a_port_for_the_number_ends_and_leaves_nothing)
{
	struct town_opts opts = {.out = true};
	char media[60];

	one_free_pair(media, sizeof(media));
	opts.media = media;
	town_open(&town, &opts);
	agent = town_agent(&town, "1001", 1000);
	(void)make(0);
	TOWN_UNTIL(&town, calls_held() == 0);
	ck_assert_uint_eq(town.far->rung, 0);
	close_with(GHL_CALL_FAILED, GHL_CAUSE_NETWORK_CONGESTION);
}
END_TEST

TEST_SUITE(flow_out, 60, a_made_call_rings_the_phone_then_the_number_and_both_voices_are_recorded,
	an_agent_who_dials_is_busy_outward_until_the_talk_ends,
	a_busy_number_ends_the_call_as_busy_and_the_phone_is_released,
	a_number_that_does_not_answer_ends_the_call_after_its_ring_time,
	a_phone_that_does_not_answer_keeps_the_number_unrung,
	an_agent_who_hangs_up_while_the_number_rings_takes_the_call_back,
	what_the_dial_rules_do_not_allow_is_refused_before_anything_rings,
	a_citizen_cannot_leave_by_a_trunk_through_a_dialogue,
	a_made_call_without_a_port_for_the_number_ends_and_leaves_nothing)

TEST_MAIN(flow_out())
