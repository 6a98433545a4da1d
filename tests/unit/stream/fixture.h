/* fixture.h - a store, a loop on a thread of its own, access and stream: what a session needs to live in. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "stream/stream_priv.h"
#include "testing.h"

struct fixture {
	struct ghl_clock clock;
	struct core core;
	pthread_t thread;
	struct ghl_session *owner;
};

void fixture_start(struct fixture *f);
/* The session is closed already or closed here. */
void fixture_stop(struct fixture *f);
/* fn(arg) on the loop; returns when it has run. */
void fixture_on_loop(struct fixture *f, loop_fn *fn, void *arg);
/* n live events GHL_EV_DELIVERED with GHL_F_POSITION from, from + 1 ..; returns when they have been handed
 * out. */
void fixture_tell(struct fixture *f, int64_t from, int64_t n);
/* n facts GHL_EV_ALARM, likewise, durable; returns when they have been told. */
void fixture_fact(struct fixture *f, int64_t from, int64_t n);
/* A principal of the store with these roles, and a session as it. */
struct ghl_session *fixture_session(
	struct fixture *f, const char *name, uint32_t roles, const char *group, const char *agent);
/* The next event, waited for; fails the case when none comes. To be freed. */
struct ghl_event *fixture_next(struct ghl_session *s);
/* The next event's type, and its GHL_F_POSITION in *n (may be NULL). */
enum ghl_event_type fixture_take(struct ghl_session *s, int64_t *n);

#endif
