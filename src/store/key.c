/* key.c - keys that sort bytewise as their parts do: numbers big endian, texts bounded by a hash. */
#include "store.h"

#include <sodium.h>
#include <string.h>

#define TEXT_MAX                                                                                             \
	400 /* longer texts keep their first TEXT_MAX - 2 * HASH_LEN bytes and end in a hash, in hexadecimal \
	     */
#define HASH_LEN 16

size_t store_key_u64(uint8_t *out, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
	return 8;
}

size_t store_key_2u64(uint8_t *out, uint64_t a, uint64_t b)
{
	(void)store_key_u64(out, a);
	return 8 + store_key_u64(out + 8, b);
}

size_t store_key_text(uint8_t *out, const char *s)
{
	size_t len = strlen(s), kept = len <= TEXT_MAX ? len : TEXT_MAX - 2 * HASH_LEN;
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[HASH_LEN];

	for (size_t i = 0; i < kept; i++)
		out[i] = (uint8_t)s[i];
	if (kept == len)
		return len;
	(void)crypto_generichash(hash, sizeof(hash), (const uint8_t *)s, len, NULL, 0);
	for (size_t i = 0; i < HASH_LEN; i++) {
		out[kept + 2 * i] = (uint8_t)digits[hash[i] >> 4];
		out[kept + 2 * i + 1] = (uint8_t)digits[hash[i] & 15];
	}
	return TEXT_MAX;
}

size_t store_key_text_2u64(uint8_t *out, const char *s, uint64_t a, uint64_t b)
{
	size_t n = store_key_text(out, s);

	out[n++] = 0;
	return n + store_key_2u64(out + n, a, b);
}

uint64_t store_key_read_u64(const void *p)
{
	const uint8_t *b = p;
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | b[i];
	return v;
}
