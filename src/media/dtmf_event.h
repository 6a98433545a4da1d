/* media/dtmf_event.h - digits as RTP events; pure. */
#ifndef MEDIA_DTMF_EVENT_H
#define MEDIA_DTMF_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DTMF_EVENT_BYTES   4
#define DTMF_DIGIT_SAMPLES 800 /* 100 ms of 8 kHz */
#define DTMF_END_PACKETS   3

enum dtmf_news_kind { DTMF_DOWN, DTMF_UP };
const char *dtmf_news_kind_name(enum dtmf_news_kind k);

struct dtmf_news {
	enum dtmf_news_kind kind;
	char digit;
	uint32_t duration_ms; /* of DTMF_UP */
};
#define DTMF_NEWS_MAX 3

struct dtmf_event_rx {
	bool down;
	bool any; /* an event was seen: `ts` is valid */
	char digit;
	uint32_t ts;       /* of the newest event: its name */
	uint32_t duration; /* samples */
	uint32_t quiet_ms; /* since its last packet */
};

/* -1: not one of 0-9 * # A-D. */
int dtmf_event_code(char digit);
/* One packet; returns how many news were written. What is no digit, or older than the newest, is no news. */
unsigned dtmf_event_receive(struct dtmf_event_rx *rx, uint32_t ts, const uint8_t *payload, size_t n,
	struct dtmf_news news[DTMF_NEWS_MAX]);
/* Time passes: a key whose packets stopped is taken as released. */
unsigned dtmf_event_pass(struct dtmf_event_rx *rx, uint32_t ms, struct dtmf_news news[DTMF_NEWS_MAX]);
/* One packet's payload; duration in samples. */
void dtmf_event_build(uint8_t to[DTMF_EVENT_BYTES], char digit, bool end, uint16_t duration);

#endif
