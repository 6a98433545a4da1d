/*
 * env.c - the LMDB environment: opening, entering and leaving transactions, growing the map.
 *
 *     readers, writer --> enter (users + 1) .. leave (users - 1)
 *     grow            --> waits for users == 0, remaps, lets all go on
 *
 * A thread that holds a read may begin another while somebody waits to remap, else the two would wait for
 * each other. LMDB (0.9.24) moves the map with munmap and mmap, so no pointer into it outlives a remap: hence
 * the count.
 */
#include "env.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define MAX_READERS 1022
#define MAX_TABLES  64
#define FILE_MODE   0600
#define ASIDE_BYTES (4u << 20)

static _Thread_local unsigned reads_held;

static const char *const shelf_names[SHELVES] = {
	[STORE_META] = "meta",
	[STORE_PRINCIPAL] = "principal",
	[STORE_NAME] = "name",
	[STORE_CALL] = "call",
	[STORE_CALL_BY_ID] = "call_by_id",
	[STORE_CALL_BY_NUMBER] = "call_by_number",
	[STORE_CALL_OPEN] = "call_open",
	[STORE_RECORDING] = "recording",
	[STORE_RECORDING_BY_CALL] = "recording_by_call",
	[STORE_AGENT_SPAN] = "agent_span",
	[STORE_ROLLUP] = "rollup",
	[STORE_CONFIG] = "config",
	[SHELF_FACT] = "fact",
	[SHELF_PAYLOAD] = "payload",
	[SHELF_STATE] = "state",
};

const char *shelf_name(unsigned shelf)
{
	return shelf < SHELVES ? shelf_names[shelf] : "?";
}

const char *store_table_name(enum store_table table)
{
	return (unsigned)table < STORE_TABLES ? shelf_names[table] : "?";
}

int env_error(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_NOTFOUND:
		return GHL_ENOENT;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return GHL_ESPACE;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_KEYEXIST: /* a fact behind the head */
	case MDB_INVALID:
		return GHL_ECORRUPT;
	case MDB_VERSION_MISMATCH:
		return GHL_EVERSION;
	case MDB_BAD_VALSIZE:
		return GHL_EINVAL;
	case MDB_READERS_FULL:
		return GHL_EAGAIN;
	case EACCES:
	case EPERM:
	case EROFS:
		return GHL_EPERM;
	case ENOMEM:
		return GHL_ENOMEM;
	default:
		return GHL_EIO;
	}
}

/* --- who is inside --- */

static void enter(struct env *e)
{
	(void)pthread_mutex_lock(&e->lock);
	while (e->remapping || (e->waiting && !reads_held))
		(void)pthread_cond_wait(&e->changed, &e->lock);
	e->users++;
	(void)pthread_mutex_unlock(&e->lock);
}

static void leave(struct env *e)
{
	(void)pthread_mutex_lock(&e->lock);
	if (--e->users == 0)
		(void)pthread_cond_broadcast(&e->changed);
	(void)pthread_mutex_unlock(&e->lock);
}

static void remap_begin(struct env *e)
{
	(void)pthread_mutex_lock(&e->lock);
	e->waiting++;
	while (e->remapping || e->users)
		(void)pthread_cond_wait(&e->changed, &e->lock);
	e->waiting--;
	e->remapping = true;
	(void)pthread_mutex_unlock(&e->lock);
}

static bool remap_try(struct env *e)
{
	bool mine;

	(void)pthread_mutex_lock(&e->lock);
	mine = !e->remapping && !e->users;
	if (mine)
		e->remapping = true;
	(void)pthread_mutex_unlock(&e->lock);
	return mine;
}

static void remap_end(struct env *e)
{
	(void)pthread_mutex_lock(&e->lock);
	e->remapping = false;
	(void)pthread_cond_broadcast(&e->changed);
	(void)pthread_mutex_unlock(&e->lock);
}

/* --- opening --- */

static int open_mdb(struct env *e)
{
	int dead, rc = mdb_env_create(&e->mdb);

	if (rc)
		return rc;
	rc = mdb_env_set_maxdbs(e->mdb, MAX_TABLES);
	if (!rc)
		rc = mdb_env_set_maxreaders(e->mdb, MAX_READERS);
	if (!rc)
		rc = mdb_env_set_mapsize(e->mdb, e->map_bytes);
	if (!rc)
		rc = mdb_env_open(e->mdb, e->dir, e->flags, FILE_MODE);
	if (!rc)
		rc = mdb_reader_check(e->mdb, &dead);
	if (rc) {
		mdb_env_close(e->mdb);
		e->mdb = NULL;
	}
	return rc;
}

int env_open(struct env *e, const char *dir, unsigned flags, uint64_t map_bytes, struct ghl_error *err)
{
	int rc;

	*e = (struct env){.flags = flags | MDB_NOTLS | MDB_NORDAHEAD, .map_bytes = map_bytes};
	e->dir = strdup(dir);
	if (!e->dir)
		return error_set(err, GHL_ENOMEM, "%s: no memory", dir);
	(void)pthread_mutex_init(&e->lock, NULL);
	(void)pthread_cond_init(&e->changed, NULL);
	rc = open_mdb(e);
	if (!rc)
		return 0;
	env_close(e);
	return error_set(err, env_error(rc), "%s: %s", dir, mdb_strerror(rc));
}

void env_close(struct env *e)
{
	if (!e->dir)
		return;
	if (e->mdb)
		mdb_env_close(e->mdb);
	e->mdb = NULL;
	free(e->dir);
	e->dir = NULL;
	(void)pthread_cond_destroy(&e->changed);
	(void)pthread_mutex_destroy(&e->lock);
}

static int open_shelves(struct env *e, unsigned txn_flags, unsigned dbi_flags)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(e->mdb, NULL, txn_flags, &txn);

	if (rc)
		return rc;
	for (unsigned i = 0; i < SHELVES && !rc; i++)
		rc = mdb_dbi_open(txn, shelf_names[i], dbi_flags, &e->dbi[i]);
	if (!rc)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

/* A read is enough for a store that is whole: opening must not wait for another process's commit. */
int env_open_shelves(struct env *e)
{
	int rc = open_shelves(e, MDB_RDONLY, 0);

	if (rc == MDB_NOTFOUND && !(e->flags & MDB_RDONLY))
		rc = open_shelves(e, 0, MDB_CREATE);
	return env_error(rc);
}

/* --- the map --- */

static int reopen(struct env *e)
{
	int rc;

	if (e->mdb)
		mdb_env_close(e->mdb);
	e->mdb = NULL;
	rc = open_mdb(e);
	return rc ? rc : env_open_shelves(e);
}

/* 0 takes the size that stands in the file. A failed remap leaves no map at all, so the environment is opened
 * anew. */
static int set_map(struct env *e, uint64_t bytes)
{
	MDB_envinfo info;
	int rc = e->mdb ? mdb_env_set_mapsize(e->mdb, bytes) : MDB_PANIC;

	if (rc) {
		(void)reopen(e);
		return rc;
	}
	rc = mdb_env_info(e->mdb, &info);
	e->map_bytes = info.me_mapsize;
	return rc;
}

static int grow(struct env *e, uint64_t at_least)
{
	uint64_t before = e->map_bytes, to;
	int dead, rc;

	/* pages that only a dead process's read still holds are free again after this */
	if (e->mdb)
		(void)mdb_reader_check(e->mdb, &dead);
	rc = set_map(e, 0);

	if (rc || (e->map_bytes > before && e->map_bytes >= at_least))
		return rc;
	to = (e->map_bytes > before ? e->map_bytes : before) * 2;
	while (to < at_least)
		to *= 2;
	return set_map(e, to);
}

int env_grow(struct env *e, uint64_t at_least)
{
	int rc;

	remap_begin(e);
	rc = grow(e, at_least);
	remap_end(e);
	return env_error(rc);
}

/* The file keeps its length: LMDB takes that for pages. */
static void set_aside(struct env *e, uint64_t used)
{
	mdb_filehandle_t fd;
	int rc;

	if (used + ASIDE_BYTES / 2 <= e->aside_bytes)
		return;
	enter(e);
	rc = e->mdb ? mdb_env_get_fd(e->mdb, &fd) : MDB_PANIC;
	if (!rc)
		rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)used, ASIDE_BYTES) < 0 ? errno : 0;
	leave(e);
	if (rc == 0)
		e->aside_bytes = used + ASIDE_BYTES;
	else if (rc == EOPNOTSUPP) /* by this file system: not asked again */
		e->aside_bytes = UINT64_MAX;
}

void env_look_ahead(struct env *e)
{
	struct env_size size = {0};

	if (env_size(e, &size) < 0)
		return;
	set_aside(e, size.used_bytes);
	if (size.used_bytes < size.map_bytes / 2 || !remap_try(e))
		return;
	(void)grow(e, 0);
	remap_end(e);
}

/* --- transactions --- */

static int begin(struct env *e, unsigned flags, MDB_txn **out)
{
	int dead, rc = e->mdb ? mdb_txn_begin(e->mdb, NULL, flags, out) : MDB_PANIC;

	if (rc == MDB_READERS_FULL && mdb_reader_check(e->mdb, &dead) == 0 && dead > 0)
		rc = mdb_txn_begin(e->mdb, NULL, flags, out);
	return rc;
}

static int mend(struct env *e, int why)
{
	int rc;

	remap_begin(e);
	rc = why == MDB_PANIC ? reopen(e) : set_map(e, 0);
	remap_end(e);
	return rc;
}

/* Another process made the map larger: take its size and try again. A write failed so that LMDB trusts its
 * environment no more: open it again, once. */
static int begin_mapped(struct env *e, unsigned flags, MDB_txn **out)
{
	bool panic = false;
	int rc;

	for (;;) {
		enter(e);
		rc = begin(e, flags, out);
		if (!rc)
			return 0;
		leave(e);
		if ((rc != MDB_MAP_RESIZED && (rc != MDB_PANIC || panic)) || reads_held)
			return rc;
		panic = panic || rc == MDB_PANIC;
		rc = mend(e, rc);
		if (rc)
			return rc;
	}
}

int env_read(struct env *e, MDB_txn **out)
{
	int rc = begin_mapped(e, MDB_RDONLY, out);

	if (rc)
		return rc == MDB_MAP_RESIZED ? GHL_EAGAIN : env_error(rc);
	reads_held++;
	return 0;
}

void env_read_end(struct env *e, MDB_txn *txn)
{
	mdb_txn_abort(txn);
	reads_held--;
	leave(e);
}

bool env_reading(void)
{
	return reads_held > 0;
}

int env_write(struct env *e, MDB_txn **out)
{
	return begin_mapped(e, 0, out);
}

int env_write_end(struct env *e, MDB_txn *txn, bool commit)
{
	int rc = 0;

	if (commit)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	leave(e);
	return rc;
}

uint64_t env_last_txn(struct env *e)
{
	MDB_envinfo info = {0};

	enter(e);
	if (e->mdb)
		(void)mdb_env_info(e->mdb, &info);
	leave(e);
	return info.me_last_txnid;
}

int env_size(struct env *e, struct env_size *out)
{
	MDB_envinfo info;
	MDB_stat st;
	int rc = MDB_PANIC;

	enter(e);
	if (e->mdb)
		rc = mdb_env_info(e->mdb, &info);
	if (!rc)
		rc = mdb_env_stat(e->mdb, &st);
	leave(e);
	if (rc)
		return env_error(rc);
	out->map_bytes = info.me_mapsize;
	out->used_bytes = (uint64_t)(info.me_last_pgno + 1) * st.ms_psize;
	return 0;
}
