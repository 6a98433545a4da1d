/* public.c - the functions of govhotline/agent.h: the right, the arguments, then the loop. */
#include "agent_priv.h"

#include "base/argument.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 1000

struct change_args {
	enum access_function fn;
	ghl_agent agent;
	enum ghl_agent_state state;
	char reason[REASON_MAX];
	char seat[64];
};

static void run_change(struct core *core, const struct actor *actor, struct ticket *t, void *p)
{
	struct change_args *args = p;
	struct agents *as = core->slot[CORE_AGENT];
	struct agent *a = as ? agent_by_id(as, args->agent) : NULL;
	int rc = !as ? GHL_ESTATE : !a ? GHL_ENOENT : 0;

	if (rc == 0)
		rc = access_check_scope(core->access, actor, args->fn, a->config.group, a->config.name);
	if (rc < 0) {
		ticket_done(t, rc);
		return;
	}
	as->ticket = t; /* the commit of the move takes it */
	if (args->fn == ACCESS_FN_ghl_agent_login)
		rc = agent_login(as, a, args->seat, actor);
	else
		rc = agent_state_set(as, a, args->state, args->reason, actor);
	if (as->ticket)
		ticket_done(t, rc);
	as->ticket = NULL;
}

int ghl_agent_login(struct ghl_session *s, ghl_agent agent, const char *seat, ghl_request *req)
{
	struct change_args args = {.fn = ACCESS_FN_ghl_agent_login, .agent = agent};
	int rc = session_enter(s, args.fn);

	if (rc < 0)
		return rc;
	if (argument_id("agent", agent, GHL_ID_AGENT) < 0 ||
		argument_text_or_none("seat", args.seat, sizeof(args.seat), seat) < 0)
		return GHL_EINVAL;
	return session_submit(s, req, run_change, &args, sizeof(args), NULL);
}

int ghl_agent_state_set(struct ghl_session *s, ghl_agent agent, enum ghl_agent_state state,
	const char *reason, ghl_request *req)
{
	struct change_args args = {.fn = ACCESS_FN_ghl_agent_state_set, .agent = agent, .state = state};
	int rc = session_enter(s, args.fn);

	if (rc < 0)
		return rc;
	if (argument_id("agent", agent, GHL_ID_AGENT) < 0 ||
		argument_text_or_none("reason", args.reason, sizeof(args.reason), reason) < 0)
		return GHL_EINVAL;
	return session_submit(s, req, run_change, &args, sizeof(args), NULL);
}

struct find_args {
	const char *name;
	ghl_agent id;
};

static int run_find(struct core *core, const struct actor *actor, void *p)
{
	struct find_args *args = p;
	struct agents *as = core->slot[CORE_AGENT];
	struct agent *a = as ? agent_by_name(as, args->name) : NULL;
	const char *near;

	(void)actor;
	if (!as)
		return GHL_ESTATE;
	if (!a) {
		near = agent_nearest(as, args->name);
		return error_note(GHL_ENOENT, "",
			near ? "there is no agent \"%.64s\"; \"%s\"?" : "there is no agent \"%.64s\"",
			args->name, near);
	}
	args->id = a->id;
	return 0;
}

int ghl_agent_find(struct ghl_session *s, const char *name, ghl_agent *out)
{
	struct find_args args = {.name = name};
	int rc = session_enter(s, ACCESS_FN_ghl_agent_find);

	if (rc < 0)
		return rc;
	if (argument_given("name", name) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	rc = session_query(s, run_find, &args);
	if (rc == 0)
		*out = args.id;
	return rc;
}

struct list_args {
	enum access_function fn;
	ghl_agent id; /* 0: all that match */
	const char *pattern, *cursor;
	struct ghl_list *list;
};

static const char *skills_text(struct ghl_list *l, const struct agent_config *c)
{
	struct text t;
	const char *kept;

	text_init(&t);
	for (unsigned i = 0; i < c->skill_count; i++)
		text_fmt(&t, "%s%s", i ? " " : "", c->skills[i]);
	kept = t.failed ? NULL : list_text(l, text_str(&t));
	text_finish(&t);
	return kept;
}

static int64_t since_ms(const struct agent *a, int64_t mono_us)
{
	return a->state == GHL_AGENT_LOGGED_OFF ? 0 : (loop_now_us(a->as->core->loop) - mono_us) / 1000;
}

static int add_info(struct ghl_list *l, const struct agent *a)
{
	struct ghl_agent_info *o = list_add(l);

	if (!o)
		return GHL_ENOMEM;
	o->id = a->id;
	o->state = a->state;
	o->busy = a->busy;
	o->pending = a->has_pending ? a->pending : a->state;
	o->call = a->call;
	o->name = list_text(l, a->config.name);
	o->display = list_text(l, a->config.display);
	o->group = list_text(l, a->config.group);
	o->seat = list_text(l, a->account);
	o->reason = list_text(l, a->reason);
	o->pending_reason = list_text(l, a->has_pending ? a->pending_reason : "");
	o->skills = skills_text(l, &a->config);
	o->state_since_us = a->since_us;
	o->logged_on_at_us = a->state == GHL_AGENT_LOGGED_OFF ? 0 : a->login_us;
	o->state_ms = since_ms(a, a->since_mono_us);
	o->idle_ms = since_ms(a, a->idle_mono_us);
	o->calls = a->calls;
	return o->name && o->display && o->group && o->seat && o->reason && o->pending_reason && o->skills
		       ? 0
		       : GHL_ENOMEM;
}

static int by_name(const void *pa, const void *pb)
{
	const struct agent *const *a = pa, *const *b = pb;

	return strcmp((*a)->config.name, (*b)->config.name);
}

static bool wanted(
	struct core *core, const struct actor *actor, const struct list_args *args, const struct agent *a)
{
	if (args->id && args->id != a->id)
		return false;
	if (args->pattern && !text_match(args->pattern, a->config.name))
		return false;
	if (args->cursor && *args->cursor && strcmp(a->config.name, args->cursor) <= 0)
		return false;
	if (args->id)
		return access_check_scope(core->access, actor, args->fn, a->config.group, a->config.name) ==
		       0;
	return access_sees(
		core->access, actor, access_function_right(args->fn), a->config.group, a->config.name);
}

static int fill_page(struct ghl_list *l, struct agent **found, size_t n)
{
	int rc = 0;

	qsort(found, n, sizeof(struct agent *), by_name);
	for (size_t i = 0; rc == 0 && i < n && i < PAGE; i++)
		rc = add_info(l, found[i]);
	if (rc == 0 && n > PAGE)
		list_cursor_set(l, found[PAGE - 1]->config.name);
	return rc;
}

static int run_list(struct core *core, const struct actor *actor, void *p)
{
	struct list_args *args = p;
	struct agents *as = core->slot[CORE_AGENT];
	struct agent **found, *a;
	size_t n = 0;
	int rc;

	if (!as)
		return GHL_ESTATE;
	found = calloc(as->by_name.used + 1, sizeof(struct agent *));
	if (!found)
		return GHL_ENOMEM;
	for (size_t i = 0; (a = map_next(&as->by_name, &i));)
		if (wanted(core, actor, args, a))
			found[n++] = a;
	rc = args->id && n == 0 ? GHL_ENOENT : fill_page(args->list, found, n);
	free(found);
	return rc;
}

static int list(struct ghl_session *s, struct list_args *args, struct ghl_list **out)
{
	int rc = list_new(&args->list, sizeof(struct ghl_agent_info));

	if (rc == 0)
		rc = session_query(s, run_list, args);
	return list_give(args->list, rc, out);
}

int ghl_agent_list(struct ghl_session *s, const char *pattern, const char *cursor, struct ghl_list **out)
{
	struct list_args args = {.fn = ACCESS_FN_ghl_agent_list, .pattern = pattern, .cursor = cursor};
	int rc = session_enter(s, args.fn);

	if (rc < 0)
		return rc;
	rc = argument_given("out", out);
	return rc < 0 ? rc : list(s, &args, out);
}

int ghl_agent_get(struct ghl_session *s, ghl_agent agent, struct ghl_list **out)
{
	struct list_args args = {.fn = ACCESS_FN_ghl_agent_get, .id = agent};
	int rc = session_enter(s, args.fn);

	if (rc < 0)
		return rc;
	if (argument_id("agent", agent, GHL_ID_AGENT) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	return list(s, &args, out);
}
