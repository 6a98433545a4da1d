/*
 * proof.c - finds and checks the chained fact that names a recording's hash (rows 16e, 16k). The payload's
 * hash stands in the fact's record, the record's hash in the next one: who changes the file, the row or the
 * payload is found out. BLAKE2b-256 (RFC 7693).
 */
#include "proof.h"

#include "base/error.h"

#include <govhotline/event.h>

#include <stdio.h>
#include <string.h>

struct hunt {
	ghl_recording id;
	struct record_proof *out;
};

static bool ends_recording(const struct store_fact *f, ghl_recording id)
{
	if (f->kind != GHL_EV_RECORDING_ENDED && f->kind != GHL_EV_RECORDING_VOID)
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (f->ids[i] == id)
			return true;
	return false;
}

static int on_fact(void *arg, const struct store_fact *f)
{
	struct hunt *h = arg;

	if (h->out->seq) {
		h->out->linked = true;
		memcpy(h->out->next_prev, f->prev, FACT_HASH_LEN);
		return 1;
	}
	if (!ends_recording(f, h->id) || f->erased || f->payload_len > PROOF_PAYLOAD_MAX)
		return 0;
	h->out->seq = f->seq;
	fact_encode(h->out->record, f);
	memcpy(h->out->salt, f->salt, FACT_SALT_LEN);
	memcpy(h->out->payload, f->payload, f->payload_len);
	h->out->payload_len = f->payload_len;
	return 0;
}

int record_proof_find(struct store_read *read, uint64_t from, ghl_recording id, struct record_proof *out)
{
	struct hunt h = {.id = id, .out = out};

	memset(out, 0, sizeof(*out));
	return store_facts(read, from ? from : 1, on_fact, &h);
}

static bool names(const struct record_proof *p, const char *text)
{
	return memmem(p->payload, p->payload_len, text, strlen(text)) != NULL;
}

static const char *fault(const struct record_proof *p, const char *serial, const char *hash_hex)
{
	struct store_fact f;
	uint8_t hash[FACT_HASH_LEN];

	if (fact_decode(&f, p->record, FACT_RECORD_LEN) < 0 || f.kind != GHL_EV_RECORDING_ENDED)
		return "the chained record is not that of a recording's end";
	f.payload = p->payload;
	f.payload_len = p->payload_len;
	if (fact_payload_verify(&f, p->salt) < 0)
		return "the payload does not match its hash in the chain";
	fact_hash(hash, p->record, FACT_RECORD_LEN, NULL, 0);
	if (p->linked && memcmp(hash, p->next_prev, FACT_HASH_LEN) != 0)
		return "the next record of the chain does not stand on this one";
	if (!names(p, serial))
		return "the chained fact names another serial";
	if (!names(p, hash_hex))
		return "the file is not the one whose hash is in the chain";
	return NULL;
}

bool record_proof_holds(
	const struct record_proof *p, const char *serial, const char *hash_hex, char *why, size_t room)
{
	const char *wrong = p->seq ? fault(p, serial, hash_hex) : "the chain holds no fact of its end";

	(void)snprintf(why, room, "%s", wrong ? wrong : "whole");
	return !wrong;
}
