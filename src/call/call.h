/*
 * call/call.h - calls and connections (ECMA-269), over sip legs and media ports. Loop thread.
 *
 * A call has one citizen's connection (inbound by a trunk, or outbound; of an internal call the phone that
 * made it) and at most one other (an agent's phone, or a number reached by a trunk). This module does what it
 * is told (answer, play, offer to a phone, bridge, clear), records from the first packet, keeps the call's
 * record, and tells events. Where a call goes is decided above: struct call_handlers.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include "media/media.h"
#include "number.h"
#include "record/record.h"
#include "report/report.h"
#include "sip/sip.h"
#include "stream/core.h"
#include "stream/stream.h"

#include <govhotline/call.h>

#include <jansson.h>

struct calls;
struct ticket;
struct call;

/* What a party asks for by REFER. */
struct call_refer {
	const char *account; /* the phone that asks; "": a trunk's party, and its trunk may ask */
	const char *trunk;   /* that one */
	bool by_device;      /* it is the call's second party, not the one whose call it is */
	const char *target;  /* user part of Refer-To */
	bool attended;       /* with Replaces .. */
	struct call *other;  /* .. which names a leg of the same phone in this call; NULL: none such */
};

struct call_handlers { /* loop thread, never nested in a call_* function */
	/* A phone dials: true when that leads outside by a trunk, with the number in E.164; the call is then
	   an outbound one, and the phone its device. Asked within calls_invite(). May be NULL: none does. */
	bool (*dials_out)(void *arg, const char *account, const char *dialled, char number[SIP_USER_MAX]);
	/* Whose phone it is: the agent there now, else the one whose phone it usually is; "" and "" where it
	   is nobody's. The texts live until the next turn. May be NULL: nobody's. */
	void (*phone_of)(void *arg, const char *account, const char **group, const char **agent);
	/* A call that came in, by a trunk or from a phone, whose start is durable: route it or reject it.
	   For an outbound one: call_dial(). */
	void (*on_offered)(void *arg, struct call *c);
	/* A party asks by REFER that the other one be sent elsewhere: call_refer_reply() now, and after a 202
	   call_refer_result() once. NULL: all are refused. */
	void (*on_refer)(void *arg, struct call *c, const struct call_refer *r);
	/* A digit of the citizen. It is no event yet: call_digit_tell() where it is known not to be secret.
	 */
	void (*on_digit)(void *arg, struct call *c, char digit);
	void (*on_played)(void *arg, struct call *c, uint64_t tag, bool stopped);
	/* The outcome of call_device_ring() that had returned 0: answered and bridged (status 0), or
	   GHL_ETIMEDOUT (no answer), GHL_EREFUSED, GHL_EUNSUPPORTED (no common codec), GHL_ECLOSED
	   (cancelled, or the citizen hung up). */
	void (*on_rung)(void *arg, struct call *c, const char *account, int status);
	/* The called party of calls_make() has answered and is bridged. Its refusal ends the call:
	 * on_cleared. */
	void (*on_reached)(void *arg, struct call *c);
	/* The phone's connection ended while the citizen's goes on: survey, requeue or clear is decided here.
	 */
	void (*on_device_cleared)(void *arg, struct call *c, const char *account);
	/* A parked phone has left. */
	void (*on_parked_cleared)(void *arg, struct call *c);
	/* The citizen is gone or the call was cleared; the record is being committed: the last facts may be
	   filled in here. Nothing can be played any more. Last of a call. */
	void (*on_cleared)(void *arg, struct call *c);
};

/* Filled by who routes; stored in the record. */
struct call_route_facts {
	char dialogue[64]; /* the first one */
	char queue[64];    /* the last queue */
	char agent[64], group[64], seat[64];
	int64_t offered_at_us, answered_at_us; /* by an agent; UTC; 0: not */
	uint32_t wait_ms, ring_ms, threshold_ms, acw_ms;
	uint32_t waiting;                      /* as in struct report_call */
	enum ghl_call_disposition disposition; /* GHL_CALL_UNKNOWN: as the connections tell */
	enum report_end end;
	struct report_stay stays[8]; /* earlier queues */
	unsigned stay_count;
};

struct call_opts {
	char media_address[64];  /* local address of RTP sockets */
	char public_address[64]; /* what SDP tells instead; "" for none */
	struct number_rules numbers;
	char out_trunk[64]; /* of calls made without naming one; "" for none */
	uint32_t admit_max; /* calls at once, 0: no limit; more are refused with 503 */
};

int calls_create(struct calls **out, struct core *core, struct sip *sip, struct media *media,
	struct records *records, const struct call_opts *opts, struct ghl_error *err);
void calls_handlers_set(struct calls *cs, const struct call_handlers *h, void *arg);
/* The handlers of legs, for struct sip_opts; on_invite and the others stay with who makes the sip. */
void calls_sip_handlers(struct sip_handlers *h);
/* A new inbound leg: its start is committed, then on_offered. */
void calls_invite(struct calls *cs, struct sip_leg *leg, const struct sip_invite *invite);
bool calls_admit(const struct calls *cs);
/* For calls that come from now on. */
void calls_opts_set(struct calls *cs, const struct call_opts *opts);
/* At the engine's start, after records_recover(): every call a crash left open ends as interrupted. Blocks.
 */
int calls_recover(struct core *core, struct ghl_error *err);
/* Ends every call as GHL_CAUSE_SHUTDOWN; done(arg) when every record is durable. No call is taken any more.
 */
void calls_shutdown(struct calls *cs, loop_fn *done, void *arg);
void calls_destroy(struct calls *cs);

struct call *call_by_id(struct calls *cs, ghl_call id);
ghl_call call_id(const struct call *c);
const char *call_calling(const struct call *c); /* E.164 or "" when anonymous */
const char *call_calling_name(const struct call *c);
const char *call_called(const struct call *c); /* as dialled */
const char *call_trunk(const struct call *c);
const char *call_account(const struct call *c); /* the phone that made it, or "" */
bool call_answered(const struct call *c);
bool call_over(const struct call *c); /* on_cleared has come or is about to */
enum ghl_call_state call_state(const struct call *c);
enum ghl_call_direction call_direction(const struct call *c);
/* Why the second party that was rung last was not reached. */
enum ghl_call_cause call_rung_cause(const struct call *c);
bool call_forced(const struct call *c);        /* a supervisor or the shutdown has ended it */
int64_t call_started_us(const struct call *c); /* monotonic */
struct call_route_facts *call_route_facts(struct call *c);
/* Who routes hangs its own object here (a dialogue session, an ACD ticket). */
void call_owner_set(struct call *c, void *owner);
void *call_owner(const struct call *c);

/* These are about the party that called, until it is answered; else GHL_ESTATE. */
int call_ring(struct call *c); /* 180 */
/* 183 and media before the answer: it hears what is played; recording starts with the first packet.
   GHL_EUNSUPPORTED: its INVITE had no offer. */
int call_progress(struct call *c);
int call_answer(struct call *c); /* 200 and media; recording starts with the first packet */
int call_reject(struct call *c, uint16_t sip_status, enum ghl_call_cause cause);
/* Every connection ends, on_cleared follows. GHL_ESTATE when it is over already. */
int call_clear(struct call *c, enum ghl_call_cause cause, const struct actor *actor);
int call_conn_clear(struct call *c, ghl_conn conn, const struct actor *actor);
typedef void call_kept_fn(void *arg, int status);
/* Of an outbound call: completes the ticket with its id when its start is durable and the phone's leg is
   under way, or with why there will be none: GHL_ESPACE, GHL_ECLOSED: it was ended before. */
void call_start_answer(struct call *c, struct ticket *t);
/* fn(arg, status) once, when the record is durable or could not be kept. */
int call_kept_wait(struct call *c, call_kept_fn *fn, void *arg);
/* Sounds to the citizen; on_played follows. GHL_ESTATE: not answered, or over. */
int call_play(struct call *c, const struct media_play *play);
void call_stop(struct call *c);
/* The citizen hears ringback until something else is played, stopped or bridged. */
int call_ringback(struct call *c);
/* What the citizen hears while the other side holds; ref'd; NULL: silence. */
void call_hold_sound_set(struct call *c, struct media_sound *sound);
void call_queued_set(struct call *c, bool queued); /* waits in a queue: only how the call is shown */
void call_digit_tell(struct call *c, char digit);  /* GHL_EV_DIGITS */
/* Rings the account's phone and bridges at its answer; a caller that was not answered yet is answered then.
   0: on_rung follows exactly once, at the latest before on_cleared. GHL_ENOENT not registered; GHL_ESTATE
   over, or a second party is there already; GHL_EFULL. */
int call_device_ring(struct call *c, const char *account, uint32_t ring_ms);
/* How a number is reached: trunk, E.164, as it is dialled. */
struct call_way {
	char trunk[64], number[NUMBER_MAX], dialled[NUMBER_MAX];
};
/* By that trunk ("": the usual one), as the dial rules allow. GHL_EPERM they do not; GHL_EINVAL it is no
   number; GHL_ENOENT no such trunk leads out. */
int calls_way(const struct calls *cs, const char *trunk, const char *called, struct call_way *out);
/* The same with a number in place of a phone; call_device() is then the number. */
int call_number_ring(struct call *c, const struct call_way *way, uint32_t ring_ms);
/* Calls the number a phone has dialled; the phone hears what the network lets be heard, and is answered when
   the number answers: on_reached. A refusal ends the call. GHL_ESTATE; GHL_EFULL; GHL_EINVAL. */
int call_dial(struct call *c, const struct call_way *way, uint32_t ring_ms);
void call_device_cancel(struct call *c);
/* The phone's leg is dropped, the citizen stays; on_device_cleared follows. */
int call_device_drop(struct call *c);
const char *call_device(const struct call *c); /* account or number connected or ringing, or "" */
/* --- transfer --- */
/* 202, or 400..699 to refuse. GHL_ESTATE: nothing was asked. */
int call_refer_reply(struct call *c, uint16_t status);
void call_refer_result(
	struct call *c, uint16_t status); /* the status the target's answer had, or would have */
/* The connected phone waits, unheard; another may be rung. GHL_ESTATE. */
int call_device_park(struct call *c);
int call_device_unpark(struct call *c); /* it talks again. GHL_ESTATE it is gone, or another is there */
void call_parked_drop(struct call *c);
/* `from` is another call of the phone that is the device of `to`: its other party comes into `to` in the
   phone's place, which is parked, and `from` ends (CSTA Transfer Call). GHL_ESTATE: not both are talks. */
int call_device_take(struct call *to, struct call *from);
/* The party that asked gives its place to a number; the outcome is told it, and it is let go. GHL_ESTATE,
   GHL_EFULL, GHL_EINVAL. */
int call_replace(struct call *c, const struct call_way *way, uint32_t ring_ms);

/* The calls that are up, as GHL_EV_SNAP_CALL. */
void calls_snapshot(struct calls *cs, stream_add_fn *add, void *to);

/* Call data (row 10a): key [A-Za-z0-9_.-]{1,64}, value UTF-8 <= 1,000 bytes, at most 64 pairs; "" removes.
   GHL_EINVAL, GHL_EFULL. */
int call_data_set(struct call *c, const char *key, const char *value);

/* How a call is to be made, taken out of the public options. */
struct call_wish {
	char calling[NUMBER_MAX], trunk[64];
	uint32_t ring_ms;
	json_t *data; /* the wisher's to give back */
};
/* GHL_EINVAL and the field is noted; GHL_ENOMEM. */
int call_wish_take(struct call_wish *w, const struct ghl_call_make_opts *o);

/* The data a call shall begin with, from "{\"key\": \"text\"}"; *out is the caller's. GHL_EINVAL, noted. */
int call_data_parse(const char *json, json_t **out);
/* Sets all of it; NULL is nothing. */
int call_data_take(struct call *c, const json_t *data);
/* Any thread while the call lives: copies under a lock of its own. NULL where absent. */
const char *call_data_get(struct call *c, const char *key, char *room, size_t size);
unsigned calls_count(const struct calls *cs);

/* An outbound call (row 7): its start is committed, then the phone rings, then the number by the trunk.
   on_rung tells how the phone answered, on_reached that the number did; where either does not, on_cleared
   follows. */
struct call_make {
	const char *account;
	const char *called; /* as dialled: normalised and checked by the rules */
	const char *trunk;
	const char *calling; /* to show the called party; "" for the site's own by the trunk */
	uint32_t ring_ms;    /* 0: 60,000 */
};
/* GHL_EPERM the rules do not allow the number called or shown; GHL_EINVAL it is no number; GHL_ENOENT the
   phone is not registered, or no such trunk leads out; GHL_EBUSY the phone is in a call; GHL_EFULL. */
int calls_make(struct calls *cs, const struct call_make *make, const struct actor *actor, struct call **out);

/* How many calls stand in that state. */
unsigned calls_in_state(const struct calls *cs, enum ghl_call_state state);
uint64_t calls_started(const struct calls *cs); /* by this engine */

#endif
