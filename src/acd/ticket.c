/* ticket.c - a call's way through a queue: joining, offers, answer, leaving, overflow. The diagram stands in
 * acd_priv.h. */
#include "acd_priv.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define RING_MS      20000
#define THRESHOLD_MS 15000
#define HOPS_MAX     8 /* overflows from queue to queue */

static uint32_t ms_since(const struct acd *acd, int64_t then_us)
{
	return (uint32_t)((loop_now_us(acd->core->loop) - then_us) / 1000);
}

static bool is_full(const struct acd_queue *q)
{
	return q->config.max_waiting && q->count >= q->config.max_waiting;
}

/* into the heap at its old place: a call that comes back is the first again */
static void wait_on(struct acd_ticket *t)
{
	t->state = TICKET_WAITING;
	heap_add(&t->queue->waiting, &t->node);
	bits_put(&t->acd->dirty, t->queue->index, true);
	dispatch_soon(t->acd);
}

static void on_max_wait(void *arg);

static int enter_queue(struct acd_ticket *t, struct acd_queue *q)
{
	struct acd *acd = t->acd;

	if (heap_reserve(&q->waiting, q->count + 1) < 0)
		return GHL_ENOMEM;
	t->queue = q;
	t->node.tie = acd->next_seq++;
	t->offered_us = loop_now_us(acd->core->loop);
	t->offered_at_us = loop_utc_us(acd->core->loop);
	t->threshold_ms = q->config.service_level_ms ? q->config.service_level_ms : THRESHOLD_MS;
	t->overdue = false;
	list_append(&q->tickets, &t->in_queue);
	t->found = ++q->count;
	q->offered++;
	if (q->config.max_wait_ms)
		loop_timer_start(acd->core->loop, &t->max_wait, q->config.max_wait_ms, on_max_wait, t);
	wait_on(t);
	tell_queued(t);
	if (acd->port.announce)
		acd->port.announce(acd->port_arg, t->call, &q->config);
	return 0;
}

int acd_join(struct acd *acd, ghl_call call, const char *queue, unsigned priority)
{
	struct acd_queue *q = map_get_text(&acd->by_name, queue);
	struct acd_ticket *t;
	int rc = GHL_ENOMEM;

	if (!q || q->closed)
		return GHL_ENOENT;
	if (map_get(&acd->tickets, call))
		return GHL_EEXIST;
	if (is_full(q))
		return GHL_EFULL;
	t = calloc(1, sizeof(*t));
	if (!t || map_put(&acd->tickets, call, t) < 0)
		goto out;
	t->acd = acd;
	t->call = call;
	t->node.key = -(int64_t)priority;
	rc = enter_queue(t, q);
	if (rc == 0)
		return 0;
	(void)map_take(&acd->tickets, call);
out:
	free(t);
	return rc;
}

/* off the queue's books, however it left */
static void leave_queue(struct acd_ticket *t, enum acd_leave how)
{
	loop_timer_stop(t->acd->core->loop, &t->max_wait);
	heap_remove(&t->queue->waiting, &t->node);
	list_remove(&t->in_queue);
	t->queue->count--;
	t->queue->left[how]++;
	dispatch_soon(t->acd); /* tells the new counts */
}

static void drop(struct acd_ticket *t)
{
	(void)map_take(&t->acd->tickets, t->call);
	free(t);
}

void ticket_offer(struct acd_ticket *t, struct acd_agent *sa)
{
	struct acd *acd = t->acd;
	struct acd_queue *q = t->queue;
	uint32_t ring_ms = q->config.ring_ms ? q->config.ring_ms : RING_MS;
	ghl_call call = t->call;
	char account[64];
	int rc;

	memcpy(account, agent_account(sa->agent), sizeof(account));
	heap_remove(&q->waiting, &t->node);
	t->state = TICKET_RINGING;
	t->agent = sa;
	t->ring_us = loop_now_us(acd->core->loop);
	q->ringing++;
	sa->ticket = t;
	rc = agent_reserve(acd->agents, sa->agent, call, q->config.name);
	if (rc == 0)
		rc = acd->port.ring(acd->port_arg, call, account, ring_ms);
	if (rc < 0)
		acd_rung(acd, call, account, rc);
}

/* the agent of the present offer is free of it */
static struct acd_agent *let_go(struct acd_ticket *t)
{
	struct acd_agent *sa = t->agent;

	sa->ticket = NULL;
	t->agent = NULL;
	t->queue->ringing--;
	return sa;
}

static void overflow(struct acd_ticket *t);

/* why the agent is taken out of READY after an offer that failed; NULL: it is not its fault */
static const char *blame(int status)
{
	switch (status) {
	case GHL_ETIMEDOUT:
		return "rona";
	case GHL_EREFUSED:
		return "refused";
	case GHL_ENOENT:
		return "lost";
	case GHL_ECLOSED:
	case GHL_ESTATE:
		return NULL;
	default:
		return "failed";
	}
}

static void not_answered(struct acd_ticket *t, int status)
{
	struct acd_agent *sa = let_go(t);

	if (agent_state(sa->agent) == GHL_AGENT_RINGING)
		(void)agent_unreserve(t->acd->agents, sa->agent, blame(status));
	t->state = TICKET_WAITING;
	if (status == GHL_ESTATE)
		log_warn("acd", "call cannot ring call=%llu: waits for its end", (unsigned long long)t->call);
	else if (t->overdue)
		overflow(t);
	else
		wait_on(t);
}

static void answered(struct acd_ticket *t)
{
	struct acd *acd = t->acd;
	struct acd_queue *q = t->queue;
	uint32_t wait_ms = ms_since(acd, t->offered_us), ring_ms = ms_since(acd, t->ring_us);
	struct acd_agent *sa = t->agent;

	if (agent_connect(acd->agents, sa->agent, t->call, GHL_AGENT_BUSY_ACD) < 0) {
		log_warn("acd", "answered by an agent that is not there agent=%s",
			agent_config(sa->agent)->name);
		not_answered(t, GHL_ECLOSED);
		return;
	}
	q->ringing--;
	q->talking++;
	t->state = TICKET_TALKING;
	t->talk_us = loop_now_us(acd->core->loop);
	leave_queue(t, ACD_ANSWERED);
	tell_left(t, ACD_ANSWERED, wait_ms, ring_ms, NULL);
	if (acd->port.answered)
		acd->port.answered(
			acd->port_arg, t->call, sa->agent, &q->config, t->offered_at_us, wait_ms, ring_ms);
}

void acd_rung(struct acd *acd, ghl_call call, const char *account, int status)
{
	struct acd_ticket *t = map_get(&acd->tickets, call);

	if (!t || (t->state != TICKET_RINGING && t->state != TICKET_CANCELLING))
		return; /* the call left meanwhile */
	if (agent_account(t->agent->agent)[0] && strcmp(agent_account(t->agent->agent), account) != 0)
		return; /* of an earlier offer */
	if (status == 0)
		answered(t);
	else
		not_answered(t, status);
}

void ticket_lost(struct acd_ticket *t)
{
	if (t->state != TICKET_RINGING)
		return;
	t->state = TICKET_CANCELLING;
	if (t->acd->port.ring_cancel)
		t->acd->port.ring_cancel(t->acd->port_arg, t->call);
}

int acd_leave(struct acd *acd, ghl_call call, enum acd_leave how)
{
	struct acd_ticket *t = map_get(&acd->tickets, call);
	uint32_t wait_ms;

	if (!t || t->state == TICKET_TALKING)
		return GHL_ENOENT;
	if (how != ACD_ABANDONED && how != ACD_DEQUEUED)
		return GHL_EINVAL;
	wait_ms = ms_since(acd, t->offered_us);
	if (t->state != TICKET_WAITING) {
		enum ticket_state was = t->state;
		struct acd_agent *sa = let_go(t);

		t->state = TICKET_WAITING;
		if (was == TICKET_RINGING && acd->port.ring_cancel)
			acd->port.ring_cancel(acd->port_arg, call);
		if (agent_state(sa->agent) == GHL_AGENT_RINGING)
			(void)agent_unreserve(acd->agents, sa->agent, NULL);
	}
	leave_queue(t, how);
	tell_left(t, how, wait_ms, 0, NULL);
	if (acd->port.left)
		acd->port.left(acd->port_arg, call, &t->queue->config, how, t->offered_at_us, wait_ms);
	drop(t);
	return 0;
}

/* the other queue, when it is there, has room, and the call has not gone round in circles */
static struct acd_queue *next_of(const struct acd_ticket *t)
{
	const char *dest = t->queue->config.overflow;
	struct acd_queue *q = NULL;

	if (strncmp(dest, "queue:", 6) == 0)
		q = map_get_text(&t->acd->by_name, dest + 6);
	return q && q != t->queue && !q->closed && !is_full(q) && t->hops < HOPS_MAX ? q : NULL;
}

static void overflow(struct acd_ticket *t)
{
	struct acd *acd = t->acd;
	struct acd_queue *from = t->queue, *to = next_of(t);
	const char *dest =
		strncmp(from->config.overflow, "queue:", 6) == 0 && !to ? "" : from->config.overflow;
	enum acd_leave how = *dest ? ACD_OUTFLOW : ACD_DEQUEUED;
	uint32_t wait_ms = ms_since(acd, t->offered_us);
	ghl_call call = t->call;

	leave_queue(t, how);
	tell_left(t, how, wait_ms, 0, dest);
	if (acd->port.left)
		acd->port.left(acd->port_arg, call, &from->config, how, t->offered_at_us, wait_ms);
	t->hops++;
	if (to && enter_queue(t, to) == 0)
		return;
	drop(t);
	if (acd->port.overflow)
		acd->port.overflow(acd->port_arg, call, to ? "" : dest, from->config.name);
}

static void on_max_wait(void *arg)
{
	struct acd_ticket *t = arg;

	if (t->state == TICKET_WAITING)
		overflow(t);
	else
		t->overdue = true;
}

void acd_talk_ended(struct acd *acd, ghl_call call)
{
	struct acd_ticket *t = map_get(&acd->tickets, call);
	struct acd_queue *q;
	uint32_t talk_ms;

	if (!t || t->state != TICKET_TALKING)
		return;
	q = t->queue;
	talk_ms = ms_since(acd, t->talk_us);
	q->handling_ms = q->handling_ms ? (uint32_t)(((uint64_t)q->handling_ms * 7 + talk_ms) / 8) : talk_ms;
	q->talking--;
	t->agent->ticket = NULL;
	if (agent_state(t->agent->agent) == GHL_AGENT_BUSY)
		(void)agent_release(acd->agents, t->agent->agent, q->config.acw);
	drop(t);
	dispatch_soon(acd);
}

unsigned acd_found(struct acd *acd, ghl_call call)
{
	const struct acd_ticket *t = map_get(&acd->tickets, call);

	return t ? t->found : 0;
}

int acd_position(struct acd *acd, ghl_call call, unsigned *position, uint32_t *wait_ms)
{
	const struct acd_ticket *t = map_get(&acd->tickets, call);
	unsigned n = 1;

	if (!t || t->state == TICKET_TALKING)
		return GHL_ENOENT;
	for (size_t i = 0; t->state == TICKET_WAITING && i < t->queue->waiting.count; i++)
		n += heap_before(t->queue->waiting.nodes[i], &t->node);
	*position = n;
	*wait_ms = t->state == TICKET_WAITING ? expected_wait_ms(acd, t->queue, n) : 0;
	return 0;
}
