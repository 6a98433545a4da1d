/*
 * session.c - a principal at work: opening, the right at each call, closing. Everything a session holds is in
 * it, and small: no descriptor and no queue memory until something needs it. Tickets, monitors and waiters
 * hold references; the last one frees it.
 */
#include "stream_priv.h"

#include "base/argument.h"
#include "base/error.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int enter_stream(struct ghl_session *s, struct stream *st)
{
	int rc = 0;

	(void)pthread_mutex_lock(&st->lock);
	if (st->closing)
		rc = GHL_ECLOSED;
	else if (st->session_count == SESSIONS_MAX)
		rc = GHL_EFULL;
	if (rc == 0) {
		st->session_count++;
		list_append(&st->sessions, &s->node);
	}
	(void)pthread_mutex_unlock(&st->lock);
	return rc;
}

int session_create(struct core *core, const struct actor *actor, struct ghl_session **out)
{
	struct ghl_session *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;
	int rc;

	if (!s)
		return GHL_ENOMEM;
	s->core = core;
	s->actor = *actor;
	s->fd = -1;
	atomic_init(&s->refs, 1);
	list_init(&s->node);
	list_init(&s->monitors);
	list_init(&s->queue);
	map_init(&s->places);
	(void)pthread_mutex_init(&s->filling, NULL);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	rc = enter_stream(s, core->stream);
	if (rc < 0) {
		session_unref(s);
		return rc;
	}
	*out = s;
	return 0;
}

struct ghl_session *session_ref(struct ghl_session *s)
{
	(void)atomic_fetch_add(&s->refs, 1);
	return s;
}

void session_unref(struct ghl_session *s)
{
	struct list *n;

	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	while ((n = list_take(&s->queue)))
		ghl_event_free(container_of(n, struct ghl_event, node));
	map_finish(&s->places);
	if (s->fd >= 0)
		(void)close(s->fd);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_mutex_destroy(&s->filling);
	free(s);
}

int session_enter(struct ghl_session *s, enum access_function fn)
{
	int rc;

	error_forget();
	if (!s)
		return error_invalid("s", "missing");
	if (atomic_load(&s->closed))
		return GHL_ECLOSED;
	rc = access_check(s->core->access, &s->actor, fn);
	if (rc < 0)
		(void)error_note(rc, "", "%s has not the right \"%s\"", s->actor.name,
			access_right_name(access_function_right(fn)));
	return rc;
}

struct core *session_core(struct ghl_session *s)
{
	return s->core;
}

const struct actor *session_actor(const struct ghl_session *s)
{
	return &s->actor;
}

void session_wake_closed(struct ghl_session *s)
{
	atomic_store(&s->closed, true);
	(void)pthread_mutex_lock(&s->lock);
	session_wake(s);
	(void)pthread_mutex_unlock(&s->lock);
}

void session_detach(struct ghl_session *s)
{
	struct stream *st = s->core->stream;

	session_wake_closed(s);
	(void)pthread_mutex_lock(&s->filling);
	monitors_end(s);
	(void)pthread_mutex_unlock(&s->filling);
	(void)pthread_mutex_lock(&st->lock);
	list_remove(&s->node);
	st->session_count--;
	(void)pthread_mutex_unlock(&st->lock);
}

void ghl_session_close(struct ghl_session *s)
{
	if (!s)
		return;
	if (s->core) /* its hotline still stands */
		session_detach(s);
	session_unref(s);
}

const char *ghl_session_principal(const struct ghl_session *s)
{
	return s ? s->actor.name : "";
}

int ghl_session_open_local(struct ghl_hotline *h, struct ghl_session **out)
{
	struct core *core;
	struct actor owner;

	error_forget();
	if (argument_given("h", h) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	core = hotline_core(h);
	access_actor_owner(core->access, &owner);
	return session_create(core, &owner, out);
}

int ghl_session_open_as(struct ghl_session *s, const char *principal, struct ghl_session **out)
{
	struct actor actor;
	int rc = session_enter(s, ACCESS_FN_ghl_session_open_as);

	if (rc < 0)
		return rc;
	if (argument_given("principal", principal) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	rc = access_actor_named(s->core->access, principal, &actor);
	return rc < 0 ? rc : session_create(s->core, &actor, out);
}

int ghl_session_open_user(struct ghl_session *s, const char *login, struct ghl_session **out)
{
	struct actor actor;
	int rc = session_enter(s, ACCESS_FN_ghl_session_open_user);

	if (rc < 0)
		return rc;
	if (argument_given("login", login) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	rc = access_actor_user(s->core->access, login, &actor);
	return rc < 0 ? rc : session_create(s->core, &actor, out);
}
