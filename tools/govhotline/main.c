/* main.c - govhotline: the list of commands, and one of them run. Each command is a file of its own over the
 * public API. */
#include "command.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SPAN                                                                                                 \
	{"from", 0, "TIME",                                                                                  \
		"from this local date or time (2026-11-23, 2026-11-23T09:15, today, yesterday)"},            \
	{                                                                                                    \
		"until", 0, "TIME", "until this one, which is not included"                                  \
	}
#define END                                                                                                  \
	{                                                                                                    \
		NULL, 0, NULL, NULL                                                                          \
	}

static const struct option_spec call_options[] = {SPAN, {"live", 0, NULL, "the calls that are up now"},
	{"number", 0, "NUMBER", "calling or called party"}, {"queue", 0, "NAME", "last queue"},
	{"agent", 0, "NAME", "who answered"}, {"trunk", 0, "NAME", "trunk"},
	{"disposition", 0, "WORD", "answered, abandoned, dialogue, .."},
	{"limit", 0, "N", "at most so many (1,000,000)"}, {"newest", 0, NULL, "newest first"}, END};
static const struct option_spec import_options[] = {
	{"source", 0, "NAME", "name of the older system; with each row's id it makes a call once"},
	{"dry-run", 0, NULL, "check the file, keep nothing"}, END};
static const struct option_spec report_options[] = {SPAN,
	{"interval", 0, "LENGTH", "15m (default), 30m, 60m, day, week, month, total"},
	{"by", 0, "WHAT", "all, queue, agent, seat, group or trunk"},
	{"basis", 0, "WORD", "end (default): where calls end; arrival"},
	{"name", 0, "PATTERN", "only these, with * and ?"}, {"total", 0, NULL, "one more row with the sum"},
	END};
static const struct option_spec record_options[] = {
	{"from", 0, "SERIAL", "from this serial or day (20261123)"},
	{"until", 0, "SERIAL", "until this one, which is not included"},
	{"call", 0, "CALL", "recordings of this call"}, {"limit", 0, "N", "at most so many (1,000,000)"},
	{"newest", 0, NULL, "newest first"}, END};
static const struct option_spec verify_options[] = {{"all", 0, NULL, "every recording that has ended"},
	{"export", 0, "FILE", "an export's .json instead, without a hotline"}, END};
static const struct option_spec status_options[] = {{"watch", 'w', NULL, "go on until interrupted"}, END};
static const struct option_spec seat_options[] = {
	{"seat", 0, "ACCOUNT", "the phone account; else the configured one"}, END};
static const struct option_spec reason_options[] = {
	{"reason", 0, "WORD", "break, meeting, training, meal, .."}, END};
static const struct option_spec dial_options[] = {
	{"from", 0, "ACCOUNT", "the phone that rings first; else the agent's of --as"},
	{"trunk", 0, "NAME", "go out by this trunk"}, END};
static const struct option_spec ivr_options[] = {
	{"jsonl", 0, NULL, "JSON lines on standard input and output"},
	{"real-time", 0, NULL, "wait as long as the dialogue says"}, END};
static const struct option_spec event_options[] = {{"filter", 0, "TEXT", "\"event=call_* queue=water\""},
	{"resume", 0, "POSITION", "go on after this event: its \"resume\" in --json"},
	{"snapshot", 0, NULL, "begin with what stands now"}, {"count", 0, "N", "end after so many"}, END};
static const struct option_spec show_options[] = {
	{"effective", 0, NULL, "every setting in force (as without it)"},
	{"secrets", 0, NULL, "passwords and HA1 too"}, END};

static const char import_more[] = "The file is CSV (RFC 4180), UTF-8, with a header line of column names in "
				  "any order. Needed: id, started_at. Known besides:\n"
				  "direction (inbound), calling, called, trunk, queue, agent, group, seat, "
				  "offered_at, answered_at, ended_at, wait_s, ring_s,\n"
				  "talk_s, hold_s, acw_s, disposition. Times are 2026-11-23T09:15:00 of the "
				  "site, or with Z or an offset. The whole file is checked\n"
				  "first; every bad row is named, and then nothing is kept. Rows that were "
				  "imported before (same source and id) are passed over.";

const struct verb verbs[] = {
	{"serve", "", 0, 0, cmd_serve, NULL, "run the hotline, in the foreground, until SIGINT or SIGTERM",
		NULL},
	{"status", "", 0, 0, cmd_status, status_options, "one screen: calls, queues, agents, trunks, disk",
		NULL},
	{"call list", "", 0, 0, cmd_call_list, call_options, "calls, past or live", NULL},
	{"call show", "CALL", 1, 1, cmd_call_show, NULL, "everything about one call", NULL},
	{"call clear", "CALL", 1, 1, cmd_call_clear, NULL, "end a call", NULL},
	{"call import", "FILE.csv", 1, 1, cmd_call_import, import_options, "history of an older system",
		import_more},
	{"queue list", "[PATTERN]", 0, 1, cmd_queue_list, NULL, "queues as they are now", NULL},
	{"agent list", "[PATTERN]", 0, 1, cmd_agent_list, NULL, "agents as they are now", NULL},
	{"agent login", "AGENT", 1, 1, cmd_agent_login, seat_options, "log an agent on", NULL},
	{"agent ready", "AGENT", 1, 1, cmd_agent_ready, NULL, "the agent takes calls", NULL},
	{"agent not-ready", "AGENT", 1, 1, cmd_agent_not_ready, reason_options, "the agent takes no calls",
		NULL},
	{"agent logout", "AGENT", 1, 1, cmd_agent_logout, NULL, "log an agent off", NULL},
	{"record list", "", 0, 0, cmd_record_list, record_options, "recordings", NULL},
	{"record show", "SERIAL", 1, 1, cmd_record_show, NULL, "everything about one recording", NULL},
	{"record verify", "[SERIAL ..]", 0, -1, cmd_record_verify, verify_options,
		"prove that recordings are what was recorded", NULL},
	{"record export", "SERIAL DIR", 2, 2, cmd_record_export, NULL, "a recording with its facts and proof",
		NULL},
	{"report calls", "", 0, 0, cmd_report_calls, report_options, "calls by interval", NULL},
	{"report queues", "", 0, 0, cmd_report_queues, report_options, "queues by interval", NULL},
	{"report agents", "", 0, 0, cmd_report_agents, report_options, "agents' time and calls by interval",
		NULL},
	{"dial", "NUMBER", 1, 1, cmd_dial, dial_options, "call a number from a phone", NULL},
	{"ivr run", "FILE.vxml", 1, 1, cmd_ivr_run, ivr_options, "run a dialogue with yourself as the caller",
		NULL},
	{"ivr check", "FILE.vxml ..", 1, -1, cmd_ivr_check, NULL, "every mistake of VoiceXML documents",
		NULL},
	{"event tail", "", 0, 0, cmd_event_tail, event_options, "events as they happen", NULL},
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
	{"config apply", "", 0, 0, cmd_config_apply, NULL,
		"make the running hotline take the configuration as it is now", NULL},
	{"config reference", "", 0, 0, cmd_config_reference, NULL,
		"the reference page of all settings, in Markdown", NULL},
	{"demo", "", 0, 0, cmd_demo, NULL,
		"a whole hotline on loopback for a minute: citizens, agents, recordings, a report", NULL},
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
	command_close(&cmd);
	return status;
}
