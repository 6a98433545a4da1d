/*
 * fixture.h - a town for flow tests: a hotline in this process on ports of the system's choice, and people
 * with phones: citizens (trunk 127.0.0.2), agents (registered phones, 127.0.0.1) and strangers (127.0.0.3),
 * each a struct sip of its own over one struct media. The town's loop is stepped by the test; the hotline
 * runs its own threads.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "impaired.h"
#include "testing.h"

#include "media/media.h"
#include "sip/sip.h"

#include <govhotline/govhotline.h>

#define TOWN_PEOPLE_MAX 96

struct person {
	struct town *town;
	struct sip *sip;
	struct sip_leg *leg;
	struct media_port *port;
	struct impaired *network; /* its media goes through that; NULL: straight */
	struct sdp_local local;
	struct sdp_agreed agreed;
	char address[16], name[32];
	unsigned tone_hz; /* what it says */
	struct media_recording *hears;
	char heard_path[512]; /* left channel: what it heard */
	/* what it does when it is called */
	bool answers;     /* else it lets it ring */
	uint16_t refuses; /* with this status; 0: not */
	bool early;       /* it plays its tone before it answers (183), and answers when told to */
	/* what it saw */
	unsigned rung, ups, talks, ended, reoffers, heard_done;
	uint16_t refer_status;      /* of the REFER's response */
	unsigned notified;          /* NOTIFYs that came */
	uint16_t notified_status;   /* what the last one says */
	bool notified_last;         /* .. and that it is the last */
	struct person *deputy;      /* takes the calls that come while it is in one; NULL: 486 */
	char redirects[64];         /* to this it points who calls next (302); "": not */
	uint16_t ring_status;       /* of the last 18x of a call it made */
	bool early_media;           /* that one brought media */
	uint16_t last_status;       /* of an end by refusal */
	char shown[64], called[64]; /* calling and called number of the last INVITE */
	bool registered;
};

struct town {
	char folder[256], config[300];
	struct ghl_clock clock;
	struct loop *loop;
	struct media *media;
	struct ghl_hotline *hotline;
	struct ghl_session *owner;
	uint16_t port;      /* of the hotline's SIP */
	struct person *far; /* town_opts.out: the called party behind trunk "out"; answers when told to */
	bool deaf;          /* people do not record what they hear */
	struct person people[TOWN_PEOPLE_MAX];
	unsigned people_count;
	/* events since the town was opened, the newest last */
	struct ghl_event *events[4096];
	unsigned event_count;
};

/* What a test changes of the configuration; "" or 0 for the usual. */
struct town_opts {
	const char *limits;     /* members of `limits`, as YAML flow text: "max_calls: 1" */
	const char *media;      /* members of `media` */
	const char *paths;      /* members of `paths` */
	const char *queue;      /* members of the queue "water" */
	const char *agent;      /* members of every agent */
	const char *route;      /* where calls by trunk go; NULL: "dialogue:main" */
	const char *routes;     /* whole lines of `routes` before that one */
	const char *route_keys; /* members of that one */
	const char *out_keys;   /* members of the trunk "out" */
	const char *more;       /* whole lines at the end */
	bool out;               /* a trunk "out" (127.0.0.4) that calls leave by, to town->far */
	const char *after;      /* the VoiceXML of one more dialogue, "after"; NULL: there is none */
	const char *dialogue;   /* the VoiceXML of "main"; NULL: the usual menu */
};

/* Queue "water" (skill water, 20 s ring), dialogue "main" (prompt of 1 s, key 1 leads to the queue), agents
   and phones "1001" .. "1005". */
void town_open(struct town *t, const struct town_opts *opts);
void town_close(struct town *t);
/* The steps of that, for tests whose hotline lives in a process of its own: folder and configuration; the
   people's loop and media (with `port` set by the test); the hotline in this process, begun and ended. */
void town_prepare(struct town *t, const struct town_opts *opts);
void town_people(struct town *t);
void town_start(struct town *t);
void town_stop(struct town *t);
/* A registered phone; nobody logs on. */
struct person *town_phone(struct town *t, const char *account, unsigned tone_hz);
/* Steps until cond holds; fails the test after 20 s (times slowness). */
#define TOWN_UNTIL(t, cond)                                                                                  \
	do {                                                                                                 \
		int64_t end_ = town_limit_us(t);                                                             \
		while (!(cond)) {                                                                            \
			town_step(t);                                                                        \
			ck_assert_msg(town_now_us(t) < end_, "never: %s", #cond);                            \
		}                                                                                            \
	} while (0)
void town_step(struct town *t);
int64_t town_now_us(const struct town *t);
int64_t town_limit_us(const struct town *t);
/* Steps for so long: to talk, or to see that nothing happens. */
void town_run_ms(struct town *t, unsigned ms);
/* Stops the hotline and starts it again on the same store. */
void town_restart(struct town *t);

/* Steps until so many calls since the opening have ended and their recordings too. */
void town_until_over(struct town *t, unsigned calls);

/* A person with a phone on an address, and the trunk "line" by which it reaches the hotline. */
struct person *person_new(struct town *t, const char *address, const char *name, unsigned tone_hz);
void person_line_set(struct person *p, bool registers);
struct person *town_citizen(struct town *t, const char *number, unsigned tone_hz);
struct person *town_stranger(struct town *t);
/* Registered, logged on and ready. */
struct person *town_agent(struct town *t, const char *name, unsigned tone_hz);
/* Writes a file of the town's folder anew. */
void town_file(struct town *t, const char *name, const char *text);

void person_call(struct person *p, const char *called);
/* Its network is gone: it sends nothing any more and says no BYE. */
void person_fall_silent(struct person *p);
void person_press(struct person *p, const char *digits);
void person_hang_up(struct person *p);
/* Asks the hotline to send its call on (REFER); with `other` to the party of that person's call, which is
 * with the same phone (Replaces). notified tells what the hotline says of it. */
void person_refer(struct person *p, const char *target, const struct person *other);
/* It rings, or plays before the answer, at `leg`: now it answers. */
void person_answer(struct person *p);
void person_hold(struct person *p, bool held);
/* Ends what it records; then heard_path can be read. */
void person_stop_listening(struct person *p);

/* The newest event of a type, or NULL; how many there were. */
const struct ghl_event *town_event(const struct town *t, enum ghl_event_type type);
unsigned town_events(const struct town *t, enum ghl_event_type type);
void town_agent_state(struct town *t, const char *agent, enum ghl_agent_state state);
enum ghl_agent_state town_agent_is(struct town *t, const char *agent, char reason[64]);
enum ghl_agent_busy town_agent_busy(struct town *t, const char *agent);
/* How many there are; at most a page of a list. */
unsigned town_past_calls(struct town *t);
/* The last past call; the list is the caller's to free. */
const struct ghl_call_info *town_last_call(struct town *t, struct ghl_list **list);

#endif
