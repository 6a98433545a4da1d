/*
 * guard.c - a token bucket for calls a second, a fixed table that counts failed digests by source and account
 * over a sliding minute, and address lists in CIDR notation (RFC 4632, RFC 4291). It decides nothing; agent.c
 * asks it.
 */
#include "guard.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)

void rate_init(struct rate *r, uint32_t per_s, int64_t now_us)
{
	r->per_s = per_s;
	r->filled_us = now_us;
	r->micro_tokens = (int64_t)per_s * SECOND_US;
}

bool rate_take(struct rate *r, int64_t now_us)
{
	int64_t full = (int64_t)r->per_s * SECOND_US, passed_us = now_us - r->filled_us;

	if (r->per_s == 0)
		return true;
	if (passed_us > SECOND_US)
		passed_us = SECOND_US;
	r->filled_us = now_us;
	r->micro_tokens += passed_us * r->per_s;
	if (r->micro_tokens > full)
		r->micro_tokens = full;
	if (r->micro_tokens < SECOND_US)
		return false;
	r->micro_tokens -= SECOND_US;
	return true;
}

void throttle_init(struct throttle *t, uint32_t limit_per_minute, uint64_t seed)
{
	memset(t, 0, sizeof(*t));
	t->limit = limit_per_minute;
	t->seed = seed;
}

/* FNV-1a from a secret start, so that nobody can aim at another's slot. */
static uint64_t hash_of(const struct throttle *t, const char *key)
{
	uint64_t h = t->seed ^ UINT64_C(0xcbf29ce484222325);

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	return h * UINT64_C(0x9e3779b97f4a7c15);
}

static const struct throttle_slot *find_slot(const struct throttle *t, uint64_t hash)
{
	const struct throttle_slot *s = &t->slot[hash >> 52];

	return s->hash == hash ? s : NULL;
}

/* Weighs the minute before by how much of it the last 60 seconds still cover. */
static uint32_t recent(const struct throttle_slot *s, int64_t now_us)
{
	int64_t in_us = now_us - s->since_us;

	if (in_us >= 2 * MINUTE_US)
		return 0;
	if (in_us >= MINUTE_US)
		return (uint32_t)((int64_t)s->count * (2 * MINUTE_US - in_us) / MINUTE_US);
	return s->count + (uint32_t)((int64_t)s->before * (MINUTE_US - in_us) / MINUTE_US);
}

void throttle_fail(struct throttle *t, const char *key, int64_t now_us)
{
	uint64_t hash = hash_of(t, key);
	struct throttle_slot *s = &t->slot[hash >> 52];

	if (s->hash != hash && recent(s, now_us) >= t->limit)
		return; /* the slot guards against somebody who is guessing now: it is not given up */
	if (s->hash != hash || now_us - s->since_us >= 2 * MINUTE_US) {
		*s = (struct throttle_slot){.hash = hash, .since_us = now_us};
	} else if (now_us - s->since_us >= MINUTE_US) {
		s->before = s->count;
		s->count = 0;
		s->since_us += MINUTE_US;
	}
	s->count++;
}

bool throttle_blocks(const struct throttle *t, const char *key, int64_t now_us)
{
	const struct throttle_slot *s = find_slot(t, hash_of(t, key));

	return s && recent(s, now_us) >= t->limit;
}

void throttle_forgive(struct throttle *t, const char *key)
{
	uint64_t hash = hash_of(t, key);

	if (find_slot(t, hash))
		memset(&t->slot[hash >> 52], 0, sizeof(t->slot[0]));
}

bool network_address(uint8_t out[16], const char *text)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char plain[64];
	size_t n;

	if (*text == '[')
		text++;
	n = strcspn(text, "]%/");
	if (n >= sizeof(plain))
		return false;
	memcpy(plain, text, n);
	plain[n] = 0;
	if (inet_pton(AF_INET, plain, out + 12) == 1) {
		memcpy(out, mapped, sizeof(mapped));
		return true;
	}
	return inet_pton(AF_INET6, plain, out) == 1;
}

bool network_parse(struct network *out, const char *text)
{
	const char *slash = strchr(text, '/');
	bool v4 = !strchr(text, ':');
	int64_t prefix = v4 ? 32 : 128;

	if (!network_address(out->bytes, text))
		return false;
	if (slash && !text_to_int(slash + 1, 0, v4 ? 32 : 128, &prefix))
		return false;
	out->prefix = (unsigned)prefix + (v4 ? 96 : 0);
	return true;
}

bool network_has(const struct network *net, const uint8_t address[16])
{
	unsigned whole = net->prefix / 8, rest = net->prefix % 8;

	if (memcmp(net->bytes, address, whole) != 0)
		return false;
	return rest == 0 || ((net->bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}
