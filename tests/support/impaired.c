/* impaired.c - see impaired.h. One thread: poll, hold packets until they are due, send. */
#include "impaired.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HELD 512

struct held {
	int64_t due_us; /* 0: free */
	int side;       /* it leaves from here */
	size_t n;
	uint8_t data[1500];
};

struct impaired {
	struct impaired_opts opts;
	struct impaired_counts counts;
	uint64_t noise;
	int fds[2];
	uint16_t ports[2];
	_Atomic uint16_t to[2];
	pthread_t thread;
	atomic_bool stop;
	struct held held[HELD];
};

static int64_t now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static unsigned chance(struct impaired *r, unsigned below)
{
	r->noise ^= r->noise >> 12;
	r->noise ^= r->noise << 25;
	r->noise ^= r->noise >> 27;
	return (unsigned)((r->noise * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static void hold(struct impaired *r, int side, const uint8_t *data, size_t n)
{
	for (int i = 0; i < HELD; i++) {
		struct held *h = &r->held[i];

		if (h->due_us)
			continue;
		h->due_us = now_us() + (int64_t)chance(r, r->opts.jitter_ms * 1000 + 1);
		h->side = side;
		h->n = n;
		memcpy(h->data, data, n);
		return;
	}
}

static void take(struct impaired *r, int side)
{
	uint8_t data[1500];
	ssize_t n;

	while ((n = recv(r->fds[side], data, sizeof(data), MSG_DONTWAIT)) > 0) {
		if (r->opts.tap)
			r->opts.tap(r->opts.tap_arg, side, data, (size_t)n);
		if (chance(r, 100) < r->opts.loss_percent) {
			r->counts.lost++;
			continue;
		}
		r->counts.passed++;
		hold(r, !side, data, (size_t)n);
		if (chance(r, 100) < r->opts.double_percent) {
			r->counts.doubled++;
			hold(r, !side, data, (size_t)n);
		}
	}
}

static void send_due(struct impaired *r)
{
	int64_t now = now_us();

	for (int i = 0; i < HELD; i++) {
		struct held *h = &r->held[i];
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

		if (!h->due_us || h->due_us > now)
			continue;
		to.sin_port = htons(atomic_load(&r->to[h->side]));
		(void)sendto(r->fds[h->side], h->data, h->n, 0, (struct sockaddr *)&to, sizeof(to));
		h->due_us = 0;
	}
}

static void *run(void *arg)
{
	struct impaired *r = arg;
	struct pollfd fds[2] = {{r->fds[0], POLLIN, 0}, {r->fds[1], POLLIN, 0}};

	while (!atomic_load(&r->stop)) {
		(void)poll(fds, 2, 1);
		take(r, 0);
		take(r, 1);
		send_due(r);
	}
	return NULL;
}

static bool bind_side(struct impaired *r, int side)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);

	r->fds[side] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (r->fds[side] < 0 || bind(r->fds[side], (struct sockaddr *)&at, n) < 0 ||
		getsockname(r->fds[side], (struct sockaddr *)&at, &n) < 0)
		return false;
	r->ports[side] = ntohs(at.sin_port);
	return true;
}

struct impaired *impaired_start(const struct impaired_opts *opts)
{
	struct impaired *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->opts = *opts;
	r->noise = opts->seed | 1;
	if (!bind_side(r, 0) || !bind_side(r, 1) || pthread_create(&r->thread, NULL, run, r) != 0)
		abort();
	return r;
}

uint16_t impaired_port(const struct impaired *r, int side)
{
	return r->ports[side];
}

void impaired_peer_set(struct impaired *r, int side, uint16_t to)
{
	atomic_store(&r->to[side], to);
}

void impaired_stop(struct impaired *r, struct impaired_counts *counts)
{
	atomic_store(&r->stop, true);
	(void)pthread_join(r->thread, NULL);
	(void)close(r->fds[0]);
	(void)close(r->fds[1]);
	*counts = r->counts;
	free(r);
}
