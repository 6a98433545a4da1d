/* report/now.h - the real-time view (row 13e): a fold of events by the figures that the roll-ups use too.
 * Loop thread. */
#ifndef REPORT_NOW_H
#define REPORT_NOW_H

#include "figures.h"

#include "stream/stream.h"

struct now;
struct report;

int now_create(struct now **out, struct report *r, struct ghl_error *err);
void now_destroy(struct now *n);
/* One event more: what the watchers call; events of other types do nothing. */
void now_fold(struct now *n, const struct ghl_event *e);

/* A queue as it stands; "" is the whole site. */
struct now_row {
	char queue[64];
	int64_t figures[CF_COUNT]; /* since local midnight */
	int64_t waiting, available;
	int64_t oldest_us; /* instant the call that waits longest came; INT64_MAX: none waits */
};
/* Copies the rows as of an instant, the site first, then by name: yours to free. Returns how many, or
 * GHL_ENOMEM. */
int now_rows(struct now *n, int64_t at_us, struct now_row **out);

#endif
