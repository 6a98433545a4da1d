/* record/verify.h - a verified recording, for who shows the verdict and for who hands it out. */
#ifndef RECORD_VERIFY_H
#define RECORD_VERIFY_H

#include "proof.h"

struct record_verified {
	Ghl__RecordingRecord *row;
	struct record_proof *proof;
	struct ghl_record_verdict verdict;
};

/* 0 whole; GHL_ECORRUPT with a verdict; GHL_ENOENT, GHL_ESTATE .. without. record_verified_free() in every
 * case. */
int record_verify(struct records *rs, const char *serial, struct record_verified *v);
void record_verified_free(struct record_verified *v);

#endif
