/*
 * acd/acd_priv.h - queues, waiting calls, and the index of ready agents.
 *
 * Agents with the same set of skills are a class, with a heap of its ready agents for each rule. A queue
 * knows which classes serve it, as a set of bits; which classes have somebody ready is another. A decision
 * is: the least head among the classes in both sets.
 */
#ifndef ACD_PRIV_H
#define ACD_PRIV_H

#include "acd.h"
#include "bits.h"
#include "heap.h"

#include "base/map.h"
#include "stream/stream.h"

#define RULES (GHL_ACD_LEAST_TALK + 1)

struct agent_class {
	unsigned index;
	struct heap ready[RULES];
	struct bits queues; /* that it serves */
	unsigned on;        /* of its agents, logged on */
	unsigned members;
	const struct agent_config *like; /* one of its agents: the skills */
};

/* An agent as acd sees it; hangs on agent_owner(). */
struct acd_agent {
	struct list node; /* in acd->agents_list */
	struct agent *agent;
	struct agent_class *cls; /* NULL: no longer configured */
	struct heap_node ready[RULES];
	struct acd_ticket *ticket; /* rings at it, or is talked on */
	uint64_t ordinal;
	bool on;
};

/*
 * A call in a queue.
 *
 *	          offer               answered               talk ended
 *	WAITING ---------> RINGING ----------> TALKING ---------------------> gone
 *	   ^                | |                   ^ answered all the same
 *	   |  no answer     | | the agent is lost |
 *	   +----------------+ +--> CANCELLING ----+
 *	   +---------------------------+ cancelled
 *
 *	WAITING, RINGING, CANCELLING -- abandoned, dequeued --> gone;   WAITING -- overflow --> gone, or
 *WAITING in another queue
 */
enum ticket_state { TICKET_WAITING, TICKET_RINGING, TICKET_CANCELLING, TICKET_TALKING };

struct acd_ticket {
	struct acd *acd;
	ghl_call call;
	struct acd_queue *queue;
	enum ticket_state state;
	struct heap_node node; /* in queue->waiting; key -priority, tie the order of joining */
	struct list in_queue;  /* in queue->tickets, until it leaves the queue */
	struct acd_agent *agent;
	int64_t offered_us;    /* monotonic: came to this queue */
	int64_t offered_at_us; /* the same instant, UTC */
	int64_t ring_us;       /* monotonic: the present offer */
	int64_t talk_us;       /* monotonic */
	uint32_t threshold_ms; /* in force when it joined */
	unsigned found;        /* calls in the queue when it joined, itself included */
	unsigned hops;
	bool overdue;          /* its longest wait passed while it rang */
	struct timer max_wait; /* Q1: config.max_wait_ms, WAITING -> overflow */
};

struct acd_queue {
	unsigned index;
	ghl_queue id;
	struct acd_queue_config config;
	bool closed;         /* no longer configured: serves those who wait */
	struct heap waiting; /* tickets in WAITING */
	struct list tickets; /* all that are in the queue, oldest first */
	unsigned count, ringing, talking;
	struct bits classes; /* that serve it */
	uint64_t offered, left[ACD_DEQUEUED + 1];
	uint32_t handling_ms; /* moving mean of talk times */
	unsigned told_waiting, told_ready;
};

struct acd {
	struct core *core;
	struct agents *agents;
	struct acd_port port;
	void *port_arg;
	struct actor engine;
	struct acd_queue **queues; /* by index; closed ones stay */
	unsigned queue_count;
	struct map by_name;
	struct map tickets; /* call -> ticket */
	struct list agents_list;
	struct agent_class **classes;
	unsigned class_count;
	struct bits ready; /* classes with somebody ready */
	struct bits dirty; /* queues to decide for */
	struct loop_task task;
	bool posted;
	uint64_t next_seq;
	uint64_t next_ordinal;
};

/* index.c */
int index_rebuild(struct acd *acd);
void index_clear(struct acd *acd);
void index_on_state(struct acd *acd, struct acd_agent *sa, enum ghl_agent_state to);
struct acd_agent *index_pick(const struct acd *acd, const struct acd_queue *q);
unsigned queue_agents_on(const struct acd *acd, const struct acd_queue *q);
unsigned queue_agents_ready(const struct acd *acd, const struct acd_queue *q);
/* dispatch.c */
void dispatch_soon(struct acd *acd);
/* ticket.c */
void ticket_offer(struct acd_ticket *t, struct acd_agent *sa);
void ticket_lost(struct acd_ticket *t);
/* tell.c */
void tell_queued(const struct acd_ticket *t);
void tell_left(
	const struct acd_ticket *t, enum acd_leave how, uint32_t wait_ms, uint32_t ring_ms, const char *dest);
void tell_queues(struct acd *acd);
uint32_t expected_wait_ms(const struct acd *acd, const struct acd_queue *q, unsigned position);

#endif
