/*
 * import_row.c - the columns of `call import`, what each must look like, and how they must fit together: a
 * call starts, is offered, answered and ended in this order, and its durations fit between.
 */
#include "import_row.h"

#include "base/error.h"
#include "base/text.h"
#include "report/report.h"

#include <govhotline/call.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_TEXT, KIND_NUMBER, KIND_TIME, KIND_SECONDS, KIND_DIRECTION, KIND_DISPOSITION };

struct column {
	const char *name;
	enum kind kind;
	size_t at;
};
#define AT(member) offsetof(Ghl__CallRecord, member)
static const struct column columns[] = {{"id", KIND_TEXT, AT(foreign_id)},
	{"started_at", KIND_TIME, AT(started_at_us)}, {"direction", KIND_DIRECTION, AT(direction)},
	{"calling", KIND_NUMBER, AT(calling)}, {"called", KIND_NUMBER, AT(called)},
	{"trunk", KIND_TEXT, AT(trunk)}, {"queue", KIND_TEXT, AT(queue)}, {"agent", KIND_TEXT, AT(agent)},
	{"group", KIND_TEXT, AT(group)}, {"seat", KIND_TEXT, AT(seat)},
	{"offered_at", KIND_TIME, AT(offered_at_us)}, {"answered_at", KIND_TIME, AT(answered_at_us)},
	{"ended_at", KIND_TIME, AT(ended_at_us)}, {"wait_s", KIND_SECONDS, AT(wait_ms)},
	{"ring_s", KIND_SECONDS, AT(ring_ms)}, {"talk_s", KIND_SECONDS, AT(talk_ms)},
	{"hold_s", KIND_SECONDS, AT(hold_ms)}, {"acw_s", KIND_SECONDS, AT(acw_ms)},
	{"threshold_s", KIND_SECONDS, AT(threshold_ms)}, {"disposition", KIND_DISPOSITION, AT(disposition)}};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

void import_wrong(struct import_reader *r, unsigned line, unsigned column, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	r->mistakes++;
	if (r->told >= r->room)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)error_at(&r->errs[r->told++], GHL_EPARSE, r->file, line, column, "%s", text);
}

static int column_by_name(const char *name)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void unknown_column(struct import_reader *r, unsigned line, unsigned field, const char *name)
{
	const char *names[COLUMNS], *near;

	for (size_t i = 0; i < COLUMNS; i++)
		names[i] = columns[i].name;
	near = text_nearest(name, names, COLUMNS);
	if (near)
		import_wrong(r, line, field, "there is no column \"%.64s\"; \"%s\"?", name, near);
	else
		import_wrong(r, line, field, "there is no column \"%.64s\"", name);
}

bool import_header(struct import_reader *r, const struct csv *csv)
{
	bool seen[COLUMNS] = {false};
	uint32_t before = r->mistakes;

	r->column_count = csv->count;
	for (unsigned f = 0; f < csv->count; f++) {
		int c = column_by_name(csv->fields[f]);

		if (c < 0)
			unknown_column(r, csv->line, f + 1, csv->fields[f]);
		else if (seen[c])
			import_wrong(r, csv->line, f + 1, "column \"%s\" stands here a second time",
				csv->fields[f]);
		else
			seen[c] = true;
		r->columns[f] = c;
	}
	for (unsigned c = 0; c < 2; c++)
		if (!seen[c])
			import_wrong(r, csv->line, 0, "column \"%s\" is missing", columns[c].name);
	return r->mistakes == before;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days(int64_t y, unsigned m, unsigned d)
{
	int64_t era;

	y -= m <= 2;
	era = y / 400;
	return era * 146097 + (int64_t)((153 * (m + (m > 2 ? -3U : 9U)) + 2) / 5 + d - 1) +
	       (y - era * 400) * 365 + (y - era * 400) / 4 - (y - era * 400) / 100 - 719468;
}

/* "08:00" */
static bool read_offset(const char *s, unsigned *h, unsigned *m)
{
	return text_take_number(&s, 2, h) && *s++ == ':' && text_take_number(&s, 2, m) && !*s && *h <= 14 &&
	       *m <= 59;
}

/* "Z", "+08:00" at the end of a time: its offset; `len` is where it begins. */
static bool zone_suffix(const char *s, size_t *len, int *offset_s)
{
	size_t n = strlen(s);
	unsigned h, m;

	*len = n;
	if (n > 1 && s[n - 1] == 'Z') {
		*len = n - 1;
		*offset_s = 0;
		return true;
	}
	if (n < 17 || (s[n - 6] != '+' && s[n - 6] != '-') || !read_offset(s + n - 5, &h, &m))
		return false;
	*len = n - 6;
	*offset_s = (int)(h * 3600 + m * 60) * (s[n - 6] == '-' ? -1 : 1);
	return true;
}

/* "2026-11-23T09:15:00" in no zone. */
static bool plain_time(const char *s, int64_t *out)
{
	static const unsigned lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned v[6];

	if (text_date(s, v) != 6)
		return false;
	if (v[0] < 1970 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > lengths[v[1] - 1])
		return false;
	if (v[3] > 23 || v[4] > 59 || v[5] > 59)
		return false;
	if (v[1] == 2 && v[2] == 29 && (v[0] % 4 || (v[0] % 100 == 0 && v[0] % 400)))
		return false;
	*out = (days(v[0], v[1], v[2]) * 86400 + v[3] * 3600 + v[4] * 60 + v[5]) * 1000000;
	return true;
}

/* ".25" of a second, at the end of a time; cut off. */
static bool take_fraction(char *s, int64_t *us)
{
	char *dot = strchr(s, '.');
	int64_t worth = 100000;

	*us = 0;
	if (!dot)
		return true;
	for (const char *p = dot + 1; *p; p++, worth /= 10) {
		if (!isdigit((unsigned char)*p) || worth == 0)
			return false;
		*us += (*p - '0') * worth;
	}
	*dot = 0;
	return true;
}

static bool to_time(const struct import_reader *r, const char *field, int64_t *out)
{
	char text[48];
	int64_t fraction;
	int offset_s = 0;
	size_t len;
	bool zoned = zone_suffix(field, &len, &offset_s);

	if (len >= sizeof(text))
		return false;
	memcpy(text, field, len);
	text[len] = 0;
	if (!take_fraction(text, &fraction) || !plain_time(text, out))
		return false;
	if (!zoned) {
		text[10] = 'T';
		if (r->zone(r->zone_arg, text, out) < 0)
			return false;
	}
	*out += fraction - (int64_t)offset_s * 1000000;
	return true;
}

static bool to_ms(const char *s, uint32_t *out)
{
	unsigned long long whole, ms = 0;
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 7)
		return false;
	whole = strtoull(s, NULL, 10);
	if (s[n] == '.') {
		unsigned worth = 100;

		for (s += n + 1, n = 0; isdigit((unsigned char)s[n]) && worth; n++, worth /= 10)
			ms += (unsigned)(s[n] - '0') * worth;
		if (n == 0)
			return false;
	}
	*out = (uint32_t)(whole * 1000 + ms);
	return s[n] == 0 && whole <= 1000000;
}

static bool to_word(const char *s, int last, const char *(*name)(int), uint32_t *out)
{
	for (int i = 1; i <= last; i++)
		if (strcmp(name(i), s) == 0) {
			*out = (uint32_t)i;
			return true;
		}
	return false;
}

static const char *direction_name(int n)
{
	return ghl_call_direction_name((enum ghl_call_direction)n);
}

static const char *disposition_name(int n)
{
	return ghl_call_disposition_name((enum ghl_call_disposition)n);
}

static bool is_text(const char *s)
{
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return strlen(s) < 64 && text_is_utf8(s, strlen(s));
}

/* The complaint, or NULL. */
static const char *field_read(
	struct import_reader *r, const struct column *c, char *field, Ghl__CallRecord *out)
{
	void *to = (char *)out + c->at;

	switch (c->kind) {
	case KIND_TEXT:
	case KIND_NUMBER:
		*(char **)to = field;
		if (c->kind == KIND_NUMBER && field[strspn(field, "+0123456789*#")])
			return "is not a number";
		return is_text(field) ? NULL
				      : "is longer than 63 bytes, no UTF-8, or holds a control character";
	case KIND_TIME:
		return to_time(r, field, to) ? NULL : "is not a time (2026-11-23T09:15:00)";
	case KIND_SECONDS:
		r->has_wait |= c->at == AT(wait_ms);
		r->has_talk |= c->at == AT(talk_ms);
		return to_ms(field, to) ? NULL : "is not a number of seconds";
	case KIND_DIRECTION:
		return to_word(field, GHL_CALL_INTERNAL, direction_name, to)
			       ? NULL
			       : "is not inbound, outbound or internal";
	case KIND_DISPOSITION:
		r->has_disposition = true;
		return to_word(field, GHL_CALL_INTERRUPTED, disposition_name, to)
			       ? NULL
			       : "is not a disposition (answered, abandoned, ..)";
	}
	return NULL;
}

static uint32_t between_ms(int64_t from_us, int64_t to_us)
{
	return (uint32_t)((to_us - from_us + 500) / 1000);
}

/* What the row leaves out. */
static void complete(const struct import_reader *r, Ghl__CallRecord *c)
{
	int64_t left_us = c->answered_at_us ? c->answered_at_us : c->ended_at_us;

	if (!r->has_disposition)
		c->disposition = c->answered_at_us ? GHL_CALL_ANSWERED
				 : c->queue[0]     ? GHL_CALL_ABANDONED
						   : GHL_CALL_DIALOGUE;
	if (c->queue[0] && !c->offered_at_us)
		c->offered_at_us = c->started_at_us;
	if (!r->has_wait && c->offered_at_us)
		c->wait_ms = between_ms(c->offered_at_us, left_us);
	if (!r->has_talk && c->answered_at_us) {
		c->talk_ms = between_ms(c->answered_at_us, c->ended_at_us);
		c->talk_ms -= c->hold_ms < c->talk_ms ? c->hold_ms : c->talk_ms;
	}
	if (c->queue[0] && !c->threshold_ms)
		c->threshold_ms = 15000;
	c->cause = GHL_CAUSE_NORMAL_CLEARING;
}

static const char *row_wrong(const Ghl__CallRecord *c)
{
	if (!c->foreign_id[0])
		return "the id is empty";
	if (!c->started_at_us)
		return "started_at is empty";
	if (!c->ended_at_us)
		return "ended_at is empty: a call that has not ended is no history";
	if (c->ended_at_us < c->started_at_us)
		return "it ends before it starts";
	if (c->offered_at_us && (c->offered_at_us < c->started_at_us || c->offered_at_us > c->ended_at_us))
		return "offered_at is not between started_at and ended_at";
	if (c->answered_at_us &&
		(c->answered_at_us < (c->offered_at_us ? c->offered_at_us : c->started_at_us) ||
			c->answered_at_us > c->ended_at_us))
		return "answered_at is not between offered_at (or started_at) and ended_at";
	if (c->offered_at_us && !c->queue[0])
		return "it was offered, but to no queue";
	if (c->disposition == GHL_CALL_ANSWERED && !c->answered_at_us)
		return "it is answered, but answered_at is empty";
	if (c->talk_ms && !c->answered_at_us)
		return "it has talk time, but answered_at is empty";
	return NULL;
}

bool import_row(struct import_reader *r, const struct csv *csv, Ghl__CallRecord *out)
{
	uint32_t before = r->mistakes;
	const char *wrong;

	ghl__call_record__init(out);
	out->direction = GHL_CALL_INBOUND;
	r->has_wait = r->has_talk = r->has_disposition = false;
	if (csv->count != r->column_count) {
		import_wrong(
			r, csv->line, 0, "%u fields where the header has %u", csv->count, r->column_count);
		return false;
	}
	for (unsigned f = 0; f < csv->count; f++) {
		wrong = csv->fields[f][0] ? field_read(r, &columns[r->columns[f]], csv->fields[f], out)
					  : NULL;
		if (wrong)
			import_wrong(r, csv->line, f + 1, "%s \"%.64s\" %s", columns[r->columns[f]].name,
				csv->fields[f], wrong);
	}
	if (r->mistakes != before)
		return false;
	wrong = row_wrong(out);
	if (wrong)
		import_wrong(r, csv->line, 0, "call \"%.64s\": %s", out->foreign_id, wrong);
	else
		complete(r, out);
	return !wrong;
}
