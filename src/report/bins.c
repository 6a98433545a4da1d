/* bins.c - cutting time at local quarters, and gathering quarters into longer intervals. */
#include "bins.h"

#define US    1000000LL
#define DAY_S 86400

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void bin_at(const struct zone *z, int64_t at_us, struct bin *out)
{
	int64_t at_s = zone_floor_div(at_us, US), from_s, until_s, end_s;
	int32_t offset = zone_offset(z, at_s, &from_s, &until_s);

	out->offset_s = offset;
	out->start_s = zone_floor_div(at_s + offset, BIN_S) * BIN_S - offset;
	end_s = out->start_s + BIN_S;
	out->from_us = later(out->start_s, from_s) * US;
	out->until_us = (end_s < until_s ? end_s : until_s) * US;
}

/* the local day that begins the interval, and the one that begins the next */
static void day_span(int64_t day, enum ghl_report_interval kind, int64_t *first, int64_t *next)
{
	struct zone_date d;

	zone_date_of_days(day, &d);
	*first = day;
	*next = day + 1;
	if (kind == GHL_REPORT_WEEK) {
		*first = day - (d.weekday + 6) % 7;
		*next = *first + 7;
	} else if (kind == GHL_REPORT_MONTH) {
		*first = zone_days(d.year, d.month, 1);
		*next = d.month == 12 ? zone_days(d.year + 1, 1, 1) : zone_days(d.year, d.month + 1, 1);
	}
}

void bin_interval_of(const struct zone *z, int64_t start_s, int32_t offset_s, enum ghl_report_interval kind,
	struct bin_interval *out)
{
	int64_t local = start_s + offset_s, first, next;
	int64_t length = kind == GHL_REPORT_HOUR ? 3600 : kind == GHL_REPORT_HALF ? 1800 : BIN_S;

	if (kind <= GHL_REPORT_HOUR) {
		out->start_s = zone_floor_div(local, length) * length - offset_s;
		out->until_s = out->start_s + length;
		out->offset_s = offset_s;
		return;
	}
	day_span(zone_floor_div(local, DAY_S), kind, &first, &next);
	out->start_s = zone_instant(z, first * DAY_S);
	out->until_s = zone_instant(z, next * DAY_S);
	out->offset_s = zone_offset(z, out->start_s, NULL, NULL);
}
