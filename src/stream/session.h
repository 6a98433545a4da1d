/*
 * stream/session.h - how public functions enter the house: the right first, then work posted to the loop,
 *then a completion.
 *
 * A public function reads:
 *
 *	int ghl_call_clear(struct ghl_session *s, ghl_call call, ghl_request *req)
 *	{
 *		struct clear_args args = {.call = call};
 *		int rc = session_enter(s, ACCESS_FN_ghl_call_clear);
 *
 *		if (rc < 0)
 *			return rc;
 *		if (argument_id("call", call, GHL_ID_CALL) < 0)
 *			return GHL_EINVAL;
 *		return session_submit(s, req, run_clear, &args, sizeof(args), NULL);
 *	}
 */
#ifndef STREAM_SESSION_H
#define STREAM_SESSION_H

#include "core.h"

#include <govhotline/session.h>

/* The core of a hotline: hotline's own accessor, so that a session can be opened from its public handle. */
struct core *hotline_core(struct ghl_hotline *h);

/* A session for an actor: GHL_EFULL 10,000 are open, GHL_ENOMEM. */
int session_create(struct core *core, const struct actor *actor, struct ghl_session **out);

/* The right of this function, checked at each call; forgets what error_note() noted before. GHL_EPERM;
 * GHL_ECLOSED; GHL_EINVAL for s == NULL. */
int session_enter(struct ghl_session *s, enum access_function fn);
struct core *session_core(struct ghl_session *s);
const struct actor *session_actor(const struct ghl_session *s);

/* One change under way. */
struct ticket;
/* On the loop. Must lead to exactly one ticket_done(), at once or later. args is the ticket's own copy, valid
 * until then. */
typedef void session_op_fn(struct core *core, const struct actor *actor, struct ticket *t, void *args);
/* req == NULL: waits for the outcome and returns its status (outcome may be NULL). Else 0 and *req, or
   GHL_EAGAIN (4,096 open), GHL_ENOMEM, GHL_ECLOSED; the completion comes as GHL_EV_COMPLETED. GHL_ESTATE when
   this process has no engine and needs_engine slots are absent is the op's own business. */
int session_submit(struct ghl_session *s, ghl_request *req, session_op_fn *fn, const void *args, size_t size,
	struct ghl_outcome *outcome);
/* The same with args that own something: when the request is refused and fn will never run, drop(args) frees
 * it. */
typedef void session_drop_fn(void *args);
int session_submit_owned(struct ghl_session *s, ghl_request *req, session_op_fn *fn, session_drop_fn *drop,
	void *args, size_t size, struct ghl_outcome *outcome);
/* On the loop; status 0 or GHL_E*; a failure without a text gets that of error_note(), else its code's. The
 * ticket is gone. */
void ticket_done(struct ticket *t, int status);
void ticket_done_outcome(struct ticket *t, const struct ghl_outcome *outcome);
/* Commits a batch and completes the ticket with its status when it is durable. */
void ticket_commit(struct ticket *t, struct core *core, struct store_batch *b);
ghl_request ticket_request(const struct ticket *t);

/* Reads live state: fn(core, actor, args) runs on the loop while the caller waits; its return value is
 * returned. args is shared, not copied. */
typedef int session_query_fn(struct core *core, const struct actor *actor, void *args);
int session_query(struct ghl_session *s, session_query_fn *fn, void *args);

/* --- query results --- */
/* Items of one struct whose first field is `uint32_t size`. Texts inside items are pointers made by
 * list_text(). */
int list_new(struct ghl_list **out, size_t item_size);
/* A zeroed item with its size set; NULL: no memory. Earlier items may move: texts do not. */
void *list_add(struct ghl_list *l);
/* A copy that lives as long as the list; "" for NULL. NULL: no memory. */
const char *list_text(struct ghl_list *l, const char *s);
void list_cursor_set(struct ghl_list *l, const char *cursor); /* where the next page begins; "" at the end */
/* Ends the making: the list is the caller's at *out, or freed with *out untouched when rc tells a failure. */
int list_give(struct ghl_list *l, int rc, struct ghl_list **out);

#endif
