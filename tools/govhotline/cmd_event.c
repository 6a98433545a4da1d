/* cmd_event.c - `event tail`: events of the running hotline, one JSON object or one readable line each. */
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a line shows by itself, before the other fields. */
static bool is_head(const char *key)
{
	return strcmp(key, "event") == 0 || strcmp(key, "at") == 0 || strcmp(key, "at_us") == 0 ||
	       strcmp(key, "monitor") == 0 || strcmp(key, "resume") == 0;
}

static bool is_id(const char *key)
{
	return strcmp(key, "call") == 0 || strcmp(key, "conn") == 0 || strcmp(key, "agent_id") == 0 ||
	       strcmp(key, "queue_id") == 0;
}

static void print_line(const json_t *event)
{
	const json_t *value;
	const char *key;
	char cell[512];

	print_cell(cell, sizeof(cell), CELL_INSTANT, json_object_get(event, "at_us"));
	(void)printf("%s  %-18s", cell, json_string_value(json_object_get(event, "event")));
	json_object_foreach((json_t *)event, key, value)
	{
		if (is_head(key))
			continue;
		print_cell(cell, sizeof(cell), is_id(key) ? CELL_ID : CELL_TEXT, value);
		(void)printf(" %s=%s", key, cell);
	}
	(void)putchar('\n');
}

/* What most events have; all of an event is its last column. */
static const struct column columns[] = {{"at_us", NULL, CELL_INSTANT}, {"event", NULL, CELL_TEXT},
	{"resume", NULL, CELL_TEXT}, {"call", NULL, CELL_ID}, {"agent", NULL, CELL_TEXT},
	{"queue", NULL, CELL_TEXT}, {"trunk", NULL, CELL_TEXT}, {"state", NULL, CELL_TEXT},
	{"reason", NULL, CELL_TEXT}, {"whole", NULL, CELL_TEXT}};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void print_csv(json_t *event)
{
	char *whole = json_dumps(event, JSON_COMPACT);

	(void)json_object_set_new(event, "whole", json_string(whole ? whole : ""));
	print_csv_row(columns, COLUMNS, event);
	free(whole);
}

static void print_event(const struct command *cmd, json_t *event)
{
	if (cmd->format == PRINT_JSON) {
		(void)json_dumpf(event, stdout, JSON_COMPACT);
		(void)putchar('\n');
	} else if (cmd->format == PRINT_CSV) {
		print_csv(event);
	} else {
		print_line(event);
	}
	(void)fflush(stdout);
	json_decref(event);
}

static int subscribe(struct command *cmd)
{
	const char *filter = command_option(cmd, "filter"), *resume = command_option(cmd, "resume");
	json_t *params = json_pack("{s:s}", "filter", filter ? filter : ""), *result = NULL;
	int status;

	if (resume)
		(void)json_object_set_new(params, "resume", json_string(resume));
	if (command_option(cmd, "snapshot"))
		(void)json_object_set_new(params, "snapshot", json_true());
	status = command_call(cmd, "event.tail", params, &result);
	json_decref(result);
	return status;
}

int cmd_event_tail(struct command *cmd)
{
	int64_t most;
	json_t *event;
	int status, got;

	if (!command_number(cmd, "count", 1, INT64_MAX, INT64_MAX, &most))
		return STATUS_USAGE;
	status = subscribe(cmd);
	if (status != STATUS_DONE)
		return status;
	if (cmd->format == PRINT_CSV)
		print_csv_head(columns, COLUMNS);
	while (most > 0 && !ferror(stdout) && (got = command_notification(cmd, -1, &event)) >= 0) {
		if (got == 0)
			continue;
		print_event(cmd, event);
		most--;
	}
	if (most > 0 && !ferror(stdout)) /* else who reads has had enough */
		complain("the hotline has ended");
	return most > 0 ? STATUS_FAILED : STATUS_DONE;
}
