/*
 * recover.c - at the engine's start: recordings that a crash left without an end. Their files are repaired,
 * hashed and ended as interrupted; a serial whose file never came to be becomes void. Nothing else is
 * touched, so it costs what the crash left, not what the store holds.
 */
#include "record_priv.h"

#include "base/error.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLES_A_SECOND 8000
#define AT_ONCE          256 /* ended by one run over the open marks */

struct open_serials {
	char serial[AT_ONCE][STORE_SERIAL_LEN + 1];
	unsigned n;
};

static int on_open(void *arg, const struct store_item *item)
{
	struct open_serials *o = arg;
	const char *key = item->key;
	size_t at = sizeof(RECORD_OPEN) - 1;

	if (item->klen != at + STORE_SERIAL_LEN)
		return 0;
	memcpy(o->serial[o->n], key + at, STORE_SERIAL_LEN);
	o->serial[o->n][STORE_SERIAL_LEN] = '\0';
	return ++o->n == AT_ONCE;
}

static int find_open(struct records *rs, struct open_serials *o)
{
	static const char end[] = "recording-open0"; /* '0' follows '/' */
	struct store_read *read;
	int rc = store_read_begin(rs->core->store, &read);

	if (rc < 0)
		return rc;
	o->n = 0;
	rc = store_range(read, STORE_META, RECORD_OPEN, sizeof(RECORD_OPEN) - 1, end, sizeof(end) - 1, false,
		on_open, o);
	store_read_end(read);
	return rc < 0 ? rc : 0;
}

static int get_row(struct records *rs, const char *serial, Ghl__RecordingRecord **row)
{
	struct store_read *read;
	int rc = store_read_begin(rs->core->store, &read);

	if (rc < 0)
		return rc;
	rc = record_row_get(read, serial, row);
	store_read_end(read);
	return rc;
}

/* What the file tells of a recording whose engine died. */
static void examine(
	const char *path, const Ghl__RecordingRecord *row, struct record_end_facts *end, uint8_t hash[32])
{
	struct ghl_error err;
	struct stat st;
	int rc;

	*end = (struct record_end_facts){
		.state = GHL_RECORD_VOID, .reason = "the engine stopped before the first packet"};
	end->ended_at_us = row->prepared_at_us;
	if (stat(path, &st) < 0)
		return;
	if (st.st_size == 0) { /* made, and not even its header in it */
		(void)unlink(path);
		return;
	}
	rc = media_wav_repair(path, &end->samples, &err);
	if (rc == 0)
		rc = media_wav_hash(path, hash, &end->samples, &err);
	end->state = rc == 0 ? GHL_RECORD_INTERRUPTED : GHL_RECORD_DAMAGED;
	end->reason = rc == 0 ? "the engine stopped during the call" : "the file could not be repaired";
	end->hash = rc == 0 ? hash : NULL;
	end->bytes = stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
	end->started_at_us = row->prepared_at_us;
	end->ended_at_us = row->prepared_at_us + (int64_t)(end->samples * 1000000 / SAMPLES_A_SECOND);
}

static int end_one(struct records *rs, const char *serial, const struct actor *actor)
{
	struct record_end_facts end;
	Ghl__RecordingRecord *row;
	struct store_batch *b;
	char path[RECORD_PATH_MAX];
	uint8_t hash[32];
	int rc = get_row(rs, serial, &row);

	if (rc < 0)
		return rc;
	record_path(rs, serial, path, sizeof(path));
	examine(path, row, &end, hash);
	b = store_batch_new();
	rc = b ? record_row_end(rs, b, row, &end, actor) : GHL_ENOMEM;
	if (b)
		store_batch_vital(b);
	row->reason = (char *)protobuf_c_empty_string; /* lent above */
	row->hash = (ProtobufCBinaryData){0};
	ghl__recording_record__free_unpacked(row, NULL);
	if (rc < 0) {
		store_batch_free(b);
		return rc;
	}
	log_info("record", "recovered serial=%s state=%s samples=%llu", serial,
		ghl_record_state_name(end.state), (unsigned long long)end.samples);
	return store_commit(rs->core->store, b, NULL);
}

int records_recover(struct records *rs, struct ghl_error *err)
{
	struct open_serials *open = calloc(1, sizeof(*open));
	struct actor actor;
	int rc = open ? 0 : GHL_ENOMEM;

	access_actor_timer(rs->core->access, &actor);
	while (rc == 0 && (rc = find_open(rs, open)) == 0 && open->n > 0)
		for (unsigned i = 0; rc == 0 && i < open->n; i++)
			rc = end_one(rs, open->serial[i], &actor);
	free(open);
	return rc < 0 ? error_set(err, rc, "recordings of the last run could not be ended: %s",
				ghl_strerror(rc))
		      : 0;
}
