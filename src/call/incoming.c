/*
 * incoming.c - the party whose INVITE came to us (a citizen, or a phone that dialled a number itself): its
 * ringing, early media, answer and refusal (RFC 3261 13.3, early media as RFC 3960 has it). Who is called
 * meanwhile is told elsewhere.
 */
#include "call_priv.h"

#include <stdlib.h>

struct conn *call_waiting(const struct call *c)
{
	struct conn *n = c->direction == GHL_CALL_OUTBOUND ? c->device : c->citizen;

	if (c->phase != CALL_LIVE || !n || !n->incoming || !n->leg || n->closing)
		return NULL;
	return n->state == GHL_CONN_ALERTING ? n : NULL;
}

int call_take_offer(struct conn *n, const struct sdp *offer)
{
	if (!offer)
		return 0;
	n->offer = malloc(sizeof(*offer));
	if (!n->offer)
		return GHL_ENOMEM;
	*n->offer = *offer;
	return 0;
}

int call_ring(struct call *c)
{
	struct conn *n = call_waiting(c);

	return n && !c->early ? sip_leg_ring(n->leg) : GHL_ESTATE;
}

int call_reject(struct call *c, uint16_t sip_status, enum ghl_call_cause cause)
{
	struct conn *n = call_waiting(c);

	if (!n)
		return GHL_ESTATE;
	c->rejected = true;
	c->sip_status = sip_status;
	c->q850 = cause_q850(cause);
	n->closing = true;
	(void)sip_leg_reject(n->leg, sip_status, NULL);
	call_begin_end(c, cause, NULL);
	return 0;
}

/* What we say to its offer, or our offer where it made none; the media of a first answer begins. */
static int agree(struct conn *n, struct sdp *out)
{
	int rc = n->port ? 0 : conn_port_open(n);

	if (rc == 0 && n->offer)
		rc = sdp_answer_make(out, n->offer, &n->local, &n->agreed);
	else if (rc == 0)
		sdp_offer_make(out, &n->local);
	return rc;
}

static void begin_media(struct call *c, struct conn *n)
{
	if (n->offer && !n->answered)
		conn_media_on(n);
	if (c->record && !n->device)
		(void)record_begin(c->record, n->port); /* a failure is the recording's, not the call's */
}

int call_progress(struct call *c)
{
	struct conn *n = call_waiting(c);
	struct sdp answer;
	int rc;

	if (!n || c->early)
		return GHL_ESTATE;
	if (!n->offer)
		return GHL_EUNSUPPORTED;
	rc = agree(n, &answer);
	if (rc == 0)
		rc = sip_leg_progress(n->leg, &answer);
	if (rc < 0)
		return rc;
	c->early = true;
	begin_media(c, n);
	call_state_update(c);
	return 0;
}

int call_answer(struct call *c)
{
	struct conn *n = call_waiting(c);
	struct sdp answer;
	int rc;

	if (!n)
		return GHL_ESTATE;
	rc = agree(n, &answer);
	if (rc == 0)
		rc = sip_leg_answer(n->leg, &answer);
	if (rc < 0) {
		(void)call_reject(c,
			rc == GHL_EUNSUPPORTED ? 488
			: n->port              ? 500
					       : 503,
			n->port ? GHL_CAUSE_INCOMPATIBLE_DESTINATION : GHL_CAUSE_RESOURCES_NOT_AVAILABLE);
		return rc;
	}
	if (!c->early)
		begin_media(c, n);
	c->early = false;
	free(n->offer);
	n->offer = NULL;
	c->connected_at_us = loop_utc_us(c->cs->core->loop);
	conn_move(n, GHL_CONN_CONNECTED);
	return 0;
}
