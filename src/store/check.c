/*
 * check.c - the figures of a store, the proof that it is whole, and the erasing of payloads.
 *
 * The proof: facts are numbered without a gap, each holds the hash of the one before, each payload that is
 * not erased fits its hash, the head fits the last fact. It does not look into values: their owners do that
 * through the item function.
 */
#include "internal.h"

#include "apply.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* --- figures --- */

static int count_entries(struct store *s, MDB_txn *txn, struct store_stat *out)
{
	MDB_stat st;
	int rc = mdb_stat(txn, s->env.dbi[SHELF_FACT], &st);

	out->facts = st.ms_entries;
	for (unsigned t = 0; t < STORE_TABLES && !rc; t++) {
		rc = mdb_stat(txn, s->env.dbi[t], &st);
		out->entries[t] = st.ms_entries;
	}
	return env_error(rc);
}

int store_stat(struct store *s, struct store_stat *out)
{
	struct env_size size = {0};
	MDB_txn *txn = NULL;
	int rc = env_size(&s->env, &size);

	*out = (struct store_stat){.batches = atomic_load(&s->batches), .commits = atomic_load(&s->commits)};
	if (rc == 0)
		rc = store_free_bytes(s, &out->free_disk_bytes);
	if (rc == 0)
		rc = store_schema_get(s, &out->schema);
	if (rc == 0)
		rc = env_read(&s->env, &txn);
	if (rc < 0)
		return rc;
	rc = count_entries(s, txn, out);
	env_read_end(&s->env, txn);
	out->map_bytes = size.map_bytes;
	out->used_bytes = size.used_bytes;
	out->syncs = s->opts.no_sync ? 0 : out->commits;
	return rc;
}

/* --- the proof --- */

struct check {
	struct store *store;
	struct store_read *read;
	struct head head;
	int (*item)(void *arg, enum store_table t, const struct store_item *i, struct ghl_error *err);
	void *arg;
	enum store_table table;
	store_progress_fn *progress;
	void *parg;
	uint64_t done, total;
	struct ghl_error *err;
	uint64_t seq;                /* of the last fact seen */
	uint8_t hash[FACT_HASH_LEN]; /* its hash */
	bool broken_link;            /* its prev does not fit the fact before it */
};

#define PROGRESS_EVERY 4096

static void step(struct check *c)
{
	if (c->progress && ++c->done % PROGRESS_EVERY == 0)
		c->progress(c->parg, c->done, c->total);
}

static int bad_fact(struct check *c, uint64_t seq, const char *why)
{
	return error_set(c->err, GHL_ECORRUPT, "fact %llu: %s", (unsigned long long)seq, why);
}

/*
 * `prev` is what follows the last fact seen: the next fact's prev, or the head's hash. A link that breaks
 * alone means the fact before it was changed; two in a row mean the fact between them was.
 */
static int check_link(struct check *c, const uint8_t prev[FACT_HASH_LEN])
{
	bool broken = memcmp(prev, c->hash, FACT_HASH_LEN) != 0;

	if (c->broken_link)
		return bad_fact(c, broken || c->seq == 1 ? c->seq : c->seq - 1, "its record was changed");
	c->broken_link = broken;
	return 0;
}

static int check_payload(struct check *c, MDB_val *key, struct store_fact *f)
{
	const uint8_t *salt = NULL;
	MDB_val v;

	if (mdb_get(c->read->txn, c->store->env.dbi[SHELF_PAYLOAD], key, &v) != 0)
		return bad_fact(c, f->seq, "its payload is missing, and no tombstone says why");
	if (fact_decode_payload(f, v.mv_data, v.mv_size, &salt) < 0)
		return bad_fact(c, f->seq, "its payload cannot be read");
	if (fact_payload_verify(f, salt) < 0)
		return bad_fact(c, f->seq, "payload does not match its hash");
	return 0;
}

static int check_fact(struct check *c, MDB_val *key, const MDB_val *v)
{
	struct store_fact f;
	uint64_t next = c->seq + 1;
	int rc;

	if (key->mv_size != 8 || store_key_read_u64(key->mv_data) != next)
		return bad_fact(c, next, "it is missing");
	if (fact_decode(&f, v->mv_data, v->mv_size) < 0 || f.seq != next)
		return bad_fact(c, next, "its record cannot be read");
	rc = check_payload(c, key, &f);
	if (rc == 0)
		rc = check_link(c, f.prev);
	fact_hash(c->hash, v->mv_data, v->mv_size, NULL, 0);
	c->seq = next;
	return rc;
}

static int check_end(struct check *c)
{
	int rc;

	if (c->seq < c->head.seq)
		return bad_fact(c, c->seq + 1, "it is missing at the end");
	if (c->seq > c->head.seq)
		return bad_fact(c, c->head.seq + 1, "it stands behind the head");
	rc = check_link(c, c->head.hash);
	return rc == 0 && c->broken_link ? bad_fact(c, c->seq, "its record was changed") : rc;
}

static int check_facts(struct check *c)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int bad = 0, rc = mdb_cursor_open(c->read->txn, c->store->env.dbi[SHELF_FACT], &cursor);

	if (rc)
		return error_set(c->err, env_error(rc), "fact log: %s", mdb_strerror(rc));
	while (bad == 0 && (rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
		bad = check_fact(c, &k, &v);
		step(c);
	}
	mdb_cursor_close(cursor);
	if (bad == 0 && rc != MDB_NOTFOUND)
		bad = error_set(c->err, env_error(rc), "fact log: %s", mdb_strerror(rc));
	return bad ? bad : check_end(c);
}

static int check_payload_count(struct check *c)
{
	MDB_stat st;
	int rc = mdb_stat(c->read->txn, c->store->env.dbi[SHELF_PAYLOAD], &st);

	if (rc || st.ms_entries != c->head.seq)
		return error_set(c->err, GHL_ECORRUPT, "payload: there are payloads of no fact");
	return 0;
}

/* Serials and ids: a counter that is damaged gives numbers out twice. */
static int check_state(struct check *c)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int bad = 0, rc = mdb_cursor_open(c->read->txn, c->store->env.dbi[SHELF_STATE], &cursor);

	if (rc)
		return error_set(c->err, env_error(rc), "state: %s", mdb_strerror(rc));
	while (bad == 0 && (rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0)
		if (!state_makes_sense(&k, &v))
			bad = error_set(c->err, GHL_ECORRUPT, "state: %.*s cannot be read",
				k.mv_size < 64 ? (int)k.mv_size : 64, (const char *)k.mv_data);
	mdb_cursor_close(cursor);
	if (bad == 0 && rc != MDB_NOTFOUND)
		return error_set(c->err, env_error(rc), "state: %s", mdb_strerror(rc));
	return bad;
}

static int check_item(void *arg, const struct store_item *i)
{
	struct check *c = arg;

	step(c);
	if (i->version == 0 || i->version > c->head.commits)
		return error_set(c->err, GHL_ECORRUPT,
			"%s: a value has version %llu, the last commit is %llu", store_table_name(c->table),
			(unsigned long long)i->version, (unsigned long long)c->head.commits);
	return c->item ? c->item(c->arg, c->table, i, c->err) : 0;
}

static int check_tables(struct check *c)
{
	int rc = 0;

	for (unsigned t = 0; t < STORE_TABLES && rc == 0; t++) {
		c->table = (enum store_table)t;
		rc = store_range(c->read, c->table, NULL, 0, NULL, 0, false, check_item, c);
		if (rc < 0 && c->err && c->err->code != rc)
			error_set(c->err, rc, "%s: %s", store_table_name(c->table), ghl_strerror(rc));
	}
	return rc;
}

int store_check(struct store *s,
	int (*item)(void *arg, enum store_table t, const struct store_item *i, struct ghl_error *err),
	void *arg, store_progress_fn *progress, void *parg, struct ghl_error *err)
{
	struct check c = {
		.store = s, .item = item, .arg = arg, .progress = progress, .parg = parg, .err = err};
	struct store_stat st;
	int rc = store_stat(s, &st);

	if (rc == 0)
		rc = store_read_begin_long(s, &c.read);
	if (rc < 0)
		return error_set(err, rc, "%s: %s", store_dir(s), ghl_strerror(rc));
	c.total = st.facts;
	for (unsigned t = 0; t < STORE_TABLES; t++)
		c.total += st.entries[t];
	if (head_load(&s->env, c.read->txn, &c.head) != 0)
		rc = error_set(err, GHL_ECORRUPT, "head: it cannot be read");
	if (rc == 0)
		rc = check_facts(&c);
	if (rc == 0)
		rc = check_payload_count(&c);
	if (rc == 0)
		rc = check_state(&c);
	if (rc == 0)
		rc = check_tables(&c);
	store_read_end(c.read);
	if (rc == 0 && progress)
		progress(parg, c.done, c.done);
	return rc;
}

/* --- erasing --- */

#define WORD_MAX 1000

int store_fact_erase(struct store *s, uint64_t seq, const char *right, const char *rule, int64_t at_us)
{
	struct store_batch *b;
	struct text stone;
	char when[32];
	int rc = GHL_ENOMEM;

	if (!*right || !*rule || strlen(right) > WORD_MAX || strlen(rule) > WORD_MAX)
		return GHL_EINVAL;
	text_init(&stone);
	text_fmt(&stone, "right=%s rule=%s at=%s", right, rule, text_utc(at_us, when));
	b = store_batch_new();
	if (b && !stone.failed)
		batch_erase(b, seq, text_str(&stone));
	text_finish(&stone);
	if (b)
		rc = store_commit_wait(s, b);
	store_batch_free(b);
	return rc;
}
