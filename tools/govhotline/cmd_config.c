/* cmd_config.c - `config check | show | apply | reference`. */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static json_t *mistake(const struct ghl_error *err)
{
	return json_pack("{s:s, s:i, s:i, s:s, s:s}", "file", err->where, "line", (int)err->line, "column",
		(int)err->column, "setting", err->field, "text", err->text);
}

static int print_mistakes(const struct command *cmd, const struct ghl_error *errs, uint32_t count)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < count; i++)
		if (cmd->format == PRINT_JSON)
			(void)json_array_append_new(list, mistake(&errs[i]));
		else
			(void)fprintf(stderr, "%s\n", errs[i].text);
	if (cmd->format == PRINT_JSON) {
		(void)json_dumpf(list, stdout, JSON_INDENT(1));
		(void)putchar('\n');
	}
	json_decref(list);
	return count ? STATUS_NOT_FOUND : STATUS_DONE;
}

int cmd_config_check(struct command *cmd)
{
	static struct ghl_error errs[GHL_CONFIG_ERRORS];
	uint32_t count = 0;

	if (cmd->operand_count)
		(void)snprintf(cmd->config, sizeof(cmd->config), "%s", cmd->operands[0]);
	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	if (ghl_config_check(cmd->config, errs, GHL_CONFIG_ERRORS, &count) == 0 && cmd->format != PRINT_JSON)
		(void)fprintf(stderr, "%s: in order\n", cmd->config);
	if (count > 1 && cmd->format != PRINT_JSON)
		(void)fprintf(stderr, "%s: %u mistakes%s:\n", cmd->config, count,
			count == GHL_CONFIG_ERRORS ? ", and perhaps more" : "");
	return print_mistakes(cmd, errs, count);
}

int cmd_config_show(struct command *cmd)
{
	struct ghl_error err = {0};
	int rc;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	rc = ghl_config_show(cmd->config, command_option(cmd, "secrets") != NULL, STDOUT_FILENO, &err);
	return rc < 0 ? command_failed(cmd, rc, &err) : STATUS_DONE;
}

int cmd_config_reference(struct command *cmd)
{
	int rc = ghl_config_reference(STDOUT_FILENO);

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
