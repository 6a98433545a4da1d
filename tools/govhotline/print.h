/*
 * print.h - rows on standard output: a table for people, JSON and CSV (RFC 4180) for programs; from the same
 * columns.
 *
 * A row is a JSON object. Numbers stay as they are in JSON and CSV (milliseconds, microseconds UTC,
 * hundredths of a percent); a table shows them as people write them.
 */
#ifndef PRINT_H
#define PRINT_H

#include "command.h"

enum cell {
	CELL_TEXT,
	CELL_COUNT,
	CELL_ID,      /* "call-4821" in a table; the number as text in JSON and CSV */
	CELL_MS,      /* 3:05, 1:02:03 */
	CELL_INSTANT, /* local date and time */
	CELL_RATE,    /* hundredths of a percent: 83.33 */
	CELL_BYTES,
	CELL_BOOL
};

struct column {
	const char *key;
	const char *title; /* NULL: not in tables */
	enum cell cell;
};

/* `rows` is a JSON array of objects, and is taken. */
int print_rows(const struct command *cmd, const struct column *columns, size_t n, json_t *rows);
/* One object: a line a member; as JSON the object itself. Taken. */
int print_object(const struct command *cmd, const struct column *columns, size_t n, json_t *object);
/* After the last: STATUS_DONE, or STATUS_FAILED; a reader that has enough is not complained about. */
int print_end(void);
/* For rows that come one by one: the head, and each as it comes. */
void print_csv_head(const struct column *columns, size_t n);
void print_csv_row(const struct column *columns, size_t n, const json_t *row);
/* How a cell looks in a table; room is enough with 512. */
void print_cell(char *out, size_t room, enum cell cell, const json_t *value);
/* Columns a UTF-8 text takes on a terminal. */
int print_width(const char *text);

#endif
