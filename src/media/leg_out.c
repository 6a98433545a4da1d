/*
 * leg_out.c - what a leg's peer hears in this frame: digits, else the playlist, else the bridge, else
 * silence; and its packet.
 *
 * Digits are 100 ms with 100 ms between. As events (RFC 4733): five packets of one timestamp whose duration
 * grows, the last with the E bit, sent three times in all; the audio stands still meanwhile. Else as tones in
 * the audio (ITU-T Q.23).
 *
 * Where nothing comes from the other side of a bridge nothing is passed on (RFC 3551 section 4.1) but a frame
 * of silence a second, so that gateways and NAT do not take the stream for dead (RFC 6263 section 4).
 */
#include "media_priv.h"

#include "g711.h"

#include <string.h>

#define DIGIT_FRAMES (DTMF_DIGIT_SAMPLES / MEDIA_FRAME_SAMPLES)
#define BRIDGE_KEPT  3  /* frames waiting in a bridge; more is delay that serves nobody */
#define ALIVE_FRAMES 50 /* packets of a stream that has nothing to pass on are a second apart */

static void send_packet(struct leg *l, struct rtp_packet *p, const uint8_t *payload, size_t n)
{
	uint8_t *data = outbox_add(l, RTP_HEADER_BYTES + n);

	p->seq = l->tx_seq++;
	p->ssrc = l->ssrc;
	rtp_build(data, p);
	memcpy(data + RTP_HEADER_BYTES, payload, n);
	l->report.packets_sent++;
	l->octets_sent += n;
}

static void send_audio(struct leg *l, const struct frame *out)
{
	struct rtp_packet p = {.payload_type = l->peer.payload_type, .marker = !l->talking, .ts = l->tx_ts};

	send_packet(l, &p, out->code, MEDIA_FRAME_SAMPLES);
	l->talking = true;
}

/* --- playlist --- */

void leg_play_end(struct leg *l, bool stopped)
{
	struct report r = {.kind = REPORT_PLAYED, .stopped = stopped, .port = l->port, .what = l->play};

	if (!l->play)
		return;
	r.ms = (uint32_t)(l->play->played / 8);
	l->play = NULL;
	(void)worker_report(l->worker, &r);
}

/* True: there is a sound to go on with. */
static bool next_sound(struct playlist *p)
{
	while (p->offset >= p->sounds[p->at]->samples) {
		p->offset = 0;
		if (++p->at < p->count)
			continue;
		p->at = 0;
		if (!p->repeat)
			return false;
	}
	return true;
}

/* False: the list has run out; what there was of it is in `pcm`. */
static bool play_into(struct playlist *p, int16_t pcm[MEDIA_FRAME_SAMPLES])
{
	size_t done = 0;

	while (done < MEDIA_FRAME_SAMPLES) {
		const struct media_sound *s;
		size_t n = MEDIA_FRAME_SAMPLES - done;

		if (!next_sound(p))
			return false;
		s = p->sounds[p->at];
		if (n > s->samples - p->offset)
			n = s->samples - p->offset;
		memcpy(pcm + done, s->pcm + p->offset, n * sizeof(*pcm));
		p->offset += n;
		p->played += n;
		done += n;
	}
	return p->repeat || p->at + 1 < p->count || p->offset < p->sounds[p->at]->samples;
}

static void play(struct leg *l, struct frame *out)
{
	int16_t pcm[MEDIA_FRAME_SAMPLES] = {0};
	bool more = play_into(l->play, pcm);

	law_encode(out->codec, pcm, out->code, MEDIA_FRAME_SAMPLES);
	if (!more)
		leg_play_end(l, false);
}

/* --- digits --- */

/* One frame of a digit as tone; false in the pause after it. */
static bool digit_tone(struct leg *l, struct frame *out)
{
	int event = dtmf_event_code(l->digits[l->digit_first]);

	if (l->digit_step >= DIGIT_FRAMES)
		return false;
	law_encode(out->codec, l->worker->media->tones[event] + l->digit_step * MEDIA_FRAME_SAMPLES,
		out->code, MEDIA_FRAME_SAMPLES);
	return true;
}

/* One frame of a digit as events; false when audio may go with it. */
static bool digit_event(struct leg *l)
{
	unsigned step = l->digit_step;
	bool end = step >= DIGIT_FRAMES - 1;
	struct rtp_packet p = {.payload_type = l->peer.event_payload_type, .marker = step == 0};
	uint8_t payload[DTMF_EVENT_BYTES];

	if (step == 0)
		l->digit_ts = l->tx_ts;
	if (step > DIGIT_FRAMES + DTMF_END_PACKETS - 2)
		return false;
	p.ts = l->digit_ts;
	dtmf_event_build(payload, l->digits[l->digit_first], end,
		(uint16_t)(end ? DTMF_DIGIT_SAMPLES : (step + 1) * MEDIA_FRAME_SAMPLES));
	send_packet(l, &p, payload, sizeof(payload));
	return step < DIGIT_FRAMES;
}

/* True: the frame is spoken for, and `sent` tells whether its packet is too. */
static bool speak_digit(struct leg *l, struct frame *out, bool *sent)
{
	bool taken;

	if (l->digit_count == 0 || !l->peer.send)
		return false;
	if (l->peer.events)
		taken = *sent = digit_event(l);
	else
		taken = digit_tone(l, out);
	if (++l->digit_step == 2 * DIGIT_FRAMES) {
		l->digit_step = 0;
		l->digit_first = (l->digit_first + 1) % DIGITS_ROOM;
		l->digit_count--;
	}
	return taken;
}

/* --- bridge --- */

static void hear_bridge(struct leg *l, struct frame *out)
{
	struct ring *from = &l->bridge->way[!l->side];
	enum media_codec codec = (enum media_codec)out->codec;
	bool got = ring_pop(from, out);

	while (got && ring_used(from) > BRIDGE_KEPT)
		got = ring_pop(from, out);
	if (!got)
		return;
	law_transcode((enum media_codec)out->codec, codec, out->code, MEDIA_FRAME_SAMPLES);
	out->codec = (uint8_t)codec;
}

/* The first silent frame is sent: the peer hears the end of what was said. */
static bool is_due(struct leg *l, const struct frame *out)
{
	bool due = !out->idle || l->talking || ++l->idle_frames >= ALIVE_FRAMES;

	if (due)
		l->idle_frames = 0;
	return due;
}

void leg_speak(struct leg *l, struct frame *out)
{
	bool sent = false;
	struct frame unheard;

	out->codec = (uint8_t)l->peer.codec;
	out->idle = false;
	memset(out->code, law_silence(l->peer.codec), sizeof(out->code));
	if (speak_digit(l, out, &sent)) {
		if (l->bridge)
			(void)ring_pop(&l->bridge->way[!l->side], &unheard);
	} else if (l->play) {
		play(l, out);
		if (l->bridge)
			(void)ring_pop(&l->bridge->way[!l->side], &unheard);
	} else if (l->bridge) {
		hear_bridge(l, out);
	}
	if (!l->has_peer || !l->peer.send) {
		memset(out->code, law_silence(l->peer.codec), sizeof(out->code));
		l->talking = false;
	} else if (!sent) {
		if (is_due(l, out))
			send_audio(l, out);
		l->talking = !out->idle;
	}
	l->tx_ts += MEDIA_FRAME_SAMPLES;
}
