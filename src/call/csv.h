/* call/csv.h - CSV records out of a buffer (RFC 4180; a lone LF ends a record too). Pure. */
#ifndef CALL_CSV_H
#define CALL_CSV_H

#include <stddef.h>

#define CSV_FIELDS_MAX 64

struct csv {
	char *at, *end; /* what is left; changed in place */
	unsigned line;  /* of the record that was read last, 1-based */
	unsigned next_line;
	char *fields[CSV_FIELDS_MAX];
	unsigned count;
	const char *wrong; /* why the last read failed */
};

/* `text` must have room for one NUL behind len; it is changed. A byte-order mark is passed over. */
void csv_open(struct csv *c, char *text, size_t len);
/* 1 a record is in fields; 0 the end; -1 `wrong` tells (and the next call goes on with the next line). Empty
 * lines are passed over. */
int csv_next(struct csv *c);

#endif
