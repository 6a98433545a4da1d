/* base/zone.h - local time of a named zone, from TZif files (RFC 8536); never by setenv("TZ"). Immutable once
 * loaded: any thread. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <govhotline/error.h>

#include <stddef.h>
#include <stdint.h>

/* Everywhere NULL is UTC. */
struct zone;

#define ZONE_DIR "/usr/share/zoneinfo"

/* DIR/NAME; dir NULL is ZONE_DIR. GHL_EINVAL a name that leaves the folder; GHL_ENOENT; GHL_EPARSE; GHL_EIO;
 * GHL_ENOMEM. */
int zone_load(struct zone **out, const char *dir, const char *name, struct ghl_error *err);
/* The bytes of a TZif file, version 1 to 4. GHL_EPARSE, GHL_ENOMEM. */
int zone_parse(struct zone **out, const void *data, size_t len, struct ghl_error *err);
void zone_free(struct zone *z);

/* Local time minus UTC, seconds, in force at that instant; and [from_s, until_s) for which it stays so (both
 * may be NULL). */
int32_t zone_offset(const struct zone *z, int64_t at_s, int64_t *from_s, int64_t *until_s);
/* The first instant whose local time is that number of seconds since 1970-01-01 local; in a gap, the instant
 * of the change. */
int64_t zone_instant(const struct zone *z, int64_t local_s);

struct zone_date {
	int32_t year;
	int32_t month;   /* 1..12 */
	int32_t day;     /* 1..31 */
	int32_t weekday; /* 0 Sunday .. 6 */
};
/* Proleptic Gregorian calendar: days since 1970-01-01, and back. */
int64_t zone_days(int32_t year, int32_t month, int32_t day);
void zone_date_of_days(int64_t days, struct zone_date *out);

/* Rounds towards minus infinity. */
static inline int64_t zone_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

#endif
