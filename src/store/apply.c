/*
 * apply.c - one batch inside the group's write transaction: all checks and every reason to refuse first, then
 * the serials, then the writes. A refused batch has therefore changed nothing, and no nested transaction is
 * needed. Later members of a group see what earlier ones wrote.
 */
#include "apply.h"

#include "base/id.h"

#include <sodium.h>
#include <string.h>

#define SERIAL_MARK_PREFIX 14 /* bytes of a mark before its digit */

/* What the operation looks like once its marks are replaced; lives as long as one operation. */
struct filled {
	MDB_val key;
	MDB_val value;
	uint8_t key_room[STORE_KEY_MAX];
	uint8_t value_room[VERSION_LEN + STORE_VALUE_MAX];
};

uint64_t value_version(const MDB_val *v)
{
	return v->mv_size >= VERSION_LEN ? state_get_u64(v->mv_data) : 0;
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
	int rc = state_check_serials(a, b);

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
	state_put_u64(f->value_room, a->head.commits);
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
		state_put_u64(slot,
			(uint64_t)merge(8 * i + 8 <= kept ? (int64_t)state_get_u64((uint8_t *)old.mv_data +
										   VERSION_LEN + 8 * i)
							  : 0,
				(int64_t)state_get_u64(slot), i < 64 && (op->number >> i & 1)));
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
	rc = state_take_ids(a, op->id, 1, &b->made);
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
		return state_take_ids(a, op->id, op->number, &b->made);
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
	rc = state_take_serials(a, b);
	for (unsigned i = 0; i < b->n_ops && !rc; i++)
		rc = do_op(a, b, &b->ops[i]);
	return rc;
}
