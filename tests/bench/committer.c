/*
 * committer.c - see committer.h.
 *
 * Commits are due every 50 ms whatever the last one took, and each is timed from when it was due: a commit
 * that waits for a slow one before it is late, too.
 */
#include "committer.h"

#include "base/clock.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVERY_US     50000 /* 1,000 calls of three minutes end 5 or 6 times a second, with a few commits each */
#define SAMPLES_MAX  100000
#define RECORD_BYTES 300
#define FACT_BYTES   100

struct committer {
	struct ghl_clock clock;
	struct store *store;
	pthread_t thread;
	atomic_bool stop;
	uint64_t next_id;
	unsigned count;
	uint32_t took_us[SAMPLES_MAX];
};

static void die(const char *what)
{
	(void)fprintf(stderr, "%s failed\n", what);
	exit(1);
}

/* What the end of a call writes: its record, an index, a serial and the fact. */
static struct store_batch *call_batch(uint64_t id)
{
	struct store_batch *b = store_batch_new();
	uint8_t key[16], value[RECORD_BYTES];

	if (!b)
		die("memory");
	memset(value, (int)(id & 0xff), sizeof(value));
	(void)store_key_2u64(key, 1764000000000000 + id * 1000, id);
	(void)store_batch_serial(b, 'C', 20261123);
	store_batch_put(b, STORE_CALL, key, sizeof(key), value, sizeof(value));
	store_batch_put(b, STORE_CALL_BY_ID, key + 8, 8, key, sizeof(key));
	store_batch_fact(b, 1, (int64_t)id, 0, NULL, value, FACT_BYTES);
	return b;
}

static void sleep_until(int64_t at_us)
{
	struct timespec ts = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void *run(void *arg)
{
	struct committer *c = arg;

	for (int64_t due_us = clock_mono_us(&c->clock); !atomic_load(&c->stop); due_us += EVERY_US) {
		sleep_until(due_us);
		if (store_commit(c->store, call_batch(c->next_id++), NULL) < 0)
			die("store_commit");
		if (c->count < SAMPLES_MAX)
			c->took_us[c->count++] = (uint32_t)(clock_mono_us(&c->clock) - due_us);
	}
	return NULL;
}

struct committer *committer_create(const char *folder)
{
	struct committer *c = calloc(1, sizeof(*c));
	struct store_opts opts = {0};

	if (!c)
		die("memory");
	clock_init_real(&c->clock);
	if (store_open(&c->store, folder, &opts, NULL) < 0)
		die("store_open");
	c->next_id = 1;
	return c;
}

void committer_destroy(struct committer *c)
{
	store_close(c->store);
	free(c);
}

void committer_begin(struct committer *c)
{
	atomic_store(&c->stop, false);
	c->count = 0;
	if (pthread_create(&c->thread, NULL, run, c) != 0)
		die("pthread_create");
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void committer_end(struct committer *c, struct commit_times *out)
{
	atomic_store(&c->stop, true);
	(void)pthread_join(c->thread, NULL);
	qsort(c->took_us, c->count, sizeof(*c->took_us), by_value);
	*out = (struct commit_times){.commits = c->count,
		.p50_us = c->took_us[c->count / 2],
		.p99_us = c->took_us[c->count * 99 / 100],
		.worst_us = c->took_us[c->count - 1]};
}
