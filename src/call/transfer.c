/*
 * transfer.c - a party asks by REFER that the other one be sent elsewhere (CSTA Single Step Transfer and
 * Transfer Call). Where to, and whether, is decided above; here are the means:
 *
 *	park      the phone that asks waits aside, unheard, while somebody else is rung in its place; it is
 *	          unparked where that fails, dropped where it succeeds
 *	take      the other party of a second call is moved into the first in place of the phone that had both
 *	replace   a trunk's party gives its place in the call to a number: the port stays, and with it what
 *the other side hears and what is recorded; only the leg is another
 */
#include "call_priv.h"

#include "base/text.h"

#include <string.h>

static struct conn *other_party(const struct call *c, const struct conn *n)
{
	return n == c->citizen ? c->device : c->citizen;
}

/* The same phone has both calls, and in one of them it is the device: that call stays. */
static bool both_are_its_own(const struct conn *n, const struct conn *other)
{
	return other->call != n->call && n->account[0] && strcmp(n->account, other->account) == 0 &&
	       (n->device || other->device);
}

void call_on_refer(void *leg_arg, struct sip_leg *leg, const struct sip_refer *refer)
{
	struct conn *n = leg_arg, *other = refer->other_arg;
	struct call_refer r = {.target = refer->user, .attended = refer->attended};
	struct call *c = n ? n->call : NULL;

	if (!n || n->closing || c->phase != CALL_LIVE || c->referrer || !c->cs->handlers.on_refer) {
		(void)sip_leg_refer_reply(leg, n && c->referrer ? 491 : 403);
		return;
	}
	c->referrer = n;
	r.account = n->account;
	r.by_device = n->device;
	r.trunk = n->trunk[0] ? n->trunk : c->trunk;
	if (other && both_are_its_own(n, other))
		r.other = other->call;
	c->cs->handlers.on_refer(c->cs->arg, c, &r);
}

int call_refer_reply(struct call *c, uint16_t status)
{
	struct conn *n = c->referrer;

	if (!n || !n->leg)
		return GHL_ESTATE;
	if (status != 202)
		c->referrer = NULL;
	return sip_leg_refer_reply(n->leg, status);
}

void call_refer_result(struct call *c, uint16_t status)
{
	struct conn *n = c->referrer;

	c->referrer = NULL;
	if (n && n->leg)
		(void)sip_leg_refer_result(n->leg, status);
}

int call_device_park(struct call *c)
{
	struct conn *n = c->device;

	if (!n || !n->leg || n->closing || c->ringing || c->parked || !c->citizen)
		return GHL_ESTATE;
	call_unbridge(c);
	call_hold_sound_stop(c);
	c->parked = n;
	c->device = NULL;
	c->device_account[0] = '\0';
	call_state_update(c);
	return 0;
}

int call_device_unpark(struct call *c)
{
	if (!c->parked || c->device || c->phase != CALL_LIVE)
		return GHL_ESTATE;
	c->device = c->parked;
	c->parked = NULL;
	(void)text_copy(c->device_account, sizeof(c->device_account), c->device->account);
	call_bridge(c);
	return 0;
}

void call_parked_drop(struct call *c)
{
	if (c->parked)
		conn_close(c->parked, 16);
}

static void move_in(struct call *to, struct call *from, struct conn *p)
{
	call_unbridge(from);
	list_remove(&p->node);
	if (from->citizen == p)
		from->citizen = NULL;
	else
		from->device = NULL;
	list_append(&to->conns, &p->node);
	p->call = to;
	p->device = true;
	to->device = p;
	(void)text_copy(
		to->device_account, sizeof(to->device_account), p->number[0] ? p->number : p->account);
}

int call_device_take(struct call *to, struct call *from)
{
	struct conn *phone = to->device, *theirs, *p;

	if (!phone || !to->bridged || !from->bridged || to->phase != CALL_LIVE || from->phase != CALL_LIVE)
		return GHL_ESTATE;
	theirs = strcmp(from->device->account, phone->account) == 0 ? from->device : from->citizen;
	p = other_party(from, theirs);
	if (strcmp(theirs->account, phone->account) != 0 || call_device_park(to) < 0)
		return GHL_ESTATE;
	move_in(to, from, p);
	call_bridge(to);
	call_tell_conn(to, GHL_EV_TRANSFERRED, p, GHL_CAUSE_TRANSFER);
	call_refer_result(from, 200); /* while its leg is there */
	call_begin_end(from, GHL_CAUSE_TRANSFER, NULL);
	return 0;
}

/* --- replace --- */

int call_replace(struct call *c, const struct call_way *way, uint32_t ring_ms)
{
	struct conn *n = c->referrer;
	struct sip_call_opts opts = {.trunk = way->trunk,
		.called = way->dialled,
		.calling = sip_trunk_own(c->cs->sip, way->trunk),
		.calling_name = "",
		.ring_ms = ring_ms};
	struct sdp offer;

	if (!n || !n->port || n->next || c->phase != CALL_LIVE)
		return GHL_ESTATE;
	n->local.session_version++;
	sdp_offer_make(&offer, &n->local);
	opts.offer = &offer;
	(void)text_copy(n->next_number, sizeof(n->next_number), way->number);
	return sip_leg_call(c->cs->sip, &opts, n, &n->next);
}

void call_replaced(struct conn *n, const struct sdp *answer)
{
	struct call *c = n->call;
	struct sip_leg *old = n->leg;

	if (!answer || sdp_answer_read(answer, &n->local, &n->agreed) < 0) {
		(void)sip_leg_end(n->next, 88); /* its end tells the rest */
		return;
	}
	call_refer_result(c, 200);
	n->leg = n->next;
	n->next = NULL;
	(void)text_copy(n->number, sizeof(n->number), n->next_number);
	conn_media_on(n);
	if (old) {
		sip_leg_arg_set(old, NULL);
		(void)sip_leg_end(old, 16);
	}
	call_tell_conn(c, GHL_EV_TRANSFERRED, n, GHL_CAUSE_TRANSFER);
}

void call_not_replaced(struct conn *n, const struct sip_end *end)
{
	n->next = NULL;
	call_refer_result(n->call, end->status ? end->status : 480);
}
