/* items.h - C structs of query results as Python dicts, by tables of their members. Included into core.i's
 * wrapper only. */
#ifndef PYTHON_ITEMS_H
#define PYTHON_ITEMS_H

#include <Python.h>

#include <govhotline/agent.h>
#include <govhotline/acd.h>
#include <govhotline/call.h>
#include <govhotline/event.h>
#include <govhotline/govhotline.h>
#include <govhotline/hotline.h>
#include <govhotline/record.h>
#include <govhotline/report.h>

#include <stddef.h>

enum member_kind { MEMBER_TEXT, MEMBER_U16, MEMBER_U32, MEMBER_I32, MEMBER_U64, MEMBER_I64, MEMBER_BOOL };

struct member {
	const char *name;
	enum member_kind kind;
	size_t offset;
};

static PyObject *member_value(const struct member *m, const char *item)
{
	const char *p = item + m->offset;

	switch (m->kind) {
	case MEMBER_TEXT:
		return PyUnicode_DecodeUTF8(
			*(const char *const *)p, (Py_ssize_t)strlen(*(const char *const *)p), "replace");
	case MEMBER_U16:
		return PyLong_FromLong(*(const uint16_t *)p);
	case MEMBER_U32:
		return PyLong_FromUnsignedLong(*(const uint32_t *)p);
	case MEMBER_I32:
		return PyLong_FromLong(*(const int32_t *)p);
	case MEMBER_U64:
		return PyLong_FromUnsignedLongLong(*(const uint64_t *)p);
	case MEMBER_I64:
		return PyLong_FromLongLong(*(const int64_t *)p);
	default:
		return PyBool_FromLong(*(const bool *)p);
	}
}

static PyObject *item_dict(const struct member *members, size_t n, const void *item)
{
	PyObject *dict = PyDict_New(), *value;

	for (size_t i = 0; dict && i < n; i++) {
		value = member_value(&members[i], item);
		if (!value || PyDict_SetItemString(dict, members[i].name, value) < 0)
			Py_CLEAR(dict);
		Py_XDECREF(value);
	}
	return dict;
}

static PyObject *list_dicts(struct ghl_list *l, const struct member *members, size_t n)
{
	PyObject *out = PyList_New(0), *dict;
	const void *item;

	ghl_list_rewind(l);
	while (out && (item = ghl_list_next(l))) {
		dict = item_dict(members, n, item);
		if (!dict || PyList_Append(out, dict) < 0)
			Py_CLEAR(out);
		Py_XDECREF(dict);
	}
	return out;
}

/* The event's fields by name; texts stay texts, everything else becomes an int. */
static PyObject *event_fields(const struct ghl_event *e)
{
	enum ghl_event_field fields[128];
	size_t n = ghl_event_fields(e, fields, sizeof(fields) / sizeof(fields[0]));
	PyObject *dict = PyDict_New(), *value;

	for (size_t i = 0; dict && i < n && i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *text = ghl_event_text(e, fields[i]);

		value = ghl_event_field_kind(fields[i]) == GHL_FIELD_TEXT
				? PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace")
				: PyLong_FromLongLong(ghl_event_int(e, fields[i]));
		if (!value || PyDict_SetItemString(dict, ghl_event_field_name(fields[i]), value) < 0)
			Py_CLEAR(dict);
		Py_XDECREF(value);
	}
	return dict;
}

#endif
