/* ops_agent.c - operations on agents and queues. */
#include "operations.h"

#include <govhotline/acd.h>
#include <govhotline/agent.h>

#include <string.h>

int op_agent_list(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_list *list = NULL;
	int rc = ghl_agent_list(c->acting, arg_text(args, "pattern"), arg_text(args, "cursor"), &list);

	if (rc < 0)
		return rc;
	*result = rows_json(list, &item_agent);
	return *result ? 0 : GHL_ENOMEM;
}

int op_queue_list(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_list *list = NULL;
	int rc = ghl_acd_queue_list(c->acting, arg_text(args, "pattern"), arg_text(args, "cursor"), &list);

	if (rc < 0)
		return rc;
	*result = rows_json(list, &item_queue);
	return *result ? 0 : GHL_ENOMEM;
}

/* Agents are asked for by the operator's number. */
static int find_agent(struct caller *c, const json_t *args, ghl_agent *out)
{
	const char *name = arg_text(args, "agent");
	int rc = ghl_agent_find(c->acting, name, out);
	struct ghl_error why;

	if (rc != GHL_ENOENT)
		return rc;
	return ghl_error_last(&why) == rc ? caller_fail(c, rc, "%s", why.text)
					  : caller_fail(c, rc, "there is no agent \"%.64s\"", name);
}

int op_agent_login(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	ghl_request req = 0;
	ghl_agent agent = 0;
	int rc = find_agent(c, args, &agent);

	if (rc == 0)
		rc = ghl_agent_login(c->acting, agent, arg_text(args, "seat"), &req);
	return rc < 0 ? rc : caller_wait(c, req, &outcome);
}

static int read_state(struct caller *c, const char *text, enum ghl_agent_state *out)
{
	for (int i = GHL_AGENT_LOGGED_OFF; i <= GHL_AGENT_ACW; i++)
		if (strcmp(ghl_agent_state_name((enum ghl_agent_state)i), text) == 0) {
			*out = (enum ghl_agent_state)i;
			return 0;
		}
	return caller_fail(
		c, GHL_EINVAL, "state: \"%.40s\" is none; ready, not_ready, acw or logged_off?", text);
}

/* What it has come to: it may not be what was asked for. */
static json_t *state_now(struct caller *c, ghl_agent agent)
{
	const struct ghl_agent_info *info;
	struct ghl_list *list = NULL;
	json_t *o = NULL;

	if (ghl_agent_get(c->acting, agent, &list) == 0 && (info = ghl_list_next(list)))
		o = json_pack("{s:s, s:s, s:s, s:s}", "state", ghl_agent_state_name(info->state), "reason",
			info->reason, "pending", ghl_agent_state_name(info->pending), "seat", info->seat);
	ghl_list_free(list);
	return o;
}

int op_agent_state(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	enum ghl_agent_state state = GHL_AGENT_LOGGED_OFF;
	ghl_request req = 0;
	ghl_agent agent = 0;
	int rc = read_state(c, arg_text(args, "state"), &state);

	if (rc == 0)
		rc = find_agent(c, args, &agent);
	if (rc == 0)
		rc = ghl_agent_state_set(c->acting, agent, state, arg_text(args, "reason"), &req);
	if (rc == 0)
		rc = caller_wait(c, req, &outcome);
	if (rc == 0)
		*result = state_now(c, agent);
	return rc;
}
