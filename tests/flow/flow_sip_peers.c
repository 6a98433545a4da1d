/*
 * flow_sip_peers.c - the sip module against peers that are not ours: sipp plays calls of RFC 3665 and the
 * harder ones (100rel, CANCEL, late offer, glare, forks) message by message; baresip is a phone that
 * registers by MD5 digest, is called, holds, resumes, calls and hangs up.
 */
#include "peers.h"
#include "station.h"

#include <testing.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct station hotline;
static struct sip_leg *leg;

/* T1 as on a real network: the peers are processes that may be slow to be scheduled. */
static void open_hotline(void)
{
	station_opts(&hotline, SIP_UDP, false);
	hotline.opts.t1_ms = 0;
	hotline.user = "1001";
	hotline.password = "right";
	hotline.md5_only = true; /* baresip 1.0 gives up when SHA-256 is offered beside it */
	station_start(&hotline);
}

static void trunk_to(uint16_t port)
{
	struct sip_trunk t = {.name = "line", .sources = {"127.0.0.1"}};

	(void)snprintf(t.proxy, sizeof(t.proxy), "sip:127.0.0.1:%u", (unsigned)port);
	ck_assert_int_eq(sip_trunks_set(hotline.sip, &t, 1, NULL), 0);
}

static pid_t sipp(const char *scenario)
{
	uint16_t port = peers_free_port(SOCK_DGRAM);
	pid_t pid = sipp_start(testing_folder(), scenario, port, sip_bound(hotline.sip, 0));

	trunk_to(port);
	UNTIL(peer_listens(port));
	return pid;
}

static void goes_to_the_end(pid_t pid)
{
	int status = -1;

	UNTIL(peer_gone(pid, &status));
	ck_assert_int_eq(status, 0);
	UNTIL(hotline.ends == 1);
	station_close(&hotline);
}

START_TEST(sipp_calls_and_hangs_up)
{
	open_hotline();
	hotline.auto_answer = true;
	goes_to_the_end(sipp("call"));
	ck_assert_uint_eq(hotline.ups, 1);
	ck_assert_int_eq(hotline.end.cause, SIP_END_NORMAL);
}
END_TEST

static void early_media(const char *scenario)
{
	struct sdp sdp;
	pid_t pid;

	open_hotline();
	pid = sipp(scenario);
	UNTIL(hotline.invites == 1);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_progress(hotline.leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_answer(hotline.leg, &sdp), 0);
	goes_to_the_end(pid);
	ck_assert_uint_eq(hotline.ups, 1);
}

START_TEST(sipp_hears_early_media_reliably)
{
	early_media("early");
}
END_TEST

START_TEST(sipp_hears_early_media_without_100rel)
{
	early_media("early_unreliable");
}
END_TEST

START_TEST(sipp_cancels)
{
	pid_t pid;

	open_hotline();
	pid = sipp("cancel");
	UNTIL(hotline.invites == 1);
	ck_assert_int_eq(sip_leg_ring(hotline.leg), 0);
	goes_to_the_end(pid);
	ck_assert_int_eq(hotline.end.cause, SIP_END_CANCELLED);
}
END_TEST

START_TEST(sipp_answers_our_offer_in_its_ack)
{
	open_hotline();
	hotline.auto_answer = true;
	goes_to_the_end(sipp("late_offer"));
	ck_assert(!hotline.has_offer);
	ck_assert_uint_eq(hotline.ups, 1);
	ck_assert_uint_eq(hotline.ups_without_sdp, 0);
}
END_TEST

START_TEST(sipp_and_we_offer_at_once)
{
	struct sdp sdp;
	pid_t pid;

	open_hotline();
	hotline.auto_answer = true;
	pid = sipp("glare");
	UNTIL(hotline.ups == 1);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_reoffer(hotline.leg, &sdp), 0);
	goes_to_the_end(pid);
	ck_assert_uint_eq(hotline.reoffers_done, 1);
	ck_assert_uint_eq(hotline.done_status, 200);
	ck_assert_uint_eq(hotline.reoffers, 0);
}
END_TEST

START_TEST(sipp_updates_within_the_dialog)
{
	open_hotline();
	hotline.auto_answer = hotline.auto_reoffer = true;
	goes_to_the_end(sipp("update"));
	ck_assert_uint_eq(hotline.reoffers, 1);
}
END_TEST

START_TEST(sipp_asks_for_our_offer_in_the_dialog)
{
	open_hotline();
	hotline.auto_answer = true;
	goes_to_the_end(sipp("reoffer_late"));
	ck_assert_uint_eq(hotline.reoffers_done, 1);
	ck_assert_uint_eq(hotline.done_status, 200);
}
END_TEST

START_TEST(sipp_is_hung_up_on_when_its_session_expires)
{
	station_opts(&hotline, SIP_UDP, false);
	hotline.opts.session_min_s = 2;
	station_start(&hotline);
	hotline.auto_answer = true;
	goes_to_the_end(sipp("never_refreshes"));
	ck_assert_int_eq(hotline.end.cause, SIP_END_TIMEOUT);
}
END_TEST

static void call_sipp(const char *scenario)
{
	pid_t pid;

	open_hotline();
	pid = sipp(scenario);
	ck_assert_int_eq(station_call(&hotline, "12345", &leg), 0);
	UNTIL(hotline.ups == 1 || hotline.ends == 1);
	ck_assert_uint_eq(hotline.ups, 1);
	ck_assert_uint_eq(hotline.ups_without_sdp, 0);
	stations_run_ms(300); /* a stray fork answers after the first */
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	goes_to_the_end(pid);
	ck_assert_int_eq(hotline.end.cause, SIP_END_LOCAL);
}

START_TEST(sipp_is_called)
{
	call_sipp("called");
}
END_TEST

START_TEST(sipp_is_called_and_answers_by_a_reliable_183)
{
	call_sipp("called_early");
	ck_assert(hotline.early_media);
}
END_TEST

START_TEST(of_two_forks_behind_a_proxy_the_later_answer_is_hung_up)
{
	call_sipp("called_forks");
}
END_TEST

START_TEST(of_two_forks_with_early_media_the_second_may_win)
{
	call_sipp("called_forks_early");
}
END_TEST

static struct baresip phone;

static void open_phone(void)
{
	open_hotline();
	baresip_start(&phone, testing_folder(), "1001", "right", sip_bound(hotline.sip, 0));
	UNTIL(baresip_connect(&phone));
	UNTIL(hotline.registered);
}

static void call_phone(void)
{
	unsigned ups = hotline.ups;

	ck_assert_int_eq(station_call_account(&hotline, "1001", &leg), 0);
	UNTIL(hotline.ups == ups + 1);
	ck_assert_uint_eq(hotline.ups_without_sdp, 0);
}

static void close_phone(void)
{
	int status;

	baresip_stop(&phone);
	UNTIL(peer_gone(phone.pid, &status));
	UNTIL(!hotline.registered);
	station_close(&hotline);
}

START_TEST(baresip_registers_is_called_and_either_side_hangs_up)
{
	open_phone();
	call_phone();
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(hotline.ends == 1);
	ck_assert_int_eq(hotline.end.cause, SIP_END_LOCAL);
	call_phone();
	baresip_tell(&phone, "hangup", "");
	UNTIL(hotline.ends == 2);
	ck_assert_int_eq(hotline.end.cause, SIP_END_NORMAL);
	close_phone();
}
END_TEST

START_TEST(baresip_holds_and_resumes)
{
	open_phone();
	hotline.auto_reoffer = true;
	call_phone();
	sip_leg_arg_set(leg, &hotline);
	hotline.leg = leg;
	baresip_tell(&phone, "hold", "");
	UNTIL(hotline.reoffers == 1);
	ck_assert_int_ne(hotline.direction, SDP_SENDRECV);
	stations_run_ms(100);
	baresip_tell(&phone, "resume", "");
	UNTIL(hotline.reoffers == 2);
	ck_assert_int_eq(hotline.direction, SDP_SENDRECV);
	baresip_tell(&phone, "hangup", "");
	UNTIL(hotline.ends == 1);
	close_phone();
}
END_TEST

START_TEST(baresip_is_held_and_resumed)
{
	struct sdp sdp;

	open_phone();
	call_phone();
	sdp_for_test(&sdp, SDP_SENDONLY);
	ck_assert_int_eq(sip_leg_reoffer(leg, &sdp), 0);
	UNTIL(hotline.reoffers_done == 1);
	ck_assert_uint_eq(hotline.done_status, 200);
	ck_assert_int_eq(hotline.direction, SDP_RECVONLY);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_reoffer(leg, &sdp), 0);
	UNTIL(hotline.reoffers_done == 2);
	ck_assert_int_eq(hotline.direction, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(hotline.ends == 1);
	close_phone();
}
END_TEST

START_TEST(baresip_calls_in_under_its_account)
{
	char uri[64];

	open_phone();
	hotline.auto_answer = true;
	(void)snprintf(uri, sizeof(uri), "sip:9@127.0.0.1:%u", (unsigned)sip_bound(hotline.sip, 0));
	baresip_tell(&phone, "dial", uri);
	UNTIL(hotline.ups == 1);
	ck_assert_str_eq(hotline.account, "1001");
	ck_assert_str_eq(hotline.called, "9");
	ck_assert_int_eq(sip_leg_end(hotline.leg, 16), 0);
	UNTIL(hotline.ends == 1);
	close_phone();
}
END_TEST

START_TEST(baresip_transfers_and_hears_how_it_came_out)
{
	open_phone();
	call_phone();
	hotline.leg = leg;
	baresip_tell(&phone, "transfer", "sip:2002@127.0.0.1");
	UNTIL(hotline.refers == 1);
	ck_assert_str_eq(hotline.refer_user, "2002");
	ck_assert_int_eq(sip_leg_refer_result(leg, 200), 0);
	ck_assert_int_eq(sip_leg_refer_result(leg, 200), GHL_ESTATE);
	UNTIL(hotline.ends == 1); /* the phone hangs up on the final NOTIFY */
	close_phone();
}
END_TEST

TEST_SUITE(suite_sipp, 60, sipp_calls_and_hangs_up, sipp_hears_early_media_reliably,
	sipp_hears_early_media_without_100rel, sipp_cancels, sipp_answers_our_offer_in_its_ack,
	sipp_and_we_offer_at_once, sipp_is_called, sipp_is_called_and_answers_by_a_reliable_183,
	of_two_forks_behind_a_proxy_the_later_answer_is_hung_up, sipp_updates_within_the_dialog,
	sipp_asks_for_our_offer_in_the_dialog, sipp_is_hung_up_on_when_its_session_expires,
	of_two_forks_with_early_media_the_second_may_win)
TEST_SUITE(suite_baresip, 60, baresip_registers_is_called_and_either_side_hangs_up, baresip_holds_and_resumes,
	baresip_is_held_and_resumed, baresip_calls_in_under_its_account,
	baresip_transfers_and_hears_how_it_came_out)
TEST_MAIN(suite_sipp(), suite_baresip())
