/*
 * store/fact.h - how a fact lies in the store. Numbers are little endian.
 *
 *     record (SHELF_FACT):     1 format | 8 seq | 32 prev | 4 kind | 8 at_us | 8 actor | 4 x 8 ids | 32
 * payload_hash payload (SHELF_PAYLOAD): 1 PAYLOAD_WHOLE | 16 salt | payload       payload_hash =
 * BLAKE2b-256(salt, payload) 1 PAYLOAD_ERASED | tombstone text
 *
 * prev is the BLAKE2b-256 of the whole record before. The payload stands apart, so erasing it touches no link
 * of the chain; the salt goes with it, so a short payload cannot be guessed from the hash that stays.
 */
#ifndef STORE_FACT_H
#define STORE_FACT_H

#include "store/store.h"

#define FACT_HASH_LEN   32
#define FACT_SALT_LEN   16
#define FACT_RECORD_LEN 125
#define FACT_FORMAT     1

enum fact_payload_state { PAYLOAD_WHOLE = 1, PAYLOAD_ERASED = 2 };

void fact_hash(uint8_t out[FACT_HASH_LEN], const void *a, size_t alen, const void *b, size_t blen);
void fact_encode(uint8_t out[FACT_RECORD_LEN], const struct store_fact *f);
/* GHL_ECORRUPT: wrong length or format. Payload fields are left empty. */
int fact_decode(struct store_fact *f, const void *record, size_t len);
/* Fills erased, payload and tombstone; `salt` may be NULL. GHL_ECORRUPT. */
int fact_decode_payload(struct store_fact *f, const void *value, size_t len, const uint8_t **salt);
/* 0, or GHL_ECORRUPT where the payload is there and does not match payload_hash. */
int fact_payload_verify(const struct store_fact *f, const uint8_t *salt);

#endif
