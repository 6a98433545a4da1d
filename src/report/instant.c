/* instant.c - local dates as people write them (a subset of ISO 8601: YYYY-MM-DD[Thh:mm[:ss]]), in the site's
 * zone. */
#include "report.h"

#include "base/zone.h"
#include "stream/session.h"

#include <stdio.h>

static bool in_range(int v, int min, int max)
{
	return v >= min && v <= max;
}

/* every character is checked by %n: nothing may follow */
static bool read_local(const char *text, int64_t *local_s)
{
	int y, mo, d, h = 0, mi = 0, s = 0, end = 0;
	struct zone_date back;
	int64_t days;

	if (sscanf(text, "%4d-%2d-%2d%n", &y, &mo, &d, &end) != 3)
		return false;
	if (text[end] == 'T' || text[end] == ' ') {
		const char *clock = text + end + 1;

		end = 0;
		if (sscanf(clock, "%2d:%2d%n:%2d%n", &h, &mi, &end, &s, &end) < 2)
			return false;
		text = clock;
	}
	if (end == 0 || text[end] || !in_range(y, 1, 9999) || !in_range(mo, 1, 12) || !in_range(h, 0, 23) ||
		!in_range(mi, 0, 59) || !in_range(s, 0, 59))
		return false;
	days = zone_days(y, mo, d);
	zone_date_of_days(days, &back);
	*local_s = days * 86400 + h * 3600 + mi * 60 + s;
	return back.month == mo && back.day == d;
}

int ghl_report_instant(struct ghl_session *s, const char *text, int64_t *out)
{
	int64_t local_s;
	int rc = session_enter(s, ACCESS_FN_ghl_report_instant);

	if (rc < 0)
		return rc;
	if (!text || !out)
		return GHL_EINVAL;
	if (!read_local(text, &local_s))
		return GHL_EPARSE;
	*out = zone_instant(report_zone(session_core(s)), local_s) * 1000000;
	return 0;
}
