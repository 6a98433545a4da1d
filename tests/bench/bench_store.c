/*
 * bench_store.c - durable call records a second: 64 callers whose commits the store gathers, beside raw LMDB
 * writing the same keys in transactions of the same size, in one run on one disk. Ends with 1 when the store
 * reaches less than half of raw LMDB.
 */
#include "base/clock.h"
#include "store/store.h"

#include <ftw.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALLERS      64
#define RUN_US       3000000
#define SAMPLES_MAX  4000000
#define RECORD_BYTES 300
#define COUNTERS     12

static const struct ghl_clock wall;
static char folder[] = "/var/tmp/ghl-bench-XXXXXX";

/* One call: its record and the keys of three indexes, as the call module writes them. */
struct call_keys {
	uint8_t record[16];
	uint8_t by_number[40];
	size_t by_number_len;
	uint8_t by_recording[24];
	uint8_t value[RECORD_BYTES];
};

static uint64_t noise(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static void make_call(struct call_keys *c, uint64_t id, uint64_t *rnd)
{
	char number[20];

	(void)store_key_2u64(c->record, 1764000000000000 + id * 1000, id);
	(void)snprintf(number, sizeof(number), "+8613%09u", (unsigned)(noise(rnd) % 1000000000));
	c->by_number_len = store_key_text_2u64(c->by_number, number, 1764000000000000 + id * 1000, id);
	(void)store_key_2u64(c->by_recording, id, id);
	(void)store_key_u64(c->by_recording + 16, id);
	for (size_t i = 0; i < sizeof(c->value); i += 8)
		(void)store_key_u64(c->value + i - (i + 8 > sizeof(c->value) ? 4 : 0), noise(rnd));
}

/* --- the store --- */

struct run {
	struct store *store;
	int64_t until_us;
	bool whole; /* with fact, serial and roll-up too, as a real call */
	atomic_uint_fast64_t next_id;
	atomic_uint done;
	uint32_t *took_us;
};

static struct store_batch *call_batch(struct run *r, uint64_t id, uint64_t *rnd)
{
	struct store_batch *b = store_batch_new();
	int64_t counters[COUNTERS] = {1, 1, 42, 0, 7, 1};
	struct call_keys c;

	make_call(&c, id, rnd);
	if (r->whole)
		(void)store_batch_serial(b, 'C', 20261123);
	store_batch_put(b, STORE_CALL, c.record, 16, c.value, sizeof(c.value));
	store_batch_put(b, STORE_CALL_BY_ID, c.record + 8, 8, c.record, 16);
	store_batch_put(b, STORE_CALL_BY_NUMBER, c.by_number, c.by_number_len, "", 0);
	store_batch_put(b, STORE_RECORDING_BY_CALL, c.by_recording, sizeof(c.by_recording), "", 0);
	if (r->whole) {
		store_batch_fact(b, 1, (int64_t)id, 0, NULL, c.value, 100);
		store_batch_add(b, STORE_ROLLUP, "water", 5, counters, COUNTERS, 1 << 2);
	}
	return b;
}

static void *caller(void *arg)
{
	struct run *r = arg;
	uint64_t rnd = (uint64_t)(uintptr_t)&rnd | 1, id;
	int64_t now = clock_mono_us(&wall), then;

	while (now < r->until_us) {
		id = atomic_fetch_add(&r->next_id, 1) + 1;
		if (store_commit(r->store, call_batch(r, id, &rnd), NULL) < 0)
			abort();
		then = clock_mono_us(&wall);
		r->took_us[atomic_fetch_add(&r->done, 1) % SAMPLES_MAX] = (uint32_t)(then - now);
		now = then;
	}
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Calls a second; *group is the mean size of a transaction. */
static double run_store(const char *name, unsigned callers, bool whole, double *group)
{
	struct run r = {.whole = whole, .took_us = calloc(SAMPLES_MAX, sizeof(uint32_t))};
	struct store_opts opts = {0};
	pthread_t threads[CALLERS];
	struct store_stat st;
	char dir[128];
	int64_t start;
	double rate;
	uint32_t p50, p99;
	unsigned n;

	(void)snprintf(dir, sizeof(dir), "%s/%s", folder, name);
	if (!r.took_us || store_open(&r.store, dir, &opts, NULL) < 0)
		abort();
	start = clock_mono_us(&wall);
	r.until_us = start + RUN_US;
	for (unsigned i = 0; i < callers; i++)
		if (pthread_create(&threads[i], NULL, caller, &r) != 0)
			abort();
	for (unsigned i = 0; i < callers; i++)
		(void)pthread_join(threads[i], NULL);
	n = atomic_load(&r.done);
	rate = n * 1e6 / (double)(clock_mono_us(&wall) - start);
	if (store_stat(r.store, &st) < 0)
		abort();
	*group = (double)st.batches / (double)st.commits;
	qsort(r.took_us, n < SAMPLES_MAX ? n : SAMPLES_MAX, sizeof(uint32_t), by_value);
	p50 = r.took_us[n / 2];
	p99 = r.took_us[(uint64_t)n * 99 / 100];
	printf("store %-26s %8.0f calls/s  p50 %6.2f ms  p99 %6.2f ms  group %5.1f\n", name, rate, p50 / 1e3,
		p99 / 1e3, *group);
	store_close(r.store);
	free(r.took_us);
	return rate;
}

/* --- raw LMDB --- */

static void put(MDB_txn *txn, MDB_dbi dbi, const void *k, size_t klen, const void *v, size_t vlen)
{
	MDB_val key = {.mv_size = klen, .mv_data = (void *)(uintptr_t)k};
	MDB_val val = {.mv_size = vlen, .mv_data = (void *)(uintptr_t)v};

	if (mdb_put(txn, dbi, &key, &val, 0) != 0)
		abort();
}

static void raw_group(MDB_env *env, const MDB_dbi dbi[4], unsigned group, uint64_t *id, uint64_t *rnd)
{
	struct call_keys c;
	MDB_txn *txn;

	if (mdb_txn_begin(env, NULL, 0, &txn) != 0)
		abort();
	for (unsigned i = 0; i < group; i++) {
		make_call(&c, ++*id, rnd);
		put(txn, dbi[0], c.record, 16, c.value, sizeof(c.value));
		put(txn, dbi[1], c.record + 8, 8, c.record, 16);
		put(txn, dbi[2], c.by_number, c.by_number_len, "", 0);
		put(txn, dbi[3], c.by_recording, sizeof(c.by_recording), "", 0);
	}
	if (mdb_txn_commit(txn) != 0)
		abort();
}

static double run_raw(const char *name, unsigned group)
{
	static const char *const tables[4] = {"call", "id", "number", "recording"};
	uint64_t id = 0, rnd = 42;
	int64_t start, now;
	char dir[128];
	MDB_dbi dbi[4];
	MDB_env *env;
	MDB_txn *txn;

	(void)snprintf(dir, sizeof(dir), "%s/%s", folder, name);
	if (mdb_env_create(&env) || mdb_env_set_maxdbs(env, 4) || mdb_env_set_mapsize(env, 4ull << 30) ||
		mkdir(dir, 0700) < 0 || mdb_env_open(env, dir, MDB_NOTLS | MDB_NORDAHEAD, 0600) ||
		mdb_txn_begin(env, NULL, 0, &txn))
		abort();
	for (unsigned i = 0; i < 4; i++)
		if (mdb_dbi_open(txn, tables[i], MDB_CREATE, &dbi[i]) != 0)
			abort();
	if (mdb_txn_commit(txn) != 0)
		abort();
	start = now = clock_mono_us(&wall);
	for (; now < start + RUN_US; now = clock_mono_us(&wall))
		raw_group(env, dbi, group, &id, &rnd);
	mdb_env_close(env);
	printf("raw   %-26s %8.0f calls/s                              group %5u\n", name,
		(double)id * 1e6 / (double)(now - start), group);
	return (double)id * 1e6 / (double)(now - start);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int main(void)
{
	double group, one, same, whole, raw_one, raw;

	if (!mkdtemp(folder)) {
		perror(folder);
		return 1;
	}
	one = run_store("1 caller", 1, false, &group);
	raw_one = run_raw("1 a transaction", 1);
	same = run_store("64 callers, same keys", CALLERS, false, &group);
	raw = run_raw("same size", (unsigned)(group + 0.5));
	whole = run_store("64 callers, whole calls", CALLERS, true, &group);
	printf("ratio to raw LMDB: 1 caller %.2f, 64 callers %.2f, with fact, serial and roll-up %.2f (must "
	       "be >= 0.5)\n",
		one / raw_one, same / raw, whole / raw);
	(void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return same / raw >= 0.5 ? 0 : 1;
}
