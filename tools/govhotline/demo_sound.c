/*
 * demo_sound.c - what the demo's citizens and agents say: speech by espeak-ng, brought to 8 kHz by sox, with
 * a faint tone under it; and the track of a whole call as a capture (RTP: RFC 3550, 3551; keys: RFC 4733) or
 * as A-law with audible keys (ITU-T Q.23).
 */
#include "demo.h"

#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <sndfile.h>

#define FRAME       160 /* 20 ms */
#define TONE_LEVEL  600 /* about -35 dBFS */
#define KEY_MS      100
#define EVENT_PT    101
#define PCMA_PT     8
#define PCAP_SNAP   65535
#define SYNC_SOURCE 0x44454d4fu

extern char **environ;

/* runs a program to its end with its output thrown away */
static bool run(char *const argv[])
{
	posix_spawn_file_actions_t acts;
	pid_t pid;
	int status, rc;

	(void)posix_spawn_file_actions_init(&acts);
	(void)posix_spawn_file_actions_addopen(&acts, 1, "/dev/null", 1, 0);
	rc = posix_spawnp(&pid, argv[0], &acts, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&acts);
	if (rc != 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)fprintf(
			stderr, "demo: %s did not do its work%s\n", argv[0], rc ? " (is it installed?)" : "");
		return false;
	}
	return true;
}

static bool read_wav(const char *path, struct demo_voice *v)
{
	SF_INFO info = {0};
	SNDFILE *f = sf_open(path, SFM_READ, &info);
	bool ok = false;

	if (!f)
		return false;
	v->samples = (size_t)info.frames;
	v->pcm = info.channels == 1 && info.samplerate == DEMO_RATE
			 ? malloc((v->samples + 1) * sizeof(*v->pcm))
			 : NULL;
	ok = v->pcm && sf_read_short(f, v->pcm, info.frames) == info.frames;
	(void)sf_close(f);
	return ok;
}

int16_t demo_sine(double hz, double level, size_t at)
{
	return (int16_t)(level * sin(2 * M_PI * hz * (double)at / DEMO_RATE));
}

static void add_tone(int16_t *pcm, size_t samples, double hz, double level, size_t from)
{
	for (size_t i = 0; i < samples; i++) {
		int s = pcm[i] + demo_sine(hz, level, from + i);

		pcm[i] = (int16_t)(s > 32000 ? 32000 : s < -32000 ? -32000 : s);
	}
}

bool demo_voice_make(struct demo_voice *v, const char *dir, const char *name, const char *voice,
	const char *text, unsigned tone_hz)
{
	char raw[512], wav[512];
	char *speak[] = {
		"espeak-ng", "-v", (char *)(uintptr_t)voice, "-w", raw, (char *)(uintptr_t)text, NULL};
	char *convert[] = {"sox", "-V1", "-v", "0.6", raw, "-r", "8000", "-c", "1", "-b", "16", wav, NULL};

	v->pcm = NULL;
	(void)snprintf(raw, sizeof(raw), "%s/%s-22k.wav", dir, name);
	(void)snprintf(wav, sizeof(wav), "%s/%s.wav", dir, name);
	if (!run(speak) || !run(convert) || !read_wav(wav, v))
		return false;
	add_tone(v->pcm, v->samples, tone_hz, TONE_LEVEL, 0);
	return demo_wav_write(wav, v->pcm, v->samples);
}

void demo_voice_free(struct demo_voice *v)
{
	free(v->pcm);
	v->pcm = NULL;
	v->samples = 0;
}

bool demo_wav_write(const char *path, const int16_t *pcm, size_t samples)
{
	SF_INFO info = {.samplerate = DEMO_RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	SNDFILE *f = sf_open(path, SFM_WRITE, &info);
	bool ok;

	if (!f) {
		(void)fprintf(stderr, "demo: %s: %s\n", path, sf_strerror(NULL));
		return false;
	}
	ok = sf_write_short(f, pcm, (sf_count_t)samples) == (sf_count_t)samples;
	(void)sf_close(f);
	return ok;
}

/* ITU-T G.711 A-law, by the segments; the demo shares no code with what it tests */
static uint8_t to_alaw(int16_t s)
{
	int v = s, sign = 0x80, seg = 0, out;

	if (v < 0) {
		v = -v - 1;
		sign = 0;
	}
	v >>= 4;
	for (int t = v >> 5; t; t >>= 1)
		seg++;
	out = seg == 0 ? v >> 1 : (v >> seg) & 0x0f;
	return (uint8_t)((sign | seg << 4 | out) ^ 0x55);
}

static void voice_frame(const struct demo_voice *v, size_t at, int16_t *out)
{
	for (size_t i = 0; i < FRAME; i++)
		out[i] = v->pcm[(at + i) % v->samples];
}

/* which key is down in this frame, and for how many samples already; 0 none */
static char key_down(const struct demo_track *t, size_t at, size_t *since, bool *last)
{
	for (unsigned k = 0; t->keys[k]; k++) {
		size_t from = (size_t)t->key_at_ms[k] * (DEMO_RATE / 1000);

		if (at >= from && at < from + (size_t)KEY_MS * (DEMO_RATE / 1000)) {
			*since = at - from;
			*last = at + FRAME >= from + (size_t)KEY_MS * (DEMO_RATE / 1000);
			return t->keys[k];
		}
	}
	return 0;
}

bool demo_track_alaw(const struct demo_track *t, const char *path)
{
	static const char keys[] = "123A456B789C*0#D";
	static const double rows[] = {697, 770, 852, 941}, columns[] = {1209, 1336, 1477, 1633};
	size_t total = (size_t)t->ms * (DEMO_RATE / 1000), since;
	FILE *f = fopen(path, "wb");
	bool last;

	if (!f) {
		perror(path);
		return false;
	}
	for (size_t at = 0; at < total; at += FRAME) {
		int16_t pcm[FRAME];
		char key = key_down(t, at, &since, &last);
		const char *k = key ? strchr(keys, key) : NULL;

		voice_frame(t->voice, at, pcm);
		if (k) {
			memset(pcm, 0, sizeof(pcm));
			add_tone(pcm, FRAME, rows[(k - keys) / 4], 8000, since);
			add_tone(pcm, FRAME, columns[(k - keys) % 4], 8000, since);
		}
		for (int i = 0; i < FRAME; i++)
			(void)fputc(to_alaw(pcm[i]), f);
	}
	return fclose(f) == 0;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* Ethernet, IPv4 and UDP around an RTP packet; sipp replaces addresses and ports */
static void write_packet(FILE *f, uint64_t at_us, const uint8_t *rtp, size_t len)
{
	uint8_t head[42] = {
		[12] = 0x08, [14] = 0x45, [22] = 64, [23] = 17, [26] = 127, [29] = 1, [30] = 127, [33] = 1};
	uint32_t record[4] = {(uint32_t)(at_us / 1000000), (uint32_t)(at_us % 1000000),
		(uint32_t)(sizeof(head) + len), (uint32_t)(sizeof(head) + len)};

	put16(head + 16, (unsigned)(28 + len));
	put16(head + 34, 40000);
	put16(head + 36, 40000);
	put16(head + 38, (unsigned)(8 + len));
	(void)fwrite(record, sizeof(record), 1, f);
	(void)fwrite(head, sizeof(head), 1, f);
	(void)fwrite(rtp, len, 1, f);
}

static size_t event_payload(uint8_t *p, char key, size_t since, bool end)
{
	static const char keys[] = "0123456789*#ABCD";

	p[0] = (uint8_t)(strchr(keys, key) - keys);
	p[1] = (uint8_t)((end ? 0x80 : 0) | 10);
	put16(p + 2, (unsigned)(since + FRAME));
	return 4;
}

bool demo_track_pcap(const struct demo_track *t, const char *path)
{
	uint32_t file_head[6] = {0xa1b2c3d4u, 2u | 4u << 16, 0, 0, PCAP_SNAP, 1};
	size_t total = (size_t)t->ms * (DEMO_RATE / 1000), since = 0, len;
	FILE *f = fopen(path, "wb");
	unsigned seq = 1;
	bool last = false;

	if (!f) {
		perror(path);
		return false;
	}
	(void)fwrite(file_head, sizeof(file_head), 1, f);
	for (size_t at = 0; at < total; at += FRAME) {
		uint8_t rtp[12 + FRAME] = {0x80};
		int16_t pcm[FRAME];
		char key = key_down(t, at, &since, &last);

		put32(rtp + 8, SYNC_SOURCE);
		put32(rtp + 4, (uint32_t)(key ? at - since : at));
		rtp[1] = key ? (uint8_t)(EVENT_PT | (since == 0 ? 0x80 : 0)) : PCMA_PT;
		voice_frame(t->voice, at, pcm);
		for (int i = 0; i < FRAME && !key; i++)
			rtp[12 + i] = to_alaw(pcm[i]);
		len = key ? 12 + event_payload(rtp + 12, key, since, last) : sizeof(rtp);
		for (int copy = 0; copy < (key && last ? 3 : 1); copy++) {
			put16(rtp + 2, seq++);
			write_packet(f, (uint64_t)at * 125, rtp, len);
		}
	}
	return fclose(f) == 0;
}
