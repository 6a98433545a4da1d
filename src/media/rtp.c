/*
 * rtp.c - reading and writing RTP headers (RFC 3550 section 5.1) and the figures of a source (appendix A.1,
 * A.3, A.8).
 *
 * Pure: no socket, no clock, no allocation. A run of sequence numbers that jumps by more than MAX_DROPOUT is
 * believed at its second packet, as in appendix A.1.
 */
#include "rtp.h"

#include <govhotline/error.h>

#include <string.h>

#define MAX_DROPOUT 3000
#define WINDOW      64

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

int rtp_parse(struct rtp_packet *p, const uint8_t *data, size_t n)
{
	size_t at = RTP_HEADER_BYTES, padding = 0;

	if (n < RTP_HEADER_BYTES || data[0] >> 6 != 2)
		return GHL_EPARSE;
	at += (size_t)(data[0] & 0x0f) * 4;
	if (data[0] & 0x10) {
		if (n < at + 4)
			return GHL_EPARSE;
		at += 4 + (size_t)get16(data + at + 2) * 4;
	}
	if (data[0] & 0x20) {
		padding = data[n - 1];
		if (padding == 0)
			return GHL_EPARSE;
	}
	if (n < at + padding)
		return GHL_EPARSE;
	p->payload = data + at;
	p->len = n - at - padding;
	p->marker = data[1] & 0x80;
	p->payload_type = data[1] & 0x7f;
	p->seq = get16(data + 2);
	p->ts = get32(data + 4);
	p->ssrc = get32(data + 8);
	return 0;
}

void rtp_build(uint8_t *to, const struct rtp_packet *p)
{
	to[0] = 0x80;
	to[1] = (uint8_t)(p->payload_type | (p->marker ? 0x80 : 0));
	put16(to + 2, p->seq);
	put16(to + 4, (uint16_t)(p->ts >> 16));
	put16(to + 6, (uint16_t)p->ts);
	put16(to + 8, (uint16_t)(p->ssrc >> 16));
	put16(to + 10, (uint16_t)p->ssrc);
}

bool rtp_is_rtcp(const uint8_t *data, size_t n)
{
	return n >= 2 && data[0] >> 6 == 2 && data[1] >= 192 && data[1] <= 223;
}

const char *rtp_place_name(enum rtp_place p)
{
	static const char *const names[] = {"next", "ahead", "reordered", "duplicate", "stale", "restart"};

	return (unsigned)p < sizeof(names) / sizeof(names[0]) ? names[p] : "?";
}

static void begin(struct rtp_source *s, const struct rtp_packet *p)
{
	s->lost_before = rtp_source_lost(s);
	s->valid = true;
	s->ssrc = p->ssrc;
	s->base = s->max = 0x10000u + p->seq;
	s->seen = 1;
	s->jumped = false;
	s->unique = 1;
	s->expected_prior = s->received_prior = 0;
}

static enum rtp_place add_older(struct rtp_source *s, unsigned back)
{
	if (back >= WINDOW) {
		s->stale++;
		return RTP_STALE;
	}
	if (s->seen >> back & 1) {
		s->duplicates++;
		return RTP_DUPLICATE;
	}
	s->seen |= (uint64_t)1 << back;
	if (s->max - back < s->base)
		s->base = s->max - back;
	s->unique++;
	s->reordered++;
	return RTP_REORDERED;
}

static enum rtp_place place_of(struct rtp_source *s, const struct rtp_packet *p)
{
	int delta = (int16_t)(uint16_t)(p->seq - (uint16_t)s->max);

	if (!s->valid || p->ssrc != s->ssrc) {
		bool first = !s->valid;

		begin(s, p);
		return first ? RTP_NEXT : RTP_RESTART;
	}
	if (delta > MAX_DROPOUT || delta < -MAX_DROPOUT) {
		if (s->jumped && p->seq == s->jump_seq) {
			begin(s, p);
			return RTP_RESTART;
		}
		s->jumped = true;
		s->jump_seq = (uint16_t)(p->seq + 1);
		s->stale++;
		return RTP_STALE;
	}
	if (delta <= 0)
		return add_older(s, (unsigned)-delta);
	s->max += (unsigned)delta;
	s->seen = delta >= WINDOW ? 1 : s->seen << delta | 1;
	s->unique++;
	return delta == 1 ? RTP_NEXT : RTP_AHEAD;
}

static void update_jitter(struct rtp_source *s, const struct rtp_packet *p, int64_t arrival_us, bool first)
{
	uint32_t arrival = (uint32_t)(arrival_us / (1000000 / RTP_CLOCK_HZ));
	int32_t transit = (int32_t)(arrival - p->ts), d = (int32_t)((uint32_t)transit - (uint32_t)s->transit);

	s->transit = transit;
	if (first)
		return;
	if (d < 0)
		d = d == INT32_MIN ? INT32_MAX : -d;
	if (d > RTP_CLOCK_HZ * 2)
		return; /* a jump of the peer's clock is no jitter */
	s->jitter_q4 += (uint32_t)d - ((s->jitter_q4 + 8) >> 4);
}

enum rtp_place rtp_source_add(struct rtp_source *s, const struct rtp_packet *p, int64_t arrival_us)
{
	bool first = !s->valid;
	enum rtp_place place = place_of(s, p);

	if (place != RTP_DUPLICATE && place != RTP_STALE)
		update_jitter(s, p, arrival_us, first || place == RTP_RESTART);
	return place;
}

static uint32_t expected(const struct rtp_source *s)
{
	return s->valid ? s->max - s->base + 1 : 0;
}

uint64_t rtp_source_lost(const struct rtp_source *s)
{
	return s->lost_before + (expected(s) - s->unique);
}

uint32_t rtp_source_jitter_us(const struct rtp_source *s)
{
	return (uint32_t)((uint64_t)(s->jitter_q4 >> 4) * 1000000 / RTP_CLOCK_HZ);
}

uint8_t rtp_source_fraction(struct rtp_source *s)
{
	uint32_t now_expected = expected(s), wanted = now_expected - s->expected_prior,
		 got = s->unique - s->received_prior;

	s->expected_prior = now_expected;
	s->received_prior = s->unique;
	return wanted == 0 || got >= wanted ? 0 : (uint8_t)(((uint64_t)(wanted - got) << 8) / wanted);
}
