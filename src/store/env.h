/*
 * store/env.h - one LMDB environment and the rule that its map may only be changed while nobody in the
 * process looks into it.
 *
 * Everything else in the store enters through env_read() or env_write() and leaves through their ends.
 */
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include "store/store.h"

#include <lmdb.h>
#include <pthread.h>

/* The tables, and behind them what only the store itself writes. */
enum shelf {
	SHELF_FACT = STORE_TABLES, /* seq BE -> record, see fact.h */
	SHELF_PAYLOAD,             /* seq BE -> salt and payload, or tombstone */
	SHELF_STATE,               /* "schema", "head", "id/..", "serial/.." */
	SHELVES
};
const char *shelf_name(unsigned shelf);

struct env {
	MDB_env *mdb; /* NULL: closed, or could not be opened again */
	MDB_dbi dbi[SHELVES];
	char *dir;
	unsigned flags;
	uint64_t map_bytes;
	uint64_t aside_bytes; /* store thread: up to where the file has its disk space */
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	unsigned users;   /* open transactions */
	unsigned waiting; /* threads that want the map for themselves */
	bool remapping;
};

/* Flags are LMDB's. GHL_EVERSION, GHL_ECORRUPT, GHL_EPERM, GHL_EIO. */
int env_open(struct env *e, const char *dir, unsigned flags, uint64_t map_bytes, struct ghl_error *err);
void env_close(struct env *e);
/* GHL_E* for what LMDB or the system returned. */
int env_error(int rc);

/* Opens the tables; makes those that are missing unless the store is read only. */
int env_open_shelves(struct env *e);

/* GHL_EAGAIN: the map has grown and this thread holds an older read; end that first. */
int env_read(struct env *e, MDB_txn **out);
void env_read_end(struct env *e, MDB_txn *txn);
/* True while this thread holds a read. */
bool env_reading(void);

/* A read or write that finds the environment in panic (MDB_PANIC: a write of LMDB's own failed) opens it
   again first. */
/* The two following return LMDB's codes: the writer must tell MDB_MAP_FULL from the rest. */
int env_write(struct env *e, MDB_txn **out);
int env_write_end(struct env *e, MDB_txn *txn, bool commit);

/* Doubles the map, or takes the size another process has given it. Waits until nobody in this process reads.
 */
int env_grow(struct env *e, uint64_t at_least);
/* Grows early when more than half is in use and nobody happens to read, and sets some disk space aside behind
   the last page: what is up can be ended on a disk that others have filled. The store thread only. */
void env_look_ahead(struct env *e);
/* The number of the last transaction of any process; 0 when it cannot be told. */
uint64_t env_last_txn(struct env *e);
struct env_size {
	uint64_t map_bytes;
	uint64_t used_bytes;
};
int env_size(struct env *e, struct env_size *out);

#endif
