/* fuzz_rtp.c - RTP, RTCP and RFC 4733 payloads, chosen by the first byte; RTP goes on into source and jitter
 * buffer. */
#include "media/dtmf_event.h"
#include "media/jitter.h"
#include "media/rtcp.h"
#include "media/rtp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A train of packets, each with one byte of length before it. */
static void read_rtp(const uint8_t *data, size_t n)
{
	static struct jitter jitter;
	struct rtp_source source = {0};
	uint8_t frame[MEDIA_FRAME_SAMPLES];
	struct rtp_packet p;

	jitter_init(&jitter, 20, 200);
	jitter_reset(&jitter, 0xd5);
	for (size_t at = 0, len; at < n; at += len) {
		len = data[at++];
		if (len > n - at)
			len = n - at;
		if (rtp_is_rtcp(data + at, len) || rtp_parse(&p, data + at, len) < 0)
			continue;
		if (p.payload < data + at || p.payload + p.len > data + at + len)
			abort();
		(void)rtp_source_add(&source, &p, (int64_t)at * 1000);
		(void)rtp_source_fraction(&source);
		(void)rtp_source_jitter_us(&source);
		(void)jitter_put(&jitter, p.ts, p.payload, p.len);
		(void)jitter_take(&jitter, frame);
	}
}

/* Four bytes of timestamp step and payload a packet. */
static void read_events(const uint8_t *data, size_t n)
{
	struct dtmf_event_rx rx = {0};
	struct dtmf_news news[DTMF_NEWS_MAX];
	uint32_t ts = 0;
	int down = 0;

	for (; n > 0; data += n < 5 ? n : 5, n -= n < 5 ? n : 5) {
		unsigned count;

		ts += data[0] * 80u;
		count = dtmf_event_receive(&rx, ts, data + 1, n < 5 ? n - 1 : 4, news);
		for (unsigned i = 0; i < count; i++)
			down += news[i].kind == DTMF_DOWN ? 1 : -1;
		if (count > DTMF_NEWS_MAX || down < 0 || down > 1)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rtcp_news news;

	if (n == 0)
		return 0;
	if (data[0] % 3 == 0)
		read_rtp(data + 1, n - 1);
	else if (data[0] % 3 == 1 && rtcp_parse(&news, data + 1, n - 1, 77) == 0)
		(void)rtcp_round_trip_us(&news, (uint64_t)1 << 48);
	else
		read_events(data + 1, n - 1);
	return 0;
}
