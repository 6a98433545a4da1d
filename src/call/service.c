/*
 * service.c - the CSTA services of govhotline/call.h: Make, Answer, Clear Connection, Clear Call, Associate
 * Data. Each checks its right, then runs on the loop; a process without the engine answers GHL_ESTATE.
 */
#include "call_priv.h"

#include "base/argument.h"
#include "base/error.h"
#include "base/text.h"
#include "stream/session.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct call_args {
	enum access_function fn;
	uint64_t id;
};

/* The live call an actor may act on. GHL_ESTATE no engine; GHL_ENOENT; GHL_EPERM. */
static int find_call(
	struct core *core, const struct actor *actor, enum access_function fn, ghl_call id, struct call **out)
{
	struct calls *cs = core->slot[CORE_CALL];
	struct call *c = cs ? call_by_id(cs, id) : NULL;

	if (!cs)
		return GHL_ESTATE;
	if (!c || !c->routed)
		return GHL_ENOENT;
	*out = c;
	return access_check_scope(core->access, actor, fn, c->facts.group, c->facts.agent);
}

static void run_answer(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct call_args *a = args;
	struct call *c;
	int rc = find_call(core, actor, a->fn, a->id, &c);

	ticket_done(t, rc < 0 ? rc : call_answer(c));
}

int ghl_call_answer(struct ghl_session *s, ghl_call call, ghl_request *req)
{
	struct call_args args = {ACCESS_FN_ghl_call_answer, call};
	int rc = session_enter(s, args.fn);

	if (rc < 0)
		return rc;
	if (argument_id("call", call, GHL_ID_CALL) < 0)
		return GHL_EINVAL;
	return session_submit(s, req, run_answer, &args, sizeof(args), NULL);
}

static void on_kept(void *arg, int status)
{
	ticket_done(arg, status);
}

static void run_clear(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct call_args *a = args;
	struct call *c;
	int rc = find_call(core, actor, a->fn, a->id, &c);

	if (rc == 0)
		rc = call_kept_wait(c, on_kept, t);
	if (rc < 0) {
		ticket_done(t, rc);
		return;
	}
	(void)call_clear(c, GHL_CAUSE_FORCED_CLEAR, actor); /* over already: its record is on the way */
}

int ghl_call_clear(struct ghl_session *s, ghl_call call, ghl_request *req)
{
	struct call_args args = {ACCESS_FN_ghl_call_clear, call};
	int rc = session_enter(s, args.fn);

	if (rc < 0)
		return rc;
	if (argument_id("call", call, GHL_ID_CALL) < 0)
		return GHL_EINVAL;
	return session_submit(s, req, run_clear, &args, sizeof(args), NULL);
}

static void run_conn_clear(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct call_args *a = args;
	struct calls *cs = core->slot[CORE_CALL];
	struct conn *n = cs ? conn_by_id(cs, a->id) : NULL;
	struct call *c;
	int rc = cs ? GHL_ENOENT : GHL_ESTATE;

	if (n)
		rc = find_call(core, actor, a->fn, n->call->id, &c);
	if (rc == 0)
		rc = call_conn_clear(c, a->id, actor);
	ticket_done(t, rc);
}

int ghl_call_conn_clear(struct ghl_session *s, ghl_conn conn, ghl_request *req)
{
	struct call_args args = {ACCESS_FN_ghl_call_conn_clear, conn};
	int rc = session_enter(s, args.fn);

	if (rc < 0)
		return rc;
	if (argument_id("conn", conn, GHL_ID_CONN) < 0)
		return GHL_EINVAL;
	return session_submit(s, req, run_conn_clear, &args, sizeof(args), NULL);
}

struct data_args {
	struct call_args call;
	char key[CALL_DATA_KEY_MAX + 1];
	char value[CALL_DATA_VALUE_MAX + 1];
};

static int take_datum(struct data_args *a, const char *key, const char *value)
{
	int rc = argument_text("key", a->key, sizeof(a->key), key);

	return rc < 0 ? rc : argument_text("value", a->value, sizeof(a->value), value);
}

static void run_data_set(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct data_args *a = args;
	struct call *c;
	int rc = find_call(core, actor, a->call.fn, a->call.id, &c);

	ticket_done(t, rc < 0 ? rc : call_data_set(c, a->key, a->value));
}

int ghl_call_data_set(
	struct ghl_session *s, ghl_call call, const char *key, const char *value, ghl_request *req)
{
	struct data_args args = {.call = {ACCESS_FN_ghl_call_data_set, call}};
	int rc = session_enter(s, args.call.fn);

	if (rc < 0)
		return rc;
	if (argument_id("call", call, GHL_ID_CALL) < 0 || take_datum(&args, key, value) < 0)
		return GHL_EINVAL;
	return session_submit(s, req, run_data_set, &args, sizeof(args), NULL);
}

static int run_data_get(struct core *core, const struct actor *actor, void *args)
{
	struct data_args *a = args;
	struct call *c;
	int rc = find_call(core, actor, a->call.fn, a->call.id, &c);

	if (rc < 0)
		return rc;
	return call_data_get(c, a->key, a->value, sizeof(a->value)) ? 0 : GHL_ENOENT;
}

int ghl_call_data_get(struct ghl_session *s, ghl_call call, const char *key, char *out, size_t room)
{
	struct data_args args = {.call = {ACCESS_FN_ghl_call_data_get, call}};
	int rc = session_enter(s, args.call.fn);

	if (rc < 0)
		return rc;
	if (argument_id("call", call, GHL_ID_CALL) < 0 || argument_given("out", out) < 0 ||
		take_datum(&args, key, "") < 0)
		return GHL_EINVAL;
	rc = session_query(s, run_data_get, &args);
	if (rc < 0)
		return rc;
	if (strlen(args.value) >= room)
		return error_invalid("room", "%zu bytes are too few for %zu", room, strlen(args.value) + 1);
	(void)text_copy(out, room, args.value);
	return 0;
}

struct make_args {
	char account[64], called[NUMBER_MAX];
	struct call_wish wish;
};

struct start_answer {
	struct ticket *ticket;
	ghl_call call;
};

static void on_started(void *arg, int status)
{
	struct start_answer *a = arg;
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;

	outcome.status = status;
	outcome.id = status < 0 ? 0 : a->call;
	ticket_done_outcome(a->ticket, &outcome);
	free(a);
}

void call_start_answer(struct call *c, struct ticket *t)
{
	struct start_answer *a = malloc(sizeof(*a));

	if (a)
		*a = (struct start_answer){.ticket = t, .call = c->id};
	if (a && call_start_wait(c, on_started, a) == 0)
		return;
	free(a);
	(void)call_clear(c, GHL_CAUSE_RESOURCES_NOT_AVAILABLE, NULL);
	ticket_done(t, GHL_ENOMEM);
}

/* An agent calls from its own phone, a supervisor from those of its group and from nobody's. */
static int may_make(const struct calls *cs, const struct actor *actor, const char *account)
{
	const char *group = "", *agent = "";
	int rc;

	if (cs->handlers.phone_of)
		cs->handlers.phone_of(cs->arg, account, &group, &agent);
	rc = access_check_scope(cs->core->access, actor, ACCESS_FN_ghl_call_make, group, agent);
	return rc < 0 ? error_note(rc, "account", "%s may not call from phone \"%s\"", actor->name, account)
		      : 0;
}

static void run_make(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct make_args *a = args;
	struct call_make make = {.account = a->account,
		.called = a->called,
		.trunk = a->wish.trunk,
		.calling = a->wish.calling,
		.ring_ms = a->wish.ring_ms};
	struct calls *cs = core->slot[CORE_CALL];
	struct call *c = NULL;
	int rc = cs ? may_make(cs, actor, a->account) : GHL_ESTATE;

	if (rc == 0)
		rc = calls_make(cs, &make, actor, &c);
	if (c && call_data_take(c, a->wish.data) < 0)
		(void)call_clear(c, GHL_CAUSE_INTERNAL_ERROR, actor);
	json_decref(a->wish.data);
	if (rc < 0)
		ticket_done(t, rc);
	else
		call_start_answer(c, t);
}

int call_wish_take(struct call_wish *w, const struct ghl_call_make_opts *o)
{
	int rc = argument_size("opts", o->size, sizeof(*o));

	if (rc == 0 && o->ring_ms)
		rc = argument_range("ring_ms", o->ring_ms, 1000, 300000);
	if (rc == 0)
		rc = argument_text_or_none("calling", w->calling, sizeof(w->calling), o->calling);
	if (rc == 0)
		rc = argument_text_or_none("trunk", w->trunk, sizeof(w->trunk), o->trunk);
	if (rc == 0 && o->data)
		rc = call_data_parse(o->data, &w->data);
	w->ring_ms = o->ring_ms;
	return rc;
}

static int take_make(
	struct make_args *a, const char *account, const char *called, const struct ghl_call_make_opts *o)
{
	int rc = argument_text("account", a->account, sizeof(a->account), account);

	if (rc == 0)
		rc = argument_text("called", a->called, sizeof(a->called), called);
	return rc == 0 && o ? call_wish_take(&a->wish, o) : rc;
}

static void make_args_drop(void *args)
{
	json_decref(((struct make_args *)args)->wish.data);
}

int ghl_call_make(struct ghl_session *s, const char *account, const char *called,
	const struct ghl_call_make_opts *opts, ghl_request *req, ghl_call *call)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	struct make_args args = {.wish.ring_ms = 0};
	int rc = session_enter(s, ACCESS_FN_ghl_call_make);

	if (rc < 0)
		return rc;
	rc = take_make(&args, account, called, opts);
	if (rc < 0) {
		make_args_drop(&args);
		return rc;
	}
	rc = session_submit_owned(s, req, run_make, make_args_drop, &args, sizeof(args), &outcome);
	if (rc == 0 && !req && call)
		*call = outcome.id;
	return rc;
}
