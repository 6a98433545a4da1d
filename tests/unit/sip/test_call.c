/* test_call.c - two stations on loopback call each other: every way a call can go. */
#include <testing.h>

#include "station.h"

#include <stdio.h>
#include <string.h>

static struct station a, b;
static struct sip_leg *leg;

/* a calls b by trunk, b takes a as trunk. */
static void open_pair(enum sip_transport transport, bool ipv6)
{
	station_open(&a, transport, ipv6);
	station_open(&b, transport, ipv6);
	station_trunk(&a, &b, NULL, NULL, false);
	station_trunk(&b, &a, NULL, NULL, false);
}

static void close_pair(void)
{
	station_close(&a);
	station_close(&b);
}

static void bring_up(void)
{
	b.auto_answer = true;
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ups == 1 && b.ups == 1);
}

static void one_call(enum sip_transport transport, bool ipv6)
{
	struct sdp sdp;

	open_pair(transport, ipv6);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	ck_assert_str_eq(b.called, "12345");
	ck_assert_str_eq(b.calling, "13800001111");
	ck_assert_str_eq(b.trunk, "line");
	ck_assert_str_eq(b.account, "");
	ck_assert(b.has_offer);
	ck_assert_int_eq(sip_leg_ring(b.leg), 0);
	UNTIL(a.rings == 1);
	ck_assert_uint_eq(a.ring_status, 180);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_answer(b.leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_answer(b.leg, &sdp), GHL_ESTATE);
	UNTIL(a.ups == 1 && b.ups == 1);
	ck_assert_uint_eq(a.ups_without_sdp, 0);
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_LOCAL);
	ck_assert_int_eq(b.end.cause, SIP_END_NORMAL);
	ck_assert_uint_eq(b.end.q850, 16);
	close_pair();
}

START_TEST(a_call_goes_through_by_udp)
{
	one_call(SIP_UDP, false);
}
END_TEST

START_TEST(a_call_goes_through_by_tcp)
{
	one_call(SIP_TCP, false);
}
END_TEST

START_TEST(a_call_goes_through_by_ipv6)
{
	one_call(SIP_UDP, true);
}
END_TEST

START_TEST(a_call_goes_through_by_tcp_over_ipv6)
{
	one_call(SIP_TCP, true);
}
END_TEST

START_TEST(the_called_side_can_hang_up)
{
	open_pair(SIP_UDP, false);
	bring_up();
	ck_assert_int_eq(sip_leg_end(b.leg, 31), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_NORMAL);
	ck_assert_uint_eq(a.end.q850, 31);
	close_pair();
}
END_TEST

START_TEST(both_hanging_up_at_once_ends_each_side_once)
{
	open_pair(SIP_UDP, false);
	bring_up();
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	ck_assert_int_eq(sip_leg_end(b.leg, 16), 0);
	ck_assert_int_eq(sip_leg_end(leg, 16), GHL_ESTATE);
	UNTIL(a.ends == 1 && b.ends == 1);
	stations_run_ms(100);
	ck_assert_uint_eq(a.ends + b.ends, 2);
	close_pair();
}
END_TEST

START_TEST(early_media_is_sent_reliably_and_the_answer_follows)
{
	struct sdp sdp;

	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_progress(b.leg, &sdp), 0);
	UNTIL(a.rings == 1);
	ck_assert_uint_eq(a.ring_status, 183);
	ck_assert(a.early_media);
	stations_run_ms(200);
	ck_assert_uint_eq(a.rings, 1); /* acknowledged: not repeated */
	ck_assert_int_eq(sip_leg_answer(b.leg, &sdp), 0);
	UNTIL(a.ups == 1 && b.ups == 1);
	close_pair();
}
END_TEST

START_TEST(a_caller_who_waits_long_is_told_again_that_it_rings)
{
	int64_t told_us;
	unsigned rings;

	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	ck_assert_int_eq(sip_leg_ring(b.leg), 0);
	UNTIL(a.rings >= 1);
	stations_run_ms(50 * 20); /* a slow machine sends its INVITE, and so the first 180, again */
	rings = a.rings;
	UNTIL(a.rings == rings + 1);
	told_us = clock_mono_us(&a.clock);
	UNTIL(a.rings == rings + 2); /* after 120 T1 of 20 ms; the one before may have been seen late */
	ck_assert_int_gt(clock_mono_us(&a.clock) - told_us, 60 * 20 * 1000);
	ck_assert_uint_eq(a.ring_status, 180);
	close_pair();
}
END_TEST

START_TEST(an_answer_before_the_prack_waits_for_it)
{
	struct sdp sdp;

	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_progress(b.leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_answer(b.leg, &sdp), 0);
	UNTIL(a.ups == 1 && b.ups == 1);
	ck_assert_uint_eq(a.rings, 1);
	close_pair();
}
END_TEST

START_TEST(a_cancelled_call_ends_on_both_sides)
{
	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	ck_assert_int_eq(sip_leg_ring(b.leg), 0);
	UNTIL(a.rings == 1);
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_LOCAL);
	ck_assert_int_eq(b.end.cause, SIP_END_CANCELLED);
	close_pair();
}
END_TEST

START_TEST(a_cancel_at_once_reaches_the_peer_too)
{
	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(a.ends == 1);
	UNTIL(b.ends == b.invites);
	ck_assert_uint_eq(a.ups + b.ups, 0);
	close_pair();
}
END_TEST

START_TEST(a_cancel_that_crosses_the_answer_leaves_nothing_up)
{
	struct sdp sdp;

	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	ck_assert_int_eq(sip_leg_ring(b.leg), 0);
	UNTIL(a.rings == 1);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_answer(b.leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	ck_assert_uint_eq(a.ups, 0);
	ck_assert_int_eq(a.end.cause, SIP_END_LOCAL);
	ck_assert_int_eq(b.end.cause, SIP_END_NORMAL);
	close_pair();
}
END_TEST

START_TEST(an_end_between_answer_and_ack_waits_for_the_ack)
{
	struct sdp sdp;

	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_answer(b.leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_end(b.leg, 16), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	ck_assert_uint_eq(a.ups, 1);
	ck_assert_int_eq(b.end.cause, SIP_END_LOCAL);
	close_pair();
}
END_TEST

START_TEST(a_busy_peer_is_told_with_status_and_cause)
{
	open_pair(SIP_UDP, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	ck_assert_int_eq(sip_leg_reject(b.leg, 486, "Busy Here"), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_REFUSED);
	ck_assert_uint_eq(a.end.status, 486);
	ck_assert_uint_eq(a.end.q850, 17);
	close_pair();
}
END_TEST

static void redirected(bool may, const char *target)
{
	struct sip_trunk t = {.name = "line", .sources = {"127.0.0.1"}, .allow_transfer = may};

	open_pair(SIP_UDP, false);
	(void)snprintf(t.proxy, sizeof(t.proxy), "sip:127.0.0.1:%u", (unsigned)sip_bound(b.sip, 0));
	ck_assert_int_eq(sip_trunks_set(a.sip, &t, 1, NULL), 0);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(b.invites == 1);
	ck_assert_int_eq(sip_leg_redirect(b.leg, "sip:premium@127.0.0.1"), 0);
	UNTIL(a.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_REFUSED);
	ck_assert_uint_eq(a.end.status, 302);
	ck_assert_str_eq(a.target, target);
	stations_run_ms(100);
	ck_assert_uint_eq(b.invites, 1);
	close_pair();
}

START_TEST(a_redirection_is_told_and_not_followed_here)
{
	redirected(false, "");
}
END_TEST

START_TEST(a_redirection_by_a_trunk_that_may_is_told_with_its_target)
{
	redirected(true, "premium");
}
END_TEST

START_TEST(a_call_that_nobody_answers_is_given_up)
{
	struct sdp offer;
	struct sip_call_opts o = {
		.trunk = "line", .called = "1", .calling = "2", .offer = &offer, .ring_ms = 150};

	open_pair(SIP_UDP, false);
	sdp_for_test(&offer, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_call(a.sip, &o, &a, &leg), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_TIMEOUT);
	ck_assert_uint_eq(a.end.q850, 19);
	ck_assert_int_eq(b.end.cause, SIP_END_CANCELLED);
	close_pair();
}
END_TEST

START_TEST(an_anonymous_caller_stays_anonymous)
{
	struct sdp offer;
	struct sip_call_opts o = {.trunk = "line", .called = "1", .calling = "", .offer = &offer};

	open_pair(SIP_UDP, false);
	sdp_for_test(&offer, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_call(a.sip, &o, &a, &leg), 0);
	UNTIL(b.invites == 1);
	ck_assert(b.anonymous);
	ck_assert_str_eq(b.calling, "");
	ck_assert_str_eq(b.calling_name, "");
	close_pair();
}
END_TEST

START_TEST(hold_and_unhold_go_by_a_new_offer)
{
	struct sdp sdp;

	open_pair(SIP_UDP, false);
	bring_up();
	b.auto_reoffer = true;
	sdp_for_test(&sdp, SDP_SENDONLY);
	ck_assert_int_eq(sip_leg_reoffer(leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_reoffer(leg, &sdp), GHL_ESTATE);
	UNTIL(a.reoffers_done == 1);
	ck_assert_uint_eq(a.done_status, 200);
	ck_assert_int_eq(a.direction, SDP_RECVONLY);
	ck_assert_int_eq(b.direction, SDP_SENDONLY);
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_reoffer(leg, &sdp), 0);
	UNTIL(a.reoffers_done == 2);
	ck_assert_int_eq(a.direction, SDP_SENDRECV);
	close_pair();
}
END_TEST

START_TEST(a_refused_offer_leaves_the_call_up)
{
	struct sdp sdp;

	open_pair(SIP_UDP, false);
	bring_up();
	sdp_for_test(&sdp, SDP_SENDONLY);
	ck_assert_int_eq(sip_leg_reoffer(leg, &sdp), 0);
	UNTIL(b.reoffers == 1);
	ck_assert_int_eq(sip_leg_reoffer_answer(b.leg, NULL), 0);
	UNTIL(a.reoffers_done == 1);
	ck_assert_uint_eq(a.done_status, 488);
	ck_assert_uint_eq(a.ends + b.ends, 0);
	close_pair();
}
END_TEST

START_TEST(offers_that_cross_are_both_made_in_the_end)
{
	struct sdp sdp;

	open_pair(SIP_UDP, false);
	bring_up();
	a.auto_reoffer = b.auto_reoffer = true;
	sdp_for_test(&sdp, SDP_SENDRECV);
	ck_assert_int_eq(sip_leg_reoffer(leg, &sdp), 0);
	ck_assert_int_eq(sip_leg_reoffer(b.leg, &sdp), 0);
	UNTIL(a.reoffers_done == 1 && b.reoffers_done == 1);
	ck_assert_uint_eq(a.done_status, 200);
	ck_assert_uint_eq(b.done_status, 200);
	ck_assert_uint_eq(a.ends + b.ends, 0);
	close_pair();
}
END_TEST

START_TEST(a_digit_by_info_arrives)
{
	open_pair(SIP_UDP, false);
	bring_up();
	ck_assert_int_eq(sip_leg_info_digit(leg, '#', 200), 0);
	UNTIL(b.digits == 1);
	ck_assert_int_eq(b.digit, '#');
	ck_assert_int_eq(sip_leg_info_digit(leg, 'x', 200), GHL_EINVAL);
	close_pair();
}
END_TEST

START_TEST(beyond_the_rate_calls_get_503_at_once)
{
	station_open(&a, SIP_UDP, false);
	station_opts(&b, SIP_UDP, false);
	b.opts.max_calls_per_s = 2;
	station_start(&b);
	station_trunk(&a, &b, NULL, NULL, false);
	station_trunk(&b, &a, NULL, NULL, false);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ends >= 7);
	ck_assert_uint_eq(a.end.status, 503);
	ck_assert_uint_le(b.invites, 3);
	close_pair();
}
END_TEST

START_TEST(at_its_limit_a_trunk_takes_no_more_calls)
{
	struct sip_trunk t = {.name = "line", .sources = {"127.0.0.1"}, .max_calls = 1};

	open_pair(SIP_UDP, false);
	ck_assert_int_eq(sip_trunks_set(b.sip, &t, 1, NULL), 0);
	bring_up();
	ck_assert_uint_eq(sip_trunk_calls(b.sip, "line"), 1);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ends == 1);
	ck_assert_uint_eq(a.end.status, 503);
	ck_assert_uint_eq(b.invites, 1);
	close_pair();
}
END_TEST

START_TEST(who_is_not_admitted_costs_no_leg)
{
	struct sip_stat stat;

	open_pair(SIP_UDP, false);
	b.full = true;
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ends == 1);
	ck_assert_uint_eq(a.end.status, 503);
	sip_stat(b.sip, &stat);
	ck_assert_uint_eq(stat.legs, 0);
	ck_assert_uint_ge(stat.refused_overload, 1);
	ck_assert_uint_eq(b.invites, 0);
	close_pair();
}
END_TEST

START_TEST(a_stranger_is_refused)
{
	struct sip_stat stat;

	open_pair(SIP_UDP, false);
	ck_assert_int_eq(sip_trunks_set(b.sip, NULL, 0, NULL), 0);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ends == 1);
	ck_assert_uint_eq(a.end.status, 401);
	ck_assert_uint_eq(b.invites, 0);
	sip_stat(b.sip, &stat);
	ck_assert_uint_ge(stat.refused_stranger, 1);
	close_pair();
}
END_TEST

START_TEST(shutting_down_ends_the_calls_that_are_up)
{
	open_pair(SIP_UDP, false);
	bring_up();
	station_close(&b);
	UNTIL(a.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_NORMAL);
	ck_assert_int_eq(b.end.cause, SIP_END_LOCAL);
	station_close(&a);
}
END_TEST

static void on_ping(void *arg, uint16_t status, int64_t rtt_us)
{
	struct station *s = arg;

	s->pings++;
	s->ping_status = status;
	ck_assert(status == 0 || rtt_us > 0);
}

START_TEST(a_ping_is_answered_and_a_dead_peer_is_told)
{
	char uri[64];

	open_pair(SIP_UDP, false);
	(void)snprintf(uri, sizeof(uri), "sip:127.0.0.1:%u", (unsigned)sip_bound(b.sip, 0));
	ck_assert_int_eq(sip_ping(a.sip, uri, 2000, on_ping, &a), 0);
	UNTIL(a.pings == 1);
	ck_assert_uint_eq(a.ping_status, 200);
	station_close(&b);
	ck_assert_int_eq(sip_ping(a.sip, uri, 100, on_ping, &a), 0);
	UNTIL(a.pings == 2);
	ck_assert_uint_eq(a.ping_status, 0);
	station_close(&a);
}
END_TEST

TEST_SUITE(call_suite, 60, a_call_goes_through_by_udp, a_call_goes_through_by_tcp,
	a_call_goes_through_by_ipv6, a_call_goes_through_by_tcp_over_ipv6, the_called_side_can_hang_up,
	both_hanging_up_at_once_ends_each_side_once, early_media_is_sent_reliably_and_the_answer_follows,
	a_caller_who_waits_long_is_told_again_that_it_rings, an_answer_before_the_prack_waits_for_it,
	a_cancelled_call_ends_on_both_sides, a_cancel_at_once_reaches_the_peer_too,
	a_cancel_that_crosses_the_answer_leaves_nothing_up, an_end_between_answer_and_ack_waits_for_the_ack,
	a_busy_peer_is_told_with_status_and_cause, a_redirection_is_told_and_not_followed_here,
	a_redirection_by_a_trunk_that_may_is_told_with_its_target, a_call_that_nobody_answers_is_given_up,
	an_anonymous_caller_stays_anonymous, hold_and_unhold_go_by_a_new_offer,
	a_refused_offer_leaves_the_call_up, offers_that_cross_are_both_made_in_the_end,
	a_digit_by_info_arrives, beyond_the_rate_calls_get_503_at_once,
	at_its_limit_a_trunk_takes_no_more_calls, who_is_not_admitted_costs_no_leg, a_stranger_is_refused,
	shutting_down_ends_the_calls_that_are_up, a_ping_is_answered_and_a_dead_peer_is_told)
