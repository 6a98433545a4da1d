/* read.c - reading at one instant: get, range, and the fact log. Any thread; a read is ended by the thread
 * that began it. */
#include "internal.h"

#include "apply.h"

#include <stdlib.h>
#include <string.h>

#define LONG_READ_ROOM (1ull << 30)

int store_read_begin(struct store *s, struct store_read **out)
{
	struct store_read *r = malloc(sizeof(*r));
	int rc;

	if (!r)
		return GHL_ENOMEM;
	r->store = s;
	rc = env_read(&s->env, &r->txn);
	if (rc < 0)
		free(r);
	else
		*out = r;
	return rc;
}

int store_read_begin_long(struct store *s, struct store_read **out)
{
	struct env_size size;
	int rc = env_reading() ? GHL_ESTATE : env_size(&s->env, &size);

	if (rc == 0 && !s->opts.read_only && size.map_bytes < 2 * size.used_bytes + LONG_READ_ROOM)
		rc = env_grow(&s->env, 2 * size.used_bytes + LONG_READ_ROOM);
	return rc < 0 ? rc : store_read_begin(s, out);
}

void store_read_end(struct store_read *r)
{
	if (!r)
		return;
	env_read_end(&r->store->env, r->txn);
	free(r);
}

static MDB_val val(const void *p, size_t len)
{
	return (MDB_val){.mv_size = len, .mv_data = (void *)(uintptr_t)p};
}

/* GHL_ECORRUPT: a value without a version. */
static int to_item(const MDB_val *key, const MDB_val *v, struct store_item *item)
{
	if (v->mv_size < VERSION_LEN)
		return GHL_ECORRUPT;
	*item = (struct store_item){
		.key = key->mv_data,
		.klen = key->mv_size,
		.value = (const uint8_t *)v->mv_data + VERSION_LEN,
		.vlen = v->mv_size - VERSION_LEN,
		.version = value_version(v),
	};
	return 0;
}

int store_get(struct store_read *r, enum store_table t, const void *key, size_t klen, const void **value,
	size_t *vlen, uint64_t *version)
{
	MDB_val k = val(key, klen), v;
	struct store_item item = {0};
	int rc;

	if ((unsigned)t >= STORE_TABLES || klen == 0 || klen > STORE_KEY_MAX)
		return GHL_EINVAL;
	rc = env_error(mdb_get(r->txn, r->store->env.dbi[t], &k, &v));
	if (rc == 0)
		rc = to_item(&k, &v, &item);
	if (rc < 0)
		return rc;
	*value = item.value;
	*vlen = item.vlen;
	if (version)
		*version = item.version;
	return 0;
}

struct bounds {
	MDB_val from, to;
	bool has_to;
};

static int first_of(MDB_cursor *c, const struct bounds *w, bool backwards, MDB_val *k, MDB_val *v)
{
	int rc;

	if (!backwards) {
		*k = w->from;
		return mdb_cursor_get(c, k, v, k->mv_size ? MDB_SET_RANGE : MDB_FIRST);
	}
	if (!w->has_to)
		return mdb_cursor_get(c, k, v, MDB_LAST);
	*k = w->to;
	rc = w->to.mv_size ? mdb_cursor_get(c, k, v, MDB_SET_RANGE) : mdb_cursor_get(c, k, v, MDB_FIRST);
	return mdb_cursor_get(c, k, v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

static bool inside(MDB_cursor *c, const struct bounds *w, bool backwards, const MDB_val *k)
{
	MDB_txn *txn = mdb_cursor_txn(c);
	MDB_dbi dbi = mdb_cursor_dbi(c);

	if (backwards)
		return w->from.mv_size == 0 || mdb_cmp(txn, dbi, k, &w->from) >= 0;
	return !w->has_to || (w->to.mv_size && mdb_cmp(txn, dbi, k, &w->to) < 0);
}

int store_range(struct store_read *r, enum store_table t, const void *from, size_t from_len, const void *to,
	size_t to_len, bool backwards, store_item_fn *fn, void *arg)
{
	struct bounds w = {.from = val(from, from_len), .to = val(to, to_len), .has_to = to != NULL};
	struct store_item item;
	MDB_cursor *c;
	MDB_val k, v;
	int go = 0, rc;

	if ((unsigned)t >= STORE_TABLES || from_len > STORE_KEY_MAX || to_len > STORE_KEY_MAX)
		return GHL_EINVAL;
	rc = mdb_cursor_open(r->txn, r->store->env.dbi[t], &c);
	if (rc)
		return env_error(rc);
	rc = first_of(c, &w, backwards, &k, &v);
	while (!rc && go == 0 && inside(c, &w, backwards, &k)) {
		go = to_item(&k, &v, &item);
		if (go == 0)
			go = fn(arg, &item);
		if (go == 0)
			rc = mdb_cursor_get(c, &k, &v, backwards ? MDB_PREV : MDB_NEXT);
	}
	mdb_cursor_close(c);
	if (go)
		return go < 0 ? go : 0;
	return rc == MDB_NOTFOUND ? 0 : env_error(rc);
}

/* --- facts --- */

/* One fact with its payload, which is looked for beside the record. */
static int read_fact(struct store_read *r, const MDB_val *k, const MDB_val *v, struct store_fact *f)
{
	MDB_val key = *k, payload;
	int rc = fact_decode(f, v->mv_data, v->mv_size);

	if (rc < 0 || k->mv_size != 8 || store_key_read_u64(k->mv_data) != f->seq)
		return GHL_ECORRUPT;
	if (mdb_get(r->txn, r->store->env.dbi[SHELF_PAYLOAD], &key, &payload) != 0)
		return GHL_ECORRUPT;
	return fact_decode_payload(f, payload.mv_data, payload.mv_size, &f->salt);
}

int store_facts(struct store_read *r, uint64_t from, store_fact_fn *fn, void *arg)
{
	uint8_t seq[8];
	MDB_val k = val(seq, store_key_u64(seq, from)), v;
	struct store_fact f;
	MDB_cursor *c;
	int go = 0, rc = mdb_cursor_open(r->txn, r->store->env.dbi[SHELF_FACT], &c);

	if (rc)
		return env_error(rc);
	rc = mdb_cursor_get(c, &k, &v, MDB_SET_RANGE);
	while (!rc && go == 0) {
		go = read_fact(r, &k, &v, &f);
		if (go == 0)
			go = fn(arg, &f);
		if (go == 0)
			rc = mdb_cursor_get(c, &k, &v, MDB_NEXT);
	}
	mdb_cursor_close(c);
	if (go)
		return go < 0 ? go : 0;
	return rc == MDB_NOTFOUND ? 0 : env_error(rc);
}

uint64_t store_head(struct store *s)
{
	struct head head;
	MDB_txn *txn;
	int rc;

	if (env_read(&s->env, &txn) < 0)
		return atomic_load(&s->head);
	rc = head_load(&s->env, txn, &head);
	env_read_end(&s->env, txn);
	return rc ? atomic_load(&s->head) : head.seq;
}
