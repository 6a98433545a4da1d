/*
 * dtmf_event.c - telephone events in RTP: RFC 4733 section 2.3 (payload) and 2.5 (procedures), events 0
 * to 15.
 *
 * An event is named by its RTP timestamp. It is told at its first packet that arrives, whichever that is, and
 * its end at the first packet with the E bit, at the next event, or when its packets stop. Long events that
 * start a new segment (2.5.1.3) are told as further presses: no key is held for 8 s on purpose.
 */
#include "dtmf_event.h"

#include <string.h>

#define LOST_AFTER_MS 200
#define VOLUME_DBM0   10

static const char digits[] = "0123456789*#ABCD";

const char *dtmf_news_kind_name(enum dtmf_news_kind k)
{
	static const char *const names[] = {"down", "up"};

	return (unsigned)k < 2 ? names[k] : "?";
}

int dtmf_event_code(char digit)
{
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void release(struct dtmf_event_rx *rx, struct dtmf_news *news)
{
	news->kind = DTMF_UP;
	news->digit = rx->digit;
	news->duration_ms = rx->duration / 8;
	rx->down = false;
}

unsigned dtmf_event_receive(struct dtmf_event_rx *rx, uint32_t ts, const uint8_t *payload, size_t n,
	struct dtmf_news news[DTMF_NEWS_MAX])
{
	unsigned count = 0;
	uint32_t duration;

	if (n < DTMF_EVENT_BYTES || payload[0] > 15)
		return 0;
	if (rx->any && (int32_t)(ts - rx->ts) < 0)
		return 0; /* of an earlier event */
	duration = (uint32_t)(payload[2] << 8 | payload[3]);
	if (!rx->any || ts != rx->ts) {
		if (rx->down)
			release(rx, &news[count++]);
		rx->any = rx->down = true;
		rx->digit = digits[payload[0]];
		rx->ts = ts;
		rx->duration = 0;
		news[count].kind = DTMF_DOWN;
		news[count].digit = rx->digit;
		news[count++].duration_ms = 0;
	}
	if (!rx->down)
		return count; /* a repeated end */
	rx->quiet_ms = 0;
	if (duration > rx->duration)
		rx->duration = duration;
	if (payload[1] & 0x80)
		release(rx, &news[count++]);
	return count;
}

unsigned dtmf_event_pass(struct dtmf_event_rx *rx, uint32_t ms, struct dtmf_news news[DTMF_NEWS_MAX])
{
	if (!rx->down)
		return 0;
	rx->quiet_ms += ms;
	if (rx->quiet_ms < LOST_AFTER_MS)
		return 0;
	release(rx, &news[0]);
	return 1;
}

void dtmf_event_build(uint8_t to[DTMF_EVENT_BYTES], char digit, bool end, uint16_t duration)
{
	to[0] = (uint8_t)dtmf_event_code(digit);
	to[1] = (uint8_t)((end ? 0x80 : 0) | VOLUME_DBM0);
	to[2] = (uint8_t)(duration >> 8);
	to[3] = (uint8_t)duration;
}
