/*
 * report/report.h - roll-ups: who ends a call or a span adds its figures in that very commit, so that reports
 * never disagree with records.
 *
 * Stands below agent, call and acd: they hand in plain facts. Any thread.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "stream/core.h"

#include <govhotline/agent.h>
#include <govhotline/report.h>

struct report;
struct zone;

struct report_opts {
	const char *zone;          /* "Asia/Shanghai"; NULL or "" is UTC */
	const char *zoneinfo_dir;  /* NULL: /usr/share/zoneinfo */
	uint32_t short_abandon_ms; /* 0: 5,000 */
	uint32_t seal_ms;          /* after a bin's end; 0: 900,000 */
};

/* Puts itself into core->slot[CORE_REPORT]. GHL_ENOENT no such zone; GHL_EPARSE. On an engine, stream must be
 * there: it folds events. */
int report_create(
	struct report **out, struct core *core, const struct report_opts *opts, struct ghl_error *err);
void report_destroy(struct report *r);
/* The site's zone: also for the dates of serials. NULL core slot: UTC. */
uint32_t report_local_date(const struct core *core, int64_t at_us); /* YYYYMMDD */
const struct zone *report_zone(const struct core *core);            /* NULL: UTC */
/* The first bin edge after that instant. */
int64_t report_next_edge_us(const struct core *core, int64_t at_us);

/* How a call left a queue for good, or that it was in none. */
enum report_end {
	REPORT_NO_QUEUE,  /* never came to a queue: served by a dialogue, direct, rejected */
	REPORT_ANSWERED,  /* by an agent, out of `queue` */
	REPORT_ABANDONED, /* hung up in `queue` or while it rang */
	REPORT_OUTFLOW,   /* left `queue` for a dialogue and came to no queue again */
	REPORT_DEQUEUED,  /* taken out of `queue` otherwise */
	REPORT_BLOCKED,   /* refused: lines or limits in use */
};
const char *report_end_name(enum report_end e);

/* A stay in an earlier queue, which the call left for another one. */
struct report_stay {
	char queue[64];
	int64_t offered_at_us; /* UTC */
	uint32_t wait_ms;
	uint32_t threshold_ms; /* in force */
	uint32_t waiting;      /* calls in the queue when this one joined, itself included; 0: not known */
	bool dequeued;         /* else outflow */
};

/* The facts of an ended call. Texts may be NULL or "". */
struct report_call {
	int64_t started_at_us, ended_at_us; /* UTC */
	int64_t offered_at_us;              /* came to the last queue; 0: to none */
	int64_t answered_at_us;             /* by an agent; 0: not */
	uint32_t wait_ms;                   /* in the last queue: queue and ringing */
	uint32_t ring_ms, talk_ms, hold_ms;
	uint32_t acw_ms; /* only when no agent's ACW span will tell it: imported history */
	uint32_t threshold_ms;
	uint32_t waiting; /* as in struct report_stay */
	enum report_end end;
	const char *queue, *agent, *seat, *group, *trunk;
	const struct report_stay *stays; /* earlier queues, in order */
	unsigned stay_count;
	bool history;          /* imported: its bins are not sealed */
	int64_t counted_at_us; /* bins that were sealed then get it as a correction; 0: now */
};

/* Adds what the call means to the roll-ups of its last commit. Does nothing where the process keeps no
 * report. 0 or GHL_EINVAL. */
int report_call_adds(struct core *core, struct store_batch *b, const struct report_call *c);

/* A piece of an agent's time, or, with `last`, the end of a span. */
struct report_span {
	int64_t from_us, until_us; /* UTC, whole milliseconds: the part not yet booked */
	int64_t span_from_us; /* where the span began; the same as from_us unless a part was booked before */
	enum ghl_agent_state state;
	enum ghl_agent_busy busy;
	enum ghl_agent_state next; /* of the last part */
	bool last;
	bool login; /* the first span after a log-on */
	const char *agent, *seat, *group;
	const char *queue;     /* of the call an ACW span is tied to; NULL for none */
	int64_t counted_at_us; /* as in struct report_call */
};
/* Whether a part of a span that is booked at this instant comes, wholly or in part, to sealed bins. */
bool report_span_late(const struct core *core, int64_t from_us, int64_t at_us);
int report_span_adds(struct core *core, struct store_batch *b, const struct report_span *s);

/* For db check: whether a STORE_ROLLUP item is well formed. */
int report_item_check(const struct store_item *item, struct ghl_error *err);

#endif
