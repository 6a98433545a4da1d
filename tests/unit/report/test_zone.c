/* test_zone.c - the TZif reader and the bins, against known changes of the clock. */
#include <testing.h>

#include "base/zone.h"
#include "report/bins.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct zone *load(const char *name)
{
	struct zone *z = NULL;
	struct ghl_error err;

	ck_assert_msg(zone_load(&z, NULL, name, &err) == 0, "%s", err.text);
	return z;
}

static int64_t utc_s(int y, int mo, int d, int h, int mi)
{
	return zone_days(y, mo, d) * 86400 + h * 3600 + mi * 60;
}

START_TEST(dates_agree_with_the_c_library)
{
	for (int i = 0; i < 20000; i++) {
		int64_t days = (int64_t)(testing_random() % 80000) - 20000;
		time_t t = (time_t)(days * 86400);
		struct tm tm;
		struct zone_date d;

		ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
		zone_date_of_days(days, &d);
		ck_assert_int_eq(d.year, tm.tm_year + 1900);
		ck_assert_int_eq(d.month, tm.tm_mon + 1);
		ck_assert_int_eq(d.day, tm.tm_mday);
		ck_assert_int_eq(d.weekday, tm.tm_wday);
		ck_assert_int_eq(zone_days(d.year, d.month, d.day), days);
	}
}
END_TEST

START_TEST(shanghai_is_eight_hours_ahead_and_had_summer_time_until_1991)
{
	struct zone *z = load("Asia/Shanghai");

	ck_assert_int_eq(zone_offset(z, utc_s(2026, 11, 23, 0, 0), NULL, NULL), 28800);
	ck_assert_int_eq(zone_offset(z, utc_s(2099, 7, 1, 0, 0), NULL, NULL), 28800);
	ck_assert_int_eq(zone_offset(z, utc_s(1990, 7, 1, 0, 0), NULL, NULL), 32400);
	ck_assert_int_eq(zone_instant(z, utc_s(2026, 1, 1, 0, 0)), utc_s(2025, 12, 31, 16, 0));
	zone_free(z);
}
END_TEST

START_TEST(offsets_agree_with_the_c_library_now_and_far_beyond_the_table)
{
	static const char *const names[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
		"Asia/Kathmandu", "Africa/Casablanca", "America/Nuuk"};

	for (unsigned n = 0; n < 6; n++) {
		struct zone *z = load(names[n]);

		ck_assert_int_eq(setenv("TZ", names[n], 1), 0);
		tzset();
		for (int i = 0; i < 4000; i++) {
			time_t t = (time_t)(testing_random() % (uint64_t)utc_s(2150, 1, 1, 0, 0));
			struct tm tm;

			ck_assert_ptr_nonnull(localtime_r(&t, &tm));
			ck_assert_msg(zone_offset(z, t, NULL, NULL) == tm.tm_gmtoff, "%s at %lld", names[n],
				(long long)t);
		}
		zone_free(z);
	}
}
END_TEST

START_TEST(a_skipped_hour_has_no_bins_and_a_repeated_one_has_eight)
{
	struct zone *z = load("Europe/Berlin");
	struct bin a, b;

	bin_at(z, utc_s(2026, 3, 29, 0, 59) * 1000000, &a);
	bin_at(z, a.until_us, &b);
	ck_assert_int_eq(a.offset_s, 3600);
	ck_assert_int_eq(b.offset_s, 7200);
	ck_assert_int_eq((b.start_s + b.offset_s) % 86400, 3 * 3600);
	ck_assert_int_eq(zone_instant(z, utc_s(2026, 3, 29, 2, 30)), utc_s(2026, 3, 29, 1, 0));
	bin_at(z, utc_s(2026, 10, 25, 0, 30) * 1000000, &a);
	bin_at(z, utc_s(2026, 10, 25, 1, 30) * 1000000, &b);
	ck_assert_int_eq(a.start_s + a.offset_s, b.start_s + b.offset_s);
	ck_assert_int_ne(a.offset_s, b.offset_s);
	ck_assert_int_eq(zone_instant(z, utc_s(2026, 10, 25, 2, 30)), utc_s(2026, 10, 25, 0, 30));
	zone_free(z);
}
END_TEST

START_TEST(bins_tile_time_without_gap_or_overlap)
{
	static const char *const names[] = {
		"Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"};

	for (unsigned n = 0; n < 4; n++) {
		struct zone *z = load(names[n]);
		int64_t at_us = utc_s(2025, 12, 31, 0, 0) * 1000000,
			end_us = utc_s(2027, 1, 2, 0, 0) * 1000000;
		struct bin bin;

		for (; at_us < end_us; at_us = bin.until_us) {
			bin_at(z, at_us, &bin);
			ck_assert_int_eq(bin.from_us, at_us);
			ck_assert_int_gt(bin.until_us, at_us);
			ck_assert_int_le(bin.until_us - at_us, 900000000LL);
		}
		zone_free(z);
	}
}
END_TEST

START_TEST(a_day_of_the_change_is_23_or_25_hours)
{
	struct zone *z = load("Europe/Berlin");
	struct bin_interval day;

	bin_interval_of(z, utc_s(2026, 3, 29, 12, 0), 7200, GHL_REPORT_DAY, &day);
	ck_assert_int_eq(day.until_s - day.start_s, 23 * 3600);
	bin_interval_of(z, utc_s(2026, 10, 25, 12, 0), 3600, GHL_REPORT_DAY, &day);
	ck_assert_int_eq(day.until_s - day.start_s, 25 * 3600);
	bin_interval_of(z, utc_s(2026, 10, 25, 12, 0), 3600, GHL_REPORT_WEEK, &day);
	ck_assert_int_eq(day.start_s, utc_s(2026, 10, 18, 22, 0));
	bin_interval_of(z, utc_s(2026, 12, 25, 12, 0), 3600, GHL_REPORT_MONTH, &day);
	ck_assert_int_eq(day.until_s - day.start_s, 31 * 86400);
	zone_free(z);
}
END_TEST

START_TEST(names_that_leave_the_folder_and_broken_files_are_refused)
{
	struct zone *z = NULL;
	struct ghl_error err;
	uint8_t noise[256];

	ck_assert_int_eq(zone_load(&z, NULL, "../../etc/passwd", &err), GHL_EINVAL);
	ck_assert_int_eq(zone_load(&z, NULL, "/etc/passwd", &err), GHL_EINVAL);
	ck_assert_int_eq(zone_load(&z, NULL, "Asia/Nowhere", &err), GHL_ENOENT);
	for (int i = 0; i < 20000; i++) {
		size_t len = testing_random() % sizeof(noise);

		for (size_t k = 0; k < len; k++)
			noise[k] = (uint8_t)(testing_random() % (k < 44 ? 4 : 256));
		if (len >= 5)
			memcpy(noise, "TZif2", 5);
		ck_assert_int_eq(zone_parse(&z, noise, len, NULL), GHL_EPARSE);
	}
}
END_TEST

TEST_SUITE(zone_suite, 30, dates_agree_with_the_c_library,
	shanghai_is_eight_hours_ahead_and_had_summer_time_until_1991,
	offsets_agree_with_the_c_library_now_and_far_beyond_the_table,
	a_skipped_hour_has_no_bins_and_a_repeated_one_has_eight, bins_tile_time_without_gap_or_overlap,
	a_day_of_the_change_is_23_or_25_hours, names_that_leave_the_folder_and_broken_files_are_refused)
