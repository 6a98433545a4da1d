/*
 * zone.c - a TZif reader (RFC 8536): transitions from the file's last data block, the footer's POSIX TZ rule
 * beyond them.
 *
 * Leap seconds and abbreviations are not kept: instants are POSIX time and reports name offsets, not "CST".
 */
#include "zone.h"

#include "error.h"
#include "tzrule.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX   (1 << 20)
#define HEADER_LEN 44

struct zone {
	int64_t *times;   /* ascending */
	int32_t *offsets; /* in force from times[i] */
	size_t count;
	int32_t first_s; /* in force before the first transition */
	struct tzrule rule;
	bool has_rule;
};

/* the counts of a header, in the order of RFC 8536, 3.1 */
struct counts {
	uint32_t isutc, isstd, leap, time, type, chars;
};

struct reader {
	const uint8_t *at;
	size_t left;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static const uint8_t *take(struct reader *r, uint64_t n)
{
	const uint8_t *p = r->at;

	if (n > r->left)
		return NULL;
	r->at += n;
	r->left -= n;
	return p;
}

static bool read_header(struct reader *r, struct counts *c, char *version)
{
	const uint8_t *p = take(r, HEADER_LEN);

	if (!p || memcmp(p, "TZif", 4) != 0)
		return false;
	*version = (char)p[4];
	*c = (struct counts){
		be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40)};
	return c->type > 0 && c->type <= 256 && c->time < FILE_MAX;
}

static uint64_t block_len(const struct counts *c, unsigned time_size)
{
	return (uint64_t)c->time * (time_size + 1) + (uint64_t)c->type * 6 + c->chars +
	       (uint64_t)c->leap * (time_size + 4) + c->isstd + c->isutc;
}

static bool read_transitions(struct zone *z, const uint8_t *p, const struct counts *c, unsigned time_size)
{
	const uint8_t *index = p + (size_t)c->time * time_size, *types = index + c->time;

	for (uint32_t i = 0; i < c->time; i++) {
		z->times[i] = time_size == 8 ? be64(p + (size_t)i * 8) : (int32_t)be32(p + (size_t)i * 4);
		if (index[i] >= c->type || (i > 0 && z->times[i] <= z->times[i - 1]))
			return false;
		z->offsets[i] = (int32_t)be32(types + (size_t)index[i] * 6);
	}
	z->count = c->time;
	z->first_s = (int32_t)be32(types);
	return true;
}

/* offsets beyond a day and a bit are refused, so that sums cannot run over (RFC 8536, 3.2: -25 h < offset <
 * 26 h) */
static bool offsets_sane(const struct zone *z)
{
	for (size_t i = 0; i < z->count; i++)
		if (z->offsets[i] <= -90000 || z->offsets[i] >= 93600)
			return false;
	return z->first_s > -90000 && z->first_s < 93600;
}

static bool read_footer(struct zone *z, struct reader *r)
{
	const char *s = (const char *)r->at, *end;

	if (r->left < 2 || *s != '\n')
		return false;
	s++;
	end = memchr(s, '\n', r->left - 1);
	if (!end)
		return false;
	if (end > s) {
		z->has_rule = true;
		return tzrule_parse(&z->rule, s, (size_t)(end - s));
	}
	return true;
}

static bool read_file(struct zone *z, struct reader r)
{
	struct counts c;
	unsigned time_size = 4;
	char version;
	const uint8_t *block;

	if (!read_header(&r, &c, &version))
		return false;
	if (version >= '2') {
		time_size = 8;
		if (!take(&r, block_len(&c, 4)) || !read_header(&r, &c, &version))
			return false;
	}
	block = take(&r, block_len(&c, time_size));
	if (!block)
		return false;
	z->times = calloc((size_t)c.time + 1, sizeof(*z->times));
	z->offsets = calloc((size_t)c.time + 1, sizeof(*z->offsets));
	return z->times && z->offsets && read_transitions(z, block, &c, time_size) && offsets_sane(z) &&
	       (time_size == 4 || read_footer(z, &r));
}

int zone_parse(struct zone **out, const void *data, size_t len, struct ghl_error *err)
{
	struct zone *z = calloc(1, sizeof(*z));

	if (!z)
		return error_set(err, GHL_ENOMEM, "no memory for a time zone");
	if (!read_file(z, (struct reader){data, len})) {
		zone_free(z);
		return error_set(err, GHL_EPARSE, "not a well-formed TZif file");
	}
	*out = z;
	return 0;
}

static bool name_stays_inside(const char *name)
{
	return *name && *name != '/' && *name != '.' && !strstr(name, "..") && strlen(name) < 128;
}

static int slurp(const char *path, uint8_t *room, size_t *len)
{
	FILE *f = fopen(path, "rbe");
	int rc = 0;

	if (!f)
		return error_from_errno(errno);
	*len = fread(room, 1, FILE_MAX, f);
	if (ferror(f))
		rc = GHL_EIO;
	(void)fclose(f);
	return rc;
}

int zone_load(struct zone **out, const char *dir, const char *name, struct ghl_error *err)
{
	char path[512];
	uint8_t *room;
	size_t len = 0;
	int rc;

	if (!name_stays_inside(name))
		return error_set(err, GHL_EINVAL, "\"%s\" is no name of a time zone", name);
	room = malloc(FILE_MAX);
	if (!room)
		return error_set(err, GHL_ENOMEM, "no memory for a time zone");
	(void)snprintf(path, sizeof(path), "%s/%s", dir ? dir : ZONE_DIR, name);
	rc = slurp(path, room, &len);
	if (rc < 0)
		rc = error_set(err, rc, "%s: %s", path, ghl_strerror(rc));
	else if ((rc = zone_parse(out, room, len, NULL)) < 0)
		rc = error_set(err, rc, "%s: not a well-formed TZif file", path);
	free(room);
	return rc;
}

void zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->times);
	free(z->offsets);
	free(z);
}

/* how many transitions are at or before the instant */
static size_t passed(const struct zone *z, int64_t at_s)
{
	size_t lo = 0, hi = z->count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (z->times[mid] <= at_s)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int32_t zone_offset(const struct zone *z, int64_t at_s, int64_t *from_s, int64_t *until_s)
{
	int64_t from = INT64_MIN, until = INT64_MAX;
	int32_t offset = 0;
	size_t n = z ? passed(z, at_s) : 0;

	if (z && n == z->count && z->has_rule) {
		offset = tzrule_offset(&z->rule, at_s, &from, &until);
		if (n > 0 && from < z->times[n - 1])
			from = z->times[n - 1];
	} else if (z) {
		offset = n > 0 ? z->offsets[n - 1] : z->first_s;
		from = n > 0 ? z->times[n - 1] : INT64_MIN;
		until = n < z->count ? z->times[n] : INT64_MAX;
	}
	if (from_s)
		*from_s = from;
	if (until_s)
		*until_s = until;
	return offset;
}

int64_t zone_instant(const struct zone *z, int64_t local_s)
{
	/* no offset is a day and a half: the range to look at is small */
	int64_t at = local_s - 2 * 86400, until;

	for (;;) {
		int32_t offset = zone_offset(z, at, NULL, &until);

		if (local_s - offset < until)
			return local_s - offset > at ? local_s - offset : at;
		at = until;
	}
}

/* Days from civil and back: H. Hinnant, chrono-Compatible Low-Level Date Algorithms. */
int64_t zone_days(int32_t year, int32_t month, int32_t day)
{
	int64_t y = year - (month <= 2), era = zone_floor_div(y, 400), in_era = y - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

void zone_date_of_days(int64_t days, struct zone_date *out)
{
	int64_t z = days + 719468, era = zone_floor_div(z, 146097), in_era = z - era * 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100), m = (5 * in_year + 2) / 153;

	out->day = (int32_t)(in_year - (153 * m + 2) / 5 + 1);
	out->month = (int32_t)(m < 10 ? m + 3 : m - 9);
	out->year = (int32_t)(y + era * 400 + (out->month <= 2));
	out->weekday = (int32_t)(((days + 4) % 7 + 7) % 7);
}
