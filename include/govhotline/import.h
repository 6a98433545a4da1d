/* govhotline/import.h - history of an older system, as calls of its own: listed and reported beside ours. */
#ifndef GOVHOTLINE_IMPORT_H
#define GOVHOTLINE_IMPORT_H

#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** More rows than these are not taken from one file: it is kept in one transaction. */
#define GHL_CALL_IMPORT_ROWS 100000

/** How to import. */
struct ghl_call_import_opts {
	uint32_t size;
	bool dry_run;       /**< check everything, keep nothing */
	const char *source; /**< name of the older system, 1..63 bytes: with each row's id it makes a call
			       known; NULL: "import" */
};

/** Initial value. */
#define GHL_CALL_IMPORT_OPTS_INIT                                                                            \
	{                                                                                                    \
		sizeof(struct ghl_call_import_opts), false, 0                                                \
	}

/** What became of it. */
struct ghl_call_import_result {
	uint32_t size;
	uint32_t rows;     /**< in the file, the header line not counted */
	uint32_t imported; /**< new calls */
	uint32_t known;    /**< imported before: passed over */
	uint32_t mistakes; /**< all that were found, also those for which there was no room */
	uint32_t told;     /**< entries of errs that were filled */
};

/** Initial value. */
#define GHL_CALL_IMPORT_RESULT_INIT                                                                          \
	{                                                                                                    \
		sizeof(struct ghl_call_import_result)                                                        \
	}

/**
 * Import calls from a CSV file (RFC 4180, UTF-8, a header line with column names in any order).
 *
 * Columns: id and started_at must be there; direction, calling, called, trunk, queue, agent, group, seat,
 * offered_at, answered_at, ended_at, wait_s, ring_s, talk_s, hold_s, acw_s, threshold_s, disposition may be.
 * Times are 2026-11-23T09:15:00 of the site's zone, or with Z or an offset (+08:00), to the microsecond;
 * durations are seconds, to the millisecond. What is absent is made of what is there: wait and talk from the
 * times, the disposition from whether the call was answered and had a queue.
 *
 * The whole file is checked first. One mistake, and nothing is kept; else all of it is, in one transaction: a
 * crash leaves either nothing or everything. A row whose source and id were imported before is passed over,
 * so that the same file may be given again.
 *
 * @param[in]     s       session
 * @param[in]     path    the file, at most 64 MiB and GHL_CALL_IMPORT_ROWS rows
 * @param[in]     opts    or NULL
 * @param[in,out] result  its size set; filled in every case but GHL_EPERM and GHL_EINVAL
 * @param[out]    errs    mistakes, "FILE:LINE:COLUMN: ..", COLUMN counting fields; may be NULL
 * @param[in]     room    how many fit
 * @return 0; GHL_EPERM no right "call.import"; GHL_EPARSE there are mistakes; GHL_EFULL too large;
 * GHL_ENOENT, GHL_EIO the file cannot be read; GHL_ECONFLICT somebody else imported the same meanwhile;
 * GHL_ESPACE; GHL_ENOMEM; GHL_EINVAL; GHL_ECLOSED
 */
GHL_API int ghl_call_import(struct ghl_session *s, const char *path, const struct ghl_call_import_opts *opts,
	struct ghl_call_import_result *result, struct ghl_error *errs, uint32_t room);

#ifdef __cplusplus
}
#endif

#endif
