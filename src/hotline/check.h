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
	struct ghl_error *err;
};

typedef int check_item_fn(struct check *c, const struct store_item *item);
/* Every item of a table of `in` (store or scratch), a thousand a read. */
int check_walk(struct check *c, struct store *in, enum store_table table, check_item_fn *fn);

/* Each record has its index entries, and each index entry its record (check_index.c). */
int check_indexes(struct check *c);
/* The roll-ups are what the records add up to (check_rollup.c). */
int check_rollups(struct check *c);

#endif
