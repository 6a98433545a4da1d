/*
 * ids.c - ids from blocks reserved durably, and the permanent ids of names.
 *
 * A process takes numbers from its block `now`; once half of it is used, the next block is asked for. Blocks
 * double, so a busy process asks ever more seldom while a short command wastes few numbers. What is left of a
 * block at the end is never used: no id comes twice, also after kill -9.
 */
#include "internal.h"

#include "base/id.h"

#include <stdio.h>
#include <string.h>

#define FIRST_BLOCK 64
#define LAST_BLOCK  16384

void ids_init(struct store *s)
{
	(void)pthread_mutex_init(&s->ids.lock, NULL);
	(void)pthread_cond_init(&s->ids.arrived, NULL);
	for (unsigned i = 0; i < ID_KINDS; i++)
		s->ids.pools[i] =
			(struct id_pool){.store = s, .kind = (enum ghl_id_kind)i, .size = FIRST_BLOCK};
}

void ids_finish(struct store *s)
{
	(void)pthread_cond_destroy(&s->ids.arrived);
	(void)pthread_mutex_destroy(&s->ids.lock);
}

/* on the store thread */
static void on_block(void *arg, const struct store_batch *b)
{
	struct id_pool *p = arg;
	struct ids *ids = &p->store->ids;

	(void)pthread_mutex_lock(&ids->lock);
	p->asked = false;
	p->failed = b->result.status < 0;
	if (!p->failed) {
		p->ahead = (struct id_block){.next = b->made, .end = b->made + b->ops[0].number};
		p->size = p->size < LAST_BLOCK ? p->size * 2 : LAST_BLOCK;
	}
	(void)pthread_cond_broadcast(&ids->arrived);
	(void)pthread_mutex_unlock(&ids->lock);
}

/* with the lock held */
static void ask_block(struct id_pool *p)
{
	struct store_batch *b = store_batch_new();

	p->failed = true;
	if (!b)
		return;
	batch_id_block(b, p->kind, p->size);
	b->on_store = on_block;
	b->arg = p;
	p->failed = queue_put(p->store, b) < 0;
	p->asked = !p->failed;
	if (p->failed)
		store_batch_free(b);
}

/* with the lock held; waits only when both blocks are used up */
static bool have_number(struct ids *ids, struct id_pool *p)
{
	bool tried = false;

	for (;;) {
		if (p->now.next == p->now.end && p->ahead.next < p->ahead.end) {
			p->now = p->ahead;
			p->ahead = (struct id_block){0};
		}
		if (p->now.next < p->now.end)
			return true;
		if (env_reading() || (tried && !p->asked && p->failed))
			return false;
		if (!p->asked)
			ask_block(p);
		tried = true;
		while (p->asked)
			(void)pthread_cond_wait(&ids->arrived, &ids->lock);
	}
}

static bool wants_more(const struct id_pool *p)
{
	return !p->asked && p->ahead.next == p->ahead.end && (p->now.end - p->now.next) * 4 <= p->size;
}

uint64_t store_id_next(struct store *s, enum ghl_id_kind kind)
{
	struct id_pool *p = &s->ids.pools[(unsigned)kind % ID_KINDS];
	uint64_t id = 0;

	(void)pthread_mutex_lock(&s->ids.lock);
	if (have_number(&s->ids, p))
		id = id_make(kind, s->opts.node, p->now.next++);
	if (id && wants_more(p))
		ask_block(p);
	(void)pthread_mutex_unlock(&s->ids.lock);
	return id;
}

static uint64_t find_name(struct store *s, const void *key, size_t klen)
{
	struct store_read *r;
	const void *value;
	size_t len;
	uint64_t id = 0;

	if (store_read_begin(s, &r) < 0)
		return 0;
	if (store_get(r, STORE_NAME, key, klen, &value, &len, NULL) == 0 && len == 8)
		id = store_key_read_u64(value);
	store_read_end(r);
	return id;
}

int store_name_take(struct store *s, enum ghl_id_kind kind, const char *name, uint64_t *out)
{
	uint8_t key[STORE_KEY_MAX];
	size_t n = (size_t)snprintf((char *)key, sizeof(key), "%s/", ghl_id_kind_name(kind));
	struct store_batch *b;
	int rc;

	n += store_key_text(key + n, name);
	*out = find_name(s, key, n);
	if (*out)
		return 0;
	b = store_batch_new();
	if (!b)
		return GHL_ENOMEM;
	batch_name(b, kind, key, n);
	rc = store_commit_wait(s, b);
	if (rc == 0)
		*out = b->made;
	store_batch_free(b);
	return rc;
}

uint64_t store_name_id(struct store *s, enum ghl_id_kind kind, const char *name)
{
	uint64_t id;

	return store_name_take(s, kind, name, &id) == 0 ? id : 0;
}
