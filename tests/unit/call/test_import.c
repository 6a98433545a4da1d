/* test_import.c - CSV by RFC 4180, and the rows of an older system's history. */
#include "call/import_row.h"
#include "testing.h"

#include <govhotline/call.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char room[8192];
static struct csv csv;

static void open_text(const char *text)
{
	(void)strcpy(room, text);
	csv_open(&csv, room, strlen(text));
}

static void expect(const char *const *fields, unsigned n, unsigned line)
{
	ck_assert_int_eq(csv_next(&csv), 1);
	ck_assert_uint_eq(csv.count, n);
	ck_assert_uint_eq(csv.line, line);
	for (unsigned i = 0; i < n; i++)
		ck_assert_str_eq(csv.fields[i], fields[i]);
}

START_TEST(csv_is_read_as_rfc_4180_has_it)
{
	static const char *const first[] = {"a", "", "c d"},
				 *const second[] = {"x,y", "say \"no\"", "two\nlines"},
				 *const third[] = {"", ""};

	open_text("\xef\xbb\xbf"
		  "a,,c d\r\n\"x,y\",\"say \"\"no\"\"\",\"two\nlines\"\n\n,\r\n");
	expect(first, 3, 1);
	expect(second, 3, 2);
	expect(third, 2, 5);
	ck_assert_int_eq(csv_next(&csv), 0);
}
END_TEST

START_TEST(a_broken_record_is_named_and_the_next_is_read)
{
	static const char *const good[] = {"b", "2"};

	open_text("\"a\"x,1\nb,2\n\"open\nfor,ever");
	ck_assert_int_eq(csv_next(&csv), -1);
	ck_assert_str_eq(csv.wrong, "after a quoted field must come a comma or the line's end");
	expect(good, 2, 2);
	ck_assert_int_eq(csv_next(&csv), -1);
	ck_assert_str_eq(csv.wrong, "a quoted field does not end");
	ck_assert_uint_eq(csv.line, 3);
	ck_assert_int_eq(csv_next(&csv), 0);
}
END_TEST

/* Random fields, written as RFC 4180 has it, come back. */
START_TEST(what_is_written_as_csv_reads_back)
{
	static const char letters[] = "ab,\"\n ";
	char fields[5][8], text[512];
	size_t at;

	for (int round = 0; round < 2000; round++) {
		unsigned n = 2 + testing_random() % 3;

		at = 0;
		for (unsigned f = 0; f < n; f++) {
			unsigned len = testing_random() % 7;

			text[at++] = '"';
			for (unsigned i = 0; i < len; i++) {
				fields[f][i] = letters[testing_random() % (sizeof(letters) - 1)];
				text[at++] = fields[f][i];
				if (fields[f][i] == '"')
					text[at++] = '"';
			}
			fields[f][len] = 0;
			text[at++] = '"';
			text[at++] = f + 1 < n ? ',' : '\n';
		}
		text[at] = 0;
		open_text(text);
		ck_assert_int_eq(csv_next(&csv), 1);
		ck_assert_uint_eq(csv.count, n);
		for (unsigned f = 0; f < n; f++)
			ck_assert_str_eq(csv.fields[f], fields[f]);
		ck_assert_int_eq(csv_next(&csv), 0);
	}
}
END_TEST

static struct ghl_error errs[8];
static struct import_reader reader;

/* The site is eight hours ahead of UTC. */
static int zone(void *arg, const char *text, int64_t *out)
{
	(void)arg;
	(void)text;
	*out -= 8 * 3600 * INT64_C(1000000);
	return 0;
}

/* The one row below a header. */
static bool row(const char *header, const char *fields, Ghl__CallRecord *out)
{
	char text[1024];

	memset(errs, 0, sizeof(errs));
	reader = (struct import_reader){.file = "h.csv", .zone = zone, .errs = errs, .room = 8};
	(void)snprintf(text, sizeof(text), "%s\n%s\n", header, fields);
	open_text(text);
	ck_assert_int_eq(csv_next(&csv), 1);
	ck_assert_msg(import_header(&reader, &csv), "%s", errs[0].text);
	ck_assert_int_eq(csv_next(&csv), 1);
	return import_row(&reader, &csv, out);
}

START_TEST(times_are_local_or_carry_their_zone)
{
	static const char *const same[] = {"2026-11-20T09:00:00.25", "2026-11-20 09:00:00.250",
		"2026-11-20T01:00:00.25Z", "2026-11-20T11:30:00.250+10:30", "2026-11-19T20:00:00.25-05:00"};
	Ghl__CallRecord r;
	char fields[128];

	for (unsigned i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		(void)snprintf(fields, sizeof(fields), "1,%s,2026-11-21T00:00:00Z", same[i]);
		ck_assert_msg(row("id,started_at,ended_at", fields, &r), "%s", errs[0].text);
		ck_assert_int_eq(r.started_at_us, INT64_C(1795136400250000));
	}
}
END_TEST

static const char *const wrong_times[] = {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-20",
	"2026-11-20T24:00:00Z", "2026-11-20T09:00:00.1234567Z", "2026-11-20T09:00:00+15:00",
	"2026-11-20T09:00:00 ", "1900-01-01T00:00:00Z", "now"};

START_TEST(what_is_no_time_is_named)
{
	Ghl__CallRecord r;
	char fields[128], says[160];

	(void)snprintf(fields, sizeof(fields), "1,%s,2026-11-21T00:00:00Z", wrong_times[_i]);
	ck_assert(!row("id,started_at,ended_at", fields, &r));
	(void)snprintf(says, sizeof(says), "h.csv:2:2: started_at \"%s\" is not a time (2026-11-23T09:15:00)",
		wrong_times[_i]);
	ck_assert_str_eq(errs[0].text, says);
}
END_TEST

START_TEST(what_is_absent_is_made_of_what_is_there)
{
	static const char header[] = "id,started_at,queue,offered_at,answered_at,ended_at,hold_s";
	Ghl__CallRecord r;

	ck_assert(row(header,
		"1,2026-11-20T09:00:00Z,water,2026-11-20T09:00:05Z,2026-11-20T09:00:15.5Z,2026-11-20T09:01:"
		"15.5Z,12.5",
		&r));
	ck_assert_uint_eq(r.disposition, GHL_CALL_ANSWERED);
	ck_assert_uint_eq(r.direction, GHL_CALL_INBOUND);
	ck_assert_uint_eq(r.wait_ms, 10500);
	ck_assert_uint_eq(r.talk_ms, 47500);
	ck_assert_uint_eq(r.threshold_ms, 15000);
	ck_assert(row(header, "1,2026-11-20T09:00:00Z,water,,,2026-11-20T09:00:09Z,", &r));
	ck_assert_uint_eq(r.disposition, GHL_CALL_ABANDONED);
	ck_assert_uint_eq(r.wait_ms, 9000);
	ck_assert(row(header, "1,2026-11-20T09:00:00Z,,,,2026-11-20T09:00:09Z,", &r));
	ck_assert_uint_eq(r.disposition, GHL_CALL_DIALOGUE);
	ck_assert_int_eq(r.offered_at_us, 0);
}
END_TEST

static const struct {
	const char *header, *fields, *says;
} wrong_rows[] = {
	{"id,started_at,ended_at", ",2026-11-20T09:00:00Z,2026-11-20T09:00:00Z",
		"h.csv:2: call \"\": the id is empty"},
	{"id,started_at,ended_at", "1,,2026-11-20T09:00:00Z", "h.csv:2: call \"1\": started_at is empty"},
	{"id,started_at", "1,2026-11-20T09:00:00Z",
		"h.csv:2: call \"1\": ended_at is empty: a call that has not ended is no history"},
	{"id,started_at,ended_at", "1,2026-11-20T09:00:00Z,2026-11-20T08:00:00Z",
		"h.csv:2: call \"1\": it ends before it starts"},
	{"id,started_at,ended_at,offered_at",
		"1,2026-11-20T09:00:00Z,2026-11-20T09:00:10Z,2026-11-20T09:00:05Z",
		"h.csv:2: call \"1\": it was offered, but to no queue"},
	{"id,started_at,ended_at,disposition", "1,2026-11-20T09:00:00Z,2026-11-20T09:00:10Z,answered",
		"h.csv:2: call \"1\": it is answered, but answered_at is empty"},
	{"id,started_at,ended_at,talk_s", "1,2026-11-20T09:00:00Z,2026-11-20T09:00:10Z,5",
		"h.csv:2: call \"1\": it has talk time, but answered_at is empty"},
	{"id,started_at,ended_at,direction", "1,2026-11-20T09:00:00Z,2026-11-20T09:00:10Z,in",
		"h.csv:2:4: direction \"in\" is not inbound, outbound or internal"},
	{"id,started_at,ended_at,calling", "1,2026-11-20T09:00:00Z,2026-11-20T09:00:10Z,Mei",
		"h.csv:2:4: calling \"Mei\" is not a number"},
	{"id,started_at,ended_at", "1,2026-11-20T09:00:00Z", "h.csv:2: 2 fields where the header has 3"},
};

START_TEST(a_row_that_does_not_hold_together_is_named)
{
	Ghl__CallRecord r;

	ck_assert(!row(wrong_rows[_i].header, wrong_rows[_i].fields, &r));
	ck_assert_uint_eq(reader.mistakes, 1);
	ck_assert_str_eq(errs[0].text, wrong_rows[_i].says);
}
END_TEST

START_TEST(mistakes_beyond_the_room_are_counted)
{
	reader = (struct import_reader){.file = "h.csv", .errs = errs, .room = 2};
	open_text("a,b,c,id\n");
	ck_assert_int_eq(csv_next(&csv), 1);
	ck_assert(!import_header(&reader, &csv));
	ck_assert_uint_eq(reader.mistakes, 4);
	ck_assert_uint_eq(reader.told, 2);
}
END_TEST

Suite *import_suite(void);
Suite *import_suite(void)
{
	Suite *s = suite_create("import");
	TCase *t = tcase_create("import");
	const TTest *cases[] = {csv_is_read_as_rfc_4180_has_it, a_broken_record_is_named_and_the_next_is_read,
		what_is_written_as_csv_reads_back, times_are_local_or_carry_their_zone,
		what_is_absent_is_made_of_what_is_there, mistakes_beyond_the_room_are_counted};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tcase_add_test(t, cases[i]);
	tcase_add_loop_test(t, what_is_no_time_is_named, 0, sizeof(wrong_times) / sizeof(wrong_times[0]));
	tcase_add_loop_test(
		t, a_row_that_does_not_hold_together_is_named, 0, sizeof(wrong_rows) / sizeof(wrong_rows[0]));
	tcase_set_timeout(t, 20 * testing_slowness());
	suite_add_tcase(s, t);
	return s;
}
