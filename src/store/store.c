/*
 * store.c - opening and closing: one store a directory and process (LMDB forbids two: closing one would drop
 * the file locks of the other), the schema number, and what is watched while it is open.
 */
#include "internal.h"

#include "apply.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_START_BYTES (64ull << 20)
#define RESERVE_BYTES   (64ull << 20)
#define ALARM_BYTES     (1ull << 30)
#define DIR_MODE        0700

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list open_stores = {&open_stores, &open_stores};

/* False when this process has that directory open already. What was inherited through fork() does not count.
 */
static bool claim(struct store *s)
{
	struct list *pos, *tmp;
	bool mine = true;

	(void)pthread_mutex_lock(&open_lock);
	LIST_EACH(pos, tmp, &open_stores)
	{
		struct store *other = container_of(pos, struct store, node);

		if (other->pid == s->pid && other->dev == s->dev && other->ino == s->ino)
			mine = false;
	}
	if (mine)
		list_append(&open_stores, &s->node);
	(void)pthread_mutex_unlock(&open_lock);
	return mine;
}

static void release(struct store *s)
{
	(void)pthread_mutex_lock(&open_lock);
	list_remove(&s->node);
	(void)pthread_mutex_unlock(&open_lock);
}

/* --- the schema number: 4 bytes big endian --- */

static MDB_val schema_key(void)
{
	static char text[] = "schema";

	return (MDB_val){.mv_size = 6, .mv_data = text};
}

int store_schema_get(struct store *s, uint32_t *out)
{
	MDB_val key = schema_key(), v;
	const uint8_t *p;
	MDB_txn *txn;
	int rc = env_read(&s->env, &txn);

	if (rc < 0)
		return rc;
	rc = env_error(mdb_get(txn, s->env.dbi[SHELF_STATE], &key, &v));
	p = v.mv_data;
	if (rc == 0 && v.mv_size != 4)
		rc = GHL_ECORRUPT;
	if (rc == 0)
		*out = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	env_read_end(&s->env, txn);
	return rc;
}

int store_schema_put(struct store *s, uint32_t schema)
{
	uint8_t bytes[4] = {
		(uint8_t)(schema >> 24), (uint8_t)(schema >> 16), (uint8_t)(schema >> 8), (uint8_t)schema};
	MDB_val key = schema_key(), v = {.mv_size = sizeof(bytes), .mv_data = bytes};
	MDB_txn *txn;
	int rc = env_write(&s->env, &txn), end;

	if (rc)
		return env_error(rc);
	rc = mdb_put(txn, s->env.dbi[SHELF_STATE], &key, &v, 0);
	end = env_write_end(&s->env, txn, rc == 0);
	return env_error(rc ? rc : end);
}

static int sync_fd(int fd)
{
	int rc;

	if (fd < 0)
		return GHL_EIO;
	rc = fsync(fd) < 0 ? GHL_EIO : 0;
	(void)close(fd);
	return rc;
}

int store_sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), above;

	if (fd < 0)
		return GHL_EIO;
	above = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sync_fd(above) < 0) {
		(void)close(fd);
		return GHL_EIO;
	}
	return sync_fd(fd);
}

/* LMDB syncs the file but not its name: that comes first, so a store that has its number can be found after a
 * power loss. */
static int mark_new(struct store *s)
{
	int rc = store_sync_dir(s->env.dir);

	return rc < 0 ? rc : store_schema_put(s, STORE_SCHEMA);
}

static int check_schema(struct store *s, uint32_t *out, struct ghl_error *err)
{
	uint32_t schema = 0;
	int rc = store_schema_get(s, &schema);

	*out = schema;
	if (rc == GHL_ENOENT && !s->opts.read_only) {
		schema = STORE_SCHEMA;
		rc = mark_new(s);
	}
	if (rc < 0)
		return error_set(err, rc, "%s: the store's schema number cannot be read", s->env.dir);
	if (schema == STORE_SCHEMA)
		return 0;
	return error_set(err, GHL_EVERSION, "%s: the store has schema %u, this program %u: %s", s->env.dir,
		schema, STORE_SCHEMA,
		schema > STORE_SCHEMA ? "use a newer program" : "run \"govhotline db upgrade\"");
}

/* --- open and close --- */

static void set_defaults(struct store_opts *o)
{
	o->map_start_bytes = o->map_start_bytes ? o->map_start_bytes : MAP_START_BYTES;
	o->reserve_bytes = o->reserve_bytes ? o->reserve_bytes : RESERVE_BYTES;
	o->alarm_bytes = o->alarm_bytes ? o->alarm_bytes : ALARM_BYTES;
}

static int prepare_dir(struct store *s, const char *dir, struct ghl_error *err)
{
	struct stat st;

	if (!s->opts.read_only && mkdir(dir, DIR_MODE) < 0 && errno != EEXIST)
		return error_set(err, error_from_errno(errno), "%s: %s", dir, strerror(errno));
	if (stat(dir, &st) < 0)
		return error_set(err, error_from_errno(errno), "%s: %s", dir, strerror(errno));
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->pid = getpid();
	return 0;
}

static int open_env(struct store *s, const char *dir, uint32_t *schema, struct ghl_error *err)
{
	unsigned flags = (s->opts.read_only ? MDB_RDONLY : 0) | (s->opts.no_sync ? MDB_NOSYNC : 0);
	int rc = env_open(&s->env, dir, flags, s->opts.map_start_bytes, err);

	if (rc < 0)
		return rc;
	rc = env_open_shelves(&s->env);
	if (rc < 0)
		return error_set(err, rc, "%s: %s", dir,
			rc == GHL_ENOENT ? "this is no store" : "its tables cannot be opened");
	return check_schema(s, schema, err);
}

int store_open_schema(struct store **out, const char *dir, const struct store_opts *opts, uint32_t *schema,
	struct ghl_error *err)
{
	struct store *s = calloc(1, sizeof(*s));
	int rc = GHL_ENOMEM;

	if (!s || sodium_init() < 0)
		goto out;
	s->opts = *opts;
	set_defaults(&s->opts);
	list_init(&s->node);
	rc = prepare_dir(s, dir, err);
	if (rc < 0)
		goto out;
	if (!claim(s)) {
		rc = error_set(err, GHL_EBUSY, "%s: open already in this process", dir);
		goto out;
	}
	rc = open_env(s, dir, schema, err);
	if (rc < 0)
		goto released;
	rc = GHL_ENOMEM;
	s->mail = mailbox_new(&s->opts);
	if (!s->mail || queue_init(s) < 0)
		goto released;
	ids_init(s);
	atomic_store(&s->head, store_head(s));
	*out = s;
	return 0;
released:
	if (s->mail)
		mailbox_close(s->mail);
	env_close(&s->env);
	release(s);
out:
	free(s);
	return rc;
}

int store_open(struct store **out, const char *dir, const struct store_opts *opts, struct ghl_error *err)
{
	uint32_t schema;

	return store_open_schema(out, dir, opts, &schema, err);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	queue_finish(s);
	ids_finish(s);
	env_close(&s->env);
	release(s);
	mailbox_close(s->mail);
	free(s);
}

const char *store_dir(const struct store *s)
{
	return s->env.dir;
}

void store_watch(struct store *s, loop_fn *fn, void *arg)
{
	mailbox_watch(s->mail, fn, arg);
	queue_start(s);
	store_poke(s);
}
