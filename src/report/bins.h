/* report/bins.h - the base bins: 15 minutes of local time, known by (local date, index, offset from UTC).
 * Pure. */
#ifndef REPORT_BINS_H
#define REPORT_BINS_H

#include "base/zone.h"

#include <govhotline/report.h>

#define BIN_S 900

struct bin {
	int64_t start_s;  /* where its local quarter begins, UTC seconds; with offset_s this names it */
	int32_t offset_s; /* local time minus UTC in force */
	int64_t from_us;  /* what of it there is: a change of the offset may cut a quarter short */
	int64_t until_us;
};

/* The bin an instant falls into. */
void bin_at(const struct zone *z, int64_t at_us, struct bin *out);

/* The interval that a bin belongs to. */
struct bin_interval {
	int64_t start_s, until_s; /* UTC seconds */
	int32_t offset_s;         /* at its begin */
};
void bin_interval_of(const struct zone *z, int64_t start_s, int32_t offset_s, enum ghl_report_interval kind,
	struct bin_interval *out);

#endif
