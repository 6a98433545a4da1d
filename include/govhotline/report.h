/*
 * govhotline/report.h - interval statistics of calls, queues and agents (BCMS figures).
 *
 * The base bin is 15 minutes of local time; every longer interval is the sum of its bins: numerators and
 * denominators are added, maxima are the largest, and a ratio is made once, at the end. So a row can always
 * be checked by hand, and rows can be added again. A bin is known by local date, index and offset from UTC:
 * the hour that a clock change repeats is two hours here.
 */
#ifndef GOVHOTLINE_REPORT_H
#define GOVHOTLINE_REPORT_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the rows of a report are about. */
enum ghl_report_by {
	GHL_REPORT_BY_ALL = 0, /**< the whole site: one row an interval */
	GHL_REPORT_BY_QUEUE = 1,
	GHL_REPORT_BY_AGENT = 2, /**< the operator, at whichever seat */
	GHL_REPORT_BY_SEAT = 3,  /**< the phone account, whoever sat there */
	GHL_REPORT_BY_GROUP = 4,
	GHL_REPORT_BY_TRUNK = 5
};

/** How long an interval is, in local time. */
enum ghl_report_interval {
	GHL_REPORT_QUARTER = 0, /**< 15 minutes */
	GHL_REPORT_HALF = 1,    /**< 30 minutes */
	GHL_REPORT_HOUR = 2,
	GHL_REPORT_DAY = 3,
	GHL_REPORT_WEEK = 4, /**< Monday to Sunday (ISO 8601) */
	GHL_REPORT_MONTH = 5,
	GHL_REPORT_TOTAL = 6 /**< one interval: all of the time asked for */
};

/** Which interval a call is counted in. */
enum ghl_report_basis {
	GHL_REPORT_BASIS_END = 0,    /**< where the call ends, as BCMS counts */
	GHL_REPORT_BASIS_ARRIVAL = 1 /**< where it arrived: for staffing, and for the answer rate of GB/T
					33358; final once all its calls ended */
};

/** A ratio whose denominator is 0 has no value: this stands in its field, and it is printed as nothing at
 * all. */
#define GHL_REPORT_BLANK INT64_MIN

/** What is asked for. */
struct ghl_report_opts {
	uint32_t size;         /**< sizeof(struct ghl_report_opts) */
	enum ghl_report_by by; /**< ghl_report_queues(): BY_QUEUE always; ghl_report_agents(): BY_AGENT,
				  BY_SEAT, BY_GROUP or BY_ALL */
	enum ghl_report_interval interval;
	enum ghl_report_basis basis; /**< calls and queues only */
	int64_t from_us;             /**< instant, UTC: bins that begin at or after it */
	int64_t until_us;            /**< instant, UTC: .. and before it */
	const char *name;            /**< pattern of the queue, agent ..; with * and ?; NULL for all */
	bool total;                  /**< one more row a name at the end, with the sum of its rows */
};

/** Initial value: by all, quarters, by end. */
#define GHL_REPORT_OPTS_INIT                                                                                 \
	{                                                                                                    \
		sizeof(struct ghl_report_opts), GHL_REPORT_BY_ALL, GHL_REPORT_QUARTER, GHL_REPORT_BASIS_END, \
			0, 0, NULL, false                                                                    \
	}

/** The interval a row is about. */
struct ghl_report_span {
	int64_t from_us;      /**< instant, UTC, where the interval begins */
	int64_t until_us;     /**< .. and ends */
	int32_t date;         /**< local date of its begin: YYYYMMDD */
	int32_t minute;       /**< local minutes since midnight of its begin: 0..1,439 */
	int32_t utc_offset_s; /**< local time minus UTC at its begin, seconds */
	bool total;           /**< the sum row of GHL_REPORT_OPTS total */
	/** What was learned after the bins were sealed, 15 minutes after their end: the row of the same
	 * interval without this mark stays as it was. */
	bool correction;
	bool threshold_changed; /**< by queue: the threshold was changed inside the interval; BCMS prints "*"
				 */
};

/**
 * Calls in an interval: an item of ghl_report_calls() and ghl_report_queues().
 *
 * For agents, seats and groups (what has no natural meaning there): offered is what rang at it, a wait is
 * that of a call it answered, and lost is what rang and was not answered.
 */
struct ghl_report_calls_info {
	uint32_t size; /**< sizeof(struct ghl_report_calls_info) */
	enum ghl_report_by by;
	const char *name; /**< of the queue, agent ..; "" for GHL_REPORT_BY_ALL */
	struct ghl_report_span span;

	/* counts */
	int64_t calls; /**< 呼叫总数: all calls, those that never came to a queue included; by queue, agent
			  ..: the same as offered */
	int64_t offered;  /**< N_off = answered + abandoned + outflow + dequeued; by agent ..: answered + lost
			   */
	int64_t answered; /**< N_acd: queue calls an agent answered */
	int64_t abandoned;       /**< 放弃: the caller hung up in the queue or while it rang */
	int64_t abandoned_short; /**< of these, within the short-abandon time (5 s by default) */
	int64_t outflow;         /**< left for another queue or a dialogue */
	int64_t dequeued;        /**< taken out otherwise */
	int64_t inflow;          /**< of the offered, those that came from another queue */
	int64_t lost; /**< by agent, seat, group: rang there, not answered; elsewhere the same as abandoned */
	int64_t blocked;  /**< calls refused because all lines or limits were in use: by all and by trunk */
	int64_t accepted; /**< answered within the threshold in force */
	int64_t accepted_15s;      /**< answered within 15 s (GB/T 33358) */
	int64_t abandoned_in_time; /**< abandoned within the threshold in force */
	int64_t passed; /**< outflow and dequeued calls that had waited beyond the threshold: service-level
			   events of Cisco */
	int64_t threshold_ms; /**< the threshold in force (the largest, if it changed): by queue; else 0 */

	/* sums, milliseconds */
	int64_t answered_wait_ms; /**< queue and ringing of the answered; without announcements before the
				     queue, without earlier queues */
	int64_t abandoned_wait_ms;
	int64_t left_wait_ms; /**< of outflow and dequeued calls */
	int64_t ring_ms;      /**< of the answered: the winning offer */
	int64_t talk_ms;      /**< hold excluded */
	int64_t hold_ms;
	int64_t acw_ms;      /**< after-call work tied to these calls, counted where it ended */
	int64_t duration_ms; /**< from first signal to last, of all calls; by all and by trunk */
	int64_t waiting_ms; /**< time spent waiting, cut at the interval's edges: basis arrival, by all and by
			       queue; else 0 */

	/* maxima */
	int64_t max_wait_ms; /**< 最大等待时间: the longest wait of a call that was answered or abandoned; 0
				for none */
	int64_t max_waiting; /**< 队列等待数目: the most calls that a joining call found, itself included:
				basis arrival, by queue; else 0 */

	/* derived; GHL_REPORT_BLANK where the denominator is 0; milliseconds or 1/100 %, rounded half up */
	int64_t asa_ms;       /**< 平均应答速度: answered_wait / answered */
	int64_t mean_wait_ms; /**< 平均等待时间: (answered_wait + abandoned_wait) / (answered + abandoned) */
	int64_t avg_talk_ms;        /**< 平均通话时长: talk / answered */
	int64_t avg_talk_hold_ms;   /**< (talk + hold) / answered, as BCMS VDN reports have it */
	int64_t avg_acw_ms;         /**< 平均完成后工作时长: acw / answered */
	int64_t avg_abandon_ms;     /**< 平均放弃等待时间: abandoned_wait / abandoned */
	int64_t aht_ms;             /**< (talk + hold + acw) / answered */
	int64_t mean_waiting_milli; /**< waiting_ms / length of the interval, in thousandths of a call: basis
				       arrival, by all and by queue; else blank */
	int64_t answer_rate;        /**< 接通率: answered / offered */
	int64_t loss_rate;          /**< 呼损率 of the centre: lost / offered */
	int64_t blocking_rate; /**< 呼损率 of the lines: blocked / calls; by all and by trunk, else blank */
	int64_t in_time_rate;  /**< 15 s 应答及时率: accepted_15s / answered */
	int64_t sl_bcms;       /**< accepted / offered */
	int64_t sl_ignore;     /**< Cisco type 1: accepted / (events - abandoned_in_time); events = answered +
				  abandoned + passed */
	int64_t sl_negative;   /**< Cisco type 2: accepted / events */
	int64_t sl_positive;   /**< Cisco type 3: (accepted + abandoned_in_time) / events */
	int64_t sl_perf;       /**< Asterisk: accepted / answered */
	int64_t sl_perf2;      /**< Asterisk: (accepted + abandoned_in_time) / (answered + abandoned) */
};

/** Agents' time in an interval: an item of ghl_report_agents(). Time is cut at the edges exactly; the states
 * sum to staffed_ms exactly. */
struct ghl_report_agents_info {
	uint32_t size; /**< sizeof(struct ghl_report_agents_info) */
	enum ghl_report_by by;
	const char *name; /**< of the agent, seat or group; "" for GHL_REPORT_BY_ALL */
	struct ghl_report_span span;

	/* time in the interval, milliseconds */
	int64_t staffed_ms;   /**< logged on: the sum of the following */
	int64_t not_ready_ms; /**< AUX 闭塞 */
	int64_t ready_ms;     /**< AVAIL 空闲 */
	int64_t ringing_ms;
	int64_t busy_acd_ms; /**< on calls of queues, hold included */
	int64_t busy_ext_in_ms;
	int64_t busy_ext_out_ms;
	int64_t acw_ms; /**< after-call work 话后 */

	/* calls, where they end */
	int64_t offered;         /**< rang there: answered + lost */
	int64_t answered;        /**< ACD calls */
	int64_t lost;            /**< rang and not answered: no answer, refused, or the caller hung up */
	int64_t ext_in, ext_out; /**< EXTN: calls of no queue */
	int64_t ext_ms;          /**< their whole length, where they end: need not fit the interval */
	int64_t talk_ms;         /**< of the answered, hold excluded */
	int64_t hold_ms;
	int64_t call_acw_ms; /**< after-call work tied to calls, whole, where it ended */
	int64_t answered_wait_ms;
	int64_t max_wait_ms;
	int64_t logins;

	/* derived; GHL_REPORT_BLANK where the denominator is 0; milliseconds or 1/100 %, rounded half up */
	int64_t avg_talk_ms;       /**< talk / answered */
	int64_t avg_ext_ms;        /**< ext / (ext_in + ext_out) */
	int64_t avg_acw_ms;        /**< call_acw / answered */
	int64_t asa_ms;            /**< answered_wait / answered */
	int64_t aht_ms;            /**< (talk + hold + call_acw) / answered */
	int64_t answer_rate;       /**< answered / offered */
	int64_t loss_rate;         /**< lost / offered */
	int64_t occupancy;         /**< Avaya: (busy_acd + ringing + acw) / (staffed - not_ready) */
	int64_t acd_time;          /**< AT&T "% ACD time": (busy_acd + acw) / staffed */
	int64_t avg_staffed_milli; /**< staffed / length of the interval, in thousandths of an agent */
};

/** "all", "queue", "agent", "seat", "group", "trunk"; "?" for an unknown number. Any thread. */
GHL_API const char *ghl_report_by_name(enum ghl_report_by by);
/** "15m", "30m", "60m", "day", "week", "month", "total"; "?" for an unknown number. Any thread. */
GHL_API const char *ghl_report_interval_name(enum ghl_report_interval interval);
/** "end", "arrival"; "?" for an unknown number. Any thread. */
GHL_API const char *ghl_report_basis_name(enum ghl_report_basis basis);

/**
 * Read a local date or date and time of the site's zone: "2026-11-23", "2026-11-23T09:15",
 * "2026-11-23T09:15:30".
 *
 * Of an hour that a clock change repeats the first is meant; a time that it skips is read as the instant of
 * the change.
 *
 * @param[in]  s     session
 * @param[in]  text  the date
 * @param[out] out   microseconds UTC; untouched on failure
 * @return 0; GHL_EPERM no right "report.read"; GHL_EPARSE; GHL_EINVAL; GHL_ECLOSED
 */
GHL_API int ghl_report_instant(struct ghl_session *s, const char *text, int64_t *out);

/**
 * Calls by interval (rows 13b, c, f, g). Bins in which nothing happened have no row.
 *
 * Rows are in the order of interval, then name, then corrections; sum rows last. Any thread but the loop's;
 * needs no engine.
 *
 * @param[in]  s       session
 * @param[in]  opts    what is asked for
 * @param[in]  cursor  NULL or "" for the first page; else ghl_list_cursor() of the page before
 * @param[out] out     items are `const struct ghl_report_calls_info *`; yours: ghl_list_free(); untouched on
 * failure
 * @return 0; GHL_EPERM no right "report.read"; GHL_EINVAL until_us is not after from_us, an unknown enum
 * value, or a wrong cursor; GHL_EIO; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_report_calls(
	struct ghl_session *s, const struct ghl_report_opts *opts, const char *cursor, struct ghl_list **out);

/**
 * The same by queue, whatever opts->by says (BCMS split report).
 *
 * @param[in]  s       session
 * @param[in]  opts    what is asked for
 * @param[in]  cursor  as ghl_report_calls()
 * @param[out] out     as ghl_report_calls()
 * @return as ghl_report_calls()
 */
GHL_API int ghl_report_queues(
	struct ghl_session *s, const struct ghl_report_opts *opts, const char *cursor, struct ghl_list **out);

/**
 * Agents' time and calls by interval (BCMS agent report).
 *
 * @param[in]  s       session
 * @param[in]  opts    what is asked for; `by` GHL_REPORT_BY_QUEUE and GHL_REPORT_BY_TRUNK are GHL_EINVAL
 * @param[in]  cursor  as ghl_report_calls()
 * @param[out] out     items are `const struct ghl_report_agents_info *`; yours: ghl_list_free(); untouched on
 * failure
 * @return as ghl_report_calls()
 */
GHL_API int ghl_report_agents(
	struct ghl_session *s, const struct ghl_report_opts *opts, const char *cursor, struct ghl_list **out);

/** A queue's day so far; an item of ghl_report_now(). Texts live as long as the list. */
struct ghl_report_now_info {
	uint32_t size;     /**< sizeof(struct ghl_report_now_info) */
	const char *queue; /**< "" for the row of the whole site */
	int64_t calls; /**< 呼叫数量: offered since local midnight: waiting + answered + abandoned + outflow +
			  dequeued */
	int64_t waiting;   /**< 呼叫等待数: now */
	int64_t available; /**< 空闲座席代表数: agents READY now; only in the row of the whole site */
	int64_t answered;  /**< 由座席代表应答的呼叫数: since local midnight */
	int64_t abandoned;
	int64_t outflow;
	int64_t dequeued;
	int64_t oldest_wait_ms; /**< of the calls that wait now; -1: none waits */
	int64_t max_wait_ms;    /**< of the calls that were answered or abandoned since local midnight */
	int64_t answered_wait_ms, abandoned_wait_ms;
	int64_t asa_ms;         /**< GHL_REPORT_BLANK where nothing was answered */
	int64_t avg_abandon_ms; /**< GHL_REPORT_BLANK where nothing was abandoned */
};

/**
 * The real-time view (row 13e): what the events since local midnight, or since the engine started, add up to.
 *
 * Any thread but the loop's. Needs the engine.
 *
 * @param[in]  s    session
 * @param[out] out  items are `const struct ghl_report_now_info *`: the whole site first, then each queue by
 * name; yours: ghl_list_free()
 * @return 0; GHL_EPERM no right "report.read"; GHL_ESTATE this process runs no engine; GHL_ENOMEM;
 * GHL_ECLOSED
 */
GHL_API int ghl_report_now(struct ghl_session *s, struct ghl_list **out);

#ifdef __cplusplus
}
#endif

#endif
