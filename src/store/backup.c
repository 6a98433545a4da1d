/*
 * backup.c - backup, restore and upgrade. A backup is an own small store: every entry of one instant, copied
 * in key order into full pages, so it also holds nothing of erased payloads, whose bytes may linger in the
 * free pages of a store in use. It grows in a folder "part" and is moved to its place when it is durable:
 * what stands in its place is whole.
 */
#include "internal.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA_NAME    "data.mdb"
#define LOCK_NAME    "lock.mdb"
#define PART_NAME    "part"
#define DIR_MODE     0700
#define COPY_ENTRIES 5000 /* a transaction of the copy */
#define COPY_ROOM    (64ull << 20)

struct copy {
	struct store *from;
	struct store_read *read;
	struct env to;
	MDB_txn *txn;
	unsigned in_txn;
	uint64_t done, total;
	store_progress_fn *progress;
	void *parg;
};

static int next_txn(struct copy *c)
{
	int rc = c->txn ? env_write_end(&c->to, c->txn, true) : 0;

	c->txn = NULL;
	c->in_txn = 0;
	if (c->progress && c->done)
		c->progress(c->parg, c->done, c->total);
	return rc ? rc : env_write(&c->to, &c->txn);
}

static int copy_shelf(struct copy *c, unsigned shelf)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int put = 0, rc = mdb_cursor_open(c->read->txn, c->from->env.dbi[shelf], &cursor);

	if (rc)
		return rc;
	while (!put && (rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
		if (!c->txn || c->in_txn == COPY_ENTRIES)
			put = next_txn(c);
		if (!put)
			put = mdb_put(c->txn, c->to.dbi[shelf], &k, &v, MDB_APPEND);
		c->in_txn++;
		c->done++;
	}
	mdb_cursor_close(cursor);
	if (put)
		return put;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int copy_all(struct copy *c)
{
	int rc = 0, end;

	for (unsigned i = 0; i < SHELVES && !rc; i++)
		rc = copy_shelf(c, i);
	if (c->txn) {
		end = env_write_end(&c->to, c->txn, !rc);
		rc = rc ? rc : end;
	}
	return rc ? rc : mdb_env_sync(c->to.mdb, 1);
}

static uint64_t count_all(struct copy *c)
{
	uint64_t n = 0;
	MDB_stat st;

	for (unsigned i = 0; i < SHELVES; i++)
		if (mdb_stat(c->read->txn, c->from->env.dbi[i], &st) == 0)
			n += st.ms_entries;
	return n;
}

static int copy_store(
	struct store *s, const char *dir, store_progress_fn *progress, void *parg, struct ghl_error *err)
{
	struct copy c = {.from = s, .progress = progress, .parg = parg};
	struct env_size size;
	int rc = env_size(&s->env, &size), mdb;

	if (rc == 0)
		rc = store_read_begin_long(s, &c.read);
	if (rc < 0)
		return error_set(err, rc, "%s: %s", store_dir(s), ghl_strerror(rc));
	rc = env_open(&c.to, dir, MDB_NOSYNC, size.used_bytes * 2 + COPY_ROOM, err);
	if (rc < 0)
		goto out;
	rc = env_open_shelves(&c.to);
	c.total = count_all(&c);
	if (rc == 0 && (mdb = copy_all(&c)) != 0)
		rc = error_set(err, env_error(mdb), "%s: %s", dir, mdb_strerror(mdb));
	env_close(&c.to);
	if (rc == 0 && progress)
		progress(parg, c.done, c.total);
out:
	store_read_end(c.read);
	return rc;
}

/* --- folders --- */

static const char *path_in(char out[PATH_MAX], const char *dir, const char *name)
{
	(void)snprintf(out, PATH_MAX, "%s/%s", dir, name);
	return out;
}

static void remove_part(const char *part)
{
	char path[PATH_MAX];

	(void)unlink(path_in(path, part, DATA_NAME));
	(void)unlink(path_in(path, part, LOCK_NAME));
	(void)rmdir(part);
}

/* Copies into dir/part, then moves the finished file up. */
static int copy_into(
	struct store *s, const char *dir, store_progress_fn *progress, void *parg, struct ghl_error *err)
{
	char part[PATH_MAX - 16], from[PATH_MAX], to[PATH_MAX];
	int rc;

	if (snprintf(part, sizeof(part), "%s/%s", dir, PART_NAME) >= (int)sizeof(part))
		return error_set(err, GHL_EINVAL, "%s: the path is too long", dir);
	remove_part(part); /* of a copy that was cut short */
	if ((mkdir(dir, DIR_MODE) < 0 && errno != EEXIST) || mkdir(part, DIR_MODE) < 0)
		return error_set(err, error_from_errno(errno), "%s: %s", part, strerror(errno));
	rc = copy_store(s, part, progress, parg, err);
	if (rc == 0 && rename(path_in(from, part, DATA_NAME), path_in(to, dir, DATA_NAME)) < 0)
		rc = error_set(err, error_from_errno(errno), "%s: %s", to, strerror(errno));
	remove_part(part);
	return rc == 0 ? store_sync_dir(dir) : rc;
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool empty = true;

	if (!d)
		return errno == ENOENT;
	while (empty && (e = readdir(d)))
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	(void)closedir(d);
	return empty;
}

/* --- the three --- */

int store_backup(
	struct store *s, const char *dir, store_progress_fn *progress, void *parg, struct ghl_error *err)
{
	if (!is_empty(dir))
		return error_set(err, GHL_EEXIST, "%s: not empty", dir);
	return copy_into(s, dir, progress, parg, err);
}

int store_restore(const char *backup, const char *dir, struct ghl_error *err)
{
	struct store_opts opts = {.read_only = true};
	char path[PATH_MAX];
	struct store *s;
	int rc;

	if (access(path_in(path, dir, DATA_NAME), F_OK) == 0)
		return error_set(err, GHL_EEXIST, "%s: there is a store already", dir);
	rc = store_open(&s, backup, &opts, err);
	if (rc < 0)
		return rc;
	rc = store_check(s, NULL, NULL, NULL, NULL, err);
	if (rc == 0)
		rc = copy_into(s, dir, NULL, NULL, err);
	store_close(s);
	return rc;
}

/* Schema 1 is the first, so there is nothing older to bring up: what is older was made by no release. */
int store_upgrade(const char *dir, struct ghl_error *err)
{
	struct store_opts opts = {0};
	char path[PATH_MAX];
	uint32_t schema = STORE_SCHEMA;
	struct store *s;
	int rc;

	if (access(path_in(path, dir, DATA_NAME), F_OK) < 0)
		return error_set(err, error_from_errno(errno), "%s: %s", path, strerror(errno));
	rc = store_open_schema(&s, dir, &opts, &schema, err);
	if (rc == 0)
		store_close(s);
	if (rc == GHL_EVERSION && schema < STORE_SCHEMA)
		return error_set(err, rc,
			"%s: the store has schema %u, and this program upgrades from none before %u", dir,
			schema, STORE_SCHEMA);
	return rc;
}
