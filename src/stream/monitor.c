/*
 * monitor.c - telling a session what matches its filter.
 *
 *	start(from), snapshot ---> REPLAY ---- caught up ----> LIVE        (start from now begins in LIVE)
 *	                             |                           |
 *	                             +-- fell off the ring,      +-- the queue is full
 *	                             v   or the log failed       v
 *	                        one GHL_EV_OVERFLOW with the position to resume from; the monitor has ended
 *
 * A replay is brought forward by its reader, a chunk whenever its queue is empty, so that a log of any length
 *fits in a small queue; LIVE monitors are told by the loop. The place of the overflow event is reserved with
 *the monitor.
 */
#include "stream_priv.h"

#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>

static void monitor_free(struct monitor *m)
{
	struct list *n;

	while ((n = list_take(&m->snapshot)))
		ghl_event_free(container_of(n, struct ghl_event, node));
	filter_finish(&m->filter);
	ghl_event_free(m->overflow);
	free(m);
}

/* With the stream's lock held. */
static void monitor_end(struct monitor *m)
{
	struct core *core = m->session->core;

	if (core)
		core->stream->left_at_us = loop_utc_us(core->loop);
	list_remove(&m->node);
	list_remove(&m->session_node);
	m->session->monitor_count--;
	monitor_free(m);
}

static struct ghl_event *overflow_new(ghl_monitor id)
{
	struct event_body *b = body_new(GHL_EV_OVERFLOW, 3, 0);
	struct ghl_event *e = b ? event_wrap(b, id) : NULL;

	body_unref(b);
	return e;
}

static int monitor_new(struct ghl_session *s, const char *filter, struct monitor **out)
{
	struct monitor *m = calloc(1, sizeof(*m));
	int rc = m ? 0 : GHL_ENOMEM;

	if (rc < 0)
		return rc;
	list_init(&m->node);
	list_init(&m->session_node);
	list_init(&m->snapshot);
	m->session = s;
	rc = filter_parse(&m->filter, filter);
	if (rc < 0)
		goto out;
	m->id = store_id_next(s->core->store, GHL_ID_MONITOR);
	m->overflow = m->id ? overflow_new(m->id) : NULL;
	rc = !m->id ? GHL_EIO : !m->overflow ? GHL_ENOMEM : 0;
out:
	if (rc < 0)
		monitor_free(m);
	else
		*out = m;
	return rc;
}

/* With the stream's lock held: tells the overflow, once, and ends the monitor. */
static void monitor_overflow(struct monitor *m, const struct ghl_position *resume, int64_t at_us)
{
	struct ghl_event *e = m->overflow;
	struct ghl_session *s = m->session;

	m->overflow = NULL;
	e->body->at_us = at_us;
	e->body->position = *resume;
	(void)body_put_num(e->body, GHL_F_FACT, GHL_FIELD_INT, (int64_t)resume->fact);
	(void)body_put_num(e->body, GHL_F_EPOCH, GHL_FIELD_INT, (int64_t)resume->epoch);
	(void)body_put_num(e->body, GHL_F_LIVE, GHL_FIELD_INT, (int64_t)resume->live);
	(void)pthread_mutex_lock(&s->lock);
	queue_append(s, e);
	(void)pthread_mutex_unlock(&s->lock);
	monitor_end(m);
}

static bool wants(const struct monitor *m, const struct event_body *b)
{
	if (b->unreadable) /* whatever it was, nobody who reads the log shall miss it unknowing */
		return m->filter.facts;
	return filter_match(&m->filter, b) && body_visible(b, m->session->core->access, &m->session->actor);
}

/* False: it does not fit. limit 0: none. */
static bool hand_over(struct monitor *m, struct event_body *b, unsigned limit)
{
	struct ghl_session *s = m->session;
	struct ghl_event *e = event_wrap(b, m->id);
	bool fits;

	if (!e)
		return false;
	(void)pthread_mutex_lock(&s->lock);
	fits = limit == 0 || s->news < limit;
	if (fits)
		queue_append(s, e);
	(void)pthread_mutex_unlock(&s->lock);
	if (!fits)
		ghl_event_free(e);
	return fits;
}

void monitors_tell(struct stream *st, struct event_body *b, const struct ghl_position *before)
{
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &st->monitors)
	{
		struct monitor *m = container_of(pos, struct monitor, node);

		if (m->mode == MONITOR_LIVE && wants(m, b) && !hand_over(m, b, st->limits.queue_max))
			monitor_overflow(m, before, b->at_us);
	}
}

void monitors_end(struct ghl_session *s)
{
	struct stream *st = s->core->stream;
	struct list *pos, *tmp;

	(void)pthread_mutex_lock(&st->lock);
	LIST_EACH(pos, tmp, &s->monitors)
	monitor_end(container_of(pos, struct monitor, session_node));
	(void)pthread_mutex_unlock(&st->lock);
}

/* --- replay --- */

struct chunk {
	struct event_body *bodies[FILL_CHUNK];
	unsigned count;
	uint64_t until; /* facts up to here */
};

enum step { STEP_LIVE, STEP_FACTS, STEP_CAUGHT_UP, STEP_LOST };

/* With the stream's lock held: live events that come before the next fact, or up to where facts are to be
 * read first. */
static enum step next_live(struct monitor *m, struct stream *st, struct chunk *c)
{
	uint64_t live = m->seen.live + 1;
	struct event_body *b;

	if (!m->filter.live)
		m->seen.live = st->told.live;
	if (m->seen.fact == st->told.fact && m->seen.live == st->told.live)
		return STEP_CAUGHT_UP;
	if (m->seen.live < st->told.live && live < st->ring.first)
		return STEP_LOST;
	b = m->seen.live < st->told.live ? live_get(&st->ring, live) : NULL;
	c->until = b ? b->position.fact : st->told.fact;
	if (c->until > m->seen.fact)
		return STEP_FACTS;
	for (; b && b->position.fact <= m->seen.fact && c->count < FILL_CHUNK;
		b = live_get(&st->ring, ++live))
		c->bodies[c->count++] = body_ref(b);
	return STEP_LIVE;
}

static int read_facts(struct monitor *m, struct store *store, struct chunk *c)
{
	int rc = facts_read(store, m->seen.fact + 1, c->until, c->bodies, FILL_CHUNK, &c->count);

	for (unsigned i = 0; i < c->count; i++) {
		c->bodies[i]->position.epoch = m->seen.epoch;
		c->bodies[i]->position.live = m->seen.live;
	}
	return rc;
}

/* Hands the chunk over; what was seen moves with each. */
static int hand_chunk(struct monitor *m, struct chunk *c)
{
	int rc = 0;

	for (unsigned i = 0; i < c->count; i++) {
		struct event_body *b = c->bodies[i];

		if (rc == 0 && wants(m, b) && !hand_over(m, b, 0))
			rc = GHL_ENOMEM;
		if (rc == 0 && event_is_fact(b->type))
			m->seen.fact = b->position.fact;
		else if (rc == 0)
			m->seen.live = b->position.live;
		body_unref(b);
	}
	return rc;
}

static void hand_snapshot(struct monitor *m)
{
	struct ghl_session *s = m->session;
	struct list *n;

	(void)pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < FILL_CHUNK && (n = list_take(&m->snapshot)); i++)
		queue_append(s, container_of(n, struct ghl_event, node));
	(void)pthread_mutex_unlock(&s->lock);
}

static void lose(struct monitor *m, struct stream *st, int why)
{
	log_warn("stream", "replay-ended principal=%s reason=%s", m->session->actor.name,
		ghl_error_code_name(why));
	(void)pthread_mutex_lock(&st->lock);
	monitor_overflow(m, &m->seen, clock_utc_us(st->core->clock));
	(void)pthread_mutex_unlock(&st->lock);
}

/* One step of a replay; with `filling` held. */
static void monitor_step(struct monitor *m, struct stream *st)
{
	struct chunk c = {.count = 0};
	enum step step;
	int rc = 0;

	if (!list_empty(&m->snapshot)) {
		hand_snapshot(m);
		return;
	}
	(void)pthread_mutex_lock(&st->lock);
	step = next_live(m, st, &c);
	if (step == STEP_CAUGHT_UP)
		m->mode = MONITOR_LIVE;
	(void)pthread_mutex_unlock(&st->lock);
	if (step == STEP_FACTS)
		rc = read_facts(m, st->core->store, &c);
	if (step == STEP_LOST)
		rc = GHL_EGONE;
	if (hand_chunk(m, &c) < 0 && rc == 0)
		rc = GHL_ENOMEM;
	if (rc < 0)
		lose(m, st, rc);
}

static bool queue_is_empty(struct ghl_session *s)
{
	bool empty;

	(void)pthread_mutex_lock(&s->lock);
	empty = list_empty(&s->queue);
	(void)pthread_mutex_unlock(&s->lock);
	return empty;
}

static struct monitor *next_replay(struct ghl_session *s)
{
	struct stream *st = s->core->stream;
	struct monitor *found = NULL;
	struct list *pos, *tmp;

	(void)pthread_mutex_lock(&st->lock);
	LIST_EACH(pos, tmp, &s->monitors)
	{
		struct monitor *m = container_of(pos, struct monitor, session_node);

		if (m->mode == MONITOR_REPLAY) {
			found = m;
			break;
		}
	}
	(void)pthread_mutex_unlock(&st->lock);
	return found;
}

void monitors_fill(struct ghl_session *s)
{
	struct monitor *m;

	(void)pthread_mutex_lock(&s->filling);
	while (queue_is_empty(s) && (m = next_replay(s)))
		monitor_step(m, s->core->stream);
	(void)pthread_mutex_unlock(&s->filling);
}

/* --- starting and stopping --- */

/* With the stream's lock held. */
static int resume_from(struct monitor *m, struct stream *st, const struct ghl_position *from)
{
	bool live = m->filter.live && from->epoch != 0;

	if (from->fact > st->told.fact ||
		(live && from->epoch == st->told.epoch && from->live > st->told.live))
		return error_invalid("from", "the position has not been reached yet");
	if (live && from->epoch != st->told.epoch)
		return GHL_EGONE;
	if (live && from->live < st->told.live && from->live + 1 < st->ring.first)
		return GHL_EGONE;
	m->mode = MONITOR_REPLAY;
	m->seen = st->told;
	m->seen.fact = from->fact;
	if (live)
		m->seen.live = from->live;
	return 0;
}

/* from NULL: m->mode and m->seen stand already. */
static int monitor_enter(struct monitor *m, struct stream *st, const struct ghl_position *from)
{
	struct ghl_session *s = m->session;
	int rc = 0;

	(void)pthread_mutex_lock(&st->lock);
	if (atomic_load(&s->closed))
		rc = GHL_ECLOSED;
	else if (s->monitor_count == MONITORS_MAX)
		rc = GHL_EFULL;
	else if (from)
		rc = resume_from(m, st, from);
	if (rc == 0) {
		s->monitor_count++;
		list_append(&st->monitors, &m->node);
		list_append(&s->monitors, &m->session_node);
	}
	(void)pthread_mutex_unlock(&st->lock);
	return rc;
}

/* rc tells whether it could be made ready; what cannot begin is freed. */
static int monitor_begin(struct monitor *m, int rc, const struct ghl_position *from, ghl_monitor *out)
{
	struct ghl_session *s = m->session;
	ghl_monitor id = m->id;

	if (rc == 0)
		rc = monitor_enter(m, s->core->stream, from);
	if (rc < 0) {
		monitor_free(m);
		return rc;
	}
	if (out)
		*out = id;
	monitors_fill(s);
	return 0;
}

int ghl_monitor_start(
	struct ghl_session *s, const char *filter, const struct ghl_position *from, ghl_monitor *out)
{
	struct monitor *m = NULL;
	int rc = session_enter(s, ACCESS_FN_ghl_monitor_start);

	if (rc == 0)
		rc = monitor_new(s, filter, &m);
	if (!m)
		return rc;
	m->mode = MONITOR_LIVE;
	return monitor_begin(m, 0, from, out);
}

static void snapshot_add(void *to, struct event_draft *d)
{
	struct monitor *m = to;
	struct ghl_event *e = d->ev;

	d->ev = NULL;
	if (!e) {
		m->mode = MONITOR_LIVE; /* tells take_snapshot() that one is missing */
		return;
	}
	e->monitor = m->id;
	e->body->type = d->type;
	e->body->at_us = clock_utc_us(m->session->core->clock);
	if (wants(m, e->body))
		list_append(&m->snapshot, &e->node);
	else
		ghl_event_free(e);
}

/* On the loop: nothing is told between the snapshot and the position it stands for. */
static int take_snapshot(struct core *core, const struct actor *actor, void *args)
{
	struct monitor *m = args;
	struct stream *st = core->stream;
	struct event_draft end;
	struct list *pos, *tmp;

	stream_flush(st);
	m->mode = MONITOR_REPLAY;
	for (struct snapshot_source *src = st->sources; src; src = src->next)
		src->fn(src->arg, snapshot_add, m);
	event_draft_init(&end, GHL_EV_SNAP_END);
	snapshot_add(m, &end);
	if (m->mode != MONITOR_REPLAY)
		return GHL_ENOMEM;
	(void)pthread_mutex_lock(&st->lock);
	m->seen = st->told;
	(void)pthread_mutex_unlock(&st->lock);
	LIST_EACH(pos, tmp, &m->snapshot)
	container_of(pos, struct ghl_event, node)->body->position = m->seen;
	return 0;
}

int ghl_monitor_snapshot(struct ghl_session *s, const char *filter, ghl_monitor *out)
{
	struct monitor *m = NULL;
	int rc = session_enter(s, ACCESS_FN_ghl_monitor_snapshot);

	if (rc == 0)
		rc = monitor_new(s, filter, &m);
	if (!m)
		return rc;
	rc = session_query(s, take_snapshot, m);
	return monitor_begin(m, rc, NULL, out);
}

int ghl_monitor_stop(struct ghl_session *s, ghl_monitor monitor)
{
	struct list *pos, *tmp;
	int rc = session_enter(s, ACCESS_FN_ghl_monitor_stop);

	if (rc < 0)
		return rc;
	rc = GHL_ENOENT;
	(void)pthread_mutex_lock(&s->filling);
	(void)pthread_mutex_lock(&s->core->stream->lock);
	LIST_EACH(pos, tmp, &s->monitors)
	{
		struct monitor *m = container_of(pos, struct monitor, session_node);

		if (m->id == monitor) {
			monitor_end(m);
			rc = 0;
			break;
		}
	}
	(void)pthread_mutex_unlock(&s->core->stream->lock);
	(void)pthread_mutex_unlock(&s->filling);
	return rc;
}
