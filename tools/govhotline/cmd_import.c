/* cmd_import.c - `call import`: history of an older system. */
#include "rows.h"

#include <govhotline/import.h>

#include <stdio.h>

#define MISTAKES_TOLD 1000

static const struct column columns[] = {{"rows", "rows", CELL_COUNT}, {"imported", "imported", CELL_COUNT},
	{"known", "known already", CELL_COUNT}, {"mistakes", "mistakes", CELL_COUNT}};

static int print_result(const struct command *cmd, const struct ghl_call_import_result *r)
{
	return PRINT_OBJECT(cmd, columns,
		json_pack("{s:i, s:i, s:i, s:i}", "rows", (int)r->rows, "imported", (int)r->imported, "known",
			(int)r->known, "mistakes", (int)r->mistakes));
}

int cmd_call_import(struct command *cmd)
{
	static struct ghl_error errs[MISTAKES_TOLD];
	struct ghl_call_import_result result = GHL_CALL_IMPORT_RESULT_INIT;
	struct ghl_call_import_opts opts = GHL_CALL_IMPORT_OPTS_INIT;
	int rc = command_session(cmd, true);

	if (rc != STATUS_DONE)
		return rc;
	opts.source = command_option(cmd, "source");
	opts.dry_run = command_option(cmd, "dry-run") != NULL;
	progress("reading %s ..", cmd->operands[0]);
	rc = ghl_call_import(cmd->session, cmd->operands[0], &opts, &result, errs, MISTAKES_TOLD);
	progress(NULL);
	for (uint32_t i = 0; i < result.told; i++)
		(void)fprintf(stderr, "%s\n", errs[i].text);
	if (result.mistakes > result.told)
		complain("not told: %s more", counted(result.mistakes - result.told, "mistake"));
	if (rc == GHL_EPARSE) {
		complain("%s: %s; nothing was kept", cmd->operands[0], counted(result.mistakes, "mistake"));
		return STATUS_NOT_FOUND;
	}
	return rc < 0 ? command_failed(cmd, rc, NULL) : print_result(cmd, &result);
}
