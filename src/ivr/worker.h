/*
 * ivr/worker.h - threads that run turns. A job that runs too long is written off: its thread is replaced at
 * once, and when the job comes back at last, it is discarded and its thread ends. The number of threads
 * written off and not back is bounded by who asks for it.
 */
#ifndef IVR_WORKER_H
#define IVR_WORKER_H

#include "base/clock.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct pool;
struct worker;

enum job_state { JOB_IDLE, JOB_QUEUED, JOB_RUNNING, JOB_WRITTEN_OFF };
const char *job_state_name(enum job_state s);

/* Lives inside its owner. */
struct job {
	struct list in_queue;
	enum job_state state; /* guarded by the pool's lock */
	int64_t started_us;   /* the same */
};

struct pool_fns {
	void (*run)(struct job *j);     /* on a worker */
	void (*done)(struct job *j);    /* on a worker, after run; the job is idle */
	void (*discard)(struct job *j); /* on a worker, instead of done, when it was written off */
};
int pool_create(
	struct pool **out, unsigned workers, const struct ghl_clock *clock, const struct pool_fns *fns);
/* Waits for every thread, also those written off. Queued jobs are dropped. */
void pool_destroy(struct pool *p);
/* GHL_EAGAIN when it is not idle. */
int pool_submit(struct pool *p, struct job *j);
/* Microseconds it has run; -1 when it does not run (yet, or any more). */
int64_t pool_age_us(struct pool *p, struct job *j);
/* False when it has just come back: done() follows as ever. */
bool pool_write_off(struct pool *p, struct job *j);
unsigned pool_written_off(struct pool *p);
/* CPU time of all workers in run(). */
int64_t pool_cpu_us(struct pool *p);

#endif
