/*
 * reoffer.c - new offers within a dialog, both ways: re-INVITE (RFC 3261 section 14) and UPDATE (RFC 3311),
 * with glare.
 *
 * One offer is under way at a time. While ours is, the peer's gets 491; while the peer's waits for the
 * answer, a second one gets 500 with Retry-After. Our offer that met a 491 goes out again after the time of
 * section 14.1.
 */
#include "sip_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#define TRIES_MAX 5

static void tell_done(struct sip_leg *leg, uint16_t status, const struct sdp *answer)
{
	if (leg->sip->o.handlers.on_reoffer_done)
		leg->sip->o.handlers.on_reoffer_done(leg->arg, leg, status, answer);
}

/* The ACK to our 200 brings the answer when the re-INVITE had no offer; or the peer cancels, or is silent. */
static int on_ack_or_cancel(void *arg, nta_incoming_t *irq, const sip_t *m)
{
	struct sip_leg *leg = arg;
	bool without = leg->reoffer_without_sdp;
	struct sdp *answer;

	if (irq != leg->reoffer_in || leg->state == LEG_OVER)
		return 0;
	if (m && m->sip_request->rq_method == sip_method_cancel) {
		(void)nta_incoming_treply(irq, 487, "Request Terminated", TAG_END());
		m = NULL;
		without = false;
	}
	leg->reoffer_in = NULL;
	leg->reoffer_without_sdp = false;
	nta_incoming_destroy(irq);
	if (!m || !without || m->sip_request->rq_method != sip_method_ack)
		return 0;
	answer = malloc(sizeof(*answer));
	if (answer && body_sdp(m, answer, NULL) > 0)
		tell_done(leg, 200, answer);
	free(answer);
	return 0;
}

static void reply_ok(struct sip_leg *leg, nta_incoming_t *irq, const char *sdp)
{
	char contact[SIP_URI_MAX + 4], session[64];

	(void)snprintf(contact, sizeof(contact), "<%s>", leg->dialog->contact);
	session_header(leg, session);
	(void)nta_incoming_treply(irq, 200, "OK", SIPTAG_CONTACT_STR(contact), SIPTAG_ALLOW_STR(ALLOW),
		SIPTAG_SUPPORTED_STR(SUPPORTED), TAG_IF(session[0], SIPTAG_SESSION_EXPIRES_STR(session)),
		TAG_IF(session[0] && !leg->we_refresh, SIPTAG_REQUIRE_STR("timer")),
		TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)),
		TAG_END());
	session_start(leg);
}

static int retry_later(nta_incoming_t *irq)
{
	(void)nta_incoming_treply(irq, 500, "Server Internal Error", SIPTAG_RETRY_AFTER_STR("2"), TAG_END());
	nta_incoming_destroy(irq);
	return 0;
}

static int too_small(const struct sip_leg *leg, nta_incoming_t *irq)
{
	char min[16];

	(void)snprintf(min, sizeof(min), "%u", (unsigned)leg->sip->o.session_min_s);
	(void)nta_incoming_treply(irq, 422, "Session Interval Too Small", SIPTAG_MIN_SE_STR(min), TAG_END());
	nta_incoming_destroy(irq);
	return 0;
}

/* Status to refuse it with, or 0. */
static int check_peer_offer(const struct sip_leg *leg)
{
	if (leg->reoffer_out || leg->state != LEG_UP)
		return 491;
	return leg->reoffer_in ? 500 : 0;
}

/* Refreshes the remote target (RFC 3261 12.2.2); one that is no good leaves the old in place. */
static void refresh_target(struct sip_leg *leg, const sip_t *m)
{
	if (contact_is_good(m))
		(void)nta_leg_client_reroute(leg->dialog->dialog, NULL, m->sip_contact, 0);
}

static int take_offer(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m)
{
	struct sdp *offer = malloc(sizeof(*offer));
	int rc = offer ? body_sdp(m, offer, NULL) : GHL_ENOMEM;

	if (rc > 0) {
		leg->reoffer_in = irq;
		if (leg->sip->o.handlers.on_reoffer)
			leg->sip->o.handlers.on_reoffer(leg->arg, leg, offer);
		else
			(void)sip_leg_reoffer_answer(leg, NULL);
	}
	free(offer);
	return rc == GHL_EPARSE ? 400 : rc == GHL_EUNSUPPORTED ? 415 : rc == GHL_ENOMEM ? 500 : 0;
}

int reoffer_on_invite(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m)
{
	int status = check_peer_offer(leg);

	if (status)
		return status == 500 ? retry_later(irq) : status;
	if (m->sip_contact && !contact_is_good(m))
		return 400;
	if (session_ask(leg, m))
		return too_small(leg, irq);
	refresh_target(leg, m);
	nta_incoming_bind(irq, on_ack_or_cancel, leg);
	if (m->sip_payload && m->sip_payload->pl_len)
		return take_offer(leg, irq, m);
	if (!leg->local_sdp)
		return 488;
	leg->reoffer_in = irq;
	leg->reoffer_without_sdp = true;
	reply_ok(leg, irq, leg->local_sdp);
	return 0;
}

int reoffer_on_update(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m)
{
	bool has_offer = m->sip_payload && m->sip_payload->pl_len;
	int status = has_offer ? check_peer_offer(leg) : 0;

	if (status)
		return status == 500 ? retry_later(irq) : status;
	if (session_ask(leg, m))
		return too_small(leg, irq);
	refresh_target(leg, m);
	if (has_offer)
		return take_offer(leg, irq, m);
	reply_ok(leg, irq, NULL);
	nta_incoming_destroy(irq);
	return 0;
}

int sip_leg_reoffer_answer(struct sip_leg *leg, const struct sdp *answer)
{
	nta_incoming_t *irq = leg->reoffer_in;
	bool is_invite = irq && nta_incoming_method(irq) == sip_method_invite;

	if (!irq || leg->state != LEG_UP || nta_incoming_status(irq) >= 200)
		return GHL_ESTATE;
	if (answer && leg_keep_sdp(leg, answer) < 0)
		return GHL_EINVAL;
	if (answer)
		reply_ok(leg, irq, leg->local_sdp);
	else
		(void)nta_incoming_treply(irq, 488, "Not Acceptable Here", TAG_END());
	if (answer && is_invite)
		return 0; /* until the ACK */
	leg->reoffer_in = NULL;
	nta_incoming_destroy(irq);
	return 0;
}

static void on_glare_timer(void *arg)
{
	struct sip_leg *leg = arg;

	if (leg->state == LEG_UP && reoffer_send(leg) < 0)
		tell_done(leg, 491, NULL);
}

/* 2.1..4 s for who made the Call-ID, 0..2 s for the other, in steps of 10 ms. */
static void wait_for_glare(struct sip_leg *leg)
{
	char hex[9];
	uint64_t noise;

	random_hex(hex, 8);
	hex[8] = 0;
	noise = strtoull(hex, NULL, 16);
	loop_timer_start(leg->sip->loop, &leg->glare_timer,
		leg->inbound ? noise % 201 * 10 : 2100 + noise % 191 * 10, on_glare_timer, leg);
}

static void on_answer(struct sip_leg *leg, const sip_t *m)
{
	struct sdp *answer = malloc(sizeof(*answer));
	bool told = leg->reoffer_told;
	int rc = answer ? body_sdp(m, answer, NULL) : GHL_ENOMEM;

	leg_set_route(leg->dialog, m);
	leg_ack(leg->dialog, m->sip_cseq->cs_seq);
	free(leg->local_sdp);
	leg->local_sdp = leg->reoffer_sdp;
	leg->reoffer_sdp = NULL;
	session_answered(leg, m);
	session_start(leg);
	if (told)
		tell_done(leg, rc > 0 ? 200 : 488, rc > 0 ? answer : NULL);
	free(answer);
}

static void on_refused(struct sip_leg *leg, uint16_t status, const sip_t *m)
{
	bool told = leg->reoffer_told;

	if (status == 491 && leg->reoffer_tries < TRIES_MAX) {
		wait_for_glare(leg);
		return;
	}
	if ((status == 401 || status == 407) && leg->trunk && m && leg->reoffer_tries < 3 &&
		login_read(&leg->dialog->login, m) && reoffer_send(leg) == 0)
		return;
	free(leg->reoffer_sdp);
	leg->reoffer_sdp = NULL;
	if (status == 408 || status == 481) {
		leg_bye(leg, leg->dialog, 102);
		leg_over(leg, SIP_END_TIMEOUT, status, 102, "the peer is gone");
	} else if (told) {
		tell_done(leg, status, NULL);
	} else {
		session_start(leg);
	}
}

static int on_response(void *arg, nta_outgoing_t *request, const sip_t *m)
{
	struct branch *b = arg;
	struct sip_leg *leg = b->leg;
	int status = nta_outgoing_status(request);

	if (status < 200 || request != leg->reoffer_out || leg->state != LEG_UP)
		return 0;
	if (status < 300 && m)
		on_answer(leg, m); /* the ACK needs the INVITE's transaction */
	leg->reoffer_out = NULL;
	if (status >= 300)
		on_refused(leg, (uint16_t)status, m);
	nta_outgoing_destroy(request);
	return 0;
}

int reoffer_send(struct sip_leg *leg)
{
	char contact[SIP_URI_MAX + 4], session[64] = "";

	if (leg->reoffer_in) {
		wait_for_glare(leg);
		return 0;
	}
	(void)snprintf(contact, sizeof(contact), "<%s>", leg->dialog->contact);
	if (leg->session_s)
		(void)snprintf(session, sizeof(session), "%u;refresher=%s", (unsigned)leg->session_s,
			leg->we_refresh ? "uac" : "uas");
	leg->reoffer_tries++;
	leg->reoffer_out = leg_request(leg->dialog, on_response, SIP_METHOD_INVITE,
		SIPTAG_CONTACT_STR(contact), SIPTAG_ALLOW_STR(ALLOW), SIPTAG_SUPPORTED_STR(SUPPORTED),
		TAG_IF(session[0], SIPTAG_SESSION_EXPIRES_STR(session)),
		SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(leg->reoffer_sdp), TAG_END());
	return leg->reoffer_out ? 0 : GHL_EIO;
}

static int start(struct sip_leg *leg, const char *sdp, bool told)
{
	int rc;

	if (leg->state != LEG_UP || leg->reoffer_sdp)
		return GHL_ESTATE;
	rc = leg_keep_text(&leg->reoffer_sdp, sdp);
	if (rc < 0)
		return rc;
	leg->reoffer_tries = 0;
	leg->reoffer_told = told;
	rc = reoffer_send(leg);
	if (rc < 0) {
		free(leg->reoffer_sdp);
		leg->reoffer_sdp = NULL;
	}
	return rc;
}

int reoffer_refresh(struct sip_leg *leg)
{
	return leg->local_sdp ? start(leg, leg->local_sdp, false) : GHL_ESTATE;
}

int sip_leg_reoffer(struct sip_leg *leg, const struct sdp *offer)
{
	char text[4096];
	int n = sdp_print(offer, text, sizeof(text));

	return n < 0 ? n : start(leg, text, true);
}
