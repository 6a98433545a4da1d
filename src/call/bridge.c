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
	(void)media_bridge(c->citizen->port, c->device->port);
	c->bridged = true;
	c->queued = false;
	c->answered_at_us = loop_utc_us(cs->core->loop);
	c->span_us = loop_now_us(cs->core->loop);
	call_state_update(c);
}

void call_unbridge(struct call *c)
{
	if (!c->bridged)
		return;
	count_span(c);
	c->span_us = 0;
	media_unbridge(c->citizen->port);
	c->bridged = false;
	call_state_update(c);
}

static void play_hold_sound(struct call *c)
{
	struct media_play play = {
		.sounds = &c->hold_sound, .count = 1, .repeat = true, .tag = CALL_TAG_INTERNAL};

	if (c->hold_sound)
		c->hold_playing = media_port_play(c->citizen->port, &play) == 0;
}

static void stop_hold_sound(struct call *c)
{
	if (c->hold_playing && c->citizen && c->citizen->port)
		media_port_stop(c->citizen->port);
	c->hold_playing = false;
}

void call_hold(struct call *c, struct conn *n, bool held)
{
	if (held == (n->state == GHL_CONN_HOLD) || !c->bridged)
		return;
	count_span(c);
	conn_move(n, held ? GHL_CONN_HOLD : GHL_CONN_CONNECTED);
	if (n->device && held)
		play_hold_sound(c);
	else if (n->device)
		stop_hold_sound(c);
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
	if (n != c->device || n->answered)
		return;
	if (!answer || sdp_answer_read(answer, &n->local, &n->agreed) < 0) {
		conn_close(n, 88);
		return;
	}
	conn_media_on(n);
	conn_move(n, GHL_CONN_CONNECTED);
	if (c->direction == GHL_CALL_OUTBOUND) {
		call_outbound_device_answered(c, n, answer);
		return;
	}
	call_bridge(c);
	tell_rung(c, n->account, 0);
	if (n == c->device && c->bridged)
		call_tell_conn(c, GHL_EV_ESTABLISHED, n, GHL_CAUSE_NONE);
}

void call_device_ended(struct call *c, struct conn *n, const struct sip_end *end)
{
	bool talked = !c->ringing;
	int status = n->closing && !c->cancelled && !n->answered ? GHL_EUNSUPPORTED : rung_status(c, end);

	call_unbridge(c);
	stop_hold_sound(c);
	c->ringing = false;
	c->cancelled = false;
	c->device = NULL;
	c->device_account[0] = '\0';
	call_state_update(c);
	if (talked)
		c->cs->handlers.on_device_cleared(c->cs->arg, c, n->account);
	else
		tell_rung(c, n->account, status);
	if (c->direction == GHL_CALL_OUTBOUND) {
		c->sip_status = c->sip_status ? c->sip_status : end->status;
		call_begin_end(c, cause_of_end(end), NULL);
	}
}

static int ring(struct call *c, struct conn *n, const char *account, uint32_t ring_ms)
{
	char id[GHL_ID_TEXT_MAX];
	struct sip_call_opts opts = {.account = account,
		.calling = c->direction == GHL_CALL_OUTBOUND ? c->called : c->calling,
		.calling_name = c->calling_name,
		.ring_ms = ring_ms,
		.header_name = "X-Call-Id",
		.header_value = ghl_id_text(c->id, id, sizeof(id))};
	struct sdp offer;

	(void)text_copy(n->account, sizeof(n->account), account);
	sdp_offer_make(&offer, &n->local);
	opts.offer = &offer;
	return sip_leg_call(c->cs->sip, &opts, n, &n->leg);
}

int call_device_ring(struct call *c, const char *account, uint32_t ring_ms)
{
	bool ready =
		c->direction == GHL_CALL_OUTBOUND || (c->citizen && c->citizen->state == GHL_CONN_CONNECTED);
	struct conn *n;
	int rc;

	if (c->phase != CALL_LIVE || c->device || !ready)
		return GHL_ESTATE;
	n = conn_new(c, true);
	if (!n)
		return GHL_ENOMEM;
	rc = conn_port_open(n);
	if (rc == 0)
		rc = ring(c, n, account, ring_ms);
	if (rc < 0) {
		conn_port_close(n);
		conn_settle(n);
		return rc;
	}
	c->device = n;
	(void)text_copy(c->device_account, sizeof(c->device_account), account);
	c->ringing = true;
	conn_move(n, GHL_CONN_INITIATED);
	return 0;
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
