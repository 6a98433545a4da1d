/* base/tzrule.h - the POSIX TZ text at the end of a TZif file: what holds after its last transition (RFC
 * 8536, 3.3; POSIX 8.3). */
#ifndef BASE_TZRULE_H
#define BASE_TZRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tzrule_day { TZRULE_JULIAN, TZRULE_ZERO_BASED, TZRULE_MONTH_WEEK };

struct tzrule_change {
	enum tzrule_day kind;
	int32_t day;    /* Jn: 1..365; n: 0..365; Mm.w.d: weekday 0..6 */
	int32_t month;  /* 1..12 */
	int32_t week;   /* 1..5, 5 is the last */
	int32_t time_s; /* local time of the change, -167 h .. 167 h */
};

struct tzrule {
	int32_t std_s, dst_s; /* local minus UTC */
	bool has_dst;
	struct tzrule_change to_dst, to_std;
};

/* False: not well formed. */
bool tzrule_parse(struct tzrule *out, const char *text, size_t len);
/* The offset at an instant, and the range in which it holds. */
int32_t tzrule_offset(const struct tzrule *r, int64_t at_s, int64_t *from_s, int64_t *until_s);

#endif
