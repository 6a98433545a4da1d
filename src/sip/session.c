/*
 * session.c - session timers (RFC 4028): who refreshes a dialog, when, and when a dialog that nobody
 * refreshes is given up.
 *
 * We offer to refresh ourselves whenever the peer leaves it open. A refresh is an UPDATE without SDP where
 * the peer takes UPDATE, else a re-INVITE with the SDP we sent last.
 */
#include "sip_priv.h"

#include <stdio.h>
#include <strings.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

static bool is_uac(const sip_session_expires_t *x)
{
	return x->x_refresher && !strcasecmp(x->x_refresher, "uac");
}

static void refresh(void *arg);

static void expire(void *arg)
{
	struct sip_leg *leg = arg;

	leg_bye(leg, leg->dialog, 102);
	leg_over(leg, SIP_END_TIMEOUT, 0, 102, "session expired");
}

void session_start(struct sip_leg *leg)
{
	uint64_t ms = (uint64_t)leg->session_s * 1000, early_ms = ms / 3 < 32000 ? ms / 3 : 32000;

	if (leg->session_s == 0 || leg->state != LEG_UP)
		return;
	if (leg->we_refresh)
		loop_timer_start(leg->sip->loop, &leg->session_timer, ms / 2, refresh, leg);
	else
		loop_timer_start(leg->sip->loop, &leg->session_timer, ms - early_ms, expire, leg);
}

int session_ask(struct sip_leg *leg, const sip_t *m)
{
	const sip_session_expires_t *x = m->sip_session_expires;
	uint32_t ours = leg->sip->o.session_expires_s;

	if (x && x->x_delta < leg->sip->o.session_min_s)
		return 422;
	if (!leg->peer_timer && !x) {
		leg->session_s = ours; /* the peer knows nothing of it: we refresh alone (section 9) */
		leg->we_refresh = leg->peer_update;
		if (!leg->we_refresh)
			leg->session_s = 0;
		return 0;
	}
	leg->session_s = x && x->x_delta < ours ? (uint32_t)x->x_delta : ours;
	if (m->sip_min_se && leg->session_s < m->sip_min_se->min_delta && m->sip_min_se->min_delta <= 86400)
		leg->session_s = (uint32_t)m->sip_min_se->min_delta;
	leg->we_refresh = !x || !is_uac(x) || !leg->peer_timer;
	return 0;
}

void session_header(const struct sip_leg *leg, char out[64])
{
	out[0] = 0;
	if (leg->session_s)
		(void)snprintf(out, 64, "%u;refresher=%s", (unsigned)leg->session_s,
			leg->we_refresh ? "uas" : "uac");
}

/* The 2xx to our request: without the header there is no timer, unless it is ours to keep. */
void session_answered(struct sip_leg *leg, const sip_t *m)
{
	const sip_session_expires_t *x = m->sip_session_expires;

	leg->session_s = x && x->x_delta >= 2 && x->x_delta <= 86400 ? (uint32_t)x->x_delta : 0;
	leg->we_refresh = x && (!x->x_refresher || is_uac(x));
}

static void on_refreshed(struct sip_leg *leg, int status, const sip_t *m)
{
	if (status == 408 || status == 481) {
		leg_bye(leg, leg->dialog, 102);
		leg_over(leg, SIP_END_TIMEOUT, (uint16_t)status, 102, "refresh failed");
		return;
	}
	if (status == 422 && m && m->sip_min_se && m->sip_min_se->min_delta <= 86400)
		leg->session_s = (uint32_t)m->sip_min_se->min_delta;
	session_start(leg);
}

static int on_refresh_response(void *arg, nta_outgoing_t *request, const sip_t *m)
{
	struct sip_leg *leg = ((struct branch *)arg)->leg;
	int status = nta_outgoing_status(request);

	if (status < 200)
		return 0;
	leg->refresh = NULL;
	if (leg->state == LEG_UP)
		on_refreshed(leg, status, m);
	nta_outgoing_destroy(request);
	return 0;
}

static void refresh(void *arg)
{
	struct sip_leg *leg = arg;
	char session[64], contact[SIP_URI_MAX + 4];

	if (leg->reoffer_out || leg->reoffer_in || leg->refresh) {
		session_start(leg); /* what is under way refreshes too */
		return;
	}
	if (!leg->peer_update) {
		(void)reoffer_refresh(leg);
		return;
	}
	(void)snprintf(session, sizeof(session), "%u;refresher=uac", (unsigned)leg->session_s);
	(void)snprintf(contact, sizeof(contact), "<%s>", leg->dialog->contact);
	leg->refresh = leg_request(leg->dialog, on_refresh_response, SIP_METHOD_UPDATE,
		SIPTAG_SESSION_EXPIRES_STR(session), SIPTAG_CONTACT_STR(contact),
		SIPTAG_SUPPORTED_STR(SUPPORTED), TAG_END());
}
