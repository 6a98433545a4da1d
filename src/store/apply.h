/* store/apply.h - carrying out batches inside one LMDB write transaction. */
#ifndef STORE_APPLY_H
#define STORE_APPLY_H

#include "batch.h"
#include "env.h"
#include "fact.h"

/* The end of the fact log and the number of the last commit; kept under "head" in SHELF_STATE. */
struct head {
	uint64_t seq;
	uint64_t commits; /* the version that values of the last commit have */
	uint8_t hash[FACT_HASH_LEN];
};

/* A head that is not there yet reads as zeros. LMDB's codes; MDB_CORRUPTED. */
int head_load(struct env *e, MDB_txn *txn, struct head *head);
int head_save(struct env *e, MDB_txn *txn, const struct head *head);

struct apply {
	struct env *env;
	MDB_txn *txn;
	struct head head;
	unsigned node;
};

/* Sets b->result. Returns 0, also when the batch was refused and changed nothing; else LMDB's code: abort
 * all. */
int apply_batch(struct apply *a, struct store_batch *b);

/* --- state.c --- */
/* Sets b->result.status where the node has no digit or the day no number left; takes nothing. */
int state_check_serials(struct apply *a, struct store_batch *b);
/* Fills b->result.serials. */
int state_take_serials(struct apply *a, struct store_batch *b);
/* Counters of ids start at 1; these are `count` of them from *first on. */
int state_take_ids(struct apply *a, enum ghl_id_kind kind, uint64_t count, uint64_t *first);
/* Whether an entry of SHELF_STATE is of a kind we know, and of its length. */
bool state_makes_sense(const MDB_val *key, const MDB_val *v);
void state_put_u64(uint8_t *p, uint64_t v);
uint64_t state_get_u64(const uint8_t *p);

/* Values carry their version in front. */
#define VERSION_LEN 8
uint64_t value_version(const MDB_val *v);

#endif
