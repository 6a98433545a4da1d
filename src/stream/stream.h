/*
 * stream/stream.h - one sequence of facts and live events, monitors, snapshots, overflow and resume.
 *
 * Facts are read back from the store's log after their commit, so that every process tells the same; live
 * events stand in a memory ring.
 */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include "core.h"

#include <govhotline/event.h>

/* A list of fields being put together: for live events and for the payload of facts (schema/fact.proto). */
struct event_draft {
	enum ghl_event_type type;
	uint64_t ids[4];      /* call, agent, queue, recording: what monitors and scopes filter by */
	struct ghl_event *ev; /* NULL after an allocation failed; everything goes on harmlessly */
};
void event_draft_init(struct event_draft *d, enum ghl_event_type type);
void event_draft_drop(struct event_draft *d);
void event_draft_text(
	struct event_draft *d, enum ghl_event_field f, const char *s); /* "" and NULL are left out */
void event_draft_int(struct event_draft *d, enum ghl_event_field f, int64_t v);
void event_draft_id(struct event_draft *d, enum ghl_event_field f,
	uint64_t id); /* also sets ids[] for call, agent, queue, recording */

int stream_create(struct stream **out, struct core *core, struct ghl_error *err);
/* Every session wakes with GHL_ECLOSED and none can be opened: before the loop stops. Any thread. */
void stream_close_sessions(struct stream *st);
/* On the loop thread or while the loop stands; before store_close(). Sessions that are still open answer
 * GHL_ECLOSED. */
void stream_destroy(struct stream *st);
/* A live event, now; takes the draft. Loop thread. Facts may not be told this way (asserted). */
void stream_tell(struct core *core, struct event_draft *d);
/* Puts the draft into the batch as a fact of its type, with GHL_F_PRINCIPAL where it has none; takes the
   draft. Told by itself after the commit. Any thread. */
void stream_fact(struct core *core, struct store_batch *b, const struct actor *actor, struct event_draft *d);
/* Inside watchers of facts and live events (wiring): fn on the loop for each event of that type, later,
 * before monitors get it. */
typedef void stream_watch_fn(void *arg, const struct ghl_event *e);
int stream_watch(struct core *core, enum ghl_event_type type, stream_watch_fn *fn, void *arg);
/* Snapshots: a module hands in what stands now. The function adds drafts (type GHL_EV_SNAP_*) through `add`.
 */
typedef void stream_add_fn(void *to, struct event_draft *d);
typedef void stream_snapshot_fn(void *arg, stream_add_fn *add, void *to);
int stream_snapshot_add(struct core *core, stream_snapshot_fn *fn, void *arg);

#endif
