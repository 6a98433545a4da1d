/*
 * nonce.c - stateless nonces and the guard against replay (RFC 7616 sections 3.3 and 5.5).
 *
 * A nonce is 16 hex digits of its issue time in microseconds and 32 of HMAC-SHA-256 over them. Counts are
 * remembered in a table of fixed size; a nonce pushed out of it, and each one older, is stale from then on,
 * so forgetting never lets a replay pass.
 */
#include "digest.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_HEX 16

void digest_nonces_init(struct digest_nonces *n, const uint8_t key[32])
{
	memset(n, 0, sizeof(*n));
	memcpy(n->key, key, sizeof(n->key));
}

static void sign(const struct digest_nonces *n, int64_t at_us, char out[DIGEST_NONCE_MAX])
{
	unsigned char raw[EVP_MAX_MD_SIZE] = {0};
	unsigned len = 0;

	(void)snprintf(out, DIGEST_NONCE_MAX, "%016" PRIx64, (uint64_t)at_us);
	(void)HMAC(EVP_sha256(), n->key, sizeof(n->key), (const unsigned char *)out, TIME_HEX, raw, &len);
	for (unsigned i = 0; i < 16; i++)
		(void)snprintf(out + TIME_HEX + (size_t)2 * i, 3, "%02x", raw[i]);
}

void digest_nonce_make(struct digest_nonces *n, int64_t now_us, char out[DIGEST_NONCE_MAX])
{
	n->last_us = now_us > n->last_us ? now_us : n->last_us + 1;
	sign(n, n->last_us, out);
}

static int64_t issued_at(const char *nonce)
{
	char time[TIME_HEX + 1];

	memcpy(time, nonce, TIME_HEX);
	time[TIME_HEX] = 0;
	return (int64_t)strtoull(time, NULL, 16);
}

enum digest_nonce_state digest_nonce_check(const struct digest_nonces *n, const char *nonce, int64_t now_us)
{
	char right[DIGEST_NONCE_MAX];
	int64_t at_us;

	if (strlen(nonce) != DIGEST_NONCE_MAX - 1)
		return DIGEST_NONCE_FORGED;
	at_us = issued_at(nonce);
	sign(n, at_us, right);
	if (CRYPTO_memcmp(right, nonce, sizeof(right) - 1) != 0)
		return DIGEST_NONCE_FORGED;
	return at_us + DIGEST_NONCE_LIFE_US < now_us || at_us <= n->forgotten_us ? DIGEST_NONCE_STALE
										 : DIGEST_NONCE_GOOD;
}

static bool read_count(const char *nc, uint32_t *out)
{
	if (strlen(nc) != 8 || strspn(nc, "0123456789abcdefABCDEF") != 8)
		return false;
	*out = (uint32_t)strtoul(nc, NULL, 16);
	return *out != 0;
}

/* The nonce's place, taking the one of a nonce that hashes alike: that one is then forgotten, with all older.
 */
static struct digest_seen *place_of(struct digest_nonces *n, int64_t at_us)
{
	struct digest_seen *s = &n->seen[((uint64_t)at_us * UINT64_C(0x9e3779b97f4a7c15)) >> 52];

	if (s->issued_us == at_us)
		return s;
	if (s->issued_us > at_us)
		return NULL; /* a newer one stands here: the older is treated as forgotten */
	if (s->issued_us > n->forgotten_us && s->issued_us + DIGEST_NONCE_LIFE_US >= n->last_us)
		n->forgotten_us = s->issued_us;
	memset(s, 0, sizeof(*s));
	s->issued_us = at_us;
	return s;
}

bool digest_count_take(struct digest_nonces *n, const char *nonce, const char *nc)
{
	struct digest_seen *s;
	uint32_t count, back;

	if (!read_count(nc, &count))
		return false;
	s = place_of(n, issued_at(nonce));
	if (!s)
		return false;
	if (count > s->top) {
		back = count - s->top;
		s->below = back > 64 ? 0 : back == 64 ? 0 : s->below << back;
		if (s->top && back <= 64)
			s->below |= UINT64_C(1) << (back - 1);
		s->top = count;
		return true;
	}
	back = s->top - count;
	if (back == 0 || back > 64 || (s->below >> (back - 1)) & 1)
		return false;
	s->below |= UINT64_C(1) << (back - 1);
	return true;
}
