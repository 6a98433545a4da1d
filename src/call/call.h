/*
 * call/call.h - calls and connections (ECMA-269), over sip legs and media ports. Loop thread.
 *
 * A call has one citizen's connection (inbound by a trunk, or outbound) and at most one other (an agent's phone). This module does
 * what it is told (answer, play, offer to a phone, bridge, clear), records from the first packet, keeps the call's record, and tells events.
 * Where a call goes is decided above: struct call_handlers.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include "media/media.h"
#include "sip/sip.h"
#include "stream/core.h"
#include "stream/stream.h"

#include <govhotline/call.h>

struct calls;
struct call;

struct call_handlers { /* loop thread, never nested in a call_* function */
	/* An inbound call whose start is durable: route it (dialogue, queue, agent) or reject it. */
	void (*on_offered)(void *arg, struct call *c);
	/* A digit of the citizen (never told as an event while call_secret_set()). */
	void (*on_digit)(void *arg, struct call *c, char digit);
	void (*on_played)(void *arg, struct call *c, uint64_t tag, bool stopped);
	/* The outcome of call_device_ring(): answered and bridged (status 0), or GHL_ETIMEDOUT (no answer), GHL_EREFUSED, GHL_ENOENT (not registered),
	   GHL_ECLOSED (cancelled or the citizen hung up). */
	void (*on_rung)(void *arg, struct call *c, const char *account, int status);
	/* The agent's connection ended while the citizen's goes on: survey, requeue or clear is decided here. */
	void (*on_device_cleared)(void *arg, struct call *c, const char *account);
	/* The citizen is gone or the call was cleared; the record is being committed; nothing can be played any more. Last of a call. */
	void (*on_cleared)(void *arg, struct call *c);
};

/* Filled by who routes; stored in the record. */
struct call_route_facts {
	char dialogue[64];
	char queue[64];         /* the last queue */
	char agent[64], group[64], seat[64];
	int64_t offered_at_us, answered_at_us; /* by an agent; UTC; 0: not */
	uint32_t wait_ms, ring_ms, threshold_ms, acw_ms;
	enum ghl_call_disposition disposition;
};

int calls_create(struct calls **out, struct core *core, struct sip *sip, struct media *media, struct ghl_error *err);
void calls_handlers_set(struct calls *cs, const struct call_handlers *h, void *arg);
/* Ends every call as GHL_CAUSE_SHUTDOWN; done(arg) when every record is durable. */
void calls_shutdown(struct calls *cs, loop_fn *done, void *arg);
void calls_destroy(struct calls *cs);

struct call *call_by_id(struct calls *cs, ghl_call id);
ghl_call call_id(const struct call *c);
const char *call_calling(const struct call *c);  /* E.164 or "" when anonymous */
const char *call_called(const struct call *c);
const char *call_trunk(const struct call *c);
const char *call_account(const struct call *c);  /* the phone that made it, or "" */
bool call_answered(const struct call *c);
int64_t call_started_us(const struct call *c);   /* monotonic */
struct call_route_facts *call_route_facts(struct call *c);
/* Who routes hangs its own object here (a dialogue session, an ACD ticket). */
void call_owner_set(struct call *c, void *owner);
void *call_owner(const struct call *c);

int call_ring(struct call *c);      /* 180 */
int call_answer(struct call *c);    /* 200 and media; recording starts with the first packet */
int call_reject(struct call *c, uint16_t sip_status, enum ghl_call_cause cause);
int call_clear(struct call *c, enum ghl_call_cause cause, const struct actor *actor);
int call_conn_clear(struct call *c, ghl_conn conn, const struct actor *actor);
/* Sounds to the citizen; on_played follows. */
int call_play(struct call *c, const struct media_play *play);
void call_stop(struct call *c);
void call_secret_set(struct call *c, bool secret);
/* Rings the account's phone and bridges at its answer; on_rung follows exactly once, unless the call is cleared: then it comes with GHL_ECLOSED first. */
int call_device_ring(struct call *c, const char *account, uint32_t ring_ms);
void call_device_cancel(struct call *c);
/* The agent's leg is dropped, the citizen stays; on_device_cleared follows. */
int call_device_drop(struct call *c);
const char *call_device(const struct call *c);   /* account connected or ringing, or "" */
/* Call data (row 10a): key [A-Za-z0-9_.-]{1,64}, value UTF-8 <= 1,000 bytes, at most 64 pairs. GHL_EINVAL, GHL_EFULL. */
int call_data_set(struct call *c, const char *key, const char *value);
/* Any thread: copies under a lock of its own. NULL where absent. */
const char *call_data_get(struct call *c, const char *key, char *room, size_t size);
unsigned calls_count(const struct calls *cs);

#endif
