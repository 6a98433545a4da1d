/* query.c - reading live state: the question runs on the loop while its caller waits, or is withdrawn when
 * the session closes. */
#include "stream_priv.h"

#include "base/error.h"

#include <stdlib.h>

enum query_state { QUERY_POSTED, QUERY_RUNNING, QUERY_DONE, QUERY_WITHDRAWN };

struct query {
	struct loop_task task;
	struct ghl_session *session; /* a reference */
	session_query_fn *fn;
	void *args;             /* the caller's: not touched once withdrawn */
	enum query_state state; /* guarded by the session's lock */
	int rc;
	struct ghl_error why; /* noted on the loop */
};

static void query_free(struct query *q)
{
	struct ghl_session *s = q->session;

	free(q);
	session_unref(s);
}

static bool begin(struct query *q)
{
	bool withdrawn;

	(void)pthread_mutex_lock(&q->session->lock);
	withdrawn = q->state == QUERY_WITHDRAWN;
	if (!withdrawn)
		q->state = QUERY_RUNNING;
	(void)pthread_mutex_unlock(&q->session->lock);
	return !withdrawn;
}

static void run_query(void *arg)
{
	struct query *q = arg;
	struct ghl_session *s = q->session;
	int rc;

	if (!begin(q)) {
		query_free(q);
		return;
	}
	error_forget();
	rc = q->fn(s->core, &s->actor, q->args);
	(void)session_ref(s);
	(void)pthread_mutex_lock(&s->lock);
	q->rc = rc;
	q->why = *error_noted();
	q->state = QUERY_DONE;
	session_wake(s);
	(void)pthread_mutex_unlock(&s->lock);
	session_unref(s);
}

int session_query(struct ghl_session *s, session_query_fn *fn, void *args)
{
	struct query *q = calloc(1, sizeof(*q));
	static const struct deadline forever = {-1};
	bool done;
	int rc;

	if (!q)
		return GHL_ENOMEM;
	*q = (struct query){.session = session_ref(s), .fn = fn, .args = args};
	loop_post_task(s->core->loop, &q->task, run_query, q);
	(void)pthread_mutex_lock(&s->lock);
	while (q->state == QUERY_RUNNING || (q->state == QUERY_POSTED && !atomic_load(&s->closed)))
		(void)session_wait(s, &forever);
	done = q->state == QUERY_DONE;
	rc = done ? q->rc : GHL_ECLOSED;
	if (!done)
		q->state = QUERY_WITHDRAWN;
	(void)pthread_mutex_unlock(&s->lock);
	if (done && rc < 0 && q->why.code == rc)
		(void)error_note_again(rc, q->why.field, q->why.text);
	if (done)
		query_free(q);
	return rc;
}
