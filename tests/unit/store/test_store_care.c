/* test_store_care.c - the chain and what breaks it, erasing, backup and restore, growth, free space. */
#include "store_testing.h"

#include "base/log.h"

#include <lmdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_facts(struct store *s, unsigned n)
{
	char payload[64];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(payload, sizeof(payload), "payload of fact %u", i + 1);
		ck_assert_int_eq(fixture_fact(s, i, payload), 0);
	}
}

static int check(struct store *s, struct ghl_error *err)
{
	memset(err, 0, sizeof(*err));
	return store_check(s, NULL, NULL, NULL, NULL, err);
}

/* --- tampering behind the store's back, with LMDB itself --- */

enum harm { HARM_FLIP, HARM_DELETE };

static void tamper(const char *table, uint64_t seq, enum harm harm, size_t at)
{
	uint8_t key[8], copy[4096];
	MDB_val k = {.mv_size = store_key_u64(key, seq), .mv_data = key}, v;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_set_maxdbs(env, 64), 0);
	ck_assert_int_eq(mdb_env_open(env, fixture_path("store"), 0, 0600), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, table, 0, &dbi), 0);
	ck_assert_int_eq(mdb_get(txn, dbi, &k, &v), 0);
	memcpy(copy, v.mv_data, v.mv_size);
	v.mv_data = copy;
	copy[at % v.mv_size] ^= 1;
	ck_assert_int_eq(harm == HARM_FLIP ? mdb_put(txn, dbi, &k, &v, 0) : mdb_del(txn, dbi, &k, NULL), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

/* Twenty facts, one harm, and the check must name the fact. */
static void expect_named(const char *table, uint64_t seq, enum harm harm, size_t at, const char *named)
{
	struct store *s = fixture_open(&(struct store_opts){.no_sync = true});
	struct ghl_error err;

	add_facts(s, 20);
	ck_assert_int_eq(check(s, &err), 0);
	store_close(s);
	tamper(table, seq, harm, at);
	s = fixture_open_again(NULL);
	ck_assert_int_eq(check(s, &err), GHL_ECORRUPT);
	ck_assert_msg(strncmp(err.text, named, strlen(named)) == 0, "%s[%zu]: %s", table, at, err.text);
	store_close(s);
	testing_remove_tree(fixture_folder());
}

START_TEST(a_changed_payload_is_found_and_named)
{
	expect_named("payload", 7, HARM_FLIP, 20, "fact 7: payload does not match its hash");
	expect_named("payload", 1, HARM_FLIP, 1, "fact 1: ");
	expect_named("payload", 20, HARM_FLIP, 25, "fact 20: ");
	expect_named("payload", 20, HARM_DELETE, 0, "fact 20: its payload is missing");
}
END_TEST

START_TEST(any_changed_byte_of_a_record_is_found_and_named)
{
	static const uint64_t facts[] = {1, 2, 11, 20};

	for (size_t at = 0; at < 125; at += 4)
		for (unsigned i = 0; i < 4; i++) {
			char named[32];

			(void)snprintf(named, sizeof(named), "fact %u: ", (unsigned)facts[i]);
			expect_named("fact", facts[i], HARM_FLIP, at, named);
		}
}
END_TEST

START_TEST(a_removed_fact_is_found_and_named)
{
	expect_named("fact", 5, HARM_DELETE, 0, "fact 5: it is missing");
	expect_named("fact", 20, HARM_DELETE, 0, "fact 20: it is missing at the end");
}
END_TEST

static int refuse_bad_values(void *arg, enum store_table t, const struct store_item *i, struct ghl_error *err)
{
	unsigned *seen = arg;

	(*seen)++;
	if (t == STORE_CONFIG && i->vlen == 3 && memcmp(i->value, "bad", 3) == 0) {
		err->code = GHL_ECORRUPT;
		(void)snprintf(err->text, sizeof(err->text), "config: bad value");
		return GHL_ECORRUPT;
	}
	return 0;
}

START_TEST(owners_check_every_item_and_name_what_they_find)
{
	struct store *s = fixture_open(NULL);
	struct ghl_error err = {0};
	unsigned seen = 0;

	ck_assert_int_eq(fixture_put(s, "a", "good"), 0);
	ck_assert_uint_ne(store_name_id(s, GHL_ID_QUEUE, "water"), 0);
	ck_assert_int_eq(store_check(s, refuse_bad_values, &seen, NULL, NULL, &err), 0);
	ck_assert_uint_eq(seen, 2);
	ck_assert_int_eq(fixture_put(s, "b", "bad"), 0);
	ck_assert_int_eq(store_check(s, refuse_bad_values, &seen, NULL, NULL, &err), GHL_ECORRUPT);
	ck_assert_str_eq(err.text, "config: bad value");
	store_close(s);
}
END_TEST

static int find_erased(void *arg, const struct store_fact *f)
{
	char *stone = arg;

	if (f->seq != 4)
		return 0;
	ck_assert(f->erased);
	ck_assert_ptr_null(f->payload);
	(void)snprintf(stone, 256, "%s", f->tombstone);
	return 1;
}

START_TEST(erasing_leaves_a_tombstone_and_the_chain_whole)
{
	struct store *s = fixture_open(NULL);
	struct ghl_error err;
	struct store_read *r;
	char stone[256] = "";

	add_facts(s, 6);
	ck_assert_int_eq(store_fact_erase(s, 4, "record.erase", "retention 90 days", 1764000000000000), 0);
	ck_assert_int_eq(store_fact_erase(s, 4, "other", "second time", 1), 0);
	ck_assert_int_eq(store_fact_erase(s, 7, "record.erase", "rule", 1), GHL_ENOENT);
	ck_assert_int_eq(store_fact_erase(s, 0, "record.erase", "rule", 1), GHL_ENOENT);
	ck_assert_int_eq(store_fact_erase(s, 3, "", "rule", 1), GHL_EINVAL);
	s = fixture_reopen(s, NULL);
	ck_assert_int_eq(check(s, &err), 0);
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_facts(r, 1, find_erased, stone), 0);
	store_read_end(r);
	ck_assert_str_eq(stone, "right=record.erase rule=retention 90 days at=2025-11-24T16:00:00.000000Z");
	fixture_expect_fact(s, 5, "payload of fact 5");
	add_facts(s, 1);
	ck_assert_int_eq(check(s, &err), 0);
	store_close(s);
}
END_TEST

/* --- backup under load --- */

struct load {
	struct store *store;
	atomic_bool stop;
	atomic_uint committed;
};

/* Each commit moves a value and tells it as a fact: at every instant the number of facts is the value. */
static void *load_thread(void *arg)
{
	struct load *l = arg;
	uint8_t value[8];

	for (uint64_t n = 1; !atomic_load(&l->stop); n++) {
		struct store_batch *b = store_batch_new();

		store_batch_put(b, STORE_CONFIG, "n", 1, value, store_key_u64(value, n));
		store_batch_put(b, STORE_CALL, value, 8, "call", 4);
		store_batch_fact(b, 1, (int64_t)n, 0, NULL, value, 8);
		ck_assert_int_eq(store_commit(l->store, b, NULL), 0);
		atomic_store(&l->committed, (unsigned)n);
	}
	return NULL;
}

static void expect_one_instant(struct store *s)
{
	struct store_stat st;
	struct ghl_error err;
	struct store_read *r;
	const void *v;
	size_t n;

	ck_assert_msg(check(s, &err) == 0, "%s", err.text);
	ck_assert_int_eq(store_stat(s, &st), 0);
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_get(r, STORE_CONFIG, "n", 1, &v, &n, NULL), 0);
	ck_assert_uint_eq(store_key_read_u64(v), st.facts);
	ck_assert_uint_eq(st.entries[STORE_CALL], st.facts);
	store_read_end(r);
}

static void on_progress(void *arg, uint64_t done, uint64_t total)
{
	uint64_t *last = arg;

	ck_assert_uint_ge(done, *last);
	ck_assert_uint_le(done, total);
	*last = done;
}

START_TEST(a_backup_under_load_is_one_instant_and_can_be_restored)
{
	struct load l = {
		.store = fixture_open(&(struct store_opts){.no_sync = true, .map_start_bytes = 1 << 20})};
	struct ghl_error err = {0};
	struct store *copy;
	uint64_t last = 0;
	char name[16];
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, load_thread, &l), 0);
	for (unsigned i = 0; i < 5; i++) {
		while (atomic_load(&l.committed) < (i + 1) * 300)
			(void)sched_yield();
		(void)snprintf(name, sizeof(name), "backup%u", i);
		last = 0;
		ck_assert_msg(store_backup(l.store, fixture_path(name), on_progress, &last, &err) == 0, "%s",
			err.text);
		ck_assert_uint_gt(last, 600);
	}
	atomic_store(&l.stop, true);
	ck_assert_int_eq(pthread_join(t, NULL), 0);
	store_close(l.store);

	ck_assert_int_eq(store_restore(fixture_path("backup3"), fixture_path("store"), &err), GHL_EEXIST);
	testing_remove_tree(fixture_path("store"));
	ck_assert_msg(
		store_restore(fixture_path("backup3"), fixture_path("store"), &err) == 0, "%s", err.text);
	copy = fixture_open_again(NULL);
	expect_one_instant(copy);
	ck_assert_int_eq(fixture_fact(copy, 1, "goes on"), 0);
	ck_assert_int_eq(check(copy, &err), 0);
	store_close(copy);
}
END_TEST

START_TEST(a_backup_of_a_quiet_store_equals_it)
{
	struct store *s = fixture_open(NULL), *copy;
	struct store_opts opts = {.read_only = true};
	struct store_stat a, b;
	struct ghl_error err;

	add_facts(s, 30);
	ck_assert_int_eq(store_fact_erase(s, 9, "right", "rule", 1), 0);
	ck_assert_int_eq(fixture_put(s, "k", "v"), 0);
	ck_assert_uint_ne(store_id_next(s, GHL_ID_CALL), 0);
	ck_assert_int_eq(store_backup(s, fixture_path("copy"), NULL, NULL, &err), 0);
	ck_assert_int_eq(store_backup(s, fixture_path("copy"), NULL, NULL, &err), GHL_EEXIST);
	ck_assert_int_eq(store_stat(s, &a), 0);
	ck_assert_int_eq(store_open(&copy, fixture_path("copy"), &opts, &err), 0);
	ck_assert_int_eq(store_stat(copy, &b), 0);
	ck_assert_mem_eq(a.entries, b.entries, sizeof(a.entries));
	ck_assert_uint_eq(a.facts, b.facts);
	ck_assert_uint_le(b.used_bytes, a.used_bytes);
	ck_assert_int_eq(check(copy, &err), 0);
	ck_assert_int_eq(fixture_put(copy, "k", "w"), GHL_EPERM);
	store_close(copy);
	store_close(s);
}
END_TEST

START_TEST(a_damaged_backup_is_not_restored)
{
	struct store *s = fixture_open(NULL);
	struct ghl_error err;
	struct stat st;

	add_facts(s, 5);
	store_close(s);
	tamper("payload", 3, HARM_FLIP, 20);
	ck_assert_int_eq(store_restore(fixture_path("store"), fixture_path("new"), &err), GHL_ECORRUPT);
	ck_assert_int_ne(stat(fixture_path("new/data.mdb"), &st), 0);
	ck_assert_int_eq(store_restore(fixture_path("nowhere"), fixture_path("new"), &err), GHL_ENOENT);
}
END_TEST

/* --- growth --- */

static int count_item(void *arg, const struct store_item *i)
{
	(*(unsigned *)arg)++;
	ck_assert_uint_eq(i->vlen, 4000);
	return 0;
}

static unsigned count_calls(struct store *s)
{
	struct store_read *r;
	unsigned n = 0;

	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_range(r, STORE_CALL, NULL, 0, NULL, 0, false, count_item, &n), 0);
	store_read_end(r);
	return n;
}

/* Reads the whole table again and again; what it sees never shrinks. */
static void *read_thread(void *arg)
{
	struct load *l = arg;
	unsigned last = 0, n;

	while (!atomic_load(&l->stop)) {
		n = count_calls(l->store);
		ck_assert_uint_ge(n, last);
		last = n;
	}
	return NULL;
}

START_TEST(the_map_grows_by_itself_while_others_read)
{
	struct load l = {
		.store = fixture_open(&(struct store_opts){.map_start_bytes = 1 << 20, .no_sync = true})};
	static const char value[4000];
	struct store_stat before, after;
	pthread_t readers[2];
	uint8_t key[8];

	ck_assert_int_eq(store_stat(l.store, &before), 0);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&readers[i], NULL, read_thread, &l), 0);
	for (unsigned i = 0; i < 40; i++) {
		struct store_batch *b = store_batch_new();

		for (unsigned k = 0; k < 100; k++)
			store_batch_put(
				b, STORE_CALL, key, store_key_u64(key, i * 100 + k), value, sizeof(value));
		ck_assert_int_eq(store_commit(l.store, b, NULL), 0);
	}
	atomic_store(&l.stop, true);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(readers[i], NULL), 0);
	ck_assert_int_eq(store_stat(l.store, &after), 0);
	ck_assert_uint_eq(before.map_bytes, 1 << 20);
	ck_assert_uint_ge(after.map_bytes, 16 << 20);
	ck_assert_uint_gt(after.map_bytes, after.used_bytes);
	ck_assert_uint_eq(count_calls(l.store), 4000);
	store_close(l.store);
}
END_TEST

/* --- free space --- */

struct alarm {
	unsigned calls;
	bool low;
};

static void on_space(void *arg, uint64_t free_bytes, bool low)
{
	struct alarm *a = arg;

	ck_assert_uint_gt(free_bytes, 0);
	a->calls++;
	a->low = low;
}

START_TEST(below_the_reserve_what_is_vital_is_kept)
{
	static const struct store_opts full = {.reserve_bytes = UINT64_MAX};
	struct store *s = fixture_open(&full);
	struct store_batch *b = store_batch_new();
	char *text;

	store_batch_put(b, STORE_CONFIG, "k", 1, "kept", 4);
	store_batch_vital(b);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	text = fixture_get(s, "k");
	ck_assert_str_eq(text, "kept");
	free(text);
	store_close(s);
}
END_TEST

START_TEST(below_the_reserve_commits_are_refused_and_nothing_is_lost)
{
	struct store *s = fixture_open(NULL);
	struct ghl_error err;
	struct store_opts full = {.reserve_bytes = UINT64_MAX};
	char *text;

	ck_assert_int_eq(fixture_put(s, "k", "before"), 0);
	log_level_set(LOG_LEVEL_ERROR);
	s = fixture_reopen(s, &full);
	ck_assert_int_eq(fixture_put(s, "k", "after"), GHL_ESPACE);
	ck_assert_int_eq(fixture_fact(s, 1, "p"), GHL_ESPACE);
	ck_assert_uint_ne(store_id_next(s, GHL_ID_CALL), 0); /* what is under way may be finished */
	s = fixture_reopen(s, NULL);
	text = fixture_get(s, "k");
	ck_assert_str_eq(text, "before");
	free(text);
	ck_assert_uint_eq(store_head(s), 0);
	ck_assert_int_eq(fixture_put(s, "k", "again"), 0);
	ck_assert_int_eq(check(s, &err), 0);
	store_close(s);
}
END_TEST

/* Until the system refuses a write; how many facts were told durable. */
static unsigned commit_until_refused(struct store *s)
{
	static const char big[STORE_VALUE_MAX];
	unsigned told = 0;
	int rc = 0;

	while (rc == 0 && told < 10000) {
		struct store_batch *b = store_batch_new();

		store_batch_fact(b, 1, 1, 0, NULL, big, sizeof(big));
		rc = store_commit(s, b, NULL);
		told += rc == 0;
	}
	ck_assert_msg(rc == GHL_ESPACE || rc == GHL_EIO, "%d", rc);
	return told;
}

START_TEST(a_write_that_the_system_refuses_loses_nothing)
{
	struct rlimit limit, tight;
	struct store *s = fixture_open(NULL);
	struct ghl_error err;
	unsigned told;

	log_level_set(LOG_LEVEL_ERROR);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	tight = limit;
	tight.rlim_cur = 1 << 20;
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
	told = commit_until_refused(s);
	ck_assert_uint_gt(told, 0);
	ck_assert_uint_eq(store_head(s), told);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(fixture_fact(s, 1, "room again"), 0);
	s = fixture_reopen(s, NULL);
	ck_assert_msg(check(s, &err) == 0, "%s", err.text);
	fixture_expect_fact(s, told + 1, "room again");
	store_close(s);
}
END_TEST

static void ignore_head(void *arg)
{
	(void)arg;
}

START_TEST(the_alarm_is_raised_before_the_disk_is_full)
{
	struct alarm a = {0};
	struct ghl_clock clock;
	struct store_opts opts = {
		.alarm_bytes = 1ull << 62, .on_space = on_space, .arg = &a, .clock = &clock};
	struct store *s;

	clock_init_real(&clock);
	log_level_set(LOG_LEVEL_ERROR);
	ck_assert_int_eq(loop_create(&opts.loop, &clock), 0);
	s = fixture_open(&opts);
	store_watch(s, ignore_head, NULL);
	for (unsigned i = 0; i < 100 && !a.calls; i++)
		loop_step(opts.loop, 100);
	ck_assert_uint_eq(a.calls, 1);
	ck_assert(a.low);
	ck_assert_int_eq(fixture_put(s, "k", "v"), 0);
	store_close(s);
	loop_destroy(opts.loop);
}
END_TEST

/* --- opening --- */

static void set_schema(uint8_t schema)
{
	uint8_t bytes[4] = {0, 0, 0, schema};
	MDB_val k = {.mv_size = 6, .mv_data = "schema"}, v = {.mv_size = 4, .mv_data = bytes};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_set_maxdbs(env, 64), 0);
	ck_assert_int_eq(mdb_env_open(env, fixture_path("store"), 0, 0600), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, "state", 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &k, &v, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

START_TEST(a_store_of_a_newer_schema_is_refused)
{
	struct ghl_error err;
	struct store_opts opts = {0};
	struct store *s = fixture_open(NULL);

	store_close(s);
	ck_assert_int_eq(store_upgrade(fixture_path("store"), &err), 0);
	ck_assert_int_eq(store_upgrade(fixture_path("nowhere"), &err), GHL_ENOENT);
	set_schema(7);
	ck_assert_int_eq(store_open(&s, fixture_path("store"), &opts, &err), GHL_EVERSION);
	ck_assert_ptr_nonnull(strstr(err.text, "schema 7"));
	ck_assert_ptr_nonnull(strstr(err.text, "use a newer program"));
	ck_assert_int_eq(store_upgrade(fixture_path("store"), &err), GHL_EVERSION);
	ck_assert_ptr_nonnull(strstr(err.text, "use a newer program"));
}
END_TEST

START_TEST(a_store_older_than_any_release_is_refused_and_its_upgrade_says_why)
{
	struct ghl_error err;
	struct store_opts opts = {0};
	struct store *s = fixture_open(NULL);

	store_close(s);
	set_schema(0);
	ck_assert_int_eq(store_open(&s, fixture_path("store"), &opts, &err), GHL_EVERSION);
	ck_assert_ptr_nonnull(strstr(err.text, "govhotline db upgrade"));
	ck_assert_int_eq(store_upgrade(fixture_path("store"), &err), GHL_EVERSION);
	ck_assert_ptr_nonnull(strstr(err.text, "schema 0, and this program upgrades from none before 1"));
}
END_TEST

START_TEST(what_is_no_store_is_refused)
{
	struct store_opts ro = {.read_only = true}, rw = {0};
	struct ghl_error err = {0};
	struct store *s = fixture_open(NULL);
	FILE *f;

	store_close(s);
	ck_assert_int_eq(store_open(&s, fixture_path("nowhere"), &ro, &err), GHL_ENOENT);
	ck_assert_int_eq(mkdir(fixture_path("junk"), 0700), 0);
	f = fopen(fixture_path("junk/data.mdb"), "w");
	ck_assert_ptr_nonnull(f);
	for (unsigned i = 0; i < 10000; i++)
		(void)fputc((int)(testing_random() & 0xff), f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(store_open(&s, fixture_path("junk"), &rw, &err), GHL_ECORRUPT);
	ck_assert_str_ne(err.text, "");
	f = fopen(fixture_path("file"), "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_lt(store_open(&s, fixture_path("file"), &rw, &err), 0);
}
END_TEST

TEST_SUITE(store_care, 120, a_changed_payload_is_found_and_named,
	any_changed_byte_of_a_record_is_found_and_named, a_removed_fact_is_found_and_named,
	owners_check_every_item_and_name_what_they_find, erasing_leaves_a_tombstone_and_the_chain_whole,
	a_backup_under_load_is_one_instant_and_can_be_restored, a_backup_of_a_quiet_store_equals_it,
	a_damaged_backup_is_not_restored, the_map_grows_by_itself_while_others_read,
	below_the_reserve_commits_are_refused_and_nothing_is_lost, below_the_reserve_what_is_vital_is_kept,
	a_write_that_the_system_refuses_loses_nothing, the_alarm_is_raised_before_the_disk_is_full,
	a_store_of_a_newer_schema_is_refused,
	a_store_older_than_any_release_is_refused_and_its_upgrade_says_why, what_is_no_store_is_refused)
