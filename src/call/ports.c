/* ports.c - what the media ports of a call report: digits, the end of a sound, silence on the line, the last
 * report. */
#include "call_priv.h"

#include "base/log.h"

static void on_digit(void *arg, char digit)
{
	struct conn *n = arg;
	struct call *c = n->call;

	if (!n->device && c->phase == CALL_LIVE)
		c->cs->handlers.on_digit(c->cs->arg, c, digit);
}

void call_digit_tell(struct call *c, char digit)
{
	struct event_draft d;
	char text[2] = {digit, '\0'};

	call_draft(&d, GHL_EV_DIGITS, c);
	event_draft_text(&d, GHL_F_DIGITS, text);
	stream_tell(c->cs->core, &d);
}

static void on_digit_end(void *arg, char digit, uint32_t duration_ms)
{
	(void)arg;
	(void)digit;
	(void)duration_ms;
}

static void on_played(void *arg, uint64_t tag, bool stopped, uint32_t played_ms)
{
	struct conn *n = arg;
	struct call *c = n->call;

	(void)played_ms;
	if (n->device || c->phase != CALL_LIVE || tag == CALL_TAG_INTERNAL)
		return;
	c->cs->handlers.on_played(c->cs->arg, c, tag, stopped);
}

/* Silence is a fault only from a party that may speak. */
static void on_timeout(void *arg)
{
	struct conn *n = arg;
	struct call *c = n->call;
	struct event_draft d;

	if (c->phase != CALL_LIVE || n->state != GHL_CONN_CONNECTED)
		return;
	call_draft(&d, GHL_EV_MEDIA, c);
	event_draft_id(&d, GHL_F_CONN, n->id);
	event_draft_text(&d, GHL_F_REASON, "timeout");
	stream_tell(c->cs->core, &d);
	log_warn("call", "no media call=%llu party=%s", (unsigned long long)c->id,
		n->device ? "phone" : "citizen");
	if (n->device)
		conn_close(n, 102);
	else
		call_begin_end(c, GHL_CAUSE_MEDIA_LOST, NULL);
}

static void on_closed(void *arg, const struct media_report *report)
{
	struct conn *n = arg;

	n->port = NULL;
	if (!n->device)
		n->call->report = *report;
	if (n->call->phase >= CALL_ENDING)
		call_settle(
			n->call); /* its report was waited for; the connection itself may wait for its BYE */
	conn_settle(n);
}

const struct media_port_handlers call_port_handlers = {.on_digit = on_digit,
	.on_digit_end = on_digit_end,
	.on_played = on_played,
	.on_timeout = on_timeout,
	.on_closed = on_closed};

int call_play(struct call *c, const struct media_play *play)
{
	if (c->phase != CALL_LIVE || !c->citizen || !c->citizen->port || c->citizen->port_closing)
		return GHL_ESTATE;
	return media_port_play(c->citizen->port, play);
}

void call_stop(struct call *c)
{
	if (c->phase == CALL_LIVE && c->citizen && c->citizen->port)
		media_port_stop(c->citizen->port);
}

int call_ringback(struct call *c)
{
	struct media_play play = {
		.sounds = &c->cs->ringback, .count = 1, .repeat = true, .tag = CALL_TAG_INTERNAL};

	return call_play(c, &play);
}
