/*
 * govhotline/record.h - recordings of calls (rows 16a-k): found, verified, handed out as evidence.
 *
 * Every call is recorded from its first packet: WAV (RIFF), 8 kHz, two channels, PCM16 or A-law; left what
 * the citizen said, right what the citizen heard. The original is never changed. Any thread but the
 * library's; texts are lent for the life of their list.
 */
#ifndef GOVHOTLINE_RECORD_H
#define GOVHOTLINE_RECORD_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a recording. The numbers never change: they stand in records. */
enum ghl_record_state {
	GHL_RECORD_NONE = 0,
	GHL_RECORD_RUNNING = 1,
	GHL_RECORD_COMPLETE = 2,
	GHL_RECORD_INTERRUPTED = 3, /* the engine died under it: repaired, and complete up to then */
	GHL_RECORD_DAMAGED = 4,     /* the disk refused a part; `reason` tells */
	GHL_RECORD_VOID = 5         /* its serial came to nothing; `reason` tells */
};

/** "running", "complete" ..; "?" for an unknown number. Static text. */
GHL_API const char *ghl_record_state_name(enum ghl_record_state state);

/** A recording as lists hold it. */
struct ghl_record_info {
	uint32_t size;
	ghl_recording recording;
	ghl_call call;
	enum ghl_record_state state;
	const char *serial;    /* YYYYMMDD + node digit + 6 digits */
	const char *path;      /* of the file, absolute; "" for a void serial */
	const char *reason;    /* "" when it is complete */
	const char *hash;      /* BLAKE2b-256 of the whole file, hexadecimal; "" while it runs */
	const char *facts;     /* row 16a as a JSON object: numbers, agent, queue, ..; "{}" while it runs */
	int64_t started_at_us; /* the first sample; UTC; 0: none */
	int64_t ended_at_us;   /* 0 while it runs */
	uint64_t samples;      /* a channel, at 8,000 a second */
	uint64_t bytes;        /* of the file */
	uint64_t missing_samples; /* silence put in where the disk was too slow */
};

/** What ghl_record_list() picks; zero members pick everything. */
struct ghl_record_filter {
	uint32_t size;
	const char *from,
		*until; /* serials in [from, until), such as "20261123" and "20261124"; NULL: no bound */
	ghl_call call;  /* 0: any */
	enum ghl_record_state state; /* GHL_RECORD_NONE: any */
	bool newest_first;
	uint32_t limit;     /* items a page, 1..1,000; 0: 1,000 */
	const char *cursor; /* of ghl_list_cursor(), or NULL */
};

/** Initial value. */
#define GHL_RECORD_FILTER_INIT                                                                               \
	{                                                                                                    \
		sizeof(struct ghl_record_filter)                                                             \
	}

/**
 * List recordings in the order of their serials.
 *
 * @param[in]  s       session
 * @param[in]  filter  what to pick; NULL: all
 * @param[out] out     items are `const struct ghl_record_info *`; yours: ghl_list_free(); untouched on
 * failure
 * @return 0; GHL_EPERM no right "record.read"; GHL_EINVAL a wrong member or cursor; GHL_ESTATE not started;
 * GHL_EIO; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_record_list(
	struct ghl_session *s, const struct ghl_record_filter *filter, struct ghl_list **out);

/**
 * One recording.
 *
 * @param[in]  serial  its serial
 * @param[out] out     a list of one `const struct ghl_record_info *`; yours
 * @return 0; GHL_EPERM no right "record.read"; GHL_EINVAL the text is no serial; GHL_ENOENT; GHL_ESTATE not
 * started; GHL_EIO; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_record_info(struct ghl_session *s, const char *serial, struct ghl_list **out);

/** What a verification found. */
struct ghl_record_verdict {
	uint32_t size;
	bool whole;       /* the file's hash is the recorded one, and the end fact in the chain names it */
	uint64_t fact;    /* the sequence of that fact; 0: none */
	uint64_t samples; /* a channel, as the file has them now */
	char hash[65];    /* of the file as it is now, hexadecimal */
	char text[256];   /* a sentence: what is wrong, or "whole" */
};

/** Initial value. */
#define GHL_RECORD_VERDICT_INIT                                                                              \
	{                                                                                                    \
		sizeof(struct ghl_record_verdict)                                                            \
	}

/**
 * Prove that a recording's file is what was recorded: its hash, and the chained fact that holds this hash.
 *
 * Reads the whole file in the caller's thread.
 *
 * @param[out] out  the verdict, also when it is not whole; untouched on failure
 * @return 0 whole; GHL_ECORRUPT it is not: *out tells; GHL_EPERM no right "record.verify"; GHL_EINVAL;
 * GHL_ENOENT; GHL_ESTATE it is still running, or void, or the hotline was not started; GHL_EIO; GHL_ENOMEM;
 * GHL_ECLOSED
 */
GHL_API int ghl_record_verify(struct ghl_session *s, const char *serial, struct ghl_record_verdict *out);

/**
 * Hand out a recording as evidence (row 16k): DIR/SERIAL.wav, the untouched original, and DIR/SERIAL.json,
 * its facts, hash and chain proof.
 *
 * The export is audited. Reads and writes in the caller's thread.
 *
 * @param[in]  dir  a folder that exists
 * @param[out] err  the place and reason; may be NULL
 * @return 0; GHL_EPERM no right "record.export"; GHL_EINVAL; GHL_ENOENT; GHL_ESTATE it is still running, or
 * void; GHL_ECORRUPT the original is not whole; GHL_EEXIST one of the two is there already; GHL_ESPACE;
 * GHL_EIO; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_record_export(
	struct ghl_session *s, const char *serial, const char *dir, struct ghl_error *err);

/**
 * Verify an export anywhere, without a hotline: the WAV beside the JSON file, its hash, and the chain record
 * that holds the hash.
 *
 * @param[in]  json_path  DIR/SERIAL.json
 * @param[out] out        the verdict, also when it is not whole
 * @param[out] err        the place and reason; may be NULL
 * @return 0 whole; GHL_ECORRUPT; GHL_EPARSE the JSON is not ours; GHL_ENOENT; GHL_EIO; GHL_ENOMEM; GHL_EINVAL
 */
GHL_API int ghl_record_export_verify(
	const char *json_path, struct ghl_record_verdict *out, struct ghl_error *err);

#ifdef __cplusplus
}
#endif

#endif
