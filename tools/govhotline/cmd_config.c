/* cmd_config.c - `config check | show | apply | reference`. */
#include "rows.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct column mistake_columns[] = {{"file", "file", CELL_TEXT}, {"line", "line", CELL_COUNT},
	{"column", "column", CELL_COUNT}, {"setting", "setting", CELL_TEXT}, {"text", "text", CELL_TEXT}};

/* For people on standard error, for programs on standard output. */
static int print_mistakes(const struct command *cmd, const struct ghl_error *errs, uint32_t count)
{
	json_t *list = json_array();
	int status = STATUS_DONE;

	for (uint32_t i = 0; i < count; i++) {
		(void)json_array_append_new(
			list, json_pack("{s:s, s:i, s:i, s:s, s:s}", "file", errs[i].where, "line",
				      (int)errs[i].line, "column", (int)errs[i].column, "setting",
				      errs[i].field, "text", errs[i].text));
		if (cmd->format == PRINT_TABLE)
			(void)fprintf(stderr, "%s\n", errs[i].text);
	}
	if (cmd->format != PRINT_TABLE)
		status = PRINT_ROWS(cmd, mistake_columns, json_incref(list));
	json_decref(list);
	return count ? STATUS_NOT_FOUND : status;
}

int cmd_config_check(struct command *cmd)
{
	static struct ghl_error errs[GHL_CONFIG_ERRORS];
	uint32_t count = 0;

	if (cmd->operand_count)
		(void)snprintf(cmd->config, sizeof(cmd->config), "%s", cmd->operands[0]);
	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	if (ghl_config_check(cmd->config, errs, GHL_CONFIG_ERRORS, &count) == 0 && cmd->format == PRINT_TABLE)
		(void)fprintf(stderr, "%s: in order\n", cmd->config);
	if (count > 1 && cmd->format == PRINT_TABLE)
		(void)fprintf(stderr, "%s: %s%s:\n", cmd->config, counted(count, "mistake"),
			count == GHL_CONFIG_ERRORS ? ", and perhaps more" : "");
	return print_mistakes(cmd, errs, count);
}

/* "queues.water.ring", "20s"; a list's items are numbered from 0. */
static void flatten(json_t *rows, const char *name, const json_t *value)
{
	char below[512];
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, member)
		{
			(void)snprintf(below, sizeof(below), "%s%s%s", name, name[0] ? "." : "", key);
			flatten(rows, below, member);
		}
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			(void)snprintf(below, sizeof(below), "%s.%zu", name, i);
			flatten(rows, below, member);
		}
	} else {
		(void)json_array_append_new(rows, json_pack("{s:s, s:O}", "setting", name, "value", value));
	}
}

/* What the library writes, to be read back: in memory, since secrets go to no disk. NULL: *rc says why. */
static FILE *shown(const char *path, int flags, struct ghl_error *err, int *rc)
{
	int fd = memfd_create("configuration", MFD_CLOEXEC);
	FILE *f = fd >= 0 ? fdopen(fd, "r+") : NULL;

	*rc = f ? ghl_config_show(path, flags, fd, err) : GHL_EIO;
	if (*rc == 0) {
		rewind(f);
		return f;
	}
	if (f)
		(void)fclose(f);
	else if (fd >= 0)
		(void)close(fd);
	return NULL;
}

static int show_rows(const struct command *cmd, FILE *f)
{
	static const struct column columns[] = {
		{"setting", "setting", CELL_TEXT}, {"value", "value", CELL_TEXT}};
	json_t *all = json_loadf(f, 0, NULL), *rows = json_array();

	flatten(rows, "", all);
	json_decref(all);
	return PRINT_ROWS(cmd, columns, rows);
}

static int show_text(FILE *f)
{
	char part[4096];
	size_t n;

	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		(void)fwrite(part, 1, n, stdout);
	return print_end();
}

int cmd_config_show(struct command *cmd)
{
	int rc, status, flags = command_option(cmd, "secrets") ? GHL_CONFIG_SHOW_SECRETS : 0;
	struct ghl_error err = {0};
	FILE *f;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	flags |= cmd->format == PRINT_TABLE ? 0 : GHL_CONFIG_SHOW_JSON;
	f = shown(cmd->config, flags, &err, &rc);
	if (!f)
		return command_failed(cmd, rc, &err);
	status = cmd->format == PRINT_CSV ? show_rows(cmd, f) : show_text(f);
	(void)fclose(f);
	return status;
}

/* A page, not rows. */
int cmd_config_reference(struct command *cmd)
{
	int rc;

	if (cmd->format != PRINT_TABLE) {
		complain("config reference writes Markdown only; config show has --json and --csv");
		return STATUS_USAGE;
	}
	rc = ghl_config_reference(STDOUT_FILENO);
	return rc < 0 ? command_failed(cmd, rc, NULL) : STATUS_DONE;
}

int cmd_config_apply(struct command *cmd)
{
	static struct ghl_error errs[GHL_CONFIG_ERRORS];
	json_t *result = NULL;
	uint32_t count = 0;
	int status;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	if (ghl_config_check(cmd->config, errs, GHL_CONFIG_ERRORS, &count) < 0)
		return print_mistakes(cmd, errs, count);
	status = command_call(cmd, "config.apply", NULL, &result);
	json_decref(result);
	if (status == STATUS_DONE)
		(void)fprintf(
			stderr, "%s: applied; calls that are up keep what they began with\n", cmd->config);
	return status;
}
