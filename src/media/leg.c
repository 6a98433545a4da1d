/*
 * leg.c - one leg in its media thread: orders taken, 20 ms run, end.
 *
 *   socket -> leg_net.c -> jitter buffer -> concealment -> frame in -> bridge, recording (left)
 *   digits | playlist | bridge | silence -> leg_out.c -> socket, recording (right)
 *
 * Does not decide anything about calls.
 */
#include "media_priv.h"

#include "g711.h"

#include <string.h>

#define CONCEAL_FRAMES 3 /* 60 ms: the synthetic signal is silent by then */
#define LOOK_FRAMES                                                                                          \
	50 /* between looks for RTCP (the kernel notes its arrival) and for a second RTP packet              \
	    */

const char *latch_name(enum latch l)
{
	static const char *const names[] = {"open", "fixed"};

	return (unsigned)l < 2 ? names[l] : "?";
}

/* --- orders --- */

static void dissolve(struct leg *l)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (l->latch == LATCH_FIXED)
		(void)connect(l->rtp_fd, &none, sizeof(none));
	l->latch = LATCH_OPEN;
	l->vouched = l->steady = false;
	l->candidate_packets = 0;
}

static void change_codec(struct leg *l, enum media_codec codec)
{
	if (l->jitter)
		jitter_reset(l->jitter, law_silence(codec));
	memset(l->past, law_silence(codec), sizeof(l->past));
	l->missing = 0;
}

static void take_address(struct leg *l, const struct peer_order *o)
{
	l->to = o->rtp;
	l->rtcp_to = o->rtcp;
	dissolve(l);
	if (o->usable && !o->peer.symmetric && connect(l->rtp_fd, &l->to.any, address_size(&l->to)) == 0)
		l->latch = LATCH_FIXED;
}

static void take_memory(struct leg *l, const struct peer_order *o)
{
	if (o->jitter) {
		l->jitter = o->jitter;
		l->plc = o->plc;
	}
	if (o->tones)
		l->tones = o->tones;
}

static void order_peer(struct leg *l, struct peer_order *o)
{
	bool same = l->has_peer && strcmp(l->peer.address, o->peer.address) == 0 &&
		    l->peer.port == o->peer.port && l->peer.symmetric == o->peer.symmetric;
	bool recode = !l->has_peer || l->peer.codec != o->peer.codec || o->jitter;

	take_memory(l, o);
	if (recode)
		change_codec(l, o->peer.codec);
	if (!same)
		take_address(l, o);
	l->peer = o->peer;
	if (!o->usable)
		l->peer.send = false;
	l->has_peer = true;
	l->quiet_frames = 0;
	l->told_timeout = false;
	worker_give_back(l->worker, o);
}

static void order_digits(struct leg *l, char *digits)
{
	for (const char *d = digits; *d && l->digit_count < DIGITS_ROOM; d++)
		l->digits[(l->digit_first + l->digit_count++) % DIGITS_ROOM] = *d;
	worker_give_back(l->worker, digits);
}

static void order_bridge(struct leg *l, struct bridge *b, unsigned side)
{
	struct report r = {.kind = REPORT_BRIDGE_LEFT, .port = l->port, .what = l->bridge};

	if (l->bridge)
		(void)worker_report(l->worker, &r);
	l->bridge = b;
	l->side = side;
}

static void order_record_end(struct leg *l)
{
	if (l->recording)
		recording_end(l->recording);
	l->recording = NULL;
}

void leg_order(struct leg *l, const struct order *o)
{
	switch (o->kind) {
	case ORDER_OPEN:
		break;
	case ORDER_CLOSE:
		l->closing = true;
		break;
	case ORDER_PEER:
		order_peer(l, o->what);
		break;
	case ORDER_PLAY:
		leg_play_end(l, true);
		l->play = o->what;
		break;
	case ORDER_STOP:
		leg_play_end(l, true);
		break;
	case ORDER_DIGITS:
		order_digits(l, o->what);
		break;
	case ORDER_BRIDGE:
		order_bridge(l, o->what, o->side);
		break;
	case ORDER_RECORD:
		l->recording = o->what;
		break;
	case ORDER_RECORD_END:
		order_record_end(l);
		break;
	}
}

/* --- 20 ms --- */

/* The concealer gets the last two frames in one piece, just when it needs them: shorter pieces make SpanDSP
   0.0.6 copy overlapping memory in plc_fillin(). */
static void show_past(struct leg *l, enum media_codec codec)
{
	int16_t pcm[2 * MEDIA_FRAME_SAMPLES];

	law_decode(codec, l->past, pcm, sizeof(l->past));
	(void)plc_rx(l->plc, pcm, 2 * MEDIA_FRAME_SAMPLES);
}

static void conceal(struct leg *l, struct frame *in)
{
	int16_t pcm[MEDIA_FRAME_SAMPLES];

	if (l->events.down || l->missing >= CONCEAL_FRAMES) {
		memset(in->code, law_silence(in->codec), sizeof(in->code));
		in->idle = !l->events.down;
		return;
	}
	if (l->missing == 0)
		show_past(l, (enum media_codec)in->codec);
	l->missing++;
	l->report.concealed_frames++;
	(void)plc_fillin(l->plc, pcm, MEDIA_FRAME_SAMPLES);
	law_encode(in->codec, pcm, in->code, MEDIA_FRAME_SAMPLES);
}

static void remember(struct leg *l, struct frame *in)
{
	int16_t pcm[MEDIA_FRAME_SAMPLES];

	if (l->missing) { /* the first frame after a gap is blended with what was invented */
		law_decode(in->codec, in->code, pcm, MEDIA_FRAME_SAMPLES);
		(void)plc_rx(l->plc, pcm, MEDIA_FRAME_SAMPLES);
		law_encode(in->codec, pcm, in->code, MEDIA_FRAME_SAMPLES);
	}
	l->missing = 0;
	memcpy(l->past, l->past + MEDIA_FRAME_SAMPLES, MEDIA_FRAME_SAMPLES);
	memcpy(l->past + MEDIA_FRAME_SAMPLES, in->code, MEDIA_FRAME_SAMPLES);
}

static void hear(struct leg *l, struct frame *in)
{
	in->codec = (uint8_t)l->peer.codec;
	in->idle = !l->jitter || !l->peer.receive;
	if (in->idle) {
		memset(in->code, law_silence(in->codec), sizeof(in->code));
		return;
	}
	switch (jitter_take(l->jitter, in->code)) {
	case JITTER_FRAME:
		remember(l, in);
		break;
	case JITTER_MISSING:
		conceal(l, in);
		break;
	case JITTER_IDLE:
		in->idle = true;
		break;
	}
}

static void check_timeout(struct leg *l)
{
	struct report r = {.kind = REPORT_TIMEOUT, .port = l->port};

	if (!l->has_peer || !l->peer.receive)
		return;
	if (++l->quiet_frames < l->worker->media->timeout_frames || l->told_timeout)
		return;
	l->told_timeout = worker_report(l->worker, &r);
}

static void pass_events(struct leg *l)
{
	struct dtmf_news news[DTMF_NEWS_MAX];

	leg_digit_news(l, news, dtmf_event_pass(&l->events, FRAME_MS, news));
}

static void run_rtcp(struct leg *l, bool look)
{
	if (!l->has_peer)
		return;
	if (look)
		leg_receive_rtcp(l);
	if (--l->rtcp_wait_frames == 0)
		leg_send_rtcp(l, false);
}

void leg_tick(struct leg *l, struct incoming *came)
{
	bool look = l->rtcp_wait_frames % LOOK_FRAMES == 1; /* before a report of ours, too */
	struct frame in, out;

	if (came->asked)
		leg_take(l, came);
	if (!came->asked || look)
		leg_receive(l);
	hear(l, &in);
	if (l->bridge)
		(void)ring_push(&l->bridge->way[l->side], &in);
	leg_speak(l, &out);
	if (l->recording)
		recording_put(l->recording, &in, &out, l->worker->now_utc_us);
	pass_events(l);
	check_timeout(l);
	run_rtcp(l, look);
}

void leg_skip(struct leg *l, uint32_t frames)
{
	l->tx_ts += frames * MEDIA_FRAME_SAMPLES;
	if (l->recording)
		recording_skip(l->recording, frames);
}

/* --- end --- */

static void final_report(struct leg *l)
{
	struct media_report *r = &l->report;

	r->lost = rtp_source_lost(&l->source);
	r->duplicates = l->source.duplicates;
	r->reordered = l->source.reordered;
	r->jitter_us = rtp_source_jitter_us(&l->source);
	r->delay_ms = l->jitter ? jitter_depth_ms(l->jitter) : 0;
}

bool leg_close(struct leg *l)
{
	struct report r = {.kind = REPORT_CLOSED, .port = l->port};

	if (l->has_peer && l->peer.send)
		leg_send_rtcp(l, true);
	l->has_peer = false;
	leg_play_end(l, true);
	order_bridge(l, NULL, 0);
	order_record_end(l);
	final_report(l);
	return worker_report(l->worker, &r);
}
