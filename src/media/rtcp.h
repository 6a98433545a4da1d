/* media/rtcp.h - sender and receiver reports, SDES and BYE; pure. */
#ifndef MEDIA_RTCP_H
#define MEDIA_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTCP_ROOM 256 /* bytes of the largest compound packet we send */

/* What we say. */
struct rtcp_ours {
	uint32_t ssrc;
	bool sender;  /* SR, else RR */
	uint64_t ntp; /* now, NTP format */
	uint32_t rtp_ts, packets, octets;
	bool has_source; /* a report block about what we receive */
	uint32_t source_ssrc;
	uint8_t fraction;           /* 1/256 */
	uint32_t lost;              /* cumulative */
	uint32_t highest, jitter;   /* extended sequence number; RTP units */
	uint32_t last_sr, since_sr; /* middle 32 bits of NTP; 1/65536 s */
	const char *cname;          /* at most 63 bytes */
	bool bye;
};

/* What we are told. */
struct rtcp_news {
	bool sr, block, bye;
	uint32_t ssrc;
	uint32_t sr_ntp; /* middle 32 bits */
	uint8_t fraction;
	int32_t lost;
	uint32_t jitter, last_sr, since_sr; /* of the block about `ours` */
};

/* The middle 32 bits of an NTP time are its units of 1/65536 s. */
uint64_t rtcp_ntp(int64_t utc_us);
size_t rtcp_build(uint8_t to[RTCP_ROOM], const struct rtcp_ours *o);
/* A compound packet; GHL_EPARSE: not one, nothing of it is to be believed. Unknown packet types are stepped
 * over. */
int rtcp_parse(struct rtcp_news *news, const uint8_t *data, size_t n, uint32_t ours);
/* Microseconds there and back (RFC 3550 6.4.1, figure 2); 0 where the block does not tell or the sum is no
 * time. */
uint32_t rtcp_round_trip_us(const struct rtcp_news *news, uint64_t arrival_ntp);

#endif
