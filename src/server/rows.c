/* rows.c - items of query results as JSON objects, by tables of their members. Ids are strings; 0 is left
 * out. */
#include "rows.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static json_t *id_json(uint64_t id)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, id);
	return id ? json_string(text) : NULL;
}

static json_t *text_json(const char *s, bool is_json)
{
	if (!s)
		return json_string("");
	return is_json ? json_loads(s, 0, NULL) : json_string(s);
}

static json_t *i64_json(int64_t v)
{
	return v == GHL_REPORT_BLANK ? json_null() : json_integer(v);
}

static json_t *member_json(const void *item, const struct member *m)
{
	const char *at = (const char *)item + m->at;

	switch (m->type) {
	case MEMBER_TEXT:
	case MEMBER_JSON:
		return text_json(*(const char *const *)at, m->type == MEMBER_JSON);
	case MEMBER_ID:
		return id_json(*(const uint64_t *)at);
	case MEMBER_U16:
		return json_integer(*(const uint16_t *)at);
	case MEMBER_U32:
		return json_integer(*(const uint32_t *)at);
	case MEMBER_U64:
		return json_integer((json_int_t) * (const uint64_t *)at);
	case MEMBER_I64:
		return i64_json(*(const int64_t *)at);
	case MEMBER_BOOL:
		return json_boolean(*(const bool *)at);
	default:
		return json_string(m->enum_name(*(const int *)at));
	}
}

json_t *row_json(const void *item, const struct item *kind)
{
	json_t *row = json_object();

	for (size_t i = 0; row && i < kind->n; i++) {
		json_t *v = member_json(item, &kind->members[i]);

		if (v)
			(void)json_object_set_new(row, kind->members[i].name, v);
	}
	return row;
}

void rows_add(json_t *rows, struct ghl_list *list, const struct item *kind)
{
	const void *item;

	while ((item = ghl_list_next(list)))
		(void)json_array_append_new(rows, row_json(item, kind));
	ghl_list_free(list);
}

json_t *rows_json(struct ghl_list *list, const struct item *kind)
{
	json_t *rows = json_array(), *cursor = json_string(ghl_list_cursor(list));

	rows_add(rows, list, kind);
	return json_pack("{s:o, s:o}", "items", rows, "cursor", cursor);
}
