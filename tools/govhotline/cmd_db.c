/* cmd_db.c - `db stat | check | backup | restore | upgrade`: care for the store, with or without a running
 * hotline. */
#include "rows.h"

#include <govhotline/store.h>

#include <stdio.h>

static const struct column info_columns[] = {{"schema", "format", CELL_COUNT}, {"facts", "facts", CELL_COUNT},
	{"calls", "calls", CELL_COUNT}, {"recordings", "recordings", CELL_COUNT},
	{"entries", "entries", CELL_COUNT}, {"used_bytes", "used", CELL_BYTES},
	{"map_bytes", "map", CELL_BYTES}, {"free_disk_bytes", "free on disk", CELL_BYTES}};

/* Where the store is, by the configuration. */
static int store_path(struct command *cmd, struct ghl_config_info *info)
{
	struct ghl_error err = {0};
	int rc;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	rc = ghl_config_info(cmd->config, info, &err);
	return rc < 0 ? command_failed(cmd, rc, &err) : STATUS_DONE;
}

int cmd_db_stat(struct command *cmd)
{
	struct ghl_config_info config = GHL_CONFIG_INFO_INIT;
	struct ghl_db_info info = {.size = sizeof(info)};
	struct ghl_error err = {0};
	int rc = store_path(cmd, &config);

	if (rc != STATUS_DONE)
		return rc;
	rc = ghl_db_stat(config.store, &info, &err);
	return rc < 0 ? command_failed(cmd, rc, &err)
		      : PRINT_OBJECT(cmd, info_columns, row_json(&info, &item_db));
}

typedef int care_fn(const char *store, const char *dir, struct ghl_error *err);

static int care(struct command *cmd, care_fn *fn, const char *doing, const char *done)
{
	struct ghl_config_info config = GHL_CONFIG_INFO_INIT;
	struct ghl_error err = {0};
	int rc = store_path(cmd, &config);

	if (rc != STATUS_DONE)
		return rc;
	progress("%s %s ..", doing, config.store);
	rc = fn(config.store, cmd->operand_count ? cmd->operands[0] : NULL, &err);
	progress(NULL);
	if (rc < 0)
		return command_failed(cmd, rc, &err);
	(void)fprintf(stderr, "%s: %s\n", config.store, done);
	return STATUS_DONE;
}

static int restore(const char *store, const char *dir, struct ghl_error *err)
{
	return ghl_db_restore(dir, store, err);
}

static int upgrade(const char *store, const char *dir, struct ghl_error *err)
{
	(void)dir;
	return ghl_db_upgrade(store, err);
}

int cmd_db_check(struct command *cmd)
{
	struct ghl_error err = {0};
	int rc;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	progress("proving the store of %s ..", cmd->config);
	rc = ghl_hotline_check(cmd->config, &err);
	progress(NULL);
	if (rc < 0)
		return command_failed(cmd, rc, &err);
	(void)fprintf(stderr, "whole: chain, indexes, roll-ups\n");
	return STATUS_DONE;
}

int cmd_db_backup(struct command *cmd)
{
	return care(cmd, ghl_db_backup, "copying", "backed up");
}

int cmd_db_restore(struct command *cmd)
{
	return care(cmd, restore, "restoring", "restored");
}

int cmd_db_upgrade(struct command *cmd)
{
	return care(cmd, upgrade, "upgrading", "has this version's format");
}
