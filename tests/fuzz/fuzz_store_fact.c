/*
 * fuzz_store_fact.c - fact records and payloads as a foreign backup may hold them. Whatever is accepted must
 * encode to the same bytes, and what it lends must lie inside the input.
 */
#include "store/fact.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void read_record(const uint8_t *data, size_t size)
{
	uint8_t again[FACT_RECORD_LEN];
	struct store_fact f;

	if (fact_decode(&f, data, size) < 0)
		return;
	fact_encode(again, &f);
	must(size == FACT_RECORD_LEN && memcmp(again, data, size) == 0);
}

static void read_payload(const uint8_t *data, size_t size)
{
	struct store_fact f = {0};
	const uint8_t *salt = NULL;

	if (fact_decode_payload(&f, data, size, &salt) < 0)
		return;
	if (f.erased) {
		must(strlen(f.tombstone) < size);
		return;
	}
	must((const uint8_t *)f.payload + f.payload_len == data + size);
	fact_hash(f.payload_hash, salt, FACT_SALT_LEN, f.payload, f.payload_len);
	must(fact_payload_verify(&f, salt) == 0);
	f.payload_hash[size % FACT_HASH_LEN] ^= 1;
	must(fact_payload_verify(&f, salt) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_record(data, size);
	read_payload(data, size);
	return 0;
}
