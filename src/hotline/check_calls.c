/* check_calls.c - calls and their indexes: by id, by number, open ones, and the names of imported ones. */
#include "check.h"

#include "base/id.h"
#include "base/text.h"
#include "call/count.h"

#include <govhotline/call.h>

#include <stdio.h>
#include <string.h>

#define CALL_KEY 16
#define IMPORTED "import/"

static const char *call_text(uint64_t id, char room[GHL_ID_TEXT_MAX])
{
	return id_check(id, GHL_ID_CALL) == 0 ? ghl_id_text(id, room, GHL_ID_TEXT_MAX)
					      : "a call without an id";
}

/* "call-17 of 2026-11-23T08:15:02.000000Z" */
struct named {
	char text[GHL_ID_TEXT_MAX + 40];
};

static const char *name_of(struct named *n, int64_t started_at_us, uint64_t id)
{
	char at[32], room[GHL_ID_TEXT_MAX];

	(void)snprintf(
		n->text, sizeof(n->text), "%s of %s", call_text(id, room), text_utc(started_at_us, at));
	return n->text;
}

static const char *key_name(struct named *n, const void *key)
{
	return name_of(n, (int64_t)store_key_read_u64(key), store_key_read_u64((const uint8_t *)key + 8));
}

static int check_by_id(struct check *c, const Ghl__CallRecord *r, const uint8_t key[CALL_KEY])
{
	struct named n;
	uint8_t id[8];
	const void *value;
	size_t len;

	if (store_get(c->read, STORE_CALL_BY_ID, id, store_key_u64(id, r->call), &value, &len, NULL) < 0)
		return check_bad(c, STORE_CALL, "%s has no entry in call_by_id", key_name(&n, key));
	if (len != CALL_KEY || memcmp(value, key, CALL_KEY) != 0)
		return check_bad(
			c, STORE_CALL, "%s: its entry in call_by_id leads elsewhere", key_name(&n, key));
	if (check_has(c, STORE_CALL_OPEN, id, sizeof(id)))
		return check_bad(c, STORE_CALL, "%s has ended and stands in call_open", key_name(&n, key));
	return 0;
}

static bool is_listed(const Ghl__CallRecord *r, const char *number)
{
	return number[0] && (number == r->calling || r->direction != GHL_CALL_INBOUND);
}

static int check_numbers(struct check *c, const Ghl__CallRecord *r, const uint8_t key[CALL_KEY])
{
	const char *numbers[] = {r->calling, r->called};
	uint8_t entry[STORE_KEY_MAX];
	struct named n;

	for (int i = 0; i < 2; i++) {
		size_t len = store_key_text_2u64(entry, numbers[i], (uint64_t)r->started_at_us, r->call);

		if (is_listed(r, numbers[i]) && !check_has(c, STORE_CALL_BY_NUMBER, entry, len))
			return check_bad(c, STORE_CALL, "%s has no entry in call_by_number for %.64s",
				key_name(&n, key), numbers[i]);
	}
	return 0;
}

static int check_links(struct check *c, const Ghl__CallRecord *r, const uint8_t key[CALL_KEY])
{
	char name[512];
	uint8_t known[STORE_KEY_MAX];
	struct named n;

	if (r->recording[0] && !r->source[0] &&
		!check_has(c, STORE_RECORDING, r->recording, strlen(r->recording)))
		return check_bad(
			c, STORE_CALL, "%s: there is no recording %.20s", key_name(&n, key), r->recording);
	if (!r->source[0])
		return 0;
	(void)snprintf(name, sizeof(name), IMPORTED "%.200s/%.200s", r->source, r->foreign_id);
	if (!check_has(c, STORE_NAME, known, store_key_text(known, name)))
		return check_bad(c, STORE_CALL, "%s: name has no entry %s", key_name(&n, key), name);
	return 0;
}

static bool makes_sense(const Ghl__CallRecord *r)
{
	if (r->n_stays > CALL_STAYS_MAX || r->end > REPORT_BLOCKED || r->ended_at_us < r->started_at_us)
		return false;
	for (size_t i = 0; i < r->n_stays; i++)
		if (!check_instant(r->stays[i]->offered_at_us))
			return false;
	return check_instant(r->started_at_us) && check_instant(r->ended_at_us) &&
	       check_instant(r->offered_at_us);
}

static int check_record(struct check *c, const Ghl__CallRecord *r, const uint8_t key[CALL_KEY])
{
	struct named n;
	int rc;

	if ((uint64_t)r->started_at_us != store_key_read_u64(key) || r->call != store_key_read_u64(key + 8))
		return check_bad(c, STORE_CALL, "%s holds another call", key_name(&n, key));
	if (!makes_sense(r))
		return check_bad(c, STORE_CALL, "%s makes no sense", key_name(&n, key));
	rc = check_by_id(c, r, key);
	if (rc == 0)
		rc = check_numbers(c, r, key);
	if (rc == 0)
		rc = check_id(c, STORE_CALL, r->call);
	return rc < 0 ? rc : check_links(c, r, key);
}

int check_call(struct check *c, const struct store_item *i)
{
	Ghl__CallRecord *r;
	struct named n;
	int rc;

	if (i->klen != CALL_KEY)
		return check_bad(c, STORE_CALL, "a key of %zu bytes", i->klen);
	r = ghl__call_record__unpack(NULL, i->vlen, i->value);
	if (!r)
		return check_bad(c, STORE_CALL, "%s cannot be read", key_name(&n, i->key));
	rc = check_record(c, r, i->key);
	ghl__call_record__free_unpacked(r, NULL);
	return rc;
}

int check_call_by_id(struct check *c, const struct store_item *i)
{
	char room[GHL_ID_TEXT_MAX];

	if (i->klen != 8)
		return check_bad(c, STORE_CALL_BY_ID, "a key of %zu bytes", i->klen);
	if (i->vlen != CALL_KEY || memcmp((const uint8_t *)i->value + 8, i->key, 8) != 0 ||
		!check_has(c, STORE_CALL, i->value, i->vlen))
		return check_bad(c, STORE_CALL_BY_ID, "%s: there is no such call",
			call_text(store_key_read_u64(i->key), room));
	return 0;
}

/* Whether the record under the key has that index entry. */
static bool has_number(struct check *c, const uint8_t key[CALL_KEY], const struct store_item *i)
{
	uint8_t entry[STORE_KEY_MAX];
	Ghl__CallRecord *r;
	const void *value;
	bool found = false;
	size_t len;

	if (store_get(c->read, STORE_CALL, key, CALL_KEY, &value, &len, NULL) < 0)
		return false;
	r = ghl__call_record__unpack(NULL, len, value);
	for (int n = 0; r && n < 2; n++) {
		const char *number = n == 0 ? r->calling : r->called;

		len = store_key_text_2u64(entry, number, (uint64_t)r->started_at_us, r->call);
		found |= is_listed(r, number) && len == i->klen && memcmp(entry, i->key, len) == 0;
	}
	if (r)
		ghl__call_record__free_unpacked(r, NULL);
	return found;
}

int check_call_by_number(struct check *c, const struct store_item *i)
{
	const uint8_t *key = (const uint8_t *)i->key + i->klen - CALL_KEY;
	struct named n;

	if (i->klen < CALL_KEY + 1 || key[-1] != 0)
		return check_bad(c, STORE_CALL_BY_NUMBER, "a key of %zu bytes", i->klen);
	if (!has_number(c, key, i))
		return check_bad(c, STORE_CALL_BY_NUMBER, "%.*s: there is no such call: %s",
			(int)(i->klen - CALL_KEY - 1), (const char *)i->key, key_name(&n, key));
	return 0;
}

int check_call_open(struct check *c, const struct store_item *i)
{
	char room[GHL_ID_TEXT_MAX];
	Ghl__CallStart *start;
	bool fits;

	if (i->klen != 8)
		return check_bad(c, STORE_CALL_OPEN, "a key of %zu bytes", i->klen);
	start = ghl__call_start__unpack(NULL, i->vlen, i->value);
	fits = start && start->call == store_key_read_u64(i->key);
	if (start)
		ghl__call_start__free_unpacked(start, NULL);
	if (!fits)
		return check_bad(
			c, STORE_CALL_OPEN, "%s cannot be read", call_text(store_key_read_u64(i->key), room));
	if (check_has(c, STORE_CALL_BY_ID, i->key, i->klen))
		return check_bad(
			c, STORE_CALL_OPEN, "%s has ended", call_text(store_key_read_u64(i->key), room));
	return check_id(c, STORE_CALL_OPEN, store_key_read_u64(i->key));
}

int check_name(struct check *c, const struct store_item *i)
{
	if (i->klen < sizeof(IMPORTED) - 1 || memcmp(i->key, IMPORTED, sizeof(IMPORTED) - 1) != 0)
		return 0;
	if (i->vlen != 8 || !check_has(c, STORE_CALL_BY_ID, i->value, i->vlen))
		return check_bad(
			c, STORE_NAME, "%.*s: there is no such call", (int)i->klen, (const char *)i->key);
	return 0;
}
