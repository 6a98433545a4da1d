/*
 * test_torture.c - hostile packets at a running station: the messages of RFC 4475, byte for byte as its
 * archive has them (torture/NAME.sip; Appendix A there), one plain INVITE beside them, and mutations of all,
 * GHL_TEST_SIP_MUTATIONS many. It must live, answer an OPTIONS afterwards, and shut down cleanly once its
 * timers ran out.
 */
#include <testing.h>

#include "station.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGES_MAX 80
#define BYTES_MAX    65000

extern const char *const torture_folder;

struct message {
	char name[64];
	char *bytes;
	size_t len;
};

static struct message messages[MESSAGES_MAX];
static unsigned count;
static struct station hotline, peer;
static struct sockaddr_in to = {.sin_family = AF_INET};
static int sock;

static void read_message(struct message *m, const char *name)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", torture_folder, name);
	(void)snprintf(m->name, sizeof(m->name), "%.63s", name);
	f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	m->bytes = malloc(BYTES_MAX);
	ck_assert_ptr_nonnull(m->bytes);
	m->len = fread(m->bytes, 1, BYTES_MAX, f);
	(void)fclose(f);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct message *)a)->name, ((const struct message *)b)->name);
}

static void read_messages(void)
{
	DIR *d = opendir(torture_folder);
	const struct dirent *e;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) && count < MESSAGES_MAX)
		if (strstr(e->d_name, ".sip"))
			read_message(&messages[count++], e->d_name);
	(void)closedir(d);
	ck_assert_uint_ge(count, 40);
	qsort(messages, count, sizeof(messages[0]), by_name);
}

/* Everything from loopback is a trunk, so that what is well-formed goes all the way to a leg; and it is
 * answered. */
static void open_hotline(void)
{
	struct sip_trunk t = {.name = "line", .sources = {"127.0.0.0/8"}};

	station_opts(&hotline, SIP_UDP, false);
	hotline.opts.listens = 2;
	hotline.opts.listen[1] = hotline.opts.listen[0];
	hotline.opts.listen[1].transport = SIP_TCP;
	station_start(&hotline);
	hotline.auto_answer = true;
	ck_assert_int_eq(sip_trunks_set(hotline.sip, &t, 1, NULL), 0);
	station_open(&peer, SIP_UDP, false);
	to.sin_port = htons(sip_bound(hotline.sip, 0));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(sock, 0);
	read_messages();
}

static void throw(const void *bytes, size_t len)
{
	(void)sendto(sock, bytes, len, 0, (struct sockaddr *)&to, sizeof(to));
	for (int i = 0; i < 3; i++)
		loop_step(hotline.loop, 0);
}

static void on_ping(void *arg, uint16_t status, int64_t rtt_us)
{
	(void)rtt_us;
	((struct station *)arg)->pings++;
	((struct station *)arg)->ping_status = status;
}

static void check_alive(void)
{
	char uri[64];
	unsigned before = peer.pings;

	(void)snprintf(uri, sizeof(uri), "sip:127.0.0.1:%u", (unsigned)sip_bound(hotline.sip, 0));
	ck_assert_int_eq(sip_ping(peer.sip, uri, 5000, on_ping, &peer), 0);
	UNTIL(peer.pings == before + 1);
	ck_assert_uint_eq(peer.ping_status, 200);
}

/* 64 x T1 of 20 ms, and the rest of it: where a stack falls over late, it falls here. */
static void close_hotline(void)
{
	stations_run_ms(64 * 20 + 600);
	check_alive();
	ck_assert_uint_eq(hotline.invites, hotline.ends); /* nobody acknowledged: each was given up */
	station_close(&hotline);
	station_close(&peer);
	(void)close(sock);
	for (unsigned i = 0; i < count; i++)
		free(messages[i].bytes);
}

START_TEST(it_survives_every_message_of_rfc_4475)
{
	open_hotline();
	for (unsigned i = 0; i < count; i++) {
		throw(messages[i].bytes, messages[i].len);
		check_alive();
	}
	ck_assert_uint_ge(hotline.invites, 1);
	close_hotline();
}
END_TEST

/* Sends it the way its Via says, and gives the final status it gets; 0: none, for it is a response or was
 * dropped. */
static int final_status(const struct message *m)
{
	const char *via = memmem(m->bytes, m->len, "SIP/2.0/", 8);
	bool tcp = via && strncmp(via + 8, "TCP", 3) == 0;
	struct sockaddr_in at = to;
	char in[8192];
	int fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0), status = 0;

	at.sin_port = htons(sip_bound(hotline.sip, tcp));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(send(fd, m->bytes, m->len, 0), (ssize_t)m->len);
	for (int i = 0; i < 60 && status < 200; i++) {
		ssize_t n;

		stations_run_ms(2);
		n = recv(fd, in, sizeof(in) - 1, MSG_DONTWAIT);
		in[n > 0 ? n : 0] = 0;
		if (strncmp(in, "SIP/2.0 ", 8) == 0)
			status = (int)strtol(in + 8, NULL, 10);
	}
	(void)close(fd);
	return status;
}

/* What the RFC asks of an element that gets it, and where it leaves a choice, ours; the section is the RFC's.
 */
static const struct {
	const char *name;
	int status;
} wanted[] = {{"wsinv.sip", 481}, /* 3.1.1.1: well-formed; its To has a tag of no dialog of ours */
	{"esc01.sip", 200},       /* 3.1.1.3 */
	{"escnull.sip", 401}, {"esc02.sip", 501}, {"lwsdisp.sip", 200}, {"longreq.sip", 200},
	{"dblreq.sip", 401}, {"semiuri.sip", 200}, {"transports.sip", 200},
	{"mpart01.sip", 405}, /* 3.1.1.11: MESSAGE is not ours */
	{"clerr.sip", 400}, {"ncl.sip", 400}, {"scalar02.sip", 400}, {"scalarlg.sip", 0},
	{"quotbal.sip", 400}, {"ltgtruri.sip", 400}, {"lwsstart.sip", 200}, {"escruri.sip", 400},
	{"baddate.sip", 200} /* we read no Date */, {"regbadct.sip", 400}, {"baddn.sip", 400},
	{"mismatch01.sip", 400}, {"mismatch02.sip", 400}, {"bigcode.sip", 0}, {"badbranch.sip", 200},
	{"insuf.sip", 400}, {"unkscm.sip", 416}, {"novelsc.sip", 416}, {"unksm2.sip", 401},
	{"invut.sip", 415}, {"regaut01.sip", 401}, {"multi01.sip", 400}, {"mcl01.sip", 400}, {"bcast.sip", 0},
	{"zeromf.sip", 200}, {"cparam01.sip", 401}, {"cparam02.sip", 401}, {"regescrt.sip", 401},
	{"sdp01.sip", 406}, {"inv2543.sip", 400}, /* 3.4.1: we insist on a Contact */
	{"noreason.sip", 0}, {"unreason.sip", 0}};

static const struct message *message_named(const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(messages[i].name, name) == 0)
			return &messages[i];
	ck_abort_msg("no %s", name);
	return NULL;
}

START_TEST(a_message_of_rfc_4475_gets_the_answer_it_should)
{
	open_hotline();
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int got = final_status(message_named(wanted[i].name));

		ck_assert_msg(
			got == wanted[i].status, "%s got %d, not %d", wanted[i].name, got, wanted[i].status);
	}
	close_hotline();
}
END_TEST

/* One to four changes: a byte, a piece cut out, a piece doubled, the end cut off. */
static size_t mutate(char *bytes, size_t len)
{
	for (unsigned n = (unsigned)(testing_random() % 4 + 1); n > 0 && len > 16; n--) {
		size_t at = testing_random() % len, piece = testing_random() % (len - at) % 64;

		switch (testing_random() % 4) {
		case 0:
			bytes[at] = (char)testing_random();
			break;
		case 1:
			memmove(bytes + at, bytes + at + piece, len - at - piece);
			len -= piece;
			break;
		case 2:
			if (len + piece > BYTES_MAX)
				break;
			memmove(bytes + at + piece, bytes + at, len - at);
			len += piece;
			break;
		default:
			len = testing_random() % 8 ? len : at + 1;
		}
	}
	return len;
}

START_TEST(it_survives_mutated_messages)
{
	const char *env = getenv("GHL_TEST_SIP_MUTATIONS");
	long n = env ? strtol(env, NULL, 10) : 500;
	char *bytes = malloc(BYTES_MAX);

	ck_assert_ptr_nonnull(bytes);
	open_hotline();
	for (long i = 0; i < n; i++) {
		const struct message *m = &messages[testing_random() % count];

		memcpy(bytes, m->bytes, m->len);
		throw(bytes, mutate(bytes, m->len));
		if (i % 100 == 99)
			check_alive();
	}
	close_hotline();
	free(bytes);
}
END_TEST

TEST_SUITE(torture_suite, 100, it_survives_every_message_of_rfc_4475,
	a_message_of_rfc_4475_gets_the_answer_it_should, it_survives_mutated_messages)
