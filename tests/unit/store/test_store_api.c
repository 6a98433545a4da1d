/* test_store_api.c - the public functions on a store's folder. */
#include "store_testing.h"

#include <govhotline/store.h>

#include <string.h>
#include <sys/stat.h>

START_TEST(the_figures_of_a_store_are_read_from_its_folder_or_the_one_above)
{
	struct ghl_db_info info = {.size = sizeof(info)};
	struct store *s = fixture_open(NULL);
	struct ghl_error err;

	ck_assert_int_eq(fixture_put(s, "k", "v"), 0);
	ck_assert_int_eq(fixture_fact(s, 1, "p"), 0);
	ck_assert_int_eq(ghl_db_stat(fixture_path("store"), &info, &err), GHL_EBUSY);
	store_close(s);
	ck_assert_int_eq(ghl_db_stat(fixture_path("store"), &info, &err), 0);
	ck_assert_uint_eq(info.facts, 1);
	ck_assert_uint_eq(info.entries, 1);
	ck_assert_uint_eq(info.schema, 1);
	ck_assert_uint_gt(info.map_bytes, info.used_bytes - 1);
	memset(&info, 0, sizeof(info));
	ck_assert_int_eq(ghl_db_stat(fixture_folder(), &info, &err), GHL_EINVAL);
	info.size = sizeof(info);
	ck_assert_int_eq(ghl_db_stat(fixture_folder(), &info, &err), 0);
	ck_assert_uint_eq(info.facts, 1);
	ck_assert_int_eq(ghl_db_stat(NULL, &info, &err), GHL_EINVAL);
	ck_assert_int_eq(ghl_db_stat(fixture_path("nowhere"), &info, NULL), GHL_ENOENT);
}
END_TEST

START_TEST(a_store_is_backed_up_restored_checked_and_upgraded)
{
	struct ghl_db_info info = {.size = sizeof(info)};
	struct store *s = fixture_open(NULL);
	struct ghl_error err = {0};
	struct stat st;

	ck_assert_int_eq(fixture_fact(s, 1, "p"), 0);
	store_close(s);
	ck_assert_msg(ghl_db_backup(fixture_folder(), fixture_path("backup"), &err) == 0, "%s", err.text);
	ck_assert_int_eq(ghl_db_backup(fixture_folder(), fixture_path("backup"), &err), GHL_EEXIST);
	ck_assert_int_eq(ghl_db_backup(fixture_folder(), NULL, &err), GHL_EINVAL);
	ck_assert_int_eq(ghl_db_restore(fixture_path("backup"), fixture_path("store"), &err), GHL_EEXIST);
	ck_assert_msg(ghl_db_restore(fixture_path("backup"), fixture_path("new"), &err) == 0, "%s", err.text);
	ck_assert_int_ne(stat(fixture_path("new/part"), &st), 0);
	ck_assert_int_eq(ghl_db_check(fixture_path("new"), &err), 0);
	ck_assert_int_eq(ghl_db_upgrade(fixture_path("new"), &err), 0);
	ck_assert_int_eq(ghl_db_stat(fixture_path("new"), &info, &err), 0);
	ck_assert_uint_eq(info.facts, 1);
	ck_assert_int_eq(ghl_db_check(fixture_path("nowhere"), &err), GHL_ENOENT);
	ck_assert_int_eq(ghl_db_upgrade(fixture_path("nowhere"), &err), GHL_ENOENT);
	ck_assert_int_eq(ghl_db_restore(fixture_path("nowhere"), fixture_path("other"), &err), GHL_ENOENT);
}
END_TEST

TEST_SUITE(store_api, 30, the_figures_of_a_store_are_read_from_its_folder_or_the_one_above,
	a_store_is_backed_up_restored_checked_and_upgraded)
