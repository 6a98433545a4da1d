/*
 * commit.c - the store thread: gathers the commits of all callers into one LMDB transaction and one sync.
 *
 *     callers --queue_put()--> queue --take_group()--> one write transaction --settle()--> wake, loop,
 * on_store
 *
 * A lonely commit goes at once. Where the group before woke several threads, these are likely to be back in a
 * moment: the thread waits for them at most REGROUP_US, else every second group would be a group of one. A
 * full map is grown and the whole group applied again; a full disk refuses the group, and the store stays as
 * it was.
 */
#include "internal.h"

#include "apply.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>

#define GROUP_MAX   1024
#define GROUP_BYTES (8u << 20)
#define REGROUP_US  300
#define GROW_TRIES  24
#define POLL_MS     200
#define SPACE_MS    1000

static const struct ghl_clock
	real_clock; /* waiting is in real time, also where the store lives in a simulation */

static struct timespec after_us(int64_t us)
{
	int64_t at = clock_mono_us(&real_clock) + us;

	return (struct timespec){.tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000};
}

/* --- free space --- */

int store_free_bytes(const struct store *s, uint64_t *out)
{
	struct statvfs st;

	if (statvfs(s->env.dir, &st) < 0)
		return GHL_EIO;
	*out = (uint64_t)st.f_bavail * st.f_frsize;
	return 0;
}

/* Tells when the alarm line is crossed; an eighth above it before it is taken back, so that it does not
 * flutter. */
static bool space_left(struct store *s)
{
	uint64_t bytes, line = s->opts.alarm_bytes;
	bool low;

	if (store_free_bytes(s, &bytes) < 0)
		return true; /* the commit itself will tell */
	low = bytes < (s->space_low ? line + line / 8 : line);
	if (low != s->space_low) {
		s->space_low = low;
		log_warn("store", "%s free_bytes=%llu", low ? "space_low" : "space_well",
			(unsigned long long)bytes);
		if (s->opts.on_space)
			mailbox_space(s->mail, bytes, low);
	}
	return bytes >= s->opts.reserve_bytes;
}

/* --- one group --- */

/* Applies all; *any tells whether a member wrote. LMDB's code. */
static int apply_group(struct store *s, MDB_txn *txn, struct store_batch *first, struct head *head, bool *any)
{
	struct apply a = {.env = &s->env, .txn = txn, .node = s->opts.node};
	int rc = head_load(&s->env, txn, &a.head);

	a.head.commits++;
	for (struct store_batch *b = first; b && !rc; b = b->next) {
		rc = apply_batch(&a, b);
		*any = *any || b->result.status == 0;
	}
	if (!rc && *any)
		rc = head_save(&s->env, txn, &a.head);
	*head = a.head;
	return rc;
}

static int commit_once(struct store *s, struct store_batch *first)
{
	struct head head;
	MDB_txn *txn;
	uint64_t number;
	bool any = false;
	int end, rc = env_write(&s->env, &txn);

	if (rc)
		return rc;
	number = mdb_txn_id(txn);
	rc = apply_group(s, txn, first, &head, &any);
	end = env_write_end(&s->env, txn, !rc && any);
	rc = rc ? rc : end;
	if (rc || !any)
		return rc;
	atomic_fetch_add(&s->commits, 1);
	s->seen_txn = number;
	if (atomic_exchange(&s->head, head.seq) != head.seq)
		mailbox_head_moved(s->mail);
	return 0;
}

static void refuse_group(struct store_batch *first, int status)
{
	for (struct store_batch *b = first; b; b = b->next)
		b->result = (struct store_result){.status = status};
}

/* LMDB tells a write that was cut short by a full disk as EIO. */
static int failure(struct store *s, int rc)
{
	uint64_t bytes;

	if (rc == EIO && store_free_bytes(s, &bytes) == 0 && bytes < s->opts.reserve_bytes)
		return GHL_ESPACE;
	return env_error(rc);
}

static void commit_group(struct store *s, struct store_batch *first)
{
	int rc = MDB_MAP_FULL;

	for (unsigned i = 0; i < GROW_TRIES && rc == MDB_MAP_FULL; i++) {
		rc = commit_once(s, first);
		if (rc == MDB_MAP_FULL && env_grow(&s->env, 0) < 0)
			break;
	}
	if (rc == MDB_PANIC && env_reopen(&s->env) == 0)
		rc = commit_once(s, first);
	if (rc) {
		log_error("store", "commit_failed reason=\"%s\"", mdb_strerror(rc));
		refuse_group(first, failure(s, rc));
	}
}

/* --- the queue --- */

static struct store_batch **end_of(struct store_batch **chain)
{
	while (*chain)
		chain = &(*chain)->next;
	return chain;
}

/* Members that may not touch the reserve leave `first` for `refused`. */
static void split_vital(struct store_batch **first, struct store_batch **refused)
{
	struct store_batch *b;

	while ((b = *first)) {
		if (b->vital) {
			first = &b->next;
			continue;
		}
		*first = b->next;
		b->next = NULL;
		*refused = b;
		refused = &b->next;
	}
}

/* Wakes whoever waits. A batch that is waited for is gone once its semaphore is up. */
static void settle(struct store *s, struct store_batch *b)
{
	struct store_batch *told = NULL, **last = &told;
	unsigned waiters = 0, n = 0;

	for (struct store_batch *next; b; b = next, n++) {
		next = b->next;
		b->next = NULL;
		if (b->wake) {
			waiters++;
			(void)sem_post(b->wake);
		} else if (b->done) {
			*last = b;
			last = &b->next;
		} else {
			b->on_store(b->arg, b);
			store_batch_free(b);
		}
	}
	mailbox_done(s->mail, told);
	atomic_fetch_add(&s->batches, n);
	s->queue.waiters = waiters;
}

static void run_group(struct store *s, struct store_batch *group)
{
	struct store_batch *refused = NULL;

	if (!space_left(s))
		split_vital(&group, &refused);
	refuse_group(refused, GHL_ESPACE);
	if (group)
		commit_group(s, group);
	*end_of(&group) = refused;
	settle(s, group);
	env_grow_early(&s->env);
}

/* with the lock held */
static struct store_batch *take_group(struct queue *q)
{
	struct store_batch *group = q->first, **end = &q->first;
	size_t bytes = 0;

	for (unsigned n = 0; *end && n < GROUP_MAX && bytes < GROUP_BYTES; n++) {
		bytes += (*end)->bytes.len;
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
	env_grow_early(&s->env);
	(void)space_left(s);
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
		if (q->first)
			await_regroup(q);
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

/* with the lock held; the thread takes no signals: those belong to the program */
static int start_thread(struct store *s)
{
	sigset_t all, before;
	int rc;

	if (s->queue.started)
		return 0;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->queue.thread, NULL, store_thread, s);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	s->queue.started = rc == 0;
	return rc ? GHL_EAGAIN : 0;
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
