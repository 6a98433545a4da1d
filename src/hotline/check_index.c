/* check_index.c - records and their indexes, both ways: what the index says is there is there, and what is
 * there the index knows. */
#include "check.h"

#include "base/error.h"
#include "store/schema/call.pb-c.h"
#include "store/schema/recording.pb-c.h"

#include <govhotline/call.h>

#include <string.h>

static int bad(struct check *c, uint64_t id, const char *what)
{
	char name[GHL_ID_TEXT_MAX];

	return error_set(c->err, GHL_ECORRUPT, "%s: %s", ghl_id_text(id, name, sizeof(name)), what);
}

static bool there(
	struct check *c, enum store_table t, const void *key, size_t klen, const void **value, size_t *len)
{
	const void *v;
	size_t n;

	return store_get(c->read, t, key, klen, value ? value : &v, len ? len : &n, NULL) == 0;
}

static bool number_known(struct check *c, const char *number, const Ghl__CallRecord *r)
{
	uint8_t key[STORE_KEY_MAX];

	return !number[0] ||
	       there(c, STORE_CALL_BY_NUMBER, key,
		       store_key_text_2u64(key, number, (uint64_t)r->started_at_us, r->call), NULL, NULL);
}

static int check_record(struct check *c, const struct store_item *item, const Ghl__CallRecord *r)
{
	uint8_t key[16], id[8];
	const void *value;
	size_t len;

	(void)store_key_2u64(key, (uint64_t)r->started_at_us, r->call);
	if (item->klen != sizeof(key) || memcmp(item->key, key, sizeof(key)) != 0)
		return bad(c, r->call, "its record stands under another call's key");
	if (!there(c, STORE_CALL_BY_ID, id, store_key_u64(id, r->call), &value, &len) || len != sizeof(key) ||
		memcmp(value, key, sizeof(key)) != 0)
		return bad(c, r->call, "is not in the index of ids");
	if (!number_known(c, r->calling, r) ||
		(r->direction != GHL_CALL_INBOUND && !number_known(c, r->called, r)))
		return bad(c, r->call, "is not in the index of numbers");
	return 0;
}

static int on_call(struct check *c, const struct store_item *item)
{
	Ghl__CallRecord *r = ghl__call_record__unpack(NULL, item->vlen, item->value);
	int rc;

	if (!r)
		return error_set(c->err, GHL_ECORRUPT, "calls: a record that cannot be read");
	rc = check_record(c, item, r);
	ghl__call_record__free_unpacked(r, NULL);
	return rc;
}

static int on_id(struct check *c, const struct store_item *item)
{
	if (item->klen != 8 || item->vlen != 16)
		return error_set(c->err, GHL_ECORRUPT, "index of ids: an entry that is none");
	if (!there(c, STORE_CALL, item->value, item->vlen, NULL, NULL))
		return bad(c, store_key_read_u64(item->key), "is in the index of ids, but has no record");
	return 0;
}

static int on_number(struct check *c, const struct store_item *item)
{
	const uint8_t *key = item->key;

	if (item->klen < 18)
		return error_set(c->err, GHL_ECORRUPT, "index of numbers: an entry that is none");
	key += item->klen - 16;
	if (!there(c, STORE_CALL, key, 16, NULL, NULL))
		return bad(c, store_key_read_u64(key + 8), "is in the index of numbers, but has no record");
	return 0;
}

static int on_recording(struct check *c, const struct store_item *item)
{
	Ghl__RecordingRecord *r = ghl__recording_record__unpack(NULL, item->vlen, item->value);
	uint8_t key[8 + STORE_SERIAL_LEN];
	int rc = 0;

	if (!r || item->klen != STORE_SERIAL_LEN) {
		if (r)
			ghl__recording_record__free_unpacked(r, NULL);
		return error_set(c->err, GHL_ECORRUPT, "recordings: a record that cannot be read");
	}
	(void)store_key_u64(key, r->call);
	memcpy(key + 8, item->key, STORE_SERIAL_LEN);
	if (!there(c, STORE_RECORDING_BY_CALL, key, sizeof(key), NULL, NULL))
		rc = error_set(c->err, GHL_ECORRUPT, "recording %.*s: is not in the index of calls",
			STORE_SERIAL_LEN, (const char *)item->key);
	ghl__recording_record__free_unpacked(r, NULL);
	return rc;
}

static int on_recording_index(struct check *c, const struct store_item *item)
{
	const char *serial = (const char *)item->key + 8;

	if (item->klen != 8 + STORE_SERIAL_LEN)
		return error_set(c->err, GHL_ECORRUPT, "index of recordings: an entry that is none");
	if (!there(c, STORE_RECORDING, serial, STORE_SERIAL_LEN, NULL, NULL))
		return error_set(c->err, GHL_ECORRUPT,
			"recording %.*s: is in the index of calls, but has no record", STORE_SERIAL_LEN,
			serial);
	return 0;
}

int check_indexes(struct check *c)
{
	static const struct {
		enum store_table table;
		check_item_fn *fn;
	} tables[] = {{STORE_CALL, on_call}, {STORE_CALL_BY_ID, on_id}, {STORE_CALL_BY_NUMBER, on_number},
		{STORE_RECORDING, on_recording}, {STORE_RECORDING_BY_CALL, on_recording_index}};
	int rc = 0;

	for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]) && rc == 0; i++)
		rc = check_walk(c, c->store, tables[i].table, tables[i].fn);
	return rc;
}
