/*
 * fact.c - the fact record: encoding, strict decoding, hashes (BLAKE2b, RFC 7693, by libsodium). It reads
 * foreign bytes (a backup may come from anywhere), so every length is checked before it is used; fuzzed by
 * fuzz_store_fact. It knows nothing of LMDB.
 */
#include "fact.h"

#include <sodium.h>
#include <string.h>

static uint8_t *put_le(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
	return p + bytes;
}

static uint64_t take_le(const uint8_t **p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)(*p)[i] << (8 * i);
	*p += bytes;
	return v;
}

void fact_hash(uint8_t out[FACT_HASH_LEN], const void *a, size_t alen, const void *b, size_t blen)
{
	crypto_generichash_state st;

	(void)crypto_generichash_init(&st, NULL, 0, FACT_HASH_LEN);
	(void)crypto_generichash_update(&st, a, alen);
	if (blen)
		(void)crypto_generichash_update(&st, b, blen);
	(void)crypto_generichash_final(&st, out, FACT_HASH_LEN);
}

void fact_encode(uint8_t out[FACT_RECORD_LEN], const struct store_fact *f)
{
	uint8_t *p = out;

	*p++ = FACT_FORMAT;
	p = put_le(p, f->seq, 8);
	memcpy(p, f->prev, FACT_HASH_LEN);
	p += FACT_HASH_LEN;
	p = put_le(p, f->kind, 4);
	p = put_le(p, (uint64_t)f->at_us, 8);
	p = put_le(p, f->actor, 8);
	for (unsigned i = 0; i < 4; i++)
		p = put_le(p, f->ids[i], 8);
	memcpy(p, f->payload_hash, FACT_HASH_LEN);
}

int fact_decode(struct store_fact *f, const void *record, size_t len)
{
	const uint8_t *p = record;

	if (len != FACT_RECORD_LEN || *p++ != FACT_FORMAT)
		return GHL_ECORRUPT;
	*f = (struct store_fact){.seq = take_le(&p, 8)};
	memcpy(f->prev, p, FACT_HASH_LEN);
	p += FACT_HASH_LEN;
	f->kind = (uint32_t)take_le(&p, 4);
	f->at_us = (int64_t)take_le(&p, 8);
	f->actor = take_le(&p, 8);
	for (unsigned i = 0; i < 4; i++)
		f->ids[i] = take_le(&p, 8);
	memcpy(f->payload_hash, p, FACT_HASH_LEN);
	return 0;
}

static int decode_tombstone(struct store_fact *f, const uint8_t *p, size_t len)
{
	if (len == 0 || p[len - 1] != '\0')
		return GHL_ECORRUPT;
	f->erased = true;
	f->tombstone = (const char *)p;
	return 0;
}

int fact_decode_payload(struct store_fact *f, const void *value, size_t len, const uint8_t **salt)
{
	const uint8_t *p = value;

	if (len == 0)
		return GHL_ECORRUPT;
	if (*p == PAYLOAD_ERASED)
		return decode_tombstone(f, p + 1, len - 1);
	if (*p != PAYLOAD_WHOLE || len < 1 + FACT_SALT_LEN)
		return GHL_ECORRUPT;
	if (salt)
		*salt = p + 1;
	f->payload = p + 1 + FACT_SALT_LEN;
	f->payload_len = len - 1 - FACT_SALT_LEN;
	return 0;
}

int fact_payload_verify(const struct store_fact *f, const uint8_t *salt)
{
	uint8_t hash[FACT_HASH_LEN];

	if (f->erased)
		return 0;
	fact_hash(hash, salt, FACT_SALT_LEN, f->payload, f->payload_len);
	return memcmp(hash, f->payload_hash, FACT_HASH_LEN) == 0 ? 0 : GHL_ECORRUPT;
}
