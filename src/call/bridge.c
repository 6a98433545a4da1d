/*
 * bridge.c - the second party: a phone is rung, answers, talks, holds and goes. What the citizen hears
 * follows the bridge; the recording follows the citizen's port and notices nothing. Talk and hold are counted
 * here.
 */
#include "call_priv.h"

#include "base/text.h"

#include <string.h>

static void count_span(struct call *c)
{
	int64_t now = loop_now_us(c->cs->core->loop);
	bool held = c->state == GHL_CALL_STATE_HELD;

	if (c->span_us)
		*(held ? &c->hold_us : &c->talk_us) += now - c->span_us;
	c->span_us = now;
}

void call_bridge(struct call *c)
{
	struct calls *cs = c->cs;

	media_port_stop(c->citizen->port);
	c->bridged = call_join(c) == 0;
	c->queued = false;
	if (!c->answered_at_us)
		c->answered_at_us = loop_utc_us(cs->core->loop);
	c->span_us = loop_now_us(cs->core->loop);
	call_state_update(c);
}

void call_unbridge(struct call *c)
{
	if (c->bridged)
		count_span(c);
	c->span_us = 0;
	c->bridged = false;
	call_unjoin(c);
	call_state_update(c);
}

static void play_hold_sound(struct call *c)
{
	struct media_play play = {
		.sounds = &c->hold_sound, .count = 1, .repeat = true, .tag = CALL_TAG_INTERNAL};

	if (c->hold_sound)
		c->hold_playing = media_port_play(c->citizen->port, &play) == 0;
}

void call_hold_sound_stop(struct call *c)
{
	if (c->hold_playing && c->citizen && c->citizen->port)
		media_port_stop(c->citizen->port);
	c->hold_playing = false;
}

void call_hold(struct call *c, struct conn *n, bool held)
{
	if (n->state != (held ? GHL_CONN_CONNECTED : GHL_CONN_HOLD))
		return;
	if (c->bridged)
		count_span(c);
	conn_move(n, held ? GHL_CONN_HOLD : GHL_CONN_CONNECTED);
	if (n->device && held && c->bridged)
		play_hold_sound(c);
	else if (n->device)
		call_hold_sound_stop(c);
	call_tell_conn(c, held ? GHL_EV_HELD : GHL_EV_RETRIEVED, n, GHL_CAUSE_NONE);
}

static int rung_status(const struct call *c, const struct sip_end *end)
{
	if (c->cancelled || c->phase != CALL_LIVE)
		return GHL_ECLOSED;
	if (end->cause == SIP_END_TIMEOUT || end->status == 408 || end->status == 480)
		return GHL_ETIMEDOUT;
	return GHL_EREFUSED;
}

static void tell_rung(struct call *c, const char *account, int status)
{
	c->ringing = false;
	c->cs->handlers.on_rung(c->cs->arg, c, account, status);
}

void call_device_answered(struct call *c, struct conn *n, const struct sdp *answer)
{
	if (n != c->device || n->state >= GHL_CONN_CONNECTED)
		return;
	if (!answer || sdp_answer_read(answer, &n->local, &n->agreed) < 0) {
		n->no_codec = true;
		conn_close(n, 88);
		return;
	}
	conn_media_on(n);
	conn_move(n, GHL_CONN_CONNECTED);
	if (!c->citizen) {
		call_outbound_device_answered(c, n);
		return;
	}
	if (call_waiting(c) && call_answer(c) < 0)
		return; /* that has ended the call */
	call_bridge(c);
	tell_rung(c, n->account, 0);
	if (n == c->device && c->bridged)
		call_tell_conn(c, GHL_EV_ESTABLISHED, n, GHL_CAUSE_NONE);
}

void call_device_ended(struct call *c, struct conn *n, const struct sip_end *end)
{
	bool talked = !c->ringing, reached = c->citizen && c->citizen->state >= GHL_CONN_CONNECTED;
	int status = n->no_codec && !c->cancelled ? GHL_EUNSUPPORTED : rung_status(c, end);

	call_unbridge(c);
	call_hold_sound_stop(c);
	c->ringing = false;
	c->cancelled = false;
	c->device = NULL;
	c->device_account[0] = '\0';
	c->rung_cause = cause_of_end(end);
	call_state_update(c);
	if (c->direction == GHL_CALL_OUTBOUND && !reached) {
		c->sip_status = c->sip_status ? c->sip_status : end->status;
		call_begin_end(c, c->rung_cause, NULL);
	}
	if (talked)
		c->cs->handlers.on_device_cleared(c->cs->arg, c, n->account);
	else
		tell_rung(c, n->account, status);
}

void call_parked_ended(struct call *c)
{
	c->parked = NULL;
	c->cs->handlers.on_parked_cleared(c->cs->arg, c);
}

/* A second party, where one may be rung. */
static int device_new(struct call *c, struct conn **out)
{
	const struct conn *n = c->citizen;
	bool ready = c->direction == GHL_CALL_OUTBOUND ||
		     (n && (n->state == GHL_CONN_CONNECTED || n->state == GHL_CONN_HOLD || call_waiting(c)));

	if (c->phase != CALL_LIVE || c->device || !ready)
		return GHL_ESTATE;
	*out = conn_new(c, true);
	return *out ? 0 : GHL_ENOMEM;
}

static void device_rings(struct call *c, struct conn *n, const char *name)
{
	c->device = n;
	(void)text_copy(c->device_account, sizeof(c->device_account), name);
	c->ringing = true;
	conn_move(n, GHL_CONN_INITIATED);
}

int call_device_ring(struct call *c, const char *account, uint32_t ring_ms)
{
	struct sip_call_opts opts = {.account = account,
		.calling = c->direction == GHL_CALL_OUTBOUND ? c->called : c->calling,
		.calling_name = c->calling_name,
		.ring_ms = ring_ms};
	struct conn *n;
	int rc = device_new(c, &n);

	if (rc < 0)
		return rc;
	(void)text_copy(n->account, sizeof(n->account), account);
	rc = conn_call(n, &opts);
	if (rc == 0)
		device_rings(c, n, account);
	return rc;
}

int call_number_ring(struct call *c, const struct call_way *way, uint32_t ring_ms)
{
	struct sip_call_opts opts = {.trunk = way->trunk,
		.called = way->dialled,
		.calling =
			c->direction == GHL_CALL_INBOUND ? c->calling : sip_trunk_own(c->cs->sip, way->trunk),
		.calling_name = "",
		.ring_ms = ring_ms};
	struct conn *n;
	int rc = device_new(c, &n);

	if (rc < 0)
		return rc;
	(void)text_copy(n->number, sizeof(n->number), way->number);
	(void)text_copy(n->trunk, sizeof(n->trunk), way->trunk);
	rc = conn_call(n, &opts);
	if (rc == 0)
		device_rings(c, n, way->number);
	return rc;
}

void call_device_cancel(struct call *c)
{
	if (!c->ringing || !c->device)
		return;
	c->cancelled = true;
	conn_close(c->device, 16);
}

int call_device_drop(struct call *c)
{
	if (!c->device || c->ringing || !c->device->leg)
		return GHL_ESTATE;
	conn_close(c->device, 16);
	return 0;
}
