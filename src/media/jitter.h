/* media/jitter.h - the adaptive jitter buffer: G.711 bytes in by RTP timestamp, 20 ms frames out by the
 * clock; pure. */
#ifndef MEDIA_JITTER_H
#define MEDIA_JITTER_H

#include "media.h"

#define JITTER_ROOM    4096 /* samples: 512 ms */
#define JITTER_WINDOWS 4

struct jitter {
	uint8_t code[JITTER_ROOM];
	uint64_t have[JITTER_ROOM / 8 / 64]; /* a bit a millisecond */
	uint8_t fill;                        /* the code of silence */
	bool started;
	bool primed;      /* the first packet has been played */
	unsigned jumps;   /* packets in a row that fit nowhere */
	uint32_t base_ts; /* of the first packet: place 0 */
	uint32_t play_ts; /* the next sample to be played */
	uint32_t end_ts;  /* after the newest sample */
	uint32_t min_samples, max_samples;
	int32_t lead[JITTER_WINDOWS]; /* least time in hand at arrival, a window each; [0] is the present one
				       */
	unsigned window_frames;
	unsigned excess_windows; /* how long there has been more in hand than needed */
};

enum jitter_put {
	JITTER_KEPT,
	JITTER_LATE,     /* its time is over and the delay may not grow further */
	JITTER_NO_PLACE, /* far from everything else; dropped until a second one says so */
};
const char *jitter_put_name(enum jitter_put r);

enum jitter_take {
	JITTER_FRAME,
	JITTER_MISSING, /* to be concealed */
	JITTER_IDLE,    /* nothing has come yet */
};
const char *jitter_take_name(enum jitter_take r);

void jitter_init(struct jitter *j, uint32_t min_ms, uint32_t max_ms);
/* Empties it; the next packet starts anew. */
void jitter_reset(struct jitter *j, uint8_t fill);
/* Once a packet: duplicates are the caller's to find. */
enum jitter_put jitter_put(struct jitter *j, uint32_t ts, const uint8_t *code, size_t n);
/* Every 20 ms. `out` is filled in any case: with silence where there is nothing. */
enum jitter_take jitter_take(struct jitter *j, uint8_t out[MEDIA_FRAME_SAMPLES]);
/* Asks for the memory that the next packet and the next frame will touch. */
void jitter_fetch(const struct jitter *j);
/* What is in hand, in milliseconds. */
uint32_t jitter_depth_ms(const struct jitter *j);

#endif
