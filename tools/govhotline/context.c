/* context.c - where the configuration is; what an error code means as an exit status; the time. */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int status_of(int code)
{
	switch (code) {
	case GHL_ENOENT:
	case GHL_EPARSE:
		return STATUS_NOT_FOUND;
	case GHL_EPERM:
		return STATUS_NO_RIGHT;
	case GHL_EINVAL:
		return STATUS_USAGE;
	default:
		return STATUS_FAILED;
	}
}

int command_failed(const struct command *cmd, int code, const struct ghl_error *err)
{
	struct ghl_error why;

	if (err && err->text[0])
		complain("%s: %s", cmd->verb->name, err->text);
	else if (ghl_error_last(&why) == code)
		complain("%s: %s", cmd->verb->name, why.text);
	else if (cmd->operand_count)
		complain("%s: \"%s\": %s", cmd->verb->name, cmd->operands[0], ghl_strerror(code));
	else
		complain("%s: %s", cmd->verb->name, ghl_strerror(code));
	return status_of(code);
}

/* Times are shown as people at the site have them. */
static void use_zone(const struct command *cmd)
{
	struct ghl_config_info info = GHL_CONFIG_INFO_INIT;

	if (ghl_config_info(cmd->config, &info, NULL) == 0 && info.time_zone[0]) {
		(void)setenv("TZ", info.time_zone, 1);
		tzset();
	}
}

bool command_config(struct command *cmd)
{
	static const char *const usual[] = {"hotline.yaml", "/etc/govhotline/hotline.yaml"};
	const char *given = command_option(cmd, "config");

	if (cmd->config[0])
		return true;
	if (!given)
		given = getenv("GOVHOTLINE_CONFIG");
	for (unsigned i = 0; i < 2 && (!given || !given[0]); i++)
		given = access(usual[i], F_OK) == 0 ? usual[i] : NULL;
	if (!given) {
		complain("there is no configuration: give -C FILE, or set GOVHOTLINE_CONFIG, or write "
			 "./hotline.yaml");
		return false;
	}
	if (strlen(given) >= sizeof(cmd->config)) {
		complain("the path of the configuration is too long");
		return false;
	}
	(void)snprintf(cmd->config, sizeof(cmd->config), "%s", given);
	use_zone(cmd);
	return true;
}

const char *counted(uint64_t n, const char *one)
{
	static char texts[3][48];
	static unsigned next;
	char *text = texts[next++ % 3];

	(void)snprintf(text, sizeof(texts[0]), "%" PRIu64 " %s%s", n, one, n == 1 ? "" : "s");
	return text;
}

int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
