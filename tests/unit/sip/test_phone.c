/* test_phone.c - phones at the registrar: digest, calls both ways, several phones of one account, transfer,
 * guessing. */
#include <testing.h>

#include "station.h"

#include <string.h>

static struct station hotline, desk, home;
static struct sip_leg *leg;

static void open_hotline(enum sip_transport transport)
{
	station_opts(&hotline, transport, false);
	hotline.user = "1001";
	hotline.password = "right";
	hotline.opts.guess_limit = 3;
	station_start(&hotline);
}

/* A phone is a station whose trunk is the hotline, at which it registers. */
static void open_phone(struct station *s, enum sip_transport transport, const char *password)
{
	station_open(s, transport, false);
	station_trunk(s, &hotline, "1001", password, true);
}

static void register_desk(enum sip_transport transport)
{
	open_hotline(transport);
	open_phone(&desk, transport, "right");
	UNTIL(desk.trunk_state == SIP_TRUNK_UP && hotline.registered);
}

static void registers_and_is_called(enum sip_transport transport)
{
	char list[4][SIP_URI_MAX];

	register_desk(transport);
	ck_assert_uint_eq(sip_contacts(hotline.sip, "1001"), 1);
	ck_assert_uint_eq(sip_contacts_list(hotline.sip, "1001", list, 4), 1);
	ck_assert_ptr_nonnull(strstr(list[0], "sip:1001@127.0.0.1:"));
	desk.auto_answer = true;
	ck_assert_int_eq(station_call_account(&hotline, "1001", &leg), 0);
	UNTIL(hotline.ups == 1 && desk.ups == 1);
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(hotline.ends == 1 && desk.ends == 1);
	station_close(&desk);
	UNTIL(!hotline.registered); /* a phone that goes takes its contact off */
	ck_assert_int_eq(station_call_account(&hotline, "1001", &leg), GHL_ENOENT);
	station_close(&hotline);
}

START_TEST(a_phone_registers_and_is_called_by_udp)
{
	registers_and_is_called(SIP_UDP);
}
END_TEST

START_TEST(a_phone_registers_and_is_called_by_tcp)
{
	registers_and_is_called(SIP_TCP);
}
END_TEST

START_TEST(a_phone_calls_in_under_its_account)
{
	register_desk(SIP_UDP);
	hotline.auto_answer = true;
	ck_assert_int_eq(station_call(&desk, "9", &leg), 0);
	UNTIL(hotline.ups == 1 && desk.ups == 1);
	ck_assert_str_eq(hotline.account, "1001");
	ck_assert_str_eq(hotline.trunk, "");
	ck_assert_str_eq(hotline.called, "9");
	ck_assert_int_eq(sip_leg_end(hotline.leg, 16), 0);
	UNTIL(hotline.ends == 1 && desk.ends == 1);
	station_close(&desk);
	station_close(&hotline);
}
END_TEST

START_TEST(a_wrong_password_is_refused_and_guessing_is_throttled)
{
	struct sip_stat stat;

	open_hotline(SIP_UDP);
	open_phone(&desk, SIP_UDP, "wrong");
	UNTIL(desk.trunk_state == SIP_TRUNK_REFUSED);
	ck_assert_uint_eq(sip_contacts(hotline.sip, "1001"), 0);
	for (int i = 0; i < 4; i++) {
		unsigned ends = desk.ends;

		ck_assert_int_eq(station_call(&desk, "9", &leg), 0);
		UNTIL(desk.ends > ends);
		ck_assert_uint_eq(desk.end.status, 403);
	}
	ck_assert_uint_eq(hotline.invites, 0);
	sip_stat(hotline.sip, &stat);
	ck_assert_uint_eq(stat.refused_auth, 3);
	ck_assert_uint_ge(stat.throttled, 1);
	station_close(&desk);
	station_close(&hotline);
}
END_TEST

START_TEST(of_two_phones_the_first_to_answer_wins)
{
	struct sdp sdp;

	register_desk(SIP_UDP);
	open_phone(&home, SIP_UDP, "right");
	UNTIL(sip_contacts(hotline.sip, "1001") == 2);
	ck_assert_int_eq(station_call_account(&hotline, "1001", &leg), 0);
	UNTIL(desk.invites == 1 && home.invites == 1);
	ck_assert_int_eq(sip_leg_ring(desk.leg), 0);
	ck_assert_int_eq(sip_leg_ring(home.leg), 0);
	UNTIL(hotline.rings == 2);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_answer(home.leg, &sdp), 0);
	UNTIL(hotline.ups == 1 && home.ups == 1 && desk.ends == 1);
	ck_assert_int_eq(desk.end.cause, SIP_END_CANCELLED);
	ck_assert_uint_eq(home.ends + hotline.ends, 0);
	station_close(&hotline);
	station_close(&desk);
	station_close(&home);
}
END_TEST

START_TEST(of_two_phones_that_both_answer_one_is_hung_up)
{
	struct sdp sdp;

	register_desk(SIP_UDP);
	open_phone(&home, SIP_UDP, "right");
	UNTIL(sip_contacts(hotline.sip, "1001") == 2);
	ck_assert_int_eq(station_call_account(&hotline, "1001", &leg), 0);
	UNTIL(desk.invites == 1 && home.invites == 1);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_answer(home.leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_answer(desk.leg, &sdp), 0);
	UNTIL(hotline.ups == 1 && desk.ends + home.ends == 1);
	ck_assert_uint_eq(hotline.ends, 0);
	station_close(&hotline);
	station_close(&desk);
	station_close(&home);
}
END_TEST

START_TEST(all_phones_busy_is_told_once)
{
	register_desk(SIP_UDP);
	open_phone(&home, SIP_UDP, "right");
	UNTIL(sip_contacts(hotline.sip, "1001") == 2);
	ck_assert_int_eq(station_call_account(&hotline, "1001", &leg), 0);
	UNTIL(desk.invites == 1 && home.invites == 1);
	ck_assert_int_eq(sip_leg_reject(desk.leg, 486, "Busy Here"), 0);
	UNTIL(desk.ends == 1);
	stations_run_ms(50);
	ck_assert_uint_eq(hotline.ends, 0);
	ck_assert_int_eq(sip_leg_reject(home.leg, 480, "Away"), 0);
	UNTIL(hotline.ends == 1);
	ck_assert_uint_eq(hotline.end.status, 486);
	station_close(&hotline);
	station_close(&desk);
	station_close(&home);
}
END_TEST

START_TEST(an_account_that_is_forgotten_has_no_contact)
{
	register_desk(SIP_UDP);
	sip_account_forget(hotline.sip, "1001");
	ck_assert_uint_eq(sip_contacts(hotline.sip, "1001"), 0);
	ck_assert_uint_eq(hotline.registrations, 2);
	station_close(&desk);
	station_close(&hotline);
}
END_TEST

START_TEST(a_trunk_that_is_configured_again_as_it_was_keeps_its_registration_and_a_changed_one_begins_anew)
{
	register_desk(SIP_UDP);
	station_trunk(&desk, &hotline, "1001", "right", true);
	ck_assert_int_eq(sip_trunk_state(desk.sip, "line"), SIP_TRUNK_UP);
	stations_run_ms(200);
	ck_assert_uint_eq(hotline.registrations, 1);
	station_trunk(&desk, &hotline, "1001", "wrong", true);
	ck_assert_int_eq(sip_trunk_state(desk.sip, "line"), SIP_TRUNK_UNKNOWN);
	UNTIL(desk.trunk_state == SIP_TRUNK_REFUSED);
	station_close(&desk);
	station_close(&hotline);
}
END_TEST

START_TEST(a_trunk_that_is_taken_out_takes_its_contact_away)
{
	register_desk(SIP_UDP);
	ck_assert_int_eq(sip_trunks_set(desk.sip, NULL, 0, NULL), 0);
	UNTIL(!hotline.registered);
	stations_run_ms(100);
	ck_assert_uint_eq(hotline.registrations, 2);
	station_close(&desk);
	station_close(&hotline);
}
END_TEST

TEST_SUITE(phone_suite, 60, a_phone_registers_and_is_called_by_udp, a_phone_registers_and_is_called_by_tcp,
	a_phone_calls_in_under_its_account, a_wrong_password_is_refused_and_guessing_is_throttled,
	of_two_phones_the_first_to_answer_wins, of_two_phones_that_both_answer_one_is_hung_up,
	all_phones_busy_is_told_once, an_account_that_is_forgotten_has_no_contact,
	a_trunk_that_is_configured_again_as_it_was_keeps_its_registration_and_a_changed_one_begins_anew,
	a_trunk_that_is_taken_out_takes_its_contact_away)
