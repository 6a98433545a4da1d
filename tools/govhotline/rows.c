/* rows.c - a struct's members into a JSON object. */
#include "rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static json_t *id_value(uint64_t id)
{
	return id ? json_sprintf("%" PRIu64, id) : json_null();
}

static json_t *json_value(const char *text)
{
	json_t *value = json_loads(text ? text : "", JSON_DECODE_ANY, NULL);

	return value ? value : json_null();
}

static json_t *member_value(const struct member *m, const void *at)
{
	switch (m->type) {
	case MEMBER_TEXT:
		return json_string(*(const char *const *)at ? *(const char *const *)at : "");
	case MEMBER_JSON:
		return json_value(*(const char *const *)at);
	case MEMBER_ID:
		return id_value(*(const uint64_t *)at);
	case MEMBER_U16:
		return json_integer(*(const uint16_t *)at);
	case MEMBER_U32:
		return json_integer(*(const uint32_t *)at);
	case MEMBER_U64:
		return json_integer((json_int_t) * (const uint64_t *)at);
	case MEMBER_I64:
		return *(const int64_t *)at == GHL_REPORT_BLANK ? json_null()
								: json_integer(*(const int64_t *)at);
	case MEMBER_BOOL:
		return json_boolean(*(const bool *)at);
	case MEMBER_NAMED:
		return json_string(m->name(*(const int *)at));
	}
	return NULL;
}

json_t *row_make(const void *item, const struct member *members, size_t n)
{
	json_t *row = json_object();

	for (size_t i = 0; i < n; i++)
		(void)json_object_set_new(
			row, members[i].key, member_value(&members[i], (const char *)item + members[i].at));
	return row;
}

void rows_append(json_t *rows, struct ghl_list *list, const struct member *members, size_t n)
{
	const void *item;

	while ((item = ghl_list_next(list)))
		(void)json_array_append_new(rows, row_make(item, members, n));
	ghl_list_free(list);
}

json_t *rows_of(json_t *result)
{
	json_t *items =
		json_is_object(result) ? json_incref(json_object_get(result, "items")) : json_incref(result);

	json_decref(result);
	return json_is_array(items) ? items : json_array();
}
