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

struct crew;
struct worker;

enum job_state { JOB_IDLE, JOB_QUEUED, JOB_RUNNING, JOB_WRITTEN_OFF };
const char *job_state_name(enum job_state s);

/* Lives inside its owner. */
struct job {
	struct list in_queue;
	enum job_state state; /* guarded by the pool's lock */
	int64_t started_us;   /* the same */
};

struct crew_fns {
	void (*run)(struct job *j);     /* on a worker */
	void (*done)(struct job *j);    /* on a worker, after run; the job is idle */
	void (*discard)(struct job *j); /* on a worker, instead of done, when it was written off */
};
int crew_create(
	struct crew **out, unsigned workers, const struct ghl_clock *clock, const struct crew_fns *fns);
/* Waits for every thread, also those written off. Queued jobs are dropped. */
void crew_destroy(struct crew *p);
/* GHL_EAGAIN when it is not idle. */
int crew_submit(struct crew *p, struct job *j);
/* Microseconds it has run; -1 when it does not run (yet, or any more). */
int64_t crew_age_us(struct crew *p, struct job *j);
/* False when it has just come back: done() follows as ever. */
bool crew_write_off(struct crew *p, struct job *j);
unsigned crew_written_off(struct crew *p);
/* CPU time of all workers in run(). */
int64_t crew_cpu_us(struct crew *p);

#endif
