/*
 * acd/acd.h - queues: first in first out to the longest-idle ready agent with the skill, at once, by event.
 * Loop thread.
 *
 * What it does to calls goes through struct acd_port, so that a simulation drives the same code with no SIP.
 */
#ifndef ACD_ACD_H
#define ACD_ACD_H

#include "agent/agent.h"
#include "stream/core.h"

#include <govhotline/acd.h>

struct acd;

struct acd_queue_config {
	char name[64];
	char display[64];
	char skill[64];            /* what an agent must have; "" : any agent */
	uint32_t max_waiting;      /* 0: no limit */
	uint32_t max_wait_ms;      /* 0: for ever; then overflow */
	char overflow[80];         /* "queue:NAME", "dialogue:NAME", "" : clear with an announcement */
	uint32_t ring_ms;          /* 0: 20,000 */
	uint32_t service_level_ms; /* threshold in force; 0: 15,000 */
	char announcement[256];    /* file or text:.. played before waiting; "" none */
	char music[256];           /* file; "" silence */
	bool acw;                  /* agents wrap up after its calls */
	enum ghl_acd_rule rule;    /* which of the ready agents */
};

enum acd_leave { ACD_ANSWERED, ACD_ABANDONED, ACD_OUTFLOW, ACD_DEQUEUED };
const char *acd_leave_name(enum acd_leave l);

/* What the queue asks of the calls; arg is acd_port_set()'s. */
struct acd_port { /* NULL where it does not matter; ring must be there */
	void (*announce)(
		void *arg, ghl_call call, const struct acd_queue_config *q); /* announcement, then music */
	int (*ring)(
		void *arg, ghl_call call, const char *account, uint32_t ring_ms); /* outcome by acd_rung() */
	void (*ring_cancel)(void *arg, ghl_call call);
	/* the call left the queue other than by answer: overflow dest ("" : none left, clear it) */
	void (*overflow)(void *arg, ghl_call call, const char *dest, const char *queue);
	/* the call talks to that agent; wait (queue + ring) and ring of the winning offer */
	void (*answered)(void *arg, ghl_call call, struct agent *a, const struct acd_queue_config *q,
		int64_t offered_at_us, uint32_t wait_ms, uint32_t ring_ms);
	/* may this actor let this call join (ghl_acd_queue_join)? 0, or GHL_ENOENT, GHL_EPERM, GHL_ESTATE */
	int (*can_join)(void *arg, ghl_call call, const struct actor *actor);
	/* it has joined by ghl_acd_queue_join(): it leaves what it was in */
	void (*joined)(void *arg, ghl_call call);
	/* an abandoned or diverted call's figures for its record */
	void (*left)(void *arg, ghl_call call, const struct acd_queue_config *q, enum acd_leave how,
		int64_t offered_at_us, uint32_t wait_ms);
};

/* Puts itself into core->slot[CORE_ACD] and takes the agents' handlers. */
int acd_create(struct acd **out, struct core *core, struct agents *agents, struct ghl_error *err);
/* Before the agents, after the loop has run its posted work dry. */
void acd_destroy(struct acd *acd);
void acd_port_set(struct acd *acd, const struct acd_port *port, void *arg);
/* The whole set, live: calls in a queue that is no longer named are served on, new ones are refused. */
int acd_configure(struct acd *acd, const struct acd_queue_config *configs, size_t n, struct ghl_error *err);
/* priority: 0 is usual, higher first. GHL_ENOENT no such queue; GHL_EFULL; GHL_EEXIST the call waits already.
 */
/* The queues as they are, as GHL_EV_SNAP_QUEUE. */
void acd_snapshot(struct acd *acd, stream_add_fn *add, void *to);
int acd_join(struct acd *acd, ghl_call call, const char *queue, unsigned priority);
/* The caller hung up (abandoned) or is taken out (dequeued). GHL_ENOENT. */
int acd_leave(struct acd *acd, ghl_call call, enum acd_leave how);
/* The outcome of port.ring. */
void acd_rung(struct acd *acd, ghl_call call, const char *account, int status);
/* The talk ended: the agent goes to ACW, a pending state or READY. */
void acd_talk_ended(struct acd *acd, ghl_call call);
/* Position from 1, expected wait; GHL_ENOENT. */
int acd_position(struct acd *acd, ghl_call call, unsigned *position, uint32_t *expected_wait_ms);
/* Calls that were in the queue when this one joined, itself included: for its record; 0: it is in none. Also
 * within port.left and .answered. */
unsigned acd_found(struct acd *acd, ghl_call call);
/* "queue decision" for the bench: picks for the head of that queue without acting. */
struct agent *acd_pick(struct acd *acd, const char *queue);

#endif
