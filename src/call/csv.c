/*
 * csv.c - CSV as RFC 4180 has it: fields are cut and unquoted in place, so a record costs no allocation. What
 * the fields mean is not known here.
 */
#include "csv.h"

#include <stdbool.h>
#include <string.h>

void csv_open(struct csv *c, char *text, size_t len)
{
	memset(c, 0, sizeof(*c));
	c->at = text;
	c->end = text + len;
	*c->end = 0;
	c->next_line = 1;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		c->at += 3;
}

/* A quoted field at c->at: its end is where the reader stands after it. False: it never ends. */
static bool quoted(struct csv *c, char **field)
{
	char *to = ++c->at;

	*field = to;
	for (;; c->at++) {
		if (c->at == c->end)
			return false;
		if (*c->at == '"') {
			if (c->at + 1 == c->end || c->at[1] != '"')
				break;
			c->at++;
		}
		c->next_line += *c->at == '\n';
		*to++ = *c->at;
	}
	c->at++;
	*to = 0;
	return true;
}

static void plain(struct csv *c, char **field)
{
	*field = c->at;
	while (c->at < c->end && *c->at != ',' && *c->at != '\n' && *c->at != '\r')
		c->at++;
}

static void skip_line(struct csv *c)
{
	char *lf = memchr(c->at, '\n', (size_t)(c->end - c->at));

	c->at = lf ? lf + 1 : c->end;
	c->next_line += lf != NULL;
}

static int fail(struct csv *c, const char *wrong)
{
	c->wrong = wrong;
	skip_line(c);
	return -1;
}

/* What stands after a field: 1 one more field, 0 the record's end, -1 neither. Its first byte is made the
 * field's NUL. */
static int after_field(struct csv *c)
{
	char *at = c->at;

	if (at == c->end)
		return 0;
	if (at[0] != ',' && at[0] != '\n' && !(at[0] == '\r' && at + 1 < c->end && at[1] == '\n'))
		return -1;
	c->at += at[0] == '\r' ? 2 : 1;
	c->next_line += at[0] != ',';
	at[0] = at[0] == ',' ? 0 : at[0];
	if (at[0] == 0)
		return 1;
	at[0] = 0;
	return 0;
}

int csv_next(struct csv *c)
{
	int more = 1;

	c->count = 0;
	c->wrong = NULL;
	while (c->at < c->end && (*c->at == '\n' || *c->at == '\r')) {
		c->next_line += *c->at == '\n';
		c->at++;
	}
	c->line = c->next_line;
	if (c->at == c->end)
		return 0;
	while (more == 1) {
		if (c->count == CSV_FIELDS_MAX)
			return fail(c, "more than 64 fields");
		if (c->at < c->end && *c->at == '"') {
			if (!quoted(c, &c->fields[c->count]))
				return fail(c, "a quoted field does not end");
		} else {
			plain(c, &c->fields[c->count]);
		}
		c->count++;
		more = after_field(c);
	}
	return more < 0 ? fail(c, "after a quoted field must come a comma or the line's end") : 1;
}
