/*
 * outbound.c - calls that leave by a trunk (row 7), as the dial rules allow: one the hotline makes (CSTA Make
 * Call: the phone first, then the number; the phone hears ringback meanwhile), and one a phone has dialled.
 * Recording begins when the number answers.
 */
#include "call_priv.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define RING_MS 60000

/* Where it leaves by; noted where there is no such way. */
static int take_trunk(const struct calls *cs, const char *trunk, struct call_way *out)
{
	(void)text_copy(out->trunk, sizeof(out->trunk), trunk[0] ? trunk : cs->opts.out_trunk);
	if (!out->trunk[0])
		return error_note(
			GHL_ENOENT, "trunk", "no trunk of the configuration has a proxy to call out by");
	return sip_trunk_own(cs->sip, out->trunk)
		       ? 0
		       : error_note(GHL_ENOENT, "trunk", "no trunk \"%s\" leads out", out->trunk);
}

int calls_way(const struct calls *cs, const char *trunk, const char *called, struct call_way *out)
{
	enum number_kind kind = number_normalise(&cs->opts.numbers, called, out->number);

	if (kind != NUMBER_E164 && kind != NUMBER_SHORT)
		return error_invalid("called", "\"%.64s\" is no number", called);
	if (kind == NUMBER_SHORT || !number_allowed(&cs->opts.numbers, out->number))
		return error_note(GHL_EPERM, "called", "the dial rules do not let out %s", out->number);
	number_dial(&cs->opts.numbers, out->number, out->dialled);
	return take_trunk(cs, trunk, out);
}

/* The number the called party is shown: one the rules allow, else nobody's but our own at that trunk. */
static int take_calling(struct calls *cs, const struct call_make *make, struct call *c)
{
	if (!make->calling[0]) {
		(void)text_copy(c->calling, sizeof(c->calling), sip_trunk_own(cs->sip, c->trunk));
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

static void take_way(struct call *c, const struct call_way *way, uint32_t ring_ms)
{
	(void)text_copy(c->trunk, sizeof(c->trunk), way->trunk);
	(void)text_copy(c->called, sizeof(c->called), way->number);
	(void)text_copy(c->dialled, sizeof(c->dialled), way->dialled);
	c->ring_ms = ring_ms ? ring_ms : RING_MS;
}

/* Whether it could be made at all, and by which way. */
static int check_make(struct calls *cs, const struct call_make *make, struct call_way *way)
{
	int rc;

	if (!calls_admit(cs))
		return error_note(GHL_EFULL, "", "the limit of calls is reached");
	rc = calls_way(cs, make->trunk, make->called, way);
	if (rc < 0)
		return rc;
	if (sip_contacts(cs->sip, make->account) == 0)
		return error_note(GHL_ENOENT, "account", "phone \"%s\" is not registered", make->account);
	if (phone_busy(cs, make->account))
		return error_note(GHL_EBUSY, "account", "phone \"%s\" is in a call", make->account);
	return 0;
}

int calls_make(struct calls *cs, const struct call_make *make, const struct actor *actor, struct call **out)
{
	struct call_way way;
	struct call *c;
	int rc = check_make(cs, make, &way);

	if (rc < 0)
		return rc;
	c = call_new(cs);
	if (!c)
		return GHL_ENOMEM;
	c->direction = GHL_CALL_OUTBOUND;
	c->actor = *actor;
	take_way(c, &way, make->ring_ms);
	(void)text_copy(c->account, sizeof(c->account), make->account);
	rc = take_calling(cs, make, c);
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

static int call_number(struct call *c)
{
	struct sip_call_opts opts = {.trunk = c->trunk,
		.called = c->dialled,
		.calling = c->calling,
		.calling_name = "",
		.ring_ms = c->ring_ms};
	struct conn *n = conn_new(c, false);
	int rc;

	if (!n)
		return GHL_ENOMEM;
	c->citizen = n;
	(void)text_copy(n->number, sizeof(n->number), c->called);
	(void)text_copy(n->trunk, sizeof(n->trunk), c->trunk);
	rc = conn_call(n, &opts);
	if (rc == 0)
		conn_move(n, GHL_CONN_INITIATED);
	return rc;
}

int call_dial(struct call *c, const struct call_way *way, uint32_t ring_ms)
{
	int rc;

	if (c->direction != GHL_CALL_OUTBOUND || !call_waiting(c) || c->citizen)
		return GHL_ESTATE;
	take_way(c, way, ring_ms);
	(void)text_copy(c->calling, sizeof(c->calling), sip_trunk_own(c->cs->sip, c->trunk));
	rc = call_number(c);
	if (rc == 0)
		call_tell_conn(c, GHL_EV_ORIGINATED, c->device, GHL_CAUSE_NONE);
	return rc;
}

void call_outbound_device_answered(struct call *c, struct conn *n)
{
	struct media_play ringback = {
		.sounds = &c->cs->ringback, .count = 1, .repeat = true, .tag = CALL_TAG_INTERNAL};
	int rc;

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

	if (n->state >= GHL_CONN_CONNECTED || !c->device)
		return;
	if (!answer || sdp_answer_read(answer, &n->local, &n->agreed) < 0) {
		call_begin_end(c, GHL_CAUSE_INCOMPATIBLE_DESTINATION, NULL);
		return;
	}
	conn_media_on(n);
	if (call_waiting(c) && call_answer(c) < 0)
		return; /* that has ended the call */
	if (c->record)
		(void)record_begin(c->record, n->port);
	media_port_stop(c->device->port);
	conn_move(n, GHL_CONN_CONNECTED);
	call_bridge(c);
	c->cs->handlers.on_reached(c->cs->arg, c);
	if (c->bridged)
		call_tell_conn(c, GHL_EV_ESTABLISHED, n, GHL_CAUSE_NONE);
}
