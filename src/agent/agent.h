/*
 * agent/agent.h - agents, their states (ECMA-269 agent states, BCMS names) and the spans that sum exactly to
 *staffed time. Loop thread.
 *
 *	          login                 ready                 reserve            connect
 *	LOGGED_OFF ----> NOT_READY <------------> READY ----------> RINGING ----------> BUSY --release--> ACW
 *--wrap-up--> READY | NOT_READY
 *
 * A change asked for while on a call is kept as pending and made at its end. Every move commits the ended
 *span as a fact.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "stream/core.h"
#include "stream/stream.h"

#include <govhotline/agent.h>

struct agents;
struct agent;

/* An agent as the configuration has it. */
struct agent_config {
	char name[64]; /* "1001": the operator's number */
	char display[64];
	char group[64];
	char account[64]; /* the phone account (seat) it answers at by default */
	char skills[16][64];
	unsigned skill_count;
	uint32_t wrapup_ms; /* 0: none; with wrapup_manual until the agent says so */
	bool wrapup_manual;
};

/* acd's ready index hangs on these. Called inside the move, which is complete: they keep books and post what
 * is to follow. */
struct agent_handlers {
	void (*on_state)(void *arg, struct agent *a, enum ghl_agent_state from, enum ghl_agent_state to);
	void (*on_roster)(void *arg); /* agents came, went or have other skills; may be NULL */
	void *arg;
};

/* Puts itself into core->slot[CORE_AGENT]. Spans that a crash left open are ended at the engine's last sign
   of life. A core without store and stream (a simulation) keeps and tells nothing. */
int agents_create(struct agents **out, struct core *core, struct ghl_error *err);
/* Logs everybody off, in one batch; done(arg) on the loop after the commit. */
void agents_close_spans(struct agents *as, loop_fn *done, void *arg);
void agents_destroy(struct agents *as);
/* The whole set; agents no longer named are logged off (at the end of their call). GHL_EINVAL a name or
 * account twice; GHL_ENOMEM. */
int agents_configure(struct agents *as, const struct agent_config *configs, size_t n, struct ghl_error *err);
void agents_handlers_set(struct agents *as, const struct agent_handlers *h);
/* Whether a phone is there now, asked when an agent sits down at it; not set: they all are. */
typedef bool agent_phone_fn(void *arg, const char *account);
void agents_phones_set(struct agents *as, agent_phone_fn *there, void *arg);

/* The configured agents as they are, as GHL_EV_SNAP_AGENT. */
void agents_snapshot(struct agents *as, stream_add_fn *add, void *to);

/* Walk over the configured: `for (size_t i = 0; (a = agent_next(as, &i));)`; in no order. */
struct agent *agent_next(struct agents *as, size_t *pos);
struct agent *agent_by_name(struct agents *as, const char *name);
struct agent *agent_by_id(struct agents *as, ghl_agent id);
struct agent *agent_by_account(
	struct agents *as, const char *account); /* who is logged on at that seat, or NULL */
ghl_agent agent_id(const struct agent *a);
const struct agent_config *agent_config(const struct agent *a);
const char *agent_account(const struct agent *a); /* the seat it is logged on at */
enum ghl_agent_state agent_state(const struct agent *a);
int64_t agent_state_since_us(const struct agent *a); /* monotonic */
int64_t agent_idle_since_us(
	const struct agent *a); /* since the last call or login: the longest-idle order; monotonic */

const char *agent_reason(const struct agent *a);
ghl_call agent_call(const struct agent *a); /* it rings for or talks on; 0 */
/* Since it logged on: calls of queues, and its time on them. */
uint32_t agent_calls(const struct agent *a);
int64_t agent_talk_ms(const struct agent *a);
/* acd hangs its own object here. */
void agent_owner_set(struct agent *a, void *owner);
void *agent_owner(const struct agent *a);

/* By the agent or a supervisor. While on a call READY, NOT_READY and LOGGED_OFF become pending. GHL_ESTATE.
 */
int agent_login(struct agents *as, struct agent *a, const char *account, const struct actor *actor);
int agent_state_set(struct agents *as, struct agent *a, enum ghl_agent_state state, const char *reason,
	const struct actor *actor);
/* By the engine. Each is GHL_ESTATE where the table (table.h) has no such move. */
int agent_reserve(
	struct agents *as, struct agent *a, ghl_call call, const char *queue); /* READY -> RINGING */
int agent_unreserve(struct agents *as, struct agent *a,
	const char *
		reason); /* RINGING -> READY (reason NULL), or NOT_READY with it: "rona", "refused", "lost" */
int agent_connect(struct agents *as, struct agent *a, ghl_call call,
	enum ghl_agent_busy kind); /* -> BUSY (ACD, EXT_IN, EXT_OUT) */
int agent_release(struct agents *as, struct agent *a,
	bool acw); /* BUSY -> ACW, or the pending state, or READY / what it was before */
/* The phone's registration was lost: READY or RINGING -> NOT_READY("lost"); on a call or in after-call work,
   when that ends. Back: READY again where it was so. */
void agent_device_lost(struct agents *as, const char *account);
void agent_device_back(struct agents *as, const char *account);

#endif
