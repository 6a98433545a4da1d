/* call/call_priv.h - the structs of the call module. */
#ifndef CALL_CALL_PRIV_H
#define CALL_CALL_PRIV_H

#include "call.h"

#include "base/list.h"
#include "base/map.h"
#include "store/schema/call.pb-c.h"

#include <pthread.h>

#define CALL_DATA_MAX       64
#define CALL_DATA_KEY_MAX   64
#define CALL_DATA_VALUE_MAX 1000
#define CALL_TAG_INTERNAL   UINT64_MAX /* of sounds this module plays by itself */

struct calls {
	struct core *core;
	struct sip *sip;
	struct media *media;
	struct records *records;
	struct call_opts opts;
	struct call_handlers handlers;
	void *arg;
	struct map by_id; /* calls whose record is not kept yet */
	struct map conns; /* by connection id */
	struct list all;  /* every struct call, also those that wait for their last BYE */
	unsigned in_state[GHL_CALL_STATE_CLEARED + 1];
	unsigned alive;      /* whose record is not kept yet */
	unsigned unfinished; /* whose record or recording is not kept yet */
	uint64_t started;
	bool stopping;
	loop_fn *stopped;
	void *stopped_arg;
	struct loop_task stop_task;
	struct media_sound *ringback; /* what a caller of ours hears while the other side rings */
};

/*
 * A connection (ECMA-269): one party's leg and port. It is gone when both are.
 *
 *	NULL -> INITIATED -> ALERTING -> CONNECTED <-> HOLD
 *	             |           |           |          |
 *	             +-----------+-----------+----------+--> NULL (cleared) or FAIL -> NULL
 */
struct conn {
	struct call *call;
	struct list node; /* call->conns */
	ghl_conn id;
	enum ghl_conn_state state;
	bool device;  /* the phone's; else the citizen's */
	bool closing; /* we have asked the leg to end */
	bool port_closing;
	bool answered; /* media agreed once */
	bool incoming; /* its INVITE came to us */
	bool no_codec; /* its answer could not be used */
	struct sip_leg *leg;
	struct sip_leg *next; /* called in this one's place, until it answers: call_replace() */
	unsigned redirects;
	struct sdp *offer; /* of an incoming INVITE, until it is answered */
	struct media_port *port;
	struct sdp_local local;
	struct sdp_agreed agreed;
	char account[64];        /* the phone's; "": a number by a trunk */
	char number[NUMBER_MAX]; /* E.164, of a leg we sent by a trunk */
	char trunk[64];          /* that one */
	char next_number[NUMBER_MAX];
};

/* fn(arg, status) once the start is durable, or is not. */
int call_start_wait(struct call *c, call_kept_fn *fn, void *arg);

struct kept_waiter {
	struct list node;
	call_kept_fn *fn;
	void *arg;
};

struct datum {
	char *key, *value;
};

/*
 * A call's own life, beside the states of its connections:
 *
 *	STARTING --start kept--> LIVE --cleared--> ENDING --ports closed--> KEEPING --record kept--> KEPT
 *	    | start not kept                                                                          |
 *	    +--------------------------------> (gone without a trace) <---- legs gone, recording ended+
 */
enum call_phase { CALL_STARTING, CALL_LIVE, CALL_ENDING, CALL_KEEPING, CALL_KEPT };

struct call {
	struct calls *cs;
	struct list node;
	ghl_call id;
	enum call_phase phase;
	enum ghl_call_state state; /* as told; kept for counting */
	enum ghl_call_direction direction;
	bool routed;   /* on_offered was told, or its own start: others see it; on_cleared is owed */
	bool cleared;  /* on_cleared was told */
	bool rejected; /* by us, before the answer */
	bool queued, bridged;
	bool joined;    /* the two ports hear each other: bridged, or early media of the called side */
	bool early;     /* the party that called hears us before the answer (183) */
	bool ringing;   /* on_rung is owed */
	bool cancelled; /* call_device_cancel() */
	bool hold_playing;
	char device_account[64]; /* connected or ringing, or "": an account, or a number reached by a trunk */
	struct list conns;
	struct conn *citizen, *device;
	struct conn *parked;   /* a phone that waits for the outcome of its transfer */
	struct conn *referrer; /* whose REFER was not decided, or not come out yet */
	char calling[NUMBER_MAX], calling_name[SIP_USER_MAX], called[SIP_USER_MAX];
	char trunk[64], account[64], sip_call_id[128];
	char dialled[NUMBER_MAX]; /* outbound: as it is dialled to the trunk */
	uint32_t ring_ms;         /* outbound */
	struct actor actor;       /* who started it */
	int64_t started_us;       /* monotonic */
	int64_t started_at_us, connected_at_us, answered_at_us, ended_at_us;
	int64_t span_us; /* where the present talk or hold span began; monotonic; 0: none */
	int64_t talk_us, hold_us;
	enum ghl_call_cause cause;
	enum ghl_call_cause rung_cause; /* of the second party's end */
	uint16_t sip_status, q850;
	struct media_report report; /* of the citizen's port */
	struct record *record;
	char recording[STORE_SERIAL_LEN + 1];
	ghl_recording recording_id;
	struct call_route_facts facts;
	void *owner;
	struct media_sound *hold_sound;
	pthread_mutex_t lock; /* guards data */
	struct datum data[CALL_DATA_MAX];
	unsigned data_count;
	struct list start_waiters, waiters; /* struct kept_waiter */
	struct loop_task finish;
	bool finished; /* record and recording are kept */
	bool given_up; /* before its start was durable */
};

/* --- conn.c --- */
struct conn *conn_new(struct call *c, bool device);
int conn_port_open(struct conn *n);
/* Opens its port and sends the INVITE; a failure frees it, or will when its port is closed. */
int conn_call(struct conn *n, const struct sip_call_opts *with);
void conn_media_on(struct conn *n);
/* Asks the leg to end. */
void conn_close(struct conn *n, uint8_t q850);
void conn_port_close(struct conn *n);
void conn_free(struct conn *n);
/* Frees it when leg and port are gone. */
void conn_settle(struct conn *n);
void conn_move(struct conn *n, enum ghl_conn_state to);
struct conn *conn_by_id(struct calls *cs, ghl_conn id);
const char *conn_address(const struct calls *cs);

/* --- incoming.c: the party whose INVITE came to us --- */
struct conn *call_waiting(const struct call *c); /* it waits for our answer; or NULL */
int call_take_offer(struct conn *n, const struct sdp *offer);

/* --- early.c: media before the answer --- */
/* The called side has told a 18x. */
void call_early(struct call *c, struct conn *n, const struct sdp *sdp);
int call_join(struct call *c);
void call_unjoin(struct call *c);

/* --- legs.c: what sip tells --- */
extern const struct media_port_handlers call_port_handlers; /* ports.c */

/* --- bridge.c: two parties --- */
void call_bridge(struct call *c);
void call_unbridge(struct call *c);
void call_hold_sound_stop(struct call *c);
/* A connection's hold began or ended. */
void call_hold(struct call *c, struct conn *n, bool held);
/* The phone has answered with this SDP. */
void call_device_answered(struct call *c, struct conn *n, const struct sdp *answer);
void call_device_ended(struct call *c, struct conn *n, const struct sip_end *end);
void call_parked_ended(struct call *c);

/* --- transfer.c --- */
void call_on_refer(void *leg_arg, struct sip_leg *leg, const struct sip_refer *refer);
/* The leg that was called in a connection's place has answered, or has ended. */
void call_replaced(struct conn *n, const struct sdp *answer);
void call_not_replaced(struct conn *n, const struct sip_end *end);

/* --- redirect.c --- */
/* A trunk's 3xx: true: its target is called, the connection goes on. */
bool call_redirected(struct conn *n, const struct sip_end *end);

/* --- life.c --- */
struct call *call_new(struct calls *cs);
void call_begin_end(struct call *c, enum ghl_call_cause cause, const struct actor *actor);
/* After anything that may have been the last thing it waited for. */
void call_settle(struct call *c);
void call_start(struct call *c);
void call_free(struct call *c);
/* A call that never began: no record, nobody was told. */
void call_drop(struct call *c);
/* Recounts the state after a move. */
void call_state_update(struct call *c);

/* --- keep.c --- */
/* The start batch: NULL when there is no memory. */
struct store_batch *call_start_batch(struct call *c);
struct store_batch *call_end_batch(struct call *c);
int call_record_put(struct core *core, struct store_batch *b, const Ghl__CallRecord *rec);
/* Its figures, in the same batch. */
int call_record_add(struct core *core, struct store_batch *b, const Ghl__CallRecord *rec);
size_t call_key(uint8_t out[16], int64_t started_at_us, ghl_call id);

/* --- tell.c --- */
void call_draft(struct event_draft *d, enum ghl_event_type type, const struct call *c);
void call_tell(struct call *c, enum ghl_event_type type);
void call_tell_conn(
	struct call *c, enum ghl_event_type type, const struct conn *n, enum ghl_call_cause cause);

/* --- cause.c --- */
enum ghl_call_cause cause_of_end(const struct sip_end *end);
enum ghl_call_disposition call_disposition(const struct call *c);
uint8_t cause_q850(enum ghl_call_cause cause);

/* --- outbound.c --- */
void call_outbound_go(struct call *c);
void call_outbound_reached(struct call *c, const struct sdp *answer);
void call_outbound_device_answered(struct call *c, struct conn *n);

/* --- data.c --- */
void call_data_init(struct call *c);
void call_data_finish(struct call *c);
/* As a JSON object of texts; NULL: no memory; the caller frees it. */
char *call_data_json(struct call *c);

#endif
