/*
 * report/figures.h - the counters of a bin, what one call or span adds to them, and what is derived from
 * their sums (metrics: BCMS).
 *
 * The same code serves the roll-ups in the store, the sums over intervals and the real-time view.
 */
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include "report.h"

/* Of calls. Positions stand in the store: new ones are added at the end. */
enum call_figure {
	CF_CALLS,
	CF_ANSWERED,
	CF_ABANDONED,
	CF_ABANDONED_SHORT,
	CF_OUTFLOW,
	CF_DEQUEUED,
	CF_INFLOW,
	CF_UNANSWERED,
	CF_BLOCKED,
	CF_ACCEPTED,
	CF_ACCEPTED_15S,
	CF_ABANDONED_IN_TIME,
	CF_PASSED,
	CF_ANSWERED_WAIT_MS,
	CF_ABANDONED_WAIT_MS,
	CF_LEFT_WAIT_MS,
	CF_RING_MS,
	CF_TALK_MS,
	CF_HOLD_MS,
	CF_ACW_MS,
	CF_DURATION_MS,
	CF_WAITING_MS,
	CF_MAX_WAIT_MS,
	CF_MAX_WAITING,
	CF_THRESHOLD_MAX,
	CF_THRESHOLD_MIN, /* the last as CF_THRESHOLD_TOP - threshold */
	CF_COUNT
};
#define CF_MAX_MASK                                                                                          \
	(1ULL << CF_MAX_WAIT_MS | 1ULL << CF_MAX_WAITING | 1ULL << CF_THRESHOLD_MAX |                        \
		1ULL << CF_THRESHOLD_MIN)
#define CF_THRESHOLD_TOP (1LL << 40)

const char *call_figure_name(enum call_figure figure);

/* Of agents' time. */
enum time_figure {
	TF_NOT_READY_MS,
	TF_READY_MS,
	TF_RINGING_MS,
	TF_BUSY_ACD_MS,
	TF_BUSY_EXT_IN_MS,
	TF_BUSY_EXT_OUT_MS,
	TF_ACW_MS,
	TF_EXT_IN,
	TF_EXT_OUT,
	TF_EXT_MS,
	TF_LOGINS,
	TF_COUNT
};

const char *time_figure_name(enum time_figure figure);
_Static_assert((int)TF_COUNT < (int)CF_COUNT, "a row of calls has room for one of time");

/* One call's stay in one queue, its last or an earlier one. */
struct figures_stay {
	enum report_end end;
	uint32_t wait_ms, ring_ms, talk_ms, hold_ms, acw_ms, threshold_ms;
	uint32_t short_abandon_ms;
	bool inflow;
};

/* What the stay adds to a queue's row, or that of an agent who answered; f is added to. */
void figures_add_stay(int64_t f[CF_COUNT], const struct figures_stay *s);
/* The threshold in force for it: by queue only. */
void figures_add_threshold(int64_t f[CF_COUNT], uint32_t threshold_ms);
/* Sums, with the largest of what max_mask names. */
void figures_merge(int64_t *to, const int64_t *from, unsigned n, uint64_t max_mask);
/* Where the time of a state is counted; TF_COUNT for LOGGED_OFF. */
enum time_figure figures_time_of(enum ghl_agent_state state, enum ghl_agent_busy busy);

/* numerator x scale / denominator, rounded half up; GHL_REPORT_BLANK when the denominator is not above 0. */
int64_t figures_ratio(int64_t numerator, int64_t denominator, int64_t scale);
/* Fills everything but size, by, name and span; length_ms is the interval's. */
void figures_calls_info(const int64_t f[CF_COUNT], enum ghl_report_by by, enum ghl_report_basis basis,
	int64_t length_ms, struct ghl_report_calls_info *out);
void figures_agents_info(const int64_t c[CF_COUNT], const int64_t t[TF_COUNT], int64_t length_ms,
	struct ghl_report_agents_info *out);

#endif
