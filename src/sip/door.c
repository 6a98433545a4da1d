/*
 * door.c - who may start a call: the checks of an INVITE outside a dialog, in the order of what they cost us,
 * all before a transaction or dialog exists. What passes becomes a leg in leg_in.c.
 *
 *   scheme -> Contact -> Require -> trunk by source, or a phone by digest -> limits -> SDP -> leg
 */
#include "sip_priv.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_tag.h>

/* RFC 3261 section 8.2.2.3; the text is of what we do not know. */
static bool unsupported_required(const sip_t *m, char *out, size_t room)
{
	static const char *const known[] = {"100rel", "timer"};
	bool any = false;
	size_t n = (size_t)snprintf(out, room, "Unsupported: ");

	for (const msg_param_t *r = m->sip_require ? m->sip_require->k_items : NULL; r && *r; r++) {
		bool ok = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			ok = ok || !strcasecmp(*r, known[i]);
		if (ok || n + strlen(*r) + 3 > room)
			continue;
		n += (size_t)snprintf(out + n, room - n, any ? ", %s" : "%s", *r);
		any = true;
	}
	return any;
}

/* Our answer will be SDP (RFC 3261 20.1). */
static bool accepts_sdp(const sip_t *m)
{
	for (const sip_accept_t *a = m->sip_accept; a; a = a->ac_next)
		if (a->ac_type &&
			(!strcasecmp(a->ac_type, "application/sdp") ||
				!strcasecmp(a->ac_type, "application/*") || !strcmp(a->ac_type, "*/*")))
			return true;
	return !m->sip_accept;
}

/* Status and phrase, or 0. */
static int check_form(const struct sip *sip, const sip_t *m, const char **phrase)
{
	*phrase = "Unsupported URI Scheme";
	if (!scheme_is_known(m))
		return 416;
	*phrase = "No headers may stand in a Request-URI"; /* RFC 3261 19.1.1 */
	if (m->sip_request->rq_url->url_headers)
		return 400;
	*phrase = "Exactly one Contact with a SIP URI is needed";
	if (!contact_is_good(m))
		return 400;
	*phrase = "Too Many Hops";
	if (m->sip_max_forwards && m->sip_max_forwards->mf_count == 0)
		return 483;
	*phrase = "Not Acceptable";
	if (!accepts_sdp(m))
		return 406;
	*phrase = "Session Interval Too Small";
	if (m->sip_session_expires && m->sip_session_expires->x_delta < sip->o.session_min_s)
		return 422;
	return 0;
}

static bool is_full(const struct sip *sip, const struct trunk *trunk)
{
	if (sip->closing)
		return true;
	if (trunk && sip->o.max_calls && sip->trunk_legs >= sip->o.max_calls)
		return true;
	if (trunk && !trunk_has_room(trunk))
		return true;
	return sip->o.handlers.admit && !sip->o.handlers.admit(sip->o.arg);
}

static void refuse_full(struct sip *sip, msg_t *msg)
{
	char retry[40];

	(void)snprintf(retry, sizeof(retry), "Retry-After: %u", (unsigned)sip->o.retry_after_s);
	sip->stat.refused_overload++;
	reply_stateless(sip, msg, 503, "Service Unavailable", retry);
}

void door_invite(struct sip *sip, msg_t *msg, const sip_t *m)
{
	char account[SIP_USER_MAX] = "", header[256];
	struct trunk *trunk;
	struct source from;
	const char *phrase;
	int status = check_form(sip, m, &phrase);

	if (status) {
		(void)snprintf(header, sizeof(header), "Min-SE: %u", (unsigned)sip->o.session_min_s);
		reply_stateless(sip, msg, status, phrase, status == 422 ? header : NULL);
		return;
	}
	if (unsupported_required(m, header, sizeof(header))) {
		reply_stateless(sip, msg, 420, "Bad Extension", header);
		return;
	}
	if (!source_of(sip, msg, &from)) {
		nta_msg_discard(sip->nta, msg);
		return;
	}
	trunk = trunk_by_source(sip, from.bytes);
	if (!trunk && !auth_require(sip, msg, m, &from, account))
		return;
	if (!rate_take(&sip->rate, loop_now_us(sip->loop)) || is_full(sip, trunk)) {
		refuse_full(sip, msg);
		return;
	}
	status = leg_in_create(sip, msg, m, &from, trunk, account);
	if (status)
		reply_stateless(sip, msg, status,
			status == 488   ? "Not Acceptable Here"
			: status == 415 ? "Unsupported Media Type"
			: status == 400 ? "Bad Session Description"
					: "Server Internal Error",
			NULL);
}
