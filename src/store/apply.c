/*
 * apply.c - one batch inside the group's write transaction: all checks and every reason to refuse first, then
 * the serials, then the writes. A refused batch has therefore changed nothing, and no nested transaction is
 * needed. Later members of a group see what earlier ones wrote.
 */
#include "apply.h"

#include "base/id.h"
#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SERIAL_LAST        999999
#define SERIAL_MARK_PREFIX 14 /* bytes of a mark before its digit */

struct serial_key {
	char text[40];
	MDB_val val;
};

/* What the operation looks like once its marks are replaced; lives as long as one operation. */
struct filled {
	MDB_val key;
	MDB_val value;
	uint8_t key_room[STORE_KEY_MAX];
	uint8_t value_room[VERSION_LEN + STORE_VALUE_MAX];
};

static void put_u64(uint8_t *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint64_t value_version(const MDB_val *v)
{
	return v->mv_size >= VERSION_LEN ? get_u64(v->mv_data) : 0;
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
	head->seq = get_u64(p);
	head->commits = get_u64(p + 8);
	memcpy(head->hash, p + 16, FACT_HASH_LEN);
	return 0;
}

int head_save(struct env *e, MDB_txn *txn, const struct head *head)
{
	uint8_t bytes[HEAD_LEN];
	MDB_val key = head_key(), v = {.mv_size = sizeof(bytes), .mv_data = bytes};

	put_u64(bytes, head->seq);
	put_u64(bytes + 8, head->commits);
	memcpy(bytes + 16, head->hash, FACT_HASH_LEN);
	return mdb_put(txn, e->dbi[SHELF_STATE], &key, &v, 0);
}

/* --- counters in SHELF_STATE --- */

static int counter_get(struct apply *a, MDB_val *key, uint64_t *out)
{
	MDB_val v;
	int rc = mdb_get(a->txn, a->env->dbi[SHELF_STATE], key, &v);

	*out = 0;
	if (rc)
		return rc == MDB_NOTFOUND ? 0 : rc;
	if (v.mv_size != 8)
		return MDB_CORRUPTED;
	*out = get_u64(v.mv_data);
	return 0;
}

static int counter_put(struct apply *a, MDB_val *key, uint64_t value)
{
	uint8_t bytes[8];
	MDB_val v = {.mv_size = 8, .mv_data = bytes};

	put_u64(bytes, value);
	return mdb_put(a->txn, a->env->dbi[SHELF_STATE], key, &v, 0);
}

/* --- serials: one counter a series, day and node --- */

static void serial_key(struct apply *a, const struct serial_want *w, struct serial_key *k)
{
	int n = snprintf(k->text, sizeof(k->text), "serial/%c/%08u/%u", w->series, w->yyyymmdd, a->node);

	k->val = (MDB_val){.mv_size = (size_t)n, .mv_data = k->text};
}

static int check_serials(struct apply *a, struct store_batch *b)
{
	struct serial_key k;
	uint64_t last;
	int rc;

	if (b->n_serials && a->node > 9)
		b->result.status = GHL_EINVAL;
	for (unsigned i = 0; i < b->n_serials; i++) {
		serial_key(a, &b->serials[i], &k);
		rc = counter_get(a, &k.val, &last);
		if (rc)
			return rc;
		if (last + b->n_serials > SERIAL_LAST)
			b->result.status = GHL_EFULL;
	}
	return 0;
}

static int take_serials(struct apply *a, struct store_batch *b)
{
	struct serial_key k;
	uint64_t last;
	int rc;

	for (unsigned i = 0; i < b->n_serials; i++) {
		serial_key(a, &b->serials[i], &k);
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

static void fill_marks(const struct store_batch *b, unsigned slots, uint8_t *p, size_t len)
{
	const char *mark = store_serial_mark(0);
	uint8_t *end = p + len;
	unsigned slot;

	while (slots && (p = memmem(p, (size_t)(end - p), mark, SERIAL_MARK_PREFIX)) &&
		end - p >= STORE_SERIAL_LEN) {
		slot = (unsigned)p[SERIAL_MARK_PREFIX] - '0';
		if (slot < slots)
			memcpy(p, b->result.serials[slot], STORE_SERIAL_LEN);
		p += STORE_SERIAL_LEN;
	}
}

/* --- checks --- */

static MDB_val op_key(const struct store_batch *b, const struct op *op)
{
	return (MDB_val){.mv_size = op->klen, .mv_data = b->bytes.s + op->at};
}

static int check_version(struct apply *a, struct store_batch *b, const struct op *op)
{
	MDB_val key = op_key(b, op), v;
	int rc = mdb_get(a->txn, a->env->dbi[op->table], &key, &v);
	uint64_t version = 0;

	if (rc && rc != MDB_NOTFOUND)
		return rc;
	if (!rc)
		version = value_version(&v);
	if (version != op->number)
		b->result.status = GHL_ECONFLICT;
	return 0;
}

static int check_erase(struct apply *a, struct store_batch *b, const struct op *op)
{
	if (op->number == 0 || op->number > a->head.seq)
		b->result.status = GHL_ENOENT;
	return 0;
}

static int check_all(struct apply *a, struct store_batch *b)
{
	int rc = check_serials(a, b);

	for (unsigned i = 0; i < b->n_ops && !rc && b->result.status == 0; i++) {
		const struct op *op = &b->ops[i];

		if (op->kind == OP_CHECK)
			rc = check_version(a, b, op);
		else if (op->kind == OP_ERASE)
			rc = check_erase(a, b, op);
	}
	return rc;
}

/* --- writes --- */

static void fill_op(const struct store_batch *b, const struct op *op, struct filled *f)
{
	const char *bytes = b->bytes.s + op->at;

	memcpy(f->key_room, bytes, op->klen);
	memcpy(f->value_room + VERSION_LEN, bytes + op->klen, op->vlen);
	fill_marks(b, op->slots, f->key_room, op->klen);
	fill_marks(b, op->slots, f->value_room + VERSION_LEN, op->vlen);
	f->key = (MDB_val){.mv_size = op->klen, .mv_data = f->key_room};
	f->value = (MDB_val){.mv_size = VERSION_LEN + op->vlen, .mv_data = f->value_room};
}

static int put_versioned(struct apply *a, enum store_table t, struct filled *f)
{
	put_u64(f->value_room, a->head.commits);
	return mdb_put(a->txn, a->env->dbi[t], &f->key, &f->value, 0);
}

static int do_put(struct apply *a, const struct store_batch *b, const struct op *op)
{
	struct filled f;

	fill_op(b, op, &f);
	return put_versioned(a, op->table, &f);
}

static int do_delete(struct apply *a, const struct store_batch *b, const struct op *op)
{
	MDB_val key = op_key(b, op);
	int rc = mdb_del(a->txn, a->env->dbi[op->table], &key, NULL);

	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int64_t merge(int64_t was, int64_t more, bool larger)
{
	int64_t sum;

	if (larger)
		return was > more ? was : more;
	if (__builtin_add_overflow(was, more, &sum))
		return more > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

static int do_add(struct apply *a, const struct store_batch *b, const struct op *op)
{
	struct filled f;
	MDB_val old = {0};
	uint8_t *slot;
	size_t kept;
	int rc;

	fill_op(b, op, &f);
	rc = mdb_get(a->txn, a->env->dbi[op->table], &f.key, &old);
	if (rc && rc != MDB_NOTFOUND)
		return rc;
	kept = !rc && old.mv_size > VERSION_LEN ? old.mv_size - VERSION_LEN : 0;
	if (kept > STORE_VALUE_MAX)
		return MDB_CORRUPTED;
	for (size_t i = 0; i < op->vlen / 8; i++) {
		slot = f.value_room + VERSION_LEN + 8 * i;
		put_u64(slot, (uint64_t)merge(8 * i + 8 <= kept ? (int64_t)get_u64((uint8_t *)old.mv_data +
										   VERSION_LEN + 8 * i)
								: 0,
				      (int64_t)get_u64(slot), i < 64 && (op->number >> i & 1)));
	}
	if (kept > op->vlen) { /* a value with more counters keeps those behind */
		memcpy(f.value_room + VERSION_LEN + op->vlen, (uint8_t *)old.mv_data + VERSION_LEN + op->vlen,
			kept - op->vlen);
		f.value.mv_size = VERSION_LEN + kept;
	}
	return put_versioned(a, op->table, &f);
}

/* The payload with its salt, then the record; the head moves on. */
static int do_fact(struct apply *a, struct store_batch *b, const struct op *op)
{
	uint8_t payload[1 + FACT_SALT_LEN + STORE_VALUE_MAX], record[FACT_RECORD_LEN], seq[8];
	MDB_val key = {.mv_size = 8, .mv_data = seq};
	MDB_val pv = {.mv_size = 1 + FACT_SALT_LEN + op->vlen, .mv_data = payload};
	MDB_val rv = {.mv_size = sizeof(record), .mv_data = record};
	struct store_fact f = op->fact;
	int rc;

	payload[0] = PAYLOAD_WHOLE;
	randombytes_buf(payload + 1, FACT_SALT_LEN);
	memcpy(payload + 1 + FACT_SALT_LEN, b->bytes.s ? b->bytes.s + op->at : "", op->vlen);
	fill_marks(b, op->slots, payload + 1 + FACT_SALT_LEN, op->vlen);
	f.seq = a->head.seq + 1;
	memcpy(f.prev, a->head.hash, FACT_HASH_LEN);
	fact_hash(f.payload_hash, payload + 1, FACT_SALT_LEN + op->vlen, NULL, 0);
	fact_encode(record, &f);
	(void)store_key_u64(seq, f.seq);
	rc = mdb_put(a->txn, a->env->dbi[SHELF_FACT], &key, &rv, MDB_APPEND);
	if (!rc)
		rc = mdb_put(a->txn, a->env->dbi[SHELF_PAYLOAD], &key, &pv, MDB_APPEND);
	if (rc)
		return rc;
	fact_hash(a->head.hash, record, sizeof(record), NULL, 0);
	a->head.seq = f.seq;
	b->result.first_seq = b->result.first_seq ? b->result.first_seq : f.seq;
	b->result.last_seq = f.seq;
	return 0;
}

/* The first tombstone stays: it names the right under which the payload went. */
static int do_erase(struct apply *a, const struct store_batch *b, const struct op *op)
{
	uint8_t seq[8], stone[1 + STORE_VALUE_MAX];
	MDB_val key = {.mv_size = store_key_u64(seq, op->number), .mv_data = seq}, old;
	MDB_val v = {.mv_size = 1 + op->vlen, .mv_data = stone};
	int rc = mdb_get(a->txn, a->env->dbi[SHELF_PAYLOAD], &key, &old);

	if (rc)
		return rc;
	if (old.mv_size > 0 && *(const uint8_t *)old.mv_data == PAYLOAD_ERASED)
		return 0;
	stone[0] = PAYLOAD_ERASED;
	memcpy(stone + 1, b->bytes.s + op->at, op->vlen);
	return mdb_put(a->txn, a->env->dbi[SHELF_PAYLOAD], &key, &v, 0);
}

/* Counters of ids start at 1; the state holds the last one given out. */
static int take_ids(struct apply *a, enum ghl_id_kind kind, uint64_t count, uint64_t *first)
{
	char text[40];
	MDB_val key = {.mv_data = text};
	uint64_t last;
	int rc;

	key.mv_size = (size_t)snprintf(text, sizeof(text), "id/%u/%u", a->node, (unsigned)kind);
	rc = counter_get(a, &key, &last);
	if (rc)
		return rc;
	*first = last + 1;
	return counter_put(a, &key, last + count);
}

static int do_name(struct apply *a, struct store_batch *b, const struct op *op)
{
	struct filled f;
	MDB_val old;
	int rc;

	fill_op(b, op, &f);
	rc = mdb_get(a->txn, a->env->dbi[STORE_NAME], &f.key, &old);
	if (!rc && old.mv_size == VERSION_LEN + 8)
		b->made = store_key_read_u64((uint8_t *)old.mv_data + VERSION_LEN);
	if (rc != MDB_NOTFOUND)
		return rc;
	rc = take_ids(a, op->id, 1, &b->made);
	if (rc)
		return rc;
	b->made = id_make(op->id, a->node, b->made);
	f.value.mv_size = VERSION_LEN + store_key_u64(f.value_room + VERSION_LEN, b->made);
	return put_versioned(a, STORE_NAME, &f);
}

static int do_op(struct apply *a, struct store_batch *b, const struct op *op)
{
	switch (op->kind) {
	case OP_CHECK:
		return 0;
	case OP_PUT:
		return do_put(a, b, op);
	case OP_DELETE:
		return do_delete(a, b, op);
	case OP_ADD:
		return do_add(a, b, op);
	case OP_FACT:
		return do_fact(a, b, op);
	case OP_ERASE:
		return do_erase(a, b, op);
	case OP_ID_BLOCK:
		return take_ids(a, op->id, op->number, &b->made);
	case OP_NAME:
		return do_name(a, b, op);
	}
	return MDB_CORRUPTED;
}

int apply_batch(struct apply *a, struct store_batch *b)
{
	int rc;

	b->result = (struct store_result){.status = b->status};
	if (b->status < 0)
		return 0;
	rc = check_all(a, b);
	if (rc || b->result.status < 0)
		return rc;
	rc = take_serials(a, b);
	for (unsigned i = 0; i < b->n_ops && !rc; i++)
		rc = do_op(a, b, &b->ops[i]);
	return rc;
}
