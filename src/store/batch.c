/* batch.c - building a batch. The first failure is kept and told by the commit. One thread. */
#include "batch.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct store_batch *store_batch_new(void)
{
	return calloc(1, sizeof(struct store_batch));
}

void store_batch_free(struct store_batch *b)
{
	if (!b)
		return;
	free(b->ops);
	text_finish(&b->bytes);
	free(b);
}

static void fail(struct store_batch *b, int status)
{
	if (b->status == 0)
		b->status = status;
}

void store_batch_fail(struct store_batch *b, int status)
{
	fail(b, status);
}

static bool make_room(struct store_batch *b)
{
	unsigned room = b->room ? b->room * 2 : 8;
	struct op *ops;

	if (b->n_ops < b->room)
		return true;
	ops = realloc(b->ops, room * sizeof(*ops));
	if (!ops)
		return false;
	b->ops = ops;
	b->room = room;
	return true;
}

/* The new operation, or NULL when the batch has failed. */
static struct op *add_op(struct store_batch *b, enum op_kind kind, const void *key, size_t klen,
	const void *value, size_t vlen)
{
	struct op *op;

	if (klen > STORE_KEY_MAX || vlen > STORE_VALUE_MAX)
		fail(b, GHL_EINVAL);
	if (b->status < 0)
		return NULL;
	if (!make_room(b)) {
		fail(b, GHL_ENOMEM);
		return NULL;
	}
	op = &b->ops[b->n_ops++];
	*op = (struct op){
		.kind = kind, .slots = b->n_serials, .at = b->bytes.len, .klen = klen, .vlen = vlen};
	text_add_bytes(&b->bytes, key, klen);
	text_add_bytes(&b->bytes, value, vlen);
	if (b->bytes.failed)
		fail(b, GHL_ENOMEM);
	return op;
}

static struct op *add_table_op(struct store_batch *b, enum op_kind kind, enum store_table t, const void *key,
	size_t klen, const void *value, size_t vlen)
{
	struct op *op;

	if ((unsigned)t >= STORE_TABLES || klen == 0)
		fail(b, GHL_EINVAL);
	op = add_op(b, kind, key, klen, value, vlen);
	if (op)
		op->table = t;
	return op;
}

void store_batch_patient(struct store_batch *b)
{
	b->patient = true;
}

void store_batch_check(
	struct store_batch *b, enum store_table t, const void *key, size_t klen, uint64_t version)
{
	struct op *op = add_table_op(b, OP_CHECK, t, key, klen, NULL, 0);

	if (op)
		op->number = version;
}

void store_batch_put(struct store_batch *b, enum store_table t, const void *key, size_t klen,
	const void *value, size_t vlen)
{
	(void)add_table_op(b, OP_PUT, t, key, klen, value, vlen);
}

void store_batch_delete(struct store_batch *b, enum store_table t, const void *key, size_t klen)
{
	(void)add_table_op(b, OP_DELETE, t, key, klen, NULL, 0);
}

void store_batch_add(struct store_batch *b, enum store_table t, const void *key, size_t klen,
	const int64_t *counters, unsigned n, uint64_t max_mask)
{
	struct op *op = add_table_op(b, OP_ADD, t, key, klen, counters, n * sizeof(*counters));

	if (op)
		op->number = max_mask;
}

void store_batch_fact(struct store_batch *b, uint32_t kind, int64_t at_us, uint64_t actor,
	const uint64_t ids[4], const void *payload, size_t len)
{
	struct op *op = add_op(b, OP_FACT, NULL, 0, payload, len);

	if (!op)
		return;
	op->fact = (struct store_fact){.kind = kind, .at_us = at_us, .actor = actor};
	if (ids)
		memcpy(op->fact.ids, ids, sizeof(op->fact.ids));
}

int store_batch_serial(struct store_batch *b, char series, uint32_t yyyymmdd)
{
	if (b->n_serials == SERIAL_SLOTS)
		return GHL_EFULL;
	if (yyyymmdd < 10000101 || yyyymmdd > 99991231)
		fail(b, GHL_EINVAL);
	b->serials[b->n_serials] = (struct serial_want){.series = series, .yyyymmdd = yyyymmdd};
	return (int)b->n_serials++;
}

void store_batch_vital(struct store_batch *b)
{
	b->vital = true;
}

const char *store_serial_mark(unsigned slot)
{
	static const char marks[SERIAL_SLOTS][STORE_SERIAL_LEN + 1] = {"\x01\x02SERIAL-SLOT-0",
		"\x01\x02SERIAL-SLOT-1", "\x01\x02SERIAL-SLOT-2", "\x01\x02SERIAL-SLOT-3",
		"\x01\x02SERIAL-SLOT-4", "\x01\x02SERIAL-SLOT-5", "\x01\x02SERIAL-SLOT-6",
		"\x01\x02SERIAL-SLOT-7"};

	return slot < SERIAL_SLOTS ? marks[slot] : "";
}

void batch_erase(struct store_batch *b, uint64_t seq, const char *tombstone)
{
	struct op *op = add_op(b, OP_ERASE, NULL, 0, tombstone, strlen(tombstone) + 1);

	if (op)
		op->number = seq;
}

void batch_id_block(struct store_batch *b, enum ghl_id_kind kind, uint64_t count)
{
	struct op *op = add_op(b, OP_ID_BLOCK, NULL, 0, NULL, 0);

	b->vital = true;
	if (!op)
		return;
	op->id = kind;
	op->number = count;
}

void batch_name(struct store_batch *b, enum ghl_id_kind kind, const void *key, size_t klen)
{
	struct op *op = add_op(b, OP_NAME, key, klen, NULL, 0);

	if (op)
		op->id = kind;
}
