/* access_priv.h - what the files of access share. */
#ifndef ACCESS_PRIV_H
#define ACCESS_PRIV_H

#include "access.h"
#include "base/bell.h"
#include "base/map.h"

#include <pthread.h>

#define AUDIT_ROWS      256
#define AUDIT_WINDOW_MS 10000

struct principals {
	struct access_principal *items;
	size_t count;
	struct map by_name; /* -> item */
	struct map by_id;   /* -> item */
};

struct audit_row {
	struct access_refusal r; /* r.count: not yet written */
	int64_t window_end_us;   /* monotonic; 0: the first is to be written at once */
};

struct audit {
	pthread_mutex_t lock;
	struct audit_row rows[AUDIT_ROWS];
	unsigned count;
	access_audit_fn *fn; /* loop thread */
	void *arg;
	struct bell *bell;
	struct timer window; /* loop thread */
};

struct access {
	struct store *store;
	struct loop *loop;
	pthread_rwlock_t lock;    /* guards both tables */
	struct principals stored; /* go first */
	struct principals configured;
	struct audit audit;
};

int audit_init(struct access *a);
void audit_finish(struct access *a);
/* Any thread. */
void audit_refusal(struct access *a, const struct actor *actor, enum access_function fn);

/* The principal as it is now; false: unknown. Built-in ones as the actor says. */
bool principal_now(struct access *a, const struct actor *actor, struct access_principal *out);
void principals_finish(struct principals *p);
/* Makes the table of copies; GHL_ENOMEM leaves *p alone, GHL_EEXIST a name stands twice. */
int principals_set(struct principals *p, const struct access_principal *items, size_t n);

#endif
