/* inbox.c - one posted task for any number of letters. The last of owner and task frees it. */
#include "inbox.h"

#include <govhotline/error.h>

#include <pthread.h>
#include <stdlib.h>

struct inbox {
	pthread_mutex_t lock;
	struct list letters;
	struct loop *loop;
	struct loop_task task;
	mail_fn *fn; /* NULL: closed */
	void *arg;
	bool posted;
};

int inbox_create(struct inbox **out, struct loop *loop, mail_fn *fn, void *arg)
{
	struct inbox *m = calloc(1, sizeof(*m));

	if (!m)
		return GHL_ENOMEM;
	(void)pthread_mutex_init(&m->lock, NULL);
	list_init(&m->letters);
	m->loop = loop;
	m->fn = fn;
	m->arg = arg;
	*out = m;
	return 0;
}

static void release(struct inbox *m)
{
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

void inbox_close(struct inbox *m)
{
	bool posted;

	if (!m)
		return;
	(void)pthread_mutex_lock(&m->lock);
	while (list_take(&m->letters))
		;
	m->fn = NULL;
	posted = m->posted;
	(void)pthread_mutex_unlock(&m->lock);
	if (!posted)
		release(m);
}

static struct list *take_letter(struct inbox *m)
{
	struct list *letter;

	(void)pthread_mutex_lock(&m->lock);
	letter = list_take(&m->letters);
	(void)pthread_mutex_unlock(&m->lock);
	return letter;
}

static void on_task(void *arg)
{
	struct inbox *m = arg;
	struct list *letter;
	bool closed;

	(void)pthread_mutex_lock(&m->lock);
	m->posted = false;
	closed = m->fn == NULL;
	(void)pthread_mutex_unlock(&m->lock);
	if (closed) {
		release(m);
		return;
	}
	while ((letter = take_letter(m)))
		m->fn(m->arg, letter);
}

void inbox_post(struct inbox *m, struct list *letter)
{
	bool first;

	(void)pthread_mutex_lock(&m->lock);
	list_append(&m->letters, letter);
	first = !m->posted;
	m->posted = true;
	(void)pthread_mutex_unlock(&m->lock);
	if (first)
		loop_post_task(m->loop, &m->task, on_task, m);
}
