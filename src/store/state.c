/*
 * state.c - what the store keeps for itself in SHELF_STATE: the head of the fact log, the counters of serials
 * and ids. All of it changes in the transaction of the batch that needs it, so a number is taken if and only
 * if its record is kept.
 */
#include "apply.h"
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define SERIAL_LAST 999999

struct counter_key {
	char text[40];
	MDB_val val;
};

void state_put_u64(uint8_t *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

uint64_t state_get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/* --- the head --- */

#define HEAD_LEN (16 + FACT_HASH_LEN)

static MDB_val head_key(void)
{
	static char text[] = "head";

	return (MDB_val){.mv_size = 4, .mv_data = text};
}

int head_load(struct env *e, MDB_txn *txn, struct head *head)
{
	MDB_val key = head_key(), v;
	int rc = mdb_get(txn, e->dbi[SHELF_STATE], &key, &v);
	const uint8_t *p = v.mv_data;

	*head = (struct head){0};
	if (rc)
		return rc == MDB_NOTFOUND ? 0 : rc;
	if (v.mv_size != HEAD_LEN)
		return MDB_CORRUPTED;
	head->seq = state_get_u64(p);
	head->commits = state_get_u64(p + 8);
	memcpy(head->hash, p + 16, FACT_HASH_LEN);
	return 0;
}

int head_save(struct env *e, MDB_txn *txn, const struct head *head)
{
	uint8_t bytes[HEAD_LEN];
	MDB_val key = head_key(), v = {.mv_size = sizeof(bytes), .mv_data = bytes};

	state_put_u64(bytes, head->seq);
	state_put_u64(bytes + 8, head->commits);
	memcpy(bytes + 16, head->hash, FACT_HASH_LEN);
	return mdb_put(txn, e->dbi[SHELF_STATE], &key, &v, 0);
}

/* --- counters in SHELF_STATE --- */

static int counter_read(const struct env *e, MDB_txn *txn, MDB_val *key, uint64_t *out)
{
	MDB_val v;
	int rc = mdb_get(txn, e->dbi[SHELF_STATE], key, &v);

	*out = 0;
	if (rc)
		return rc == MDB_NOTFOUND ? 0 : rc;
	if (v.mv_size != 8)
		return MDB_CORRUPTED;
	*out = state_get_u64(v.mv_data);
	return 0;
}

static int counter_get(struct apply *a, MDB_val *key, uint64_t *out)
{
	return counter_read(a->env, a->txn, key, out);
}

static int counter_put(struct apply *a, MDB_val *key, uint64_t value)
{
	uint8_t bytes[8];
	MDB_val v = {.mv_size = 8, .mv_data = bytes};

	state_put_u64(bytes, value);
	return mdb_put(a->txn, a->env->dbi[SHELF_STATE], key, &v, 0);
}

/* --- serials: one counter a series, day and node --- */

static void serial_key(struct counter_key *k, char series, uint32_t yyyymmdd, unsigned node)
{
	int n = snprintf(k->text, sizeof(k->text), "serial/%c/%08u/%u", series, yyyymmdd, node);

	k->val = (MDB_val){.mv_size = (size_t)n, .mv_data = k->text};
}

int state_check_serials(struct apply *a, struct store_batch *b)
{
	struct counter_key k;
	uint64_t last;
	int rc;

	if (b->n_serials && a->node > 9)
		b->result.status = GHL_EINVAL;
	for (unsigned i = 0; i < b->n_serials; i++) {
		serial_key(&k, b->serials[i].series, b->serials[i].yyyymmdd, a->node);
		rc = counter_get(a, &k.val, &last);
		if (rc)
			return rc;
		if (last + b->n_serials > SERIAL_LAST)
			b->result.status = GHL_EFULL;
	}
	return 0;
}

int state_take_serials(struct apply *a, struct store_batch *b)
{
	struct counter_key k;
	uint64_t last;
	int rc;

	for (unsigned i = 0; i < b->n_serials; i++) {
		serial_key(&k, b->serials[i].series, b->serials[i].yyyymmdd, a->node);
		rc = counter_get(a, &k.val, &last);
		if (!rc)
			rc = counter_put(a, &k.val, ++last);
		if (rc)
			return rc;
		(void)snprintf(b->result.serials[i], sizeof(b->result.serials[i]), "%08u%u%06u",
			b->serials[i].yyyymmdd % 100000000, a->node % 10, (unsigned)last % (SERIAL_LAST + 1));
	}
	return 0;
}

int store_serial_last(struct store_read *r, char series, uint32_t yyyymmdd, unsigned node, uint64_t *out)
{
	struct counter_key k;

	serial_key(&k, series, yyyymmdd, node);
	return env_error(counter_read(&r->store->env, r->txn, &k.val, out));
}

/* --- ids: one counter a kind and node --- */

static void id_key(struct counter_key *k, enum ghl_id_kind kind, unsigned node)
{
	int n = snprintf(k->text, sizeof(k->text), "id/%u/%u", node, (unsigned)kind);

	k->val = (MDB_val){.mv_size = (size_t)n, .mv_data = k->text};
}

/* Counters of ids start at 1; the state holds the last one given out. */
int state_take_ids(struct apply *a, enum ghl_id_kind kind, uint64_t count, uint64_t *first)
{
	struct counter_key k;
	uint64_t last;
	int rc;

	id_key(&k, kind, a->node);
	rc = counter_get(a, &k.val, &last);
	if (rc)
		return rc;
	*first = last + 1;
	return counter_put(a, &k.val, last + count);
}

int store_id_last(struct store_read *r, enum ghl_id_kind kind, unsigned node, uint64_t *out)
{
	struct counter_key k;

	id_key(&k, kind, node);
	return env_error(counter_read(&r->store->env, r->txn, &k.val, out));
}

/* --- the check --- */

bool state_makes_sense(const MDB_val *key, const MDB_val *v)
{
	static const struct {
		const char *begins;
		size_t len;
	} known[] = {{"schema", 4}, {"head", HEAD_LEN}, {"serial/", 8}, {"id/", 8}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (key->mv_size >= strlen(known[i].begins) &&
			memcmp(key->mv_data, known[i].begins, strlen(known[i].begins)) == 0)
			return v->mv_size == known[i].len;
	return false;
}
