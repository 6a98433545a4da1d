/*
 * leg_in.c - inbound legs: from the INVITE that passed the door to its ACK. Provisional responses go reliably
 * where the caller can (RFC 3262), and again every minute; a 2xx is repeated by the stack until the ACK
 * comes, and if none comes the leg is ended with a BYE (RFC 3261 13.3.1.4).
 */
#include "sip_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#define REMIND_T1 120 /* a minute */

static void on_ack(struct sip_leg *leg, const sip_t *m)
{
	struct sdp *answer = NULL;
	int rc = 0;

	if (leg->state == LEG_CLOSING) {
		leg_bye(leg, leg->dialog, leg->local_q850);
		leg_over(leg, SIP_END_LOCAL, 0, leg->local_q850, "");
		return;
	}
	if (leg->offered_in_200) {
		answer = malloc(sizeof(*answer));
		rc = answer ? body_sdp(m, answer, NULL) : GHL_ENOMEM;
	}
	if (leg_move(leg, LEG_EV_ACK) < 0)
		goto out;
	if (leg->offered_in_200 && rc <= 0) {
		leg_bye(leg, leg->dialog, 88);
		leg_over(leg, SIP_END_REFUSED, 0, 88, "no usable answer in the ACK");
		goto out;
	}
	session_start(leg);
	leg->sip->o.handlers.on_established(leg->arg, leg, answer);
out:
	free(answer);
}

/* NULL: no ACK or no PRACK in time; else a CANCEL or the ACK. The stack answers a CANCEL with 200 and the
 * INVITE with 487 itself. */
static int on_ack_or_cancel(void *arg, nta_incoming_t *irq, const sip_t *m)
{
	struct sip_leg *leg = arg;

	(void)irq;
	if (leg->state == LEG_OVER)
		return 0;
	if (!m) {
		if (leg->state == LEG_ANSWERED || leg->state == LEG_CLOSING)
			leg_bye(leg, leg->dialog, 102);
		leg_over(leg, SIP_END_TIMEOUT, 0, 102, "no acknowledgement");
	} else if (m->sip_request->rq_method == sip_method_cancel) {
		leg_over(leg, SIP_END_CANCELLED, 0, q850_of(m, 0), "");
	} else if (m->sip_request->rq_method == sip_method_ack) {
		on_ack(leg, m);
	}
	return 0;
}

static bool has_item(const msg_param_t *items, const char *item)
{
	for (const msg_param_t *p = items; p && *p; p++)
		if (!strcasecmp(*p, item))
			return true;
	return false;
}

static void note_peer(struct sip_leg *leg, const sip_t *m)
{
	const msg_param_t *supported = m->sip_supported ? m->sip_supported->k_items : NULL;
	const msg_param_t *required = m->sip_require ? m->sip_require->k_items : NULL;

	leg->peer_100rel = has_item(supported, "100rel") || has_item(required, "100rel");
	leg->peer_timer = has_item(supported, "timer") || has_item(required, "timer");
	leg->peer_update = has_item(m->sip_allow ? m->sip_allow->k_items : NULL, "UPDATE");
	(void)text_copy(leg->call_id, sizeof(leg->call_id), m->sip_call_id->i_id);
	(void)session_ask(leg, m);
}

static bool make_dialog(struct sip_leg *leg, msg_t *msg, const sip_t *m)
{
	struct branch *b = leg->dialog;
	sip_t *writable = sip_object(msg);

	b->dialog = nta_leg_tcreate(leg->sip->nta, leg_on_request, b, SIPTAG_CALL_ID(m->sip_call_id),
		SIPTAG_FROM(m->sip_to), SIPTAG_TO(m->sip_from), NTATAG_REMOTE_CSEQ(m->sip_cseq->cs_seq),
		TAG_END());
	if (!b->dialog || !nta_leg_tag(b->dialog, NULL))
		return false;
	(void)nta_leg_server_route(b->dialog, m->sip_record_route, m->sip_contact);
	leg->invite = nta_incoming_create(leg->sip->nta, b->dialog, msg, writable, TAG_END());
	if (!leg->invite)
		return false;
	nta_incoming_bind(leg->invite, on_ack_or_cancel, leg);
	return true;
}

static void tell_invite(
	struct sip_leg *leg, const sip_t *m, const struct source *from, const struct sdp *offer)
{
	struct identity who;
	char called[SIP_USER_MAX] = "";
	const url_t *to = m->sip_request->rq_url;
	const char *user = to->url_type == url_tel ? to->url_host : to->url_user;
	struct sip_invite invite = {.trunk = leg->trunk ? leg->trunk->cfg.name : "",
		.account = leg->account,
		.called = called,
		.call_id = leg->call_id,
		.source = from->text,
		.offer = offer,
		.user_agent = ""};

	identity_of(m, leg->trunk != NULL, &who);
	if (user && strlen(user) < sizeof(called))
		(void)url_unescape(called, user);
	if (!text_is_utf8(called, strlen(called)))
		called[0] = 0;
	invite.calling = who.user;
	invite.calling_name = who.name;
	invite.anonymous = who.anonymous;
	if (m->sip_user_agent && m->sip_user_agent->g_string)
		invite.user_agent = m->sip_user_agent->g_string;
	leg->sip->stat.invites_in++;
	leg->sip->o.handlers.on_invite(leg->sip->o.arg, leg, &invite);
}

/* 0: msg was taken; else the status to refuse it with. */
int leg_in_create(struct sip *sip, msg_t *msg, const sip_t *m, const struct source *from, struct trunk *trunk,
	const char *account)
{
	struct sdp *offer = malloc(sizeof(*offer));
	struct sip_leg *leg;
	int has_offer = offer ? body_sdp(m, offer, NULL) : GHL_ENOMEM;

	if (has_offer < 0) {
		free(offer);
		return has_offer == GHL_EUNSUPPORTED ? 415 : has_offer == GHL_EPARSE ? 400 : 500;
	}
	leg = leg_new(sip, true, 1);
	if (!leg) {
		free(offer);
		return 500;
	}
	leg->trunk = trunk;
	if (trunk)
		trunk_take(trunk);
	else
		(void)text_copy(leg->dialog->route, sizeof(leg->dialog->route),
			m->sip_record_route ? "" : from->route);
	(void)text_copy(leg->account, sizeof(leg->account), account);
	leg->offered_in_200 = has_offer == 0;
	note_peer(leg, m);
	contact_text(sip, from->transport, from->ipv6, from->address, leg->dialog->contact);
	if (!make_dialog(leg, msg, m)) {
		leg_over(leg, SIP_END_REFUSED, 500, 41, "no dialog");
	} else {
		(void)nta_incoming_treply(leg->invite, 100, "Trying", TAG_END());
		tell_invite(leg, m, from, has_offer ? offer : NULL);
	}
	free(offer);
	return 0;
}

static char *contact_header(const struct sip_leg *leg, char out[SIP_URI_MAX + 4])
{
	(void)snprintf(out, SIP_URI_MAX + 4, "<%s>", leg->dialog->contact);
	return out;
}

static int provisional(struct sip_leg *leg, int status, const char *phrase, const char *sdp);

static int on_prack(void *arg, nta_reliable_t *rel, nta_incoming_t *prack, const sip_t *m)
{
	(void)arg;
	(void)prack;
	(void)m;
	nta_reliable_destroy(rel);
	return 200;
}

/* Proxies on the way give up after three minutes of silence (RFC 3261 13.3.1.1). */
static void on_ring_timer(void *arg)
{
	struct sip_leg *leg = arg;

	(void)provisional(leg, nta_incoming_status(leg->invite),
		nta_incoming_status(leg->invite) == 183 ? "Session Progress" : "Ringing", NULL);
}

static int provisional(struct sip_leg *leg, int status, const char *phrase, const char *sdp)
{
	char contact[SIP_URI_MAX + 4];

	if (leg->state != LEG_OFFERED)
		return GHL_ESTATE;
	contact_header(leg, contact);
	loop_timer_start(leg->sip->loop, &leg->ring_timer, (uint64_t)REMIND_T1 * leg->sip->o.t1_ms,
		on_ring_timer, leg);
	if (leg->peer_100rel && sdp)
		return nta_reliable_treply(leg->invite, on_prack, leg, status, phrase,
			       SIPTAG_CONTACT_STR(contact), SIPTAG_REQUIRE_STR("100rel"),
			       SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(sdp), TAG_END())
			       ? 0
			       : GHL_EIO;
	return nta_incoming_treply(leg->invite, status, phrase, SIPTAG_CONTACT_STR(contact),
		       SIPTAG_ALLOW_STR(ALLOW), TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		       TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END()) < 0
		       ? GHL_EIO
		       : 0;
}

int sip_leg_ring(struct sip_leg *leg)
{
	return provisional(leg, 180, "Ringing", NULL);
}

int sip_leg_progress(struct sip_leg *leg, const struct sdp *sdp)
{
	int rc;

	if (leg->state != LEG_OFFERED)
		return GHL_ESTATE;
	rc = leg_keep_sdp(leg, sdp);
	return rc < 0 ? rc : provisional(leg, 183, "Session Progress", leg->local_sdp);
}

int sip_leg_answer(struct sip_leg *leg, const struct sdp *sdp)
{
	char contact[SIP_URI_MAX + 4], session[64];
	int rc;

	if (leg->state != LEG_OFFERED)
		return GHL_ESTATE;
	rc = leg_keep_sdp(leg, sdp);
	if (rc < 0)
		return rc;
	session_header(leg, session);
	rc = leg_move(leg, LEG_EV_ANSWER);
	if (rc < 0)
		return rc;
	loop_timer_stop(leg->sip->loop, &leg->ring_timer);
	return nta_incoming_treply(leg->invite, 200, "OK", SIPTAG_CONTACT_STR(contact_header(leg, contact)),
		       SIPTAG_ALLOW_STR(ALLOW), SIPTAG_SUPPORTED_STR(SUPPORTED),
		       TAG_IF(session[0], SIPTAG_SESSION_EXPIRES_STR(session)),
		       TAG_IF(session[0] && !leg->we_refresh, SIPTAG_REQUIRE_STR("timer")),
		       SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(leg->local_sdp),
		       TAG_END()) < 0
		       ? GHL_EIO
		       : 0;
}

static int refuse(struct sip_leg *leg, uint16_t status, const char *phrase, const char *contact, uint8_t q850)
{
	char reason[32], retry[16];
	bool busy = status == 503;

	if (leg->state != LEG_OFFERED)
		return GHL_ESTATE;
	(void)snprintf(retry, sizeof(retry), "%u", (unsigned)leg->sip->o.retry_after_s);
	(void)nta_incoming_treply(leg->invite, status, phrase, TAG_IF(contact, SIPTAG_CONTACT_STR(contact)),
		TAG_IF(q850, SIPTAG_REASON_STR(reason_text(q850, reason))),
		TAG_IF(busy, SIPTAG_RETRY_AFTER_STR(retry)), TAG_END());
	leg_over(leg, SIP_END_LOCAL, status, q850 ? q850 : q850_of(NULL, status), phrase);
	return 0;
}

int sip_leg_reject(struct sip_leg *leg, uint16_t status, const char *phrase)
{
	if (status < 400 || status > 699)
		return GHL_EINVAL;
	return refuse(leg, status, phrase, NULL, 0);
}

int sip_leg_redirect(struct sip_leg *leg, const char *uri)
{
	char contact[SIP_URI_MAX + 4];

	if (strlen(uri) >= SIP_URI_MAX)
		return GHL_EINVAL;
	(void)snprintf(contact, sizeof(contact), "<%s>", uri);
	return refuse(leg, 302, "Moved Temporarily", contact, 0);
}

/* Before the answer a refusal; after it the BYE must wait for the ACK. */
int leg_in_end(struct sip_leg *leg, uint8_t q850)
{
	const char *phrase;
	uint16_t status = status_of_q850(q850, &phrase);

	if (leg->state == LEG_ANSWERED)
		return leg_move(leg, LEG_EV_END);
	return refuse(leg, status, phrase, NULL, q850);
}
