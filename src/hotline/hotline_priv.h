/* hotline/hotline_priv.h - a hotline and all it is made of; a call's visit: what the routing knows of it. */
#ifndef HOTLINE_HOTLINE_PRIV_H
#define HOTLINE_HOTLINE_PRIV_H

#include "config.h"

#include "acd/acd.h"
#include "agent/agent.h"
#include "base/map.h"
#include "call/call.h"
#include "ivr/ivr.h"
#include "media/media.h"
#include "record/record.h"
#include "report/report.h"
#include "sip/sip.h"
#include "sounds.h"
#include "stream/session.h"
#include "stream/stream.h"

#include <govhotline/hotline.h>

#include <pthread.h>
#include <semaphore.h>

/* What the dialogues of one configuration are; whoever was there with it keeps it. Loop thread once in force.
 */
struct documents {
	unsigned refs;
	struct map by_name; /* a dialogue's name -> struct ivr_document */
};

struct ghl_hotline {
	struct core core;
	struct ghl_clock clock;
	struct config *cfg; /* in force; loop thread while it runs */
	char path[CONFIG_PATH_MAX];
	char dir[CONFIG_PATH_MAX]; /* of the store */
	int lock_fd;               /* engine.lock; -1 without the engine */
	bool running;
	pthread_t thread;
	struct loop_task turn; /* bringing the engine up, or down */
	sem_t ready;           /* the loop thread has brought the engine up, or not */
	int up_status;
	struct ghl_error up_error;
	int64_t started_at_us;
	uint64_t calls_at_midnight; /* calls_started() when the local day began */
	uint32_t today;             /* that day, YYYYMMDD */
	bool space_low;
	struct report *report;
	struct records *records;
	struct media *media;
	struct sip *sip;
	struct calls *calls;
	struct agents *agents;
	struct acd *acd;
	struct ivr *ivr;
	struct documents *documents; /* in force */
};

/* Where a call is, as the routing sees it. */
enum visit_place {
	VISIT_NOWHERE,
	VISIT_DIALOGUE,
	VISIT_QUEUE,
	VISIT_RINGING, /* at an agent's own number */
	VISIT_TALK,    /* with an agent of a queue */
	VISIT_DIRECT,  /* with an agent by its own number */
	VISIT_OUT,     /* made by an agent */
	VISIT_OUTSIDE, /* with a number by a trunk, or ringing there */
	VISIT_GONE     /* of a parked phone only: it is no agent's, or has left before the outcome */
};
const char *visit_place_name(enum visit_place p);

#define AHEAD_MAX 64

struct visit {
	struct ghl_hotline *h;
	struct call *call;
	struct config *cfg; /* the snapshot it began with, and its dialogues */
	struct documents *documents;
	enum visit_place place;
	unsigned hops; /* destinations so far: a ring of overflows ends */
	struct ivr_dialogue *dialogue;
	char dialogue_name[CONFIG_NAME_MAX];
	bool bridged; /* a <transfer> of its dialogue waits for the outcome */
	char transfer_to[CONFIG_DEST_MAX];
	struct ivr_listen listen;
	bool listens, collecting;
	bool deaf; /* a prompt without barge-in is to be heard first: keys are lost */
	struct ivr_collector collector;
	char ahead[AHEAD_MAX]; /* keys typed ahead: pressed while nothing collects */
	unsigned ahead_count;
	struct timer timer; /* digits; 1: the collector's deadline */
	struct sounds *loading, *hold_loading;
	struct media_sound
		*tail[SOUNDS_MAX]; /* played after what plays now: prompts with barge-in, or music */
	unsigned tail_count, tail_from;
	bool tail_repeat;
	uint64_t tag;                   /* of what plays now */
	void (*after)(struct visit *v); /* when that has ended */
	struct agent *agent;            /* VISIT_RINGING, VISIT_DIRECT, VISIT_OUT; NULL: none is bound */
	enum visit_place
		parked_place; /* what the phone that transfers the call was in; VISIT_NOWHERE: none does */
	struct agent *parked_agent; /* as `agent` was */
	struct agent *caller;       /* who dialled it and is busy with it; NULL: none */
	char number[SIP_USER_MAX];  /* a transfer's, to leave by a trunk with; "": the called one */
};

/* --- engine.c --- */
int engine_up(struct ghl_hotline *h, struct ghl_error *err);         /* before the loop runs */
int engine_up_on_loop(struct ghl_hotline *h, struct ghl_error *err); /* on the loop thread */
void engine_down_on_loop(struct ghl_hotline *h);                     /* begins; stops the loop when done */
void engine_down(struct ghl_hotline *h);                             /* after the loop */

/* --- documents.c --- */
struct documents *documents_ref(struct documents *ds);
void documents_unref(struct documents *ds);
/* Opens the documents of every dialogue. The mistakes of all of them, at most `room`, *count told; the code
 * of the first. */
int documents_open(struct ivr *ivr, const struct config *cfg, struct documents **out, struct ghl_error *errs,
	unsigned room, unsigned *count);

/* --- apply.c --- */
/* The principals it names. May wait for a commit. */
int apply_principals(struct ghl_hotline *h, const struct config *cfg, struct ghl_error *err);
/* What must not wait on the loop thread: names' ids, principals. */
int apply_ahead(struct ghl_hotline *h, const struct config *cfg, struct ghl_error *err);
/* On the loop, or before it runs. */
int apply_live(struct ghl_hotline *h, const struct config *cfg, struct ghl_error *err);
void apply_call_opts(const struct config *cfg, struct call_opts *out);

/* --- snapshot.c --- */
int snapshot_begin(struct ghl_hotline *h); /* once: monitors may begin with what stands */

/* --- route.c --- */
extern const struct call_handlers route_handlers;
struct visit *visit_new(struct ghl_hotline *h, struct call *c);
/* Sends a call to "queue:NAME", "dialogue:NAME", "agent:NAME" or "trunk:NAME"; clears it where that is not
 * possible. */
void visit_go(struct visit *v, const char *dest);
void visit_clear(struct visit *v, enum ghl_call_cause cause);
/* Why a call is cleared that could not go where it should. */
enum ghl_call_cause visit_cause_of(int rc);
/* May this agent be rung for the call? GHL_ENOENT, GHL_EBUSY. */
int visit_agent_check(const struct visit *v, const char *name);
void visit_release_caller(struct visit *v);
void visit_agent_facts(struct visit *v, const struct agent *a);
struct call *visit_call(struct ghl_hotline *h, ghl_call id, struct visit **v);

/* --- plan.c --- */
/* Where a number that a phone dials leads, as visit_go() takes it. False: nowhere. */
bool plan_dest(struct ghl_hotline *h, const char *dialled, char dest[CONFIG_DEST_MAX]);
bool plan_leads_out(const char *dest);
/* struct call_handlers.dials_out */
bool plan_dials_out(void *arg, const char *account, const char *dialled, char number[SIP_USER_MAX]);
/* GHL_EPERM: not logged on, or without the right of ghl_call_dial(). */
int plan_may_dial_out(struct ghl_hotline *h, const struct agent *a);
/* A call that a phone has dialled begins. */
void visit_from_phone(struct visit *v);

/* --- transfer.c --- */
/* struct call_handlers.on_refer */
void visit_on_refer(void *arg, struct call *c, const struct call_refer *r);
/* Who was rung in a transferring phone's place has answered. */
void visit_transfer_reached(struct visit *v);
/* .. was not reached: true: the phone has its talk back. */
bool visit_transfer_failed(struct visit *v, int status);
/* The phone that transfers has left: its agent is free, the call goes on. */
void visit_parked_left(struct visit *v);

/* --- play.c --- */
/* Plays these, then what stands in the tail; `after` follows when all was heard. Replaces what played. */
void visit_play(struct visit *v, struct sound_item *items, unsigned count, unsigned tail_from,
	bool tail_repeat, void (*after)(struct visit *v));
void visit_quiet(struct visit *v); /* nothing plays or loads any more */
/* What the citizen will hear while the agent's phone holds; "": silence. */
void visit_hold_music(struct visit *v, const char *sound);
void visit_on_played(struct visit *v, uint64_t tag, bool stopped);

/* --- ivr_call.c --- */
/* Begins the dialogue on the call; GHL_EFULL, GHL_ENOENT. */
int visit_dialogue_start(struct visit *v, const char *name);
void visit_dialogue_digit(struct visit *v, char digit);
/* Keys count from now on, those typed ahead first; timer_running: the prompts were heard. */
void visit_dialogue_listen(struct visit *v, bool timer_running);
void visit_dialogue_abandon(struct visit *v);
/* The outcome of a bridged transfer: the dialogue goes on. */
void visit_dialogue_resume(struct visit *v, const char *outcome, uint32_t talk_ms);

/* --- wire_acd_call.c --- */
extern const struct acd_port wire_acd_port;
/* --- wire_sip_agent.c --- */
void wire_registered(void *arg, const char *account, bool registered);
void wire_phone_of(void *arg, const char *account, const char **group, const char **agent);
bool wire_phone_there(void *arg, const char *account);
void wire_trunk_state(void *arg, const char *trunk, enum sip_trunk_state state, uint16_t status);
bool wire_secret_of(void *arg, const char *account, struct sip_secret *out);

#endif
