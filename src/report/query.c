/* query.c - one pass over the range of a family; every bin is added to the sums it belongs to. Never an
 * average of averages. */
#include "query.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void query_init(
	struct query *q, const struct zone *zone, const struct ghl_report_opts *opts, enum ghl_report_by by)
{
	memset(q, 0, sizeof(*q));
	q->zone = zone;
	q->opts = opts;
	q->by = by;
	map_init(&q->index);
}

void query_finish(struct query *q)
{
	map_finish(&q->index);
	free(q->sums);
}

static int grow(struct query *q)
{
	size_t room = q->room ? q->room * 2 : 64;
	struct sum *sums;

	if (q->count < q->room)
		return 0;
	sums = realloc(q->sums, room * sizeof(*sums));
	if (!sums)
		return GHL_ENOMEM;
	q->sums = sums;
	q->room = room;
	return 0;
}

void query_place(const struct sum *s, char *out, size_t room)
{
	(void)snprintf(out, room, "%d/%" PRId64 "/%" PRId32 "/%d/%s", s->total, s->interval.start_s,
		s->interval.offset_s, s->correction, s->name);
}

/* the sum of that interval and name, made when it is new; NULL: no memory */
static struct sum *sum_of(
	struct query *q, const struct bin_interval *interval, bool total, const struct rollup_key *k)
{
	struct sum fresh = {.interval = *interval, .total = total, .correction = !total && k->correction};
	char place[160];
	uintptr_t at;

	memcpy(fresh.name, k->name, sizeof(fresh.name));
	query_place(&fresh, place, sizeof(place));
	at = (uintptr_t)map_get_text(&q->index, place);
	if (at)
		return &q->sums[at - 1];
	if (grow(q) < 0 || map_put_text(&q->index, place, (void *)(uintptr_t)(q->count + 1)) < 0)
		return NULL;
	q->sums[q->count] = fresh;
	return &q->sums[q->count++];
}

static void whole(const struct query *q, struct bin_interval *out)
{
	out->start_s = zone_floor_div(q->opts->from_us, 1000000);
	out->until_s = zone_floor_div(q->opts->until_us, 1000000);
	out->offset_s = zone_offset(q->zone, out->start_s, NULL, NULL);
}

static void merge(struct sum *s, enum rollup_family family, const int64_t *row)
{
	if (family == ROLLUP_TIME)
		figures_merge(s->time, row, TF_COUNT, 0);
	else
		figures_merge(s->calls, row, CF_COUNT, CF_MAX_MASK);
}

static int on_row(void *arg, const struct store_item *item)
{
	struct query *q = arg;
	struct bin_interval interval;
	struct rollup_key k;
	struct sum *s;
	int64_t row[CF_COUNT]; /* the longer of the two */
	bool one = q->opts->interval == GHL_REPORT_TOTAL;

	if (!rollup_key_read(item->key, item->klen, &k))
		return GHL_ECORRUPT;
	if (q->opts->name && !text_match(q->opts->name, k.name))
		return 0;
	rollup_value_read(item->value, item->vlen, row, sizeof(row) / sizeof(row[0]));
	if (one)
		whole(q, &interval);
	else
		bin_interval_of(q->zone, k.start_s, k.offset_s, q->opts->interval, &interval);
	s = sum_of(q, &interval, false, &k);
	if (!s)
		return GHL_ENOMEM;
	merge(s, k.family, row);
	if (!q->opts->total)
		return 0;
	whole(q, &interval);
	s = sum_of(q, &interval, true, &k);
	if (!s)
		return GHL_ENOMEM;
	merge(s, k.family, row);
	return 0;
}

static int64_t ceil_s(int64_t us)
{
	return -zone_floor_div(-us, 1000000);
}

int query_add(struct query *q, struct store_read *read, enum rollup_family family)
{
	uint8_t from[ROLLUP_KEY_MAX], to[ROLLUP_KEY_MAX];
	size_t from_len = rollup_key_from(family, q->by, ceil_s(q->opts->from_us), from);
	size_t to_len = rollup_key_from(family, q->by, ceil_s(q->opts->until_us), to);

	return store_range(read, STORE_ROLLUP, from, from_len, to, to_len, false, on_row, q);
}

static int order(const void *pa, const void *pb)
{
	const struct sum *a = pa, *b = pb;
	int by_name = strcmp(a->name, b->name);

	if (a->total != b->total)
		return a->total ? 1 : -1;
	if (a->interval.start_s != b->interval.start_s)
		return a->interval.start_s < b->interval.start_s ? -1 : 1;
	if (a->interval.offset_s != b->interval.offset_s)
		return a->interval.offset_s > b->interval.offset_s ? -1 : 1;
	if (by_name)
		return by_name;
	return (int)a->correction - (int)b->correction;
}

void query_sort(struct query *q)
{
	if (q->count > 1)
		qsort(q->sums, q->count, sizeof(*q->sums), order);
}

/* A number and the '/' behind it. */
static bool take_part(const char **place, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(*place, &end, 10);
	if (errno || end == *place || *end != '/')
		return false;
	*place = end + 1;
	return true;
}

int query_after(const struct query *q, const char *place, size_t *first)
{
	struct sum at = {0};
	int64_t total, start_s, offset_s, correction;

	if (!take_part(&place, &total) || !take_part(&place, &start_s) || !take_part(&place, &offset_s) ||
		!take_part(&place, &correction) || offset_s != (int32_t)offset_s)
		return error_invalid("cursor", "none that a report gave");
	at.total = total != 0;
	at.correction = correction != 0;
	at.interval.start_s = start_s;
	at.interval.offset_s = (int32_t)offset_s;
	(void)text_copy(at.name, sizeof(at.name), place);
	for (*first = 0; *first < q->count; (*first)++)
		if (order(&q->sums[*first], &at) > 0)
			break;
	return 0;
}
