/*
 * outbound.c - a call the hotline makes (CSTA Make Call, row 7): the phone first, then the number by a trunk,
 * as the dial rules allow. The phone hears ringback meanwhile; recording begins when the number answers.
 */
#include "call_priv.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

static int take_number(struct calls *cs, const struct call_make *make, struct call *c)
{
	enum number_kind kind = number_normalise(&cs->opts.numbers, make->called, c->called);

	if (kind != NUMBER_E164 && kind != NUMBER_SHORT)
		return error_invalid("called", "\"%.64s\" is no number", make->called);
	if (kind == NUMBER_SHORT || !number_allowed(&cs->opts.numbers, c->called))
		return error_note(GHL_EPERM, "called", "the dial rules do not let out %s", c->called);
	number_dial(&cs->opts.numbers, c->called, c->dialled);
	return 0;
}

/* The number the called party is shown: one the rules allow, else nobody's but our own at that trunk. */
static int take_calling(struct calls *cs, const struct call_make *make, const char *own, struct call *c)
{
	if (!make->calling[0]) {
		(void)text_copy(c->calling, sizeof(c->calling), own);
		return 0;
	}
	if (number_normalise(&cs->opts.numbers, make->calling, c->calling) != NUMBER_E164)
		return error_invalid("calling", "\"%.64s\" is no number", make->calling);
	return number_allowed(&cs->opts.numbers, c->calling)
		       ? 0
		       : error_note(
				 GHL_EPERM, "calling", "the dial rules do not let %s be shown", c->calling);
}

static bool phone_busy(const struct calls *cs, const char *account)
{
	const struct list *pos;

	for (pos = cs->all.next; pos != &cs->all; pos = pos->next) {
		const struct call *c = container_of(pos, struct call, node);

		if (!call_over(c) &&
			(strcmp(c->device_account, account) == 0 || strcmp(c->account, account) == 0))
			return true;
	}
	return false;
}

/* Whether it could be made at all; *own is the number that is ours at the trunk. */
static int check_make(struct calls *cs, const struct call_make *make, const char *trunk, const char **own)
{
	if (!calls_admit(cs))
		return error_note(GHL_EFULL, "", "the limit of calls is reached");
	if (!trunk[0])
		return error_note(
			GHL_ENOENT, "trunk", "no trunk of the configuration has a proxy to call out by");
	*own = sip_trunk_own(cs->sip, trunk);
	if (!*own)
		return error_note(GHL_ENOENT, "trunk", "no trunk \"%s\" leads out", trunk);
	if (sip_contacts(cs->sip, make->account) == 0)
		return error_note(GHL_ENOENT, "account", "phone \"%s\" is not registered", make->account);
	if (phone_busy(cs, make->account))
		return error_note(GHL_EBUSY, "account", "phone \"%s\" is in a call", make->account);
	return 0;
}

int calls_make(struct calls *cs, const struct call_make *make, const struct actor *actor, struct call **out)
{
	const char *trunk = make->trunk[0] ? make->trunk : cs->opts.out_trunk, *own = NULL;
	struct call *c;
	int rc = check_make(cs, make, trunk, &own);

	if (rc < 0)
		return rc;
	c = call_new(cs);
	if (!c)
		return GHL_ENOMEM;
	c->direction = GHL_CALL_OUTBOUND;
	c->actor = *actor;
	c->ring_ms = make->ring_ms ? make->ring_ms : 60000;
	(void)text_copy(c->trunk, sizeof(c->trunk), trunk);
	(void)text_copy(c->account, sizeof(c->account), make->account);
	rc = take_number(cs, make, c);
	if (rc == 0)
		rc = take_calling(cs, make, own, c);
	if (rc < 0) {
		call_drop(c);
		return rc;
	}
	call_start(c);
	*out = c;
	return 0;
}

void call_outbound_go(struct call *c)
{
	if (call_device_ring(c, c->account, c->ring_ms) < 0) {
		call_begin_end(c, GHL_CAUSE_DEST_OUT_OF_ORDER, NULL);
		return;
	}
	call_tell_conn(c, GHL_EV_ORIGINATED, c->device, GHL_CAUSE_NONE);
}

static int ring_number(struct call *c, struct conn *n)
{
	char id[GHL_ID_TEXT_MAX];
	struct sip_call_opts opts = {.trunk = c->trunk,
		.called = c->dialled,
		.calling = c->calling,
		.calling_name = "",
		.ring_ms = c->ring_ms,
		.header_name = "X-Call-Id",
		.header_value = ghl_id_text(c->id, id, sizeof(id))};
	struct sdp offer;

	sdp_offer_make(&offer, &n->local);
	opts.offer = &offer;
	return sip_leg_call(c->cs->sip, &opts, n, &n->leg);
}

static int call_number(struct call *c)
{
	struct conn *n = conn_new(c, false);
	int rc;

	if (!n)
		return GHL_ENOMEM;
	c->citizen = n;
	rc = conn_port_open(n);
	if (rc == 0)
		rc = ring_number(c, n);
	if (rc == 0) {
		conn_move(n, GHL_CONN_INITIATED);
		return 0;
	}
	conn_port_close(n);
	conn_settle(n); /* without a port nothing else would ever free it, or the call */
	return rc;
}

void call_outbound_device_answered(struct call *c, struct conn *n, const struct sdp *answer)
{
	struct media_play ringback = {
		.sounds = &c->cs->ringback, .count = 1, .repeat = true, .tag = CALL_TAG_INTERNAL};
	int rc;

	(void)answer;
	c->ringing = false;
	c->connected_at_us = loop_utc_us(c->cs->core->loop);
	c->cs->handlers.on_rung(c->cs->arg, c, n->account, 0);
	if (c->phase != CALL_LIVE)
		return;
	(void)media_port_play(n->port, &ringback);
	rc = call_number(c);
	if (rc < 0)
		call_begin_end(c,
			rc == GHL_EFULL ? GHL_CAUSE_NETWORK_CONGESTION : GHL_CAUSE_NETWORK_NOT_OBTAINABLE,
			NULL);
}

void call_outbound_reached(struct call *c, const struct sdp *answer)
{
	struct conn *n = c->citizen;

	if (n->answered || !c->device)
		return;
	if (!answer || sdp_answer_read(answer, &n->local, &n->agreed) < 0) {
		call_begin_end(c, GHL_CAUSE_INCOMPATIBLE_DESTINATION, NULL);
		return;
	}
	conn_media_on(n);
	if (c->record)
		(void)record_begin(c->record, n->port);
	media_port_stop(c->device->port);
	conn_move(n, GHL_CONN_CONNECTED);
	call_bridge(c);
	c->cs->handlers.on_reached(c->cs->arg, c);
	if (c->bridged)
		call_tell_conn(c, GHL_EV_ESTABLISHED, n, GHL_CAUSE_NONE);
}
