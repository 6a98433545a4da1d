/* agent/agent_priv.h - what an agent is inside. */
#ifndef AGENT_PRIV_H
#define AGENT_PRIV_H

#include "agent.h"

#include "base/map.h"
#include "stream/session.h"
#include "table.h"

#define REASON_MAX 64

/* A part of the present span that was booked when its bin was sealed; at_us 0: there is none. */
struct span_late {
	int64_t from_us, until_us, at_us;
	bool last, again;
};

struct agent {
	struct agents *as;
	ghl_agent id;
	struct agent_config config;
	bool removed; /* no longer configured; kept until the end, for those who hold it */
	enum ghl_agent_state state;
	enum ghl_agent_busy busy;
	char reason[REASON_MAX];
	bool has_pending;
	enum ghl_agent_state pending;
	char pending_reason[REASON_MAX];
	bool lost;                   /* its phone is not registered */
	bool was_ready;              /* lost turned it from READY to NOT_READY */
	enum ghl_agent_state before; /* the call */
	char before_reason[REASON_MAX];
	char before_queue[64];
	struct { /* taken over when it rings or connects */
		ghl_call call;
		enum ghl_agent_busy busy;
		char queue[64];
	} coming;
	char account[64];
	ghl_call call;
	char queue[64];   /* of the call */
	bool login_span;  /* the present span is the first since the log-on */
	uint8_t nth;      /* of the spans that began at since_us */
	int64_t login_us; /* instant of log-on; all its instants are counted from here on the monotonic clock
			   */
	int64_t login_mono_us;
	int64_t since_us;  /* where the present span began */
	int64_t booked_us; /* the roll-ups hold it up to here */
	struct span_late late;
	int64_t since_mono_us, idle_mono_us;
	uint32_t calls;
	int64_t talk_ms;
	void *owner;         /* acd's */
	struct timer wrapup; /* A1: config.wrapup_ms, ACW -> READY */
};

struct agents {
	struct core *core;
	struct map by_name; /* of the configured; the agents themselves stand in by_id */
	struct map by_id;
	struct map by_account; /* who sits there */
	struct agent_handlers handlers;
	agent_phone_fn *phone_there; /* may be NULL */
	void *phone_arg;
	struct actor engine; /* who acts in moves of the engine's own */
	unsigned logged_on;
	struct timer edge;          /* A2: at the next bin edge: books the open spans */
	struct timer alive;         /* A3: 10,000 ms: the sign of life */
	struct store_batch *shared; /* a batch that several moves go into; NULL: one each */
	struct ticket *ticket;      /* completed by the next commit */
};

/* Instants of an agent: whole milliseconds, never backwards. */
int64_t agent_now_us(const struct agent *a);
/* move.c: makes a move; actor NULL is the engine. */
int agent_do(struct agent *a, enum agent_event ev, const char *reason, const struct actor *actor);
/* span.c: ends the present span at `until_us`, puts what follows, commits. `a` still has the old state. */
struct span_next {
	enum ghl_agent_state state;
	bool logged_on, logged_off;
	const char *reason;
};
struct store_batch *span_batch(struct agents *as);
void span_end(struct store_batch *b, const struct agent *a, int64_t until_us, const struct span_next *next,
	const struct actor *actor);
void span_begun(struct store_batch *b, const struct agent *a);
void span_logged(struct store_batch *b, const struct agent *a, bool on, const struct actor *actor);
void span_commit(struct agents *as, struct store_batch *b);
void span_timers(struct agents *as);
/* recover.c: ends what a crash left open. */
int spans_recover(struct agents *as, struct ghl_error *err);

/* Keys of STORE_META. */
#define AGENT_ON_PREFIX "agent-on/"
#define AGENT_ALIVE_KEY "agent-alive"

/* The configured name that was probably meant, or NULL; lent. */
const char *agent_nearest(struct agents *as, const char *name);

#endif
