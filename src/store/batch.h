/*
 * store/batch.h - what a batch holds inside: a list of operations over one buffer of bytes, and its fate.
 *
 * It carries its own queue link and result, so that giving it to the store needs no memory and cannot fail.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/store.h"

#include <semaphore.h>

enum op_kind { OP_CHECK, OP_PUT, OP_DELETE, OP_ADD, OP_FACT, OP_ERASE, OP_ID_BLOCK, OP_NAME };

struct op {
	enum op_kind kind;
	enum store_table table;
	unsigned slots; /* serials asked for before this operation: their marks are replaced in it */
	size_t at;      /* key, then value, in the buffer */
	size_t klen;
	size_t vlen;
	uint64_t number;        /* CHECK: version; ADD: max_mask; ERASE: seq; ID_BLOCK: how many */
	enum ghl_id_kind id;    /* ID_BLOCK, NAME */
	struct store_fact fact; /* FACT: kind, at_us, actor, ids */
};

#define SERIAL_SLOTS 8

struct serial_want {
	char series;
	uint32_t yyyymmdd;
};

struct store_batch {
	struct op *ops;
	unsigned n_ops;
	unsigned room;
	struct text bytes;
	int status; /* the first failure while it was built; such a batch only travels through the queue */
	struct serial_want serials[SERIAL_SLOTS];
	unsigned n_serials;
	bool patient; /* may wait a moment for company */
	bool vital;   /* may use the reserve of free space */

	struct store_batch *next;
	struct store_result result;
	uint64_t made;       /* first id of an ID_BLOCK, counter of a NAME */
	store_done_fn *done; /* on the loop */
	void *arg;
	sem_t *wake; /* a thread that waits and then frees the batch */
	void (*on_store)(void *arg, const struct store_batch *b); /* on the store thread */
};

void batch_erase(struct store_batch *b, uint64_t seq, const char *tombstone);
void batch_id_block(struct store_batch *b, enum ghl_id_kind kind, uint64_t count);
void batch_name(struct store_batch *b, enum ghl_id_kind kind, const void *key, size_t klen);

#endif
