/* rows.h - items as rows for the printer. */
#ifndef ROWS_H
#define ROWS_H

#include "print.h"
#include "server/rows.h"

/* The rows of an answer of the control socket, {"calls": [..], "cursor": ".."}. Takes it. */
json_t *rows_of(json_t *result);

#define PRINT_ROWS(cmd, columns, rows) print_rows(cmd, columns, sizeof(columns) / sizeof(columns[0]), rows)
#define PRINT_OBJECT(cmd, columns, object)                                                                   \
	print_object(cmd, columns, sizeof(columns) / sizeof(columns[0]), object)

#endif
