/* rows.c - the public queries of roll-ups: they read the store on the caller's thread and need no engine. */
#include "query.h"

#include "base/argument.h"
#include "base/error.h"
#include "stream/session.h"

#include <stdlib.h>

#define PAGE 1000

static void fill_span(const struct sum *s, struct ghl_report_span *out)
{
	int64_t local = s->interval.start_s + s->interval.offset_s, days = zone_floor_div(local, 86400);
	struct zone_date d;

	zone_date_of_days(days, &d);
	out->from_us = s->interval.start_s * 1000000;
	out->until_us = s->interval.until_s * 1000000;
	out->date = d.year * 10000 + d.month * 100 + d.day;
	out->minute = (int32_t)((local - days * 86400) / 60);
	out->utc_offset_s = s->interval.offset_s;
	out->total = s->total;
	out->correction = s->correction;
}

static int64_t length_ms(const struct sum *s)
{
	return (s->interval.until_s - s->interval.start_s) * 1000;
}

typedef int add_row_fn(struct ghl_list *l, const struct query *q, const struct sum *s);

static int add_calls(struct ghl_list *l, const struct query *q, const struct sum *s)
{
	struct ghl_report_calls_info *row = list_add(l);

	if (!row || !(row->name = list_text(l, s->name)))
		return GHL_ENOMEM;
	row->by = q->by;
	fill_span(s, &row->span);
	figures_calls_info(s->calls, q->by, q->opts->basis, length_ms(s), row);
	return 0;
}

static int add_agents(struct ghl_list *l, const struct query *q, const struct sum *s)
{
	struct ghl_report_agents_info *row = list_add(l);

	if (!row || !(row->name = list_text(l, s->name)))
		return GHL_ENOMEM;
	row->by = q->by;
	fill_span(s, &row->span);
	figures_agents_info(s->calls, s->time, length_ms(s), row);
	return 0;
}

static int fill_page(const struct query *q, const char *cursor, add_row_fn *add, struct ghl_list *l)
{
	char place[160] = "";
	size_t i = 0, last;
	int rc = cursor && *cursor ? query_after(q, cursor, &i) : 0;

	last = q->count - i > PAGE ? i + PAGE : q->count;
	for (; rc == 0 && i < last; i++)
		rc = add(l, q, &q->sums[i]);
	if (rc == 0 && last < q->count) {
		query_place(&q->sums[last - 1], place, sizeof(place));
		list_cursor_set(l, place);
	}
	return rc;
}

static int run(struct core *core, struct query *q, const enum rollup_family *families, unsigned n)
{
	struct store_read *read;
	int rc = store_read_begin(core->store, &read);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; rc == 0 && i < n; i++)
		rc = query_add(q, read, families[i]);
	store_read_end(read);
	query_sort(q);
	return rc;
}

static int check_opts(const struct ghl_report_opts *o)
{
	int rc = argument_given("opts", o);

	if (rc == 0)
		rc = argument_size("opts", o->size, sizeof(*o));
	if (rc == 0)
		rc = argument_range("by", o->by, 0, GHL_REPORT_BY_TRUNK);
	if (rc == 0)
		rc = argument_range("interval", o->interval, 0, GHL_REPORT_TOTAL);
	if (rc == 0)
		rc = argument_range("basis", o->basis, 0, GHL_REPORT_BASIS_ARRIVAL);
	if (rc == 0 && o->until_us <= o->from_us)
		rc = error_invalid("until_us", "not after from_us");
	return rc;
}

static int answer(struct core *core, struct query *q, const enum rollup_family *families, unsigned n,
	const char *cursor, add_row_fn *add, size_t row_size, struct ghl_list **out)
{
	struct ghl_list *l = NULL;
	int rc = run(core, q, families, n);

	if (rc == 0)
		rc = list_new(&l, row_size);
	if (rc == 0)
		rc = fill_page(q, cursor, add, l);
	query_finish(q);
	return list_give(l, rc, out);
}

static int calls_by(struct ghl_session *s, const struct ghl_report_opts *opts, enum ghl_report_by by,
	const char *cursor, struct ghl_list **out)
{
	enum rollup_family family = opts->basis == GHL_REPORT_BASIS_END ? ROLLUP_CALLS : ROLLUP_ARRIVALS;
	struct core *core = session_core(s);
	struct query q;

	query_init(&q, report_zone(core), opts, by);
	return answer(core, &q, &family, 1, cursor, add_calls, sizeof(struct ghl_report_calls_info), out);
}

int ghl_report_calls(
	struct ghl_session *s, const struct ghl_report_opts *opts, const char *cursor, struct ghl_list **out)
{
	int rc = session_enter(s, ACCESS_FN_ghl_report_calls);

	if (rc < 0)
		return rc;
	if (check_opts(opts) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	return calls_by(s, opts, opts->by, cursor, out);
}

int ghl_report_queues(
	struct ghl_session *s, const struct ghl_report_opts *opts, const char *cursor, struct ghl_list **out)
{
	int rc = session_enter(s, ACCESS_FN_ghl_report_queues);

	if (rc < 0)
		return rc;
	if (check_opts(opts) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	return calls_by(s, opts, GHL_REPORT_BY_QUEUE, cursor, out);
}

int ghl_report_agents(
	struct ghl_session *s, const struct ghl_report_opts *opts, const char *cursor, struct ghl_list **out)
{
	static const enum rollup_family families[] = {ROLLUP_TIME, ROLLUP_CALLS};
	struct query q;
	int rc = session_enter(s, ACCESS_FN_ghl_report_agents);

	if (rc < 0)
		return rc;
	if (check_opts(opts) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	if (opts->by == GHL_REPORT_BY_QUEUE || opts->by == GHL_REPORT_BY_TRUNK)
		return error_invalid("by", "agents' time is not told by %s", ghl_report_by_name(opts->by));
	query_init(&q, report_zone(session_core(s)), opts, opts->by);
	return answer(session_core(s), &q, families, 2, cursor, add_agents,
		sizeof(struct ghl_report_agents_info), out);
}
