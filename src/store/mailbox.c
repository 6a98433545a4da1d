/*
 * mailbox.c - what the store thread tells the loop: finished commits, a moved head, free space. However much
 * comes together, one post is under way at a time. A posted task may outlive the store: the mailbox is then
 * closed and frees itself.
 */
#include "internal.h"

#include "base/log.h"

#include <stdlib.h>

struct watcher {
	struct watcher *next;
	loop_fn *fn;
	void *arg;
};

struct news {
	struct store_batch *first;
	bool head_moved;
	bool space_crossed;
	bool space_low;
	uint64_t free_bytes;
};

struct mailbox {
	struct store_opts opts;
	pthread_mutex_t lock;
	struct loop_task task;
	bool posted; /* the task is in the loop's queue */
	bool busy;   /* the task runs */
	bool closed;
	struct news news;
	struct store_batch **last;
	struct watcher *watchers; /* only ever added to */
};

struct mailbox *mailbox_new(const struct store_opts *opts)
{
	struct mailbox *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->opts = *opts;
	m->last = &m->news.first;
	(void)pthread_mutex_init(&m->lock, NULL);
	return m;
}

static void mailbox_free(struct mailbox *m)
{
	struct watcher *w;

	while ((w = m->watchers)) {
		m->watchers = w->next;
		free(w);
	}
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

static struct news take_news(struct mailbox *m)
{
	struct news n = m->news;

	m->news = (struct news){0};
	m->last = &m->news.first;
	return n;
}

static void tell_done(struct store_batch *b)
{
	for (struct store_batch *next; b; b = next) {
		next = b->next;
		b->done(b->arg, &b->result);
		store_batch_free(b);
	}
}

static bool is_closed(struct mailbox *m)
{
	bool closed;

	(void)pthread_mutex_lock(&m->lock);
	closed = m->closed;
	(void)pthread_mutex_unlock(&m->lock);
	return closed;
}

static struct watcher *first_watcher(struct mailbox *m)
{
	struct watcher *w;

	(void)pthread_mutex_lock(&m->lock);
	w = m->watchers;
	(void)pthread_mutex_unlock(&m->lock);
	return w;
}

static void deliver(void *arg)
{
	struct mailbox *m = arg;
	struct news n;
	bool free_it;

	(void)pthread_mutex_lock(&m->lock);
	m->posted = false;
	m->busy = true;
	n = take_news(m);
	(void)pthread_mutex_unlock(&m->lock);

	tell_done(n.first);
	if (n.head_moved)
		for (struct watcher *w = first_watcher(m); w && !is_closed(m); w = w->next)
			w->fn(w->arg);
	if (n.space_crossed && m->opts.on_space && !is_closed(m))
		m->opts.on_space(m->opts.arg, n.free_bytes, n.space_low);

	(void)pthread_mutex_lock(&m->lock);
	m->busy = false;
	free_it = m->closed && !m->posted;
	(void)pthread_mutex_unlock(&m->lock);
	if (free_it)
		mailbox_free(m);
}

void mailbox_close(struct mailbox *m)
{
	struct news n;
	bool free_it;

	(void)pthread_mutex_lock(&m->lock);
	m->closed = true;
	n = take_news(m);
	free_it = !m->posted && !m->busy;
	(void)pthread_mutex_unlock(&m->lock);
	if (free_it)
		mailbox_free(m);
	tell_done(n.first);
}

/* with the lock held */
static void post(struct mailbox *m)
{
	if (m->posted || !m->opts.loop)
		return;
	m->posted = true;
	loop_post_task(m->opts.loop, &m->task, deliver, m);
}

void mailbox_done(struct mailbox *m, struct store_batch *first)
{
	if (!first)
		return;
	(void)pthread_mutex_lock(&m->lock);
	*m->last = first;
	while (*m->last)
		m->last = &(*m->last)->next;
	post(m);
	(void)pthread_mutex_unlock(&m->lock);
}

void mailbox_head_moved(struct mailbox *m)
{
	(void)pthread_mutex_lock(&m->lock);
	if (m->watchers) {
		m->news.head_moved = true;
		post(m);
	}
	(void)pthread_mutex_unlock(&m->lock);
}

void mailbox_space(struct mailbox *m, uint64_t free_bytes, bool low)
{
	(void)pthread_mutex_lock(&m->lock);
	m->news.space_crossed = true;
	m->news.space_low = low;
	m->news.free_bytes = free_bytes;
	post(m);
	(void)pthread_mutex_unlock(&m->lock);
}

bool mailbox_watched(struct mailbox *m)
{
	return first_watcher(m) != NULL;
}

void mailbox_watch(struct mailbox *m, loop_fn *fn, void *arg)
{
	struct watcher *w = malloc(sizeof(*w));

	if (!w) {
		log_error("store", "watch reason=\"no memory\"");
		return;
	}
	w->fn = fn;
	w->arg = arg;
	(void)pthread_mutex_lock(&m->lock);
	w->next = m->watchers;
	m->watchers = w;
	(void)pthread_mutex_unlock(&m->lock);
}
