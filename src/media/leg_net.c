/*
 * leg_net.c - a leg's sockets: what comes in (RTP, events, RTCP), where it comes from, and RTCP out.
 *
 *            peer not symmetric                      5 packets of one source, or
 *            (SDP address fixed)                     one from the SDP address
 *   FIXED <--------------------- [peer set] --> OPEN -------------------------> FIXED
 *
 * In FIXED the socket is connected: the kernel drops everybody else's packets (RFC 4961 symmetric RTP; RFC
 * 3550 8.2 for a change of SSRC, which is believed at its third packet in a row).
 */
#include "media_priv.h"

#include "g711.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define LATCH_PACKETS 5
#define SSRC_PACKETS  3
#define ROUNDS        4 /* batches a turn at most: a flood does not hold up the others */

/* --- who speaks --- */

static void fix(struct leg *l, const union address *from)
{
	if (connect(l->rtp_fd, &from->any, address_size(from)) < 0)
		return;
	if (!address_same(&l->to, from)) {
		l->to = l->rtcp_to = *from;
		address_port_set(&l->rtcp_to, (uint16_t)(address_port(from) + !l->peer.rtcp_mux));
	}
	l->latch = LATCH_FIXED;
}

/* May this datagram be part of the stream? */
static bool accept_from(struct leg *l, const union address *from)
{
	if (l->latch == LATCH_FIXED)
		return address_same(from, &l->to);
	if (address_same(from, &l->to)) {
		fix(l, from);
		return true;
	}
	if (l->candidate_packets && !address_same(from, &l->candidate)) {
		l->report.strangers++;
		l->candidate_packets--;
		return false;
	}
	l->candidate = *from;
	if (++l->candidate_packets >= LATCH_PACKETS)
		fix(l, from);
	return true;
}

static bool accept_ssrc(struct leg *l, uint32_t ssrc)
{
	if (!l->source.valid || ssrc == l->source.ssrc) {
		l->other_packets = 0;
		return true;
	}
	l->other_packets = ssrc == l->other_ssrc ? l->other_packets + 1 : 1;
	l->other_ssrc = ssrc;
	if (l->other_packets < SSRC_PACKETS) {
		l->report.strangers++;
		return false;
	}
	l->other_packets = 0;
	return true;
}

/* --- digits --- */

static void barge_in(struct leg *l)
{
	if (l->play && l->play->stop_on_digit)
		leg_play_end(l, true);
}

void leg_digit_news(struct leg *l, const struct dtmf_news *news, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct report r = {.kind = news[i].kind == DTMF_DOWN ? REPORT_DIGIT : REPORT_DIGIT_END,
			.digit = news[i].digit,
			.ms = news[i].duration_ms,
			.port = l->port};

		if (news[i].kind == DTMF_DOWN)
			barge_in(l);
		(void)worker_report(l->worker, &r);
	}
}

/* SpanDSP found a tone, or its end (code 0). */
void leg_tone_report(void *arg, int code, int level, int delay)
{
	struct leg *l = arg;
	struct dtmf_news news;

	(void)level;
	(void)delay;
	if (l->tone) {
		news = (struct dtmf_news){DTMF_UP, l->tone, (uint32_t)(l->tone_samples / 8)};
		leg_digit_news(l, &news, 1);
	}
	l->tone = (char)code;
	l->tone_samples = 0;
	if (l->tone) {
		news = (struct dtmf_news){DTMF_DOWN, l->tone, 0};
		leg_digit_news(l, &news, 1);
	}
}

static void look_for_tones(struct leg *l, const struct rtp_packet *p, enum rtp_place place)
{
	int16_t pcm[DATAGRAM_BYTES];

	if (l->peer.events || !l->tones || place == RTP_REORDERED)
		return;
	if (place == RTP_AHEAD)
		(void)dtmf_rx_fillin(l->tones, (int)p->len);
	law_decode(l->peer.codec, p->payload, pcm, p->len);
	l->tone_samples += p->len;
	(void)dtmf_rx(l->tones, pcm, (int)p->len);
}

/* --- RTP in --- */

static void on_audio(struct leg *l, const struct rtp_packet *p, enum rtp_place place)
{
	look_for_tones(l, p, place);
	if (place == RTP_RESTART)
		jitter_reset(l->jitter, law_silence(l->peer.codec));
	if (jitter_put(l->jitter, p->ts, p->payload, p->len) != JITTER_KEPT)
		l->report.late++;
}

static void on_event(struct leg *l, const struct rtp_packet *p)
{
	struct dtmf_news news[DTMF_NEWS_MAX];

	leg_digit_news(l, news, dtmf_event_receive(&l->events, p->ts, p->payload, p->len, news));
}

static void count(struct leg *l, size_t n)
{
	struct media_report *r = &l->report;

	r->packets_received++;
	r->bytes_received += n;
	r->last_packet_us = l->worker->now_us;
	if (!r->first_packet_us)
		r->first_packet_us = r->last_packet_us;
	l->quiet_frames = 0;
	l->told_timeout = false;
}

static void on_rtp(struct leg *l, const struct rtp_packet *p, size_t n, int64_t arrival_us)
{
	enum rtp_place place;

	if (!accept_ssrc(l, p->ssrc))
		return;
	place = rtp_source_add(&l->source, p, arrival_us);
	count(l, n);
	if (place == RTP_RESTART)
		l->events.any = false;
	if (place == RTP_DUPLICATE || place == RTP_STALE || !l->peer.receive || !l->jitter)
		return;
	if (l->peer.events && p->payload_type == l->peer.event_payload_type)
		on_event(l, p);
	else if (p->payload_type == l->peer.payload_type && p->len > 0)
		on_audio(l, p, place);
}

static int64_t arrival_of(struct msghdr *h, int64_t otherwise_us)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	struct timespec ts;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS)
		return otherwise_us;
	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void on_rtcp(struct leg *l, const uint8_t *data, size_t n, int64_t arrival_us)
{
	struct media_report *r = &l->report;
	struct rtcp_news news;
	uint32_t us;

	if (rtcp_parse(&news, data, n, l->ssrc) < 0)
		return;
	if (news.sr) {
		l->last_sr = news.sr_ntp;
		l->last_sr_us = arrival_us;
	}
	if (!news.block)
		return;
	r->far_lost = news.lost > 0 ? (uint32_t)news.lost : 0;
	r->far_jitter_us = (uint32_t)((uint64_t)news.jitter * 1000000 / RTP_CLOCK_HZ);
	us = rtcp_round_trip_us(&news, rtcp_ntp(arrival_us));
	if (us)
		r->round_trip_us = us;
}

/* As recvmsg(2) gave it. */
struct datagram {
	struct msghdr *head;
	const uint8_t *data;
	size_t bytes;
	const union address *from; /* NULL: of the connected peer */
};

static void on_datagram(struct leg *l, const struct datagram *d)
{
	bool from_peer = l->vouched || !d->from || address_same(d->from, &l->to);
	int64_t arrival_us;
	struct rtp_packet p;

	if (d->head->msg_flags & MSG_TRUNC || !l->has_peer)
		return;
	arrival_us = arrival_of(d->head, l->worker->now_utc_us);
	if (rtp_is_rtcp(d->data, d->bytes)) {
		if (l->peer.rtcp_mux && from_peer)
			on_rtcp(l, d->data, d->bytes, arrival_us);
	} else if (rtp_parse(&p, d->data, d->bytes) == 0 &&
		   (l->vouched || !d->from || accept_from(l, d->from))) {
		on_rtp(l, &p, d->bytes, arrival_us);
	}
}

static int receive_batch(struct worker *w, int fd)
{
	for (unsigned i = 0; i < BATCH; i++) {
		w->heads[i].msg_hdr.msg_namelen = sizeof(w->from[i]);
		w->heads[i].msg_hdr.msg_controllen = sizeof(w->control[i]);
	}
	return recvmmsg(fd, w->heads, BATCH, MSG_DONTWAIT, NULL);
}

void leg_receive(struct leg *l)
{
	struct worker *w = l->worker;
	bool fixed = l->latch == LATCH_FIXED;
	int got = 0, n = BATCH;

	for (int round = 0; n == BATCH && round < ROUNDS; round++) {
		n = receive_batch(w, l->rtp_fd);
		for (int i = 0; i < n; i++) {
			struct datagram d = {
				&w->heads[i].msg_hdr, w->data[i], w->heads[i].msg_len, &w->from[i]};

			on_datagram(l, &d);
		}
		got += n > 0 ? n : 0;
	}
	l->vouched = fixed && n < BATCH;
	l->steady = l->vouched && got == 1;
}

void leg_take(struct leg *l, struct incoming *in)
{
	struct datagram d = {.head = &in->head, .data = in->data, .bytes = (size_t)in->bytes};

	/* a turn without a packet, or with another kind: perhaps more come now */
	l->steady = in->bytes == RTP_HEADER_BYTES + MEDIA_FRAME_SAMPLES;
	if (in->bytes >= 0)
		on_datagram(l, &d);
}

void leg_receive_rtcp(struct leg *l)
{
	struct worker *w = l->worker;
	int n = receive_batch(w, l->rtcp_fd);

	for (int i = 0; i < n; i++) {
		if (!address_same_host(&w->from[i], &l->rtcp_to))
			continue;
		if (l->latch == LATCH_FIXED)
			l->rtcp_to = w->from[i];
		on_rtcp(l, w->data[i], w->heads[i].msg_len, arrival_of(&w->heads[i].msg_hdr, w->now_utc_us));
	}
}

/* --- out --- */

void leg_send(struct leg *l, const uint8_t *data, size_t n)
{
	for (int tries = 2; tries; tries--) {
		ssize_t sent = l->latch == LATCH_FIXED
				       ? send(l->rtp_fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL)
				       : sendto(l->rtp_fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL, &l->to.any,
						 address_size(&l->to));

		if (sent >= 0 || errno != ECONNREFUSED)
			return; /* ECONNREFUSED is about an earlier packet: this one was not sent yet */
	}
}

static uint32_t next_random(struct leg *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 17;
	l->random ^= l->random << 5;
	return l->random;
}

static void tell_source(struct leg *l, struct rtcp_ours *o)
{
	o->has_source = l->source.valid;
	if (!o->has_source)
		return;
	o->source_ssrc = l->source.ssrc;
	o->fraction = rtp_source_fraction(&l->source);
	o->lost = (uint32_t)rtp_source_lost(&l->source);
	o->highest = l->source.max;
	o->jitter = l->source.jitter_q4 >> 4;
	o->last_sr = l->last_sr;
	if (l->last_sr)
		o->since_sr = (uint32_t)(((l->worker->now_utc_us - l->last_sr_us) << 16) / 1000000);
}

void leg_send_rtcp(struct leg *l, bool bye)
{
	uint8_t packet[RTCP_ROOM];
	struct rtcp_ours o = {
		.ssrc = l->ssrc, .sender = l->talking, .cname = l->worker->media->cname, .bye = bye};
	uint32_t rtcp_frames = l->worker->media->rtcp_frames;
	size_t n;

	l->rtcp_wait_frames = (rtcp_frames + 1) / 2 + next_random(l) % rtcp_frames;
	if (address_port(&l->rtcp_to) == 0)
		return;
	o.ntp = rtcp_ntp(clock_utc_us(l->worker->media->clock));
	o.rtp_ts = l->tx_ts;
	o.packets = (uint32_t)l->report.packets_sent;
	o.octets = (uint32_t)l->octets_sent;
	tell_source(l, &o);
	n = rtcp_build(packet, &o);
	if (l->peer.rtcp_mux)
		leg_send(l, packet, n);
	else
		(void)sendto(l->rtcp_fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL, &l->rtcp_to.any,
			address_size(&l->rtcp_to));
}
