/* print.c - tables aligned by display width, JSON, CSV (RFC 4180, CRLF as it says). */
#include "print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

int print_width(const char *text)
{
	mbstate_t state;
	wchar_t c;
	int width = 0, w;
	size_t n;

	memset(&state, 0, sizeof(state));
	while (*text) {
		n = mbrtowc(&c, text, strlen(text), &state);
		if (n == (size_t)-1 || n == (size_t)-2)
			return width + (int)strlen(text);
		w = wcwidth(c);
		width += w > 0 ? w : 0;
		text += n;
	}
	return width;
}

static void cell_ms(char *out, size_t room, int64_t ms)
{
	int64_t s = (ms + 500) / 1000;

	if (ms < 0)
		(void)snprintf(out, room, "-");
	else if (s >= 3600)
		(void)snprintf(
			out, room, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60, s % 60);
	else
		(void)snprintf(out, room, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
}

static void cell_instant(char *out, size_t room, int64_t at_us)
{
	time_t t = (time_t)(at_us / 1000000);
	struct tm tm;

	if (at_us == 0)
		(void)snprintf(out, room, "-");
	else
		(void)strftime(out, room, "%Y-%m-%d %H:%M:%S", localtime_r(&t, &tm));
}

static void cell_bytes(char *out, size_t room, double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned u = 0;

	for (; bytes >= 1024 && u < 4; u++)
		bytes /= 1024;
	(void)snprintf(out, room, u ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

static void cell_id(char *out, size_t room, const json_t *value)
{
	uint64_t id = json_is_string(value) ? strtoull(json_string_value(value), NULL, 10)
					    : (uint64_t)json_integer_value(value);

	(void)ghl_id_text(id, out, room);
}

static void cell_plain(char *out, size_t room, const json_t *value)
{
	char *dump;

	if (json_is_string(value)) {
		(void)snprintf(out, room, "%s", json_string_value(value));
	} else if (json_is_boolean(value)) {
		(void)snprintf(out, room, "%s", json_is_true(value) ? "true" : "false");
	} else {
		dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
		(void)snprintf(out, room, "%s", dump ? dump : "");
		free(dump);
	}
}

void print_cell(char *out, size_t room, enum cell cell, const json_t *value)
{
	out[0] = 0;
	if (!value || json_is_null(value))
		return;
	if (cell == CELL_ID)
		cell_id(out, room, value);
	else if (!json_is_integer(value))
		cell_plain(out, room, value);
	else if (cell == CELL_MS)
		cell_ms(out, room, json_integer_value(value));
	else if (cell == CELL_INSTANT)
		cell_instant(out, room, json_integer_value(value));
	else if (cell == CELL_RATE)
		(void)snprintf(out, room, "%.2f", (double)json_integer_value(value) / 100);
	else if (cell == CELL_BYTES)
		cell_bytes(out, room, (double)json_integer_value(value));
	else if (cell == CELL_BOOL)
		(void)snprintf(out, room, "%s", json_integer_value(value) ? "yes" : "no");
	else
		(void)snprintf(out, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

/* Control characters of foreign texts do nothing to the terminal. */
static void put_text(const char *s, int width, bool right)
{
	int fill = width - print_width(s);

	for (int i = 0; right && i < fill; i++)
		(void)putchar(' ');
	for (; *s; s++)
		(void)putchar((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
	for (int i = 0; !right && i < fill; i++)
		(void)putchar(' ');
}

static bool is_right(enum cell cell)
{
	return cell == CELL_COUNT || cell == CELL_MS || cell == CELL_RATE || cell == CELL_BYTES;
}

static void table_widths(const struct column *columns, size_t n, const json_t *rows, int *widths)
{
	char cell[512];
	const json_t *row;
	size_t r;

	for (size_t i = 0; i < n; i++) {
		widths[i] = columns[i].title ? print_width(columns[i].title) : 0;
		json_array_foreach(rows, r, row)
		{
			print_cell(cell, sizeof(cell), columns[i].cell, json_object_get(row, columns[i].key));
			if (columns[i].title && print_width(cell) > widths[i])
				widths[i] = print_width(cell);
		}
	}
}

static void table_row(const struct column *columns, size_t n, const int *widths, const json_t *row)
{
	size_t last = n;
	char cell[512];

	while (last > 0 && !columns[last - 1].title)
		last--;
	for (size_t i = 0; i < last; i++) {
		if (!columns[i].title)
			continue;
		if (row)
			print_cell(cell, sizeof(cell), columns[i].cell, json_object_get(row, columns[i].key));
		put_text(row ? cell : columns[i].title,
			i + 1 < last || is_right(columns[i].cell) ? widths[i] : 0, is_right(columns[i].cell));
		(void)fputs(i + 1 < last ? "  " : "", stdout);
	}
}

static void print_table(const struct command *cmd, const struct column *columns, size_t n, const json_t *rows)
{
	int widths[64];
	const json_t *row;
	size_t r;

	if (n > 64)
		n = 64;
	table_widths(columns, n, rows, widths);
	(void)fputs(cmd->color ? "\033[1m" : "", stdout);
	table_row(columns, n, widths, NULL);
	(void)puts(cmd->color ? "\033[0m" : "");
	json_array_foreach(rows, r, row)
	{
		table_row(columns, n, widths, row);
		(void)putchar('\n');
	}
}

static void csv_cell(const char *s)
{
	bool quote = strpbrk(s, ",\"\r\n") != NULL;

	if (!quote) {
		(void)fputs(s, stdout);
		return;
	}
	(void)putchar('"');
	for (; *s; s++) {
		if (*s == '"')
			(void)putchar('"');
		(void)putchar(*s);
	}
	(void)putchar('"');
}

static void csv_value(const json_t *value)
{
	char *whole = NULL;

	if (json_is_string(value))
		csv_cell(json_string_value(value));
	else if (value && !json_is_null(value) &&
		 (whole = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS)))
		csv_cell(whole);
	free(whole);
}

void print_csv_head(const struct column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)printf("%s%s", i ? "," : "", columns[i].key);
	(void)fputs("\r\n", stdout);
}

void print_csv_row(const struct column *columns, size_t n, const json_t *row)
{
	for (size_t i = 0; i < n; i++) {
		(void)fputs(i ? "," : "", stdout);
		csv_value(json_object_get(row, columns[i].key));
	}
	(void)fputs("\r\n", stdout);
}

static void print_csv(const struct column *columns, size_t n, const json_t *rows)
{
	const json_t *row;
	size_t r;

	print_csv_head(columns, n);
	json_array_foreach(rows, r, row) print_csv_row(columns, n, row);
}

/* One object a line, so that line tools can work on it too. */
static void print_json(const json_t *rows)
{
	const json_t *row;
	char *line;
	size_t r;

	(void)putchar('[');
	json_array_foreach(rows, r, row)
	{
		line = json_dumps(row, JSON_COMPACT);
		(void)printf("%s\n%s", r ? "," : "", line ? line : "null");
		free(line);
	}
	(void)puts(json_array_size(rows) ? "\n]" : "]");
}

int print_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_DONE;
	if (errno != EPIPE) /* `| head` has read enough: nothing to complain about */
		complain("standard output cannot be written");
	return STATUS_FAILED;
}

int print_rows(const struct command *cmd, const struct column *columns, size_t n, json_t *rows)
{
	if (cmd->format == PRINT_JSON)
		print_json(rows);
	else if (cmd->format == PRINT_CSV)
		print_csv(columns, n, rows);
	else
		print_table(cmd, columns, n, rows);
	json_decref(rows);
	return print_end();
}

int print_object(const struct command *cmd, const struct column *columns, size_t n, json_t *object)
{
	char cell[4096];
	int width = 0;

	if (cmd->format == PRINT_CSV)
		return print_rows(cmd, columns, n, json_pack("[o]", object));
	if (cmd->format == PRINT_JSON) {
		(void)json_dumpf(object, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		json_decref(object);
		return print_end();
	}
	for (size_t i = 0; i < n; i++)
		if (columns[i].title && print_width(columns[i].title) > width)
			width = print_width(columns[i].title);
	for (size_t i = 0; i < n; i++) {
		if (!columns[i].title)
			continue;
		print_cell(cell, sizeof(cell), columns[i].cell, json_object_get(object, columns[i].key));
		put_text(columns[i].title, width + 2, false);
		put_text(cell, 0, false);
		(void)putchar('\n');
	}
	json_decref(object);
	return print_end();
}
