/* ivr/turn.h - what one turn of a dialogue brought forth: texts for the log, call data, prompts, and what to
 * wait for. */
#ifndef IVR_TURN_H
#define IVR_TURN_H

#include "grammar.h"

enum turn_end {
	TURN_NONE, /* it still runs */
	TURN_LISTEN,
	TURN_PLAY, /* play, then the dialogue ends */
	TURN_TRANSFER,
	TURN_OVER /* the dialogue has ended */
};
const char *turn_end_name(enum turn_end e);

struct turn_note { /* a log text (key NULL) or call data */
	struct turn_note *next;
	const char *key, *text;
};
struct turn_segment {
	struct turn_segment *next;
	struct ivr_segment segment;
};
struct turn_prompt {
	struct turn_prompt *next;
	struct turn_segment *first, *last;
	unsigned count;
	bool bargein;
};

struct turn {
	struct arena arena;
	enum turn_end end;
	struct turn_note *notes, *last_note;
	struct turn_prompt *prompts, *last_prompt;
	unsigned prompt_count;
	struct ivr_prompt *sealed; /* prompt_count of them, for the platform */
	struct grammar_set grammars;
	struct ivr_listen listen;
	uint32_t prompt_timeout_ms; /* the last queued prompt's; UINT32_MAX: none said one */
	const char *dest;           /* transfer */
	bool bridge;
	uint32_t connect_ms, max_ms;
	bool disconnect; /* over */
	const char *exit_json;
	struct ghl_error err; /* code 0: no error */
};

void turn_reset(struct turn *t);
void turn_note(struct turn *t, const char *key, const char *text);
struct turn_prompt *turn_prompt_add(struct turn *t, bool bargein);
void turn_segment_add(struct turn *t, struct turn_prompt *p, const struct ivr_segment *s);
/* Prompts as an array; false: no memory for some part of the turn. */
bool turn_seal(struct turn *t);
/* Hands everything to the platform. `over` turns call ended(). */
void turn_deliver(const struct turn *t, const struct ivr_platform *platform, void *arg);

#endif
