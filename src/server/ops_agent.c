/* ops_agent.c - operations on agents and queues. */
#include "operations.h"

#include <govhotline/acd.h>
#include <govhotline/agent.h>

#include <string.h>

static const char *agent_state_of(int v)
{
	return ghl_agent_state_name((enum ghl_agent_state)v);
}

static const char *agent_busy_of(int v)
{
	return ghl_agent_busy_name((enum ghl_agent_busy)v);
}

static const char *acd_rule_of(int v)
{
	return ghl_acd_rule_name((enum ghl_acd_rule)v);
}

#define AGENT(type, name)                                                                                    \
	{                                                                                                    \
#name, type, offsetof(struct ghl_agent_info, name), NULL                                     \
	}
#define AGENT_ENUM(name, how)                                                                                \
	{                                                                                                    \
#name, MEMBER_ENUM, offsetof(struct ghl_agent_info, name), how                               \
	}
#define QUEUE(type, name)                                                                                    \
	{                                                                                                    \
#name, type, offsetof(struct ghl_acd_queue_info, name), NULL                                 \
	}
#define QUEUE_ENUM(name, how)                                                                                \
	{                                                                                                    \
#name, MEMBER_ENUM, offsetof(struct ghl_acd_queue_info, name), how                           \
	}

static const struct member agent_members[] = {AGENT(MEMBER_ID, id), AGENT(MEMBER_TEXT, name),
	AGENT(MEMBER_TEXT, display), AGENT(MEMBER_TEXT, group), AGENT(MEMBER_TEXT, seat),
	AGENT_ENUM(state, agent_state_of), AGENT_ENUM(busy, agent_busy_of),
	AGENT_ENUM(pending, agent_state_of), AGENT(MEMBER_TEXT, reason), AGENT(MEMBER_TEXT, pending_reason),
	AGENT(MEMBER_TEXT, skills), AGENT(MEMBER_ID, call), AGENT(MEMBER_I64, state_since_us),
	AGENT(MEMBER_I64, logged_on_at_us), AGENT(MEMBER_I64, state_ms), AGENT(MEMBER_I64, idle_ms),
	AGENT(MEMBER_U32, calls)};

static const struct member queue_members[] = {QUEUE(MEMBER_ID, id), QUEUE(MEMBER_TEXT, name),
	QUEUE(MEMBER_TEXT, display), QUEUE(MEMBER_TEXT, skill), QUEUE_ENUM(rule, acd_rule_of),
	QUEUE(MEMBER_U32, waiting), QUEUE(MEMBER_U32, ringing), QUEUE(MEMBER_U32, talking),
	QUEUE(MEMBER_U32, agents_on), QUEUE(MEMBER_U32, agents_ready), QUEUE(MEMBER_U32, max_waiting),
	QUEUE(MEMBER_U32, service_level_ms), QUEUE(MEMBER_U32, expected_wait_ms),
	QUEUE(MEMBER_I64, oldest_wait_ms), QUEUE(MEMBER_U64, offered), QUEUE(MEMBER_U64, answered),
	QUEUE(MEMBER_U64, abandoned), QUEUE(MEMBER_U64, outflow), QUEUE(MEMBER_U64, dequeued)};

int op_agent_list(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_list *list;
	int rc = ghl_agent_list(c->acting, arg_text(args, "pattern"), arg_text(args, "cursor"), &list);

	if (rc < 0)
		return rc;
	*result = rows_json(list, agent_members, sizeof(agent_members) / sizeof(agent_members[0]));
	return *result ? 0 : GHL_ENOMEM;
}

int op_queue_list(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_list *list;
	int rc = ghl_acd_queue_list(c->acting, arg_text(args, "pattern"), arg_text(args, "cursor"), &list);

	if (rc < 0)
		return rc;
	*result = rows_json(list, queue_members, sizeof(queue_members) / sizeof(queue_members[0]));
	return *result ? 0 : GHL_ENOMEM;
}

/* Agents are asked for by the operator's number. */
static int find_agent(struct caller *c, const json_t *args, ghl_agent *out)
{
	const char *name = arg_text(args, "agent");
	int rc = ghl_agent_find(c->acting, name, out);

	return rc == GHL_ENOENT ? caller_fail(c, rc, "there is no agent \"%.64s\"", name) : rc;
}

int op_agent_login(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	ghl_request req;
	ghl_agent agent;
	int rc = find_agent(c, args, &agent);

	if (rc == 0)
		rc = ghl_agent_login(c->acting, agent, arg_text(args, "seat"), &req);
	return rc < 0 ? rc : caller_wait(c, req, &outcome);
}

static int read_state(struct caller *c, const char *text, enum ghl_agent_state *out)
{
	for (int i = GHL_AGENT_LOGGED_OFF; i <= GHL_AGENT_ACW; i++)
		if (strcmp(agent_state_of(i), text) == 0) {
			*out = (enum ghl_agent_state)i;
			return 0;
		}
	return caller_fail(
		c, GHL_EINVAL, "state: \"%.40s\" is none; ready, not_ready, acw or logged_off?", text);
}

int op_agent_state(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	enum ghl_agent_state state = GHL_AGENT_LOGGED_OFF;
	ghl_request req;
	ghl_agent agent;
	int rc = read_state(c, arg_text(args, "state"), &state);

	if (rc == 0)
		rc = find_agent(c, args, &agent);
	if (rc == 0)
		rc = ghl_agent_state_set(c->acting, agent, state, arg_text(args, "reason"), &req);
	return rc < 0 ? rc : caller_wait(c, req, &outcome);
}
