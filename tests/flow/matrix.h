/* matrix.h - what the files of the rights matrix share: a town, what must stand in it, and one builder for
 * each row of functions.def. */
#ifndef MATRIX_H
#define MATRIX_H

#include "../support/fixture.h"

#include "access/access.h"

struct world {
	struct town town;
	struct person *agent;
	ghl_agent agent_id;
	ghl_call call;   /* live, established with the agent */
	ghl_conn phone;  /* the agent's connection in it */
	char serial[32]; /* of a recording that is complete */
	unsigned calls, tries;
	bool changes; /* what this builder must bring about */
};

extern struct world w;

/* --- matrix_world.c: preparing, as the owner --- */
void clear_calls(void);
void need_agent(enum ghl_agent_state state);
/* Live, with the agent. */
void need_call(void);
/* In the dialogue, so that it may be put into a queue, and nobody is free to take it out. */
void need_dialogue(void);
/* Its record names that agent of the hall. */
void call_is_of(const char *agent);
/* A phone that rings without an answer. */
void need_quiet_phone(void);
/* What the preparation set going is in the log. */
void settle(void);
uint64_t facts_now(void);
/* Everything that a function could have moved; to be freed. */
char *picture(uint64_t since);

/* --- matrix_builders.c: a valid call; what the function returned --- */
typedef void prepare_fn(void);
typedef int try_fn(struct ghl_session *s);
prepare_fn prepare_logged_off, prepare_not_ready, prepare_data;
#define X(function, right) try_fn try_##function;
#include "access/functions.def"
#undef X

#endif
