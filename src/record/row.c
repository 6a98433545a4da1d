/*
 * row.c - a recording's row in the store: how it begins, how it ends, how it is read; the end fact that binds
 * the file's hash into the chain (row 16e). It touches no file.
 */
#include "record_priv.h"

#include "base/error.h"
#include "stream/stream.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *ghl_record_state_name(enum ghl_record_state state)
{
	static const char *const names[] = {"none", "running", "complete", "interrupted", "damaged", "void"};

	return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

void record_hex(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", p[i]);
	out[2 * n] = '\0';
}

bool record_serial_valid(const char *serial)
{
	size_t n = serial ? strlen(serial) : 0;

	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)serial[i]))
			return false;
	return n == STORE_SERIAL_LEN;
}

int record_serial_check(const char *serial)
{
	if (record_serial_valid(serial))
		return 0;
	return error_invalid(
		"serial", "\"%.40s\" is not YYYYMMDD, a node digit and 6 digits", serial ? serial : "");
}

uint32_t record_date(const struct records *rs, int64_t at_us)
{
	time_t t = (time_t)(at_us / 1000000);
	struct tm tm;

	if (rs->opts.date)
		return rs->opts.date(rs->opts.arg, at_us);
	(void)gmtime_r(&t, &tm);
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
}

void record_path(const struct records *rs, const char *serial, char *out, size_t room)
{
	(void)snprintf(out, room, "%s/%.8s/%s.wav", rs->opts.dir, serial, serial);
}

static void key_by_call(uint8_t *key, ghl_call call, const char *serial)
{
	size_t n = store_key_u64(key, call);

	memcpy(key + n, serial, STORE_SERIAL_LEN);
}

int record_row_put(struct store_batch *b, const Ghl__RecordingRecord *row, const char *serial)
{
	size_t n = ghl__recording_record__get_packed_size(row);
	uint8_t *bytes;

	if (n > STORE_VALUE_MAX)
		return GHL_EINVAL;
	bytes = malloc(n);
	if (!bytes)
		return GHL_ENOMEM;
	(void)ghl__recording_record__pack(row, bytes);
	store_batch_put(b, STORE_RECORDING, serial, STORE_SERIAL_LEN, bytes, n);
	free(bytes);
	return 0;
}

int record_row_begin(struct store_batch *b, const struct record *r, const char *mark)
{
	Ghl__RecordingRecord row = GHL__RECORDING_RECORD__INIT;
	char serial[STORE_SERIAL_LEN + 1], open[sizeof(RECORD_OPEN) + STORE_SERIAL_LEN];
	uint8_t key[8 + STORE_SERIAL_LEN];

	memcpy(serial, mark, STORE_SERIAL_LEN);
	serial[STORE_SERIAL_LEN] = '\0';
	row.recording = r->id;
	row.call = r->call;
	row.serial = serial;
	row.state = GHL_RECORD_RUNNING;
	row.prepared_at_us = r->prepared_at_us;
	memcpy(open, RECORD_OPEN, sizeof(RECORD_OPEN) - 1);
	memcpy(open + sizeof(RECORD_OPEN) - 1, serial, STORE_SERIAL_LEN);
	key_by_call(key, r->call, serial);
	store_batch_put(b, STORE_META, open, sizeof(RECORD_OPEN) - 1 + STORE_SERIAL_LEN, "", 0);
	store_batch_put(b, STORE_RECORDING_BY_CALL, key, sizeof(key), "", 0);
	return record_row_put(b, &row, serial);
}

static void end_fact(struct records *rs, struct store_batch *b, const Ghl__RecordingRecord *row,
	const struct record_end_facts *end, const struct actor *actor)
{
	struct event_draft d;
	char hex[65] = "";

	event_draft_init(&d, end->state == GHL_RECORD_VOID ? GHL_EV_RECORDING_VOID : GHL_EV_RECORDING_ENDED);
	if (end->hash)
		record_hex(end->hash, 32, hex);
	event_draft_id(&d, GHL_F_CALL, row->call);
	event_draft_id(&d, GHL_F_RECORDING, row->recording);
	event_draft_text(&d, GHL_F_SERIAL, row->serial);
	event_draft_text(&d, GHL_F_STATE, ghl_record_state_name(end->state));
	event_draft_text(&d, GHL_F_HASH, hex);
	event_draft_text(&d, GHL_F_REASON, end->reason);
	event_draft_int(&d, GHL_F_SAMPLES, (int64_t)end->samples);
	event_draft_int(&d, GHL_F_MISSING, (int64_t)end->missing);
	event_draft_int(&d, GHL_F_BYTES, (int64_t)end->bytes);
	event_draft_int(&d, GHL_F_STARTED_AT_US, end->started_at_us);
	stream_fact(rs->core, b, actor, &d);
}

int record_row_end(struct records *rs, struct store_batch *b, Ghl__RecordingRecord *row,
	const struct record_end_facts *end, const struct actor *actor)
{
	char open[sizeof(RECORD_OPEN) + STORE_SERIAL_LEN];

	row->state = end->state;
	row->reason = (char *)(end->reason ? end->reason : "");
	row->hash.data = (uint8_t *)end->hash;
	row->hash.len = end->hash ? 32 : 0;
	row->started_at_us = end->started_at_us;
	row->ended_at_us = end->ended_at_us;
	row->samples = end->samples;
	row->bytes = end->bytes;
	row->missing_samples = end->missing;
	(void)snprintf(open, sizeof(open), RECORD_OPEN "%s", row->serial);
	store_batch_delete(b, STORE_META, open, strlen(open));
	end_fact(rs, b, row, end, actor);
	return record_row_put(b, row, row->serial);
}

int record_row_get(struct store_read *read, const char *serial, Ghl__RecordingRecord **out)
{
	const void *value;
	size_t len;
	int rc = store_get(read, STORE_RECORDING, serial, STORE_SERIAL_LEN, &value, &len, NULL);

	if (rc < 0)
		return rc;
	*out = ghl__recording_record__unpack(NULL, len, value);
	return *out ? 0 : GHL_ECORRUPT;
}

char *record_facts_json(const Ghl__RecordingRecord *row)
{
	json_t *o = json_object();
	char *text;

	for (size_t i = 0; o && i < row->n_facts; i++)
		(void)json_object_set_new(o, row->facts[i]->key, json_string(row->facts[i]->value));
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	return text;
}
