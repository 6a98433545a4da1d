/*
 * legs.c - what the sip legs of a call tell: the INVITE that begins it, ringing, the answer, hold by
 * re-INVITE (RFC 3264 8.4), the end of a leg in whatever way. What a party that called us is told stands in
 * incoming.c.
 */
#include "call_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <string.h>

static void on_ringing(void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *sdp)
{
	struct conn *n = leg_arg;

	(void)status;
	if (!n || n->closing || leg == n->next ||
		(n->state != GHL_CONN_INITIATED && n->state != GHL_CONN_ALERTING))
		return;
	if (n->state == GHL_CONN_INITIATED) {
		conn_move(n, GHL_CONN_ALERTING);
		call_tell_conn(n->call, GHL_EV_DELIVERED, n, GHL_CAUSE_NONE);
	}
	call_early(n->call, n, sdp);
}

/* The ACK to our 200: it brings the answer where the INVITE had no offer. */
static void on_acknowledged(struct call *c, struct conn *n, const struct sdp *sdp)
{
	if (n->answered)
		return;
	if (!sdp || sdp_answer_read(sdp, &n->local, &n->agreed) < 0)
		call_begin_end(c, GHL_CAUSE_INCOMPATIBLE_DESTINATION, NULL);
	else
		conn_media_on(n);
}

static void on_established(void *leg_arg, struct sip_leg *leg, const struct sdp *sdp)
{
	struct conn *n = leg_arg;
	struct call *c = n ? n->call : NULL;

	if (!n || n->closing || c->phase != CALL_LIVE)
		return;
	if (leg == n->next)
		call_replaced(n, sdp);
	else if (n->incoming)
		on_acknowledged(c, n, sdp);
	else if (n->device)
		call_device_answered(c, n, sdp);
	else
		call_outbound_reached(c, sdp);
}

static bool holds(const struct sdp_agreed *a)
{
	return a->direction == SDP_RECVONLY || a->direction == SDP_INACTIVE ||
	       strcmp(a->address, "0.0.0.0") == 0;
}

static void on_reoffer(void *leg_arg, struct sip_leg *leg, const struct sdp *offer)
{
	struct conn *n = leg_arg;
	struct sdp answer;

	if (!n || !n->port || n->port_closing) {
		(void)sip_leg_reoffer_answer(leg, NULL);
		return;
	}
	n->local.session_version++;
	if (sdp_answer_make(&answer, offer, &n->local, &n->agreed) < 0) {
		(void)sip_leg_reoffer_answer(leg, NULL);
		return;
	}
	(void)sip_leg_reoffer_answer(leg, &answer);
	conn_media_on(n);
	call_hold(n->call, n, holds(&n->agreed));
}

static void on_info_digit(void *leg_arg, struct sip_leg *leg, char digit, uint32_t duration_ms)
{
	struct conn *n = leg_arg;

	(void)leg;
	(void)duration_ms;
	if (n && !n->device)
		call_port_handlers.on_digit(n, digit);
}

static void citizen_ended(struct call *c, const struct sip_end *end)
{
	if (c->phase >= CALL_ENDING)
		return;
	c->q850 = end->q850;
	c->sip_status = end->status;
	call_begin_end(c, cause_of_end(end), NULL);
}

/* What its end means to the call. */
static void conn_ended(struct call *c, struct conn *n, const struct sip_end *end)
{
	call_tell_conn(c,
		end->cause == SIP_END_REFUSED || end->cause == SIP_END_TIMEOUT ? GHL_EV_FAILED
									       : GHL_EV_CONN_CLEARED,
		n, cause_of_end(end));
	if (n == c->device && c->phase == CALL_LIVE)
		call_device_ended(c, n, end);
	else if (n == c->parked && c->phase == CALL_LIVE)
		call_parked_ended(c);
	else if (n == c->citizen)
		citizen_ended(c, end);
	if (n != c->citizen || c->phase >= CALL_KEEPING)
		conn_port_close(n);
	conn_move(n, GHL_CONN_NULL);
	conn_settle(n);
}

static void on_ended(void *leg_arg, struct sip_leg *leg, const struct sip_end *end)
{
	struct conn *n = leg_arg;

	if (!n)
		return;
	if (leg == n->next) {
		call_not_replaced(n, end);
		if (!n->leg)
			conn_ended(n->call, n, end);
		return;
	}
	n->leg = NULL;
	if (!n->next && !call_redirected(n, end))
		conn_ended(n->call, n, end);
}

void calls_sip_handlers(struct sip_handlers *h)
{
	h->on_ringing = on_ringing;
	h->on_established = on_established;
	h->on_reoffer = on_reoffer;
	h->on_info_digit = on_info_digit;
	h->on_refer = call_on_refer;
	h->on_ended = on_ended;
}

/* A phone is who it proved to be, whatever its From says. */
static void take_parties(struct call *c, const struct sip_invite *invite)
{
	if (invite->account[0])
		(void)text_copy(c->calling, sizeof(c->calling), invite->account);
	else if (!invite->anonymous)
		(void)number_normalise(&c->cs->opts.numbers, invite->calling, c->calling);
	(void)text_copy(
		c->calling_name, sizeof(c->calling_name), invite->anonymous ? "" : invite->calling_name);
	if (c->direction != GHL_CALL_OUTBOUND)
		(void)text_copy(c->called, sizeof(c->called), invite->called);
	(void)text_copy(c->trunk, sizeof(c->trunk), invite->trunk);
	(void)text_copy(c->account, sizeof(c->account), invite->account);
	(void)text_copy(c->sip_call_id, sizeof(c->sip_call_id), invite->call_id);
}

/* A phone that dials a number outside is the agent's side of an outbound call; else who calls is the
 * citizen's side. */
static struct conn *take_caller(struct calls *cs, struct call *c, const struct sip_invite *invite)
{
	bool phone = invite->account[0] != '\0';
	bool outward = phone && cs->handlers.dials_out &&
		       cs->handlers.dials_out(cs->arg, invite->account, invite->called, c->called);
	struct conn *n = conn_new(c, outward);

	if (!n)
		return NULL;
	n->incoming = true;
	c->direction = outward ? GHL_CALL_OUTBOUND : phone ? GHL_CALL_INTERNAL : GHL_CALL_INBOUND;
	(void)text_copy(n->account, sizeof(n->account), invite->account);
	if (outward) {
		c->device = n;
		(void)text_copy(c->device_account, sizeof(c->device_account), invite->account);
	} else {
		c->citizen = n;
	}
	take_parties(c, invite);
	return n;
}

void calls_invite(struct calls *cs, struct sip_leg *leg, const struct sip_invite *invite)
{
	struct call *c = cs->stopping ? NULL : call_new(cs);
	struct conn *n = c ? take_caller(cs, c, invite) : NULL;

	if (!n || call_take_offer(n, invite->offer) < 0) {
		sip_leg_arg_set(leg, NULL);
		(void)sip_leg_reject(leg, 503, "Service Unavailable");
		if (c)
			call_drop(c);
		return;
	}
	n->leg = leg;
	sip_leg_arg_set(leg, n);
	conn_move(n, GHL_CONN_ALERTING);
	call_start(c);
}

int call_conn_clear(struct call *c, ghl_conn conn, const struct actor *actor)
{
	struct conn *n = conn_by_id(c->cs, conn);

	if (!n || n->call != c || !n->leg || n->closing)
		return GHL_ENOENT;
	if (!n->device)
		return call_clear(c, GHL_CAUSE_FORCED_CLEAR, actor);
	conn_close(n, 16);
	return 0;
}
