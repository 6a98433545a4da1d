/*
 * stream.c - one sequence of news. Modules tell live events on the loop; facts are read back from the log
 * after their commit, whoever committed them. Both are handed to watchers first and then to monitors, on a
 * later turn of the loop, never from inside the telling.
 */
#include "stream_priv.h"

#include "base/error.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_A_TURN 256

void stream_limits_set(struct stream *st, const struct stream_limits *limits)
{
	(void)pthread_mutex_lock(&st->lock);
	st->limits = *limits;
	(void)pthread_mutex_unlock(&st->lock);
}

static void call_watchers(struct stream *st, const struct ghl_event *e)
{
	for (struct watcher *w = st->watchers; w; w = w->next)
		if (w->type == e->body->type)
			w->fn(w->arg, e);
}

/* --- live events --- */

/* Positions are had from events of a monitor alone: where there has been none for the ring's time, nobody can
 * come back. */
static bool may_be_resumed(const struct stream *st, int64_t now_us)
{
	return !list_empty(&st->monitors) || now_us - st->left_at_us < st->limits.ring_us;
}

static void hand_out_live(struct stream *st, struct event_body *b)
{
	struct ghl_position before;
	size_t most;

	(void)pthread_mutex_lock(&st->lock);
	most = may_be_resumed(st, b->at_us) ? st->limits.ring_bytes : 0;
	before = st->told;
	st->told.live++;
	b->position = st->told;
	live_push(&st->ring, b);
	live_expire(&st->ring, most, b->at_us - st->limits.ring_us);
	monitors_tell(st, b, &before);
	(void)pthread_mutex_unlock(&st->lock);
}

void stream_flush(struct stream *st)
{
	struct list *n;

	while ((n = list_take(&st->pending))) {
		struct ghl_event *e = container_of(n, struct ghl_event, node);

		call_watchers(st, e);
		hand_out_live(st, e->body);
		ghl_event_free(e);
	}
}

static void on_bell(void *arg)
{
	stream_flush(arg);
}

void stream_tell(struct core *core, struct event_draft *d)
{
	struct stream *st = core->stream;
	struct ghl_event *e = d->ev;

	assert(event_is_live(d->type));
	d->ev = NULL;
	if (!e) {
		log_error("stream", "no-memory event=%s", ghl_event_type_name(d->type));
		return;
	}
	e->body->at_us = loop_utc_us(core->loop);
	memcpy(e->body->ids, d->ids, sizeof(d->ids));
	list_append(&st->pending, &e->node);
	bell_ring(st->bell);
}

/* --- facts --- */

void stream_fact(struct core *core, struct store_batch *b, const struct actor *actor, struct event_draft *d)
{
	uint8_t *payload = NULL;
	size_t len = 0;

	assert(event_is_fact(d->type));
	if (actor && d->ev && !ghl_event_has(d->ev, GHL_F_PRINCIPAL))
		event_draft_text(d, GHL_F_PRINCIPAL, actor->name);
	if (b && d->ev && fact_pack(d->ev->body, &payload, &len) == 0)
		store_batch_fact(
			b, d->type, loop_utc_us(core->loop), actor ? actor->id : 0, d->ids, payload, len);
	else if (b)
		store_batch_fail(b, GHL_ENOMEM);
	free(payload);
	event_draft_drop(d);
}

static void hand_out_fact(struct stream *st, struct event_body *b)
{
	struct ghl_position before;
	struct ghl_event *e = event_wrap(b, 0);

	if (b->type == GHL_EV_PRINCIPAL_CHANGED)
		(void)access_reload(st->core->access);
	if (e)
		call_watchers(st, e);
	else
		log_error("stream", "no-memory fact=%llu", (unsigned long long)b->position.fact);
	ghl_event_free(e);
	(void)pthread_mutex_lock(&st->lock);
	before = st->told;
	st->told.fact = b->position.fact;
	b->position = st->told;
	monitors_tell(st, b, &before);
	(void)pthread_mutex_unlock(&st->lock);
}

static void on_head(void *arg)
{
	struct stream *st = arg;
	struct event_body *bodies[FACTS_A_TURN];
	uint64_t from = st->told.fact + 1; /* only this thread moves it */
	unsigned count;
	int rc = facts_read(st->core->store, from, store_head(st->core->store), bodies, FACTS_A_TURN, &count);

	if (rc < 0)
		log_error("stream", "facts from=%llu status=%s", (unsigned long long)from,
			ghl_error_code_name(rc));
	for (unsigned i = 0; i < count; i++) {
		hand_out_fact(st, bodies[i]);
		body_unref(bodies[i]);
	}
	if (count == FACTS_A_TURN)
		bell_ring(st->fact_bell);
}

/* --- life --- */

int stream_create(struct stream **out, struct core *core, struct ghl_error *err)
{
	struct stream *st = calloc(1, sizeof(*st));
	int rc;

	if (!st)
		return GHL_ENOMEM;
	st->core = core;
	st->limits = (struct stream_limits){RING_BYTES, RING_US, QUEUE_MAX};
	st->told = (struct ghl_position){store_head(core->store), (uint64_t)clock_utc_us(core->clock), 0};
	list_init(&st->monitors);
	list_init(&st->sessions);
	list_init(&st->pending);
	(void)pthread_mutex_init(&st->lock, NULL);
	(void)pthread_mutex_init(&st->pumping, NULL);
	rc = live_init(&st->ring);
	if (rc == 0)
		rc = bell_create(&st->bell, core->loop, on_bell, st);
	if (rc == 0)
		rc = bell_create(&st->fact_bell, core->loop, on_head, st);
	if (rc < 0) {
		stream_destroy(st);
		return error_set(err, rc, "stream: %s", ghl_strerror(rc));
	}
	core->stream = st;
	store_watch(core->store, on_head, st);
	access_audit_set(core->access, stream_refused, core);
	*out = st;
	return 0;
}

void stream_close_sessions(struct stream *st)
{
	struct list *pos, *tmp;

	(void)pthread_mutex_lock(&st->lock);
	st->closing = true;
	LIST_EACH(pos, tmp, &st->sessions)
	session_wake_closed(container_of(pos, struct ghl_session, node));
	(void)pthread_mutex_unlock(&st->lock);
}

/* Those the program has not closed yet: they outlive what they stood in. */
static void detach_sessions(struct stream *st)
{
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &st->sessions)
	{
		struct ghl_session *s = container_of(pos, struct ghl_session, node);

		session_detach(s);
		s->core = NULL;
	}
}

static void free_registered(struct stream *st)
{
	struct watcher *w;
	struct snapshot_source *src;
	struct list *n;

	while ((w = st->watchers)) {
		st->watchers = w->next;
		free(w);
	}
	while ((src = st->sources)) {
		st->sources = src->next;
		free(src);
	}
	while ((n = list_take(&st->pending)))
		ghl_event_free(container_of(n, struct ghl_event, node));
}

void stream_destroy(struct stream *st)
{
	if (!st)
		return;
	if (st->core->stream == st)
		access_audit_set(st->core->access, NULL, NULL);
	detach_sessions(st);
	free_registered(st);
	bell_destroy(st->bell);
	bell_destroy(st->fact_bell);
	live_finish(&st->ring);
	(void)pthread_mutex_destroy(&st->pumping);
	(void)pthread_mutex_destroy(&st->lock);
	if (st->core->stream == st)
		st->core->stream = NULL;
	free(st);
}

int stream_watch(struct core *core, enum ghl_event_type type, stream_watch_fn *fn, void *arg)
{
	struct watcher **last = &core->stream->watchers, *w = calloc(1, sizeof(*w));

	if (!w)
		return GHL_ENOMEM;
	*w = (struct watcher){.type = type, .fn = fn, .arg = arg};
	while (*last)
		last = &(*last)->next;
	*last = w;
	return 0;
}

int stream_snapshot_add(struct core *core, stream_snapshot_fn *fn, void *arg)
{
	struct snapshot_source **last = &core->stream->sources, *src = calloc(1, sizeof(*src));

	if (!src)
		return GHL_ENOMEM;
	*src = (struct snapshot_source){.fn = fn, .arg = arg};
	while (*last)
		last = &(*last)->next;
	*last = src;
	return 0;
}
