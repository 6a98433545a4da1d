/*
 * tzrule.c - POSIX TZ rules: "CET-1CEST,M3.5.0,M10.5.0/3" (IEEE Std 1003.1, 8.3, with the hours of RFC
 * 8536, 3.3.1).
 *
 * Only what TZif footers hold: no ":file" form and no rule-less daylight time.
 */
#include "tzrule.h"

#include "zone.h"

#include <ctype.h>

#define DAY_S 86400

struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, char want)
{
	if (c->at == c->end || *c->at != want)
		return false;
	c->at++;
	return true;
}

static bool number(struct cursor *c, int32_t min, int32_t max, int32_t *out)
{
	int32_t n = 0;
	const char *begin = c->at;

	while (c->at < c->end && isdigit((unsigned char)*c->at) && n <= max)
		n = n * 10 + (*c->at++ - '0');
	*out = n;
	return c->at > begin && n >= min && n <= max;
}

/* "EST" or "<+0330>" */
static bool skip_name(struct cursor *c)
{
	const char *begin = c->at;

	if (take(c, '<')) {
		while (c->at < c->end && *c->at != '>')
			c->at++;
		return take(c, '>') && c->at - begin > 2;
	}
	while (c->at < c->end && isalpha((unsigned char)*c->at))
		c->at++;
	return c->at - begin >= 3;
}

/* POSIX: an offset has at most 24 hours; RFC 8536, 3.3.1: the time of a change at most 167 */
#define OFFSET_HOURS_MAX 24
#define CHANGE_HOURS_MAX 167

/* [+-]hh[:mm[:ss]] */
static bool duration(struct cursor *c, int32_t hours_max, int32_t *out)
{
	int32_t h = 0, m = 0, s = 0, sign = 1;

	if (take(c, '-'))
		sign = -1;
	else
		(void)take(c, '+');
	if (!number(c, 0, hours_max, &h))
		return false;
	if (take(c, ':') && !number(c, 0, 59, &m))
		return false;
	if (take(c, ':') && !number(c, 0, 59, &s))
		return false;
	*out = sign * (h * 3600 + m * 60 + s);
	return true;
}

static bool change(struct cursor *c, struct tzrule_change *out)
{
	bool ok;

	out->time_s = 7200;
	if (take(c, 'M')) {
		out->kind = TZRULE_MONTH_WEEK;
		ok = number(c, 1, 12, &out->month) && take(c, '.') && number(c, 1, 5, &out->week) &&
		     take(c, '.') && number(c, 0, 6, &out->day);
	} else if (take(c, 'J')) {
		out->kind = TZRULE_JULIAN;
		ok = number(c, 1, 365, &out->day);
	} else {
		out->kind = TZRULE_ZERO_BASED;
		ok = number(c, 0, 365, &out->day);
	}
	return ok && (!take(c, '/') || duration(c, CHANGE_HOURS_MAX, &out->time_s));
}

bool tzrule_parse(struct tzrule *out, const char *text, size_t len)
{
	struct cursor c = {text, text + len};
	struct tzrule r = {0};
	int32_t west;

	if (!skip_name(&c) || !duration(&c, OFFSET_HOURS_MAX, &west))
		return false;
	r.std_s = -west;
	if (c.at < c.end) {
		r.has_dst = true;
		if (!skip_name(&c))
			return false;
		r.dst_s = r.std_s + 3600;
		if (c.at < c.end && *c.at != ',') {
			if (!duration(&c, OFFSET_HOURS_MAX, &west))
				return false;
			r.dst_s = -west;
		}
		if (!take(&c, ',') || !change(&c, &r.to_dst) || !take(&c, ',') || !change(&c, &r.to_std))
			return false;
	}
	*out = r;
	return c.at == c.end;
}

static bool is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t month_week_day(const struct tzrule_change *ch, int32_t year)
{
	struct zone_date first;
	int64_t days = zone_days(year, ch->month, 1), next, day;

	next = ch->month == 12 ? zone_days(year + 1, 1, 1) : zone_days(year, ch->month + 1, 1);
	zone_date_of_days(days, &first);
	day = days + (ch->day - first.weekday + 7) % 7 + (int64_t)(ch->week - 1) * 7;
	return day < next ? day : day - 7;
}

/* the instant of a change in a year, given the offset in force before it */
static int64_t change_at(const struct tzrule_change *ch, int32_t year, int32_t offset_s)
{
	int64_t days;

	if (ch->kind == TZRULE_MONTH_WEEK)
		days = month_week_day(ch, year);
	else if (ch->kind == TZRULE_JULIAN)
		days = zone_days(year, 1, 1) + ch->day - 1 + (is_leap(year) && ch->day >= 60);
	else
		days = zone_days(year, 1, 1) + ch->day;
	return days * DAY_S + ch->time_s - offset_s;
}

int32_t tzrule_offset(const struct tzrule *r, int64_t at_s, int64_t *from_s, int64_t *until_s)
{
	struct zone_date date;
	int32_t offset = r->std_s;

	*from_s = INT64_MIN;
	*until_s = INT64_MAX;
	if (!r->has_dst)
		return offset;
	zone_date_of_days(zone_floor_div(at_s, DAY_S), &date);
	for (int32_t year = date.year - 1; year <= date.year + 1; year++) {
		int64_t dst = change_at(&r->to_dst, year, r->std_s),
			std = change_at(&r->to_std, year, r->dst_s);

		for (int i = 0; i < 2; i++) {
			int64_t at = i ? std : dst;

			if (at <= at_s && at >= *from_s) {
				*from_s = at;
				offset = i ? r->std_s : r->dst_s;
			}
			if (at > at_s && at < *until_s)
				*until_s = at;
		}
	}
	return offset;
}
