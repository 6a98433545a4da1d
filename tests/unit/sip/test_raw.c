/* test_raw.c - a bare UDP socket as peer: the refusals before a dialog, and answers no proper peer would
 * give. */
#include <testing.h>

#include "station.h"

#include "sip/digest.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct station hotline;
static int sock;
static unsigned our_port, serial;
static struct sockaddr_in to = {.sin_family = AF_INET};
static char in[8192];
static const char *from_user = "1001";

static void open_raw(bool as_trunk)
{
	struct sip_trunk t = {.name = "line", .sources = {"127.0.0.1"}};
	struct sockaddr_in us = {.sin_family = AF_INET};
	socklen_t len = sizeof(us);

	us.sin_addr.s_addr = to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(sock, (struct sockaddr *)&us, sizeof(us)), 0);
	ck_assert_int_eq(getsockname(sock, (struct sockaddr *)&us, &len), 0);
	our_port = ntohs(us.sin_port);
	station_opts(&hotline, SIP_UDP, false);
	hotline.user = "1001";
	hotline.password = "right";
	station_start(&hotline);
	(void)snprintf(t.proxy, sizeof(t.proxy), "sip:127.0.0.1:%u", our_port);
	if (as_trunk)
		ck_assert_int_eq(sip_trunks_set(hotline.sip, &t, 1, NULL), 0);
	to.sin_port = htons(sip_bound(hotline.sip, 0));
}

static void close_raw(void)
{
	station_close(&hotline);
	(void)close(sock);
}

static bool receive(void)
{
	ssize_t n = recv(sock, in, sizeof(in) - 1, 0);

	in[n > 0 ? n : 0] = 0;
	return n > 0;
}

static void send_text(const char *text)
{
	ck_assert_int_gt(sendto(sock, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to)), 0);
}

/* Sends a request with these headers more, and gives the status of the first reply. */
static int ask(const char *method, const char *headers)
{
	char out[2048];

	serial++;
	(void)snprintf(out, sizeof(out),
		"%s sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
		"127.0.0.1:%u;branch=z9hG4bKr%u;rport\r\nFrom: <sip:%s@y>;tag=%u\r\n"
		"To: <sip:1001@y>\r\nCall-ID: raw-%u\r\nCSeq: 1 %s\r\n%sContent-Length: 0\r\n\r\n",
		method, our_port, serial, from_user, serial, serial, method, headers);
	send_text(out);
	UNTIL(receive() &&
		strncmp(in, "SIP/2.0 ", 8) == 0); /* not the late packet of who had the port before */
	return (int)strtol(in + 8, NULL, 10);
}

START_TEST(an_invite_needs_exactly_one_good_contact)
{
	open_raw(true);
	ck_assert_int_eq(ask("INVITE", ""), 400);
	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@b>, <sip:c@d>\r\n"), 400);
	ck_assert_int_eq(ask("INVITE", "Contact: <mailto:a@b>\r\n"), 400);
	ck_assert_int_eq(ask("INVITE", "Contact: *\r\n"), 400);
	ck_assert_int_eq(ask("INVITE", "Contact: :a@host>\r\n"), 400);
	ck_assert_uint_eq(hotline.invites, 0);
	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@127.0.0.1:9>\r\n"), 100);
	ck_assert_uint_eq(hotline.invites, 1);
	close_raw();
}
END_TEST

START_TEST(what_we_cannot_do_is_refused_by_name)
{
	open_raw(true);
	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@b>\r\nRequire: 100rel, teleport\r\n"), 420);
	ck_assert_ptr_nonnull(strstr(in, "Unsupported: teleport"));
	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@b>\r\nRequire: replaces\r\n"), 420);
	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@b>\r\nSession-Expires: 30\r\n"), 422);
	ck_assert_ptr_nonnull(strstr(in, "Min-SE: 90"));
	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@b>\r\nMax-Forwards: 0\r\n"), 483);
	ck_assert_int_eq(ask("SUBSCRIBE", "Contact: <sip:a@b>\r\nEvent: x\r\n"), 405);
	ck_assert_int_eq(ask("TELEPORT", ""), 501);
	ck_assert_int_eq(ask("BYE", ""), 481);
	ck_assert_int_eq(ask("OPTIONS", ""), 200);
	ck_assert_uint_eq(hotline.invites, 0);
	close_raw();
}
END_TEST

START_TEST(a_stranger_is_challenged_with_both_algorithms_and_keeps_nothing)
{
	struct sip_stat stat;
	char rport[16];

	open_raw(false);
	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@b>\r\n"), 401);
	ck_assert_ptr_nonnull(strstr(in, "algorithm=SHA-256"));
	ck_assert_ptr_nonnull(strstr(in, "algorithm=MD5"));
	(void)snprintf(rport, sizeof(rport), "rport=%u", our_port);
	ck_assert_ptr_nonnull(strstr(in, rport)); /* RFC 3581 */
	ck_assert_int_eq(ask("REGISTER", "Contact: *\r\nExpires: 0\r\n"), 401);
	sip_stat(hotline.sip, &stat);
	ck_assert_uint_eq(stat.legs, 0);
	close_raw();
}
END_TEST

static bool sha256_is_offered(const char *user)
{
	from_user = user;
	ck_assert_int_eq(ask("REGISTER", "Contact: <sip:a@b>\r\n"), 401);
	ck_assert_ptr_nonnull(strstr(in, "algorithm=MD5"));
	return strstr(in, "algorithm=SHA-256") != NULL;
}

START_TEST(an_account_with_md5_only_is_offered_no_more_and_names_nobody_has_do_not_stand_out)
{
	char name[16];
	unsigned with = 0;

	open_raw(false);
	hotline.md5_only = true;
	ck_assert(!sha256_is_offered("1001"));
	for (int i = 0; i < 32; i++) {
		bool first;

		(void)snprintf(name, sizeof(name), "nobody%d", i);
		first = sha256_is_offered(name);
		ck_assert(sha256_is_offered(name) == first);
		with += first;
	}
	ck_assert_uint_gt(with, 2);
	ck_assert_uint_lt(with, 30);
	close_raw();
}
END_TEST

/* Asks with a right digest over `uri`. */
static int ask_with_digest(const char *uri)
{
	char nonce[64] = "", ha1[DIGEST_HEX_MAX], response[DIGEST_HEX_MAX], header[1024];

	ck_assert_int_eq(ask("INVITE", "Contact: <sip:a@127.0.0.1:9>\r\n"), 401);
	ck_assert_int_eq(sscanf(strstr(in, "nonce="), "nonce=\"%63[0-9a-f]\"", nonce), 1);
	digest_ha1(DIGEST_MD5, "1001", hotline.opts.realm, "right", ha1);
	digest_response(DIGEST_MD5, ha1, nonce, "00000001", "c", "auth", "INVITE", uri, response);
	(void)snprintf(header, sizeof(header),
		"Contact: <sip:a@127.0.0.1:9>\r\nAuthorization: Digest username=\"1001\", realm=\"%s\", "
		"nonce=\"%s\", uri=\"%s\", response=\"%s\", qop=auth, nc=00000001, cnonce=\"c\"\r\n",
		hotline.opts.realm, nonce, uri, response);
	return ask("INVITE", header);
}

START_TEST(a_digest_over_another_uri_is_not_taken)
{
	open_raw(false);
	ck_assert_int_eq(ask_with_digest("sip:2@127.0.0.1"), 401);
	ck_assert_int_eq(ask_with_digest("sip:1@127.0.0.2"), 401);
	ck_assert_int_eq(ask_with_digest("sip:1@127.0.0.1:5070"), 401);
	ck_assert_int_eq(ask_with_digest("nonsense"), 401);
	ck_assert_int_eq(ask_with_digest(""), 401);
	ck_assert_uint_eq(hotline.invites, 0);
	ck_assert_int_eq(ask_with_digest("sip:1@127.0.0.1"), 100);
	ck_assert_int_eq(ask_with_digest("SIP:1@127.0.0.1:5060"), 100);
	ck_assert_int_eq(ask_with_digest("sip:%31@127.0.0.1;transport=udp"), 100);
	close_raw();
}
END_TEST

START_TEST(an_asserted_identity_counts_from_a_trunk)
{
	open_raw(true);
	ck_assert_int_eq(
		ask("INVITE",
			"Contact: <sip:a@b>\r\nP-Asserted-Identity: \"Li\" <sip:01012345678@carrier>\r\n"),
		100);
	ck_assert_str_eq(hotline.calling, "01012345678");
	ck_assert_str_eq(hotline.calling_name, "Li");
	ck_assert_int_eq(
		ask("INVITE",
			"Contact: <sip:a@b>\r\nP-Asserted-Identity: <sip:010@carrier>\r\nPrivacy: id\r\n"),
		100);
	ck_assert(hotline.anonymous);
	ck_assert_str_eq(hotline.calling, "");
	close_raw();
}
END_TEST

/* The headers a response copies. */
static void copy_header(char *out, size_t room, const char *name)
{
	const char *at = strstr(in, name);

	ck_assert_ptr_nonnull(at);
	(void)snprintf(out, room, "%.*s", (int)strcspn(at, "\r\n"), at);
}

START_TEST(a_200_with_a_bad_contact_ends_the_call_and_is_acknowledged)
{
	char via[512], from[512], peer_to[512], call_id[256], cseq[64], out[4096];
	struct sip_leg *leg;

	open_raw(true);
	ck_assert_int_eq(station_call(&hotline, "12345", &leg), 0);
	UNTIL(receive());
	copy_header(via, sizeof(via), "Via:");
	copy_header(from, sizeof(from), "From:");
	copy_header(peer_to, sizeof(peer_to), "To:");
	copy_header(call_id, sizeof(call_id), "Call-ID:");
	copy_header(cseq, sizeof(cseq), "CSeq:");
	(void)snprintf(out, sizeof(out),
		"SIP/2.0 200 OK\r\n%s\r\n%s\r\n%s;tag=z\r\n%s\r\n%s\r\nContact: <mailto:a@b>\r\n\r\n", via,
		from, peer_to, call_id, cseq);
	send_text(out);
	UNTIL(hotline.ends == 1);
	ck_assert_int_eq(hotline.end.cause, SIP_END_REFUSED);
	ck_assert_uint_eq(hotline.ups, 0);
	UNTIL(receive() && strncmp(in, "ACK ", 4) == 0);
	UNTIL(receive() && strncmp(in, "BYE ", 4) == 0);
	close_raw();
}
END_TEST

TEST_SUITE(raw_suite, 60, an_invite_needs_exactly_one_good_contact, what_we_cannot_do_is_refused_by_name,
	a_stranger_is_challenged_with_both_algorithms_and_keeps_nothing,
	an_account_with_md5_only_is_offered_no_more_and_names_nobody_has_do_not_stand_out,
	a_digest_over_another_uri_is_not_taken, an_asserted_identity_counts_from_a_trunk,
	a_200_with_a_bad_contact_ends_the_call_and_is_acknowledged)
