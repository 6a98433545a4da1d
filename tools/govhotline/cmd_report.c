/* cmd_report.c - `report calls | queues | agents`: BCMS figures by interval. Needs no running hotline. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

/* A table shows what BCMS shows; JSON and CSV have everything. */
static const struct column call_table[] = {{"interval", "interval", CELL_TEXT}, {"name", "name", CELL_TEXT},
	{"calls", "calls", CELL_COUNT}, {"offered", "offered", CELL_COUNT},
	{"answered", "answered", CELL_COUNT}, {"abandoned", "abandoned", CELL_COUNT},
	{"outflow", "outflow", CELL_COUNT}, {"asa_ms", "ASA", CELL_MS},
	{"mean_wait_ms", "mean wait", CELL_MS}, {"max_wait_ms", "max wait", CELL_MS},
	{"avg_abandon_ms", "avg abandon", CELL_MS}, {"avg_talk_ms", "avg talk", CELL_MS},
	{"avg_acw_ms", "avg ACW", CELL_MS}, {"answer_rate", "answered %", CELL_RATE},
	{"loss_rate", "lost %", CELL_RATE}, {"sl_bcms", "in SL %", CELL_RATE}};
static const struct column agent_table[] = {{"interval", "interval", CELL_TEXT}, {"name", "agent", CELL_TEXT},
	{"answered", "ACD", CELL_COUNT}, {"lost", "lost", CELL_COUNT}, {"avg_talk_ms", "avg talk", CELL_MS},
	{"acw_ms", "ACW", CELL_MS}, {"ready_ms", "AVAIL", CELL_MS}, {"not_ready_ms", "AUX", CELL_MS},
	{"ringing_ms", "ring", CELL_MS}, {"ext_in", "EXT in", CELL_COUNT}, {"ext_out", "EXT out", CELL_COUNT},
	{"avg_ext_ms", "avg EXT", CELL_MS}, {"staffed_ms", "staffed", CELL_MS}, {"hold_ms", "hold", CELL_MS},
	{"occupancy", "occupancy %", CELL_RATE}};

typedef int report_fn(
	struct ghl_session *s, const struct ghl_report_opts *opts, const char *cursor, struct ghl_list **out);

struct kind {
	report_fn *fn;
	const struct item *item;
	const struct column *table;
	size_t column_count;
	enum ghl_report_by by;
};

static bool opts_fill(struct command *cmd, struct ghl_report_opts *o, enum ghl_report_by by)
{
	static const char *const intervals[] = {"15m", "30m", "60m", "day", "week", "month", "total", NULL};
	static const char *const bys[] = {"all", "queue", "agent", "seat", "group", "trunk", NULL};
	static const char *const bases[] = {"end", "arrival", NULL};
	int interval = command_choice(cmd, "interval", intervals, GHL_REPORT_QUARTER),
	    what = command_choice(cmd, "by", bys, (int)by);
	int basis = command_choice(cmd, "basis", bases, GHL_REPORT_BASIS_END);

	if (interval < 0 || what < 0 || basis < 0)
		return false;
	o->interval = (enum ghl_report_interval)interval;
	o->by = (enum ghl_report_by)what;
	o->basis = (enum ghl_report_basis)basis;
	o->name = command_option(cmd, "name");
	o->total = command_option(cmd, "total") != NULL;
	return true;
}

/* Today by default. */
static bool span_fill(struct command *cmd, struct ghl_report_opts *o)
{
	struct command today = *cmd;
	static const struct option_spec from = {"from", 0, "TIME", ""};

	today.option_count = 1;
	today.options[0].spec = &from;
	today.options[0].value = "today";
	return command_instant(&today, "from", 0, &o->from_us) &&
	       command_instant(cmd, "from", o->from_us, &o->from_us) &&
	       command_instant(cmd, "until", now_us(), &o->until_us);
}

/* "2026-11-23 09:15", "sum", with BCMS's star where the threshold changed, "+" for a correction. */
static void add_interval(json_t *row)
{
	int date = (int)json_integer_value(json_object_get(row, "date")),
	    minute = (int)json_integer_value(json_object_get(row, "minute"));
	const char *mark = json_is_true(json_object_get(row, "correction"))          ? " +"
			   : json_is_true(json_object_get(row, "threshold_changed")) ? " *"
										     : "";

	if (json_is_true(json_object_get(row, "total")))
		(void)json_object_set_new(row, "interval", json_string("sum"));
	else
		(void)json_object_set_new(row, "interval",
			json_sprintf("%04d-%02d-%02d %02d:%02d%s", date / 10000, date / 100 % 100, date % 100,
				minute / 60, minute % 60, mark));
}

static int gather(struct command *cmd, const struct kind *kind, const struct ghl_report_opts *o, json_t *rows)
{
	char cursor[512] = "";
	struct ghl_list *list;
	json_t *row;
	size_t i;
	int rc;

	do {
		rc = kind->fn(cmd->session, o, cursor, &list);
		if (rc < 0)
			return command_failed(cmd, rc, NULL);
		(void)snprintf(cursor, sizeof(cursor), "%s", ghl_list_cursor(list));
		rows_add(rows, list, kind->item);
	} while (cursor[0]);
	json_array_foreach(rows, i, row) add_interval(row);
	return STATUS_DONE;
}

static int print_report(const struct command *cmd, const struct kind *kind, json_t *rows)
{
	struct column all[64];
	size_t n = 0;

	if (cmd->format != PRINT_CSV)
		return print_rows(cmd, kind->table, kind->column_count, rows);
	all[n++] = (struct column){"interval", NULL, CELL_TEXT};
	for (size_t i = 0; i < kind->item->n && n < 64; i++)
		all[n++] = (struct column){kind->item->members[i].name, NULL, CELL_TEXT};
	return print_rows(cmd, all, n, rows);
}

static int report(struct command *cmd, const struct kind *kind)
{
	struct ghl_report_opts o = GHL_REPORT_OPTS_INIT;
	json_t *rows;
	int status;

	if (!opts_fill(cmd, &o, kind->by))
		return STATUS_USAGE;
	status = command_session(cmd, false);
	if (status != STATUS_DONE)
		return status;
	if (!span_fill(cmd, &o))
		return STATUS_USAGE;
	rows = json_array();
	status = gather(cmd, kind, &o, rows);
	if (status == STATUS_DONE)
		return print_report(cmd, kind, rows);
	json_decref(rows);
	return status;
}

#define KIND(fn, item, table, by)                                                                            \
	{                                                                                                    \
		fn, item, table, sizeof(table) / sizeof(table[0]), by                                        \
	}

int cmd_report_calls(struct command *cmd)
{
	static const struct kind kind =
		KIND(ghl_report_calls, &item_report_calls, call_table, GHL_REPORT_BY_ALL);

	return report(cmd, &kind);
}

int cmd_report_queues(struct command *cmd)
{
	static const struct kind kind =
		KIND(ghl_report_queues, &item_report_calls, call_table, GHL_REPORT_BY_QUEUE);

	return report(cmd, &kind);
}

int cmd_report_agents(struct command *cmd)
{
	static const struct kind kind =
		KIND(ghl_report_agents, &item_report_agents, agent_table, GHL_REPORT_BY_AGENT);

	return report(cmd, &kind);
}
