/*
 * govhotline/store.h - care for the store as a whole: its figures, its proof, backup, restore, upgrade.
 *
 * These work on the store's folder, without a hotline or a session: who may read and write its files owns it.
 * All but ghl_db_restore() and ghl_db_upgrade() only read, and may run while other processes use the store.
 */
#ifndef GOVHOTLINE_STORE_H
#define GOVHOTLINE_STORE_H

#include <govhotline/error.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The figures of a store. */
struct ghl_db_info {
	uint32_t size;            /**< sizeof(struct ghl_db_info) */
	uint32_t schema;          /**< the number of its format */
	uint64_t facts;           /**< in the log, erased ones too */
	uint64_t calls;           /**< call records */
	uint64_t recordings;      /**< recording records */
	uint64_t entries;         /**< keys of all tables, the fact log not counted */
	uint64_t map_bytes;       /**< address space it has; it doubles by itself */
	uint64_t used_bytes;      /**< of its file */
	uint64_t free_disk_bytes; /**< left on the disk below it */
};

/**
 * Read the figures of a store.
 *
 * Any thread. Takes a read of some microseconds.
 *
 * @param[in]     path  the store's folder, or the folder that holds it as "store"
 * @param[in,out] out   its size set by the caller; the figures, untouched on failure
 * @param[out]    err   the reason; may be NULL
 * @return 0; GHL_EINVAL path or out is NULL, or out->size is too small; GHL_ENOENT there is no store;
 * GHL_EPERM the file rights; GHL_EBUSY this process has it open; GHL_EVERSION; GHL_ECORRUPT; GHL_EIO;
 * GHL_ENOMEM
 */
GHL_API int ghl_db_stat(const char *path, struct ghl_db_info *out, struct ghl_error *err);

/**
 * Prove that a store is whole: facts without a gap, each holding the BLAKE2b-256 (RFC 7693) of the one
 * before, every payload that is not erased fitting its hash, every value of a commit that was. Indexes and
 * roll-ups are proved by ghl_hotline_check(), which knows what they hold.
 *
 * Any thread. Reads everything: about a second for a million facts.
 *
 * @param[in]  path  the store's folder, or the folder that holds it as "store"
 * @param[out] err   names the first bad entry: "fact 1042: payload does not match its hash"; may be NULL
 * @return 0; GHL_ECORRUPT; GHL_EINVAL path is NULL; GHL_ENOENT there is no store; GHL_EPERM the file rights;
 * GHL_EBUSY this process has it open; GHL_EVERSION; GHL_EIO; GHL_ENOMEM
 */
GHL_API int ghl_db_check(const char *path, struct ghl_error *err);

/**
 * Copy a store as of one instant, while others write. The copy is durable when this returns. It holds nothing
 * of payloads that were erased, not even in free pages.
 *
 * Any thread.
 *
 * @param[in]  path  the store's folder, or the folder that holds it as "store"
 * @param[in]  dir   where to: does not exist, or is empty
 * @param[out] err   the reason; may be NULL
 * @return 0; GHL_EEXIST dir is not empty; GHL_EINVAL an argument is NULL or too long; GHL_ENOENT there is no
 * store, or nothing to make dir in; GHL_EPERM the file rights; GHL_ESPACE; GHL_EBUSY this process has it
 * open; GHL_EVERSION; GHL_ECORRUPT; GHL_EIO; GHL_ENOMEM
 */
GHL_API int ghl_db_backup(const char *path, const char *dir, struct ghl_error *err);

/**
 * Prove a backup as ghl_db_check() does, and copy it to where a store shall be. Nothing stands there unless
 * this succeeds. What was committed after the backup is gone, and its ids and serials will be given out
 * again.
 *
 * Any thread.
 *
 * @param[in]  backup  what ghl_db_backup() made
 * @param[in]  path    the store's folder; it holds no store, or does not exist
 * @param[out] err     the reason; may be NULL
 * @return 0; GHL_EEXIST there is a store at path; GHL_ENOENT there is no backup; GHL_ECORRUPT the backup is
 * damaged; GHL_EINVAL an argument is NULL or too long; GHL_EPERM the file rights; GHL_ESPACE; GHL_EVERSION;
 * GHL_EBUSY; GHL_EIO; GHL_ENOMEM
 */
GHL_API int ghl_db_restore(const char *backup, const char *path, struct ghl_error *err);

/**
 * Bring a store of an older version to this one's format. Take a backup first. Nobody else may have it open.
 *
 * Any thread.
 *
 * @param[in]  path  the store's folder, or the folder that holds it as "store"
 * @param[out] err   the reason; may be NULL
 * @return 0, also when there was nothing to do; GHL_EVERSION it was written by a newer version; GHL_ENOENT
 * there is no store; GHL_EINVAL path is NULL; GHL_EPERM the file rights; GHL_EBUSY this process has it open;
 * GHL_ESPACE; GHL_ECORRUPT; GHL_EIO; GHL_ENOMEM
 */
GHL_API int ghl_db_upgrade(const char *path, struct ghl_error *err);

#ifdef __cplusplus
}
#endif

#endif
