/* test_privacy.c - calls leave each other alone: no crosstalk between recordings, no bit of the RTP changed
 * by recording, IPv4 and IPv6 side by side. */
#include "fixture.h"

#include "media/g711.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *privacy_suite(void);

#define CALLS  5
#define TAPPED 400 /* packets */

/* One call: two ports here, bridged; two parties there. */
struct call {
	struct end *ports[2], *parties[2];
	struct media_recording *recording;
	struct outcome outcome;
	char path[300];
};

static void open_call(struct lab *lab, struct call *c, const char *citizen_address)
{
	for (int i = 0; i < 2; i++) {
		const char *address = i == 0 ? citizen_address : "127.0.0.1";

		c->ports[i] = lab_port_at(lab, lab->near, address);
		c->parties[i] = lab_port_at(lab, lab->far, address);
	}
	ck_assert_int_eq(media_bridge(c->ports[0]->port, c->ports[1]->port), 0);
}

static void connect_call(struct call *c)
{
	lab_connect(c->ports[0], c->parties[0], true);
	lab_connect(c->ports[1], c->parties[1], true);
}

static void record(struct call *c, const char *folder, int i)
{
	(void)snprintf(c->path, sizeof(c->path), "%s/%d.wav", folder, i);
	ck_assert_int_eq(media_record_start(c->ports[0]->port, c->path, MEDIA_WAV_PCM16, &c->recording), 0);
}

/* --- crosstalk --- */

/* No two are multiples of each other, nor is a tone where another's third or fifth harmonic falls. */
static const double tones_hz[2 * CALLS] = {310 + 1.0 / 3, 401 + 1.0 / 3, 509 + 1.0 / 3, 613 + 1.0 / 3,
	727 + 1.0 / 3, 839 + 1.0 / 3, 967 + 1.0 / 3, 1061 + 1.0 / 3, 1187 + 1.0 / 3, 1301 + 1.0 / 3};

/* In the middle of a second of the track stands its own tone, and none of the others within 60 dB of it. */
static void assert_own_tone(const int16_t *pcm, size_t samples, int own)
{
	const int16_t *middle = pcm + samples / 2 - 4000;
	double own_db = goertzel_db(middle, 8000, tones_hz[own]);

	ck_assert_double_gt(own_db, -16);
	for (int other = 0; other < 2 * CALLS; other++)
		if (other != own)
			ck_assert_msg(goertzel_db(middle, 8000, tones_hz[other]) < own_db - 60,
				"%.0f Hz is heard in the track of %.0f Hz", tones_hz[other], tones_hz[own]);
}

START_TEST(calls_recorded_side_by_side_do_not_hear_each_other)
{
	struct media_opts opts = {.threads = 2};
	struct call calls[CALLS] = {0};
	const char *folder = testing_folder();
	struct track t;
	struct lab lab;

	lab_open(&lab, &opts);
	for (int i = 0; i < CALLS; i++) {
		open_call(&lab, &calls[i], "127.0.0.1");
		connect_call(&calls[i]);
		record(&calls[i], folder, i);
		lab_play(calls[i].parties[0], lab_tone(tones_hz[2 * i], 3000), true);
		lab_play(calls[i].parties[1], lab_tone(tones_hz[2 * i + 1], 3000), true);
	}
	lab_pass(&lab, 1700);
	for (int i = 0; i < CALLS; i++)
		media_record_stop(calls[i].recording, lab_recorded, &calls[i].outcome);
	for (int i = 0; i < CALLS; i++) {
		lab_until(&lab, &calls[i].outcome.done, 1, 10000);
		ck_assert_int_eq(calls[i].outcome.facts.status, 0);
		track_read(&t, calls[i].path);
		assert_own_tone(t.left, t.samples, 2 * i);
		assert_own_tone(t.right, t.samples, 2 * i + 1);
		track_free(&t);
	}
	lab_close(&lab);
}
END_TEST

/* --- the same bits --- */

/* What one party was sent, as it was on the wire. */
struct tapped {
	struct impaired *relay;
	unsigned packets;
	uint16_t seq[TAPPED];
	uint32_t ts[TAPPED];
	uint8_t audio[TAPPED][MEDIA_FRAME_SAMPLES];
};

static void on_packet(void *arg, int side, const uint8_t *data, size_t n)
{
	struct tapped *t = arg;
	struct rtp_packet p;

	if (side != 0 || rtp_is_rtcp(data, n) || rtp_parse(&p, data, n) < 0 || t->packets == TAPPED ||
		p.len != MEDIA_FRAME_SAMPLES)
		return;
	t->seq[t->packets] = p.seq;
	t->ts[t->packets] = p.ts;
	memcpy(t->audio[t->packets++], p.payload, p.len);
}

static struct media_sound *say_noise(uint8_t *code, size_t n)
{
	int16_t *pcm = malloc(n * sizeof(*pcm));
	struct media_sound *s = NULL;

	for (size_t i = 0; i < n; i++)
		code[i] = (uint8_t)testing_random();
	law_decode(MEDIA_PCMA, code, pcm, n);
	ck_assert_int_eq(media_sound_from_pcm(pcm, n, &s), 0);
	free(pcm);
	return s;
}

#define SPOKEN 50 /* frames: 1 s */

/* Two parties say a second of noise to each other through a bridge; what each was sent is tapped. The
 * recorded call's packets are sent together (where the kernel has io_uring), the other's one by one. */
static void talk(bool recorded, uint8_t said[2][SPOKEN * MEDIA_FRAME_SAMPLES], struct tapped heard[2])
{
	/* delay enough that what the machine is late falls into no gap of the audio */
	struct media_opts opts = {
		.threads = 1, .jitter_min_ms = 160, .jitter_max_ms = 400, .plain_sends = !recorded};
	struct impaired_counts counts;
	struct call c;
	struct lab lab;

	lab_open(&lab, &opts);
	open_call(&lab, &c, "127.0.0.1");
	for (int i = 0; i < 2; i++) {
		struct impaired_opts even = {.seed = 1, .tap = on_packet, .tap_arg = &heard[i]};

		heard[i].packets = 0;
		heard[i].relay = impaired_start(&even);
		lab_connect_through(heard[i].relay, c.ports[i], c.parties[i]);
	}
	if (recorded)
		record(&c, testing_folder(), 0);
	lab_pass(&lab, 200);
	lab_play(c.parties[0], say_noise(said[0], sizeof(said[0])), false);
	lab_play(c.parties[1], say_noise(said[1], sizeof(said[1])), false);
	lab_until(&lab, &c.parties[0]->played, 1, 5000);
	lab_until(&lab, &c.parties[1]->played, 1, 5000);
	lab_pass(&lab, 600);
	if (recorded)
		lab_stop_recording(&lab, c.recording, &c.outcome);
	lab_close(&lab);
	for (int i = 0; i < 2; i++)
		impaired_stop(heard[i].relay, &counts);
}

/* Every packet follows the one before it, but that nothing is passed on before the other's stream has begun;
 * after the silence comes all that the other said, then silence. */
static void assert_hears(const struct tapped *heard, const uint8_t said[SPOKEN * MEDIA_FRAME_SAMPLES])
{
	uint8_t silence[MEDIA_FRAME_SAMPLES];
	unsigned at = 0;

	memset(silence, law_silence(MEDIA_PCMA), sizeof(silence));
	while (at < heard->packets && memcmp(heard->audio[at], silence, sizeof(silence)) == 0)
		at++;
	for (unsigned i = 1; i < heard->packets; i++) {
		ck_assert_uint_eq(heard->seq[i], (uint16_t)(heard->seq[i - 1] + 1));
		ck_assert_uint_eq((heard->ts[i] - heard->ts[i - 1]) % MEDIA_FRAME_SAMPLES, 0);
		if (i >= at)
			ck_assert_uint_eq(heard->ts[i], heard->ts[i - 1] + MEDIA_FRAME_SAMPLES);
	}
	ck_assert_uint_ge(heard->packets, at + SPOKEN + 1);
	ck_assert_mem_eq(heard->audio[at], said, (size_t)SPOKEN * MEDIA_FRAME_SAMPLES);
	for (at += SPOKEN; at < heard->packets; at++)
		ck_assert_mem_eq(heard->audio[at], silence, sizeof(silence));
}

START_TEST(recording_changes_no_bit_of_what_both_parties_are_sent)
{
	static uint8_t said[2][SPOKEN * MEDIA_FRAME_SAMPLES];
	static struct tapped heard[2];

	for (int recorded = 0; recorded < 2; recorded++) {
		talk(recorded, said, heard);
		assert_hears(&heard[0], said[1]);
		assert_hears(&heard[1], said[0]);
	}
}
END_TEST

/* --- both families --- */

START_TEST(a_citizen_on_ipv6_talks_to_an_agent_on_ipv4)
{
	struct call c;
	struct track t;
	struct lab lab;

	lab_open(&lab, NULL);
	open_call(&lab, &c, "::1");
	connect_call(&c);
	record(&c, testing_folder(), 0);
	lab_play(c.parties[0], lab_tone(tones_hz[0], 3000), true);
	lab_play(c.parties[1], lab_tone(tones_hz[1], 3000), true);
	ck_assert_int_eq(media_port_digits_send(c.ports[0]->port, "7"), 0);
	lab_until(&lab, &c.parties[0]->ups, 1, 2000);
	ck_assert_str_eq(c.parties[0]->digits, "7");
	lab_pass(&lab, 1600);
	lab_stop_recording(&lab, c.recording, &c.outcome);
	track_read(&t, c.path);
	assert_own_tone(t.left, t.samples, 0);
	assert_own_tone(t.right, t.samples, 1);
	track_free(&t);
	lab_close(&lab);
	ck_assert_uint_gt(c.ports[0]->report.packets_received, 50);
	ck_assert_uint_gt(c.parties[0]->report.packets_received, 50);
	ck_assert_uint_eq(c.ports[0]->report.lost + c.parties[0]->report.lost, 0);
}
END_TEST

TEST_SUITE(privacy_suite, 40, calls_recorded_side_by_side_do_not_hear_each_other,
	recording_changes_no_bit_of_what_both_parties_are_sent, a_citizen_on_ipv6_talks_to_an_agent_on_ipv4)
