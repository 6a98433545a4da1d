/* report.c - one hotline's report: its zone and rules; names of the enums. */
#include "rollup.h"
#include "now.h"

#include "base/error.h"

#include <stdlib.h>

#define SHORT_ABANDON_MS 5000
#define SEAL_MS          900000

int report_create(
	struct report **out, struct core *core, const struct report_opts *opts, struct ghl_error *err)
{
	struct report *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (!r)
		return error_set(err, GHL_ENOMEM, "no memory for reports");
	r->core = core;
	r->short_abandon_ms = opts->short_abandon_ms ? opts->short_abandon_ms : SHORT_ABANDON_MS;
	r->seal_ms = opts->seal_ms ? opts->seal_ms : SEAL_MS;
	if (opts->zone && *opts->zone)
		rc = zone_load(&r->zone, opts->zoneinfo_dir, opts->zone, err);
	if (rc == 0 && core->engine && core->stream)
		rc = now_create(&r->now, r, err);
	if (rc < 0) {
		report_destroy(r);
		return rc;
	}
	core->slot[CORE_REPORT] = r;
	*out = r;
	return 0;
}

void report_destroy(struct report *r)
{
	if (!r)
		return;
	if (r->core->slot[CORE_REPORT] == r)
		r->core->slot[CORE_REPORT] = NULL;
	now_destroy(r->now);
	zone_free(r->zone);
	free(r);
}

const struct zone *report_zone(const struct core *core)
{
	const struct report *r = core->slot[CORE_REPORT];

	return r ? r->zone : NULL;
}

uint32_t report_local_date(const struct core *core, int64_t at_us)
{
	int64_t at_s = zone_floor_div(at_us, 1000000);
	struct zone_date d;

	at_s += zone_offset(report_zone(core), at_s, NULL, NULL);
	zone_date_of_days(zone_floor_div(at_s, 86400), &d);
	return (uint32_t)(d.year * 10000 + d.month * 100 + d.day);
}

int64_t report_next_edge_us(const struct core *core, int64_t at_us)
{
	struct bin bin;

	bin_at(report_zone(core), at_us, &bin);
	return bin.until_us;
}

static const char *name_of(const char *const *names, unsigned n, unsigned i)
{
	return i < n && names[i] ? names[i] : "?";
}

#define NAME_OF(names, i) name_of(names, sizeof(names) / sizeof((names)[0]), (unsigned)(i))

const char *report_end_name(enum report_end e)
{
	static const char *const names[] = {
		"no_queue", "answered", "abandoned", "outflow", "dequeued", "blocked"};

	return NAME_OF(names, e);
}

const char *ghl_report_by_name(enum ghl_report_by by)
{
	static const char *const names[] = {"all", "queue", "agent", "seat", "group", "trunk"};

	return NAME_OF(names, by);
}

const char *ghl_report_interval_name(enum ghl_report_interval interval)
{
	static const char *const names[] = {"15m", "30m", "60m", "day", "week", "month", "total"};

	return NAME_OF(names, interval);
}

const char *ghl_report_basis_name(enum ghl_report_basis basis)
{
	static const char *const names[] = {"end", "arrival"};

	return NAME_OF(names, basis);
}
