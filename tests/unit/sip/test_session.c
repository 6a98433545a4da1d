/* test_session.c - session timers (RFC 4028) between two stations, with intervals shorter than a network
 * would take. */
#include <testing.h>

#include "station.h"

static struct station a, b;
static struct sip_leg *leg;

static void open_one(struct station *s, uint32_t expires_s, uint32_t min_s)
{
	station_opts(s, SIP_UDP, false);
	s->opts.session_expires_s = expires_s;
	s->opts.session_min_s = min_s;
	station_start(s);
}

static void bring_up(uint32_t a_min_s, uint32_t b_min_s)
{
	open_one(&a, 2, a_min_s);
	open_one(&b, 2, b_min_s);
	station_trunk(&a, &b, NULL, NULL, false);
	station_trunk(&b, &a, NULL, NULL, false);
	b.auto_answer = b.auto_reoffer = true;
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ups == 1 && b.ups == 1);
}

static void close_both(void)
{
	station_close(&a);
	station_close(&b);
}

START_TEST(a_session_that_is_refreshed_outlives_its_interval)
{
	bring_up(2, 2);
	stations_run_ms(4500);
	ck_assert_uint_eq(a.ends + b.ends, 0);
	ck_assert_int_eq(sip_leg_end(leg, 16), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	close_both();
}
END_TEST

START_TEST(an_interval_too_small_is_asked_for_again_as_large_as_told)
{
	bring_up(2, 10);
	ck_assert_uint_eq(b.invites, 1);
	ck_assert_uint_eq(a.ends, 0);
	close_both();
}
END_TEST

START_TEST(a_peer_that_is_gone_is_noticed_by_the_refresh)
{
	bring_up(2, 2);
	station_silence(&b);
	UNTIL(a.ends == 1);
	ck_assert_int_eq(a.end.cause, SIP_END_TIMEOUT);
	station_close(&a);
	station_close(&b);
}
END_TEST

TEST_SUITE(session_suite, 60, a_session_that_is_refreshed_outlives_its_interval,
	an_interval_too_small_is_asked_for_again_as_large_as_told,
	a_peer_that_is_gone_is_noticed_by_the_refresh)
