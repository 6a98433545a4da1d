/* cmd_record.c - `record list | show | verify | export`: recordings as evidence. Needs no running hotline. */
#include "rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct column columns[] = {{"serial", "serial", CELL_TEXT}, {"call", "call", CELL_ID},
	{"state", "state", CELL_TEXT}, {"started_at_us", "started", CELL_INSTANT},
	{"length_ms", "length", CELL_MS}, {"bytes", "size", CELL_BYTES},
	{"missing_samples", "missing", CELL_COUNT}, {"reason", "reason", CELL_TEXT},
	{"path", NULL, CELL_TEXT}, {"hash", NULL, CELL_TEXT}, {"facts", NULL, CELL_TEXT},
	{"samples", NULL, CELL_COUNT}, {"recording", NULL, CELL_ID}, {"ended_at_us", NULL, CELL_INSTANT}};
static const struct column verdict_columns[] = {{"serial", "serial", CELL_TEXT},
	{"whole", "whole", CELL_TEXT}, {"text", "verdict", CELL_TEXT}, {"fact", "fact", CELL_COUNT},
	{"samples", NULL, CELL_COUNT}, {"hash", NULL, CELL_TEXT}};

static json_t *record_row(const struct ghl_record_info *info)
{
	json_t *row = row_json(info, &item_record);

	(void)json_object_set_new(row, "length_ms", json_integer((json_int_t)(info->samples / 8)));
	return row;
}

typedef int each_fn(struct command *cmd, const struct ghl_record_info *info, json_t *rows);

/* Every recording the options pick, page by page. The worst status of fn. */
static int each_record(
	struct command *cmd, struct ghl_record_filter *f, int64_t left, each_fn *fn, json_t *rows)
{
	const struct ghl_record_info *info;
	int status = STATUS_DONE, one, rc;
	char cursor[512] = "";
	struct ghl_list *list;

	do {
		f->limit = left < 1000 ? (uint32_t)left : 1000;
		f->cursor = cursor;
		rc = ghl_record_list(cmd->session, f, &list);
		f->cursor = NULL;
		if (rc < 0)
			return command_failed(cmd, rc, NULL);
		left -= (int64_t)ghl_list_count(list);
		while ((info = ghl_list_next(list))) {
			one = fn(cmd, info, rows);
			status = one > status ? one : status;
		}
		(void)snprintf(cursor, sizeof(cursor), "%s", ghl_list_cursor(list));
		ghl_list_free(list);
	} while (cursor[0] && left > 0);
	return status;
}

static int add_row(struct command *cmd, const struct ghl_record_info *info, json_t *rows)
{
	(void)cmd;
	return json_array_append_new(rows, record_row(info)) < 0 ? STATUS_FAILED : STATUS_DONE;
}

int cmd_record_list(struct command *cmd)
{
	struct ghl_record_filter f = GHL_RECORD_FILTER_INIT;
	const char *call = command_option(cmd, "call");
	json_t *rows;
	int64_t left;
	int status;

	if (!command_number(cmd, "limit", 1, 1000000000, 1000000, &left))
		return STATUS_USAGE;
	if (call && ghl_id_parse(call, GHL_ID_CALL, &f.call) < 0) {
		complain("\"%s\" is no call (call-4821)", call);
		return STATUS_USAGE;
	}
	f.from = command_option(cmd, "from");
	f.until = command_option(cmd, "until");
	f.newest_first = command_option(cmd, "newest") != NULL;
	status = command_session(cmd, false);
	if (status != STATUS_DONE)
		return status;
	rows = json_array();
	status = each_record(cmd, &f, left, add_row, rows);
	if (status == STATUS_DONE)
		return PRINT_ROWS(cmd, columns, rows);
	json_decref(rows);
	return status;
}

int cmd_record_show(struct command *cmd)
{
	struct column all[sizeof(columns) / sizeof(columns[0])];
	struct ghl_list *list = NULL;
	int rc = command_session(cmd, false);

	if (rc != STATUS_DONE)
		return rc;
	rc = ghl_record_info(cmd->session, cmd->operands[0], &list);
	if (rc < 0)
		return command_failed(cmd, rc, NULL);
	memcpy(all, columns, sizeof(all));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i].title = all[i].title ? all[i].title : all[i].key;
	rc = print_object(cmd, all, sizeof(all) / sizeof(all[0]), record_row(ghl_list_next(list)));
	ghl_list_free(list);
	return rc;
}

static void add_verdict(json_t *rows, const char *serial, int rc, const struct ghl_record_verdict *v)
{
	(void)json_array_append_new(
		rows, json_pack("{s:s, s:b, s:s, s:I, s:I, s:s}", "serial", serial, "whole", rc == 0, "text",
			      v->text[0] ? v->text : ghl_strerror(rc), "fact", (json_int_t)v->fact, "samples",
			      (json_int_t)v->samples, "hash", v->hash));
}

static int verify_one(struct command *cmd, const char *serial, json_t *rows)
{
	struct ghl_record_verdict v = GHL_RECORD_VERDICT_INIT;
	int rc;

	progress("verifying %s ..", serial);
	rc = ghl_record_verify(cmd->session, serial, &v);
	progress(NULL);
	if (rc == GHL_EPERM)
		return command_failed(cmd, rc, NULL);
	add_verdict(rows, serial, rc, &v);
	return rc == 0 ? STATUS_DONE : rc == GHL_ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED;
}

static int verify_ended(struct command *cmd, const struct ghl_record_info *info, json_t *rows)
{
	if (info->state == GHL_RECORD_RUNNING || info->state == GHL_RECORD_VOID)
		return STATUS_DONE;
	return verify_one(cmd, info->serial, rows);
}

static int verify_export(struct command *cmd, const char *path)
{
	struct ghl_record_verdict v = GHL_RECORD_VERDICT_INIT;
	struct ghl_error err = {0};
	int rc = ghl_record_export_verify(path, &v, &err);
	json_t *rows;

	if (rc < 0 && rc != GHL_ECORRUPT)
		return command_failed(cmd, rc, &err);
	rows = json_array();
	add_verdict(rows, path, rc, &v);
	(void)PRINT_ROWS(cmd, verdict_columns, rows);
	return rc == 0 ? STATUS_DONE : STATUS_FAILED;
}

int cmd_record_verify(struct command *cmd)
{
	struct ghl_record_filter f = GHL_RECORD_FILTER_INIT;
	int status, one;
	json_t *rows;

	if (command_option(cmd, "export"))
		return verify_export(cmd, command_option(cmd, "export"));
	if (!cmd->operand_count && !command_option(cmd, "all")) {
		complain("which recording? give SERIAL .. or --all");
		return STATUS_USAGE;
	}
	status = command_session(cmd, false);
	if (status != STATUS_DONE)
		return status;
	rows = json_array();
	if (command_option(cmd, "all"))
		status = each_record(cmd, &f, INT64_MAX, verify_ended, rows);
	for (int i = 0; i < cmd->operand_count; i++) {
		one = verify_one(cmd, cmd->operands[i], rows);
		status = one > status ? one : status;
	}
	one = PRINT_ROWS(cmd, verdict_columns, rows);
	return status != STATUS_DONE ? status : one;
}

int cmd_record_export(struct command *cmd)
{
	struct ghl_error err = {0};
	int rc = command_session(cmd, false);

	if (rc != STATUS_DONE)
		return rc;
	if (mkdir(cmd->operands[1], 0700) < 0 && errno != EEXIST) {
		complain("record export: %s: %s", cmd->operands[1], strerror(errno));
		return STATUS_FAILED;
	}
	rc = ghl_record_export(cmd->session, cmd->operands[0], cmd->operands[1], &err);
	if (rc < 0)
		return command_failed(cmd, rc, &err);
	(void)fprintf(stderr, "%s/%s.wav and .json written\n", cmd->operands[1], cmd->operands[0]);
	return STATUS_DONE;
}
