/*
 * command.h - what every subcommand of govhotline gets: its options and operands, where the configuration is,
 * how to print, and the two ways to a hotline: its store (facts) and its control socket (what is live).
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <govhotline/config.h>
#include <govhotline/govhotline.h>

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit statuses; the man page has the same list. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,    /* it failed, or was refused */
	STATUS_USAGE = 2,     /* the command line is wrong */
	STATUS_NOT_FOUND = 3, /* no such object; or the document, configuration or file was refused */
	STATUS_NO_SERVER = 4, /* what was asked for is live, and no hotline runs */
	STATUS_NO_RIGHT = 5
};

struct option_spec {
	const char *name;     /* "from", for --from; NULL ends a table */
	char letter;          /* 'C' for -C; 0 for none */
	const char *argument; /* "FILE"; NULL: a switch */
	const char *help;
};

struct command;
struct verb {
	const char *name;     /* "call list" */
	const char *operands; /* "CALL ..", for the usage line */
	int least, most;      /* operands; most -1: any number */
	int (*run)(struct command *cmd);
	const struct option_spec *options; /* besides the common ones; NULL: none */
	const char *summary;
	const char *more; /* paragraphs of --help; NULL for none */
};
extern const struct verb verbs[];
extern const size_t verb_count;

enum print_format { PRINT_TABLE, PRINT_JSON, PRINT_CSV };

#define COMMAND_OPTIONS_MAX 24

struct command {
	const struct verb *verb;
	const char *words[2]; /* of the verb as typed */
	char **operands;
	int operand_count;
	struct {
		const struct option_spec *spec;
		const char *value; /* "" for a switch */
	} options[COMMAND_OPTIONS_MAX];
	int option_count;
	enum print_format format;
	bool color;                  /* standard output is a terminal and NO_COLOR is not set */
	char config[256];            /* the configuration file, found or given */
	struct ghl_hotline *hotline; /* command_session() */
	struct ghl_session *session;
	int control;   /* descriptor of the control socket, -1 */
	char *pending; /* what was read from it and not yet used */
	size_t pending_len;
	int next_id;
};

/* --- options.c --- */
/* Finds the verb, its options and operands. A status; STATUS_DONE with verb NULL: help was given already. */
int command_parse(struct command *cmd, int argc, char **argv);
/* An option's value, "" for a switch that is set; NULL: not given. */
const char *command_option(const struct command *cmd, const char *name);
/* A number in [min, max]; `otherwise` where it is not given. False: complained about on stderr. */
bool command_number(const struct command *cmd, const char *name, int64_t min, int64_t max, int64_t otherwise,
	int64_t *out);
/* One of `names` (NULL ends), by its place; -1: complained about. */
int command_choice(const struct command *cmd, const char *name, const char *const *names, int otherwise);
void command_help(const struct verb *verb);
void command_help_all(void);

/* --- complaints, on stderr --- */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "call list: no right ..", the status that goes with a GHL_E* code; err may be NULL. */
int command_failed(const struct command *cmd, int code, const struct ghl_error *err);
/* "1 trunk", "2 trunks"; the text stands until the third call after. */
const char *counted(uint64_t n, const char *one);
/* A line of progress; only where stderr is a terminal. NULL clears it. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- context.c --- */
/* The configuration file by -C, $GOVHOTLINE_CONFIG, ./hotline.yaml, /etc/govhotline/hotline.yaml. False:
 * complained about. */
bool command_config(struct command *cmd);
int64_t now_us(void);

/* --- session.c: the store, for facts --- */
/* Opens the store and a session, as --as says; where there is none yet it is made, or complained about. 0 or
 * a status, complained about. */
int command_session(struct command *cmd, bool make);
void command_close(struct command *cmd);
/* An instant: local date and time, or "now", "today", "yesterday". `otherwise` where the option is not given.
 * False: complained about. */
bool command_instant(struct command *cmd, const char *option, int64_t otherwise, int64_t *out);

/* --- client.c: JSON-RPC 2.0 over the control socket, for what is live --- */
/* Calls a method; `params` is taken. 0 and *result (new, never NULL), or a status, complained about. */
int command_call(struct command *cmd, const char *method, json_t *params, json_t **result);
/* The next notification's parameters, when one comes within timeout_ms (-1: for ever). 1, 0, or -1 when the
 * server has gone. */
int command_notification(struct command *cmd, int timeout_ms, json_t **params);

/* --- subcommands --- */
int cmd_call_clear(struct command *cmd);
int cmd_call_import(struct command *cmd);
int cmd_call_list(struct command *cmd);
int cmd_call_show(struct command *cmd);
int cmd_config_apply(struct command *cmd);
int cmd_config_check(struct command *cmd);
int cmd_config_reference(struct command *cmd);
int cmd_config_show(struct command *cmd);
int cmd_db_backup(struct command *cmd);
int cmd_db_check(struct command *cmd);
int cmd_db_restore(struct command *cmd);
int cmd_db_stat(struct command *cmd);
int cmd_db_upgrade(struct command *cmd);
int cmd_demo(struct command *cmd);
int cmd_dial(struct command *cmd);
int cmd_doctor(struct command *cmd);
int cmd_event_tail(struct command *cmd);
int cmd_ivr_check(struct command *cmd);
int cmd_ivr_run(struct command *cmd);
int cmd_agent_list(struct command *cmd);
int cmd_agent_login(struct command *cmd);
int cmd_agent_logout(struct command *cmd);
int cmd_agent_not_ready(struct command *cmd);
int cmd_agent_ready(struct command *cmd);
int cmd_queue_list(struct command *cmd);
int cmd_record_export(struct command *cmd);
int cmd_record_list(struct command *cmd);
int cmd_record_show(struct command *cmd);
int cmd_record_verify(struct command *cmd);
int cmd_report_agents(struct command *cmd);
int cmd_report_calls(struct command *cmd);
int cmd_report_queues(struct command *cmd);
int cmd_serve(struct command *cmd);
int cmd_status(struct command *cmd);

#endif
