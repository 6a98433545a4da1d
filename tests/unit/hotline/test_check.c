/* test_check.c - `db check`: a store that is whole passes; whatever is taken out of it or put into it is
 * named. */
#include "report/rollup.h"
#include "store/store.h"
#include "testing.h"

#include <govhotline/govhotline.h>
#include <govhotline/import.h>

#include <stdio.h>
#include <string.h>

static char yaml[300], dir[300];
static const char *folder;

static void put_file(const char *name, const char *text, char *path, size_t room)
{
	FILE *f;

	(void)snprintf(path, room, "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

/* A store with three calls of history. */
static void make(void)
{
	static const char history[] =
		"id,started_at,calling,trunk,queue,agent,group,seat,answered_at,ended_at,acw_s\n"
		"1,2026-11-20T09:00:00Z,+861,t,water,1001,hall,1001,2026-11-20T09:00:09Z,2026-11-20T09:20:"
		"00Z,30\n"
		"2,2026-11-20T09:01:00Z,+862,t,tax,,,,,2026-11-20T09:01:30Z,\n"
		"3,2026-11-20T10:01:00Z,,t,,,,,,2026-11-20T10:01:30Z,\n";
	struct ghl_call_import_result result = GHL_CALL_IMPORT_RESULT_INIT;
	struct ghl_hotline *h = NULL;
	struct ghl_session *s = NULL;
	struct ghl_error err;
	char csv[300], *slash;

	folder = testing_folder();
	put_file("h.csv", history, csv, sizeof(csv));
	put_file("hotline.yaml", "site: {time_zone: UTC}\n", yaml, sizeof(yaml));
	ck_assert_msg(ghl_hotline_open(&h, yaml, GHL_OPEN_STORE, &err) == 0, "%s", err.text);
	ck_assert_int_eq(ghl_hotline_start(h, &err), 0);
	ck_assert_int_eq(ghl_session_open_local(h, &s), 0);
	ck_assert_int_eq(ghl_call_import(s, csv, NULL, &result, &err, 1), 0);
	ck_assert_uint_eq(result.imported, 3);
	ghl_session_close(s);
	ghl_hotline_close(h);
	(void)snprintf(dir, sizeof(dir), "%s", yaml);
	slash = strrchr(dir, '/');
	(void)strcpy(slash, "/store");
}

struct first {
	uint8_t key[STORE_KEY_MAX];
	size_t len;
};

static int take_first(void *arg, const struct store_item *item)
{
	struct first *f = arg;

	memcpy(f->key, item->key, item->klen);
	f->len = item->klen;
	return 1;
}

/* Opens the store behind the hotline's back. */
static struct store *open_store(void)
{
	static struct ghl_clock clock;
	struct store_opts opts = {.clock = &clock};
	struct ghl_error err;
	struct store *s = NULL;

	clock_init_real(&clock);
	ck_assert_msg(store_open(&s, dir, &opts, &err) == 0, "%s", err.text);
	return s;
}

static void first_key(struct store *s, enum store_table t, struct first *out)
{
	struct store_read *read;

	ck_assert_int_eq(store_read_begin(s, &read), 0);
	ck_assert_int_ge(store_range(read, t, "", 0, NULL, 0, false, take_first, out), 0);
	store_read_end(read);
	ck_assert_uint_gt(out->len, 0);
}

/* What stands first in a table is gone. */
static void take_out(enum store_table t)
{
	struct store *s = open_store();
	struct store_batch *b = store_batch_new();
	struct first f = {.len = 0};

	first_key(s, t, &f);
	store_batch_delete(b, t, f.key, f.len);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	store_close(s);
}

static void expect_corrupt(const char *says)
{
	struct ghl_error err = {0};

	ck_assert_int_eq(ghl_hotline_check(yaml, &err), GHL_ECORRUPT);
	ck_assert_str_eq(err.text, says);
}

START_TEST(a_store_that_is_whole_passes)
{
	struct ghl_error err = {0};

	make();
	ck_assert_msg(ghl_hotline_check(yaml, &err) == 0, "%s", err.text);
}
END_TEST

static const struct {
	enum store_table table;
	const char *says;
} taken[] = {
	{STORE_CALL_BY_ID, "name: import/import/1: there is no such call"},
	{STORE_CALL_BY_NUMBER,
		"call: call-1 of 2026-11-20T09:00:00.000000Z has no entry in call_by_number for +861"},
	{STORE_CALL, "call_by_id: call-1: there is no such call"},
	{STORE_ROLLUP, "rollup: arrivals by all \"\", 2026-11-20T09:00:00.000000Z: the row is missing"},
};

START_TEST(what_is_taken_out_is_named)
{
	make();
	take_out(taken[_i].table);
	expect_corrupt(taken[_i].says);
}
END_TEST

START_TEST(a_figure_that_was_changed_is_named)
{
	struct store *s;
	struct store_batch *b = store_batch_new();
	struct first f = {.len = 0};
	int64_t one[2] = {0, 1};

	make();
	s = open_store();
	first_key(s, STORE_ROLLUP, &f);
	store_batch_add(b, STORE_ROLLUP, f.key, f.len, one, 2, 0);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	store_close(s);
	expect_corrupt("rollup: arrivals by all \"\", 2026-11-20T09:00:00.000000Z: answered is 2, the "
		       "records give 1");
}
END_TEST

START_TEST(a_figure_without_a_record_is_named)
{
	struct rollup_key k = {
		.family = ROLLUP_CALLS, .by = GHL_REPORT_BY_QUEUE, .start_s = 1795136400, .name = "ghost"};
	struct store_batch *b = store_batch_new();
	uint8_t key[ROLLUP_KEY_MAX];
	int64_t one = 1;
	struct store *s;

	make();
	s = open_store();
	store_batch_add(b, STORE_ROLLUP, key, rollup_key_write(&k, key), &one, 1, 0);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	store_close(s);
	expect_corrupt(
		"rollup: calls by queue \"ghost\", 2026-11-20T01:00:00.000000Z: no record counts there");
}
END_TEST

Suite *check_suite(void);
Suite *check_suite(void)
{
	Suite *s = suite_create("check");
	TCase *t = tcase_create("check");

	tcase_add_test(t, a_store_that_is_whole_passes);
	tcase_add_loop_test(t, what_is_taken_out_is_named, 0, sizeof(taken) / sizeof(taken[0]));
	tcase_add_test(t, a_figure_that_was_changed_is_named);
	tcase_add_test(t, a_figure_without_a_record_is_named);
	tcase_set_timeout(t, 20 * testing_slowness());
	suite_add_tcase(s, t);
	return s;
}
