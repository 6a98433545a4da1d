/*
 * import.c - ghl_call_import(): a whole file checked, then kept in one transaction with its roll-ups, or not
 * at all. Which rows were imported before is known by STORE_NAME "import/SOURCE/ID" -> call.
 */
#include "call_priv.h"
#include "import_row.h"

#include "base/argument.h"
#include "base/error.h"
#include "base/map.h"
#include "report/report.h"
#include "stream/session.h"

#include <govhotline/import.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (64u << 20)

struct import {
	struct ghl_session *session;
	struct core *core;
	const char *source;
	struct import_reader reader;
	char *text;
	size_t len;
	Ghl__CallRecord *rows;
	uint32_t count, room;
	struct map ids; /* of this file: id -> its row's line + 1 */
};

static int read_fd(struct import *im, int fd)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0)
		return error_from_errno(errno);
	if (st.st_size > FILE_MAX)
		return GHL_EFULL;
	im->text = malloc(FILE_MAX + 1);
	if (!im->text)
		return GHL_ENOMEM;
	while (n > 0 && im->len < FILE_MAX) {
		n = read(fd, im->text + im->len, FILE_MAX - im->len);
		if (n < 0 && errno != EINTR)
			return error_from_errno(errno);
		im->len += n > 0 ? (size_t)n : 0;
	}
	return im->len == FILE_MAX ? GHL_EFULL : 0;
}

static int read_file(struct import *im, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return error_from_errno(errno);
	rc = read_fd(im, fd);
	(void)close(fd);
	return rc;
}

static int zone_read(void *arg, const char *text, int64_t *out)
{
	return ghl_report_instant(arg, text, out);
}

static Ghl__CallRecord *row_new(struct import *im)
{
	if (im->count == im->room) {
		uint32_t room = im->room ? im->room * 2 : 256;
		Ghl__CallRecord *more = realloc(im->rows, room * sizeof(*more));

		if (!more)
			return NULL;
		im->rows = more;
		im->room = room;
	}
	return &im->rows[im->count];
}

/* An id stands once in a file. */
static int id_note(struct import *im, unsigned line, const char *id)
{
	uintptr_t before = (uintptr_t)map_get_text(&im->ids, id);

	if (before)
		import_wrong(&im->reader, line, 0,
			"call \"%.64s\" stands here a second time; the first is on line %" PRIuPTR, id,
			before);
	return before ? 0
		      : map_put_text(
				&im->ids, id, (void *)(uintptr_t)line); // NOLINT(performance-no-int-to-ptr)
}

static int row_take(struct import *im, const struct csv *csv)
{
	Ghl__CallRecord *row = row_new(im);

	if (!row)
		return GHL_ENOMEM;
	if (!import_row(&im->reader, csv, row))
		return 0;
	im->count++;
	return id_note(im, csv->line, row->foreign_id);
}

/* The whole file, every mistake of it. */
static int rows_read(struct import *im, struct ghl_call_import_result *result)
{
	struct csv csv;
	int got, rc = 0;

	csv_open(&csv, im->text, im->len);
	if (csv_next(&csv) != 1) {
		import_wrong(&im->reader, 1, 0, "%s", csv.wrong ? csv.wrong : "the file is empty");
		return GHL_EPARSE;
	}
	if (!import_header(&im->reader, &csv))
		return GHL_EPARSE;
	while (rc == 0 && (got = csv_next(&csv)) != 0) {
		if (++result->rows > GHL_CALL_IMPORT_ROWS)
			return GHL_EFULL;
		if (got < 0)
			import_wrong(&im->reader, csv.line, 0, "%s", csv.wrong);
		else
			rc = row_take(im, &csv);
	}
	return rc < 0 ? rc : im->reader.mistakes ? GHL_EPARSE : 0;
}

static size_t known_key(const struct import *im, const char *id, uint8_t key[STORE_KEY_MAX])
{
	char name[160];

	(void)snprintf(name, sizeof(name), "import/%s/%s", im->source, id);
	return store_key_text(key, name);
}

static bool is_known(struct import *im, struct store_read *read, const char *id)
{
	uint8_t key[STORE_KEY_MAX];
	const void *value;
	size_t len;

	return store_get(read, STORE_NAME, key, known_key(im, id, key), &value, &len, NULL) == 0;
}

static enum report_end end_of(const Ghl__CallRecord *r)
{
	if (r->disposition == GHL_CALL_REFUSED)
		return REPORT_BLOCKED;
	if (!r->queue[0])
		return REPORT_NO_QUEUE;
	switch (r->disposition) {
	case GHL_CALL_ANSWERED:
		return REPORT_ANSWERED;
	case GHL_CALL_OUTFLOW:
		return REPORT_OUTFLOW;
	case GHL_CALL_DEQUEUED:
		return REPORT_DEQUEUED;
	default:
		return REPORT_ABANDONED;
	}
}

static int row_put(struct import *im, struct store_batch *b, Ghl__CallRecord *r)
{
	uint8_t key[STORE_KEY_MAX], id[8];
	size_t n = known_key(im, r->foreign_id, key);
	int rc;

	r->call = store_id_next(im->core->store, GHL_ID_CALL);
	if (!r->call)
		return GHL_EIO;
	r->source = (char *)im->source;
	r->end = end_of(r);
	store_batch_check(b, STORE_NAME, key, n, 0);
	store_batch_put(b, STORE_NAME, key, n, id, store_key_u64(id, r->call));
	rc = call_record_put(im->core, b, r);
	return rc < 0 ? rc : call_record_add(im->core, b, r);
}

static void told_once(struct import *im, struct store_batch *b, uint32_t imported)
{
	struct event_draft d;

	event_draft_init(&d, GHL_EV_IMPORTED);
	event_draft_text(&d, GHL_F_NAME, im->source);
	event_draft_int(&d, GHL_F_COUNT, imported);
	stream_fact(im->core, b, session_actor(im->session), &d);
}

/* Ids are drawn outside the read: drawing one may have to commit. */
static int mark_known(struct import *im, struct ghl_call_import_result *result)
{
	struct store_read *read;
	int rc = store_read_begin(im->core->store, &read);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < im->count; i++)
		if (is_known(im, read, im->rows[i].foreign_id)) {
			im->rows[i].started_at_us = 0;
			result->known++;
		}
	store_read_end(read);
	return 0;
}

static int keep(struct import *im, struct ghl_call_import_result *result)
{
	struct store_batch *b = store_batch_new();
	int rc = b ? 0 : GHL_ENOMEM;

	for (uint32_t i = 0; i < im->count && rc == 0; i++) {
		if (!im->rows[i].started_at_us)
			continue;
		rc = row_put(im, b, &im->rows[i]);
		result->imported++;
	}
	if (rc < 0 || result->imported == 0) {
		if (b)
			store_batch_free(b);
	} else {
		told_once(im, b, result->imported);
		rc = store_commit(im->core->store, b, NULL);
	}
	if (rc < 0)
		result->imported = 0;
	return rc;
}

static int run(struct import *im, const char *path, bool dry_run, struct ghl_call_import_result *result)
{
	int rc = read_file(im, path);

	if (rc < 0)
		return rc;
	map_init(&im->ids);
	rc = rows_read(im, result);
	map_finish(&im->ids);
	if (rc == 0)
		rc = mark_known(im, result);
	if (rc == 0 && !dry_run)
		rc = keep(im, result);
	return rc;
}

static bool is_source(const char *s)
{
	return s[0] && strlen(s) < 64 && text_is_utf8(s, strlen(s)) && !strpbrk(s, "/\n\r\t");
}

int ghl_call_import(struct ghl_session *s, const char *path, const struct ghl_call_import_opts *opts,
	struct ghl_call_import_result *result, struct ghl_error *errs, uint32_t room)
{
	struct import im = {.session = s, .source = opts && opts->source ? opts->source : "import"};
	int rc = session_enter(s, ACCESS_FN_ghl_call_import);

	if (rc < 0)
		return rc;
	if (argument_given("path", path) < 0 || argument_given("result", result) < 0 ||
		argument_size("result", result->size, sizeof(*result)) < 0 ||
		(opts && argument_size("opts", opts->size, sizeof(*opts)) < 0))
		return GHL_EINVAL;
	if (!is_source(im.source))
		return error_invalid(
			"source", "\"%.64s\" is not 1 to 63 bytes without / and line breaks", im.source);
	*result = (struct ghl_call_import_result)GHL_CALL_IMPORT_RESULT_INIT;
	im.core = session_core(s);
	im.reader = (struct import_reader){
		.file = path, .zone = zone_read, .zone_arg = s, .errs = errs, .room = errs ? room : 0};
	rc = run(&im, path, opts && opts->dry_run, result);
	result->mistakes = im.reader.mistakes;
	result->told = im.reader.told;
	free(im.rows);
	free(im.text);
	return rc;
}
