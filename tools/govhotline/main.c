/* main.c - govhotline: the list of commands, and one of them run. Each command is a file of its own over the
 * public API. */
#include "command.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define END                                                                                                  \
	{                                                                                                    \
		NULL, 0, NULL, NULL                                                                          \
	}

static const struct option_spec ivr_options[] = {
	{"jsonl", 0, NULL, "JSON lines on standard input and output"},
	{"real-time", 0, NULL, "wait as long as the dialogue says"}, END};
static const struct option_spec show_options[] = {
	{"effective", 0, NULL, "every setting in force (as without it)"},
	{"secrets", 0, NULL, "passwords and HA1 too"}, END};

const struct verb verbs[] = {
	{"ivr run", "FILE.vxml", 1, 1, cmd_ivr_run, ivr_options, "run a dialogue with yourself as the caller",
		NULL},
	{"ivr check", "FILE.vxml ..", 1, -1, cmd_ivr_check, NULL, "every mistake of VoiceXML documents",
		NULL},
	{"db stat", "", 0, 0, cmd_db_stat, NULL, "figures of the store", NULL},
	{"db check", "", 0, 0, cmd_db_check, NULL, "prove the store's chain, values and indexes", NULL},
	{"db backup", "DIR", 1, 1, cmd_db_backup, NULL, "copy the store as of one instant, while it is used",
		NULL},
	{"db restore", "DIR", 1, 1, cmd_db_restore, NULL, "put a backup where no store is yet", NULL},
	{"db upgrade", "", 0, 0, cmd_db_upgrade, NULL, "bring an older store to this version's format", NULL},
	{"config check", "[FILE]", 0, 1, cmd_config_check, NULL,
		"every mistake of the configuration, in one run", NULL},
	{"config show", "", 0, 0, cmd_config_show, show_options, "every setting in force, defaults included",
		NULL},
	{"config reference", "", 0, 0, cmd_config_reference, NULL,
		"the reference page of all settings, in Markdown", NULL},
	{"doctor", "", 0, 0, cmd_doctor, NULL, "look for what would keep a hotline from working here", NULL},
};
const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

int main(int argc, char **argv)
{
	static struct command cmd = {.control = -1};
	const char *no_color = getenv("NO_COLOR");
	int status;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		(void)setlocale(LC_CTYPE, "");
	(void)signal(SIGPIPE, SIG_IGN);
	cmd.color = isatty(STDOUT_FILENO) && !(no_color && no_color[0]);
	status = command_parse(&cmd, argc - 1, argv + 1);
	if (status == STATUS_DONE && cmd.verb)
		status = cmd.verb->run(&cmd);
	return status;
}
