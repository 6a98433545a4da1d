/* demo.h - the parts of `govhotline demo`: voices, peers (sipp citizens, baresip agents) and the check of
 * what was recorded. */
#ifndef DEMO_H
#define DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <govhotline/govhotline.h>

#define DEMO_RATE     8000
#define DEMO_AGENTS   5
#define DEMO_CITIZENS 30
#define DEMO_CALLED   "12345"

/* --- voices: speech by espeak-ng with a faint tone below it, by which the check knows whose voice it is ---
 */
struct demo_voice {
	int16_t *pcm;
	size_t samples;
};
/* Speaks and converts to 8 kHz through processes (espeak-ng, sox); the tone of tone_hz is mixed in. False:
 * said on stderr. */
bool demo_voice_make(struct demo_voice *v, const char *dir, const char *name, const char *voice,
	const char *text, unsigned tone_hz);
void demo_voice_free(struct demo_voice *v);
/* One sample of a tone. */
int16_t demo_sine(double hz, double level, size_t at);
bool demo_wav_write(const char *path, const int16_t *pcm, size_t samples);

/* What a citizen sends: its voice over and over for `ms`, with keys pressed at given instants. */
struct demo_track {
	const struct demo_voice *voice;
	uint32_t ms;
	const char *keys; /* "1", "2" .. one after the other */
	uint32_t key_at_ms[4];
};
/* A capture for sipp's play_pcap_audio: PCMA (RFC 3551) and telephone-event (RFC 4733) on one clock. */
bool demo_track_pcap(const struct demo_track *t, const char *path);
/* The same with the keys as tones, A-law, for sipp's rtp_stream: needs no raw socket. */
bool demo_track_alaw(const struct demo_track *t, const char *path);

/* --- peers --- */
/* A baresip that registers as `account`, answers by itself (or never, when not) and says its voice; ended by
 * SIGTERM. -1: said on stderr. */
pid_t demo_agent_start(const char *dir, const char *account, const char *password, uint16_t sip_port,
	const char *voice_wav, bool answers);

enum demo_plan { DEMO_TALKS, DEMO_LISTENS, DEMO_GIVES_UP_QUEUE, DEMO_GIVES_UP_MENU };
struct demo_citizen {
	char number[16];
	enum demo_plan plan;
	char key;            /* the menu's key; 0: none pressed */
	uint32_t start_ms;   /* after the demo's begin */
	uint32_t hold_on_ms; /* from the answer to its own hang-up; DEMO_LISTENS: the longest wait for the
				agent's */
	char track[256];     /* file of demo_track_* */
	bool raw;            /* track is a capture, keys by RFC 4733 */
	pid_t pid;
	int status; /* of sipp, -1 while it runs */
};
/* Writes a scenario and starts sipp with it. -1: said on stderr. */
pid_t demo_citizen_start(
	const struct demo_citizen *c, const char *dir, const char *called, uint16_t sip_port);

/* --- the site: configuration and dialogue, written into the demo's folder --- */
struct demo_agent {
	char name[8];
	char display[32];
	char skills[32];
	bool answers;
	unsigned tone_hz;
	char wav[256];
	pid_t pid;
};
bool demo_site_write(
	const char *dir, const struct demo_agent *agents, const char *password, char *yaml, size_t room);

struct demo {
	char dir[200];
	struct demo_agent agents[DEMO_AGENTS];
	struct demo_citizen citizens[DEMO_CITIZENS];
	struct ghl_hotline *hotline;
	struct ghl_session *session;
	uint16_t sip_port;
	bool raw; /* sipp may open raw sockets: keys by RFC 4733; else audible keys for all */
	unsigned faults;
};
unsigned demo_citizen_tone(unsigned i);
/* One picture of queues, agents and citizens; on a terminal over the one before. */
void demo_screen(struct demo *d, uint32_t at_ms, bool terminal, bool first);
/* Lists the calls, holds every recording and figure against what the citizens did; counts faults. */
void demo_verdict(struct demo *d);

/* --- check --- */
struct demo_heard {
	double citizen_db; /* level of the citizen's tone on the left, dB relative to full scale, while it
			      talks */
	double agent_db;   /* level of the loudest agent tone on the right */
	int agent;         /* whose tone that is, an index into tones; -1 none */
	double cross_db;   /* the agents' tones on the left, the citizen's on the right: the worse one */
	double seconds;
};
/* Reads a stereo recording and looks for the tones. */
bool demo_listen(const char *path, unsigned citizen_hz, const unsigned *agent_hz, unsigned agents,
	struct demo_heard *out);

#endif
