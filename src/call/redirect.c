/*
 * redirect.c - a trunk answers our INVITE with "the number is there now" (3xx, RFC 3261 8.1.3.4): the new
 * number is called by the same trunk where the dial rules allow it, at most three times in a row. What the
 * trunk may not ask for never comes here (sip.h, allow_transfer).
 */
#include "call_priv.h"

#include "base/log.h"
#include "base/text.h"

#define REDIRECTS_MAX 3

static int call_again(struct conn *n, const struct call_way *way)
{
	struct call *c = n->call;
	struct sip_call_opts opts = {.trunk = way->trunk,
		.called = way->dialled,
		.calling = c->calling,
		.calling_name = "",
		.ring_ms = c->ring_ms};
	struct sdp offer;

	call_unjoin(c); /* the early media of who sent us on */
	n->local.session_version++;
	sdp_offer_make(&offer, &n->local);
	opts.offer = &offer;
	return sip_leg_call(c->cs->sip, &opts, n, &n->leg);
}

bool call_redirected(struct conn *n, const struct sip_end *end)
{
	struct call *c = n->call;
	const char *trunk = n->trunk;
	struct call_way way;
	int rc = GHL_EFULL;

	if (c->phase != CALL_LIVE || n->closing || !end->target[0] || !trunk[0])
		return false;
	if (n->redirects++ < REDIRECTS_MAX)
		rc = calls_way(c->cs, trunk, end->target, &way);
	if (rc == 0)
		rc = call_again(n, &way);
	if (rc < 0) {
		log_warn("call", "call=%llu not sent on by trunk %s: %s", (unsigned long long)c->id, trunk,
			ghl_error_code_name(rc));
		return false;
	}
	(void)text_copy(n->number, sizeof(n->number), way.number);
	call_tell_conn(c, GHL_EV_DIVERTED, n, GHL_CAUSE_REDIRECTED);
	return true;
}
