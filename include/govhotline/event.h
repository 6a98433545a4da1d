/* govhotline/event.h - facts and live events (ECMA-269 names), monitors, and how they are read. */
#ifndef GOVHOTLINE_EVENT_H
#define GOVHOTLINE_EVENT_H

#include <govhotline/id.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ghl_session;
struct ghl_event;

/**
 * What happened. Facts (1..999) are told after their commit and resume from the log for ever; live events
 * (1000..1999) stand in a memory ring; 2000 and above are the session's own. The numbers never change.
 */
enum ghl_event_type {
	GHL_EV_NONE = 0,
	/* facts */
	GHL_EV_CALL_STARTED = 1, /* a call and its recording serial are kept */
	GHL_EV_CALL_CLEARED = 2, /* ECMA-269 CallCleared, with the call's record */
	GHL_EV_RECORDING_STARTED = 3,
	GHL_EV_RECORDING_ENDED = 4, /* with hash, length and what is missing */
	GHL_EV_AGENT_SPAN = 5,      /* an agent's state ended: from, to, state, reason */
	GHL_EV_AGENT_LOGGED_ON = 6, /* ECMA-269 AgentLoggedOn */
	GHL_EV_AGENT_LOGGED_OFF = 7,
	GHL_EV_QUEUE_LEFT = 8, /* a call's stay in a queue ended: answered, abandoned, outflow, dequeued */
	GHL_EV_CONFIG_APPLIED = 9,
	GHL_EV_PRINCIPAL_CHANGED = 10,
	GHL_EV_REFUSED = 11, /* audit: refusals by principal and function, counted */
	GHL_EV_ALARM = 12,
	GHL_EV_ALARM_CLEARED = 13,
	GHL_EV_ENGINE_STARTED = 14,
	GHL_EV_ENGINE_STOPPED = 15,
	GHL_EV_IMPORTED = 16,
	GHL_EV_RECORDING_VOID = 17,     /* a serial that came to nothing, with the reason */
	GHL_EV_RECORDING_EXPORTED = 18, /* audit: somebody took a recording out */
	/* live */
	GHL_EV_ORIGINATED = 1000,
	GHL_EV_DELIVERED = 1001,
	GHL_EV_ESTABLISHED = 1002,
	GHL_EV_HELD = 1003,
	GHL_EV_RETRIEVED = 1004,
	GHL_EV_QUEUED = 1005,
	GHL_EV_DIVERTED = 1006,
	GHL_EV_FAILED = 1007,
	GHL_EV_CONN_CLEARED = 1008,
	GHL_EV_DIGITS = 1009,    /* DigitsGenerated; never those of a secret field */
	GHL_EV_CALL_INFO = 1010, /* CallInformation: call data changed */
	GHL_EV_AGENT_STATE =
		1011, /* AgentReady, AgentNotReady, AgentBusy, AgentWorkingAfterCall: F_STATE tells which */
	GHL_EV_MEDIA = 1012, /* media report, time-out */
	GHL_EV_TRUNK_STATE = 1013,
	GHL_EV_DEVICE_STATE = 1014, /* a phone registered or was lost */
	GHL_EV_DIALOGUE = 1015,     /* a dialogue began, logged or ended */
	GHL_EV_QUEUE_STATE = 1016,  /* waiting and ready counts changed */
	GHL_EV_TRANSFERRED = 1017,  /* a party of the call was exchanged for the one at GHL_F_DEVICE */
	/* the session's own */
	GHL_EV_COMPLETED = 2000, /* a request's outcome */
	GHL_EV_OVERFLOW = 2001,  /* the reader was too slow: resume from the position it carries */
	GHL_EV_SNAP_CALL = 2002,
	GHL_EV_SNAP_AGENT = 2003,
	GHL_EV_SNAP_QUEUE = 2004,
	GHL_EV_SNAP_TRUNK = 2005,
	GHL_EV_SNAP_END = 2006 /* the snapshot is complete; what follows is news */
};

/** Fields of events. The numbers never change: they stand in the log. */
enum ghl_event_field {
	GHL_F_NONE = 0,
	GHL_F_CALL = 1,
	GHL_F_CONN = 2,
	GHL_F_AGENT_ID = 3,
	GHL_F_QUEUE_ID = 4,
	GHL_F_RECORDING = 5,
	GHL_F_REQUEST = 6,
	GHL_F_CALLING = 10,
	GHL_F_CALLED = 11,
	GHL_F_CALLING_NAME = 12,
	GHL_F_TRUNK = 13,
	GHL_F_DEVICE = 14,
	GHL_F_AGENT = 15,
	GHL_F_QUEUE = 16,
	GHL_F_SEAT = 17,
	GHL_F_GROUP = 18,
	GHL_F_DIALOGUE = 19,
	GHL_F_DIRECTION = 20,
	GHL_F_CAUSE = 21,
	GHL_F_SIP_STATUS = 22,
	GHL_F_Q850 = 23,
	GHL_F_STATE = 24,
	GHL_F_REASON = 25,
	GHL_F_PENDING = 26,
	GHL_F_DIGITS = 27,
	GHL_F_KEY = 28,
	GHL_F_VALUE = 29,
	GHL_F_TEXT = 30,
	GHL_F_SERIAL = 31,
	GHL_F_PATH = 32,
	GHL_F_HASH = 33,
	GHL_F_NAME = 34,
	GHL_F_STATUS = 35,
	GHL_F_PRINCIPAL = 36,
	GHL_F_FUNCTION = 37,
	GHL_F_COUNT = 38,
	GHL_F_DISPOSITION = 39,
	GHL_F_DEST = 40,
	GHL_F_SKILL = 41,
	GHL_F_SEVERITY = 42,
	GHL_F_DATA = 43,
	GHL_F_STARTED_AT_US = 60,
	GHL_F_OFFERED_AT_US = 61,
	GHL_F_ANSWERED_AT_US = 62,
	GHL_F_ENDED_AT_US = 63,
	GHL_F_FROM_US = 64,
	GHL_F_UNTIL_US = 65,
	GHL_F_WAIT_MS = 80,
	GHL_F_RING_MS = 81,
	GHL_F_TALK_MS = 82,
	GHL_F_HOLD_MS = 83,
	GHL_F_ACW_MS = 84,
	GHL_F_DURATION_MS = 85,
	GHL_F_POSITION = 86,
	GHL_F_WAITING = 87,
	GHL_F_READY = 88,
	GHL_F_THRESHOLD_MS = 89,
	GHL_F_SAMPLES = 90,
	GHL_F_MISSING = 91,
	GHL_F_BYTES = 92,
	GHL_F_LOST = 93,
	GHL_F_JITTER_US = 94,
	GHL_F_ROUND_TRIP_US = 95,
	GHL_F_PACKETS = 96,
	GHL_F_PRIORITY = 97,
	GHL_F_FREE_BYTES = 98,
	GHL_F_FACT = 99,
	GHL_F_EPOCH = 100,
	GHL_F_LIVE = 101
};

/** A place in the two sequences: facts up to and including `fact`, live events up to `live` of `epoch`. */
struct ghl_position {
	uint64_t fact;
	uint64_t epoch;
	uint64_t live;
};

/** Begin with what happens from now on. */
#define GHL_FROM_NOW ((const struct ghl_position *)0)

/**
 * Start telling this session what matches a filter (CSTA MonitorStart).
 *
 * The filter is one or more "name=pattern" joined by spaces; all must match; a pattern may hold * and ?.
 * Names: event (as ghl_event_type_name()), call, agent, queue, trunk, group, kind (fact, live). "" matches
 * everything. Only what the session's principal may see is told. Between the last position and now everything
 * is told from the log and the ring, however much it is; then the news. In the place of a fact that cannot be
 * read (the store is damaged) every monitor that may tell facts gets a GHL_EV_ALARM "stream.fact", whose
 * GHL_F_FACT is its number, and goes on behind it.
 *
 * A reader that falls 8,192 events behind gets one GHL_EV_OVERFLOW and the monitor has ended: start another
 * from the position that event carries, and nothing is missed. A position whose epoch is 0 names facts only:
 * they are told from the log, live events from now on.
 *
 * @param[in]  s         session
 * @param[in]  filter    UTF-8, at most 1,000 bytes
 * @param[in]  from      the last position that was seen, or GHL_FROM_NOW
 * @param[out] out       the monitor; may be NULL
 * @return 0; GHL_EPERM no right "monitor"; GHL_EINVAL the filter is wrong or the position has not been
 * reached; GHL_EGONE the live part is no longer in the ring: take a snapshot; GHL_EFULL 64 monitors already;
 * GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_monitor_start(
	struct ghl_session *s, const char *filter, const struct ghl_position *from, ghl_monitor *out);

/**
 * The same, beginning with a snapshot of calls, agents, queues and trunks.
 *
 * GHL_EV_SNAP_* events tell what stands now (the filter's "event" and "kind" do not pick among them), then
 * GHL_EV_SNAP_END, then the news since.
 *
 * @param[in]  s       session
 * @param[in]  filter  as ghl_monitor_start()
 * @param[out] out     the monitor; may be NULL
 * @return as ghl_monitor_start(), without GHL_EGONE
 */
GHL_API int ghl_monitor_snapshot(struct ghl_session *s, const char *filter, ghl_monitor *out);

/**
 * Stop a monitor (CSTA MonitorStop). What it has queued already can still be read.
 *
 * @return 0; GHL_EPERM; GHL_ENOENT; GHL_ECLOSED
 */
GHL_API int ghl_monitor_stop(struct ghl_session *s, ghl_monitor monitor);

/**
 * A descriptor that is readable while events wait: level-triggered, for poll(2), never to be read or closed
 * by the caller.
 *
 * @return the descriptor; GHL_EIO none could be made; GHL_ECLOSED
 */
GHL_API int ghl_event_fd(struct ghl_session *s);

/**
 * Take the oldest waiting event.
 *
 * @param[in]  s    session; one thread at a time reads a session
 * @param[out] out  the event, yours: ghl_event_free(); untouched unless 1 is returned
 * @return 1; 0 none waits; GHL_ECLOSED
 */
GHL_API int ghl_event_next(struct ghl_session *s, struct ghl_event **out);

/**
 * Wait for an event and take it.
 *
 * @param[in]  s           session
 * @param[in]  timeout_ms  0..2,147,483,647; -1 for ever
 * @param[out] out         as ghl_event_next()
 * @return 1; 0 the time passed; GHL_ECLOSED the session was closed meanwhile
 */
GHL_API int ghl_event_wait(struct ghl_session *s, int timeout_ms, struct ghl_event **out);

/**
 * Look at the log now: another process has committed something. Without it, it is seen within 200 ms.
 *
 * @param[in] s  session
 * @return 0; GHL_EPERM no right "store.poke"; GHL_ECLOSED
 */
GHL_API int ghl_event_poke(struct ghl_session *s);

/** Free an event. NULL is fine. Any thread. */
GHL_API void ghl_event_free(struct ghl_event *e);

/** The type of an event. */
GHL_API enum ghl_event_type ghl_event_type(const struct ghl_event *e);
/** The instant it happened, microseconds UTC. */
GHL_API int64_t ghl_event_at_us(const struct ghl_event *e);
/** The monitor it came by; 0 for completions. */
GHL_API ghl_monitor ghl_event_monitor(const struct ghl_event *e);
/** The position to resume from after this event; zeros for a completion, which stands in no sequence. */
GHL_API void ghl_event_position(const struct ghl_event *e, struct ghl_position *out);
/** Whether a field is there. */
GHL_API bool ghl_event_has(const struct ghl_event *e, enum ghl_event_field f);
/** A text field, lent until the event is freed; "" where it is absent; numbers and ids are given as text too.
 */
GHL_API const char *ghl_event_text(const struct ghl_event *e, enum ghl_event_field f);
/** A number or id field; 0 where it is absent or text. */
GHL_API int64_t ghl_event_int(const struct ghl_event *e, enum ghl_event_field f);
/** The fields that are there, in ascending order: returns how many, writes at most `room`. */
GHL_API size_t ghl_event_fields(const struct ghl_event *e, enum ghl_event_field *out, size_t room);
/** The event as one line of JSON, ids as strings; lent until the event is freed; NULL: no memory. */
GHL_API const char *ghl_event_json(struct ghl_event *e);
/** "established", "call_cleared" ..; "?" for an unknown number. */
GHL_API const char *ghl_event_type_name(enum ghl_event_type type);
/** What a field holds. The numbers never change: they stand in the log. */
enum ghl_field_kind {
	GHL_FIELD_NONE = 0, /* no such field */
	GHL_FIELD_TEXT = 1,
	GHL_FIELD_INT = 2,
	GHL_FIELD_ID = 3 /* JSON carries it as a text */
};

/** What a field holds, the same in every event; GHL_FIELD_NONE for an unknown number. */
GHL_API enum ghl_field_kind ghl_event_field_kind(enum ghl_event_field field);
/** "calling", "wait_ms" ..; "?" for an unknown number. */
GHL_API const char *ghl_event_field_name(enum ghl_event_field field);

#ifdef __cplusplus
}
#endif

#endif
