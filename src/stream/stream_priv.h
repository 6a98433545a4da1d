/*
 * stream_priv.h - what the files of stream share.
 *
 * Locks, outermost first: a session's `filling`, the stream's `lock`, a session's `lock`. None is held while
 * calling out.
 */
#ifndef STREAM_PRIV_H
#define STREAM_PRIV_H

#include "event.h"
#include "session.h"

#include "base/bell.h"
#include "base/map.h"

#include <pthread.h>

#define SESSIONS_MAX 10000
#define OPEN_MAX     4096 /* requests of a session whose completion was not taken yet */
#define MONITORS_MAX 64
#define FILTER_MAX   1000
#define FILTER_TERMS 16
#define FILL_CHUNK   256 /* events that one step of a replay hands over */
#define QUEUE_MAX    8192
#define RING_BYTES   (64ull * 1024 * 1024)
#define RING_US      (600ll * 1000000)

/* --- live ring --- */
struct live_ring {
	struct event_body **slots;
	size_t mask;    /* slots - 1 */
	uint64_t first; /* live sequence of the oldest that is kept */
	uint64_t next;  /* of the one that comes next; from 1 */
	size_t bytes;
};

int live_init(struct live_ring *r);
void live_finish(struct live_ring *r);
/* Takes a reference. GHL_ENOMEM: the ring forgets the oldest half and takes it. */
void live_push(struct live_ring *r, struct event_body *b);
void live_expire(struct live_ring *r, size_t max_bytes, int64_t oldest_at_us);
/* NULL: fell off, or is not there yet. Borrowed. */
struct event_body *live_get(const struct live_ring *r, uint64_t seq);

/* --- filters --- */
enum filter_name {
	FILTER_EVENT,
	FILTER_CALL,
	FILTER_AGENT,
	FILTER_QUEUE,
	FILTER_TRUNK,
	FILTER_GROUP,
	FILTER_KIND,
	FILTER_NAMES
};

struct filter {
	unsigned count;
	struct filter_term {
		enum filter_name name;
		char *pattern; /* in text */
	} terms[FILTER_TERMS];
	char *text;
	bool facts, live; /* whether any of them can match */
};

/* GHL_EINVAL, GHL_ENOMEM */
int filter_parse(struct filter *f, const char *text);
void filter_finish(struct filter *f);
bool filter_match(const struct filter *f, const struct event_body *b);

/* --- the stream --- */
struct stream_limits {
	size_t ring_bytes;
	int64_t ring_us;
	unsigned queue_max; /* news a session may have waiting */
};

struct watcher {
	struct watcher *next;
	enum ghl_event_type type;
	stream_watch_fn *fn;
	void *arg;
};

struct snapshot_source {
	struct snapshot_source *next;
	stream_snapshot_fn *fn;
	void *arg;
};

struct stream {
	struct core *core;
	struct stream_limits limits;
	pthread_mutex_t lock; /* guards the next seven */
	struct live_ring ring;
	struct list monitors;
	struct list sessions;
	unsigned session_count;
	bool closing;
	struct ghl_position told; /* what has been told so far */
	int64_t left_at_us;       /* UTC: when the last monitor that ended did */
	/* loop thread only */
	struct list pending; /* live events since the last turn */
	struct bell *bell;
	struct bell *fact_bell;
	struct watcher *watchers;
	struct snapshot_source *sources;
	pthread_mutex_t pumping; /* on a loop that does not run: one caller turns it */
};

void stream_limits_set(struct stream *st, const struct stream_limits *limits);
/* Loop thread: everything that was told so far is handed out. */
void stream_flush(struct stream *st);
/* With the lock held: an event to every monitor that follows; `before` is the position without it. */
void monitors_tell(struct stream *st, struct event_body *b, const struct ghl_position *before);
void stream_refused(void *arg, const struct access_refusal *r);

/* --- sessions --- */
/* The place of a completion, reserved when its request is accepted. */
struct completion {
	struct ghl_event ev; /* first: the program frees it as an event */
	ghl_request request;
	bool done;
	struct ghl_outcome outcome;
};

struct ghl_session {
	struct core *core;
	struct actor actor;
	atomic_uint refs;
	atomic_bool closed;
	struct list node;        /* stream's sessions; guarded by the stream's lock */
	pthread_mutex_t filling; /* one thread at a time brings a replay forward */
	struct list monitors;    /* guarded by the stream's lock */
	unsigned monitor_count;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t wake;
	struct list queue;
	unsigned news;     /* events in the queue that are no completions */
	unsigned open;     /* places taken */
	struct map places; /* request -> struct completion */
	int fd;            /* eventfd, or -1 */
	bool fd_set;
	unsigned wakes; /* counts wake-ups, so that none is missed between turning a loop and waiting */
};

struct ghl_session *session_ref(struct ghl_session *s);
void session_unref(struct ghl_session *s);
/* Wakes everybody who waits, with GHL_ECLOSED. */
void session_wake_closed(struct ghl_session *s);
/* Ends its monitors and takes it from the stream: all it can do now is answer GHL_ECLOSED and be closed. */
void session_detach(struct ghl_session *s);

/* With the session's lock held. */
void session_wake(struct ghl_session *s);
void queue_append(struct ghl_session *s, struct ghl_event *e);
struct ghl_event *queue_take_first(struct ghl_session *s);
void queue_take_completion(struct ghl_session *s, struct completion *c);

struct deadline {
	int64_t at_us; /* monotonic; -1: never */
};
struct deadline deadline_in(int timeout_ms);
/* With the session's lock held: waits for the next wake-up, at most until then; false: the time is over. A
   loop that has no thread is turned here. */
bool session_wait(struct ghl_session *s, const struct deadline *d);

/* --- monitors --- */
enum monitor_mode { MONITOR_REPLAY, MONITOR_LIVE };

struct monitor {
	struct list node;         /* stream's monitors */
	struct list session_node; /* the session's */
	struct ghl_session *session;
	ghl_monitor id;
	struct filter filter;
	enum monitor_mode mode;
	struct list snapshot;     /* events still to be handed over before the replay */
	struct ghl_position seen; /* MONITOR_REPLAY: everything up to here was handed over or did not match */
	struct ghl_event *overflow; /* reserved */
};

/* Brings replays forward until something waits in the queue or all have caught up. Takes `filling`. */
void monitors_fill(struct ghl_session *s);
/* With `filling` held: ends every monitor of the session. */
void monitors_end(struct ghl_session *s);

#endif
