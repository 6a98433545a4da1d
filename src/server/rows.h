/*
 * server/rows.h - items of query results as JSON objects, by tables of their members. Knows the public
 * headers only; the command uses the same tables, so that what it prints from the store and what the control
 * socket answers are the same objects.
 */
#ifndef SERVER_ROWS_H
#define SERVER_ROWS_H

#include <govhotline/govhotline.h>

#include <jansson.h>
#include <stddef.h>

enum member_type {
	MEMBER_TEXT,
	MEMBER_JSON,
	MEMBER_ID,
	MEMBER_U16,
	MEMBER_U32,
	MEMBER_U64,
	MEMBER_I64,
	MEMBER_BOOL,
	MEMBER_ENUM
};

struct member {
	const char *name;
	enum member_type type;
	size_t at;
	const char *(*enum_name)(int); /* MEMBER_ENUM */
};

/* A struct's members; every public item has one (items.c). */
struct item {
	const struct member *members;
	size_t n;
};
extern const struct item item_agent, item_call, item_db, item_queue, item_record, item_report_agents,
	item_report_calls, item_status;

/* NULL: no memory. Ids are texts and 0 is left out; a report's blank is null. */
json_t *row_json(const void *item, const struct item *kind);
/* Adds every item of the list to an array, and frees the list. */
void rows_add(json_t *rows, struct ghl_list *list, const struct item *kind);
/* {"items": [rows], "cursor": ".."}; frees the list. NULL: no memory. */
json_t *rows_json(struct ghl_list *list, const struct item *kind);

#endif
