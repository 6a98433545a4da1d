/* session.c - the store opened for facts, as whom --as says; instants as people write them. */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int session_as(struct command *cmd)
{
	const char *name = command_option(cmd, "as");
	struct ghl_session *owner = cmd->session;
	int rc;

	if (!name)
		return STATUS_DONE;
	rc = ghl_session_open_as(owner, name, &cmd->session);
	if (rc < 0) {
		if (rc == GHL_ENOENT)
			complain("there is no principal \"%s\"", name);
		else
			complain("--as %s: %s", name, ghl_strerror(rc));
		return rc == GHL_EPERM ? STATUS_NO_RIGHT : STATUS_NOT_FOUND;
	}
	ghl_session_close(owner);
	return STATUS_DONE;
}

int command_session(struct command *cmd, bool make)
{
	int rc, flags = make ? GHL_OPEN_STORE : GHL_OPEN_STORE | GHL_OPEN_EXISTING;
	struct ghl_error err = {0};

	if (cmd->session)
		return STATUS_DONE;
	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	rc = ghl_hotline_open(&cmd->hotline, cmd->config, flags, &err);
	if (rc < 0)
		return command_failed(cmd, rc, &err);
	rc = ghl_hotline_start(cmd->hotline, &err);
	if (rc == 0)
		rc = ghl_session_open_local(cmd->hotline, &cmd->session);
	return rc < 0 ? command_failed(cmd, rc, &err) : session_as(cmd);
}

void command_close(struct command *cmd)
{
	ghl_session_close(cmd->session);
	ghl_hotline_close(cmd->hotline);
	cmd->session = NULL;
	cmd->hotline = NULL;
	if (cmd->control >= 0)
		(void)close(cmd->control);
	cmd->control = -1;
	free(cmd->pending);
	cmd->pending = NULL;
}

/* Local midnight, `days` from today. */
static int64_t midnight_us(int days)
{
	time_t t = time(NULL);
	struct tm tm;

	(void)localtime_r(&t, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000000;
}

bool command_instant(struct command *cmd, const char *option, int64_t otherwise, int64_t *out)
{
	const char *text = command_option(cmd, option);
	int rc = 0;

	*out = otherwise;
	if (!text)
		return true;
	if (strcmp(text, "now") == 0)
		*out = now_us();
	else if (strcmp(text, "today") == 0)
		*out = midnight_us(0);
	else if (strcmp(text, "yesterday") == 0)
		*out = midnight_us(-1);
	else if (strcmp(text, "tomorrow") == 0)
		*out = midnight_us(1);
	else
		rc = ghl_report_instant(cmd->session, text, out);
	if (rc < 0)
		complain("--%s \"%s\" is no date (2026-11-23, 2026-11-23T09:15, today, yesterday, now)",
			option, text);
	return rc == 0;
}
