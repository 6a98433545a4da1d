/*
 * record/record.h - recordings (rows 16a-k): serial, place, facts, verification, repair after a crash, the
 * policy on a full disk. Loop thread. Nothing here can fail a call, except the policy `refuse`.
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
	char dir[256]; /* absolute; made where it is missing */
	enum media_wav format;
	enum record_full_policy full; /* what a new call gets when the disk reserve is reached */
	uint64_t reserve_bytes;       /* free space below which no new recording starts; 0: no such check */
	uint32_t (*date)(void *arg, int64_t at_us); /* local YYYYMMDD of an instant; NULL: UTC's */
	void *arg;
};
int records_create(
	struct records **out, struct core *core, const struct record_opts *opts, struct ghl_error *err);
/* At the engine's start, before any call: recordings without an end are repaired, hashed and ended as
   interrupted. Blocks. */
int records_recover(struct records *rs, struct ghl_error *err);
/* No recording may be under way. */
void records_destroy(struct records *rs);
void records_policy_set(struct records *rs, enum record_full_policy full);
unsigned records_running(const struct records *rs);

/* Adds serial and start fact to the call's own start batch; the file begins at record_begin(). GHL_ESPACE
   under policy refuse. What was prepared must be committed and ended, or dropped with its batch. */
int record_prepare(struct records *rs, struct store_batch *b, ghl_call call, const struct actor *actor,
	struct record **out);
/* Where the serial stands in that batch until it is committed. */
const char *record_serial_mark(const struct record *r);
ghl_recording record_id(const struct record *r);
/* After that commit: tells the serial. */
void record_committed(struct record *r, const struct store_result *result);
/* That commit failed, or was not made: nothing is kept. */
void record_drop(struct record *r);
/* The citizen's port is open: record from the first packet. A failure is kept as the recording's reason. */
int record_begin(struct record *r, struct media_port *port);
/* Facts of row 16a, as they become known; kept with the recording at its end. Replaces; at most 32 keys. */
void record_fact_set(struct record *r, const char *key, const char *value);
/* Ends it; done(arg, serial, status) when the end fact is durable. A recording that never began becomes void
   with the reason. `why` is "" for a usual end. */
typedef void record_end_fn(void *arg, const char *serial, int status);
void record_end(struct record *r, const char *why, record_end_fn *done, void *arg);
const char *record_serial(const struct record *r);

/* The path of a serial's file: DIR/YYYYMMDD/SERIAL.wav. */
void record_path(const struct records *rs, const char *serial, char *out, size_t room);

#endif
