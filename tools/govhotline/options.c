/*
 * options.c - the command line: a verb of one or two words, options anywhere, operands. Options are --name
 * VALUE, --name=VALUE, -x VALUE; "--" ends them. What is unknown is answered with what was probably meant.
 */
#include "command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_spec common[] = {
	{"config", 'C', "FILE",
		"the configuration; else $GOVHOTLINE_CONFIG, ./hotline.yaml, /etc/govhotline/hotline.yaml"},
	{"as", 0, "NAME", "act as this principal"},
	{"json", 0, NULL, "print JSON"},
	{"csv", 0, NULL, "print CSV"},
	{"help", 'h', NULL, "this help"},
	{"version", 'V', NULL, "the version"},
	{NULL, 0, NULL, NULL},
};

void complain(const char *fmt, ...)
{
	va_list ap;

	progress(NULL);
	va_start(ap, fmt);
	(void)fputs("govhotline: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
}

void progress(const char *fmt, ...)
{
	static bool shown;
	va_list ap;

	if (!isatty(STDERR_FILENO) || (!fmt && !shown))
		return;
	(void)fputs("\r\033[K", stderr);
	shown = fmt != NULL;
	if (fmt) {
		va_start(ap, fmt);
		(void)vfprintf(stderr, fmt, ap);
		va_end(ap);
	}
	(void)fflush(stderr);
}

/* Edit distance in which a swap of neighbours is one step. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][64], *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t n = strlen(b);

	if (n > 62 || strlen(a) > 62)
		return 99;
	for (size_t j = 0; j <= n; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);

			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[n];
}

static void nearer(const char *typed, const char *name, const char **best, unsigned *far)
{
	unsigned d = distance(typed, name);

	if (d < *far && d <= 1 + strlen(typed) / 3) {
		*far = d;
		*best = name;
	}
}

static const struct verb *verb_by_name(const char *name)
{
	for (size_t i = 0; i < verb_count; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* "call" of "call list" */
static bool is_group(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < verb_count; i++)
		if (strncmp(verbs[i].name, word, len) == 0 && verbs[i].name[len] == ' ')
			return true;
	return false;
}

/* `more` is the word behind it, or "". */
static int unknown_verb(const char *typed, const char *more)
{
	const char *best = NULL;
	unsigned far = 99;
	char both[80];

	(void)snprintf(both, sizeof(both), "%s %s", typed, more);
	for (size_t i = 0; i < verb_count; i++)
		nearer(both, verbs[i].name, &best, &far);
	for (size_t i = 0; i < verb_count && !best; i++)
		nearer(typed, verbs[i].name, &best, &far);
	for (size_t i = 0; i < verb_count && !best; i++) { /* the group alone may be the mistyped word */
		char group[32];
		size_t len = strcspn(verbs[i].name, " ");

		(void)snprintf(group, sizeof(group), "%.*s", (int)len, verbs[i].name);
		if (distance(typed, group) <= 1 + strlen(typed) / 3)
			best = verbs[i].name;
	}
	if (best)
		complain("there is no command \"%s\"; \"%s\"? (govhotline --help lists all)", typed, best);
	else
		complain("there is no command \"%s\" (govhotline --help lists all)", typed);
	return STATUS_USAGE;
}

static void group_help(const char *group)
{
	size_t len = strlen(group);

	for (size_t i = 0; i < verb_count; i++)
		if (strncmp(verbs[i].name, group, len) == 0 && verbs[i].name[len] == ' ')
			(void)printf("  govhotline %-18s %-20s %s\n", verbs[i].name, verbs[i].operands,
				verbs[i].summary);
}

static const struct option_spec *option_in(
	const struct option_spec *table, const char *name, size_t len, char letter)
{
	for (; table && table->name; table++)
		if (letter ? table->letter == letter
			   : strlen(table->name) == len && strncmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

static int unknown_option(const struct command *cmd, const char *name)
{
	const char *best = NULL;
	unsigned far = 99;
	char typed[64];

	(void)snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(name, "="), name);
	for (const struct option_spec *o = common; o->name; o++)
		nearer(typed, o->name, &best, &far);
	for (const struct option_spec *o = cmd->verb ? cmd->verb->options : NULL; o && o->name; o++)
		nearer(typed, o->name, &best, &far);
	if (best)
		complain("there is no option --%s; --%s?", typed, best);
	else
		complain("there is no option --%s (govhotline %s --help lists all)", typed,
			cmd->verb ? cmd->verb->name : "");
	return STATUS_USAGE;
}

/* Takes the option at argv[*i], and its value. */
static int take_option(struct command *cmd, int argc, char **argv, int *i)
{
	const char *word = argv[*i], *value = NULL, *name = word[1] == '-' ? word + 2 : word + 1;
	char letter = word[1] == '-' ? 0 : word[1];
	size_t len = strcspn(name, "=");
	const struct option_spec *spec = option_in(common, name, len, letter);

	if (!spec)
		spec = option_in(cmd->verb ? cmd->verb->options : NULL, name, len, letter);
	if (!spec)
		return unknown_option(cmd, name);
	if (!letter && name[len] == '=')
		value = name + len + 1;
	else if (letter && name[1])
		value = name + 1;
	if (!spec->argument && value) {
		complain("--%s takes no value", spec->name);
		return STATUS_USAGE;
	}
	if (spec->argument && !value && *i + 1 < argc)
		value = argv[++*i];
	if (spec->argument && !value) {
		complain("--%s needs a value: %s", spec->name, spec->argument);
		return STATUS_USAGE;
	}
	if (cmd->option_count == COMMAND_OPTIONS_MAX) {
		complain("too many options");
		return STATUS_USAGE;
	}
	cmd->options[cmd->option_count].spec = spec;
	cmd->options[cmd->option_count++].value = value ? value : "";
	return STATUS_DONE;
}

/* Whether this word is the value of the common option before it; used while the verb is not known yet. */
static bool is_value(char *const *argv, int i)
{
	const char *before = i > 0 ? argv[i - 1] : "";

	return strcmp(before, "-C") == 0 || strcmp(before, "--config") == 0 || strcmp(before, "--as") == 0;
}

/* The verb: the first words that are neither options nor their values. Their places are marked NULL. */
static int take_verb(struct command *cmd, int argc, char **argv)
{
	int places[2], found = 0;
	char name[80];

	for (int i = 0; i < argc && found < 2; i++)
		if (argv[i][0] != '-' && !is_value(argv, i))
			places[found++] = i;
	if (found == 0)
		return STATUS_DONE;
	cmd->words[0] = argv[places[0]];
	cmd->verb = verb_by_name(cmd->words[0]);
	if (cmd->verb) {
		argv[places[0]] = NULL;
		return STATUS_DONE;
	}
	if (!is_group(cmd->words[0]))
		return unknown_verb(cmd->words[0], found > 1 ? argv[places[1]] : "");
	if (found < 2)
		return STATUS_DONE;
	cmd->words[1] = argv[places[1]];
	(void)snprintf(name, sizeof(name), "%s %s", cmd->words[0], cmd->words[1]);
	cmd->verb = verb_by_name(name);
	if (!cmd->verb)
		return unknown_verb(name, "");
	argv[places[0]] = argv[places[1]] = NULL;
	return STATUS_DONE;
}

static int take_rest(struct command *cmd, int argc, char **argv)
{
	bool options = true;
	int status;

	cmd->operands = argv;
	for (int i = 0; i < argc; i++) {
		if (!argv[i])
			continue;
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1]) {
			status = take_option(cmd, argc, argv, &i);
			if (status != STATUS_DONE)
				return status;
		} else {
			cmd->operands[cmd->operand_count++] = argv[i];
		}
	}
	return STATUS_DONE;
}

static int check_operands(const struct command *cmd)
{
	const struct verb *v = cmd->verb;

	if (cmd->operand_count >= v->least && (v->most < 0 || cmd->operand_count <= v->most))
		return STATUS_DONE;
	if (cmd->operand_count < v->least)
		complain("%s lacks an operand; usage: govhotline %s %s", v->name, v->name, v->operands);
	else
		complain("\"%s\" is one operand too many; usage: govhotline %s %s", cmd->operands[v->most],
			v->name, v->operands);
	return STATUS_USAGE;
}

static int no_verb(const struct command *cmd, bool help)
{
	if (cmd->words[0] && help)
		group_help(cmd->words[0]);
	else if (help)
		command_help_all();
	else if (cmd->words[0])
		complain("%s needs a second word (govhotline %s --help lists them)", cmd->words[0],
			cmd->words[0]);
	else
		complain("what shall be done? (govhotline --help lists all commands)");
	return help ? STATUS_DONE : STATUS_USAGE;
}

/* "help call list" is "call list --help". */
static bool take_help(int *argc, char ***argv)
{
	if (*argc == 0 || strcmp((*argv)[0], "help") != 0)
		return false;
	(*argc)--;
	(*argv)++;
	return true;
}

int command_parse(struct command *cmd, int argc, char **argv)
{
	bool help = take_help(&argc, &argv);
	int status = take_verb(cmd, argc, argv);

	if (status != STATUS_DONE)
		return status;
	for (int i = 0; i < argc && !cmd->verb && cmd->words[0]; i++)
		if (argv[i] == cmd->words[0])
			argv[i] = NULL;
	status = take_rest(cmd, argc, argv);
	if (status != STATUS_DONE)
		return status;
	help = help || command_option(cmd, "help");
	if (command_option(cmd, "json") && command_option(cmd, "csv")) {
		complain("--json and --csv exclude each other");
		return STATUS_USAGE;
	}
	if (command_option(cmd, "version")) {
		(void)printf("govhotline %s\n", ghl_version());
		cmd->verb = NULL;
		return STATUS_DONE;
	}
	if (!cmd->verb)
		return no_verb(cmd, help);
	if (help) {
		command_help(cmd->verb);
		cmd->verb = NULL;
		return STATUS_DONE;
	}
	cmd->format = command_option(cmd, "json")  ? PRINT_JSON
		      : command_option(cmd, "csv") ? PRINT_CSV
						   : PRINT_TABLE;
	return check_operands(cmd);
}

const char *command_option(const struct command *cmd, const char *name)
{
	for (int i = cmd->option_count - 1; i >= 0; i--)
		if (strcmp(cmd->options[i].spec->name, name) == 0)
			return cmd->options[i].value;
	return NULL;
}

bool command_number(const struct command *cmd, const char *name, int64_t min, int64_t max, int64_t otherwise,
	int64_t *out)
{
	const char *text = command_option(cmd, name);
	char *end;

	*out = otherwise;
	if (!text)
		return true;
	*out = strtoll(text, &end, 10);
	if (text[0] && !*end && *out >= min && *out <= max)
		return true;
	complain("--%s \"%s\" is not a number in %" PRId64 "..%" PRId64, name, text, min, max);
	return false;
}

int command_choice(const struct command *cmd, const char *name, const char *const *names, int otherwise)
{
	const char *text = command_option(cmd, name), *best = NULL;
	unsigned far = 99;
	char all[256] = "";

	if (!text)
		return otherwise;
	for (int i = 0; names[i]; i++) {
		if (strcmp(names[i], text) == 0)
			return i;
		nearer(text, names[i], &best, &far);
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", names[i]);
	}
	if (best)
		complain("--%s \"%s\" is unknown; \"%s\"?", name, text, best);
	else
		complain("--%s \"%s\" is unknown; it takes: %s", name, text, all);
	return -1;
}

static void options_help(const struct option_spec *table)
{
	char left[64];

	for (; table && table->name; table++) {
		(void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s", table->letter ? "-" : "  ",
			table->letter ? table->letter : ' ', table->letter ? ", " : " ", table->name,
			table->argument ? " " : "", table->argument ? table->argument : "");
		(void)printf("  %-28s %s\n", left, table->help);
	}
}

void command_help(const struct verb *verb)
{
	(void)printf(
		"usage: govhotline %s [OPTION ..] %s\n\n%s.\n", verb->name, verb->operands, verb->summary);
	if (verb->more)
		(void)printf("\n%s\n", verb->more);
	(void)printf("\noptions:\n");
	options_help(verb->options);
	options_help(common);
}

void command_help_all(void)
{
	(void)printf("usage: govhotline COMMAND [OPTION ..] [OPERAND ..]\n\n");
	for (size_t i = 0; i < verb_count; i++)
		(void)printf("  %-18s %-22s %s\n", verbs[i].name, verbs[i].operands, verbs[i].summary);
	(void)printf("\ncommon options:\n");
	options_help(common);
	(void)printf("\nexit status: 0 done; 1 failed or refused; 2 wrong command line; 3 not found, or a "
		     "document was refused; 4 no hotline "
		     "runs; 5 no right\n");
}
