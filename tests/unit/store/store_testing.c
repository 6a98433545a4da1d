/* store_testing.c - the store fixture. */
#include "store_testing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[256];

const char *fixture_folder(void)
{
	return folder;
}

const char *fixture_path(const char *name)
{
	static char paths[4][320];
	static unsigned next;
	char *p = paths[next++ % 4];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s", folder, name);
	return p;
}

struct store *fixture_open_again(const struct store_opts *opts)
{
	struct store_opts none = {0};
	struct ghl_error err = {0};
	struct store *s = NULL;
	int rc = store_open(&s, fixture_path("store"), opts ? opts : &none, &err);

	ck_assert_msg(rc == 0, "store_open: %d %s", rc, err.text);
	return s;
}

struct store *fixture_open(const struct store_opts *opts)
{
	(void)snprintf(folder, sizeof(folder), "%s", testing_folder());
	return fixture_open_again(opts);
}

struct store *fixture_reopen(struct store *s, const struct store_opts *opts)
{
	store_close(s);
	return fixture_open_again(opts);
}

int fixture_put(struct store *s, const char *key, const char *value)
{
	struct store_batch *b = store_batch_new();

	ck_assert_ptr_nonnull(b);
	store_batch_put(b, STORE_CONFIG, key, strlen(key), value, strlen(value));
	return store_commit(s, b, NULL);
}

struct put {
	struct store *store;
	const char *key;
	const char *value;
	int rc;
};

static void *put_thread(void *arg)
{
	struct put *p = arg;

	p->rc = fixture_put(p->store, p->key, p->value);
	return NULL;
}

void fixture_put_elsewhere(struct store *s, const char *key, const char *value)
{
	struct put p = {.store = s, .key = key, .value = value};
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, put_thread, &p), 0);
	ck_assert_int_eq(pthread_join(t, NULL), 0);
	ck_assert_int_eq(p.rc, 0);
}

char *fixture_get(struct store *s, const char *key)
{
	struct store_read *r;
	const void *v;
	char *copy = NULL;
	size_t n;

	ck_assert_int_eq(store_read_begin(s, &r), 0);
	if (store_get(r, STORE_CONFIG, key, strlen(key), &v, &n, NULL) == 0)
		copy = strndup(v, n);
	store_read_end(r);
	return copy;
}

int fixture_fact(struct store *s, uint32_t kind, const char *payload)
{
	struct store_batch *b = store_batch_new();
	uint64_t ids[4] = {kind, 2, 3, 4};

	ck_assert_ptr_nonnull(b);
	store_batch_fact(b, kind, 1000 + kind, 77, ids, payload, strlen(payload));
	return store_commit(s, b, NULL);
}

struct expected {
	uint64_t seq;
	const char *payload;
	bool found;
};

static int match(void *arg, const struct store_fact *f)
{
	struct expected *e = arg;

	ck_assert_uint_eq(f->seq, e->seq);
	ck_assert(!f->erased);
	ck_assert_uint_eq(f->payload_len, strlen(e->payload));
	ck_assert_mem_eq(f->payload, e->payload, f->payload_len);
	e->found = true;
	return 1;
}

void fixture_expect_fact(struct store *s, uint64_t seq, const char *payload)
{
	struct expected e = {.seq = seq, .payload = payload};
	struct store_read *r;

	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_facts(r, seq, match, &e), 0);
	ck_assert(e.found);
	store_read_end(r);
}
