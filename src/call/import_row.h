/* call/import_row.h - one row of an older system's history as a call record, checked. Pure but for the site's
 * zone. */
#ifndef CALL_IMPORT_ROW_H
#define CALL_IMPORT_ROW_H

#include "csv.h"
#include "store/schema/call.pb-c.h"

#include <govhotline/error.h>

#include <stdbool.h>
#include <stdint.h>

/* Reads a local time of the site; GHL_E* where it is none. */
typedef int import_zone_fn(void *arg, const char *text, int64_t *out);

struct import_reader {
	const char *file;
	import_zone_fn *zone;
	void *zone_arg;
	int columns[CSV_FIELDS_MAX]; /* of each field: its place in the table of columns */
	unsigned column_count;
	bool has_wait, has_talk, has_disposition; /* in the row at hand */
	struct ghl_error *errs;
	uint32_t room, told, mistakes;
};

/* A mistake of a row; column counts fields from 1, 0 for the whole row. */
void import_wrong(struct import_reader *r, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Takes the header line; false: it has mistakes. */
bool import_header(struct import_reader *r, const struct csv *csv);
/* Fills `out` from the record at hand (texts point into the buffer). False: it has mistakes, all of them
 * told. */
bool import_row(struct import_reader *r, const struct csv *csv, Ghl__CallRecord *out);

#endif
