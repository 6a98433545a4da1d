/* cmd_agent.c - `agent ..` and `queue list`: what is live, asked of the running hotline. */
#include "rows.h"

#include <string.h>

static const struct column agent_columns[] = {{"name", "agent", CELL_TEXT}, {"display", "name", CELL_TEXT},
	{"group", "group", CELL_TEXT}, {"state", "state", CELL_TEXT}, {"busy", "kind", CELL_TEXT},
	{"state_ms", "for", CELL_MS}, {"reason", "reason", CELL_TEXT}, {"pending", "then", CELL_TEXT},
	{"seat", "seat", CELL_TEXT}, {"call", "call", CELL_ID}, {"calls", "calls", CELL_COUNT},
	{"skills", "skills", CELL_TEXT}, {"id", NULL, CELL_ID}, {"pending_reason", NULL, CELL_TEXT},
	{"idle_ms", NULL, CELL_MS}, {"state_since_us", NULL, CELL_INSTANT},
	{"logged_on_at_us", NULL, CELL_INSTANT}};
static const struct column queue_columns[] = {{"name", "queue", CELL_TEXT}, {"display", "name", CELL_TEXT},
	{"waiting", "waiting", CELL_COUNT}, {"oldest_wait_ms", "oldest", CELL_MS},
	{"ringing", "ringing", CELL_COUNT}, {"talking", "talking", CELL_COUNT},
	{"agents_ready", "ready", CELL_COUNT}, {"agents_on", "logged on", CELL_COUNT},
	{"expected_wait_ms", "expected wait", CELL_MS}, {"offered", "offered", CELL_COUNT},
	{"answered", "answered", CELL_COUNT}, {"abandoned", "abandoned", CELL_COUNT},
	{"outflow", "outflow", CELL_COUNT}, {"dequeued", NULL, CELL_COUNT}, {"id", NULL, CELL_ID},
	{"skill", NULL, CELL_TEXT}, {"max_waiting", NULL, CELL_COUNT}, {"service_level_ms", NULL, CELL_MS},
	{"rule", NULL, CELL_TEXT}};

/* A table says only what is not usual. */
static void leave_out_usual(json_t *rows)
{
	const char *state, *pending, *kind;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		state = json_string_value(json_object_get(row, "state"));
		pending = json_string_value(json_object_get(row, "pending"));
		kind = json_string_value(json_object_get(row, "busy"));
		if (state && pending && strcmp(state, pending) == 0)
			(void)json_object_del(row, "pending");
		if (kind && strcmp(kind, "none") == 0)
			(void)json_object_del(row, "busy");
	}
}

static int list(struct command *cmd, const char *method, const struct column *columns, size_t n)
{
	json_t *params = cmd->operand_count ? json_pack("{s:s}", "pattern", cmd->operands[0]) : NULL,
	       *rows = NULL;
	int status = command_call(cmd, method, params, &rows);

	if (status != STATUS_DONE)
		return status;
	rows = rows_of(rows);
	if (cmd->format == PRINT_TABLE)
		leave_out_usual(rows);
	return print_rows(cmd, columns, n, rows);
}

int cmd_agent_list(struct command *cmd)
{
	return list(cmd, "agent.list", agent_columns, sizeof(agent_columns) / sizeof(agent_columns[0]));
}

int cmd_queue_list(struct command *cmd)
{
	return list(cmd, "queue.list", queue_columns, sizeof(queue_columns) / sizeof(queue_columns[0]));
}

static int ask(struct command *cmd, const char *method, const char *state, const char *option,
	const char *value, json_t **result)
{
	json_t *params = json_pack("{s:s}", "agent", cmd->operands[0]);

	if (state)
		(void)json_object_set_new(params, "state", json_string(state));
	if (value)
		(void)json_object_set_new(params, option, json_string(value));
	return command_call(cmd, method, params, result);
}

static int change(
	struct command *cmd, const char *method, const char *state, const char *option, const char *value)
{
	json_t *result = NULL;
	int status = ask(cmd, method, state, option, value, &result);

	json_decref(result);
	return status;
}

int cmd_agent_login(struct command *cmd)
{
	return change(cmd, "agent.login", NULL, "seat", command_option(cmd, "seat"));
}

/* An agent without a phone is not ready until it has one. */
int cmd_agent_ready(struct command *cmd)
{
	json_t *result = NULL;
	int status = ask(cmd, "agent.state", "ready", NULL, NULL, &result);
	const char *reason = json_string_value(json_object_get(result, "reason"));

	if (status == STATUS_DONE && reason && strcmp(reason, "lost") == 0)
		complain("phone \"%s\" is not registered: agent \"%s\" is ready as soon as it is",
			json_string_value(json_object_get(result, "seat")), cmd->operands[0]);
	json_decref(result);
	return status;
}

int cmd_agent_not_ready(struct command *cmd)
{
	return change(cmd, "agent.state", "not_ready", "reason", command_option(cmd, "reason"));
}

int cmd_agent_logout(struct command *cmd)
{
	return change(cmd, "agent.state", "logged_off", NULL, NULL);
}
