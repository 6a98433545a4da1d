/* dial.c - ghl_call_dial() (row 7): an agent calls a number from its own phone; the talk is the agent's, with
 * wrap-up. */
#include "hotline_priv.h"

#include "base/argument.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

struct dial_args {
	char called[NUMBER_MAX];
	struct call_wish wish; /* its data is ours until run_dial() has read it */
};

static void own(struct ghl_hotline *h, struct call *c, struct agent *a)
{
	struct visit *v = visit_new(h, c);

	if (!v) {
		(void)call_clear(c, GHL_CAUSE_RESOURCES_NOT_AVAILABLE, NULL);
		return;
	}
	visit_agent_facts(v, a);
	v->place = VISIT_OUT;
	v->agent = a;
}

static int dial(
	struct ghl_hotline *h, const struct actor *actor, const struct dial_args *args, struct call **out)
{
	struct agent *a = agent_by_name(h->agents, actor->agent);
	struct call_make make = {.called = args->called,
		.trunk = args->wish.trunk,
		.calling = args->wish.calling,
		.ring_ms = args->wish.ring_ms};
	struct call *c;
	int rc;

	if (!a)
		return error_note(
			GHL_ESTATE, "", "%s is no agent, and so has no phone to call from", actor->name);
	if (agent_state(a) != GHL_AGENT_READY && agent_state(a) != GHL_AGENT_NOT_READY)
		return error_note(GHL_ESTATE, "", "agent \"%s\" is %s", actor->agent,
			ghl_agent_state_name(agent_state(a)));
	make.account = agent_account(a);
	rc = calls_make(h->calls, &make, actor, &c);
	if (rc < 0)
		return rc;
	rc = agent_connect(h->agents, a, call_id(c), GHL_AGENT_BUSY_EXT_OUT);
	if (rc < 0) {
		(void)call_clear(c, GHL_CAUSE_RESOURCES_NOT_AVAILABLE, NULL);
		return rc;
	}
	own(h, c, a);
	if (call_data_take(c, args->wish.data) < 0)
		(void)call_clear(c, GHL_CAUSE_INTERNAL_ERROR, actor);
	*out = c;
	return 0;
}

static void dial_args_drop(void *args)
{
	json_decref(((struct dial_args *)args)->wish.data);
}

static void run_dial(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct ghl_hotline *h = core->slot[CORE_HOTLINE];
	struct call *c = NULL;
	int rc = h->calls ? dial(h, actor, args, &c) : GHL_ESTATE;

	dial_args_drop(args);
	if (rc < 0)
		ticket_done(t, rc);
	else
		call_start_answer(c, t);
}

int ghl_call_dial(struct ghl_session *s, const char *called, const struct ghl_call_make_opts *opts,
	ghl_request *req, ghl_call *call)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	struct dial_args args = {.wish.ring_ms = 0};
	int rc = session_enter(s, ACCESS_FN_ghl_call_dial);

	if (rc < 0)
		return rc;
	rc = argument_text("called", args.called, sizeof(args.called), called);
	if (rc == 0 && opts)
		rc = call_wish_take(&args.wish, opts);
	if (rc < 0)
		return rc;
	rc = session_submit_owned(s, req, run_dial, dial_args_drop, &args, sizeof(args), &outcome);
	if (rc == 0 && !req && call)
		*call = outcome.id;
	return rc;
}
