/* cmd_status.c - `status`: one screen of what is live; with --watch drawn anew every second on a terminal. */
#include "rows.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const struct column figures[] = {{"calls", "calls up", CELL_COUNT},
	{"calls_in_dialogue", "  in dialogue", CELL_COUNT}, {"calls_waiting", "  waiting", CELL_COUNT},
	{"calls_ringing", "  ringing", CELL_COUNT}, {"calls_talking", "  talking", CELL_COUNT},
	{"calls_today", "calls today", CELL_COUNT}, {"agents_logged_on", "agents logged on", CELL_COUNT},
	{"agents_ready", "  ready", CELL_COUNT}, {"agents_busy", "  busy", CELL_COUNT},
	{"agents_acw", "  wrapping up", CELL_COUNT}, {"agents_not_ready", "  not ready", CELL_COUNT},
	{"phones_registered", "phones registered", CELL_COUNT}, {"trunks_up", "trunks up", CELL_COUNT},
	{"trunks", "  of", CELL_COUNT}, {"recordings", "recordings running", CELL_COUNT},
	{"refused_overload", "refused: overload", CELL_COUNT},
	{"refused_stranger", "refused: stranger", CELL_COUNT},
	{"refused_auth", "refused: wrong secret", CELL_COUNT},
	{"media_late_us", "worst lateness, us", CELL_COUNT}, {"facts", "facts", CELL_COUNT},
	{"store_bytes", "store", CELL_BYTES}, {"free_bytes", "free on disk", CELL_BYTES},
	{"started_at_us", "running since", CELL_INSTANT}};
static const struct column queue_columns[] = {{"name", "queue", CELL_TEXT},
	{"waiting", "waiting", CELL_COUNT}, {"oldest_wait_ms", "oldest", CELL_MS},
	{"ringing", "ringing", CELL_COUNT}, {"talking", "talking", CELL_COUNT},
	{"agents_ready", "ready", CELL_COUNT}, {"answered", "answered", CELL_COUNT},
	{"abandoned", "abandoned", CELL_COUNT}};
static const struct column agent_columns[] = {{"name", "agent", CELL_TEXT}, {"display", "name", CELL_TEXT},
	{"state", "state", CELL_TEXT}, {"state_ms", "for", CELL_MS}, {"reason", "reason", CELL_TEXT},
	{"calls", "calls", CELL_COUNT}};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static int print_screen(struct command *cmd, json_t *status, json_t *queues, json_t *agents)
{
	if (cmd->format == PRINT_JSON) {
		(void)json_object_set_new(status, "queues", rows_of(queues));
		(void)json_object_set_new(status, "agents", rows_of(agents));
		return PRINT_OBJECT(cmd, figures, status);
	}
	(void)PRINT_OBJECT(cmd, figures, status);
	if (cmd->format == PRINT_CSV) {
		json_decref(queues);
		json_decref(agents);
		return STATUS_DONE;
	}
	(void)putchar('\n');
	(void)PRINT_ROWS(cmd, queue_columns, rows_of(queues));
	(void)putchar('\n');
	return PRINT_ROWS(cmd, agent_columns, rows_of(agents));
}

static int screen(struct command *cmd, bool over)
{
	json_t *status = NULL, *queues = NULL, *agents = NULL;
	int rc = command_call(cmd, "status", NULL, &status);

	if (rc == STATUS_DONE)
		rc = command_call(cmd, "queue.list", NULL, &queues);
	if (rc == STATUS_DONE)
		rc = command_call(cmd, "agent.list", NULL, &agents);
	if (rc != STATUS_DONE) {
		json_decref(status);
		json_decref(queues);
		json_decref(agents);
		return rc;
	}
	if (over)
		(void)fputs("\033[H\033[J", stdout);
	return print_screen(cmd, status, queues, agents);
}

int cmd_status(struct command *cmd)
{
	bool watch = command_option(cmd, "watch") != NULL, terminal = isatty(STDOUT_FILENO);
	int status;

	(void)signal(SIGINT, on_signal);
	do {
		status = screen(cmd, watch && terminal);
		if (watch && status == STATUS_DONE && !stopped)
			(void)sleep(1);
	} while (watch && status == STATUS_DONE && !stopped);
	return status;
}
