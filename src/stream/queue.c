/*
 * queue.c - a session's queue of events, its eventfd (level-triggered: readable exactly while something
 * waits), and waiting.
 *
 * News has a limit; completions stand beside it, each in the place reserved when its request was accepted.
 */
#include "stream_priv.h"

#include "base/argument.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define TURN_MS 5 /* how long a caller turns a loop that has no thread before it looks again */

/* with the lock held */
static void show_level(struct ghl_session *s)
{
	bool waiting = !list_empty(&s->queue);
	uint64_t n = 1;

	if (s->fd < 0 || waiting == s->fd_set)
		return;
	if (waiting ? write(s->fd, &n, sizeof(n)) == sizeof(n) : read(s->fd, &n, sizeof(n)) == sizeof(n))
		s->fd_set = waiting;
}

void session_wake(struct ghl_session *s)
{
	s->wakes++;
	(void)pthread_cond_broadcast(&s->wake);
}

void queue_append(struct ghl_session *s, struct ghl_event *e)
{
	list_append(&s->queue, &e->node);
	s->news += !e->completion;
	show_level(s);
	session_wake(s);
}

void queue_take_completion(struct ghl_session *s, struct completion *c)
{
	list_remove(&c->ev.node);
	(void)map_take(&s->places, c->request);
	s->open--;
	show_level(s);
}

struct ghl_event *queue_take_first(struct ghl_session *s)
{
	struct ghl_event *e;

	if (list_empty(&s->queue))
		return NULL;
	e = container_of(s->queue.next, struct ghl_event, node);
	if (e->completion) {
		queue_take_completion(s, (struct completion *)e);
		return e;
	}
	list_remove(&e->node);
	s->news--;
	show_level(s);
	return e;
}

int ghl_event_fd(struct ghl_session *s)
{
	int rc = session_enter(s, ACCESS_FN_ghl_event_fd);

	if (rc < 0)
		return rc;
	(void)pthread_mutex_lock(&s->lock);
	if (s->fd < 0)
		s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	show_level(s);
	rc = s->fd >= 0 ? s->fd : GHL_EIO;
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

int ghl_event_next(struct ghl_session *s, struct ghl_event **out)
{
	struct ghl_event *e;
	bool empty;
	int rc = session_enter(s, ACCESS_FN_ghl_event_next);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0)
		return GHL_EINVAL;
	(void)pthread_mutex_lock(&s->lock);
	e = queue_take_first(s);
	empty = list_empty(&s->queue);
	(void)pthread_mutex_unlock(&s->lock);
	if (e && empty)
		monitors_fill(s);
	if (!e)
		return 0;
	*out = e;
	return 1;
}

struct deadline deadline_in(int timeout_ms)
{
	struct ghl_clock real;

	clock_init_real(&real);
	return (struct deadline){timeout_ms < 0 ? -1 : clock_mono_us(&real) + (int64_t)timeout_ms * 1000};
}

/* A virtual loop, or one whose hotline was not started, has no thread of its own: who waits turns it. */
static void turn_loop(struct core *core)
{
	if (!loop_su_root(core->loop)) {
		(void)pthread_mutex_lock(&core->stream->pumping);
		loop_drain(core->loop);
		(void)pthread_mutex_unlock(&core->stream->pumping);
	} else if (loop_on_thread(core->loop)) {
		(void)pthread_mutex_lock(&core->stream->pumping);
		loop_step(core->loop, 0);
		(void)pthread_mutex_unlock(&core->stream->pumping);
	}
}

static bool loop_is_idle(struct core *core)
{
	return !loop_su_root(core->loop) || loop_on_thread(core->loop);
}

static void wait_until(struct ghl_session *s, int64_t at_us)
{
	struct timespec ts = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};

	if (at_us < 0)
		(void)pthread_cond_wait(&s->wake, &s->lock);
	else
		(void)pthread_cond_timedwait(&s->wake, &s->lock, &ts);
}

bool session_wait(struct ghl_session *s, const struct deadline *d)
{
	int64_t now = deadline_in(0).at_us;
	unsigned wakes = s->wakes;

	if (d->at_us >= 0 && now >= d->at_us)
		return false;
	if (!loop_is_idle(s->core)) {
		wait_until(s, d->at_us);
		return true;
	}
	(void)pthread_mutex_unlock(&s->lock);
	turn_loop(s->core);
	(void)pthread_mutex_lock(&s->lock);
	now += TURN_MS * 1000;
	if (wakes == s->wakes)
		wait_until(s, d->at_us >= 0 && d->at_us < now ? d->at_us : now);
	return true;
}

int ghl_event_wait(struct ghl_session *s, int timeout_ms, struct ghl_event **out)
{
	struct deadline d = deadline_in(timeout_ms);
	int rc = session_enter(s, ACCESS_FN_ghl_event_wait);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0 || argument_range("timeout_ms", timeout_ms, -1, INT32_MAX) < 0)
		return GHL_EINVAL;
	(void)session_ref(s);
	for (bool time_left = true; (rc = ghl_event_next(s, out)) == 0 && time_left;) {
		(void)pthread_mutex_lock(&s->lock);
		if (list_empty(&s->queue) && !atomic_load(&s->closed))
			time_left = session_wait(s, &d);
		(void)pthread_mutex_unlock(&s->lock);
	}
	session_unref(s);
	return rc;
}

int ghl_event_poke(struct ghl_session *s)
{
	int rc = session_enter(s, ACCESS_FN_ghl_event_poke);

	if (rc == 0)
		store_poke(s->core->store);
	return rc;
}
