/* verify.c - ghl_record_verify(): the file, its row and the chained fact must all name the same hash. */
#include "proof.h"

#include "base/argument.h"
#include "base/error.h"
#include "stream/session.h"
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int load(
	struct records *rs, const char *serial, Ghl__RecordingRecord **row, struct record_proof *proof)
{
	struct store_read *read;
	int rc = store_read_begin(rs->core->store, &read);

	if (rc < 0)
		return rc;
	rc = record_row_get(read, serial, row);
	if (rc == 0) {
		rc = record_proof_find(read, (*row)->start_fact, (*row)->recording, proof);
		if (rc < 0)
			ghl__recording_record__free_unpacked(*row, NULL);
	}
	store_read_end(read);
	return rc;
}

static int judge(struct records *rs, const Ghl__RecordingRecord *row, const struct record_proof *proof,
	struct ghl_record_verdict *out)
{
	char path[RECORD_PATH_MAX], kept[65] = "";
	struct ghl_error err;
	uint8_t hash[32];
	int rc;

	record_path(rs, row->serial, path, sizeof(path));
	if (row->hash.len == 32)
		record_hex(row->hash.data, 32, kept);
	rc = media_wav_hash(path, hash, &out->samples, &err);
	if (rc < 0) {
		(void)snprintf(out->text, sizeof(out->text), "%.255s", err.text);
		return rc == GHL_ENOENT || rc == GHL_ECORRUPT ? GHL_ECORRUPT : rc;
	}
	record_hex(hash, 32, out->hash);
	out->fact = proof->seq;
	out->whole = record_proof_holds(proof, row->serial, out->hash, out->text, sizeof(out->text));
	if (out->whole && strcmp(kept, out->hash) != 0) {
		out->whole = false;
		(void)snprintf(out->text, sizeof(out->text), "the row holds another hash than the chain");
	}
	return out->whole ? 0 : GHL_ECORRUPT;
}

int record_verify(struct records *rs, const char *serial, struct record_verified *v)
{
	int rc;

	memset(v, 0, sizeof(*v));
	v->proof = calloc(1, sizeof(*v->proof));
	if (!v->proof)
		return GHL_ENOMEM;
	rc = load(rs, serial, &v->row, v->proof);
	if (rc < 0) {
		v->row = NULL;
		return rc;
	}
	if (v->row->state == GHL_RECORD_RUNNING || v->row->state == GHL_RECORD_VOID)
		return GHL_ESTATE;
	v->verdict = (struct ghl_record_verdict)GHL_RECORD_VERDICT_INIT;
	return judge(rs, v->row, v->proof, &v->verdict);
}

void record_verified_free(struct record_verified *v)
{
	free(v->proof);
	if (v->row)
		ghl__recording_record__free_unpacked(v->row, NULL);
}

int ghl_record_verify(struct ghl_session *s, const char *serial, struct ghl_record_verdict *out)
{
	struct record_verified v;
	int rc = session_enter(s, ACCESS_FN_ghl_record_verify);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0 || argument_size("out", out->size, sizeof(*out)) < 0 ||
		record_serial_check(serial) < 0)
		return GHL_EINVAL;
	if (!session_core(s)->slot[CORE_RECORD])
		return GHL_ESTATE;
	rc = record_verify(session_core(s)->slot[CORE_RECORD], serial, &v);
	if (rc == 0 || rc == GHL_ECORRUPT)
		*out = v.verdict;
	record_verified_free(&v);
	return rc;
}
