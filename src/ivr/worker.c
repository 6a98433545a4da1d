/*
 * worker.c - the pool of dialogue workers. A job:
 *
 *     IDLE --submit--> QUEUED --a thread takes it--> RUNNING --run() returned--> IDLE, done()
 *                                                      |
 *                                                  write-off --> WRITTEN_OFF --run() returned--> discard()
 */
#include "worker.h"

#include "base/thread.h"
#include <govhotline/error.h>

#include <pthread.h>
#include <stdlib.h>

#define STACK_BYTES (8UL << 20) /* script compilers and regular expressions recurse */

struct worker {
	struct list in_crew;
	struct crew *crew;
	pthread_t thread;
	bool leaves; /* replaced: it ends when its job comes back */
	bool ended;  /* nothing but the join is left */
};

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct list queue;   /* struct job */
	struct list workers; /* struct worker */
	struct crew_fns fns;
	const struct ghl_clock *clock;
	unsigned written_off;
	int64_t cpu_us;
	bool stop;
};

const char *job_state_name(enum job_state s)
{
	static const char *const names[] = {"idle", "queued", "running", "written-off"};

	return s <= JOB_WRITTEN_OFF ? names[s] : "?";
}

static struct job *take_job(struct crew *p)
{
	struct list *n;
	struct job *j;

	while (!p->stop && list_empty(&p->queue))
		(void)pthread_cond_wait(&p->work, &p->lock);
	if (p->stop)
		return NULL;
	n = list_take(&p->queue);
	j = container_of(n, struct job, in_queue);
	j->state = JOB_RUNNING;
	j->started_us = clock_mono_us(p->clock);
	return j;
}

/* Called and returns with the lock held. */
static void run_job(struct worker *w, struct job *j)
{
	struct crew *p = w->crew;
	int64_t before = clock_thread_cpu_us();
	bool discarded;

	(void)pthread_mutex_unlock(&p->lock);
	p->fns.run(j);
	(void)pthread_mutex_lock(&p->lock);
	p->cpu_us += clock_thread_cpu_us() - before;
	discarded = j->state == JOB_WRITTEN_OFF;
	j->state = JOB_IDLE;
	if (discarded) {
		p->written_off--;
		w->leaves = true;
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (discarded)
		p->fns.discard(j);
	else
		p->fns.done(j);
	(void)pthread_mutex_lock(&p->lock);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct crew *p = w->crew;
	struct job *j;

	(void)pthread_mutex_lock(&p->lock);
	while (!w->leaves && (j = take_job(p)))
		run_job(w, j);
	w->ended = true;
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

static int add_worker(struct crew *p)
{
	struct worker *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return GHL_ENOMEM;
	w->crew = p;
	rc = thread_start(&w->thread, "ghl-dialogue", STACK_BYTES, worker_main, w);
	if (rc < 0) {
		free(w);
		return rc;
	}
	list_append(&p->workers, &w->in_crew);
	return 0;
}

/* Joins threads that have ended; with the lock held. */
static void reap(struct crew *p)
{
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &p->workers)
	{
		struct worker *w = container_of(pos, struct worker, in_crew);

		if (!w->ended)
			continue;
		list_remove(pos);
		(void)pthread_join(w->thread, NULL);
		free(w);
	}
}

int crew_create(
	struct crew **out, unsigned workers, const struct ghl_clock *clock, const struct crew_fns *fns)
{
	struct crew *p = calloc(1, sizeof(*p));
	int rc = 0;

	if (!p)
		return GHL_ENOMEM;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work, NULL);
	list_init(&p->queue);
	list_init(&p->workers);
	p->fns = *fns;
	p->clock = clock;
	(void)pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; !rc && i < workers; i++)
		rc = add_worker(p);
	(void)pthread_mutex_unlock(&p->lock);
	if (rc < 0) {
		crew_destroy(p);
		return rc;
	}
	*out = p;
	return 0;
}

void crew_destroy(struct crew *p)
{
	struct list *n;

	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stop = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	while ((n = list_take(&p->workers))) {
		struct worker *w = container_of(n, struct worker, in_crew);

		(void)pthread_join(w->thread, NULL);
		free(w);
	}
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

int crew_submit(struct crew *p, struct job *j)
{
	int rc = GHL_EAGAIN;

	(void)pthread_mutex_lock(&p->lock);
	if (j->state == JOB_IDLE) {
		j->state = JOB_QUEUED;
		list_append(&p->queue, &j->in_queue);
		(void)pthread_cond_signal(&p->work);
		rc = 0;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return rc;
}

int64_t crew_age_us(struct crew *p, struct job *j)
{
	int64_t age = -1;

	(void)pthread_mutex_lock(&p->lock);
	if (j->state == JOB_RUNNING)
		age = clock_mono_us(p->clock) - j->started_us;
	(void)pthread_mutex_unlock(&p->lock);
	return age;
}

bool crew_write_off(struct crew *p, struct job *j)
{
	bool was_running;

	(void)pthread_mutex_lock(&p->lock);
	was_running = j->state == JOB_RUNNING;
	if (was_running) {
		j->state = JOB_WRITTEN_OFF;
		p->written_off++;
		reap(p);
		(void)add_worker(p); /* without memory for one, the others carry on */
	}
	(void)pthread_mutex_unlock(&p->lock);
	return was_running;
}

unsigned crew_written_off(struct crew *p)
{
	unsigned n;

	(void)pthread_mutex_lock(&p->lock);
	n = p->written_off;
	(void)pthread_mutex_unlock(&p->lock);
	return n;
}

int64_t crew_cpu_us(struct crew *p)
{
	int64_t us;

	(void)pthread_mutex_lock(&p->lock);
	us = p->cpu_us;
	(void)pthread_mutex_unlock(&p->lock);
	return us;
}
