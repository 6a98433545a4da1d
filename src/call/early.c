/*
 * early.c - the called side rings: what the caller hears until it answers. A trunk's early media (RFC 3960:
 * the network's own ringing, announcements of why not) is passed on; a phone's is not, and where there is
 * none a party that waits for our answer gets 180, one that was answered our ringback.
 */
#include "call_priv.h"

int call_join(struct call *c)
{
	int rc = GHL_ESTATE;

	if (c->joined)
		return 0;
	if (c->citizen && c->device && c->citizen->port && c->device->port)
		rc = media_bridge(c->citizen->port, c->device->port);
	c->joined = rc == 0;
	return rc;
}

void call_unjoin(struct call *c)
{
	if (c->joined)
		media_unbridge(c->citizen->port);
	c->joined = false;
}

/* The party that hears the called one. */
static struct conn *other(const struct call *c, const struct conn *n)
{
	return n == c->citizen ? c->device : c->citizen;
}

/* False: there is nobody it could be heard by, or nothing usable in it. */
static bool hear_early(struct call *c, struct conn *n, const struct sdp *sdp)
{
	struct conn *hears = other(c, n);

	if (!sdp || !n->number[0] || !hears)
		return false;
	if (!hears->port && call_progress(c) < 0)
		return false;
	if (sdp_answer_read(sdp, &n->local, &n->agreed) < 0)
		return false;
	conn_media_on(n);
	if (!c->joined)
		media_port_stop(hears->port);
	return call_join(c) == 0;
}

void call_early(struct call *c, struct conn *n, const struct sdp *sdp)
{
	if (c->phase == CALL_LIVE && !hear_early(c, n, sdp))
		(void)call_ring(c);
}
