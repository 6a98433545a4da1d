/* store/internal.h - what the files of the store share: struct store, the queue of commits, the mailbox to
 * the loop, ids. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "base/list.h"
#include "batch.h"
#include "env.h"

#include <stdatomic.h>

#define STORE_SCHEMA 1

struct store_read {
	struct store *store;
	MDB_txn *txn;
};

/* --- mailbox.c: from the store thread to the loop --- */
struct mailbox;
/* `loop` may be NULL: then only mailbox_close() delivers. */
struct mailbox *mailbox_new(const struct store_opts *opts);
/* Delivers what is left, on this thread; nothing reaches the loop any more. */
void mailbox_close(struct mailbox *m);
bool mailbox_watched(struct mailbox *m);
void mailbox_watch(struct mailbox *m, loop_fn *fn, void *arg);
/* A chain of finished batches whose `done` is to be called; they are freed after it. One post, however many
 * they are. */
void mailbox_done(struct mailbox *m, struct store_batch *first);
void mailbox_head_moved(struct mailbox *m);
void mailbox_space(struct mailbox *m, uint64_t free_bytes, bool low);

/* --- ids.c --- */
#define ID_KINDS 64

struct id_block {
	uint64_t next;
	uint64_t end; /* first that is not ours */
};

struct id_pool {
	struct store *store;
	enum ghl_id_kind kind;
	struct id_block now;
	struct id_block ahead;
	uint64_t size; /* of the next block; doubles with each */
	bool asked;    /* a block is on its way */
	bool failed;   /* the last one could not be had */
};

struct ids {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct id_pool pools[ID_KINDS];
};
void ids_init(struct store *s);
void ids_finish(struct store *s);

/* --- the queue: commit.c --- */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t thread;
	bool started;
	bool stop;
	bool poked;
	struct store_batch *first;
	struct store_batch **last;
	unsigned length;
	unsigned hasty;    /* batches in the queue that are not patient */
	unsigned gathered; /* batches of the last group */
	bool resting;      /* the thread gathers patient ones: only a hasty one need wake it */
	int64_t ended_us;  /* monotonic: when the last group was durable */
	unsigned waiters;  /* threads that were woken by the last group: they may be back at once */
};
int queue_init(struct store *s);
/* Commits all that is queued and ends the thread. */
void queue_finish(struct store *s);
/* Takes the batch; it is told by its wake, done or on_store. GHL_EAGAIN: no thread could be started; it is
 * not taken. */
int queue_put(struct store *s, struct store_batch *b);
/* Starts the store thread, when it is not running, so that it looks for other processes' commits. */
void queue_start(struct store *s);

/* --- group.c --- */
/* Sets every member's result, and the head where it has moved. Returns the chain, in which those refused for
   want of space stand last. */
struct store_batch *group_commit(struct store *s, struct store_batch *group);
/* False below the reserve; tells when the alarm line is crossed. */
bool group_space_left(struct store *s);

struct store {
	struct list node; /* in the list of what this process has open */
	uint64_t dev, ino;
	pid_t pid;
	struct env env;
	struct store_opts opts;
	struct queue queue;
	struct mailbox *mail;
	struct ids ids;
	bool space_low;    /* store thread */
	uint64_t seen_txn; /* store thread: the last transaction whose head was told */
	atomic_uint_fast64_t head;
	atomic_uint_fast64_t commits;
	atomic_uint_fast64_t batches;
};

/* For backup and check, which read longer than 1 s: room is made in the map first, so that commits need not
   wait for it to grow. GHL_ESTATE: this thread reads already. */
int store_read_begin_long(struct store *s, struct store_read **out);
/* Waits for the commit and hands out the finished batch, which the caller frees. */
int store_commit_wait(struct store *s, struct store_batch *b);
/* The free bytes of the disk below the store. */
int store_free_bytes(const struct store *s, uint64_t *out);
/* Makes the names in a folder, and its own name in the folder above, durable. */
int store_sync_dir(const char *dir);
/* The schema number in SHELF_STATE; GHL_ENOENT in a new store. */
int store_schema_get(struct store *s, uint32_t *out);
int store_schema_put(struct store *s, uint32_t schema);
/* As store_open(); *schema is what the store says, once that could be read. */
int store_open_schema(struct store **out, const char *dir, const struct store_opts *opts, uint32_t *schema,
	struct ghl_error *err);

#endif
