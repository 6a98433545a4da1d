/*
 * media/media.h - RTP legs, prompts, bridges and recordings, on media threads; orders in and reports out
 * through rings.
 *
 * A port is one RTP/RTCP socket pair with its codec, jitter buffer, DTMF, player and tap. It hears one source
 * at a time: silence, a playlist, or the port it is bridged with. All functions on the loop thread unless
 * they say otherwise; none waits for a media thread. Does not know SIP, SDP or calls.
 */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include "base/loop.h"

#include <govhotline/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct media;
struct media_port;
struct media_sound; /* a prompt in memory: 8 kHz PCM, shared, counted */
struct media_recording;

enum media_codec { MEDIA_PCMU, MEDIA_PCMA };
const char *media_codec_name(enum media_codec c);

#define MEDIA_FRAME_SAMPLES 160 /* 20 ms at 8 kHz */

struct media_opts {
	struct loop *loop;
	unsigned threads;                      /* 1..16; one a core is usual */
	uint16_t port_min, port_max;           /* RTP ports, even; 0, 0 asks the system */
	uint32_t timeout_ms;                   /* no RTP for this long is reported; 0: 30,000 */
	uint32_t jitter_min_ms, jitter_max_ms; /* 0, 0: 20, 200 */
	char cache_dir[256];                   /* spoken text; "" switches the cache off */
	uint64_t disk_reserve_bytes; /* recording: below this free space, looked at once a second where there
					is plenty, no new recording starts; what is up goes on */
	uint32_t record_block_ms;    /* 0: 1,000 */
	uint32_t rtcp_ms;            /* between our RTCP reports, on average; 0: 5,000 (RFC 3550 6.2) */
	bool plain_sends;            /* a system call a packet, as where io_uring is not permitted */
};
int media_create(struct media **out, const struct media_opts *opts, struct ghl_error *err);
/* All ports must be closed and recordings stopped. Joins the threads; files under way are finished first. A
   port whose on_closed has not come yet goes without it; what recordings have to tell still comes by the
   loop. */
void media_destroy(struct media *m);

/* --- ports --- */
struct media_report { /* RFC 3550 6.4; since the port was opened */
	uint64_t packets_sent, packets_received, bytes_received;
	uint64_t lost, late, duplicates, reordered, concealed_frames;
	/* packets of others before the stream was fixed, or of an SSRC not believed; later ones the kernel
	 * drops unseen */
	uint64_t strangers;
	uint32_t jitter_us;                      /* interarrival jitter of what we receive */
	uint32_t round_trip_us;                  /* by RTCP; 0: unknown */
	uint32_t far_lost, far_jitter_us;        /* what the peer's receiver reports say */
	uint32_t delay_ms;                       /* present depth of the jitter buffer */
	int64_t first_packet_us, last_packet_us; /* monotonic; 0: none */
	uint32_t worst_late_us;                  /* our own sending: worst lateness of a frame */
};
struct media_port_handlers { /* loop thread, never nested in a media_* call */
	/* key down (RFC 4733 or in-band): reported at its first packet, once */
	void (*on_digit)(void *arg, char digit);
	void (*on_digit_end)(void *arg, char digit, uint32_t duration_ms);
	/* the playlist ran out (stopped: false) or was stopped or replaced (true); tag as given to
	 * media_port_play(); played_ms audible time */
	void (*on_played)(void *arg, uint64_t tag, bool stopped, uint32_t played_ms);
	/* silence from the peer for timeout_ms; once, until packets come again */
	void (*on_timeout)(void *arg);
	void (*on_closed)(void *arg, const struct media_report *report); /* the last call: the port is gone */
};
/* `address`: the local address to bind. The port starts with no peer: it sends nothing. GHL_EFULL: no ports
 * left. */
int media_port_open(struct media *m, const char *address, const struct media_port_handlers *handlers,
	void *arg, struct media_port **out);
uint16_t media_port_number(const struct media_port *p);
/* on_closed follows. */
void media_port_close(struct media_port *p);

struct media_peer {
	char address[64];
	uint16_t port, rtcp_port;
	bool rtcp_mux;
	enum media_codec codec;
	uint8_t payload_type;
	bool events; /* RFC 4733 agreed: in-band detection off */
	uint8_t event_payload_type;
	bool send, receive; /* by SDP direction */
	/* false: only packets of this very address and port are taken. true: may latch to where packets come
	   from (RFC 4961), until the first 5 packets of one source; then fixed. Both are IPv4 or both IPv6
	   literals; with another address nothing is sent. */
	bool symmetric;
};
/* Also for changes under way (re-INVITE). */
void media_port_peer_set(struct media_port *p, const struct media_peer *peer);

/* --- sounds: any thread --- */
/* Any file libsndfile reads, at any rate and channels, converted once; cached by path, mtime and size. Blocks
   on the file system: call it on a worker, or through media_sound_load(). */
int media_sound_open(struct media *m, const char *path, struct media_sound **out, struct ghl_error *err);
/* A sound whose file was looked at within the last second, as a reference; NULL: it must be opened. Does not
 * block. */
struct media_sound *media_sound_known(struct media *m, const char *path);
/* Samples are copied. For tones in tests and generated sounds. */
int media_sound_from_pcm(const int16_t *pcm, size_t samples, struct media_sound **out);
struct media_sound *media_sound_ref(struct media_sound *s);
void media_sound_unref(struct media_sound *s);
uint32_t media_sound_ms(const struct media_sound *s);
/* Worker thread; done on the loop. A text is spoken by espeak-ng as a process (voice "" = by language
 * "zh"/"en"), cached as WAV. */
typedef void media_sound_done(
	void *arg, int status, struct media_sound *sound, const struct ghl_error *err); /* sound: now yours */
void media_sound_load(struct media *m, const char *path, media_sound_done *done, void *arg);
void media_sound_speak(
	struct media *m, const char *text, const char *language, media_sound_done *done, void *arg);

/* --- what the peer hears --- */
/* Replaces what was playing (on_played stopped=true for that). Sounds are ref'd. repeat: music on hold.
   The playlist goes on playing until it ends, media_port_stop(), or (stop_on_digit) the first digit. A bridge
   is overridden meanwhile. */
struct media_play {
	struct media_sound *const *sounds;
	unsigned count; /* 1..64 */
	bool repeat;
	bool stop_on_digit; /* barge-in, acted on in the media thread at the digit's first packet */
	uint64_t tag;
	uint32_t start_ms; /* skip into the first sound (music that goes on) */
};
int media_port_play(struct media_port *p, const struct media_play *play);
void media_port_stop(struct media_port *p);
/* RFC 4733 where agreed, else tones in audio. Digits 0-9*#A-D; one after the other, 100 ms each with 100 ms
 * between. GHL_EINVAL. */
int media_port_digits_send(struct media_port *p, const char *digits);

/* Each hears the other. A port is in at most one bridge; GHL_ESTATE otherwise. */
int media_bridge(struct media_port *a, struct media_port *b);
void media_unbridge(struct media_port *a);

/* --- recordings (rows 16a-k): left what arrives from `port`'s peer, right what that peer is sent --- */
enum media_wav { MEDIA_WAV_PCM16, MEDIA_WAV_ALAW };
struct media_recording_done {
	int status; /* 0; else the file, if any, holds what was written: GHL_ESPACE, GHL_EIO, GHL_EFULL (4
		       GiB), GHL_EEXIST */
	uint64_t samples;         /* a channel */
	uint64_t bytes;           /* of the file */
	uint8_t hash[32];         /* BLAKE2b-256 of the whole file */
	uint64_t missing_samples; /* silence put in because a ring overflowed (a stalled disk) */
	int64_t started_at_us;    /* UTC of the first sample */
};
/* From now to media_record_stop(); follows the port through bridges and playlists without a gap, on one
   sample clock. GHL_ESPACE: the reserve is reached; GHL_ESTATE: the port is recorded already, or closed.
   The folder is made and the file too, which must not exist; a failure of that is told when the recording
   stops. */
int media_record_start(
	struct media_port *p, const char *path, enum media_wav format, struct media_recording **out);
/* done later on the loop (within about 1 s: one sync a second serves all; later where the disk is slow), when
 * the file is complete, durable and hashed. The recording is gone after that. */
typedef void media_record_done_fn(void *arg, const struct media_recording_done *done);
void media_record_stop(struct media_recording *r, media_record_done_fn *done, void *arg);
/* Repairs the header of a file cut by a crash. Any thread. GHL_ECORRUPT: it is no recording of ours. */
int media_wav_repair(const char *path, uint64_t *samples, struct ghl_error *err);
/* Facts of any recording of ours. Any thread. */
int media_wav_hash(const char *path, uint8_t hash[32], uint64_t *samples, struct ghl_error *err);

/* --- figures --- */
struct media_stat {
	unsigned ports, recordings;
	uint64_t frames;                          /* 20 ms rounds of all threads */
	uint32_t worst_late_us;                   /* worst wake-up since the last call */
	uint64_t orders_dropped, reports_dropped; /* must be 0 */
	int64_t cpu_us;                           /* of media, recorder and syncer threads */
};
void media_stat(struct media *m, struct media_stat *out);

#endif
