/* list.c - recordings found: ghl_record_list() and ghl_record_info(), read from the store in the caller's
 * thread. */
#include "record_priv.h"

#include "base/argument.h"
#include "base/error.h"
#include "stream/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 1000

struct search {
	struct records *rs;
	const struct ghl_record_filter *filter;
	struct ghl_list *list;
	unsigned n, limit;
	char last[STORE_SERIAL_LEN + 1];
	bool more;
};

static int add_row(struct search *f, const Ghl__RecordingRecord *row)
{
	struct ghl_record_info *info = list_add(f->list);
	char path[RECORD_PATH_MAX] = "", hash[65] = "", *facts = record_facts_json(row);

	if (!info || !facts) {
		free(facts);
		return GHL_ENOMEM;
	}
	if (row->state != GHL_RECORD_VOID)
		record_path(f->rs, row->serial, path, sizeof(path));
	if (row->hash.len == 32)
		record_hex(row->hash.data, 32, hash);
	info->recording = row->recording;
	info->call = row->call;
	info->state = (enum ghl_record_state)row->state;
	info->serial = list_text(f->list, row->serial);
	info->path = list_text(f->list, path);
	info->reason = list_text(f->list, row->reason);
	info->hash = list_text(f->list, hash);
	info->facts = list_text(f->list, facts);
	info->started_at_us = row->started_at_us;
	info->ended_at_us = row->ended_at_us;
	info->samples = row->samples;
	info->bytes = row->bytes;
	info->missing_samples = row->missing_samples;
	free(facts);
	return info->serial && info->path && info->reason && info->hash && info->facts ? 0 : GHL_ENOMEM;
}

static int on_row(void *arg, const struct store_item *item)
{
	struct search *f = arg;
	Ghl__RecordingRecord *row = ghl__recording_record__unpack(NULL, item->vlen, item->value);
	int rc = 0;

	if (!row)
		return GHL_ECORRUPT;
	if ((f->filter->state && row->state != (uint32_t)f->filter->state) ||
		(f->filter->call && row->call != f->filter->call)) {
		ghl__recording_record__free_unpacked(row, NULL);
		return 0;
	}
	if (f->n == f->limit) {
		f->more = true;
		rc = 1;
	} else {
		rc = add_row(f, row);
		(void)text_copy(f->last, sizeof(f->last), row->serial);
		f->n++;
	}
	ghl__recording_record__free_unpacked(row, NULL);
	return rc;
}

/* All serials in [from, until), the page's bounds already applied. */
static int search_serials(struct store_read *read, struct search *f)
{
	const struct ghl_record_filter *q = f->filter;
	char from[STORE_SERIAL_LEN + 2] = "", until[STORE_SERIAL_LEN + 2] = "\x7f";
	const char *cursor = q->cursor && q->cursor[0] ? q->cursor : NULL;

	if (q->from)
		(void)text_copy(from, sizeof(from), q->from);
	if (q->until)
		(void)text_copy(until, sizeof(until), q->until);
	if (cursor && q->newest_first)
		(void)text_copy(until, sizeof(until), cursor);
	else if (cursor)
		(void)snprintf(from, sizeof(from), "%s!",
			cursor); /* the next key after it: '!' sorts before digits */
	return store_range(
		read, STORE_RECORDING, from, strlen(from), until, strlen(until), q->newest_first, on_row, f);
}

static int on_by_call(void *arg, const struct store_item *item)
{
	struct search *f = arg;

	if (item->klen != 8 + STORE_SERIAL_LEN)
		return GHL_ECORRUPT;
	memcpy(f->last, (const char *)item->key + 8, STORE_SERIAL_LEN);
	return 1;
}

/* A call has one recording: the index names it. */
static int search_call(struct store_read *read, struct search *f)
{
	Ghl__RecordingRecord *row;
	uint8_t from[8], until[8];
	size_t n = store_key_u64(from, f->filter->call);
	int rc;

	(void)store_key_u64(until, f->filter->call + 1);
	rc = store_range(read, STORE_RECORDING_BY_CALL, from, n, until, n, false, on_by_call, f);
	if (rc < 0 || !f->last[0])
		return rc < 0 ? rc : 0;
	rc = record_row_get(read, f->last, &row);
	if (rc < 0)
		return rc;
	if (!f->filter->state || row->state == (uint32_t)f->filter->state)
		rc = add_row(f, row);
	ghl__recording_record__free_unpacked(row, NULL);
	return rc;
}

static int run_search(struct search *f)
{
	struct store_read *read;
	int rc = store_read_begin(f->rs->core->store, &read);

	if (rc < 0)
		return rc;
	rc = f->filter->call ? search_call(read, f) : search_serials(read, f);
	store_read_end(read);
	if (rc >= 0 && f->more)
		list_cursor_set(f->list, f->last);
	return rc < 0 ? rc : 0;
}

static int check_filter(const struct ghl_record_filter *f)
{
	if (argument_size("filter", f->size, sizeof(*f)) < 0 ||
		argument_range("limit", f->limit, 0, PAGE_MAX) < 0 ||
		argument_range("state", f->state, 0, GHL_RECORD_VOID) < 0)
		return GHL_EINVAL;
	if (f->call && argument_id("call", f->call, GHL_ID_CALL) < 0)
		return GHL_EINVAL;
	return f->cursor && f->cursor[0] && !record_serial_valid(f->cursor)
		       ? error_invalid("cursor", "none that a list of recordings gave")
		       : 0;
}

int ghl_record_list(struct ghl_session *s, const struct ghl_record_filter *filter, struct ghl_list **out)
{
	static const struct ghl_record_filter all = GHL_RECORD_FILTER_INIT;
	struct search f = {.filter = filter ? filter : &all, .limit = PAGE_MAX};
	int rc = session_enter(s, ACCESS_FN_ghl_record_list);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0 || check_filter(f.filter) < 0)
		return GHL_EINVAL;
	if (f.filter->limit)
		f.limit = f.filter->limit;
	f.rs = session_core(s)->slot[CORE_RECORD];
	if (!f.rs)
		return GHL_ESTATE;
	rc = list_new(&f.list, sizeof(struct ghl_record_info));
	if (rc == 0)
		rc = run_search(&f);
	return list_give(f.list, rc, out);
}

static int find_one(struct search *f, const char *serial)
{
	struct store_read *read;
	Ghl__RecordingRecord *row;
	int rc = store_read_begin(f->rs->core->store, &read);

	if (rc < 0)
		return rc;
	rc = record_row_get(read, serial, &row);
	store_read_end(read);
	if (rc < 0)
		return rc;
	rc = add_row(f, row);
	ghl__recording_record__free_unpacked(row, NULL);
	return rc;
}

int ghl_record_info(struct ghl_session *s, const char *serial, struct ghl_list **out)
{
	struct search f = {.limit = 1};
	int rc = session_enter(s, ACCESS_FN_ghl_record_info);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0 || record_serial_check(serial) < 0)
		return GHL_EINVAL;
	f.rs = session_core(s)->slot[CORE_RECORD];
	if (!f.rs)
		return GHL_ESTATE;
	rc = list_new(&f.list, sizeof(struct ghl_record_info));
	if (rc == 0)
		rc = find_one(&f, serial);
	return list_give(f.list, rc, out);
}
