/* fixture.h - two struct media on one loop, ports of one with peers in the other, and what was told of each
 * port. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <impaired.h>
#include <testing.h>

#include "base/loop.h"
#include "media/media_priv.h"
#include "media/wav.h"

struct end {
	const char *address;
	struct media_port *port;
	char digits[64];
	unsigned downs, ups, timeouts, closed;
	uint32_t last_up_ms;
	unsigned played;
	uint64_t played_tag;
	bool played_stopped;
	uint32_t played_ms;
	int64_t digit_at_us, played_at_us;
	struct media_report report;
	struct loop *loop;
};

#define LAB_ENDS 24

struct lab {
	struct ghl_clock clock;
	struct loop *loop;
	struct media *near, *far;
	struct end ends[LAB_ENDS];
	unsigned used;
};

/* What a recording turned out to be. */
struct outcome {
	unsigned done;
	struct media_recording_done facts;
};

/* opts: loop is filled in; NULL: one thread and the defaults. */
void lab_open(struct lab *lab, const struct media_opts *opts);
/* Closes what is open, sees every port closed, frees all. */
void lab_close(struct lab *lab);
/* On 127.0.0.1. */
struct end *lab_port(struct lab *lab, struct media *m);
/* `address` is kept. */
struct end *lab_port_at(struct lab *lab, struct media *m, const char *address);
void lab_close_port(struct lab *lab, struct end *e);
/* e's peer is `to`: PCMA, symmetric, both ways. */
struct media_peer lab_peer(const struct end *to, bool events);
/* Each the other's peer. */
void lab_connect(struct end *a, struct end *b, bool events);
/* The same by a relay, whose side 0 is a's peer and side 1 b's; RTCP goes with the RTP. */
void lab_connect_through(struct impaired *relay, struct end *a, struct end *b);
struct media_sound *lab_tone(double hz, unsigned ms);
/* Plays it, keeps no reference. */
void lab_play(struct end *e, struct media_sound *s, bool repeat);
/* Runs the loop until *flag >= n; fails after limit_ms. */
void lab_until(struct lab *lab, const unsigned *flag, unsigned n, unsigned limit_ms);
/* Lets ms pass, as the media threads count it: by a sound played to nobody. */
void lab_pass(struct lab *lab, unsigned ms);
/* A media_record_done_fn whose arg is a struct outcome. */
void lab_recorded(void *arg, const struct media_recording_done *done);
/* Stops it and waits for its outcome. */
void lab_stop_recording(struct lab *lab, struct media_recording *r, struct outcome *o);

/* A PCM16 recording in memory; free(left). */
struct track {
	int16_t *left, *right;
	size_t samples;
};
void track_read(struct track *t, const char *path);
void track_free(struct track *t);
/* Power of one frequency in dB of full scale, over n samples (Goertzel). */
double goertzel_db(const int16_t *pcm, size_t n, double hz);

#endif
