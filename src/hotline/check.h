/* hotline/check.h - the parts of `db check` that know what the store holds. */
#ifndef HOTLINE_CHECK_H
#define HOTLINE_CHECK_H

#include "stream/core.h"

/* A store that nobody changes, and a scratch store beside it. */
struct check {
	struct store *store;
	struct store_read *read; /* of store, while an item is looked at */
	struct store *scratch;
	struct store_batch *batch; /* for scratch: committed after every thousand items */
	struct core core;          /* of scratch, with a report in the site's zone */
	struct ghl_clock clock;
	bool loose; /* some records do not tell when they were counted: bins and corrections are held as sums
		     */
	struct ghl_error *err;
};

typedef int check_item_fn(struct check *c, const struct store_item *item);
/* Every item of a table of `in` (store or scratch), a thousand a read. */
int check_walk(struct check *c, struct store *in, enum store_table table, check_item_fn *fn);

/* GHL_ECORRUPT, "table: text". */
int check_bad(struct check *c, enum store_table t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool check_has(struct check *c, enum store_table t, const void *key, size_t klen);
/* An instant that can have been: after 1970, before 2286. */
bool check_instant(int64_t at_us);

/* The id or serial in a record was given out (check_taken.c). */
int check_id(struct check *c, enum store_table t, uint64_t id);
int check_serial(struct check *c, enum store_table t, char series, const char *serial);

/* Each record can be read, stands under its own key and has its index entries, and each index entry has its
 * record: check_calls.c .. */
int check_call(struct check *c, const struct store_item *i);
int check_call_by_id(struct check *c, const struct store_item *i);
int check_call_by_number(struct check *c, const struct store_item *i);
int check_call_open(struct check *c, const struct store_item *i);
int check_name(struct check *c, const struct store_item *i); /* only those of imported calls */
/* .. and check_rows.c. */
int check_recording(struct check *c, const struct store_item *i);
int check_recording_by_call(struct check *c, const struct store_item *i);
int check_agent_span(struct check *c, const struct store_item *i);
int check_meta(struct check *c, const struct store_item *i);
/* The roll-ups are what the records add up to (check_rollup.c). */
int check_rollups(struct check *c);

#endif
