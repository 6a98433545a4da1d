/* media/rtp.h - RTP packets and what is counted of a source; pure. */
#ifndef MEDIA_RTP_H
#define MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_HEADER_BYTES 12
#define RTP_CLOCK_HZ     8000

struct rtp_packet {
	const uint8_t *payload; /* inside the datagram */
	size_t len;             /* without padding */
	uint32_t ts;
	uint32_t ssrc;
	uint16_t seq;
	uint8_t payload_type;
	bool marker;
};

/* GHL_EPARSE: no RTP version 2 packet, or lengths that do not fit. Reads nothing beyond n bytes. */
int rtp_parse(struct rtp_packet *p, const uint8_t *data, size_t n);
/* Writes the 12 bytes of a header without CSRCs from all fields but payload and len. */
void rtp_build(uint8_t *to, const struct rtp_packet *p);
/* A datagram on a shared port that is RTCP (RFC 5761 section 4). */
bool rtp_is_rtcp(const uint8_t *data, size_t n);

/* Where a packet stands in its stream. */
enum rtp_place {
	RTP_NEXT,      /* the one expected, or the first */
	RTP_AHEAD,     /* later than expected: some are missing before it */
	RTP_REORDERED, /* one that was missing */
	RTP_DUPLICATE, /* here already */
	RTP_STALE,     /* too old to tell, or a jump not yet confirmed: not to be used */
	RTP_RESTART    /* the source began anew */
};
const char *rtp_place_name(enum rtp_place p);

struct rtp_source {
	bool valid;
	uint32_t ssrc;
	uint32_t base;     /* extended sequence number of the first packet */
	uint32_t max;      /* the highest */
	uint64_t seen;     /* bit i: max - i was received */
	uint16_t jump_seq; /* the number after a jump that would confirm it */
	bool jumped;
	uint32_t unique;                         /* packets of this run of numbers, duplicates not counted */
	uint64_t lost_before;                    /* of earlier runs */
	uint32_t expected_prior, received_prior; /* at the last report block */
	int32_t transit;                         /* RTP units; of the last packet */
	uint32_t jitter_q4;                      /* RFC 3550 A.8 */
	uint64_t duplicates, reordered, stale;
};

/* The packet is counted. arrival_us: any clock that runs evenly. */
enum rtp_place rtp_source_add(struct rtp_source *s, const struct rtp_packet *p, int64_t arrival_us);
uint64_t rtp_source_lost(const struct rtp_source *s);
uint32_t rtp_source_jitter_us(const struct rtp_source *s);
/* Fraction lost since the last call, in 1/256 (RFC 3550 A.3). */
uint8_t rtp_source_fraction(struct rtp_source *s);

#endif
