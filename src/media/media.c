/*
 * media.c - the module as a whole: its threads made and joined, reports brought to the loop, figures.
 */
#include "media_priv.h"

#include "g711.h"

#include "base/error.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <sodium.h>

#define TIMEOUT_MS    30000
#define JITTER_MIN_MS 20
#define JITTER_MAX_MS 200
#define BLOCK_MS      1000
#define RTCP_MS       5000
#define TONE_PEAK     5800.0 /* each of the two: about -12 dBm0 */
#define RAMP_SAMPLES  16

/* Q.23: rows 697.. and columns 1209.. of 123A 456B 789C *0#D, in the order of the RFC 4733 events */
static void build_tones(struct media *m)
{
	static const double rows[] = {697, 770, 852, 941}, columns[] = {1209, 1336, 1477, 1633};
	static const uint8_t place[16] = {13, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 14, 3, 7, 11, 15};

	for (unsigned e = 0; e < 16; e++) {
		double low = 2 * M_PI * rows[place[e] / 4] / 8000,
		       high = 2 * M_PI * columns[place[e] % 4] / 8000;

		for (unsigned i = 0; i < DTMF_DIGIT_SAMPLES; i++) {
			unsigned edge = i < DTMF_DIGIT_SAMPLES - i ? i : DTMF_DIGIT_SAMPLES - i;
			double gain = edge < RAMP_SAMPLES ? (double)edge / RAMP_SAMPLES : 1.0;

			m->tones[e][i] = (int16_t)lrint(gain * TONE_PEAK * (sin(low * i) + sin(high * i)));
		}
	}
}

static void take_reports(struct media *m)
{
	struct report r;

	for (unsigned i = 0; i < m->opts.threads; i++)
		while (ring_pop(&m->workers[i].reports, &r))
			port_report(m, &r);
}

static void on_wake(void *arg, int fd, short events)
{
	struct media *m = arg;
	uint64_t n;

	(void)events;
	if (read(fd, &n, sizeof(n)) < 0)
		return; /* woken for nothing */
	take_reports(m);
}

static void set_defaults(struct media *m)
{
	struct media_opts *o = &m->opts;

	o->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
	if (o->jitter_max_ms == 0) {
		o->jitter_min_ms = JITTER_MIN_MS;
		o->jitter_max_ms = JITTER_MAX_MS;
	}
	o->record_block_ms = o->record_block_ms ? o->record_block_ms : BLOCK_MS;
	o->rtcp_ms = o->rtcp_ms ? o->rtcp_ms : RTCP_MS;
	m->rtcp_frames = (o->rtcp_ms + FRAME_MS - 1) / FRAME_MS;
	m->timeout_frames = (o->timeout_ms + FRAME_MS - 1) / FRAME_MS;
	(void)snprintf(m->cname, sizeof(m->cname), "%08x%08x@govhotline", randombytes_random(),
		randombytes_random());
}

static int start(struct media *m)
{
	int rc;

	m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->wake_fd < 0)
		return GHL_EIO;
	m->wake_index = loop_fd_add(m->loop, m->wake_fd, POLLIN, on_wake, m);
	if (m->wake_index < 0)
		return m->wake_index;
	rc = pool_create(&m->pool, m);
	if (rc == 0)
		rc = recorder_create(&m->recorder, m);
	for (unsigned i = 0; rc == 0 && i < m->opts.threads; i++)
		rc = worker_start(&m->workers[i], m);
	return rc;
}

int media_create(struct media **out, const struct media_opts *opts, struct ghl_error *err)
{
	struct media *m;
	int rc;

	if (opts->threads < 1 || opts->threads > MAX_THREADS)
		return error_field(
			err, GHL_EINVAL, "threads", "1 to %d media threads are possible", MAX_THREADS);
	if (opts->port_max && opts->port_max < opts->port_min + 1)
		return error_field(err, GHL_EINVAL, "port_max", "the port range holds no pair of ports");
	if (sodium_init() < 0)
		return error_set(err, GHL_EIO, "no random numbers");
	m = calloc(1, sizeof(*m));
	if (!m)
		return error_set(err, GHL_ENOMEM, "%s", ghl_strerror(GHL_ENOMEM));
	m->opts = *opts;
	m->loop = opts->loop;
	m->clock = loop_clock(opts->loop);
	m->wake_fd = -1;
	list_init(&m->ports);
	sound_cache_init(&m->cache);
	law_init();
	build_tones(m);
	set_defaults(m);
	rc = start(m);
	if (rc < 0) {
		media_destroy(m);
		return error_set(err, rc, "media threads: %s", ghl_strerror(rc));
	}
	*out = m;
	return 0;
}

/* The legs' last reports: memory comes back, nobody is told. */
static void drain(struct media *m)
{
	struct media_port_handlers nobody = {0};
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &m->ports)
	{
		struct media_port *p = container_of(pos, struct media_port, node);

		p->handlers = nobody;
	}
	for (unsigned i = 0; i < m->opts.threads; i++)
		if (m->workers[i].running)
			take_reports(m);
}

void media_destroy(struct media *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->opts.threads; i++)
		worker_join(&m->workers[i]);
	if (m->wake_index > 0)
		loop_fd_remove(m->loop, m->wake_index);
	drain(m);
	loop_timer_stop(m->loop, &m->flush);
	for (unsigned i = 0; i < m->opts.threads; i++)
		worker_finish(&m->workers[i]);
	recorder_destroy(m->recorder);
	pool_destroy(m->pool);
	sound_cache_finish(&m->cache);
	if (m->wake_fd >= 0)
		(void)close(m->wake_fd);
	free(m);
}

void media_stat(struct media *m, struct media_stat *out)
{
	memset(out, 0, sizeof(*out));
	out->ports = m->ports_open;
	out->recordings = recorder_count(m->recorder);
	out->cpu_us = recorder_cpu_us(m->recorder);
	for (unsigned i = 0; i < m->opts.threads; i++) {
		struct worker *w = &m->workers[i];
		unsigned late = atomic_exchange(&w->worst_late_us, 0);

		out->frames += atomic_load(&w->frames);
		out->reports_dropped += atomic_load(&w->reports_dropped);
		out->cpu_us += atomic_load(&w->cpu_us);
		if (late > out->worst_late_us)
			out->worst_late_us = late;
	}
}
