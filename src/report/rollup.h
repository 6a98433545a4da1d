/* report/rollup.h - the keys of STORE_ROLLUP, and the report's own state. */
#ifndef REPORT_ROLLUP_H
#define REPORT_ROLLUP_H

#include "bins.h"
#include "figures.h"

struct now;

struct report {
	struct core *core;
	struct zone *zone; /* NULL: UTC */
	uint32_t short_abandon_ms;
	uint32_t seal_ms;
	struct now *now; /* the real-time view; NULL where no engine runs */
};

/* What a row counts; the first byte of its key. */
enum rollup_family { ROLLUP_CALLS = 'c', ROLLUP_ARRIVALS = 'a', ROLLUP_TIME = 't' };
const char *rollup_family_name(enum rollup_family family);

struct rollup_key {
	enum rollup_family family;
	enum ghl_report_by by;
	int64_t start_s;
	int32_t offset_s;
	bool correction;
	char name[64];
};
#define ROLLUP_KEY_MAX       96
#define ROLLUP_CORRECTION_AT 14 /* of a key */
/* family, by, start (8), offset (4), correction, name: sorted by time within a family and dimension. Returns
 * the length. */
size_t rollup_key_write(const struct rollup_key *k, uint8_t out[ROLLUP_KEY_MAX]);
/* The least key at or after that instant: for ranges. */
size_t rollup_key_from(
	enum rollup_family family, enum ghl_report_by by, int64_t start_s, uint8_t out[ROLLUP_KEY_MAX]);
bool rollup_key_read(const void *key, size_t len, struct rollup_key *out);
/* Little-endian counters of a value, at most n; missing ones are 0. */
void rollup_value_read(const void *value, size_t len, int64_t *out, unsigned n);

#endif
