/* error.c - error codes, their names and sentences, and the place an error is about. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int code;
	const char *name;
	const char *text;
} codes[] = {
	{GHL_OK, "GHL_OK", "success"},
	{GHL_EINVAL, "GHL_EINVAL", "an argument is outside its range"},
	{GHL_ENOENT, "GHL_ENOENT", "there is no such object"},
	{GHL_EPERM, "GHL_EPERM", "the right to do this is missing"},
	{GHL_ESTATE, "GHL_ESTATE", "not possible in the present state"},
	{GHL_ECONFLICT, "GHL_ECONFLICT", "somebody else changed it first"},
	{GHL_EAGAIN, "GHL_EAGAIN", "too much is under way, try again later"},
	{GHL_EFULL, "GHL_EFULL", "a configured limit is reached"},
	{GHL_ESPACE, "GHL_ESPACE", "no room is left on the disk"},
	{GHL_EIO, "GHL_EIO", "the system refused an input or output operation"},
	{GHL_ENOMEM, "GHL_ENOMEM", "no memory is left"},
	{GHL_ECLOSED, "GHL_ECLOSED", "closed while waiting"},
	{GHL_EGONE, "GHL_EGONE", "no longer kept, take a snapshot"},
	{GHL_EVERSION, "GHL_EVERSION", "the data is of another version"},
	{GHL_ETIMEDOUT, "GHL_ETIMEDOUT", "the time allowed passed"},
	{GHL_EEXIST, "GHL_EEXIST", "it exists already"},
	{GHL_EREFUSED, "GHL_EREFUSED", "the peer refused"},
	{GHL_ECORRUPT, "GHL_ECORRUPT", "stored data fails its check"},
	{GHL_EPARSE, "GHL_EPARSE", "the text does not follow its grammar"},
	{GHL_EUNSUPPORTED, "GHL_EUNSUPPORTED", "not supported by this build"},
	{GHL_EBUSY, "GHL_EBUSY", "held by another process"},
};

const char *ghl_strerror(int code)
{
	size_t i = (size_t)-code;

	return code <= 0 && i < sizeof(codes) / sizeof(codes[0]) ? codes[i].text : "unknown error";
}

const char *ghl_error_code_name(int code)
{
	size_t i = (size_t)-code;

	return code <= 0 && i < sizeof(codes) / sizeof(codes[0]) ? codes[i].name : "GHL_E?";
}

static void fill(struct ghl_error *err, int code, const char *prefix, const char *fmt, va_list ap)
{
	size_t n;

	n = (size_t)snprintf(err->text, sizeof(err->text), "%s", prefix);
	if (n < sizeof(err->text))
		(void)vsnprintf(err->text + n, sizeof(err->text) - n, fmt, ap);
	err->code = code;
}

int error_set(struct ghl_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	memset(err, 0, sizeof(*err));
	va_start(ap, fmt);
	fill(err, code, "", fmt, ap);
	va_end(ap);
	return code;
}

int error_at(struct ghl_error *err, int code, const char *where, unsigned line, unsigned column,
	const char *fmt, ...)
{
	char prefix[320];
	va_list ap;

	if (!err)
		return code;
	memset(err, 0, sizeof(*err));
	(void)snprintf(err->where, sizeof(err->where), "%s", where);
	err->line = line;
	err->column = column;
	if (line && column)
		(void)snprintf(prefix, sizeof(prefix), "%s:%u:%u: ", err->where, line, column);
	else if (line)
		(void)snprintf(prefix, sizeof(prefix), "%s:%u: ", err->where, line);
	else
		(void)snprintf(prefix, sizeof(prefix), "%s: ", err->where);
	va_start(ap, fmt);
	fill(err, code, prefix, fmt, ap);
	va_end(ap);
	return code;
}

int error_field(struct ghl_error *err, int code, const char *field, const char *fmt, ...)
{
	char prefix[80];
	va_list ap;

	if (!err)
		return code;
	memset(err, 0, sizeof(*err));
	(void)snprintf(err->field, sizeof(err->field), "%s", field);
	(void)snprintf(prefix, sizeof(prefix), "%s: ", err->field);
	va_start(ap, fmt);
	fill(err, code, prefix, fmt, ap);
	va_end(ap);
	return code;
}

/* --- what this thread's last public call failed of --- */

static _Thread_local struct ghl_error noted;

static void note(int code, const char *field, const char *fmt, va_list ap)
{
	char prefix[80];

	memset(&noted, 0, sizeof(noted));
	(void)snprintf(noted.field, sizeof(noted.field), "%s", field);
	(void)snprintf(prefix, sizeof(prefix), "%s%s", noted.field, field[0] ? ": " : "");
	fill(&noted, code, prefix, fmt, ap);
}

int error_note(int code, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(code, field, fmt, ap);
	va_end(ap);
	return code;
}

int error_invalid(const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(GHL_EINVAL, field, fmt, ap);
	va_end(ap);
	return GHL_EINVAL;
}

int error_note_again(int code, const char *field, const char *text)
{
	memset(&noted, 0, sizeof(noted));
	noted.code = code;
	(void)snprintf(noted.field, sizeof(noted.field), "%s", field);
	(void)snprintf(noted.text, sizeof(noted.text), "%s", text);
	return code;
}

void error_forget(void)
{
	noted.code = 0;
}

const struct ghl_error *error_noted(void)
{
	return &noted;
}

int ghl_error_last(struct ghl_error *out)
{
	if (noted.code && out)
		*out = noted;
	return noted.code;
}

int error_from_errno(int errnum)
{
	switch (errnum) {
	case 0:
		return GHL_OK;
	case ENOMEM:
		return GHL_ENOMEM;
	case ENOSPC:
	case EDQUOT:
		return GHL_ESPACE;
	case ENOENT:
		return GHL_ENOENT;
	case EEXIST:
		return GHL_EEXIST;
	case EACCES:
	case EPERM:
		return GHL_EPERM;
	case EAGAIN:
		return GHL_EAGAIN;
	case EBUSY:
		return GHL_EBUSY;
	case EINVAL:
		return GHL_EINVAL;
	case ETIMEDOUT:
		return GHL_ETIMEDOUT;
	default:
		return GHL_EIO;
	}
}
