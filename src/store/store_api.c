/* store_api.c - the public functions on a store's folder: each opens it, does one thing and closes it. No
 * session, no rights but the files'. */
#include "store.h"

#include "base/error.h"

#include <govhotline/store.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool store_exists(const char *dir)
{
	char data[PATH_MAX + 16];

	(void)snprintf(data, sizeof(data), "%s/data.mdb", dir);
	return access(data, F_OK) == 0;
}

/* The folder itself, or "store" in it. */
static int find_store(const char *path, char out[PATH_MAX], struct ghl_error *err)
{
	static const char *const forms[] = {"%s", "%s/store"};
	if (!path || strlen(path) > PATH_MAX - 32)
		return error_field(err, GHL_EINVAL, "path", "missing or too long");
	for (unsigned i = 0; i < 2; i++) {
		(void)snprintf(out, PATH_MAX, forms[i], path);
		if (store_exists(out))
			return 0;
	}
	return error_set(err, GHL_ENOENT, "%s: there is no store", path);
}

static int open_for_reading(struct store **out, const char *path, struct ghl_error *err)
{
	struct store_opts opts = {.read_only = true};
	char dir[PATH_MAX];
	int rc = find_store(path, dir, err);

	return rc < 0 ? rc : store_open(out, dir, &opts, err);
}

static void fill_info(struct ghl_db_info *out, const struct store_stat *st)
{
	out->schema = st->schema;
	out->facts = st->facts;
	out->calls = st->entries[STORE_CALL];
	out->recordings = st->entries[STORE_RECORDING];
	out->entries = 0;
	for (unsigned t = 0; t < STORE_TABLES; t++)
		out->entries += st->entries[t];
	out->map_bytes = st->map_bytes;
	out->used_bytes = st->used_bytes;
	out->free_disk_bytes = st->free_disk_bytes;
}

int ghl_db_stat(const char *path, struct ghl_db_info *out, struct ghl_error *err)
{
	struct store_stat st;
	struct store *s;
	int rc;

	if (!out || out->size < sizeof(*out))
		return error_field(err, GHL_EINVAL, "out", "missing, or its size is too small");
	rc = open_for_reading(&s, path, err);
	if (rc < 0)
		return rc;
	rc = store_stat(s, &st);
	if (rc < 0)
		(void)error_set(err, rc, "%s: %s", path, ghl_strerror(rc));
	else
		fill_info(out, &st);
	store_close(s);
	return rc;
}

int ghl_db_check(const char *path, struct ghl_error *err)
{
	struct store *s;
	int rc = open_for_reading(&s, path, err);

	if (rc < 0)
		return rc;
	rc = store_check(s, NULL, NULL, NULL, NULL, err);
	store_close(s);
	return rc;
}

int ghl_db_backup(const char *path, const char *dir, struct ghl_error *err)
{
	struct store *s;
	int rc;

	if (!dir)
		return error_field(err, GHL_EINVAL, "dir", "missing");
	rc = open_for_reading(&s, path, err);
	if (rc < 0)
		return rc;
	rc = store_backup(s, dir, NULL, NULL, err);
	store_close(s);
	return rc;
}

int ghl_db_restore(const char *backup, const char *path, struct ghl_error *err)
{
	char dir[PATH_MAX];
	int rc;

	if (!path)
		return error_field(err, GHL_EINVAL, "path", "missing");
	rc = find_store(backup, dir, err);
	return rc < 0 ? rc : store_restore(dir, path, err);
}

int ghl_db_upgrade(const char *path, struct ghl_error *err)
{
	char dir[PATH_MAX];
	int rc = find_store(path, dir, err);

	return rc < 0 ? rc : store_upgrade(dir, err);
}
