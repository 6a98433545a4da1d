/*
 * syncer.c - the thread that waits for the disk: write-behind and syncs, in the order they were asked.
 *
 *   recorder thread --jobs--> syncer thread --results--> recorder thread
 *
 * A sync may take seconds where others write to the same disk; the recorder goes on taking frames out of the
 * rings meanwhile. Write-behind (sync_file_range(2)) is no promise: it only keeps what a sync, or a commit of
 * the store beside it, finds to be written small.
 */
#include "syncer.h"

#include "ring.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#define JOBS    4096
#define RESULTS 16

struct job {
	int fd;
	off_t from, bytes; /* 0 bytes: a sync */
	dev_t device;
};

struct syncer {
	pthread_t thread;
	bool running;
	bool asked; /* recorder thread: since the last wake */
	struct ring jobs, results;
	sem_t wake;
	atomic_bool stop;
	_Atomic(syncer_sync_fn *) sync;
	_Atomic int64_t cpu_us;
};

static void do_job(struct syncer *s, const struct job *job)
{
	struct synced result = {.device = job->device};

	if (job->bytes > 0) {
		(void)sync_file_range(job->fd, job->from, job->bytes, SYNC_FILE_RANGE_WRITE);
		return;
	}
	if (atomic_load(&s->sync)(job->fd) < 0)
		result.status = error_from_errno(errno);
	(void)ring_push(&s->results, &result); /* as many as may wait: syncer_ask() sees to it */
	atomic_store_explicit(&s->cpu_us, clock_thread_cpu_us(), memory_order_relaxed);
}

static void *run(void *arg)
{
	struct syncer *s = arg;
	struct job job;

	do {
		while (sem_wait(&s->wake) < 0)
			continue;
		while (ring_pop(&s->jobs, &job))
			do_job(s, &job);
	} while (!atomic_load(&s->stop));
	return NULL;
}

int syncer_create(struct syncer **out)
{
	struct syncer *s = calloc(1, sizeof(*s));

	if (!s)
		return GHL_ENOMEM;
	*out = s;
	atomic_init(&s->sync, syncfs);
	(void)sem_init(&s->wake, 0, 0);
	if (ring_init(&s->jobs, JOBS, sizeof(struct job)) < 0 ||
		ring_init(&s->results, RESULTS, sizeof(struct synced)) < 0)
		return GHL_ENOMEM;
	s->running = thread_start(&s->thread, "ghl-syncer", 0, run, s) == 0;
	return s->running ? 0 : GHL_ENOMEM;
}

void syncer_destroy(struct syncer *s)
{
	if (!s)
		return;
	atomic_store(&s->stop, true);
	(void)sem_post(&s->wake);
	if (s->running)
		(void)pthread_join(s->thread, NULL);
	(void)sem_destroy(&s->wake);
	ring_finish(&s->jobs);
	ring_finish(&s->results);
	free(s);
}

void syncer_sync_set(struct syncer *s, syncer_sync_fn *fn)
{
	atomic_store(&s->sync, fn);
}

int64_t syncer_cpu_us(const struct syncer *s)
{
	return atomic_load(&s->cpu_us);
}

static bool ask(struct syncer *s, const struct job *job)
{
	if (!ring_push(&s->jobs, job))
		return false;
	s->asked = true;
	return true;
}

void syncer_write_behind(struct syncer *s, int fd, off_t from, off_t bytes)
{
	struct job job = {.fd = fd, .from = from, .bytes = bytes};

	if (bytes > 0)
		(void)ask(s, &job);
}

bool syncer_ask(struct syncer *s, int fd, dev_t device)
{
	struct job job = {.fd = fd, .device = device};

	return ask(s, &job);
}

void syncer_wake(struct syncer *s)
{
	if (s->asked)
		(void)sem_post(&s->wake);
	s->asked = false;
}

bool syncer_told(struct syncer *s, struct synced *out)
{
	return ring_pop(&s->results, out);
}
