/* test_auth.c - digest against the vectors of RFC 7616, nonces, throttling, address lists, bindings: all
 * without a network. */
#include <testing.h>

#include "sip/digest.h"
#include "sip/guard.h"
#include "sip/registrar.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

/* RFC 7616 section 3.9.1; RFC 8760 uses the same hashes for SIP. */
START_TEST(the_vectors_of_rfc_7616_come_out)
{
	static const char *const right[] = {
		[DIGEST_MD5] = "8ca523f5e9506fed4657c9700eebdbec",
		[DIGEST_SHA256] = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	};
	char ha1[DIGEST_HEX_MAX], response[DIGEST_HEX_MAX];

	for (int a = DIGEST_MD5; a <= DIGEST_SHA256; a++) {
		digest_ha1(
			(enum digest_algorithm)a, "Mufasa", "http-auth@example.org", "Circle of Life", ha1);
		digest_response((enum digest_algorithm)a, ha1, "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
			"00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "auth", "GET",
			"/dir/index.html", response);
		ck_assert_str_eq(response, right[a]);
	}
}
END_TEST

/* RFC 2617 section 3.5, and the form of RFC 2069 without qop. */
START_TEST(the_older_vectors_come_out)
{
	char ha1[DIGEST_HEX_MAX], response[DIGEST_HEX_MAX];

	digest_ha1(DIGEST_MD5, "Mufasa", "testrealm@host.com", "Circle Of Life", ha1);
	ck_assert_str_eq(ha1, "939e7578ed9e3c518a452acee763bce9");
	digest_response(DIGEST_MD5, ha1, "dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001", "0a4f113b", "auth",
		"GET", "/dir/index.html", response);
	ck_assert_str_eq(response, "6629fae49393a05397450978507c4ef1");
	digest_response(DIGEST_MD5, ha1, "dcd98b7102dd2f0e8b11d0f600bfb0c093", "", "", "", "GET",
		"/dir/index.html", response);
	ck_assert_str_eq(response, "670fd8c2df070c60b045671b8b24ff02");
}
END_TEST

START_TEST(credentials_are_read_and_what_is_too_long_is_refused)
{
	const char *good[] = {"username=\"a\\\"b\"", "realm=\"r\"", "nonce=\"n\"", "uri=\"sip:x\"",
		"response=\"00\"", "algorithm=SHA-256", "qop=auth", "nc=00000001", "cnonce=\"c\"", "other=1",
		NULL};
	char longer[300];
	const char *bad[] = {longer, NULL}, *open[] = {"realm=\"r", NULL};
	struct digest_credentials c;

	ck_assert(digest_credentials_read(&c, good));
	ck_assert_str_eq(c.username, "a\"b");
	ck_assert_int_eq(c.algorithm, DIGEST_SHA256);
	ck_assert(c.algorithm_known);
	(void)snprintf(longer, sizeof(longer), "username=\"%0200d\"", 0);
	ck_assert(!digest_credentials_read(&c, bad));
	ck_assert(!digest_credentials_read(&c, open));
}
END_TEST

START_TEST(what_we_answer_to_a_challenge_is_what_we_would_accept)
{
	const char *asked[] = {"realm=\"r\"", "nonce=\"abc\"", "algorithm=SHA-256", "qop=\"auth-int,auth\"",
		"opaque=\"o\"", NULL};
	struct digest_challenge challenge;
	char header[512], ha1[DIGEST_HEX_MAX], response[DIGEST_HEX_MAX], expect[DIGEST_HEX_MAX + 16];

	ck_assert(digest_challenge_read(&challenge, asked));
	ck_assert_uint_gt(
		digest_authorize(header, sizeof(header), &challenge, "u", "p", "REGISTER", "sip:x", 10, "cc"),
		0);
	digest_ha1(DIGEST_SHA256, "u", "r", "p", ha1);
	digest_response(DIGEST_SHA256, ha1, "abc", "0000000a", "cc", "auth", "REGISTER", "sip:x", response);
	(void)snprintf(expect, sizeof(expect), "response=\"%s\"", response);
	ck_assert_ptr_nonnull(strstr(header, expect));
	ck_assert_ptr_nonnull(strstr(header, "opaque=\"o\""));
	ck_assert_uint_eq(
		digest_authorize(header, 64, &challenge, "u", "p", "REGISTER", "sip:x", 10, "cc"), 0);
}
END_TEST

static struct digest_nonces nonces;

static void fresh_nonces(void)
{
	static const uint8_t key[32] = "a key of the test";

	digest_nonces_init(&nonces, key);
}

START_TEST(a_nonce_is_good_until_it_is_old_and_never_when_forged)
{
	char nonce[DIGEST_NONCE_MAX];

	fresh_nonces();
	digest_nonce_make(&nonces, SECOND_US, nonce);
	ck_assert_int_eq(digest_nonce_check(&nonces, nonce, 2 * SECOND_US), DIGEST_NONCE_GOOD);
	ck_assert_int_eq(
		digest_nonce_check(&nonces, nonce, SECOND_US + DIGEST_NONCE_LIFE_US), DIGEST_NONCE_GOOD);
	ck_assert_int_eq(
		digest_nonce_check(&nonces, nonce, SECOND_US + DIGEST_NONCE_LIFE_US + 1), DIGEST_NONCE_STALE);
	for (size_t i = 0; nonce[i]; i++) {
		nonce[i] ^= 1;
		ck_assert_int_eq(digest_nonce_check(&nonces, nonce, 2 * SECOND_US), DIGEST_NONCE_FORGED);
		nonce[i] ^= 1;
	}
	ck_assert_int_eq(digest_nonce_check(&nonces, "", 2 * SECOND_US), DIGEST_NONCE_FORGED);
}
END_TEST

START_TEST(a_count_passes_once_in_whatever_order)
{
	char nonce[DIGEST_NONCE_MAX], nc[9];
	bool taken[200] = {false};

	fresh_nonces();
	digest_nonce_make(&nonces, SECOND_US, nonce);
	ck_assert(!digest_count_take(&nonces, nonce, "00000000"));
	ck_assert(!digest_count_take(&nonces, nonce, "1"));
	ck_assert(!digest_count_take(&nonces, nonce, "0000000g"));
	for (unsigned base = 1, i = 0; i < 2000; i++) {
		unsigned n = base + (unsigned)(testing_random() % 40);

		if (i % 20 == 19 && base < 150)
			base++;
		(void)snprintf(nc, sizeof(nc), "%08x", n);
		if (digest_count_take(&nonces, nonce, nc)) {
			ck_assert_msg(!taken[n], "%u passed twice", n);
			taken[n] = true;
		}
		ck_assert(!digest_count_take(&nonces, nonce, nc));
	}
	ck_assert(taken[1] || taken[2] || taken[3]);
}
END_TEST

START_TEST(a_nonce_that_was_pushed_out_of_the_table_lets_no_replay_pass)
{
	char nonce[6000][DIGEST_NONCE_MAX];
	unsigned again = 0;

	fresh_nonces();
	for (int i = 0; i < 6000; i++) {
		digest_nonce_make(&nonces, SECOND_US, nonce[i]);
		(void)digest_count_take(&nonces, nonce[i], "00000001");
	}
	for (int i = 0; i < 6000; i++)
		if (digest_nonce_check(&nonces, nonce[i], 2 * SECOND_US) == DIGEST_NONCE_GOOD)
			again += digest_count_take(&nonces, nonce[i], "00000001");
	ck_assert_uint_eq(again, 0);
}
END_TEST

static struct throttle throttle;

START_TEST(guessing_is_stopped_at_the_limit_and_forgotten_after_two_minutes)
{
	int64_t now_us = 5 * SECOND_US;

	throttle_init(&throttle, 10, 42);
	for (int i = 0; i < 10; i++) {
		ck_assert(!throttle_blocks(&throttle, "192.0.2.1", now_us));
		throttle_fail(&throttle, "192.0.2.1", now_us);
		now_us += SECOND_US;
	}
	ck_assert(throttle_blocks(&throttle, "192.0.2.1", now_us));
	ck_assert(!throttle_blocks(&throttle, "192.0.2.2", now_us));
	ck_assert(throttle_blocks(&throttle, "192.0.2.1", now_us + 40 * SECOND_US));
	ck_assert(!throttle_blocks(&throttle, "192.0.2.1", now_us + 90 * SECOND_US));
	ck_assert(!throttle_blocks(&throttle, "192.0.2.1", now_us + 200 * SECOND_US));
}
END_TEST

START_TEST(a_right_password_forgives)
{
	throttle_init(&throttle, 2, 42);
	throttle_fail(&throttle, "@1001", SECOND_US);
	throttle_fail(&throttle, "@1001", SECOND_US);
	ck_assert(throttle_blocks(&throttle, "@1001", SECOND_US));
	throttle_forgive(&throttle, "@1001");
	ck_assert(!throttle_blocks(&throttle, "@1001", SECOND_US));
}
END_TEST

START_TEST(a_rate_lets_through_what_it_says)
{
	struct rate r;
	unsigned passed = 0;
	int64_t now_us = 0;

	rate_init(&r, 50, 0);
	for (; now_us < 20 * SECOND_US; now_us += 1000)
		passed += rate_take(&r, now_us);
	ck_assert_uint_ge(passed, 20 * 50);
	ck_assert_uint_le(passed, 21 * 50);
	rate_init(&r, 0, 0);
	ck_assert(rate_take(&r, 0));
}
END_TEST

START_TEST(networks_hold_what_they_say)
{
	static const struct {
		const char *net, *address;
		bool in;
	} rows[] = {
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "192.0.2.6", false},
		{"0.0.0.0/0", "8.8.8.8", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"10.0.0.0/9", "10.128.0.0", false},
	};
	static const char *const bad[] = {
		"", "host", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/x", "1.2.3"};
	struct network net;
	uint8_t address[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert(network_parse(&net, rows[i].net));
		ck_assert(network_address(address, rows[i].address));
		ck_assert_msg(
			network_has(&net, address) == rows[i].in, "%s %s", rows[i].net, rows[i].address);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!network_parse(&net, bad[i]), "%s", bad[i]);
}
END_TEST

struct told {
	unsigned gained, lost;
};

static void on_changed(void *arg, const char *account, bool registered)
{
	struct told *t = arg;

	ck_assert_str_eq(account, "1001");
	t->gained += registered;
	t->lost += !registered;
}

static int bind_contact(struct registrar *r, const char *uri, const char *call_id, uint32_t cseq,
	uint32_t expires_s, int64_t now_us)
{
	struct registrar_change c = {.uri = uri,
		.route = "sip:192.0.2.9:5060;transport=udp",
		.call_id = call_id,
		.cseq = cseq,
		.expires_s = expires_s};

	return registrar_apply(r, "1001", &c, now_us);
}

START_TEST(a_binding_lives_until_it_expires)
{
	struct registrar r;
	struct told told = {0};

	registrar_init(&r, 60, 3600, on_changed, &told);
	ck_assert_int_eq(bind_contact(&r, "sip:a@192.0.2.1", "x", 1, 60, 0), 0);
	ck_assert_int_eq(bind_contact(&r, "sip:a@192.0.2.2", "y", 1, 120, 0), 0);
	ck_assert_uint_eq(told.gained, 1);
	registrar_expire(&r, 60 * SECOND_US - 1);
	ck_assert_uint_eq(registrar_find(&r, "1001")->contacts, 2);
	registrar_expire(&r, 60 * SECOND_US);
	ck_assert_uint_eq(registrar_find(&r, "1001")->contacts, 1);
	ck_assert_uint_eq(told.lost, 0);
	registrar_expire(&r, 120 * SECOND_US);
	ck_assert_ptr_null(registrar_find(&r, "1001"));
	ck_assert_uint_eq(told.lost, 1);
	registrar_finish(&r);
}
END_TEST

START_TEST(an_older_register_changes_nothing)
{
	struct registrar r;
	struct told told = {0};

	registrar_init(&r, 60, 3600, on_changed, &told);
	ck_assert_int_eq(bind_contact(&r, "sip:a@192.0.2.1", "x", 5, 60, 0), 0);
	ck_assert_int_eq(bind_contact(&r, "sip:a@192.0.2.1", "x", 4, 0, 0), GHL_ESTATE);
	ck_assert_int_eq(bind_contact(&r, "sip:a@192.0.2.1", "x", 5, 0, 0), GHL_ESTATE);
	ck_assert_uint_eq(registrar_find(&r, "1001")->contacts, 1);
	ck_assert_int_eq(bind_contact(&r, "sip:a@192.0.2.1", "x", 6, 0, 0), 0);
	ck_assert_ptr_null(registrar_find(&r, "1001"));
	ck_assert_int_eq(
		bind_contact(&r, "sip:a@192.0.2.1", "x", 7, 0, 0), 0); /* taking off what is not there */
	ck_assert_uint_eq(told.lost, 1);
	registrar_finish(&r);
}
END_TEST

START_TEST(an_account_has_at_most_8_contacts)
{
	struct registrar r;
	struct told told = {0};
	char uri[64];
	uint32_t granted;

	registrar_init(&r, 60, 3600, on_changed, &told);
	for (int i = 0; i < REGISTRAR_CONTACTS_MAX; i++) {
		(void)snprintf(uri, sizeof(uri), "sip:a@192.0.2.%d", i);
		ck_assert_int_eq(bind_contact(&r, uri, "x", 1, 60, 0), 0);
	}
	ck_assert_int_eq(bind_contact(&r, "sip:a@192.0.2.99", "x", 1, 60, 0), GHL_EFULL);
	ck_assert(!registrar_expiry(&r, 59, &granted));
	ck_assert(registrar_expiry(&r, 0, &granted));
	ck_assert(registrar_expiry(&r, 90000, &granted));
	ck_assert_uint_eq(granted, 3600);
	registrar_clear(&r, "1001");
	ck_assert_uint_eq(told.lost, 1);
	registrar_finish(&r);
}
END_TEST

TEST_SUITE(auth_suite, 20, the_vectors_of_rfc_7616_come_out, the_older_vectors_come_out,
	credentials_are_read_and_what_is_too_long_is_refused,
	what_we_answer_to_a_challenge_is_what_we_would_accept,
	a_nonce_is_good_until_it_is_old_and_never_when_forged, a_count_passes_once_in_whatever_order,
	a_nonce_that_was_pushed_out_of_the_table_lets_no_replay_pass,
	guessing_is_stopped_at_the_limit_and_forgotten_after_two_minutes, a_right_password_forgives,
	a_rate_lets_through_what_it_says, networks_hold_what_they_say, a_binding_lives_until_it_expires,
	an_older_register_changes_nothing, an_account_has_at_most_8_contacts)
