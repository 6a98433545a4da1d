/* rows.h - items of query results as JSON objects, by tables of their members. */
#ifndef ROWS_H
#define ROWS_H

#include "print.h"

enum member_type {
	MEMBER_TEXT,
	MEMBER_JSON,
	MEMBER_ID,
	MEMBER_U32,
	MEMBER_U16,
	MEMBER_I64,
	MEMBER_U64,
	MEMBER_BOOL,
	MEMBER_NAMED
};

struct member {
	const char *key;
	enum member_type type;
	size_t at;
	const char *(*name)(int); /* MEMBER_NAMED: of an enum's value */
};

#define MEMBER(type_, key_, how)                                                                             \
	{                                                                                                    \
#key_, how, offsetof(struct type_, key_), NULL                                               \
	}
#define MEMBER_ENUM(type_, key_, name_)                                                                      \
	{                                                                                                    \
#key_, MEMBER_NAMED, offsetof(struct type_, key_), name_                                     \
	}

/* A new object. An int64 of GHL_REPORT_BLANK becomes null. */
json_t *row_make(const void *item, const struct member *members, size_t n);
/* Every item of a result; frees it. */
void rows_append(json_t *rows, struct ghl_list *list, const struct member *members, size_t n);

/* The rows of an answer of the control socket: itself an array, or its "items". Takes it. */
json_t *rows_of(json_t *result);

#define ROW_MAKE(item, members) row_make(item, members, sizeof(members) / sizeof(members[0]))
#define ROWS_APPEND(rows, list, members)                                                                     \
	rows_append(rows, list, members, sizeof(members) / sizeof(members[0]))
#define PRINT_ROWS(cmd, columns, rows) print_rows(cmd, columns, sizeof(columns) / sizeof(columns[0]), rows)
#define PRINT_OBJECT(cmd, columns, object)                                                                   \
	print_object(cmd, columns, sizeof(columns) / sizeof(columns[0]), object)

#endif
