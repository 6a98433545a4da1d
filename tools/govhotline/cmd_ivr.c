/* cmd_ivr.c - `ivr run | check`: VoiceXML without a hotline. */
#include "command.h"

#include <govhotline/ivr.h>

#include <stdio.h>
#include <unistd.h>

int cmd_ivr_run(struct command *cmd)
{
	unsigned flags = (command_option(cmd, "jsonl") || cmd->format == PRINT_JSON ? GHL_IVR_JSONL : 0) |
			 (command_option(cmd, "real-time") ? GHL_IVR_REAL_TIME : 0);
	struct ghl_error err = {0};
	int rc = ghl_ivr_run(cmd->operands[0], flags, STDIN_FILENO, STDOUT_FILENO, &err);

	if (rc < 0)
		return command_failed(cmd, rc, &err);
	if (err.code) {
		complain("the dialogue ended by an error: %s", err.text);
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

int cmd_ivr_check(struct command *cmd)
{
	int status = STATUS_DONE;

	for (int i = 0; i < cmd->operand_count; i++) {
		struct ghl_error err = {0};
		int rc = ghl_ivr_check(cmd->operands[i], &err);

		if (rc == 0) {
			(void)fprintf(stderr, "%s: in order\n", cmd->operands[i]);
			continue;
		}
		(void)fprintf(stderr, "%s\n", err.text[0] ? err.text : ghl_strerror(rc));
		status = rc == GHL_EUNSUPPORTED && status == STATUS_DONE ? STATUS_FAILED : STATUS_NOT_FOUND;
	}
	return status;
}
