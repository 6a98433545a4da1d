/* test_tls.c - SIP over TLS between two stations, with certificates made by openssl on the spot. */
#include <testing.h>

#include "station.h"

#include "base/text.h"

#include <openssl/ssl.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEW_KEY "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"

static struct station a, b;
static struct sip_leg *leg;
static char top[200];

/* <top>/<who>/agent.pem for a host, signed by itself, and cafile.pem that trusts only <trusts>; made in this
 * order. */
static void make_identity(const char *who, const char *host, const char *trusts)
{
	char line[1024];

	(void)snprintf(line, sizeof(line),
		"cd %s && mkdir -p %s && cd %s && " NEW_KEY
		" -subj /CN=%s -keyout key.pem -out crt.pem 2>/dev/null && "
		"cat key.pem crt.pem > agent.pem && cp ../%s/crt.pem cafile.pem",
		top, who, who, host, trusts);
	ck_assert_msg(system(line) == 0, "%s", line);
}

static void open_tls(struct station *s, const char *who, enum sip_tls_verify verify)
{
	station_opts(s, SIP_TLS, false);
	(void)snprintf(s->opts.tls_cert_dir, sizeof(s->opts.tls_cert_dir), "%s/%s", top, who);
	s->opts.tls_verify = verify;
	s->opts.t1_ms =
		(uint32_t)(20 * testing_slowness()); /* a handshake must fit into the transaction's time */
	station_start(s);
}

static void open_pair(const char *a_name, const char *b_name, enum sip_tls_verify verify)
{
	open_tls(&a, a_name, verify);
	open_tls(&b, b_name, verify);
	station_trunk(&a, &b, NULL, NULL, false);
	station_trunk(&b, &a, NULL, NULL, false);
	b.auto_answer = true;
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
}

/*
 * Sofia 1.12 lets go of a connection's SSL object without freeing it: LeakSanitizer is to look away in these
 * cases. The same calls run without TLS elsewhere, where it looks.
 */
void __lsan_disable(void) __attribute__((weak));

static void make_identities(void)
{
	if (__lsan_disable)
		__lsan_disable();
	(void)text_copy(top, sizeof(top), testing_folder());
	make_identity("good", "127.0.0.1", "good");
	make_identity("stranger", "127.0.0.1", "stranger");
	make_identity("elsewhere", "other.example", "elsewhere");
}

static void close_pair(void)
{
	station_close(&a);
	station_close(&b);
}

static void goes_through(enum sip_tls_verify verify)
{
	make_identities();
	open_pair("good", "good", verify);
	UNTIL(a.ups == 1 && b.ups == 1);
	ck_assert_int_eq(sip_leg_end(b.leg, 16), 0);
	UNTIL(a.ends == 1 && b.ends == 1);
	close_pair();
}

START_TEST(a_call_goes_through_by_tls)
{
	goes_through(SIP_TLS_VERIFY_NONE);
}
END_TEST

START_TEST(a_call_goes_through_with_certificates_verified)
{
	goes_through(SIP_TLS_VERIFY_BOTH);
}
END_TEST

/* `a` calls `b`, who trusts the others as told; it must not come to a call. */
static void refused(
	const char *caller, const char *called, enum sip_tls_verify at_a, enum sip_tls_verify at_b)
{
	open_tls(&a, caller, at_a);
	open_tls(&b, called, at_b);
	station_trunk(&a, &b, NULL, NULL, false);
	station_trunk(&b, &a, NULL, NULL, false);
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ends == 1);
	ck_assert_uint_eq(a.ups + b.invites, 0);
	close_pair();
}

START_TEST(a_caller_nobody_vouches_for_is_refused_where_both_are_verified)
{
	make_identities();
	refused("stranger", "good", SIP_TLS_VERIFY_NONE, SIP_TLS_VERIFY_BOTH);
}
END_TEST

START_TEST(a_trunk_nobody_vouches_for_is_not_called_where_it_is_verified)
{
	make_identities();
	refused("good", "stranger", SIP_TLS_VERIFY_OUT, SIP_TLS_VERIFY_NONE);
}
END_TEST

START_TEST(a_trunk_with_the_certificate_of_another_host_is_not_called)
{
	char line[600];

	make_identities();
	(void)snprintf(line, sizeof(line), "cp %s/elsewhere/crt.pem %s/good/cafile.pem", top, top);
	ck_assert_int_eq(system(line), 0);
	refused("good", "elsewhere", SIP_TLS_VERIFY_OUT, SIP_TLS_VERIFY_NONE);
}
END_TEST

START_TEST(where_only_trunks_are_verified_a_caller_needs_no_certificate_of_ours)
{
	make_identities();
	open_tls(&a, "stranger", SIP_TLS_VERIFY_NONE);
	open_tls(&b, "good", SIP_TLS_VERIFY_OUT);
	station_trunk(&a, &b, NULL, NULL, false);
	station_trunk(&b, &a, NULL, NULL, false);
	b.auto_answer = true;
	ck_assert_int_eq(station_call(&a, "12345", &leg), 0);
	UNTIL(a.ups == 1 && b.ups == 1);
	close_pair();
}
END_TEST

/* What a client of exactly this version gets: the version's name, or NULL when it is refused. */
static const char *handshake(int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sip_bound(a.sip, 0))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = 0, why = SSL_ERROR_WANT_READ;
	const char *got = NULL;
	SSL *ssl;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(SSL_CTX_set_min_proto_version(ctx, version), 1);
	ck_assert_int_eq(SSL_CTX_set_max_proto_version(ctx, version), 1);
	SSL_CTX_set_security_level(ctx, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ssl = SSL_new(ctx);
	ck_assert_int_eq(SSL_set_fd(ssl, fd), 1);
	(void)SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (rc != 1 && (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)) {
		stations_step();
		rc = SSL_connect(ssl);
		why = SSL_get_error(ssl, rc);
	}
	if (rc == 1)
		got = SSL_get_version(ssl);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	(void)close(fd);
	return got;
}

START_TEST(tls_1_2_and_1_3_are_spoken_and_nothing_older)
{
	make_identities();
	open_tls(&a, "good", SIP_TLS_VERIFY_NONE);
	ck_assert_str_eq(handshake(TLS1_2_VERSION), "TLSv1.2");
	ck_assert_str_eq(handshake(TLS1_3_VERSION), "TLSv1.3");
	ck_assert_ptr_null(handshake(TLS1_1_VERSION));
	ck_assert_ptr_null(handshake(TLS1_VERSION));
	station_close(&a);
}
END_TEST

TEST_SUITE(tls_suite, 60, a_call_goes_through_by_tls, a_call_goes_through_with_certificates_verified,
	a_caller_nobody_vouches_for_is_refused_where_both_are_verified,
	a_trunk_nobody_vouches_for_is_not_called_where_it_is_verified,
	a_trunk_with_the_certificate_of_another_host_is_not_called,
	where_only_trunks_are_verified_a_caller_needs_no_certificate_of_ours,
	tls_1_2_and_1_3_are_spoken_and_nothing_older)
