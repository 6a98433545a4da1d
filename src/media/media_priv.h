/*
 * media/media_priv.h - the structs shared by the files of this module, and who owns what.
 *
 *   loop thread                       media thread (struct worker)             recorder thread
 *   media.c port.c bridge.c   --orders-->   worker.c leg.c leg_net.c leg_out.c   --frames-->   recorder.c
 *                             <--reports--
 *
 * A struct media_port is the loop's; the struct leg inside it is its media thread's from ORDER_OPEN to
 * REPORT_CLOSED.
 */
#ifndef MEDIA_PRIV_H
#define MEDIA_PRIV_H

#include "dtmf_event.h"
#include "jitter.h"
#include "media.h"
#include "recorder.h"
#include "ring.h"
#include "rtcp.h"
#include "rtp.h"

#include "base/clock.h"
#include "base/list.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include <liburing.h>
#include <spandsp.h>

#define FRAME_MS       20
#define FRAME_US       20000
#define PHASES         4
#define SLOT_US        (FRAME_US / PHASES)
#define MAX_THREADS    16
#define ORDERS         8192
#define REPORTS        8192
#define DIGITS_ROOM    64
#define DATAGRAM_BYTES 1500
#define BATCH          8

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* --- address.c --- */
/* False: no literal IPv4 or IPv6 address. */
bool address_parse(union address *a, const char *text, uint16_t port);
socklen_t address_size(const union address *a);
bool address_same_host(const union address *a, const union address *b);
bool address_same(const union address *a, const union address *b);
uint16_t address_port(const union address *a);
void address_port_set(union address *a, uint16_t port);
/* A bound pair, RTP even and RTCP one above. GHL_EFULL, GHL_EINVAL, GHL_EIO. */
int address_bind_pair(struct media *m, const char *address, int fds[2], uint16_t *port);

/* --- sound.c --- */
struct media_sound {
	atomic_uint refs;
	size_t samples;
	struct list node; /* in sound_cache.sounds */
	char *path;       /* NULL: not in the cache */
	int64_t mtime_ns, size;
	int64_t looked_us; /* when the file was last seen to be so; guarded by the cache's lock */
	int16_t pcm[];
};
struct sound_cache {
	pthread_mutex_t lock;
	struct list sounds; /* oldest first */
	size_t bytes;
};
void sound_cache_init(struct sound_cache *c);
void sound_cache_finish(struct sound_cache *c);
/* Reads everything from an open descriptor, which stays open. */
int sound_read(int fd, const char *name, struct media_sound **out, struct ghl_error *err);

/* --- resample.c --- */
/* To 8 kHz; *out is malloc'ed. GHL_ENOMEM. */
int resample_to_8k(const float *in, size_t n, unsigned rate, int16_t **out, size_t *samples);

/* --- speak.c: blocks; a worker calls it --- */
int speak(struct media *m, const char *text, const char *language, struct media_sound **out,
	struct ghl_error *err);

/* --- pool.c: two threads for what blocks --- */
struct pool;
int pool_create(struct pool **out, struct media *m);
/* Work that was not begun is answered GHL_ECLOSED. */
void pool_destroy(struct pool *p);

/* --- a playlist on its way through a leg --- */
struct playlist {
	struct media_sound *sounds[64];
	unsigned count, at; /* at: the sound playing */
	size_t offset;      /* samples into it */
	uint64_t played;    /* samples */
	bool repeat, stop_on_digit;
	uint64_t tag;
};

struct bridge {
	struct ring way[2]; /* [i]: from side i */
	unsigned holders;   /* loop thread: legs that may still touch it */
};

/* What the loop tells a leg about its peer; owned by the loop, given back. */
struct peer_order {
	struct media_peer peer;
	bool usable; /* the address is a literal of the port's family */
	union address rtp, rtcp;
	struct jitter *jitter; /* NULL: the leg has one */
	plc_state_t *plc;
	dtmf_rx_state_t *tones; /* NULL: none needed or has one */
};

enum order_kind {
	ORDER_OPEN,
	ORDER_CLOSE,
	ORDER_PEER,
	ORDER_PLAY,
	ORDER_STOP,
	ORDER_DIGITS,
	ORDER_BRIDGE,
	ORDER_RECORD,
	ORDER_RECORD_END
};
const char *order_kind_name(enum order_kind k);
struct leg;
struct order {
	enum order_kind kind;
	unsigned side; /* ORDER_BRIDGE */
	struct leg *leg;
	void *what; /* peer_order, playlist, digits, bridge or recording */
};

enum report_kind {
	REPORT_DIGIT,
	REPORT_DIGIT_END,
	REPORT_PLAYED,
	REPORT_TIMEOUT,
	REPORT_CLOSED,
	REPORT_FREE,
	REPORT_BRIDGE_LEFT
};
const char *report_kind_name(enum report_kind k);
struct report {
	enum report_kind kind;
	char digit;
	bool stopped;
	uint32_t ms;
	struct media_port *port;
	void *what; /* playlist, bridge, or memory to free */
};

enum latch { LATCH_OPEN, LATCH_FIXED };
const char *latch_name(enum latch l);

struct worker;
struct leg {
	struct list node; /* in worker.phases[phase] */
	struct worker *worker;
	struct media_port *port;
	int rtp_fd, rtcp_fd;
	unsigned phase;
	bool closing;

	/* the peer */
	struct media_peer peer;
	bool has_peer;
	enum latch latch;
	bool vouched;              /* connected, and what came before that is taken: all is the peer's */
	bool steady;               /* vouched, and the last turn took one packet */
	union address to, rtcp_to; /* where we send */
	union address candidate;   /* LATCH_OPEN: the source of the last packets */
	unsigned candidate_packets;
	uint32_t other_ssrc; /* a new SSRC that is not yet believed */
	unsigned other_packets;

	/* receiving */
	struct rtp_source source;
	struct jitter *jitter;
	plc_state_t *plc;
	dtmf_rx_state_t *tones;
	char tone;             /* the in-band digit that is down, or 0 */
	uint64_t tone_samples; /* received while it is down */
	struct dtmf_event_rx events;
	uint8_t past[2 * MEDIA_FRAME_SAMPLES]; /* the last frames played, for the concealer */
	unsigned missing;                      /* frames concealed in a row */
	uint32_t quiet_frames;                 /* without a packet */
	bool told_timeout;

	/* sending */
	uint32_t ssrc, tx_ts;
	uint16_t tx_seq;
	bool talking;         /* the last frame was sent, and was no mere sign of life */
	uint32_t idle_frames; /* since the last packet of a stream that has nothing to pass on */
	struct playlist *play;
	char digits[DIGITS_ROOM];
	unsigned digit_first, digit_count, digit_step;
	uint32_t digit_ts;
	struct bridge *bridge;
	unsigned side;

	/* RTCP */
	uint32_t rtcp_wait_frames;
	uint32_t last_sr;   /* middle NTP of the peer's last SR */
	int64_t last_sr_us; /* UTC */
	uint64_t octets_sent;
	uint32_t random;

	struct media_recording *recording;
	struct media_report report;
};

/* --- outbox.c: media thread --- */
#define OUTBOX_ROOM  64
#define OUTBOX_BYTES (RTP_HEADER_BYTES + MEDIA_FRAME_SAMPLES)
struct outgoing {
	struct leg *leg;
	size_t bytes;
	uint8_t data[OUTBOX_BYTES];
};
struct outbox {
	struct io_uring ring;
	bool gathers; /* there is a ring */
	unsigned count;
	struct outgoing packets[OUTBOX_ROOM];
};
/* In the thread that will send. */
void outbox_open(struct outbox *o, bool plain);
void outbox_close(struct outbox *o);
/* Where the leg's next packet is to be written at once; it is sent with others, at the turn's end at the
 * latest. At most OUTBOX_BYTES. */
uint8_t *outbox_add(struct leg *l, size_t bytes);
void outbox_flush(struct worker *w);
/* Gives the kernel what was put into the ring. False: that does not work after all, the ring is closed, and
 * the last `*left` entries were not taken. */
bool outbox_submit(struct outbox *o, unsigned *left);

/* --- inbox.c: media thread --- */
#define INBOX_ROOM OUTBOX_ROOM
struct incoming {
	bool asked;
	int fd, bytes; /* bytes: or below 0 */
	struct msghdr head;
	struct iovec part;
	uint8_t control[64];
	uint8_t data[DATAGRAM_BYTES];
};
struct inbox {
	struct incoming packets[INBOX_ROOM];
};
/* packets[i] is what waited for a steady legs[i]. n <= INBOX_ROOM. */
void inbox_fill(struct worker *w, struct leg **legs, unsigned n);

/* --- worker.c --- */
struct worker {
	struct media *media;
	pthread_t thread;
	bool running;
	struct ring orders, reports;
	struct list spill; /* loop thread: orders that found the ring full */
	struct list phases[PHASES];
	int64_t now_us, now_utc_us, due_us; /* of the present slot */
	bool told;                          /* a report was put in this slot */
	uint64_t ticks;
	atomic_bool stop;
	atomic_uint_fast64_t frames, reports_dropped;
	atomic_uint worst_late_us;
	_Atomic int64_t cpu_us;
	struct outbox outbox;
	struct inbox inbox;
	/* room for one batch of datagrams */
	struct mmsghdr heads[BATCH];
	struct iovec parts[BATCH];
	union address from[BATCH];
	uint8_t control[BATCH][64];
	uint8_t data[BATCH][DATAGRAM_BYTES];
};
int worker_start(struct worker *w, struct media *m);
/* Loop thread. Join first, take the last reports, then finish. */
void worker_join(struct worker *w);
void worker_finish(struct worker *w);
void worker_order(struct worker *w, const struct order *o);
void worker_flush(struct worker *w);
/* Media thread. */
bool worker_report(struct worker *w, const struct report *r);
void worker_give_back(struct worker *w, void *memory);

/* --- leg*.c: media thread --- */
void leg_order(struct leg *l, const struct order *o);
/* 20 ms of one leg, with the packet that the inbox has for it. */
void leg_tick(struct leg *l, struct incoming *came);
/* True when the leg is done and told so. */
bool leg_close(struct leg *l);
/* The thread slept over whole frames. */
void leg_skip(struct leg *l, uint32_t frames);
/* One packet of a peer whose socket is connected. */
void leg_take(struct leg *l, struct incoming *in);
/* All that has come. */
void leg_receive(struct leg *l);
void leg_receive_rtcp(struct leg *l);
void leg_send_rtcp(struct leg *l, bool bye);
void leg_send(struct leg *l, const uint8_t *data, size_t n);
void leg_tone_report(void *arg, int code, int level, int delay);
void leg_digit_news(struct leg *l, const struct dtmf_news *news, unsigned n);
/* What the peer is to hear now; sends it. */
void leg_speak(struct leg *l, struct frame *out);
void leg_play_end(struct leg *l, bool stopped);

/* --- loop side --- */
struct media_port {
	struct leg leg;
	struct list node; /* in media.ports */
	struct media *media;
	struct media_port_handlers handlers;
	void *arg;
	uint16_t number;
	int family;
	bool closing, has_jitter, has_tones;
	struct media_port *other; /* the one it is bridged with */
	struct media_recording *recording;
};

struct media {
	struct media_opts opts;
	struct loop *loop;
	int64_t plenty_until_us; /* the disk had more than twice the reserve; the loop thread's */
	const struct ghl_clock *clock;
	struct worker workers[MAX_THREADS];
	unsigned next_worker, next_phase;
	uint16_t next_port;
	struct list ports;
	unsigned ports_open;
	int wake_fd, wake_index; /* a media thread has reported */
	struct timer flush;
	uint32_t timeout_frames, rtcp_frames;
	char cname[40];
	int16_t tones[16][DTMF_DIGIT_SAMPLES];
	struct sound_cache cache;
	struct pool *pool;
	struct recorder *recorder;
};
void port_report(struct media *m, const struct report *r);
void port_free(struct media_port *p);
void port_order(struct media_port *p, enum order_kind kind, void *what, unsigned side);
/* Bridge and playlist memory. */
void bridge_left(struct bridge *b);
void playlist_free(struct playlist *p);

#endif
