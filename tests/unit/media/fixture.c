/* fixture.c - see fixture.h. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_digit(void *arg, char digit)
{
	struct end *e = arg;

	ck_assert_uint_lt(e->downs, sizeof(e->digits) - 1);
	e->digits[e->downs++] = digit;
	e->digit_at_us = loop_now_us(e->loop);
}

static void on_digit_end(void *arg, char digit, uint32_t duration_ms)
{
	struct end *e = arg;

	ck_assert_uint_lt(e->ups, e->downs);
	ck_assert_int_eq(e->digits[e->ups], digit);
	e->ups++;
	e->last_up_ms = duration_ms;
}

static void on_played(void *arg, uint64_t tag, bool stopped, uint32_t played_ms)
{
	struct end *e = arg;

	e->played++;
	e->played_tag = tag;
	e->played_stopped = stopped;
	e->played_ms = played_ms;
	e->played_at_us = loop_now_us(e->loop);
}

static void on_timeout(void *arg)
{
	((struct end *)arg)->timeouts++;
}

static void on_closed(void *arg, const struct media_report *report)
{
	struct end *e = arg;

	e->port = NULL;
	e->report = *report;
	e->closed++;
}

static const struct media_port_handlers handlers = {on_digit, on_digit_end, on_played, on_timeout, on_closed};

void lab_open(struct lab *lab, const struct media_opts *opts)
{
	struct media_opts o = {.threads = 1};
	struct ghl_error err;

	memset(lab, 0, sizeof(*lab));
	if (opts)
		o = *opts;
	clock_init_real(&lab->clock);
	ck_assert_int_eq(loop_create(&lab->loop, &lab->clock), 0);
	o.loop = lab->loop;
	ck_assert_int_eq(media_create(&lab->near, &o, &err), 0);
	o.threads = 1;
	ck_assert_int_eq(media_create(&lab->far, &o, &err), 0);
}

void lab_close(struct lab *lab)
{
	for (unsigned i = 0; i < lab->used; i++)
		lab_close_port(lab, &lab->ends[i]);
	media_destroy(lab->near);
	media_destroy(lab->far);
	loop_destroy(lab->loop);
}

struct end *lab_port_at(struct lab *lab, struct media *m, const char *address)
{
	struct end *e = &lab->ends[lab->used++];

	ck_assert_uint_le(lab->used, LAB_ENDS);
	e->loop = lab->loop;
	e->address = address;
	ck_assert_int_eq(media_port_open(m, address, &handlers, e, &e->port), 0);
	return e;
}

struct end *lab_port(struct lab *lab, struct media *m)
{
	return lab_port_at(lab, m, "127.0.0.1");
}

void lab_close_port(struct lab *lab, struct end *e)
{
	if (!e->port)
		return;
	media_port_close(e->port);
	lab_until(lab, &e->closed, 1, 2000);
}

struct media_peer lab_peer(const struct end *to, bool events)
{
	struct media_peer peer = {.port = media_port_number(to->port),
		.codec = MEDIA_PCMA,
		.payload_type = 8,
		.events = events,
		.event_payload_type = 101,
		.send = true,
		.receive = true,
		.symmetric = true};

	(void)snprintf(peer.address, sizeof(peer.address), "%s", to->address);
	return peer;
}

void lab_connect(struct end *a, struct end *b, bool events)
{
	struct media_peer to_a = lab_peer(a, events), to_b = lab_peer(b, events);

	media_port_peer_set(a->port, &to_b);
	media_port_peer_set(b->port, &to_a);
}

void lab_connect_through(struct impaired *relay, struct end *a, struct end *b)
{
	struct media_peer to_a = lab_peer(a, true), to_b = lab_peer(b, true);

	impaired_peer_set(relay, 0, to_a.port);
	impaired_peer_set(relay, 1, to_b.port);
	to_b.port = impaired_port(relay, 0);
	to_a.port = impaired_port(relay, 1);
	to_a.rtcp_mux = to_b.rtcp_mux = true;
	media_port_peer_set(a->port, &to_b);
	media_port_peer_set(b->port, &to_a);
}

struct media_sound *lab_tone(double hz, unsigned ms)
{
	size_t n = (size_t)ms * 8;
	int16_t *pcm = malloc(n * sizeof(*pcm) + 1);
	struct media_sound *s = NULL;

	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lrint(8000 * sin(2 * M_PI * hz * (double)i / 8000));
	ck_assert_int_eq(media_sound_from_pcm(pcm, n, &s), 0);
	free(pcm);
	return s;
}

void lab_play(struct end *e, struct media_sound *s, bool repeat)
{
	struct media_play play = {.sounds = &s, .count = 1, .repeat = repeat, .tag = 7};

	ck_assert_int_eq(media_port_play(e->port, &play), 0);
	media_sound_unref(s);
}

void lab_until(struct lab *lab, const unsigned *flag, unsigned n, unsigned limit_ms)
{
	int64_t end_us = loop_now_us(lab->loop) + (int64_t)(limit_ms * 1000.0 * testing_slowness());

	while (*flag < n) {
		ck_assert_msg(loop_now_us(lab->loop) < end_us, "nothing came in %u ms", limit_ms);
		loop_step(lab->loop, 10);
	}
}

void lab_pass(struct lab *lab, unsigned ms)
{
	struct end e = {.loop = lab->loop};

	ck_assert_int_eq(media_port_open(lab->near, "127.0.0.1", &handlers, &e, &e.port), 0);
	lab_play(&e, lab_tone(0, ms), false);
	lab_until(lab, &e.played, 1, ms + 2000);
	media_port_close(e.port);
	lab_until(lab, &e.closed, 1, 2000);
}

void lab_recorded(void *arg, const struct media_recording_done *done)
{
	struct outcome *o = arg;

	o->facts = *done;
	o->done++;
}

void lab_stop_recording(struct lab *lab, struct media_recording *r, struct outcome *o)
{
	o->done = 0;
	media_record_stop(r, lab_recorded, o);
	ck_assert_uint_eq(o->done, 0);
	lab_until(lab, &o->done, 1, 10000);
}

void track_read(struct track *t, const char *path)
{
	uint8_t head[WAV_HEADER_MAX];
	struct wav_facts facts;
	FILE *f = fopen(path, "rb");
	int16_t pair[2];

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(head, 1, 44, f), 44);
	ck_assert_int_eq(wav_parse(&facts, head, 44), 0);
	t->samples = facts.data_bytes / 4;
	t->left = malloc(t->samples * sizeof(pair) + 1);
	t->right = t->left + t->samples;
	for (size_t i = 0; i < t->samples; i++) {
		ck_assert_uint_eq(fread(pair, sizeof(pair), 1, f), 1);
		t->left[i] = pair[0];
		t->right[i] = pair[1];
	}
	ck_assert_int_eq(fgetc(f), EOF);
	(void)fclose(f);
}

void track_free(struct track *t)
{
	free(t->left);
}

double goertzel_db(const int16_t *pcm, size_t n, double hz)
{
	double w = 2 * cos(2 * M_PI * hz / 8000), a = 0, b = 0, next;

	for (size_t i = 0; i < n; i++) {
		double window = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)n);

		next = window * pcm[i] / 32768 + w * a - b;
		b = a;
		a = next;
	}
	return 10 * log10((a * a + b * b - w * a * b) * 16 / ((double)n * (double)n) + 1e-20);
}
