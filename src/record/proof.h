/* record/proof.h - the chained fact that ends a recording: the proof that a file is what was recorded. */
#ifndef RECORD_PROOF_H
#define RECORD_PROOF_H

#include "record_priv.h"

#include "store/fact.h"

#define PROOF_PAYLOAD_MAX 4096

struct record_proof {
	uint64_t seq;                    /* 0: there is no such fact */
	uint8_t record[FACT_RECORD_LEN]; /* as it is chained */
	uint8_t salt[FACT_SALT_LEN];
	uint8_t payload[PROOF_PAYLOAD_MAX]; /* holds serial and hash as text */
	size_t payload_len;
	bool linked;                      /* a later fact stands on it */
	uint8_t next_prev[FACT_HASH_LEN]; /* of that fact: the hash of `record` */
};

/* The end fact of a recording at or after `from`, and its successor's link. 0 also when there is none. */
int record_proof_find(struct store_read *read, uint64_t from, ghl_recording id, struct record_proof *out);
/* Whether the proof holds in itself and names this serial and hash; `why` gets the sentence. */
bool record_proof_holds(
	const struct record_proof *p, const char *serial, const char *hash_hex, char *why, size_t room);

#endif
