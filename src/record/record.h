/*
 * record/record.h - recordings (rows 16a-k): serial, place, facts, verification, repair after a crash, the policy on a full disk.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "media/media.h"
#include "stream/core.h"

#include <govhotline/record.h>

struct records;
struct record; /* one recording under way */

enum record_full_policy { RECORD_REFUSE, RECORD_UNRECORDED };
const char *record_full_policy_name(enum record_full_policy p);

struct record_opts {
	char dir[256];                /* absolute */
	enum media_wav format;
	enum record_full_policy full; /* what a new call gets when the disk reserve is reached */
};
int records_create(struct records **out, struct core *core, struct media *media, const struct record_opts *opts, struct ghl_error *err);
/* At the engine's start, before any call: recordings without an end are repaired, hashed and ended as interrupted. Blocks. */
int records_recover(struct records *rs, struct ghl_error *err);
void records_destroy(struct records *rs);

/* Adds serial and start fact to the call's own start batch; the file begins at record_begin(). GHL_ESPACE under policy refuse. */
int record_prepare(struct records *rs, struct store_batch *b, ghl_call call, const struct actor *actor, struct record **out);
/* After that commit: tells the serial. */
void record_committed(struct record *r, const struct store_result *result);
/* The citizen's port is open: record from the first packet. */
int record_begin(struct record *r, struct media_port *port);
/* Facts of row 16a, as they become known; kept beside the recording at its end. */
void record_fact_set(struct record *r, const char *key, const char *value);
/* Ends it; done(arg, serial, status) when the end fact is durable. A recording that never began becomes void with the reason. */
void record_end(struct record *r, const char *why, void (*done)(void *arg, const char *serial, int status), void *arg);
const char *record_serial(const struct record *r);

#endif
