/*
 * legs.c - what the sip legs of a call tell and are told: the INVITE that begins it, the answer, hold by
 * re-INVITE (RFC 3264 8.4), the end of a leg in whatever way. REFER is refused: a transfer is a service here
 * (CSTA), so that no phone can send a citizen where the dial rules do not allow.
 */
#include "call_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void on_ringing(void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *sdp)
{
	struct conn *n = leg_arg;

	(void)leg;
	(void)status;
	(void)sdp; /* early media of a phone is not played: the citizen hears the queue's music */
	if (!n || n->closing || n->state != GHL_CONN_INITIATED)
		return;
	conn_move(n, GHL_CONN_ALERTING);
	call_tell_conn(n->call, GHL_EV_DELIVERED, n, GHL_CAUSE_NONE);
}

static void on_established(void *leg_arg, struct sip_leg *leg, const struct sdp *sdp)
{
	struct conn *n = leg_arg;
	struct call *c = n ? n->call : NULL;

	(void)leg;
	if (!n || n->closing || c->phase != CALL_LIVE)
		return;
	if (n->device) {
		call_device_answered(c, n, sdp);
		return;
	}
	if (c->direction == GHL_CALL_OUTBOUND) {
		call_outbound_reached(c, sdp);
		return;
	}
	if (n->answered)
		return;
	if (!sdp || sdp_answer_read(sdp, &n->local, &n->agreed) < 0)
		call_begin_end(c, GHL_CAUSE_INCOMPATIBLE_DESTINATION, NULL);
	else
		conn_media_on(n);
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

static void on_refer(void *leg_arg, struct sip_leg *leg, const char *target_user, const char *refer_to)
{
	(void)leg_arg;
	(void)target_user;
	(void)refer_to;
	(void)sip_leg_refer_reply(leg, false);
}

static void citizen_ended(struct call *c, const struct sip_end *end)
{
	if (c->phase >= CALL_ENDING)
		return;
	c->q850 = end->q850;
	c->sip_status = end->status;
	call_begin_end(c, cause_of_end(end), NULL);
}

static void on_ended(void *leg_arg, struct sip_leg *leg, const struct sip_end *end)
{
	struct conn *n = leg_arg;
	struct call *c;

	(void)leg;
	if (!n)
		return;
	c = n->call;
	n->leg = NULL;
	call_tell_conn(c,
		end->cause == SIP_END_REFUSED || end->cause == SIP_END_TIMEOUT ? GHL_EV_FAILED
									       : GHL_EV_CONN_CLEARED,
		n, cause_of_end(end));
	if (n == c->device && c->phase == CALL_LIVE)
		call_device_ended(c, n, end);
	else if (n == c->citizen)
		citizen_ended(c, end);
	if (n != c->citizen || c->phase >= CALL_KEEPING)
		conn_port_close(n);
	conn_move(n, GHL_CONN_NULL);
	conn_settle(n);
}

void calls_sip_handlers(struct sip_handlers *h)
{
	h->on_ringing = on_ringing;
	h->on_established = on_established;
	h->on_reoffer = on_reoffer;
	h->on_info_digit = on_info_digit;
	h->on_refer = on_refer;
	h->on_ended = on_ended;
}

static void take_parties(struct call *c, const struct sip_invite *invite)
{
	c->direction = GHL_CALL_INBOUND;
	if (!invite->anonymous)
		(void)number_normalise(&c->cs->opts.numbers, invite->calling, c->calling);
	(void)text_copy(
		c->calling_name, sizeof(c->calling_name), invite->anonymous ? "" : invite->calling_name);
	(void)text_copy(c->called, sizeof(c->called), invite->called);
	(void)text_copy(c->trunk, sizeof(c->trunk), invite->trunk);
	(void)text_copy(c->account, sizeof(c->account), invite->account);
	(void)text_copy(c->sip_call_id, sizeof(c->sip_call_id), invite->call_id);
}

static int take_offer(struct call *c, const struct sdp *offer)
{
	if (!offer)
		return 0;
	c->offer = malloc(sizeof(*offer));
	if (!c->offer)
		return GHL_ENOMEM;
	*c->offer = *offer;
	return 0;
}

void calls_invite(struct calls *cs, struct sip_leg *leg, const struct sip_invite *invite)
{
	struct call *c = cs->stopping ? NULL : call_new(cs);

	if (c)
		c->citizen = conn_new(c, false);
	if (!c || !c->citizen || take_offer(c, invite->offer) < 0) {
		sip_leg_arg_set(leg, NULL);
		(void)sip_leg_reject(leg, 503, "Service Unavailable");
		if (c)
			call_drop(c);
		return;
	}
	take_parties(c, invite);
	c->citizen->leg = leg;
	(void)text_copy(c->citizen->account, sizeof(c->citizen->account), invite->account);
	sip_leg_arg_set(leg, c->citizen);
	conn_move(c->citizen, GHL_CONN_ALERTING);
	call_start(c);
}

static bool offered(const struct call *c)
{
	return c->phase == CALL_LIVE && c->direction == GHL_CALL_INBOUND && c->citizen && c->citizen->leg &&
	       c->citizen->state == GHL_CONN_ALERTING;
}

int call_ring(struct call *c)
{
	return offered(c) ? sip_leg_ring(c->citizen->leg) : GHL_ESTATE;
}

int call_reject(struct call *c, uint16_t sip_status, enum ghl_call_cause cause)
{
	if (!offered(c))
		return GHL_ESTATE;
	c->rejected = true;
	c->sip_status = sip_status;
	c->q850 = cause_q850(cause);
	c->citizen->closing = true;
	(void)sip_leg_reject(c->citizen->leg, sip_status, NULL);
	call_begin_end(c, cause, NULL);
	return 0;
}

/* 200 with our answer, or with an offer where the INVITE had none. */
static int send_answer(struct conn *n, const struct sdp *offer)
{
	struct sdp out;
	int rc = 0;

	if (offer)
		rc = sdp_answer_make(&out, offer, &n->local, &n->agreed);
	else
		sdp_offer_make(&out, &n->local);
	return rc < 0 ? rc : sip_leg_answer(n->leg, &out);
}

int call_answer(struct call *c)
{
	struct conn *n = c->citizen;
	int rc;

	if (!offered(c))
		return GHL_ESTATE;
	rc = conn_port_open(n);
	if (rc < 0) {
		(void)call_reject(c, 503, GHL_CAUSE_RESOURCES_NOT_AVAILABLE);
		return rc;
	}
	rc = send_answer(n, c->offer);
	if (rc < 0) {
		(void)call_reject(c, rc == GHL_EUNSUPPORTED ? 488 : 500, GHL_CAUSE_INCOMPATIBLE_DESTINATION);
		return rc;
	}
	if (c->record)
		(void)record_begin(c->record, n->port); /* a failure is the recording's, not the call's */
	if (c->offer)
		conn_media_on(n);
	free(c->offer);
	c->offer = NULL;
	c->connected_at_us = loop_utc_us(c->cs->core->loop);
	conn_move(n, GHL_CONN_CONNECTED);
	return 0;
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
