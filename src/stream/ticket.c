/*
 * ticket.c - a change on its way to the loop and back.
 *
 *	            loop              ticket_done()
 *	POSTED ---------------> RUNNING ------------> completed: read by the program, or by the caller who
 *waits |                       |
 *	   +----- session closed --+----------------> abandoned: the change goes on, nobody is told
 *
 * The completion's place is made when the request is accepted, so that nothing can fail when it is done.
 */
#include "stream_priv.h"

#include "base/argument.h"
#include "base/error.h"
#include "base/id.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct ticket {
	struct loop_task task;
	struct ghl_session *session; /* a reference */
	session_op_fn *fn;
	struct completion *place; /* NULL: a caller waits */
	ghl_request request;
	/* guarded by the session's lock, when a caller waits */
	bool done;
	bool abandoned;
	struct ghl_outcome outcome;
	_Alignas(16) char args[];
};

/* --- completions --- */

static struct completion *completion_new(ghl_request request)
{
	struct completion *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	list_init(&c->ev.node);
	c->ev.completion = true;
	c->request = request;
	c->ev.body = body_new(GHL_EV_COMPLETED, 6, BODY_TEXT_ROOM);
	if (!c->ev.body) {
		free(c);
		return NULL;
	}
	return c;
}

static enum ghl_event_field field_of_kind(enum ghl_id_kind kind)
{
	static const enum ghl_event_field fields[] = {
		[GHL_ID_CALL] = GHL_F_CALL,
		[GHL_ID_CONN] = GHL_F_CONN,
		[GHL_ID_AGENT] = GHL_F_AGENT_ID,
		[GHL_ID_QUEUE] = GHL_F_QUEUE_ID,
		[GHL_ID_RECORDING] = GHL_F_RECORDING,
	};

	return (size_t)kind < sizeof(fields) / sizeof(fields[0]) ? fields[kind] : GHL_F_NONE;
}

/* The place was made with room for all of it: none of these can fail. */
static void completion_fill(struct completion *c, const struct ghl_outcome *o, int64_t at_us)
{
	struct event_body *b = c->ev.body;
	enum ghl_event_field made = field_of_kind(ghl_id_kind_of(o->id));

	c->outcome = *o;
	c->done = true;
	b->at_us = at_us;
	(void)body_put_num(b, GHL_F_REQUEST, GHL_FIELD_ID, (int64_t)c->request);
	(void)body_put_num(b, GHL_F_STATUS, GHL_FIELD_INT, o->status);
	if (o->sip_status)
		(void)body_put_num(b, GHL_F_SIP_STATUS, GHL_FIELD_INT, o->sip_status);
	if (o->q850)
		(void)body_put_num(b, GHL_F_Q850, GHL_FIELD_INT, o->q850);
	if (o->id && made)
		(void)body_put_num(b, made, GHL_FIELD_ID, (int64_t)o->id);
	(void)body_put_text(b, GHL_F_TEXT, o->text);
}

static int reserve_place(struct ghl_session *s, struct completion *c)
{
	int rc = 0;

	(void)pthread_mutex_lock(&s->lock);
	if (atomic_load(&s->closed))
		rc = GHL_ECLOSED;
	else if (s->open == OPEN_MAX)
		rc = GHL_EAGAIN;
	else
		rc = map_put(&s->places, c->request, c);
	if (rc == 0)
		s->open++;
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

/* --- the loop's side --- */

static void run_ticket(void *arg)
{
	struct ticket *t = arg;

	error_forget();
	t->fn(t->session->core, &t->session->actor, t, t->args);
	error_forget(); /* what is done later has no part in it */
}

static void ticket_free(struct ticket *t)
{
	struct ghl_session *s = t->session;

	free(t);
	session_unref(s);
}

/* The session's lock is held; true: nobody waits, the ticket is to be freed here. */
static bool hand_over(struct ticket *t, const struct ghl_outcome *o)
{
	struct ghl_session *s = t->session;

	if (t->place) {
		completion_fill(t->place, o, loop_utc_us(s->core->loop));
		queue_append(s, &t->place->ev);
		return true;
	}
	if (t->abandoned)
		return true;
	t->outcome = *o;
	t->done = true;
	session_wake(s);
	return false;
}

/* A failure has a sentence: what was noted on the way, else that of its code. */
static void explain(struct ghl_outcome *o)
{
	const struct ghl_error *why = error_noted();

	if (o->status == 0 || o->text[0])
		return;
	if (why->code == o->status)
		(void)text_copy(o->field, sizeof(o->field), why->field);
	(void)text_copy(
		o->text, sizeof(o->text), why->code == o->status ? why->text : ghl_strerror(o->status));
}

void ticket_done_outcome(struct ticket *t, const struct ghl_outcome *outcome)
{
	struct ghl_session *s = t->session;
	struct ghl_outcome told = *outcome;
	bool ours;

	explain(&told);
	(void)pthread_mutex_lock(&s->lock);
	ours = hand_over(t, &told);
	(void)pthread_mutex_unlock(&s->lock);
	if (ours)
		ticket_free(t);
}

void ticket_done(struct ticket *t, int status)
{
	struct ghl_outcome o = GHL_OUTCOME_INIT;

	o.status = status;
	ticket_done_outcome(t, &o);
}

static void on_commit(void *arg, const struct store_result *result)
{
	ticket_done(arg, result->status);
}

void ticket_commit(struct ticket *t, struct core *core, struct store_batch *b)
{
	if (b)
		store_commit_async(core->store, b, on_commit, t);
	else
		ticket_done(t, GHL_ENOMEM);
}

ghl_request ticket_request(const struct ticket *t)
{
	return t->request;
}

/* --- the caller's side --- */

static struct ticket *ticket_new(struct ghl_session *s, session_op_fn *fn, const void *args, size_t size)
{
	struct ticket *t = calloc(1, sizeof(*t) + size);

	if (!t)
		return NULL;
	t->fn = fn;
	t->session = session_ref(s);
	if (size)
		memcpy(t->args, args, size);
	return t;
}

static int wait_done(struct ticket *t, struct ghl_outcome *outcome)
{
	struct ghl_session *s = session_ref(t->session);
	static const struct deadline forever = {-1};
	int status;
	bool done;

	(void)pthread_mutex_lock(&s->lock);
	while (!t->done && !atomic_load(&s->closed))
		(void)session_wait(s, &forever);
	done = t->done;
	t->abandoned = !done;
	status = done ? t->outcome.status : GHL_ECLOSED;
	if (done && outcome)
		*outcome = t->outcome;
	(void)pthread_mutex_unlock(&s->lock);
	if (done && status < 0)
		(void)error_note_again(status, t->outcome.field, t->outcome.text);
	if (done)
		ticket_free(t);
	session_unref(s);
	return status;
}

static int prepare_place(struct ticket *t)
{
	struct ghl_session *s = t->session;
	int rc;

	t->request = store_id_next(s->core->store, GHL_ID_REQUEST);
	if (t->request == 0)
		return GHL_EIO;
	t->place = completion_new(t->request);
	if (!t->place)
		return GHL_ENOMEM;
	rc = reserve_place(s, t->place);
	if (rc < 0)
		ghl_event_free(&t->place->ev);
	return rc;
}

int session_submit_owned(struct ghl_session *s, ghl_request *req, session_op_fn *fn, session_drop_fn *drop,
	void *args, size_t size, struct ghl_outcome *outcome)
{
	struct ticket *t = ticket_new(s, fn, args, size);
	int rc = t ? 0 : GHL_ENOMEM;

	if (rc == 0 && req)
		rc = prepare_place(t);
	if (rc < 0) {
		if (t)
			ticket_free(t);
		if (drop)
			drop(args);
		return rc;
	}
	if (req)
		*req = t->request;
	loop_post_task(s->core->loop, &t->task, run_ticket, t);
	return req ? 0 : wait_done(t, outcome);
}

int session_submit(struct ghl_session *s, ghl_request *req, session_op_fn *fn, const void *args, size_t size,
	struct ghl_outcome *outcome)
{
	return session_submit_owned(s, req, fn, NULL, (void *)args, size, outcome);
}

int ghl_request_wait(struct ghl_session *s, ghl_request req, int timeout_ms, struct ghl_outcome *out)
{
	struct deadline d = deadline_in(timeout_ms);
	struct completion *c = NULL;
	bool empty = false;
	int rc = session_enter(s, ACCESS_FN_ghl_request_wait);

	if (rc < 0)
		return rc;
	if (argument_range("timeout_ms", timeout_ms, -1, INT32_MAX) < 0 ||
		argument_id("req", req, GHL_ID_REQUEST) < 0)
		return GHL_EINVAL;
	(void)session_ref(s);
	(void)pthread_mutex_lock(&s->lock);
	for (bool time_left = true;; time_left = session_wait(s, &d)) {
		c = map_get(&s->places, req);
		rc = atomic_load(&s->closed) ? GHL_ECLOSED : !c ? GHL_ENOENT : c->done;
		if (rc || !time_left)
			break;
	}
	if (rc == 1) {
		queue_take_completion(s, c);
		empty = list_empty(&s->queue);
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (empty) /* a replay goes on when the queue is empty, whoever took the last of it */
		monitors_fill(s);
	if (rc == 1 && out)
		*out = c->outcome;
	if (rc == 1)
		ghl_event_free(&c->ev);
	session_unref(s);
	return rc;
}
