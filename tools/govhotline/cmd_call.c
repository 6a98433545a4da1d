/* cmd_call.c - `call list | show | clear | import` and `dial`. Past calls come from the store, live ones from
 * the running hotline. */
#include "rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A list shows the first ones; `show`, CSV and JSON show all. */
static const struct column columns[] = {{"call", "call", CELL_ID}, {"started_at_us", "started", CELL_INSTANT},
	{"direction", "direction", CELL_TEXT}, {"calling", "calling", CELL_TEXT},
	{"called", "called", CELL_TEXT}, {"queue", "queue", CELL_TEXT}, {"agent", "agent", CELL_TEXT},
	{"wait_ms", "wait", CELL_MS}, {"talk_ms", "talk", CELL_MS}, {"disposition", "disposition", CELL_TEXT},
	{"recording", "recording", CELL_TEXT}, {"state", NULL, CELL_TEXT}, {"cause", NULL, CELL_TEXT},
	{"calling_name", NULL, CELL_TEXT}, {"trunk", NULL, CELL_TEXT}, {"account", NULL, CELL_TEXT},
	{"dialogue", NULL, CELL_TEXT}, {"group", NULL, CELL_TEXT}, {"seat", NULL, CELL_TEXT},
	{"data", NULL, CELL_TEXT}, {"source", NULL, CELL_TEXT}, {"connected_at_us", NULL, CELL_INSTANT},
	{"offered_at_us", NULL, CELL_INSTANT}, {"answered_at_us", NULL, CELL_INSTANT},
	{"ended_at_us", NULL, CELL_INSTANT}, {"ring_ms", NULL, CELL_MS}, {"hold_ms", NULL, CELL_MS},
	{"acw_ms", NULL, CELL_MS}, {"threshold_ms", NULL, CELL_MS}, {"sip_status", NULL, CELL_COUNT},
	{"q850", NULL, CELL_COUNT}, {"lost_packets", NULL, CELL_COUNT}, {"jitter_us", NULL, CELL_COUNT},
	{"round_trip_us", NULL, CELL_COUNT}};
static const struct column live_columns[] = {{"call", "call", CELL_ID},
	{"started_at_us", "started", CELL_INSTANT}, {"state", "state", CELL_TEXT},
	{"direction", "direction", CELL_TEXT}, {"calling", "calling", CELL_TEXT},
	{"called", "called", CELL_TEXT}, {"queue", "queue", CELL_TEXT}, {"agent", "agent", CELL_TEXT},
	{"talk_ms", "talk", CELL_MS}};

static const char *const dispositions[] = {"unknown", "answered", "abandoned", "dialogue", "outflow",
	"dequeued", "refused", "cancelled", "no_answer", "busy", "failed", "interrupted", NULL};

static int live_list(struct command *cmd)
{
	json_t *params = json_pack("{s:b}", "live", 1), *rows = NULL;
	static const char *const filters[] = {"queue", "agent", "trunk", "number"};
	int status;

	for (unsigned i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (command_option(cmd, filters[i]))
			(void)json_object_set_new(
				params, filters[i], json_string(command_option(cmd, filters[i])));
	status = command_call(cmd, "call.list", params, &rows);
	return status == STATUS_DONE ? PRINT_ROWS(cmd, live_columns, rows_of(rows)) : status;
}

static int filter_fill(struct command *cmd, struct ghl_call_filter *f, int64_t *limit)
{
	int disposition = command_choice(cmd, "disposition", dispositions, 0);

	if (disposition < 0 || !command_number(cmd, "limit", 1, 1000000000, 1000000, limit))
		return STATUS_USAGE;
	if (!command_instant(cmd, "from", 0, &f->from_us) || !command_instant(cmd, "until", 0, &f->until_us))
		return STATUS_USAGE;
	f->disposition = (enum ghl_call_disposition)disposition;
	f->number = command_option(cmd, "number");
	f->queue = command_option(cmd, "queue");
	f->agent = command_option(cmd, "agent");
	f->trunk = command_option(cmd, "trunk");
	f->newest_first = command_option(cmd, "newest") != NULL;
	return STATUS_DONE;
}

int cmd_call_list(struct command *cmd)
{
	struct ghl_call_filter f = GHL_CALL_FILTER_INIT;
	char cursor[512] = "";
	struct ghl_list *list;
	json_t *rows;
	int64_t left;
	int rc;

	if (command_option(cmd, "live"))
		return live_list(cmd);
	rc = command_session(cmd, false);
	if (rc == STATUS_DONE)
		rc = filter_fill(cmd, &f, &left);
	if (rc != STATUS_DONE)
		return rc;
	rows = json_array();
	do {
		f.limit = left < 1000 ? (uint32_t)left : 1000;
		f.cursor = cursor;
		rc = ghl_call_list(cmd->session, &f, &list);
		if (rc < 0) {
			json_decref(rows);
			return command_failed(cmd, rc, NULL);
		}
		left -= (int64_t)ghl_list_count(list);
		(void)snprintf(cursor, sizeof(cursor), "%s", ghl_list_cursor(list));
		rows_add(rows, list, &item_call);
	} while (cursor[0] && left > 0);
	return PRINT_ROWS(cmd, columns, rows);
}

static int parse_call(const struct command *cmd, ghl_call *out)
{
	if (ghl_id_parse(cmd->operands[0], GHL_ID_CALL, out) == 0)
		return STATUS_DONE;
	complain("\"%s\" is no call (call-4821)", cmd->operands[0]);
	return STATUS_USAGE;
}

int cmd_call_show(struct command *cmd)
{
	struct column all[sizeof(columns) / sizeof(columns[0])];
	struct ghl_list *list = NULL;
	ghl_call call;
	int rc = parse_call(cmd, &call);

	if (rc == STATUS_DONE)
		rc = command_session(cmd, false);
	if (rc != STATUS_DONE)
		return rc;
	rc = ghl_call_info(cmd->session, call, &list);
	if (rc < 0)
		return command_failed(cmd, rc, NULL);
	memcpy(all, columns, sizeof(all));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i].title = all[i].title ? all[i].title : all[i].key;
	rc = print_object(cmd, all, sizeof(all) / sizeof(all[0]), row_json(ghl_list_next(list), &item_call));
	ghl_list_free(list);
	return rc;
}

int cmd_call_clear(struct command *cmd)
{
	json_t *result = NULL;
	ghl_call call;
	int status = parse_call(cmd, &call);

	if (status == STATUS_DONE)
		status = command_call(cmd, "call.clear",
			json_pack("{s:o}", "call", json_sprintf("%" PRIu64, call)), &result);
	json_decref(result);
	return status;
}

int cmd_dial(struct command *cmd)
{
	static const struct column made[] = {{"call", "call", CELL_ID}};
	json_t *params = json_pack("{s:s}", "called", cmd->operands[0]), *result = NULL;
	const char *from = command_option(cmd, "from"), *trunk = command_option(cmd, "trunk");
	int status;

	if (from)
		(void)json_object_set_new(params, "account", json_string(from));
	if (trunk)
		(void)json_object_set_new(params, "trunk", json_string(trunk));
	status = command_call(cmd, from ? "call.make" : "call.dial", params, &result);
	return status == STATUS_DONE ? PRINT_OBJECT(cmd, made, result) : status;
}
