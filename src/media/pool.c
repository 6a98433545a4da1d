/*
 * pool.c - two threads for sounds: reading files and having texts spoken, both of which block. Results go to
 * the loop.
 */
#include "media_priv.h"

#include "base/thread.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define POOL_THREADS 2

struct job {
	struct list node; /* in pool.jobs */
	struct loop_task task;
	struct media *media;
	char *text; /* a path, or what is to be spoken */
	char language[16];
	bool speak;
	media_sound_done *done;
	void *arg;
	int status;
	struct media_sound *sound;
	struct ghl_error err;
};

struct pool {
	struct media *media;
	pthread_t threads[POOL_THREADS];
	unsigned count;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t more;
	struct list jobs;
	bool stop;
};

static void job_done(void *arg)
{
	struct job *j = arg;

	j->done(j->arg, j->status, j->sound, j->status < 0 ? &j->err : NULL);
	free(j->text);
	free(j);
}

static void job_finish(struct job *j)
{
	loop_post_task(j->media->loop, &j->task, job_done, j);
}

static void job_run(struct job *j)
{
	if (j->speak)
		j->status = speak(j->media, j->text, j->language, &j->sound, &j->err);
	else
		j->status = media_sound_open(j->media, j->text, &j->sound, &j->err);
	job_finish(j);
}

static struct job *next_job(struct pool *p)
{
	struct list *n = NULL;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->stop && list_empty(&p->jobs))
		(void)pthread_cond_wait(&p->more, &p->lock);
	if (!p->stop)
		n = list_take(&p->jobs);
	(void)pthread_mutex_unlock(&p->lock);
	return n ? container_of(n, struct job, node) : NULL;
}

static void *run(void *arg)
{
	struct job *j;

	while ((j = next_job(arg)))
		job_run(j);
	return NULL;
}

int pool_create(struct pool **out, struct media *m)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		return GHL_ENOMEM;
	p->media = m;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->more, NULL);
	list_init(&p->jobs);
	*out = p;
	while (p->count < POOL_THREADS && thread_start(&p->threads[p->count], "ghl-pool", 0, run, p) == 0)
		p->count++;
	return p->count > 0 ? 0 : GHL_ENOMEM;
}

void pool_destroy(struct pool *p)
{
	struct list *n;

	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stop = true;
	(void)pthread_cond_broadcast(&p->more);
	(void)pthread_mutex_unlock(&p->lock);
	while (p->count > 0)
		(void)pthread_join(p->threads[--p->count], NULL);
	while ((n = list_take(&p->jobs))) {
		struct job *j = container_of(n, struct job, node);

		j->status = error_set(&j->err, GHL_ECLOSED, "%s", ghl_strerror(GHL_ECLOSED));
		job_finish(j);
	}
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_cond_destroy(&p->more);
	free(p);
}

static void pool_add(struct pool *p, struct job *j)
{
	(void)pthread_mutex_lock(&p->lock);
	list_append(&p->jobs, &j->node);
	(void)pthread_cond_signal(&p->more);
	(void)pthread_mutex_unlock(&p->lock);
}

static void submit(struct media *m, const char *text, const char *language, media_sound_done *done, void *arg)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		abort(); /* done could never be called */
	j->media = m;
	j->done = done;
	j->arg = arg;
	j->speak = language != NULL;
	if (language)
		(void)strncpy(j->language, language, sizeof(j->language) - 1);
	j->text = strdup(text);
	if (j->text) {
		pool_add(m->pool, j);
		return;
	}
	j->status = error_set(&j->err, GHL_ENOMEM, "%s", ghl_strerror(GHL_ENOMEM));
	job_finish(j);
}

void media_sound_load(struct media *m, const char *path, media_sound_done *done, void *arg)
{
	submit(m, path, NULL, done, arg);
}

void media_sound_speak(
	struct media *m, const char *text, const char *language, media_sound_done *done, void *arg)
{
	submit(m, text, language, done, arg);
}
