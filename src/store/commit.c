/*
 * commit.c - the queue of commits and the store thread that gathers them.
 *
 *     callers --queue_put()--> queue --take_group()--> group_commit() --settle()--> wake, loop, on_store
 *
 * A lonely commit goes at once. Where the group before woke several threads, these are likely to be back in a
 * moment: the thread waits for them at most REGROUP_US, else every second group would be a group of one.
 * While only patient batches wait, groups keep GATHER_EACH_US apart for each batch that the last one held, up
 * to GATHER_MAX_US: a sync costs more CPU than what is in it, and where little is to do nobody is kept
 * waiting. It also looks for other processes' commits. How a group is written: group.c.
 */
#include "internal.h"

#include "apply.h"
#include "base/thread.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <time.h>

#define GROUP_MAX      1024
#define GROUP_BYTES    (8u << 20)
#define REGROUP_US     300
#define GATHER_EACH_US 1500
#define GATHER_MAX_US  10000
#define POLL_MS        200
#define SPACE_MS       1000

static const struct ghl_clock
	real_clock; /* waiting is in real time, also where the store lives in a simulation */

static struct timespec after_us(int64_t us)
{
	int64_t at = clock_mono_us(&real_clock) + us;

	return (struct timespec){.tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000};
}

/* --- the queue --- */

/* What is told on the loop is on its way before anybody who waits in person wakes: who wakes finds it there.
 */
static void settle(struct store *s, struct store_batch *b)
{
	struct store_batch *told = NULL, **last = &told, *waiting = NULL, **last_waiting = &waiting;
	unsigned waiters = 0, n = 0;

	for (struct store_batch *next; b; b = next, n++) {
		next = b->next;
		b->next = NULL;
		if (b->wake) {
			*last_waiting = b;
			last_waiting = &b->next;
			waiters++;
		} else if (b->done) {
			*last = b;
			last = &b->next;
		} else {
			b->on_store(b->arg, b);
			store_batch_free(b);
		}
	}
	atomic_fetch_add(&s->batches, n); /* who is told finds itself counted */
	mailbox_done(s->mail, told);
	/* a batch that is waited for is gone once its semaphore is up */
	for (struct store_batch *next; waiting; waiting = next) {
		next = waiting->next;
		(void)sem_post(waiting->wake);
	}
	s->queue.waiters = waiters;
	s->queue.gathered = n;
}

static void run_group(struct store *s, struct store_batch *group)
{
	group = group_commit(s, group);
	settle(s, group);
	s->queue.ended_us = clock_mono_us(&real_clock);
	env_look_ahead(&s->env);
}

/* with the lock held */
static struct store_batch *take_group(struct queue *q)
{
	struct store_batch *group = q->first, **end = &q->first;
	size_t bytes = 0;

	for (unsigned n = 0; *end && n < GROUP_MAX && bytes < GROUP_BYTES; n++) {
		bytes += (*end)->bytes.len;
		q->hasty -= !(*end)->patient;
		end = &(*end)->next;
		q->length--;
	}
	q->first = *end;
	*end = NULL;
	if (!q->first)
		q->last = &q->first;
	return group;
}

/* with the lock held */
static void await_regroup(struct queue *q)
{
	struct timespec until = after_us(REGROUP_US);

	if (q->waiters < 2)
		return;
	while (q->length < q->waiters && !q->stop)
		if (pthread_cond_timedwait(&q->work, &q->lock, &until) == ETIMEDOUT)
			break;
	q->waiters = 0;
}

/* with the lock held */
static void await_company(struct queue *q)
{
	int64_t apart_us = (int64_t)q->gathered * GATHER_EACH_US;
	struct timespec until;

	if (apart_us > GATHER_MAX_US)
		apart_us = GATHER_MAX_US;
	until = after_us(q->ended_us + apart_us - clock_mono_us(&real_clock));
	q->resting = true;
	while (!q->hasty && q->length < GROUP_MAX && !q->stop)
		if (pthread_cond_timedwait(&q->work, &q->lock, &until) == ETIMEDOUT)
			break;
	q->resting = false;
}

/* --- other processes --- */

static void look_at_head(struct store *s)
{
	struct head head;
	MDB_txn *txn;
	uint64_t number = env_last_txn(&s->env);

	if (number == s->seen_txn || env_read(&s->env, &txn) < 0)
		return;
	if (head_load(&s->env, txn, &head) == 0) {
		s->seen_txn = number;
		if (atomic_exchange(&s->head, head.seq) != head.seq)
			mailbox_head_moved(s->mail);
	}
	env_read_end(&s->env, txn);
}

static void look_around(struct store *s)
{
	look_at_head(s);
	env_look_ahead(&s->env);
	(void)group_space_left(s);
}

/* with the lock held; returns when there is work, or when it is time to look around */
static void await_work(struct store *s)
{
	struct queue *q = &s->queue;
	unsigned ms = mailbox_watched(s->mail) ? POLL_MS : SPACE_MS;
	struct timespec until = after_us((int64_t)ms * 1000);

	while (!q->first && !q->stop && !q->poked)
		if (pthread_cond_timedwait(&q->work, &q->lock, &until) == ETIMEDOUT)
			return;
}

static void *store_thread(void *arg)
{
	struct store *s = arg;
	struct queue *q = &s->queue;
	struct store_batch *group;
	bool stop;

	do {
		(void)pthread_mutex_lock(&q->lock);
		await_work(s);
		if (q->first) {
			await_regroup(q);
			await_company(q);
		}
		group = take_group(q);
		stop = q->stop && !group;
		q->poked = false;
		(void)pthread_mutex_unlock(&q->lock);
		if (group)
			run_group(s, group);
		else if (!stop)
			look_around(s);
	} while (!stop);
	return NULL;
}

/* with the lock held */
static int start_thread(struct store *s)
{
	int rc;

	if (s->queue.started)
		return 0;
	rc = thread_start(&s->queue.thread, "ghl-store", 0, store_thread, s);
	s->queue.started = rc == 0;
	return rc;
}

int queue_init(struct store *s)
{
	struct queue *q = &s->queue;
	pthread_condattr_t attr;

	q->last = &q->first;
	if (pthread_condattr_init(&attr) != 0)
		return GHL_ENOMEM;
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&q->work, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&q->lock, NULL);
	return 0;
}

void queue_finish(struct store *s)
{
	struct queue *q = &s->queue;
	bool started;

	(void)pthread_mutex_lock(&q->lock);
	q->stop = true;
	started = q->started;
	(void)pthread_cond_signal(&q->work);
	(void)pthread_mutex_unlock(&q->lock);
	if (started)
		(void)pthread_join(q->thread, NULL);
	(void)pthread_cond_destroy(&q->work);
	(void)pthread_mutex_destroy(&q->lock);
}

int queue_put(struct store *s, struct store_batch *b)
{
	struct queue *q = &s->queue;
	int rc = s->opts.read_only ? GHL_EPERM : 0;

	(void)pthread_mutex_lock(&q->lock);
	if (rc == 0)
		rc = start_thread(s);
	if (rc == 0) {
		b->next = NULL;
		*q->last = b;
		q->last = &b->next;
		q->length++;
		q->hasty += !b->patient;
		if (!q->resting || !b->patient || q->length >= GROUP_MAX)
			(void)pthread_cond_signal(&q->work);
	}
	(void)pthread_mutex_unlock(&q->lock);
	return rc;
}

void queue_start(struct store *s)
{
	(void)pthread_mutex_lock(&s->queue.lock);
	if (start_thread(s) < 0)
		log_error("store", "thread reason=\"cannot be started\"");
	(void)pthread_mutex_unlock(&s->queue.lock);
}

void store_poke(struct store *s)
{
	(void)pthread_mutex_lock(&s->queue.lock);
	s->queue.poked = true;
	(void)pthread_cond_signal(&s->queue.work);
	(void)pthread_mutex_unlock(&s->queue.lock);
}

/* --- what callers call --- */

int store_commit_wait(struct store *s, struct store_batch *b)
{
	sem_t wake;
	int rc;

	if (env_reading())
		return GHL_ESTATE;
	(void)sem_init(&wake, 0, 0);
	b->wake = &wake;
	rc = queue_put(s, b);
	if (rc == 0) {
		while (sem_wait(&wake) < 0)
			continue;
		rc = b->result.status;
	}
	(void)sem_destroy(&wake);
	return rc;
}

int store_commit(struct store *s, struct store_batch *b, struct store_result *result)
{
	int rc = b ? store_commit_wait(s, b) : GHL_ENOMEM;

	if (result && b)
		*result = b->result;
	if (result)
		result->status = rc;
	store_batch_free(b);
	return rc;
}

void store_commit_async(struct store *s, struct store_batch *b, store_done_fn *done, void *arg)
{
	int rc;

	b->done = done;
	b->arg = arg;
	rc = queue_put(s, b);
	if (rc == 0)
		return;
	b->result.status = rc;
	b->next = NULL;
	mailbox_done(s->mail, b);
}
