/*
 * store/store.h - ordered keys, versioned values, a chained fact log, serials; over LMDB.
 *
 * Three verbs: get, range, commit (design: docs/guide). A batch is built by one thread, committed once, and
 * then freed by the store. Commits of all threads are gathered by the store thread into one LMDB transaction
 * and one sync.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/loop.h"
#include "base/text.h"

#include <govhotline/error.h>
#include <govhotline/id.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_KEY_MAX   480
#define STORE_VALUE_MAX 16384

struct store;
struct store_batch;
struct store_read;

/* Which shelf a key stands on; each is an own key space, sorted bytewise. New ones are added at the end,
 * never renumbered. */
enum store_table {
	STORE_META,           /* "cursor/NAME" (durable cursors), "head/..." (signed heads) */
	STORE_PRINCIPAL,      /* key: principal id, big endian */
	STORE_NAME,           /* key: "kind/name" -> permanent id */
	STORE_CALL,           /* key: started_at_us BE, call id BE -> CallRecord */
	STORE_CALL_BY_ID,     /* key: call id BE -> key in STORE_CALL */
	STORE_CALL_BY_NUMBER, /* key: number, 0, started_at_us BE, call id BE -> empty */
	STORE_CALL_OPEN, /* key: call id BE -> CallStart; those whose start is durable and whose end is not */
	STORE_RECORDING, /* key: serial text -> RecordingRecord */
	STORE_RECORDING_BY_CALL, /* key: call id BE, serial -> empty */
	STORE_AGENT_SPAN,        /* key: started_at_us BE, agent id BE, nth span of that instant (1 byte) ->
				    AgentSpan */
	STORE_ROLLUP,            /* key chosen by report; value: counters, see store_batch_add() */
	STORE_CONFIG,            /* applied configurations */
	STORE_TABLES
};
const char *store_table_name(enum store_table table);

struct store_opts {
	struct loop *loop; /* where done functions run; NULL: store_commit_async is not available */
	const struct ghl_clock *clock;
	unsigned node;            /* 0..511, part of ids; 0..9 is the node digit of serials */
	uint64_t map_start_bytes; /* 0: 64 MiB; the map doubles by itself */
	uint64_t reserve_bytes;   /* free space below which only vital commits succeed; 0: 64 MiB */
	uint64_t alarm_bytes;     /* free space below which the alarm is raised; 0: 1 GiB */
	bool read_only;
	bool no_sync; /* for the test that shows why syncs are needed, and for bulk loaders */
	/* on the loop thread, when free space crosses alarm_bytes either way, looked at from the first commit
	   or watch on; may be NULL */
	void (*on_space)(void *arg, uint64_t free_bytes, bool low);
	void *arg;
};

/* Opens or makes DIR. GHL_EBUSY: open already in this process; GHL_EVERSION; GHL_EIO; GHL_ECORRUPT;
 * GHL_EPERM. */
int store_open(struct store **out, const char *dir, const struct store_opts *opts, struct ghl_error *err);
/* Everything queued is committed first, and what is not yet told is told here. On the loop thread, or when
   the loop stands; before loop_destroy(). */
void store_close(struct store *s);
const char *store_dir(const struct store *s);

/* --- reading: any thread, and the thread that began a read ends it; a read sees one instant; keep it at most
 * 1 s. --- */
/* GHL_EAGAIN: the map has grown and this thread holds an older read. */
int store_read_begin(struct store *s, struct store_read **out);
void store_read_end(struct store_read *r);
/* 0 or GHL_ENOENT. The value is lent until store_read_end(). version may be NULL. */
int store_get(struct store_read *r, enum store_table t, const void *key, size_t klen, const void **value,
	size_t *vlen, uint64_t *version);
struct store_item {
	const void *key;
	size_t klen;
	const void *value;
	size_t vlen;
	uint64_t version;
};
/* Return 0 to go on, 1 to stop, or GHL_E* to stop with that. */
typedef int store_item_fn(void *arg, const struct store_item *item);
/* All keys in [from, to) in order (backwards: from the last down); to == NULL: to the end of the table. */
int store_range(struct store_read *r, enum store_table t, const void *from, size_t from_len, const void *to,
	size_t to_len, bool backwards, store_item_fn *fn, void *arg);

/* --- the fact log --- */
struct store_fact {
	uint64_t seq;     /* from 1, without gaps */
	uint8_t prev[32]; /* BLAKE2b-256 of the record before; zeros for the first */
	uint32_t kind;    /* an enum ghl_event_type */
	int64_t at_us;    /* UTC */
	uint64_t actor;   /* ghl_principal */
	uint64_t ids[4];  /* what it is about, 0 where there is none */
	uint8_t payload_hash[32];
	bool erased;         /* the payload is gone; `payload` is NULL and `tombstone` says why */
	const void *payload; /* lent during the callback */
	size_t payload_len;
	const uint8_t *salt; /* 16 bytes that payload_hash begins with; NULL when erased */
	const char *tombstone;
};
typedef int store_fact_fn(void *arg, const struct store_fact *fact);
/* Facts with seq >= from, in order. */
int store_facts(struct store_read *r, uint64_t from, store_fact_fn *fn, void *arg);
/* The last sequence, 0 when the log is empty. Any thread. */
uint64_t store_head(struct store *s);
/* fn(arg) on the loop thread after the head has moved, by this process or (within 200 ms, or store_poke())
 * another. */
void store_watch(struct store *s, loop_fn *fn, void *arg);
/* Look at the head now: another process said it has committed. Any thread. */
void store_poke(struct store *s);

/* --- changing --- */
struct store_batch *store_batch_new(void);    /* NULL: no memory */
void store_batch_free(struct store_batch *b); /* only when it was not given to a commit */
/* It may use the reserve of free space: it ends what is up, or tells that space is low. */
void store_batch_vital(struct store_batch *b);
/* Its commit will fail with this: who fills it could not. */
void store_batch_fail(struct store_batch *b, int status);
/* The commit fails with GHL_ECONFLICT unless the key has this version (0: is not there). */
void store_batch_check(
	struct store_batch *b, enum store_table t, const void *key, size_t klen, uint64_t version);
void store_batch_put(struct store_batch *b, enum store_table t, const void *key, size_t klen,
	const void *value, size_t vlen);
void store_batch_delete(struct store_batch *b, enum store_table t, const void *key, size_t klen);
/* Adds n little-endian int64 counters to the value, which is made of zeros where it is absent; slots whose
   bit in max_mask is set take the larger of the two instead. */
void store_batch_add(struct store_batch *b, enum store_table t, const void *key, size_t klen,
	const int64_t *counters, unsigned n, uint64_t max_mask);
/* A fact; seq, prev, payload_hash and salt are filled inside the transaction. */
void store_batch_fact(struct store_batch *b, uint32_t kind, int64_t at_us, uint64_t actor,
	const uint64_t ids[4], const void *payload, size_t len);
/* A serial of series 'C' (calls), 'R' (recordings), 'O' (orders) for the local date YYYYMMDD: 15 characters
   YYYYMMDD + node digit + 6 digits. Each of the following puts and facts of this batch that holds the 15
   bytes STORE_SERIAL_MARK(slot) in key or value has them replaced by it. Returns the slot 0..7, or GHL_EFULL.
 */
int store_batch_serial(struct store_batch *b, char series, uint32_t yyyymmdd);
#define STORE_SERIAL_LEN 15
/* The placeholder text of a slot: "\x01\x02SERIAL-SLOT-n" padded to 15 bytes, no NUL needed. */
const char *store_serial_mark(unsigned slot);

struct store_result {
	/* 0, GHL_ECONFLICT, GHL_ESPACE, GHL_EIO, GHL_ENOMEM, GHL_EINVAL (a key or value too long, a node over
	   9 with serials), GHL_EFULL (no serial left that day), GHL_EPERM (read only), GHL_EAGAIN (no thread
	   can be started) */
	int status;
	uint64_t first_seq; /* of the batch's facts; 0 when it had none */
	uint64_t last_seq;
	char serials[8][STORE_SERIAL_LEN + 1];
};
/* Nobody waits for this one in person: where commits come thick it may wait up to 10 ms for others, and share
 * their sync. */
void store_batch_patient(struct store_batch *b);
/* Waits until it is durable. Takes the batch in every case. Any thread but the loop's. result may be NULL. b
   NULL: GHL_ENOMEM. GHL_ESTATE: this thread holds a read, which might be in the way of the map's growth. */
int store_commit(struct store *s, struct store_batch *b, struct store_result *result);
/* done(arg, result) on the loop thread, later (at the latest by store_close()), exactly once, in the order of
   submission. Takes the batch, which must not be NULL. */
typedef void store_done_fn(void *arg, const struct store_result *result);
void store_commit_async(struct store *s, struct store_batch *b, store_done_fn *done, void *arg);

/* --- ids and cursors --- */
/* A new id; blocks of the counter are reserved durably ahead. Any thread; does not wait except for the very
   first block. 0: failed, also where it would have to wait while this thread holds a read. */
uint64_t store_id_next(struct store *s, enum ghl_id_kind kind);
/* The permanent id of a name ("queue", "water"), made at first use. Waits for a commit when it is new. 0:
 * failed. */
uint64_t store_name_id(struct store *s, enum ghl_id_kind kind, const char *name);
/* The same, with the reason; as store_commit(). */
int store_name_take(struct store *s, enum ghl_id_kind kind, const char *name, uint64_t *out);

/* What was given out so far: the last number of a series' serials of a date and node, the last counter of a
   kind's ids of a node. 0: none. GHL_ECORRUPT. */
int store_serial_last(struct store_read *r, char series, uint32_t yyyymmdd, unsigned node, uint64_t *out);
int store_id_last(struct store_read *r, enum ghl_id_kind kind, unsigned node, uint64_t *out);

/* --- care: db stat, check, backup, restore, upgrade --- */
struct store_stat {
	uint64_t map_bytes, used_bytes, free_disk_bytes;
	uint64_t facts;
	uint64_t entries[STORE_TABLES];
	uint64_t commits, batches, syncs; /* by this process */
	uint32_t schema;
};
int store_stat(struct store *s, struct store_stat *out);
/* progress(arg, done, total) may be NULL. */
typedef void store_progress_fn(void *arg, uint64_t done, uint64_t total);
/* Proves the chain and payload hashes, and hands every (table, item) to `item` (may be NULL) for the owners'
   own checks. GHL_ECORRUPT: err names the first bad entry ("fact 1042: payload does not match its hash"). */
int store_check(struct store *s,
	int (*item)(void *arg, enum store_table t, const struct store_item *i, struct ghl_error *err),
	void *arg, store_progress_fn *progress, void *parg, struct ghl_error *err);
/* A consistent copy while others write; DIR must not exist or be empty. */
int store_backup(
	struct store *s, const char *dir, store_progress_fn *progress, void *parg, struct ghl_error *err);
/* Whether the folder holds one. */
bool store_exists(const char *dir);
/* Copies a backup to DIR, which must hold no store; checks it first. */
int store_restore(const char *backup, const char *dir, struct ghl_error *err);
/* Brings a store of an older schema up; 0 also when there is nothing to do. */
int store_upgrade(const char *dir, struct ghl_error *err);
/* Erases a fact's payload: a tombstone naming right, rule and time stays, and the chain is whole. */
int store_fact_erase(struct store *s, uint64_t seq, const char *right, const char *rule, int64_t at_us);

/* --- keys --- */
size_t store_key_u64(uint8_t *out, uint64_t v);              /* 8 bytes big endian */
size_t store_key_2u64(uint8_t *out, uint64_t a, uint64_t b); /* 16 bytes */
size_t store_key_text(uint8_t *out, const char *s); /* at most 400 bytes: a longer one ends in a hash */
size_t store_key_text_2u64(uint8_t *out, const char *s, uint64_t a,
	uint64_t b); /* text (ends in a hash beyond 400 bytes), 0, 16 bytes */
uint64_t store_key_read_u64(const void *p);

#endif
