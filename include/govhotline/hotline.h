/*
 * govhotline/hotline.h - a hotline as a whole: opened from its configuration, started, watched, stopped.
 *
 * One hotline is one site with one store. Any process with file rights may open the store (GHL_OPEN_STORE)
 * and commit facts; live calls, registrations and timers belong to the one process that holds engine.lock
 * (GHL_OPEN_ENGINE). Several hotlines may live in one process.
 */
#ifndef GOVHOTLINE_HOTLINE_H
#define GOVHOTLINE_HOTLINE_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a process opens. */
enum ghl_open_flags {
	GHL_OPEN_STORE = 1,   /* facts, lists and reports */
	GHL_OPEN_ENGINE = 2,  /* the same and live calls; one process at a time */
	GHL_OPEN_EXISTING = 4 /* added to one of these: make no store */
};

/**
 * Open a hotline. Reads and checks the configuration, opens or makes the store; starts no loop and opens no
 * SIP port yet.
 *
 * @param[out] out    the hotline, yours: ghl_hotline_close(); untouched on failure
 * @param[in]  path   the configuration (YAML)
 * @param[in]  flags  GHL_OPEN_STORE or GHL_OPEN_ENGINE, with or without GHL_OPEN_EXISTING
 * @param[out] err    file, line and column of the first mistake, all of them in its text; may be NULL
 * @return 0; GHL_EINVAL; GHL_ENOENT no such file, or no store yet; GHL_EPARSE the configuration is wrong;
 * GHL_EBUSY another process holds engine.lock, or this one has the store open; GHL_EVERSION; GHL_ECORRUPT;
 * GHL_ESPACE; GHL_EIO; GHL_EPERM the file rights; GHL_ENOMEM
 */
GHL_API int ghl_hotline_open(struct ghl_hotline **out, const char *path, int flags, struct ghl_error *err);

/**
 * Start the library's threads. With GHL_OPEN_ENGINE: ends what a crash left open (calls as interrupted,
 * recordings repaired), then opens the SIP ports and takes calls. Returns when that is done. Until then a
 * session can only be opened, and waits for nothing.
 *
 * @param[out] err  the place and reason; may be NULL
 * @return 0; GHL_ESTATE it runs already; GHL_EIO a port or thread cannot be had; GHL_ENOMEM; GHL_ECORRUPT;
 * GHL_ESPACE
 */
GHL_API int ghl_hotline_start(struct ghl_hotline *h, struct ghl_error *err);

/**
 * End every call as cause "shutdown", keep every record, hang up, unregister, and end the threads. Waits for
 * it, about 2 s at most.
 *
 * @return 0; GHL_ESTATE it does not run
 */
GHL_API int ghl_hotline_stop(struct ghl_hotline *h);

/**
 * Stop it where it runs, close the store, free everything. Sessions that are still open answer GHL_ECLOSED.
 * NULL is fine.
 */
GHL_API void ghl_hotline_close(struct ghl_hotline *h);

/** Room for the ports in struct ghl_hotline_status. */
#define GHL_HOTLINE_LISTENS 8

/** One screen's worth of figures. */
struct ghl_hotline_status {
	uint32_t size;
	bool engine;           /* this process runs the engine; the live figures are 0 otherwise */
	int64_t started_at_us; /* UTC */
	int64_t now_us;        /* UTC */
	uint32_t calls;        /* up now */
	uint32_t calls_in_dialogue, calls_waiting, calls_ringing, calls_talking;
	uint64_t calls_today; /* started since local midnight by this engine */
	uint32_t agents_logged_on, agents_ready, agents_busy, agents_acw, agents_not_ready;
	uint32_t phones_registered;
	uint32_t trunks, trunks_up; /* known to be up, or not watched */
	uint32_t recordings;        /* running */
	uint32_t dialogues;
	uint32_t media_late_us; /* worst wake-up of a media thread since the last status */
	uint64_t refused_overload, refused_stranger, refused_auth;
	uint64_t facts;       /* the log's head */
	uint64_t store_bytes; /* in use */
	uint64_t free_bytes;  /* on the store's file system */
	bool space_low;       /* below the alarm */
	uint32_t sip_listens;
	uint16_t sip_ports[GHL_HOTLINE_LISTENS]; /* in the order of the configuration; what the system gave
						    for port 0 */
};

/** Initial value. */
#define GHL_HOTLINE_STATUS_INIT                                                                              \
	{                                                                                                    \
		sizeof(struct ghl_hotline_status)                                                            \
	}

/**
 * How the hotline is.
 *
 * @param[in]     s    session
 * @param[in,out] out  its size set; filled
 * @return 0; GHL_EPERM no right "status.read"; GHL_EINVAL the size is wrong; GHL_EIO; GHL_ECLOSED
 */
GHL_API int ghl_hotline_status(struct ghl_session *s, struct ghl_hotline_status *out);

/**
 * Apply the configuration file as it is now (row F7): all of it is checked, then it is swapped on the loop;
 * calls under way keep theirs.
 *
 * What cannot change while it runs (listening addresses, the store's folder, threads) is refused by name. The
 * outcome's text tells the mistakes.
 *
 * @param[in]  s     session
 * @param[in]  path  the file; NULL: the one it was opened with
 * @param[out] req   or NULL to wait
 * @param[out] err   with req NULL: the mistakes; may be NULL
 * @return 0; GHL_EPERM no right "config.apply"; GHL_ENOENT; GHL_EPARSE; GHL_ESTATE no engine here, or a
 * member that cannot change while it runs; GHL_EAGAIN; GHL_EIO; GHL_ESPACE; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_hotline_config_apply(
	struct ghl_session *s, const char *path, ghl_request *req, struct ghl_error *err);

/**
 * Prove a store against itself:
 * - the chain of facts and every payload, as ghl_db_check();
 * - every record (call, recording, agent's span) readable and under its own key, with each of its index
 * entries, and no index entry without its record; a call is open or ended, never both; a recording's call is
 * there, and a call's recording; no id or serial stands in them that was not given out;
 * - every counter of every roll-up, and of every correction row, equal to what the calls and spans add up to;
 * quarters of an hour are compared as those of UTC, so the site's zone may have changed.
 *
 * Works on a copy as of one instant in $TMPDIR, so a hotline may run meanwhile. Any thread.
 *
 * @param[in]  path  the configuration (YAML)
 * @param[out] err   names the first bad entry: "call: call-17 of 2026-11-23T08:15:02.000000Z has no entry in
 * call_by_id"; may be NULL
 * @return 0; GHL_ECORRUPT; GHL_EINVAL; GHL_ENOENT; GHL_EPARSE the configuration is wrong; GHL_EPERM the file
 * rights; GHL_EBUSY this process has the store open; GHL_EVERSION; GHL_ESPACE; GHL_EIO; GHL_ENOMEM
 */
GHL_API int ghl_hotline_check(const char *path, struct ghl_error *err);

/**
 * The folder of the store, as the configuration has it, absolute: control.sock stands there. Lent for the
 * hotline's life. Any thread.
 */
GHL_API const char *ghl_hotline_dir(const struct ghl_hotline *h);

#ifdef __cplusplus
}
#endif

#endif
