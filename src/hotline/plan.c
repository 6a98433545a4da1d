/*
 * plan.c - what a phone that dials a number itself wants: an agent by its name, what a route says, a queue by
 * its name, or a number outside, as the dial rules make one of it. And the agent who dials: its state and its
 * right (an outside number is dialled by an agent who is logged on there, with the right of ghl_call_dial()).
 */
#include "hotline_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* One that would take every call, from trunks or phones. */
static bool takes_all(const struct config_route *r)
{
	return !r->trunk[0] && strcmp(r->called, "*") == 0;
}

/* A number, and the trunk such leave by. */
static bool is_number(const struct ghl_hotline *h, const char *dialled, struct call_way *way)
{
	struct call_opts opts;

	apply_call_opts(h->cfg, &opts);
	(void)text_copy(way->trunk, sizeof(way->trunk), opts.out_trunk);
	return number_normalise(&opts.numbers, dialled, way->number) == NUMBER_E164;
}

bool plan_dest(struct ghl_hotline *h, const char *dialled, char dest[CONFIG_DEST_MAX])
{
	const struct config_route *r = config_route(h->cfg, "", dialled);
	struct call_way way;

	if (config_agent(h->cfg, dialled))
		(void)snprintf(dest, CONFIG_DEST_MAX, "agent:%.63s", dialled);
	else if (r && !takes_all(r))
		(void)text_copy(dest, CONFIG_DEST_MAX, r->to);
	else if (config_queue(h->cfg, dialled))
		(void)snprintf(dest, CONFIG_DEST_MAX, "queue:%.63s", dialled);
	else if (is_number(h, dialled, &way) && way.trunk[0])
		(void)snprintf(dest, CONFIG_DEST_MAX, "trunk:%.63s", way.trunk);
	else if (r)
		(void)text_copy(dest, CONFIG_DEST_MAX, r->to);
	else
		return false;
	return true;
}

bool plan_leads_out(const char *dest)
{
	return strncmp(dest, "trunk:", 6) == 0;
}

bool plan_dials_out(void *arg, const char *account, const char *dialled, char number[SIP_USER_MAX])
{
	struct ghl_hotline *h = arg;
	char dest[CONFIG_DEST_MAX];
	struct call_way way;

	(void)account;
	if (!plan_dest(h, dialled, dest) || !plan_leads_out(dest) || !is_number(h, dialled, &way))
		return false;
	return text_copy(number, SIP_USER_MAX, way.number);
}

int plan_may_dial_out(struct ghl_hotline *h, const struct agent *a)
{
	struct actor actor;
	char name[64];

	if (!a)
		return GHL_EPERM;
	(void)snprintf(name, sizeof(name), "agent:%.57s", agent_config(a)->name);
	if (access_actor_named(h->core.access, name, &actor) < 0)
		return GHL_EPERM;
	return access_check(h->core.access, &actor, ACCESS_FN_ghl_call_dial);
}

/* The agent is busy with the call it makes, unless it asks somebody beside a call it is in. */
static int take_caller(struct visit *v, struct agent *a)
{
	enum ghl_agent_state state = a ? agent_state(a) : GHL_AGENT_LOGGED_OFF;
	int rc;

	if (state == GHL_AGENT_RINGING)
		return GHL_EBUSY;
	if (state == GHL_AGENT_LOGGED_OFF || state == GHL_AGENT_BUSY)
		return 0;
	rc = agent_connect(v->h->agents, a, call_id(v->call), GHL_AGENT_BUSY_EXT_OUT);
	if (rc == 0)
		v->caller = a;
	return rc;
}

static int dial_out(struct visit *v, struct agent *a, const char *trunk)
{
	struct call_way way;
	int rc = plan_may_dial_out(v->h, a);

	if (rc == 0)
		rc = calls_way(v->h->calls, trunk, call_called(v->call), &way);
	if (rc == 0)
		rc = take_caller(v, a);
	if (rc < 0)
		return rc;
	visit_agent_facts(v, a);
	v->place = VISIT_OUT;
	return call_dial(v->call, &way, 0);
}

/* A queue and a dialogue are heard; a phone answers by itself. */
static int dial_in(struct visit *v, struct agent *a, const char *dest)
{
	bool heard = strncmp(dest, "agent:", 6) != 0;
	int rc = take_caller(v, a);

	if (rc == 0 && heard)
		rc = call_answer(v->call);
	if (rc == 0)
		visit_go(v, dest);
	return rc;
}

void visit_from_phone(struct visit *v)
{
	struct agent *a = agent_by_account(v->h->agents, call_account(v->call));
	char dest[CONFIG_DEST_MAX];
	int rc = GHL_ENOENT;

	if (plan_dest(v->h, call_called(v->call), dest)) {
		if (plan_leads_out(dest) != (call_direction(v->call) == GHL_CALL_OUTBOUND))
			rc = GHL_ENOENT; /* another configuration came between */
		else
			rc = plan_leads_out(dest) ? dial_out(v, a, dest + 6) : dial_in(v, a, dest);
	}
	if (rc < 0)
		visit_clear(v, visit_cause_of(rc));
}
