/*
 * rtcp.c - compound RTCP packets: SR, RR, SDES with CNAME, BYE (RFC 3550 section 6.4 to 6.6); checks as in
 * appendix A.2.
 *
 * Pure: no socket, no clock, no allocation. When to send is the leg's matter.
 */
#include "rtcp.h"

#include <govhotline/error.h>

#include <string.h>

#define NTP_1970 2208988800u
enum { TYPE_SR = 200, TYPE_RR = 201, TYPE_SDES = 202, TYPE_BYE = 203 };
#define BLOCK_BYTES  24
#define SENDER_BYTES 20

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
	return p + 4;
}

uint64_t rtcp_ntp(int64_t utc_us)
{
	uint64_t s = (uint64_t)(utc_us / 1000000) + NTP_1970, us = (uint64_t)(utc_us % 1000000);

	return s << 32 | (us << 32) / 1000000;
}

/* length counts 32-bit words less one */
static void head(uint8_t *at, unsigned count, unsigned type, const uint8_t *end)
{
	size_t words = (size_t)(end - at) / 4 - 1;

	at[0] = (uint8_t)(0x80 | count);
	at[1] = (uint8_t)type;
	at[2] = (uint8_t)(words >> 8);
	at[3] = (uint8_t)words;
}

static uint8_t *put_block(uint8_t *p, const struct rtcp_ours *o)
{
	p = put32(p, o->source_ssrc);
	p = put32(p, (uint32_t)o->fraction << 24 | (o->lost > 0x7fffff ? 0x7fffff : o->lost));
	p = put32(p, o->highest);
	p = put32(p, o->jitter);
	p = put32(p, o->last_sr);
	return put32(p, o->since_sr);
}

static uint8_t *put_report(uint8_t *at, const struct rtcp_ours *o)
{
	uint8_t *p = put32(at + 4, o->ssrc);

	if (o->sender) {
		p = put32(p, (uint32_t)(o->ntp >> 32));
		p = put32(p, (uint32_t)o->ntp);
		p = put32(p, o->rtp_ts);
		p = put32(p, o->packets);
		p = put32(p, o->octets);
	}
	if (o->has_source)
		p = put_block(p, o);
	head(at, o->has_source, o->sender ? TYPE_SR : TYPE_RR, p);
	return p;
}

static uint8_t *put_sdes(uint8_t *at, const struct rtcp_ours *o)
{
	size_t n = strnlen(o->cname, 63);
	uint8_t *p = put32(at + 4, o->ssrc);

	*p++ = 1;
	*p++ = (uint8_t)n;
	memcpy(p, o->cname, n);
	p += n;
	do {
		*p++ = 0;
	} while ((p - at) % 4);
	head(at, 1, TYPE_SDES, p);
	return p;
}

size_t rtcp_build(uint8_t to[RTCP_ROOM], const struct rtcp_ours *o)
{
	uint8_t *p = put_sdes(put_report(to, o), o), *bye = p;

	if (o->bye) {
		p = put32(bye + 4, o->ssrc);
		head(bye, 1, TYPE_BYE, p);
	}
	return (size_t)(p - to);
}

static void read_block(struct rtcp_news *news, const uint8_t *p, uint32_t ours)
{
	if (get32(p) != ours)
		return;
	news->block = true;
	news->fraction = p[4];
	news->lost = (int32_t)(get32(p + 4) << 8) >> 8;
	news->jitter = get32(p + 12);
	news->last_sr = get32(p + 16);
	news->since_sr = get32(p + 20);
}

/* One packet of n bytes, its header checked. */
static int read_packet(struct rtcp_news *news, const uint8_t *p, size_t n, uint32_t ours)
{
	unsigned count = p[0] & 0x1f;
	size_t at = 8;

	if (p[1] == TYPE_BYE)
		news->bye = true;
	if (p[1] != TYPE_SR && p[1] != TYPE_RR)
		return 0;
	if (p[1] == TYPE_SR)
		at += SENDER_BYTES;
	if (n < at + (size_t)count * BLOCK_BYTES)
		return GHL_EPARSE;
	news->ssrc = get32(p + 4);
	if (p[1] == TYPE_SR) {
		news->sr = true;
		news->sr_ntp = get32(p + 8) << 16 | get32(p + 12) >> 16;
	}
	for (; count; count--, at += BLOCK_BYTES)
		read_block(news, p + at, ours);
	return 0;
}

int rtcp_parse(struct rtcp_news *news, const uint8_t *data, size_t n, uint32_t ours)
{
	size_t at = 0, bytes;

	memset(news, 0, sizeof(*news));
	if (n < 8 || (data[1] != TYPE_SR && data[1] != TYPE_RR))
		return GHL_EPARSE;
	while (at < n) {
		if (n - at < 4 || data[at] >> 6 != 2)
			return GHL_EPARSE;
		bytes = ((size_t)(data[at + 2] << 8 | data[at + 3]) + 1) * 4;
		if (bytes > n - at || read_packet(news, data + at, bytes, ours) < 0)
			return GHL_EPARSE;
		at += bytes;
	}
	return 0;
}

uint32_t rtcp_round_trip_us(const struct rtcp_news *news, uint64_t arrival_ntp)
{
	uint32_t span = (uint32_t)(arrival_ntp >> 16) - news->last_sr - news->since_sr;

	if (!news->block || news->last_sr == 0 || span > 60u << 16)
		return 0;
	return (uint32_t)(((uint64_t)span * 1000000) >> 16);
}
