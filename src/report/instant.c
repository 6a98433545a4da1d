/* instant.c - local dates as people write them (a subset of ISO 8601: YYYY-MM-DD[Thh:mm[:ss]]), in the site's
 * zone. */
#include "report.h"

#include "base/argument.h"
#include "base/error.h"
#include "base/text.h"
#include "base/zone.h"
#include "stream/session.h"

static bool read_local(const char *text, int64_t *local_s)
{
	struct zone_date back;
	unsigned v[6];
	int64_t days;

	if (text_date(text, v) == 0 || v[0] < 1 || v[1] < 1 || v[1] > 12 || v[3] > 23 || v[4] > 59 ||
		v[5] > 59)
		return false;
	days = zone_days((int)v[0], (int)v[1], (int)v[2]);
	zone_date_of_days(days, &back);
	*local_s = days * 86400 + (int64_t)v[3] * 3600 + (int64_t)v[4] * 60 + v[5];
	return back.month == (int)v[1] && back.day == (int)v[2];
}

int ghl_report_instant(struct ghl_session *s, const char *text, int64_t *out)
{
	int64_t local_s;
	int rc = session_enter(s, ACCESS_FN_ghl_report_instant);

	if (rc < 0)
		return rc;
	if (argument_given("text", text) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	if (!read_local(text, &local_s))
		return error_note(GHL_EPARSE, "text", "\"%.40s\" is not YYYY-MM-DD[Thh:mm[:ss]]", text);
	*out = zone_instant(report_zone(session_core(s)), local_s) * 1000000;
	return 0;
}
