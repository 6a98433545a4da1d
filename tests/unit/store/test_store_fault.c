/*
 * test_store_fault.c - a disk that fails at the worst place: LMDB's meta page, after which LMDB is in panic
 * and its environment must be opened again, and a map that cannot grow. What was told stays, and the store
 * goes on by itself when the disk does. This program's own pwrite() and mdb_env_set_mapsize() stand before
 * the real ones (not mmap(): ThreadSanitizer needs its own).
 */
#undef _FILE_OFFSET_BITS /* else pwrite would be called pwrite64 */
#include "store_testing.h"

#include "base/log.h"

#include <dlfcn.h>
#include <errno.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define META_BYTES (2 * 4096) /* the two meta pages */
#define BEFORE     __attribute__((visibility("default")))

static atomic_int meta_errno; /* 0: the disk is well */
static atomic_bool no_map;

BEFORE ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	int why = atomic_load(&meta_errno);

	if (!why || at >= META_BYTES)
		return syscall(SYS_pwrite64, fd, p, n, at);
	errno = why;
	return -1;
}

BEFORE int mdb_env_set_mapsize(MDB_env *env, size_t size)
{
	int (*real)(MDB_env * env, size_t size);

	*(void **)&real = dlsym(RTLD_NEXT, "mdb_env_set_mapsize");
	return atomic_load(&no_map) ? ENOMEM : real(env, size);
}

static void expect_whole(struct store *s)
{
	struct ghl_error err = {0};

	ck_assert_msg(store_check(s, NULL, NULL, NULL, NULL, &err) == 0, "%s", err.text);
}

START_TEST(after_a_failed_meta_page_the_store_goes_on_with_all_that_was_told)
{
	static const struct {
		int why, told;
	} faults[] = {{EIO, GHL_EIO}, {ENOSPC, GHL_ESPACE}};
	struct store *s = fixture_open(NULL);

	log_level_set(LOG_LEVEL_ERROR);
	ck_assert_int_eq(fixture_fact(s, 1, "before"), 0);
	for (unsigned i = 0; i < 2; i++) {
		atomic_store(&meta_errno, faults[i].why);
		ck_assert_int_eq(fixture_fact(s, 1, "not told"), faults[i].told);
		ck_assert_int_lt(fixture_fact(s, 1, "not told either"), 0);
		atomic_store(&meta_errno, 0);
		ck_assert_int_eq(fixture_fact(s, 1, "after"), 0);
	}
	ck_assert_uint_eq(store_head(s), 3);
	fixture_expect_fact(s, 1, "before");
	fixture_expect_fact(s, 2, "after");
	fixture_expect_fact(s, 3, "after");
	expect_whole(s);
	s = fixture_reopen(s, NULL);
	ck_assert_uint_eq(store_head(s), 3);
	expect_whole(s);
	store_close(s);
}
END_TEST

START_TEST(a_process_that_only_reads_opens_the_environment_again_too)
{
	struct store *s = fixture_open(NULL);
	char *text;

	log_level_set(LOG_LEVEL_ERROR);
	ck_assert_int_eq(fixture_put(s, "k", "kept"), 0);
	atomic_store(&meta_errno, EIO);
	ck_assert_int_eq(fixture_put(s, "k", "not told"), GHL_EIO);
	atomic_store(&meta_errno, 0);
	text = fixture_get(s, "k");
	ck_assert_str_eq(text, "kept");
	free(text);
	store_close(s);
}
END_TEST

struct reader {
	struct store *store;
	atomic_bool stop;
	atomic_uint reads;
};

/* Reads without a pause; a read that is refused is tried again. */
static void *read_for_ever(void *arg)
{
	struct reader *r = arg;
	struct store_read *read;
	const void *value;
	size_t len;

	while (!atomic_load(&r->stop)) {
		if (store_read_begin(r->store, &read) < 0)
			continue;
		ck_assert_int_eq(store_get(read, STORE_CONFIG, "k", 1, &value, &len, NULL), 0);
		ck_assert_uint_eq(len, 4);
		store_read_end(read);
		atomic_fetch_add(&r->reads, 1);
	}
	return NULL;
}

START_TEST(readers_go_on_while_the_environment_is_opened_again)
{
	struct reader r = {.store = fixture_open(NULL)};
	pthread_t threads[3];
	unsigned before;

	log_level_set(LOG_LEVEL_ERROR);
	ck_assert_int_eq(fixture_put(r.store, "k", "kept"), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_for_ever, &r), 0);
	for (unsigned i = 0; i < 20; i++) {
		before = atomic_load(&r.reads);
		atomic_store(&meta_errno, EIO);
		ck_assert_int_lt(fixture_fact(r.store, 1, "not told"), 0);
		atomic_store(&meta_errno, 0);
		ck_assert_int_eq(fixture_fact(r.store, 1, "told"), 0);
		while (atomic_load(&r.reads) < before + 10)
			(void)sched_yield();
	}
	atomic_store(&r.stop, true);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(store_head(r.store), 20);
	expect_whole(r.store);
	store_close(r.store);
}
END_TEST

START_TEST(a_map_that_cannot_grow_refuses_what_does_not_fit_and_grows_when_it_can)
{
	static const char big[STORE_VALUE_MAX];
	struct store *s = fixture_open(&(struct store_opts){.map_start_bytes = 1 << 20, .no_sync = true});
	struct store_batch *b;
	unsigned told = 0;
	int rc = 0;

	log_level_set(LOG_LEVEL_ERROR);
	atomic_store(&no_map, true);
	while (rc == 0 && told < 1000) {
		b = store_batch_new();
		store_batch_fact(b, 1, 1, 0, NULL, big, sizeof(big));
		rc = store_commit(s, b, NULL);
		told += rc == 0;
	}
	ck_assert_int_lt(rc, 0);
	ck_assert_uint_gt(told, 10);
	atomic_store(&no_map, false);
	for (unsigned i = 0; i < 100; i++) {
		b = store_batch_new();
		store_batch_fact(b, 1, 1, 0, NULL, big, sizeof(big));
		ck_assert_int_eq(store_commit(s, b, NULL), 0);
	}
	ck_assert_uint_eq(store_head(s), told + 100);
	expect_whole(s);
	store_close(s);
}
END_TEST

TEST_SUITE(store_fault, 60, after_a_failed_meta_page_the_store_goes_on_with_all_that_was_told,
	a_process_that_only_reads_opens_the_environment_again_too,
	readers_go_on_while_the_environment_is_opened_again,
	a_map_that_cannot_grow_refuses_what_does_not_fit_and_grows_when_it_can)
