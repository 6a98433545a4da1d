/* record/record_priv.h - the structs of the record module, and a recording's row in the store. */
#ifndef RECORD_RECORD_PRIV_H
#define RECORD_RECORD_PRIV_H

#include "record.h"

#include "store/schema/recording.pb-c.h"

#define RECORD_FACTS    32
#define RECORD_PATH_MAX 512
#define RECORD_OPEN     "recording-open/" /* STORE_META: a key for each recording without an end */

struct records {
	struct core *core;
	struct record_opts opts;
	unsigned running;
	bool full;            /* the alarm record.space is raised */
	int64_t full_seen_us; /* when the disk was last asked; monotonic */
	uint64_t free_bytes;
	bool gaps;           /* the alarm record.gap is raised */
	int64_t gap_told_us; /* when a recording that lost sound last ended; UTC */
};

/*
 *	          commit              port open               record_end           file whole, row kept
 *	PREPARED ---------> COMMITTED -----------> RUNNING -------------> STOPPING ------------------> (gone)
 *	    | dropped           | record_end: void                            ^
 *	    v                   +---------------------------------------------+
 *	  (gone)
 */
enum record_step { RECORD_STEP_PREPARED, RECORD_STEP_COMMITTED, RECORD_STEP_RUNNING, RECORD_STEP_STOPPING };

struct record {
	struct records *rs;
	enum record_step step;
	ghl_recording id;
	ghl_call call;
	unsigned slot; /* of the serial in the start batch */
	char serial[STORE_SERIAL_LEN + 1];
	uint64_t start_fact; /* sequence of its start fact */
	int64_t prepared_at_us;
	struct actor actor;
	struct media_recording *media;
	char reason[128];
	struct {
		char key[32];
		char value[256];
	} facts[RECORD_FACTS];
	unsigned fact_count;
	record_end_fn *done;
	void *arg;
};

/* How a recording ended, whoever found it out. */
struct record_end_facts {
	enum ghl_record_state state;
	const char *reason;
	const uint8_t *hash; /* NULL: none */
	int64_t started_at_us, ended_at_us;
	uint64_t samples, bytes, missing;
};

/* Puts the row of a serial. */
int record_row_put(struct store_batch *b, const Ghl__RecordingRecord *row, const char *serial);
/* What begins in the start batch: the row, its index, the open mark. */
int record_row_begin(struct store_batch *b, const struct record *r, const char *mark);
/* What ends it: the row, no open mark, the end fact. */
int record_row_end(struct records *rs, struct store_batch *b, Ghl__RecordingRecord *row,
	const struct record_end_facts *end, const struct actor *actor);
/* The row of a serial, yours: ghl__recording_record__free_unpacked(row, NULL). GHL_ENOENT, GHL_ECORRUPT. */
int record_row_get(struct store_read *read, const char *serial, Ghl__RecordingRecord **out);
bool record_serial_valid(const char *serial);
/* 0; GHL_EINVAL, noted. */
int record_serial_check(const char *serial);
uint32_t record_date(const struct records *rs, int64_t at_us);
/* The row's facts as a JSON object; NULL: no memory; the caller frees it. */
char *record_facts_json(const Ghl__RecordingRecord *row);
void record_hex(const uint8_t *p, size_t n, char *out);

#endif
