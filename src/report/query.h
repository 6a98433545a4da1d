/* report/query.h - sums of roll-ups over intervals: from the store's rows to the rows of a report. */
#ifndef REPORT_QUERY_H
#define REPORT_QUERY_H

#include "rollup.h"

#include "base/map.h"

/* The sum of one name's bins in one interval. */
struct sum {
	struct bin_interval interval;
	bool total, correction;
	char name[64];
	int64_t calls[CF_COUNT];
	int64_t time[TF_COUNT];
};

struct query {
	const struct zone *zone;
	const struct ghl_report_opts *opts;
	enum ghl_report_by by;
	struct sum *sums; /* sorted once query_run() is done */
	size_t count, room;
	struct map index; /* "start/offset/correction/name" -> place + 1 */
};

void query_init(
	struct query *q, const struct zone *zone, const struct ghl_report_opts *opts, enum ghl_report_by by);
void query_finish(struct query *q);
/* Adds the rows of a family; call once for each family wanted, then query_sort(). GHL_EIO, GHL_ENOMEM,
 * GHL_ECORRUPT. */
int query_add(struct query *q, struct store_read *read, enum rollup_family family);
/* Order: sum rows last; interval, name, corrections. */
void query_sort(struct query *q);
/* The place of a row, as text that says where the next page begins; and the first row after such a place.
 * GHL_EINVAL. */
void query_place(const struct sum *s, char *out, size_t room);
int query_after(const struct query *q, const char *place, size_t *first);

#endif
