/* test_store_core.c - the verbs: get, range, commit; conflicts, merges, serials, async commits, ids and
 * names. */
#include "store_testing.h"

#include "base/id.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t version_of(struct store *s, const char *key)
{
	struct store_read *r;
	const void *v;
	size_t n;
	uint64_t version = 0;

	ck_assert_int_eq(store_read_begin(s, &r), 0);
	(void)store_get(r, STORE_CONFIG, key, strlen(key), &v, &n, &version);
	store_read_end(r);
	return version;
}

START_TEST(a_value_is_read_back_after_its_commit_and_after_reopening)
{
	struct store *s = fixture_open(NULL);
	char *text;

	ck_assert_int_eq(fixture_put(s, "key", "value"), 0);
	text = fixture_get(s, "key");
	ck_assert_str_eq(text, "value");
	free(text);
	s = fixture_reopen(s, NULL);
	text = fixture_get(s, "key");
	ck_assert_str_eq(text, "value");
	free(text);
	ck_assert_ptr_null(fixture_get(s, "absent"));
	store_close(s);
}
END_TEST

START_TEST(a_read_sees_one_instant)
{
	struct store *s = fixture_open(NULL);
	struct store_read *before;
	const void *v;
	size_t n;

	ck_assert_int_eq(fixture_put(s, "k", "old"), 0);
	ck_assert_int_eq(store_read_begin(s, &before), 0);
	fixture_put_elsewhere(s, "k", "new");
	ck_assert_int_eq(store_get(before, STORE_CONFIG, "k", 1, &v, &n, NULL), 0);
	ck_assert_mem_eq(v, "old", 3);
	store_read_end(before);
	store_close(s);
}
END_TEST

START_TEST(a_failed_check_refuses_its_whole_batch)
{
	struct store *s = fixture_open(NULL);
	struct store_batch *b = store_batch_new();
	struct store_result res;
	uint64_t version;

	ck_assert_int_eq(fixture_put(s, "k", "1"), 0);
	version = version_of(s, "k");
	ck_assert_uint_gt(version, 0);
	store_batch_put(b, STORE_CONFIG, "other", 5, "x", 1);
	store_batch_fact(b, 7, 1, 0, NULL, "p", 1);
	store_batch_check(b, STORE_CONFIG, "k", 1, version + 1);
	ck_assert_int_eq(store_commit(s, b, &res), GHL_ECONFLICT);
	ck_assert_uint_eq(res.last_seq, 0);
	ck_assert_ptr_null(fixture_get(s, "other"));
	ck_assert_uint_eq(store_head(s), 0);

	b = store_batch_new();
	store_batch_check(b, STORE_CONFIG, "k", 1, version);
	store_batch_check(b, STORE_CONFIG, "new", 3, 0);
	store_batch_put(b, STORE_CONFIG, "k", 1, "2", 1);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	ck_assert_uint_gt(version_of(s, "k"), version);
	store_close(s);
}
END_TEST

START_TEST(a_key_that_was_deleted_and_made_anew_has_another_version)
{
	struct store *s = fixture_open(NULL);
	struct store_batch *b = store_batch_new();
	uint64_t version;

	ck_assert_int_eq(fixture_put(s, "k", "1"), 0);
	version = version_of(s, "k");
	store_batch_delete(b, STORE_CONFIG, "k", 1);
	store_batch_delete(b, STORE_CONFIG, "never", 5);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	ck_assert_uint_eq(version_of(s, "k"), 0);
	ck_assert_int_eq(fixture_put(s, "k", "1"), 0);
	ck_assert_uint_ne(version_of(s, "k"), version);
	store_close(s);
}
END_TEST

/* --- range against a sorted array --- */

struct collected {
	uint32_t keys[400];
	unsigned n;
	unsigned limit;
};

static int collect(void *arg, const struct store_item *i)
{
	struct collected *c = arg;

	c->keys[c->n++] = (uint32_t)store_key_read_u64(i->key);
	return c->n == c->limit;
}

static void expect_range(struct store *s, uint64_t from, uint64_t to, bool has_to, bool backwards)
{
	struct collected got = {0};
	uint8_t a[8], z[8];
	struct store_read *r;
	unsigned n = 0;

	(void)store_key_u64(a, from);
	(void)store_key_u64(z, to);
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_range(r, STORE_CALL, a, 8, has_to ? z : NULL, 8, backwards, collect, &got), 0);
	store_read_end(r);
	for (unsigned i = 0; i < 300; i++) {
		uint32_t key = 3 * (backwards ? 299 - i : i);

		if (key >= from && (!has_to || key < to))
			ck_assert_uint_eq(got.keys[n++], key);
	}
	ck_assert_uint_eq(got.n, n);
}

START_TEST(a_range_is_what_lies_between_its_bounds_in_order)
{
	struct store *s = fixture_open(NULL);
	struct store_batch *b = store_batch_new();
	uint8_t key[8];

	for (unsigned i = 0; i < 300; i++)
		store_batch_put(
			b, STORE_CALL, key, store_key_u64(key, 3 * (uint64_t)((i * 7) % 300)), "v", 1);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	for (unsigned i = 0; i < 400; i++)
		expect_range(s, testing_random() % 950, testing_random() % 950, i & 1, i & 2);
	expect_range(s, 0, 0, false, true);
	expect_range(s, 0, 0, true, true);
	expect_range(s, 0, 899, true, true);
	store_close(s);
}
END_TEST

START_TEST(a_range_ends_when_its_function_says_so)
{
	struct store *s = fixture_open(NULL);
	struct store_batch *b = store_batch_new();
	struct collected got = {.limit = 3};
	struct store_read *r;
	uint8_t key[8];

	for (unsigned i = 0; i < 10; i++)
		store_batch_put(b, STORE_CALL, key, store_key_u64(key, i), "", 0);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_range(r, STORE_CALL, NULL, 0, NULL, 0, true, collect, &got), 0);
	ck_assert_uint_eq(got.n, 3);
	ck_assert_uint_eq(got.keys[2], 7);
	store_read_end(r);
	store_close(s);
}
END_TEST

START_TEST(counters_are_added_and_maxima_kept)
{
	struct store *s = fixture_open(NULL);
	int64_t sum[5] = {0}, add[5], got[5];
	struct store_read *r;
	const void *v;
	size_t n;

	for (unsigned i = 0; i < 50; i++) {
		struct store_batch *b = store_batch_new();
		unsigned slots = 1 + (unsigned)(testing_random() % 5);

		for (unsigned k = 0; k < slots; k++) {
			add[k] = (int64_t)(testing_random() % 1000) - 300;
			sum[k] = k == 1 ? (add[k] > sum[k] ? add[k] : sum[k]) : sum[k] + add[k];
		}
		store_batch_add(b, STORE_ROLLUP, "q", 1, add, slots, 1u << 1);
		ck_assert_int_eq(store_commit(s, b, NULL), 0);
	}
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_get(r, STORE_ROLLUP, "q", 1, &v, &n, NULL), 0);
	ck_assert_uint_eq(n, sizeof(got));
	memcpy(got, v, n);
	store_read_end(r);
	for (unsigned k = 0; k < 5; k++)
		ck_assert_int_eq(got[k], sum[k]);
	store_close(s);
}
END_TEST

START_TEST(too_long_keys_and_values_are_refused_by_the_commit)
{
	struct store *s = fixture_open(NULL);
	static const char big[STORE_VALUE_MAX + 1];
	struct store_batch *b = store_batch_new();

	store_batch_put(b, STORE_CONFIG, big, STORE_KEY_MAX + 1, "", 0);
	ck_assert_int_eq(store_commit(s, b, NULL), GHL_EINVAL);
	b = store_batch_new();
	store_batch_put(b, STORE_CONFIG, "k", 1, big, sizeof(big));
	ck_assert_int_eq(store_commit(s, b, NULL), GHL_EINVAL);
	b = store_batch_new();
	store_batch_put(b, STORE_CONFIG, big, STORE_KEY_MAX, big, STORE_VALUE_MAX);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	store_close(s);
}
END_TEST

/* --- serials --- */

START_TEST(a_serial_replaces_its_mark_in_keys_values_and_facts)
{
	struct store *s = fixture_open(NULL);
	struct store_batch *b = store_batch_new();
	struct store_result res;
	char text[64], *got;
	int slot;

	slot = store_batch_serial(b, 'C', 20261123);
	ck_assert_int_eq(slot, 0);
	slot = store_batch_serial(b, 'R', 20261123);
	ck_assert_int_eq(slot, 1);
	(void)snprintf(text, sizeof(text), "call %s rec %s.", store_serial_mark(0), store_serial_mark(1));
	store_batch_put(b, STORE_CONFIG, store_serial_mark(1), STORE_SERIAL_LEN, text, strlen(text));
	store_batch_fact(b, 1, 1, 0, NULL, text, strlen(text));
	ck_assert_int_eq(store_commit(s, b, &res), 0);
	ck_assert_str_eq(res.serials[0], "202611230000001");
	ck_assert_str_eq(res.serials[1], "202611230000001");
	got = fixture_get(s, res.serials[1]);
	ck_assert_str_eq(got, "call 202611230000001 rec 202611230000001.");
	free(got);
	fixture_expect_fact(s, 1, "call 202611230000001 rec 202611230000001.");
	store_close(s);
}
END_TEST

START_TEST(a_refused_batch_takes_no_serial)
{
	struct store *s = fixture_open(NULL);
	struct store_result res;

	for (unsigned i = 1; i <= 20; i++) {
		struct store_batch *b = store_batch_new();
		char expected[STORE_SERIAL_LEN + 1];

		(void)store_batch_serial(b, 'C', 20261123);
		store_batch_check(b, STORE_CONFIG, "k", 1, 99);
		ck_assert_int_eq(store_commit(s, b, NULL), GHL_ECONFLICT);
		b = store_batch_new();
		(void)store_batch_serial(b, 'C', 20261123);
		ck_assert_int_eq(store_commit(s, b, &res), 0);
		(void)snprintf(expected, sizeof(expected), "202611230%06u", i);
		ck_assert_str_eq(res.serials[0], expected);
	}
	store_close(s);
}
END_TEST

START_TEST(a_batch_has_eight_serials_at_most)
{
	struct store_batch *b = store_batch_new();

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(store_batch_serial(b, 'C', 20261123), i);
	ck_assert_int_eq(store_batch_serial(b, 'C', 20261123), GHL_EFULL);
	store_batch_free(b);
}
END_TEST

/* --- many callers --- */

#define THREADS 8
#define EACH    50

struct caller {
	pthread_t thread;
	struct store *store;
	unsigned number;
	unsigned refused;
};

/* Optimistic increments of one counter: read, check, put, retry. */
static void *increment(void *arg)
{
	struct caller *c = arg;

	for (unsigned done = 0; done < EACH;) {
		struct store_batch *b = store_batch_new();
		uint64_t version = 0, v = 0;
		struct store_read *r;
		uint8_t next[8];
		const void *p;
		size_t n;

		ck_assert_int_eq(store_read_begin(c->store, &r), 0);
		if (store_get(r, STORE_CONFIG, "n", 1, &p, &n, &version) == 0)
			v = store_key_read_u64(p);
		store_read_end(r);
		store_batch_check(b, STORE_CONFIG, "n", 1, version);
		store_batch_put(b, STORE_CONFIG, "n", 1, next, store_key_u64(next, v + 1));
		if (store_commit(c->store, b, NULL) == 0)
			done++;
		else
			c->refused++;
	}
	return NULL;
}

START_TEST(no_increment_is_lost_among_callers_that_check_versions)
{
	struct store *s = fixture_open(&(struct store_opts){.no_sync = true});
	struct caller callers[THREADS];
	struct store_read *r;
	const void *p;
	size_t n;

	for (unsigned i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.store = s, .number = i};
		ck_assert_int_eq(pthread_create(&callers[i].thread, NULL, increment, &callers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(callers[i].thread, NULL), 0);
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_get(r, STORE_CONFIG, "n", 1, &p, &n, NULL), 0);
	ck_assert_uint_eq(store_key_read_u64(p), THREADS * EACH);
	store_read_end(r);
	store_close(s);
}
END_TEST

/* --- async --- */

struct tally {
	struct loop *loop;
	unsigned done;
	unsigned wanted;
	uint64_t last_seq;
	int status;
};

static void on_done(void *arg, const struct store_result *r)
{
	struct tally *t = arg;

	ck_assert(loop_on_thread(t->loop));
	if (r->status == 0) {
		ck_assert_uint_eq(r->first_seq, t->last_seq + 1);
		t->last_seq = r->last_seq;
	} else {
		t->status = r->status;
	}
	t->done++;
}

START_TEST(async_commits_are_told_on_the_loop_once_and_in_order)
{
	struct ghl_clock clock;
	struct tally t = {.wanted = 300};
	struct store_opts opts = {.clock = &clock};
	struct store *s;

	clock_init_real(&clock);
	ck_assert_int_eq(loop_create(&t.loop, &clock), 0);
	opts.loop = t.loop;
	s = fixture_open(&opts);
	for (unsigned i = 0; i < t.wanted; i++) {
		struct store_batch *b = store_batch_new();

		for (unsigned k = 0; k <= i % 3; k++)
			store_batch_fact(b, i, i, 0, NULL, NULL, 0);
		store_commit_async(s, b, on_done, &t);
	}
	ck_assert_uint_eq(t.done, 0);
	for (unsigned i = 0; i < 2000 && t.done < t.wanted; i++)
		loop_step(t.loop, 100);
	ck_assert_uint_eq(t.done, t.wanted);
	ck_assert_uint_eq(t.last_seq, 600);
	store_close(s);
	loop_destroy(t.loop);
}
END_TEST

START_TEST(one_refused_member_of_a_group_refuses_only_itself)
{
	struct ghl_clock clock;
	struct tally t = {.wanted = 30};
	struct store_opts opts = {.clock = &clock};
	struct store *s;

	clock_init_virtual(&clock, 0);
	ck_assert_int_eq(loop_create_virtual(&t.loop, &clock), 0);
	opts.loop = t.loop;
	s = fixture_open(&opts);
	for (unsigned i = 0; i < t.wanted; i++) {
		struct store_batch *b = store_batch_new();

		if (i % 3 == 1)
			store_batch_check(b, STORE_CONFIG, "absent", 6, 5);
		store_batch_fact(b, i, i, 0, NULL, NULL, 0);
		store_commit_async(s, b, on_done, &t);
	}
	store_close(s); /* tells what is left */
	ck_assert_uint_eq(t.done, t.wanted);
	ck_assert_uint_eq(t.last_seq, 20);
	ck_assert_int_eq(t.status, GHL_ECONFLICT);
	s = fixture_open_again(NULL);
	ck_assert_uint_eq(store_head(s), 20);
	store_close(s);
	loop_destroy(t.loop);
}
END_TEST

/* --- ids and names --- */

static void *take_ids(void *arg)
{
	struct caller *c = arg;
	uint64_t last = 0;

	for (unsigned i = 0; i < 2000; i++) {
		uint64_t id = store_id_next(c->store, GHL_ID_CALL);

		ck_assert_int_eq(id_check(id, GHL_ID_CALL), 0);
		ck_assert_uint_gt(id, last);
		last = id;
	}
	c->number = (unsigned)last;
	return NULL;
}

START_TEST(ids_rise_over_threads_and_reopening)
{
	struct store *s = fixture_open(NULL);
	struct caller callers[4];
	uint64_t top = 0;

	for (unsigned i = 0; i < 4; i++) {
		callers[i] = (struct caller){.store = s};
		ck_assert_int_eq(pthread_create(&callers[i].thread, NULL, take_ids, &callers[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(callers[i].thread, NULL), 0);
		if (callers[i].number > top)
			top = callers[i].number;
	}
	ck_assert_uint_ge(top, 8000);
	s = fixture_reopen(s, NULL);
	ck_assert_uint_gt(store_id_next(s, GHL_ID_CALL), id_make(GHL_ID_CALL, 0, top));
	ck_assert_uint_eq(store_id_next(s, GHL_ID_AGENT), id_make(GHL_ID_AGENT, 0, 1));
	store_close(s);
}
END_TEST

START_TEST(a_name_has_one_id_for_ever)
{
	struct store *s = fixture_open(NULL);
	char longest[1000];
	uint64_t water = store_name_id(s, GHL_ID_QUEUE, "water"), gas = store_name_id(s, GHL_ID_QUEUE, "gas"),
		 id;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(id_check(water, GHL_ID_QUEUE), 0);
	ck_assert_uint_ne(water, gas);
	ck_assert_uint_ne(store_name_id(s, GHL_ID_TRUNK, "water"), 0);
	id = store_name_id(s, GHL_ID_QUEUE, longest);
	longest[900] = 'y';
	ck_assert_uint_ne(store_name_id(s, GHL_ID_QUEUE, longest), id);
	s = fixture_reopen(s, NULL);
	ck_assert_uint_eq(store_name_id(s, GHL_ID_QUEUE, "water"), water);
	ck_assert_uint_eq(store_name_id(s, GHL_ID_QUEUE, "gas"), gas);
	store_close(s);
}
END_TEST

START_TEST(one_directory_opens_once_a_process)
{
	struct store *s = fixture_open(NULL), *other = NULL;
	struct store_opts opts = {0};
	struct ghl_error err;

	ck_assert_int_eq(store_open(&other, store_dir(s), &opts, &err), GHL_EBUSY);
	ck_assert_int_eq(err.code, GHL_EBUSY);
	ck_assert_ptr_null(other);
	s = fixture_reopen(s, NULL);
	store_close(s);
}
END_TEST

START_TEST(a_thread_that_reads_may_not_wait_for_a_commit)
{
	struct store *s = fixture_open(NULL);
	struct store_read *r;

	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(fixture_put(s, "k", "v"), GHL_ESTATE);
	store_read_end(r);
	ck_assert_int_eq(fixture_put(s, "k", "v"), 0);
	store_close(s);
}
END_TEST

START_TEST(numbers_in_keys_sort_as_numbers)
{
	uint8_t a[16], b[16];

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t x = testing_random() >> (testing_random() % 64),
			 y = testing_random() >> (testing_random() % 64);

		(void)store_key_2u64(a, x, y);
		(void)store_key_2u64(b, y, x);
		ck_assert_int_eq(memcmp(a, b, 16) < 0, x < y);
		ck_assert_uint_eq(store_key_read_u64(a + 8), y);
	}
}
END_TEST

static void count_down(void *arg, const struct store_result *result)
{
	ck_assert_int_eq(result->status, 0);
	(*(unsigned *)arg)--;
}

static struct store_batch *one_put(unsigned i)
{
	struct store_batch *b = store_batch_new();

	ck_assert_ptr_nonnull(b);
	store_batch_put(b, STORE_CONFIG, &i, sizeof(i), "x", 1);
	return b;
}

START_TEST(patient_commits_share_syncs_and_none_is_forgotten)
{
	struct ghl_clock clock;
	struct loop *loop;
	struct store *s;
	struct store_stat st;
	unsigned left = 0;

	clock_init_real(&clock);
	ck_assert_int_eq(loop_create(&loop, &clock), 0);
	s = fixture_open(&(struct store_opts){.loop = loop, .clock = &clock});
	for (unsigned i = 0; i < 300; i++) {
		struct store_batch *b = one_put(i);

		store_batch_patient(b);
		left++;
		store_commit_async(s, b, count_down, &left);
		loop_step(loop, 0);
	}
	ck_assert_int_eq(store_commit(s, one_put(1000), NULL), 0); /* a hasty one takes them along */
	while (left)
		loop_step(loop, 100);
	ck_assert_int_eq(store_stat(s, &st), 0);
	ck_assert_uint_ge(st.batches, 301);
	ck_assert_uint_lt(st.commits, st.batches);
	store_close(s);
	loop_destroy(loop);
}
END_TEST

TEST_SUITE(store_core, 60, patient_commits_share_syncs_and_none_is_forgotten,
	a_value_is_read_back_after_its_commit_and_after_reopening, a_read_sees_one_instant,
	a_failed_check_refuses_its_whole_batch, a_key_that_was_deleted_and_made_anew_has_another_version,
	a_range_is_what_lies_between_its_bounds_in_order, a_range_ends_when_its_function_says_so,
	counters_are_added_and_maxima_kept, too_long_keys_and_values_are_refused_by_the_commit,
	a_serial_replaces_its_mark_in_keys_values_and_facts, a_refused_batch_takes_no_serial,
	a_batch_has_eight_serials_at_most, no_increment_is_lost_among_callers_that_check_versions,
	async_commits_are_told_on_the_loop_once_and_in_order,
	one_refused_member_of_a_group_refuses_only_itself, ids_rise_over_threads_and_reopening,
	a_name_has_one_id_for_ever, one_directory_opens_once_a_process,
	a_thread_that_reads_may_not_wait_for_a_commit, numbers_in_keys_sort_as_numbers)
