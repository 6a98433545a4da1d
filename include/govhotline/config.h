/*
 * govhotline/config.h - the configuration file without a hotline: checked, shown with everything that is in
 * force, explained; and what a client must know of it to find the hotline that runs by it.
 *
 * No session and no right: who can read the file may look at it. Any thread.
 */
#ifndef GOVHOTLINE_CONFIG_H
#define GOVHOTLINE_CONFIG_H

#include <govhotline/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** More mistakes of one file than these are not told. */
#define GHL_CONFIG_ERRORS 50

/**
 * Find every mistake of a configuration in one run; where it has none, those of its dialogues' documents:
 * what they transfer to must be configured.
 *
 * @param[in]  path   the file (YAML)
 * @param[out] errs   the mistakes in the order of the file (of the documents, in that of the dialogues), each
 * with its line and column; texts begin "FILE:LINE:COLUMN: "
 * @param[in]  room   how many fit; GHL_CONFIG_ERRORS is enough
 * @param[out] count  how many were told
 * @return 0 it is in order; GHL_EPARSE it has mistakes; GHL_EUNSUPPORTED a document holds what this build
 * cannot do; GHL_ENOENT, GHL_EPERM, GHL_EIO it or a document cannot be read: one
 * error tells; GHL_ENOMEM; GHL_EINVAL a pointer is NULL
 */
GHL_API int ghl_config_check(const char *path, struct ghl_error *errs, uint32_t room, uint32_t *count);

/** How ghl_config_show() writes; bits. */
enum ghl_config_show_flags {
	GHL_CONFIG_SHOW_SECRETS = 1, /* passwords and HA1 too */
	GHL_CONFIG_SHOW_JSON = 2     /* as a JSON object; durations and sizes are texts as in YAML */
};

/**
 * Write every setting in force, defaults included, as YAML that reads back to the same configuration.
 *
 * @param[in]  path    the file
 * @param[in]  flags   of enum ghl_config_show_flags; 0: YAML without secrets
 * @param[in]  out_fd  where to; stays open
 * @param[out] err     the first mistake; may be NULL
 * @return as ghl_config_check(); GHL_EINVAL also for a flag that is not known
 */
GHL_API int ghl_config_show(const char *path, int flags, int out_fd, struct ghl_error *err);

/**
 * Write the reference page of all settings, in Markdown.
 *
 * @param[in] out_fd  where to; stays open
 * @return 0; GHL_EIO; GHL_ENOMEM
 */
GHL_API int ghl_config_reference(int out_fd);

/** An address the hotline listens on. */
struct ghl_config_listen {
	char transport[8]; /**< "udp", "tcp", "tls" */
	char address[64];
	uint16_t port; /**< 0: the system chooses */
};

/** A trunk, as far as it can be reached from outside. */
struct ghl_config_trunk {
	char name[64];
	char proxy[256]; /**< SIP URI; "" for none */
};

/** What clients and doctors need. Paths are absolute. */
struct ghl_config_info {
	uint32_t size; /**< sizeof(struct ghl_config_info) */
	uint32_t node;
	char site[64];
	char time_zone[64];
	char store[256];
	char recordings[256];
	char prompts[256];
	char cache[256];
	char control[256]; /**< the control socket */
	char media_address[64];
	uint16_t port_min, port_max; /**< of RTP; 0, 0: the system chooses */
	uint32_t max_calls;
	uint64_t disk_alarm_bytes;
	uint32_t listens, trunks, agents, queues, dialogues; /**< how many there are */
	struct ghl_config_listen listen[8];
	struct ghl_config_trunk trunk[16]; /**< the first ones */
};

/** Initial value. */
#define GHL_CONFIG_INFO_INIT                                                                                 \
	{                                                                                                    \
		sizeof(struct ghl_config_info)                                                               \
	}

/**
 * Read what clients need.
 *
 * @param[in]     path  the file
 * @param[in,out] out   its size set; filled; untouched on failure
 * @param[out]    err   the first mistake; may be NULL
 * @return as ghl_config_check(); GHL_EINVAL also when the size is wrong
 */
GHL_API int ghl_config_info(const char *path, struct ghl_config_info *out, struct ghl_error *err);

#ifdef __cplusplus
}
#endif

#endif
