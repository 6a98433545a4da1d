/*
 * govhotline/call.h - calls and connections: services, states and causes of CSTA Phase III (ECMA-269); lists
 * of live and past calls.
 *
 * Every function checks the session's right first, then its arguments, then whether the object exists. Any
 * thread, except that a function which waits (`req` is NULL) may not be called on a library thread. Texts are
 * UTF-8, lent for the life of their list. A live function answers GHL_ESTATE in a process that does not run
 * the engine (GHL_OPEN_STORE).
 */
#ifndef GOVHOTLINE_CALL_H
#define GOVHOTLINE_CALL_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a call stands as a whole. The numbers never change: they stand in records. */
enum ghl_call_state {
	GHL_CALL_STATE_NULL = 0,
	GHL_CALL_STATE_INITIATED =
		1, /* outbound: the agent's phone rings, or the number has not been reached */
	GHL_CALL_STATE_OFFERED = 2,     /* inbound, not yet answered by the hotline */
	GHL_CALL_STATE_DIALOGUE = 3,    /* answered: in a dialogue, or hearing an announcement */
	GHL_CALL_STATE_QUEUED = 4,      /* waits in a queue */
	GHL_CALL_STATE_DELIVERED = 5,   /* the other party's phone rings */
	GHL_CALL_STATE_ESTABLISHED = 6, /* two parties talk */
	GHL_CALL_STATE_HELD = 7,        /* they would, but one holds */
	GHL_CALL_STATE_CLEARED = 8      /* over: only the record is left */
};

/** The local state of a connection (ECMA-269, connection states). */
enum ghl_conn_state {
	GHL_CONN_NULL = 0,
	GHL_CONN_INITIATED = 1,
	GHL_CONN_ALERTING = 2,
	GHL_CONN_CONNECTED = 3,
	GHL_CONN_HOLD = 4,
	GHL_CONN_QUEUED = 5,
	GHL_CONN_FAIL = 6
};

/** Who called whom. */
enum ghl_call_direction {
	GHL_CALL_DIRECTION_NONE = 0,
	GHL_CALL_INBOUND = 1,  /* a citizen called the hotline, by a trunk */
	GHL_CALL_OUTBOUND = 2, /* the hotline, or an agent's phone, called a number by a trunk */
	GHL_CALL_INTERNAL =
		3 /* a phone called an agent, a queue or a dialogue: counts in no offered figure */
};

/** Why something happened to a call (ECMA-269, EventCause; the names are its own). The numbers never change:
 * they stand in records. */
enum ghl_call_cause {
	GHL_CAUSE_NONE = 0,
	GHL_CAUSE_NORMAL_CLEARING = 1, /* normalClearing: a party hung up */
	GHL_CAUSE_CALL_CANCELLED = 2,  /* callCancelled: the caller gave up before the answer */
	GHL_CAUSE_BUSY = 3,
	GHL_CAUSE_CALL_NOT_ANSWERED = 4,
	GHL_CAUSE_CALL_REJECTED = 5, /* blockedCall, callRejected */
	GHL_CAUSE_DEST_NOT_OBTAINABLE = 6,
	GHL_CAUSE_DEST_OUT_OF_ORDER = 7,
	GHL_CAUSE_INCOMPATIBLE_DESTINATION = 8,
	GHL_CAUSE_INVALID_NUMBER = 9,
	GHL_CAUSE_NETWORK_CONGESTION = 10,
	GHL_CAUSE_NETWORK_OUT_OF_ORDER = 11,
	GHL_CAUSE_NETWORK_NOT_OBTAINABLE = 12,
	GHL_CAUSE_RESOURCES_NOT_AVAILABLE = 13,
	GHL_CAUSE_REDIRECTED = 14,
	GHL_CAUSE_TRANSFER = 15,
	GHL_CAUSE_OVERFLOW = 16,
	GHL_CAUSE_NO_AVAILABLE_AGENTS = 17,
	GHL_CAUSE_MAX_WAIT = 18,       /* queueTimeOverflow */
	GHL_CAUSE_FORCED_CLEAR = 19,   /* a supervisor cleared it (row 15c) */
	GHL_CAUSE_MEDIA_LOST = 20,     /* no RTP for the configured time */
	GHL_CAUSE_DIALOGUE_ENDED = 21, /* the dialogue hung up */
	GHL_CAUSE_SHUTDOWN = 22,
	GHL_CAUSE_INTERRUPTED = 23, /* the engine died under it */
	GHL_CAUSE_NO_ROUTE = 24,
	GHL_CAUSE_NO_SPACE = 25, /* recordings must be kept and there is no room (policy refuse) */
	GHL_CAUSE_INTERNAL_ERROR = 26
};

/** What became of a call, for reports. The numbers never change: they stand in records. */
enum ghl_call_disposition {
	GHL_CALL_UNKNOWN = 0,
	GHL_CALL_ANSWERED = 1,    /* the two parties talked */
	GHL_CALL_ABANDONED = 2,   /* the caller gave up in the queue or while an agent's phone rang */
	GHL_CALL_DIALOGUE = 3,    /* served, or given up, in the dialogue: no queue was reached */
	GHL_CALL_OUTFLOW = 4,     /* left its last queue unanswered, by a limit */
	GHL_CALL_DEQUEUED = 5,    /* taken out of its queue, or forcibly cleared there */
	GHL_CALL_REFUSED = 6,     /* the hotline did not take it */
	GHL_CALL_CANCELLED = 7,   /* the caller gave up before the hotline had answered */
	GHL_CALL_NO_ANSWER = 8,   /* outbound */
	GHL_CALL_BUSY = 9,        /* outbound */
	GHL_CALL_FAILED = 10,     /* the network or a peer failed */
	GHL_CALL_INTERRUPTED = 11 /* the engine died under it */
};

/** "null", "offered" ..; "?" for an unknown number. Static text; any thread; so are the next four. */
GHL_API const char *ghl_call_state_name(enum ghl_call_state state);
GHL_API const char *ghl_conn_state_name(enum ghl_conn_state state);
GHL_API const char *ghl_call_direction_name(enum ghl_call_direction direction);
GHL_API const char *ghl_call_cause_name(enum ghl_call_cause cause);
GHL_API const char *ghl_call_disposition_name(enum ghl_call_disposition disposition);

/** A call, live or past, as lists hold it. */
struct ghl_call_info {
	uint32_t size;
	ghl_call call;
	enum ghl_call_state state; /* GHL_CALL_STATE_CLEARED for a past call */
	enum ghl_call_direction direction;
	enum ghl_call_disposition disposition; /* GHL_CALL_UNKNOWN while it lives */
	enum ghl_call_cause cause;             /* of its clearing */
	ghl_conn citizen;                      /* 0: none any more */
	enum ghl_conn_state citizen_state;
	ghl_conn device; /* the phone's connection; 0: none */
	enum ghl_conn_state device_state;
	const char
		*calling; /* E.164 with "+"; digits as dialled where the rules know no better; "" anonymous */
	const char *calling_name;
	const char *called;
	const char *trunk;                /* "" for a phone */
	const char *account;              /* the phone that made it, or "" */
	const char *dialogue;             /* the first dialogue, or "" */
	const char *queue;                /* the last queue, or "" */
	const char *agent, *group, *seat; /* who talked to the caller, or "" */
	const char *recording;            /* the recording's serial; "" for none */
	const char *data;                 /* call data as a JSON object of texts (row 10a); "{}" for none */
	/* earlier queues, as a JSON array of {"queue", "offered_at_us", "wait_ms", "threshold_ms", "waiting",
	   "dequeued"}; "[]" for none */
	const char *stays;
	const char *source;      /* "" for our own calls; the name of the import otherwise */
	int64_t started_at_us;   /* the INVITE; UTC */
	int64_t connected_at_us; /* the hotline's answer; 0: not */
	int64_t offered_at_us;   /* entered its last queue; 0: none */
	int64_t answered_at_us;  /* an agent's or the called party's answer; 0: not */
	int64_t ended_at_us;     /* 0 while it lives */
	uint32_t wait_ms;        /* queue and ring of the last queue */
	uint32_t ring_ms;        /* of the answered offer */
	uint32_t talk_ms;        /* hold excluded; so far, while it lives */
	uint32_t hold_ms;
	uint32_t acw_ms;       /* wrap-up time tied to the call; 0 where it is not known */
	uint32_t threshold_ms; /* service level threshold in force */
	uint32_t waiting;      /* calls in the last queue when this one joined, itself included; 0: unknown */
	uint16_t sip_status;   /* the final refusal's; 0: none */
	uint16_t q850;
	uint32_t lost_packets; /* of what the citizen sent */
	uint32_t jitter_us;
	uint32_t round_trip_us; /* 0: unknown */
};

/** What ghl_call_list() picks; zero members pick everything. */
struct ghl_call_filter {
	uint32_t size;
	bool live;                             /* the calls that are up now, not the past ones */
	enum ghl_call_state state;             /* live: only those in this state */
	enum ghl_call_disposition disposition; /* past */
	int64_t from_us, until_us;             /* started in [from, until), UTC; until 0: no end */
	const char *number; /* calling or called party, exactly as in the record; NULL: any */
	const char *queue;  /* NULL: any; so are the next two */
	const char *agent;
	const char *trunk;
	bool newest_first;
	uint32_t limit;     /* items a page, 1..1,000; 0: 1,000 */
	const char *cursor; /* of ghl_list_cursor(), or NULL for the first page */
};

/** Initial value. */
#define GHL_CALL_FILTER_INIT                                                                                 \
	{                                                                                                    \
		sizeof(struct ghl_call_filter)                                                               \
	}

/**
 * List calls.
 *
 * @param[in]  s       session; a right that is scoped to a group shows that group's calls only
 * @param[in]  filter  what to pick; NULL: the past calls, oldest first
 * @param[out] out     items are `const struct ghl_call_info *`; yours: ghl_list_free(); untouched on failure
 * @return 0; GHL_EPERM no right "call.read"; GHL_EINVAL a wrong member or cursor; GHL_ESTATE live calls are
 * in another process; GHL_EIO; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_call_list(struct ghl_session *s, const struct ghl_call_filter *filter, struct ghl_list **out);

/**
 * One call, live or past.
 *
 * @param[in]  s     session
 * @param[in]  call  its id
 * @param[out] out   a list of one `const struct ghl_call_info *`; yours
 * @return 0; GHL_EPERM no right "call.read"; GHL_EINVAL not a call's id; GHL_ENOENT; GHL_EIO; GHL_ENOMEM;
 * GHL_ECLOSED
 */
GHL_API int ghl_call_info(struct ghl_session *s, ghl_call call, struct ghl_list **out);

/** More about a call to be made; zero members take the default. */
struct ghl_call_make_opts {
	uint32_t size;
	uint32_t ring_ms;    /* longest ringing of each party, 1,000..300,000; 0: 60,000 */
	const char *calling; /* the number to show, which the dial rules must allow; NULL: the site's own */
	const char *trunk;   /* NULL: by the dial rules */
	const char *data;    /* call data as a JSON object of texts; NULL: none */
};

/** Initial value. */
#define GHL_CALL_MAKE_OPTS_INIT                                                                              \
	{                                                                                                    \
		sizeof(struct ghl_call_make_opts)                                                            \
	}

/**
 * Call a number from a phone (CSTA Make Call, prompting): the phone rings; when it is answered the number is
 * called and joined.
 *
 * An agent calls from its own phone only: where it is logged on, else the one that is usually its; a
 * supervisor from those of its group's agents and from phones that are nobody's.
 *
 * The request completes when the phone's leg is under way: the outcome's `id` is the call. What follows is
 * told by GHL_EV_ORIGINATED, GHL_EV_DELIVERED, GHL_EV_ESTABLISHED or GHL_EV_FAILED. The call is recorded from
 * the called party's first packet.
 *
 * @param[in]  s        session
 * @param[in]  account  the phone's account
 * @param[in]  called   a number; it is normalised and must pass the site's dial rules
 * @param[in]  opts     or NULL
 * @param[out] req      or NULL to wait
 * @param[out] call     with req NULL: the call's id; may be NULL; untouched on failure
 * @return 0; GHL_EPERM no right "call.make", not from this phone, or the dial rules do not allow
 * it; GHL_EINVAL; GHL_ENOENT the
 * phone is not registered or no trunk leads there; GHL_EBUSY the phone is in a call; GHL_EFULL a limit;
 * GHL_ESTATE; GHL_ESPACE; GHL_EAGAIN; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_call_make(struct ghl_session *s, const char *account, const char *called,
	const struct ghl_call_make_opts *opts, ghl_request *req, ghl_call *call);

/**
 * The same from the phone at which the session's own agent is logged on (row 7, screen dialling).
 *
 * The agent must be ready or not ready; the talk counts as an outbound call of the agent, with wrap-up.
 *
 * @return as ghl_call_make(); GHL_ESTATE the session is no agent's, or that agent is logged off or in a call
 */
GHL_API int ghl_call_dial(struct ghl_session *s, const char *called, const struct ghl_call_make_opts *opts,
	ghl_request *req, ghl_call *call);

/**
 * Answer an offered call at once (CSTA Answer Call) that the hotline would answer later: its route says
 * `answer: agent`, or it rings at an agent or a number. What it hears goes on.
 *
 * @return 0; GHL_EPERM no right "call.control"; GHL_EINVAL; GHL_ENOENT; GHL_ESTATE it is answered, or we
 * called it; GHL_EUNSUPPORTED no common codec; GHL_EFULL no media port; GHL_EAGAIN; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_call_answer(struct ghl_session *s, ghl_call call, ghl_request *req);

/**
 * Clear one connection (CSTA Clear Connection): a phone's leg, and the caller stays; or the citizen's, and
 * the call is over.
 *
 * Completes when the hang-up was sent. Row 15c (a): for other people's calls the right must reach their
 * group.
 *
 * @return 0; GHL_EPERM; GHL_EINVAL not a connection's id; GHL_ENOENT; GHL_EAGAIN; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_call_conn_clear(struct ghl_session *s, ghl_conn conn, ghl_request *req);

/**
 * Clear a whole call (CSTA Clear Call; row 15c (b)). Completes when its record is durable.
 *
 * @return 0; GHL_EPERM no right "call.clear"; GHL_EINVAL; GHL_ENOENT; GHL_ESPACE, GHL_EIO the record could
 * not be kept; GHL_EAGAIN; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_call_clear(struct ghl_session *s, ghl_call call, ghl_request *req);

/**
 * Attach a text to a live call (CSTA Associate Data; row 10a): it travels with the call and ends in its
 * record.
 *
 * @param[in]  key    [A-Za-z0-9_.-], 1..64 characters
 * @param[in]  value  UTF-8, at most 1,000 bytes; "" removes the key
 * @return 0; GHL_EPERM no right "call.data"; GHL_EINVAL; GHL_ENOENT; GHL_EFULL 64 keys are set; GHL_EAGAIN;
 * GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_call_data_set(
	struct ghl_session *s, ghl_call call, const char *key, const char *value, ghl_request *req);

/**
 * Read one text of a live call's data.
 *
 * @param[out] out   the value with its NUL; untouched on failure
 * @param[in]  room  bytes at out; 1,001 always suffice
 * @return 0; GHL_EPERM no right "call.read"; GHL_EINVAL the key is wrong or room too small; GHL_ENOENT no
 * such call or key; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_call_data_get(struct ghl_session *s, ghl_call call, const char *key, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
