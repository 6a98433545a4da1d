/* rollup.c - keys and values of the roll-ups. One key is a bin of one name; the value is a row of counters
 * that the store adds up. */
#include "rollup.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define HEAD_LEN 15

const char *rollup_family_name(enum rollup_family family)
{
	switch (family) {
	case ROLLUP_CALLS:
		return "calls";
	case ROLLUP_ARRIVALS:
		return "arrivals";
	case ROLLUP_TIME:
		return "time";
	}
	return "?";
}

static size_t write_head(uint8_t *out, enum rollup_family family, enum ghl_report_by by, int64_t start_s)
{
	out[0] = (uint8_t)family;
	out[1] = (uint8_t)by;
	/* the sign bit turned: bytes sort as the numbers do */
	return 2 + store_key_u64(out + 2, (uint64_t)start_s ^ 1ULL << 63);
}

size_t rollup_key_write(const struct rollup_key *k, uint8_t out[ROLLUP_KEY_MAX])
{
	size_t n = write_head(out, k->family, k->by, k->start_s), len = strlen(k->name);
	uint32_t offset = (uint32_t)k->offset_s ^ 1U << 31;

	for (int shift = 24; shift >= 0; shift -= 8)
		out[n++] = (uint8_t)(offset >> shift);
	out[n++] = k->correction;
	memcpy(out + n, k->name, len);
	return n + len;
}

size_t rollup_key_from(
	enum rollup_family family, enum ghl_report_by by, int64_t start_s, uint8_t out[ROLLUP_KEY_MAX])
{
	return write_head(out, family, by, start_s);
}

bool rollup_key_read(const void *key, size_t len, struct rollup_key *out)
{
	const uint8_t *p = key;
	uint32_t offset;

	if (len < HEAD_LEN || len - HEAD_LEN >= sizeof(out->name) || p[1] > GHL_REPORT_BY_TRUNK || p[14] > 1)
		return false;
	if (p[0] != ROLLUP_CALLS && p[0] != ROLLUP_ARRIVALS && p[0] != ROLLUP_TIME)
		return false;
	if (memchr(p + HEAD_LEN, 0, len - HEAD_LEN))
		return false;
	out->family = (enum rollup_family)p[0];
	out->by = (enum ghl_report_by)p[1];
	out->start_s = (int64_t)(store_key_read_u64(p + 2) ^ 1ULL << 63);
	offset = (uint32_t)p[10] << 24 | (uint32_t)p[11] << 16 | (uint32_t)p[12] << 8 | p[13];
	out->offset_s = (int32_t)(offset ^ 1U << 31);
	out->correction = p[ROLLUP_CORRECTION_AT];
	memcpy(out->name, p + HEAD_LEN, len - HEAD_LEN);
	out->name[len - HEAD_LEN] = '\0';
	return true;
}

void rollup_value_read(const void *value, size_t len, int64_t *out, unsigned n)
{
	const uint8_t *p = value;

	for (unsigned i = 0; i < n; i++) {
		uint64_t v = 0;

		for (unsigned b = 0; b < 8 && i * 8 + b < len; b++)
			v |= (uint64_t)p[i * 8 + b] << (8 * b);
		out[i] = (int64_t)v;
	}
}

int report_item_check(const struct store_item *item, struct ghl_error *err)
{
	struct rollup_key k;
	unsigned n;

	if (!rollup_key_read(item->key, item->klen, &k) || !text_is_utf8(k.name, strlen(k.name)))
		return error_set(err, GHL_ECORRUPT, "roll-up: a key that is none");
	n = k.family == ROLLUP_TIME ? TF_COUNT : CF_COUNT;
	if (item->vlen == 0 || item->vlen % 8 != 0 || item->vlen > n * sizeof(int64_t))
		return error_set(err, GHL_ECORRUPT, "roll-up %s of %lld: %zu bytes are no row of counters",
			k.name, (long long)k.start_s, item->vlen);
	return 0;
}
