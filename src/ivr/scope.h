/* ivr/scope.h - the inside of a script heap, shared by script.c (limits) and scope.c (variables). Nobody else
 * includes it. */
#ifndef IVR_SCOPE_H
#define IVR_SCOPE_H

#include "blocks.h"
#include "draft.h"
#include "script.h"

#include <duktape.h>

struct script {
	duk_context *duk;   /* NULL until an expression must be run */
	struct draft draft; /* the variables until then */
	struct script_limits limits;
	struct blocks heap;
	bool spent; /* the turn's time is over; stays set until the next turn */
	int64_t deadline_cpu_us;
	struct text error;
	void *scopes[SCOPE_COUNT]; /* heap pointers kept alive in the global stash; NULL while closed */
	script_data_fn *data_fn;
	void *data_arg;
};

struct script_args {
	struct script *script;
	enum script_scope scope;
	enum script_scope with;
	const char *name;
	const char *expr;
	struct text *out;
	bool truth;
	bool json;
};
typedef duk_ret_t script_step(duk_context *duk, void *args);

/* Makes in the heap, which is new, the scopes and variables of the draft. */
enum script_result scope_fill(struct script *s);
/* Makes the heap if there is none yet. */
enum script_result script_wake(struct script *s);
/* Runs a step protected; what it threw becomes the result. */
enum script_result script_call(struct script *s, script_step *step, struct script_args *args);
enum script_result script_fail(struct script *s);

#endif
