/* test_ports.c - ports of two struct media against each other over loopback: playing, bridging, digits,
 * strangers, timeouts. */
#include "fixture.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

Suite *digits_suite(void);
Suite *ports_suite(void);

/* A third of a hertz beside the round figure: else G.711's own distortion falls on few lines, one of them the
 * other tone. */
#define LOW_HZ  (440 + 1.0 / 3)
#define HIGH_HZ (1000 + 1.0 / 3)

/* The middle of a track, where both tones surely are. */
static void assert_only(const int16_t *pcm, size_t samples, double hz, double other_hz)
{
	size_t from = samples / 2 - 4000;

	ck_assert_double_gt(goertzel_db(pcm + from, 8000, hz), -16);
	ck_assert_double_lt(goertzel_db(pcm + from, 8000, other_hz), goertzel_db(pcm + from, 8000, hz) - 60);
}

static void record_bridge(unsigned threads)
{
	struct media_opts opts = {.threads = threads};
	struct lab lab;
	struct end *a, *b, *citizen, *agent;
	struct media_recording *r;
	struct outcome o;
	struct track t;
	char path[300];

	lab_open(&lab, &opts);
	(void)snprintf(path, sizeof(path), "%s/deep/er/call.wav", testing_folder());
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.near);
	citizen = lab_port(&lab, lab.far);
	agent = lab_port(&lab, lab.far);
	lab_connect(a, citizen, true);
	lab_connect(b, agent, true);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	ck_assert_int_eq(media_bridge(a->port, b->port), 0);
	ck_assert_int_eq(media_bridge(a->port, b->port), GHL_ESTATE);
	lab_play(agent, lab_tone(HIGH_HZ, 1600), true);
	lab_play(citizen, lab_tone(LOW_HZ, 1600), false);
	lab_until(&lab, &citizen->played, 1, 6000);
	lab_stop_recording(&lab, r, &o);
	ck_assert_int_eq(o.facts.status, 0);
	ck_assert_uint_eq(o.facts.missing_samples, 0);
	track_read(&t, path);
	ck_assert_uint_eq(t.samples, o.facts.samples);
	assert_only(t.left, t.samples, LOW_HZ, HIGH_HZ);
	assert_only(t.right, t.samples, HIGH_HZ, LOW_HZ);
	track_free(&t);
	lab_close(&lab);
	ck_assert_uint_eq(a->report.lost + b->report.lost, 0);
}

START_TEST(a_bridged_recording_has_440_hz_left_and_1000_hz_right)
{
	record_bridge(1);
}
END_TEST

START_TEST(a_bridge_works_across_media_threads)
{
	record_bridge(2);
}
END_TEST

static void send_digits(bool events)
{
	struct lab lab;
	struct end *a, *b;

	lab_open(&lab, NULL);
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, events);
	ck_assert_int_eq(media_port_digits_send(a->port, "12x"), GHL_EINVAL);
	ck_assert_int_eq(media_port_digits_send(a->port, ""), GHL_EINVAL);
	ck_assert_int_eq(media_port_digits_send(a->port, "0123456789*#ABCD"), 0);
	ck_assert_int_eq(media_port_digits_send(b->port, "55"), 0);
	lab_until(&lab, &b->ups, 16, 6000);
	lab_until(&lab, &a->ups, 2, 1000);
	ck_assert_str_eq(b->digits, "0123456789*#ABCD");
	ck_assert_str_eq(a->digits, "55");
	ck_assert_uint_ge(b->last_up_ms, 60);
	ck_assert_uint_le(b->last_up_ms, 140);
	lab_close(&lab);
}

START_TEST(digits_travel_both_ways_as_events)
{
	send_digits(true);
}
END_TEST

START_TEST(digits_travel_both_ways_as_tones)
{
	send_digits(false);
}
END_TEST

START_TEST(a_digit_stops_the_prompt_within_three_packets)
{
	struct lab lab;
	struct end *a, *b;
	struct media_sound *s = lab_tone(440, 20000);
	struct media_play play = {.sounds = &s, .count = 1, .stop_on_digit = true, .tag = 42};

	lab_open(&lab, NULL);
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, true);
	ck_assert_int_eq(media_port_play(a->port, &play), 0);
	media_sound_unref(s);
	lab_pass(&lab, 300);
	ck_assert_int_eq(media_port_digits_send(b->port, "5"), 0);
	lab_until(&lab, &a->downs, 1, 1000);
	lab_until(&lab, &a->played, 1, 60);
	ck_assert(a->played_stopped);
	ck_assert_uint_eq(a->played_tag, 42);
	ck_assert_int_le(llabs(a->played_at_us - a->digit_at_us), (int64_t)(60000 * testing_slowness()));
	ck_assert_uint_ge(a->played_ms, 280);
	ck_assert_uint_le(a->played_ms, (uint32_t)(600 * testing_slowness()));
	lab_close(&lab);
}
END_TEST

START_TEST(a_playlist_ends_once_with_its_whole_length)
{
	struct lab lab;
	struct end *a;
	struct media_sound *sounds[3] = {lab_tone(440, 33), lab_tone(500, 0), lab_tone(600, 54)};
	struct media_play play = {.sounds = sounds, .count = 3, .tag = 9};

	lab_open(&lab, NULL);
	a = lab_port(&lab, lab.near);
	ck_assert_int_eq(media_port_play(a->port, &play), 0);
	lab_until(&lab, &a->played, 1, 1000);
	ck_assert(!a->played_stopped);
	ck_assert_uint_eq(a->played_ms, 87);
	play.count = 65;
	ck_assert_int_eq(media_port_play(a->port, &play), GHL_EINVAL);
	play.count = 2;
	play.repeat = true;
	ck_assert_int_eq(media_port_play(a->port, &play), 0);
	lab_pass(&lab, 200);
	ck_assert_uint_eq(a->played, 1);
	media_port_stop(a->port);
	lab_until(&lab, &a->played, 2, 1000);
	ck_assert(a->played_stopped);
	ck_assert_uint_ge(a->played_ms, 160);
	for (int i = 0; i < 3; i++)
		media_sound_unref(sounds[i]);
	lab_close(&lab);
}
END_TEST

START_TEST(silence_from_the_peer_is_told_once)
{
	struct media_opts opts = {.threads = 1, .timeout_ms = 300};
	struct lab lab;
	struct end *a, *b;

	lab_open(&lab, &opts);
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, true);
	lab_pass(&lab, 500);
	ck_assert_uint_eq(a->timeouts, 0);
	lab_close_port(&lab, b);
	lab_until(&lab, &a->timeouts, 1, 2000);
	lab_pass(&lab, 700);
	ck_assert_uint_eq(a->timeouts, 1);
	lab_close(&lab);
}
END_TEST

static int udp_socket(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	return fd;
}

static void send_noise(int fd, uint16_t port, uint16_t seq, uint32_t ssrc)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
	struct rtp_packet p = {.payload_type = 8, .seq = seq, .ts = seq * 160u, .ssrc = ssrc};
	uint8_t data[172];

	rtp_build(data, &p);
	for (int i = 12; i < 172; i++)
		data[i] = (uint8_t)testing_random();
	ck_assert_int_eq(sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(data));
}

START_TEST(a_stranger_is_not_heard_and_not_sent_to)
{
	struct lab lab;
	struct end *a, *b;
	struct media_recording *r;
	struct outcome o;
	struct track t;
	char path[300], heard[16];
	int stranger;

	lab_open(&lab, NULL);
	(void)snprintf(path, sizeof(path), "%s/call.wav", testing_folder());
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	stranger = udp_socket();
	lab_connect(a, b, true);
	lab_pass(&lab, 200);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	for (uint16_t i = 0; i < 100; i++) {
		send_noise(stranger, media_port_number(a->port), i, 77);
		if (i % 10 == 0)
			lab_pass(&lab, 20);
	}
	lab_pass(&lab, 100);
	lab_stop_recording(&lab, r, &o);
	ck_assert_int_lt(recv(stranger, heard, sizeof(heard), MSG_DONTWAIT), 0);
	track_read(&t, path);
	for (size_t i = 0; i < t.samples; i++)
		ck_assert_int_le(abs(t.left[i]), 8);
	track_free(&t);
	(void)close(stranger);
	lab_close(&lab);
	ck_assert_uint_eq(a->report.lost, 0);
}
END_TEST

START_TEST(a_symmetric_port_finds_its_peer_behind_a_nat_and_counts_others)
{
	struct lab lab;
	struct end *a;
	struct media_peer peer = {.address = "127.0.0.1",
		.port = 9,
		.codec = MEDIA_PCMA,
		.payload_type = 8,
		.send = true,
		.receive = true,
		.symmetric = true};
	int real, stranger;
	uint8_t got[256];
	unsigned packets = 0;

	lab_open(&lab, NULL);
	a = lab_port(&lab, lab.near);
	real = udp_socket();
	stranger = udp_socket();
	media_port_peer_set(a->port, &peer);
	for (uint16_t i = 0; i < 20; i++) {
		send_noise(real, media_port_number(a->port), i, 5);
		if (i % 3 == 1)
			send_noise(stranger, media_port_number(a->port), i, 6);
		lab_pass(&lab, 20);
	}
	while (recv(real, got, sizeof(got), MSG_DONTWAIT) == 172)
		packets++;
	ck_assert_uint_ge(packets, 8);
	ck_assert_int_lt(recv(stranger, got, sizeof(got), MSG_DONTWAIT), 0);
	lab_close(&lab);
	ck_assert_uint_ge(a->report.strangers, 1);
	ck_assert_uint_ge(a->report.packets_received, 18);
	(void)close(real);
	(void)close(stranger);
}
END_TEST

static unsigned take_all(int fd, uint8_t last[256])
{
	uint8_t got[256];
	unsigned packets = 0;

	while (recv(fd, got, sizeof(got), MSG_DONTWAIT) == 172) {
		memcpy(last, got, sizeof(got));
		packets++;
	}
	return packets;
}

START_TEST(a_bridge_passes_on_what_comes_and_a_sign_of_life_a_second)
{
	struct media_peer peer = {.address = "127.0.0.1",
		.codec = MEDIA_PCMA,
		.payload_type = 8,
		.send = true,
		.receive = true};
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	struct lab lab;
	struct end *quiet, *far;
	int phone = udp_socket(), trunk = udp_socket();
	uint8_t last[256] = {0};

	lab_open(&lab, NULL);
	quiet = lab_port(&lab, lab.near);
	far = lab_port(&lab, lab.near);
	ck_assert_int_eq(getsockname(phone, (struct sockaddr *)&at, &len), 0);
	peer.port = ntohs(at.sin_port);
	media_port_peer_set(quiet->port, &peer);
	ck_assert_int_eq(getsockname(trunk, (struct sockaddr *)&at, &len), 0);
	peer.port = ntohs(at.sin_port);
	media_port_peer_set(far->port, &peer);
	ck_assert_int_eq(media_bridge(quiet->port, far->port), 0);
	lab_pass(&lab, 200);
	(void)take_all(trunk, last);
	lab_pass(&lab, 2000);
	ck_assert_uint_ge(take_all(trunk, last), 1);
	lab_pass(&lab, 900);
	ck_assert_uint_le(take_all(trunk, last), 2);
	for (uint16_t i = 0; i < 25; i++) {
		send_noise(phone, media_port_number(quiet->port), i, 5);
		lab_pass(&lab, 20);
	}
	ck_assert_uint_ge(take_all(trunk, last), 15);
	(void)close(phone);
	(void)close(trunk);
	lab_close(&lab);
}
END_TEST

START_TEST(rtcp_tells_round_trip_and_jitter)
{
	struct media_opts opts = {.threads = 1, .rtcp_ms = 300};
	struct lab lab;
	struct end *a, *b;

	lab_open(&lab, &opts);
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, true);
	lab_pass(&lab, 1800); /* b's report that answers a's first comes by then */
	lab_close(&lab);
	ck_assert_uint_gt(a->report.round_trip_us, 0);
	ck_assert_uint_lt(a->report.round_trip_us, (uint32_t)(60000 * testing_slowness()));
	ck_assert_uint_gt(a->report.packets_received, 50);
	ck_assert_uint_eq(a->report.lost, 0);
}
END_TEST

static bool is_free(uint16_t port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool bound = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;

	(void)close(fd);
	return bound;
}

/* Eight free ports below those that the system gives to others meanwhile; each process looks elsewhere first.
 */
static uint16_t free_range(void)
{
	unsigned first = 10000 + (unsigned)getpid() % 2000 * 8, n = 0;

	for (; n < 8; n++)
		if (!is_free((uint16_t)(first + n))) {
			first += 8;
			n = UINT_MAX;
		}
	ck_assert_uint_lt(first, 32768);
	return (uint16_t)first;
}

START_TEST(ports_come_from_the_range_until_it_is_full)
{
	uint16_t first = free_range();
	struct media_opts opts = {
		.threads = 1, .port_min = (uint16_t)(first + 1), .port_max = (uint16_t)(first + 7)};
	struct lab lab;
	struct end *e[3];
	struct media_port_handlers none = {0};
	struct media_port *p;

	lab_open(&lab, &opts);
	for (int i = 0; i < 3; i++) {
		e[i] = lab_port(&lab, lab.near);
		ck_assert_uint_eq(media_port_number(e[i]->port) % 2, 0);
		ck_assert_uint_ge(media_port_number(e[i]->port), first + 2);
		ck_assert_uint_le(media_port_number(e[i]->port), first + 6);
	}
	ck_assert_int_eq(media_port_open(lab.near, "127.0.0.1", &none, NULL, &p), GHL_EFULL);
	ck_assert_int_eq(media_port_open(lab.near, "localhost", &none, NULL, &p), GHL_EINVAL);
	lab_close(&lab);
}
END_TEST

TEST_SUITE(ports_suite, 40, a_bridged_recording_has_440_hz_left_and_1000_hz_right,
	a_bridge_works_across_media_threads, a_playlist_ends_once_with_its_whole_length,
	silence_from_the_peer_is_told_once, a_stranger_is_not_heard_and_not_sent_to,
	a_symmetric_port_finds_its_peer_behind_a_nat_and_counts_others,
	a_bridge_passes_on_what_comes_and_a_sign_of_life_a_second, rtcp_tells_round_trip_and_jitter,
	ports_come_from_the_range_until_it_is_full)

TEST_SUITE(digits_suite, 40, digits_travel_both_ways_as_events, digits_travel_both_ways_as_tones,
	a_digit_stops_the_prompt_within_three_packets)
