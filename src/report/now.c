/*
 * now.c - the fold: GHL_EV_QUEUED puts a call among the waiting, GHL_EV_QUEUE_LEFT takes it out and counts
 * how it left, GHL_EV_AGENT_STATE moves the ready agents. Counts begin anew at local midnight; who waits over
 * midnight goes on waiting.
 */
#include "now.h"

#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "rollup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct waiter {
	struct list node; /* in the queue's waiters, oldest first */
	struct queue_now *queue;
	int64_t offered_at_us;
};

struct queue_now {
	struct now_row row;
	struct list waiters;
};

struct now {
	struct report *report;
	struct map queues;  /* name -> struct queue_now */
	struct map waiters; /* "call/queue/offered at" -> struct waiter */
	struct map ready;   /* agent id -> anything: who is READY */
	uint32_t date;      /* the local day that is counted */
};

static void on_event(void *arg, const struct ghl_event *e)
{
	now_fold(arg, e);
}

int now_create(struct now **out, struct report *r, struct ghl_error *err)
{
	static const enum ghl_event_type types[] = {GHL_EV_QUEUED, GHL_EV_QUEUE_LEFT, GHL_EV_AGENT_STATE};
	struct now *n = calloc(1, sizeof(*n));
	int rc = n ? 0 : GHL_ENOMEM;

	for (int i = 0; rc == 0 && i < 3; i++)
		rc = stream_watch(r->core, types[i], on_event, n);
	if (rc < 0) {
		free(n);
		return error_set(err, rc, "the real-time view: %s", ghl_strerror(rc));
	}
	n->report = r;
	map_init(&n->queues);
	map_init(&n->waiters);
	map_init(&n->ready);
	*out = n;
	return 0;
}

static void free_all(struct map *m)
{
	void *v;

	for (size_t i = 0; (v = map_next(m, &i));)
		free(v);
	map_finish(m);
}

void now_destroy(struct now *n)
{
	if (!n)
		return;
	free_all(&n->queues);
	free_all(&n->waiters);
	map_finish(&n->ready);
	free(n);
}

/* a new local day: counts begin at 0 */
static void turn_day(struct now *n, int64_t at_us)
{
	uint32_t date = report_local_date(n->report->core, at_us);
	struct queue_now *q;

	if (date <= n->date)
		return;
	n->date = date;
	for (size_t i = 0; (q = map_next(&n->queues, &i));)
		memset(q->row.figures, 0, sizeof(q->row.figures));
}

static struct queue_now *queue_of(struct now *n, const char *name)
{
	struct queue_now *q = map_get_text(&n->queues, name);

	if (q)
		return q;
	q = calloc(1, sizeof(*q));
	if (!q || map_put_text(&n->queues, name, q) < 0) {
		free(q);
		return NULL;
	}
	(void)text_copy(q->row.queue, sizeof(q->row.queue), name);
	list_init(&q->waiters);
	return q;
}

/* one stay; a call that went on to another queue may stand in both until the fact of leaving is told */
static char *stay_key(const struct ghl_event *e, char out[64])
{
	(void)snprintf(out, 64, "%" PRIx64 "/%" PRIx64 "/%" PRIx64, ghl_event_int(e, GHL_F_CALL),
		ghl_event_int(e, GHL_F_QUEUE_ID), ghl_event_int(e, GHL_F_OFFERED_AT_US));
	return out;
}

static void fold_queued(struct now *n, const struct ghl_event *e)
{
	struct queue_now *q = queue_of(n, ghl_event_text(e, GHL_F_QUEUE));
	struct waiter *w = calloc(1, sizeof(*w));
	char key[64];

	stay_key(e, key);
	if (!q || !w || map_get_text(&n->waiters, key) || map_put_text(&n->waiters, key, w) < 0) {
		free(w);
		return;
	}
	w->queue = q;
	w->offered_at_us = ghl_event_int(e, GHL_F_OFFERED_AT_US);
	list_append(&q->waiters, &w->node);
	q->row.waiting++;
}

static enum report_end end_named(const char *name)
{
	for (enum report_end i = REPORT_ANSWERED; i <= REPORT_DEQUEUED; i++)
		if (strcmp(report_end_name(i), name) == 0)
			return i;
	return REPORT_NO_QUEUE;
}

static void fold_left(struct now *n, const struct ghl_event *e)
{
	struct queue_now *q = queue_of(n, ghl_event_text(e, GHL_F_QUEUE));
	char key[64];
	struct waiter *w = map_take_text(&n->waiters, stay_key(e, key));
	struct figures_stay s = {.end = end_named(ghl_event_text(e, GHL_F_DISPOSITION)),
		.wait_ms = (uint32_t)ghl_event_int(e, GHL_F_WAIT_MS),
		.ring_ms = (uint32_t)ghl_event_int(e, GHL_F_RING_MS),
		.threshold_ms = (uint32_t)ghl_event_int(e, GHL_F_THRESHOLD_MS),
		.short_abandon_ms = n->report->short_abandon_ms};

	if (w) {
		list_remove(&w->node);
		w->queue->row.waiting--;
		free(w);
	}
	if (q)
		figures_add_stay(q->row.figures, &s);
}

static void fold_agent(struct now *n, const struct ghl_event *e)
{
	uint64_t id = (uint64_t)ghl_event_int(e, GHL_F_AGENT_ID);

	if (strcmp(ghl_event_text(e, GHL_F_STATE), ghl_agent_state_name(GHL_AGENT_READY)) == 0)
		(void)map_put(&n->ready, id, n);
	else
		(void)map_take(&n->ready, id);
}

void now_fold(struct now *n, const struct ghl_event *e)
{
	turn_day(n, ghl_event_at_us(e));
	if (ghl_event_type(e) == GHL_EV_QUEUED)
		fold_queued(n, e);
	else if (ghl_event_type(e) == GHL_EV_QUEUE_LEFT)
		fold_left(n, e);
	else if (ghl_event_type(e) == GHL_EV_AGENT_STATE)
		fold_agent(n, e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct now_row *)a)->queue, ((const struct now_row *)b)->queue);
}

static void add_to_site(struct now_row *site, const struct now_row *q)
{
	figures_merge(site->figures, q->figures, CF_COUNT, CF_MAX_MASK);
	site->waiting += q->waiting;
	if (q->oldest_us < site->oldest_us)
		site->oldest_us = q->oldest_us;
}

int now_rows(struct now *n, int64_t at_us, struct now_row **out)
{
	struct now_row *rows = calloc(n->queues.used + 1, sizeof(*rows));
	struct queue_now *q;
	int count = 1;

	if (!rows)
		return GHL_ENOMEM;
	turn_day(n, at_us);
	rows[0].available = (int64_t)n->ready.used;
	rows[0].oldest_us = INT64_MAX;
	for (size_t i = 0; (q = map_next(&n->queues, &i)); count++) {
		struct now_row *row = &rows[count];

		*row = q->row;
		row->oldest_us = list_empty(&q->waiters)
					 ? INT64_MAX
					 : container_of(q->waiters.next, struct waiter, node)->offered_at_us;
		add_to_site(&rows[0], row);
	}
	qsort(rows + 1, (size_t)count - 1, sizeof(*rows), by_name);
	*out = rows;
	return count;
}
