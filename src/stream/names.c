/* names.c - the names of event types and fields, from events.def and fields.def. */
#include "event.h"

#include <stdlib.h>

#define TEXT   GHL_FIELD_TEXT
#define INT    GHL_FIELD_INT
#define ID     GHL_FIELD_ID
#define SCOPED true
#define WHOLE  false

static const struct type_row {
	int number;
	const char *name;
	enum access_right right;
	bool scoped;
} types[] = {
#define E(type, name, right, scope) {type, name, right, scope},
#include "events.def"
#undef E
};

static const struct field_row {
	const char *name;
	enum ghl_field_kind kind;
} fields[] = {
#define F(field, name, kind) [field] = {name, kind},
#include "fields.def"
#undef F
};

static int by_number(const void *key, const void *row)
{
	return *(const int *)key - ((const struct type_row *)row)->number;
}

static const struct type_row *type_row(enum ghl_event_type type)
{
	int number = (int)type;

	return bsearch(&number, types, sizeof(types) / sizeof(types[0]), sizeof(types[0]), by_number);
}

const char *ghl_event_type_name(enum ghl_event_type type)
{
	const struct type_row *row = type_row(type);

	return row ? row->name : "?";
}

enum access_right event_right(enum ghl_event_type type)
{
	const struct type_row *row = type_row(type);

	return row ? row->right : RIGHT_ACCESS_MANAGE;
}

bool event_scoped(enum ghl_event_type type)
{
	const struct type_row *row = type_row(type);

	return row && row->scoped;
}

static const struct field_row *field_row(enum ghl_event_field f)
{
	return (unsigned)f < sizeof(fields) / sizeof(fields[0]) && fields[f].name ? &fields[f] : NULL;
}

const char *ghl_event_field_name(enum ghl_event_field field)
{
	const struct field_row *row = field_row(field);

	return row ? row->name : "?";
}

enum ghl_field_kind ghl_event_field_kind(enum ghl_event_field field)
{
	const struct field_row *row = field_row(field);

	return row ? row->kind : GHL_FIELD_NONE;
}
