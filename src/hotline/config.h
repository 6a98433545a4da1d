/*
 * hotline/config.h - the configuration: one YAML file, read whole, checked whole, then never changed.
 *
 * A snapshot is immutable and counted: calls keep the one they began with while a new one takes over. Texts
 * are "" where nothing is configured; names refer to things that are in the same snapshot (checked at load).
 * The key names, ranges, defaults and explanations stand in one table (config_schema.c), which also writes
 * `config show --effective` and docs/configuration.md.
 */
#ifndef HOTLINE_CONFIG_H
#define HOTLINE_CONFIG_H

#include "acd/acd.h"
#include "agent/agent.h"
#include "base/log.h"
#include "base/map.h"
#include "base/text.h"
#include "media/media.h"
#include "record/record.h"
#include "sip/sip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_NAME_MAX   64
#define CONFIG_PATH_MAX   256
#define CONFIG_DEST_MAX   80 /* "queue:NAME", "dialogue:NAME", "agent:NAME", "trunk:NAME" */
#define CONFIG_ERRORS_MAX 50 /* more mistakes than this are not told */
#define CONFIG_FILE_MAX   (4u << 20)

/* How numbers are dialled here, to make E.164 of them and back (ITU-T E.164, E.123). */
struct config_dial {
	char country[8];       /* country code: "86" */
	char area[8];          /* area code without the national prefix: "28"; "" where there is none */
	char national[8];      /* national (trunk) prefix: "0"; "" where there is none */
	char international[8]; /* international prefix: "00" */
	char allow[16][32]; /* patterns of E.164 numbers that may be called; none given: the own country's */
	char deny[16][32];  /* of these, what may not */
};

struct config_site {
	char name[CONFIG_NAME_MAX];
	uint32_t node; /* 0..9: part of ids and serials */
	char time_zone[CONFIG_NAME_MAX];
};

struct config_paths { /* absolute */
	char store[CONFIG_PATH_MAX];
	char recordings[CONFIG_PATH_MAX];
	char prompts[CONFIG_PATH_MAX]; /* what relative sound files are relative to */
	char cache[CONFIG_PATH_MAX];   /* spoken and converted sounds */
	char control[CONFIG_PATH_MAX]; /* the control socket */
};

enum config_digest { CONFIG_DIGEST_BOTH, CONFIG_DIGEST_MD5, CONFIG_DIGEST_SHA256 };

struct config_sip {
	struct sip_listen listen[8];
	uint32_t listens;
	char realm[SIP_USER_MAX];
	char public_address[64];
	char tls_dir[CONFIG_PATH_MAX];
	enum sip_tls_verify tls_verify;
	uint32_t session_expires_s;
	uint32_t register_min_s, register_max_s;
	enum config_digest digest; /* which HA1 are made of a password */
	uint32_t guess_limit;
};

struct config_media {
	char address[64]; /* local address of RTP sockets */
	uint32_t threads;
	uint16_t port_min, port_max; /* 0, 0: the system chooses */
	uint32_t timeout_ms;
	uint32_t jitter_min_ms, jitter_max_ms;
};

struct config_record {
	enum media_wav format;
	enum record_full_policy on_full;
	uint32_t block_ms;
};

struct config_limits {
	uint32_t max_calls, max_calls_per_s, retry_after_s;
	uint64_t disk_reserve_bytes; /* below this: no commit, no new recording */
	uint64_t disk_alarm_bytes;   /* below this: the alarm */
};

struct config_ivr {
	uint32_t workers;
	uint32_t turn_cpu_ms, turn_wall_ms;
	uint64_t heap_bytes;
	char fallback[CONFIG_DEST_MAX]; /* where calls go whose dialogue failed or could not start; "" : clear
					 */
};

struct config_log {
	enum log_level level;
};

struct config_trunk {
	struct sip_trunk sip; /* its password is the one in force, wherever it came from */
	char password[SIP_USER_MAX];
	char password_file[CONFIG_PATH_MAX];
	char password_env[64];
	bool route_out; /* what came in by a trunk may leave by this one */
};

struct config_account { /* a phone */
	char name[CONFIG_NAME_MAX];
	char display[CONFIG_NAME_MAX];
	char password[SIP_USER_MAX];         /* always "" after load: it was turned into `secret` and wiped */
	char password_file[CONFIG_PATH_MAX]; /* likewise */
	struct sip_secret secret;
};

struct config_group {
	char name[CONFIG_NAME_MAX];
	char display[CONFIG_NAME_MAX];
};

struct config_dialogue {
	char name[CONFIG_NAME_MAX];
	char file[CONFIG_PATH_MAX];     /* absolute */
	char fallback[CONFIG_DEST_MAX]; /* "" : that of ivr.fallback */
};

enum config_answer { CONFIG_ANSWER_AT_ONCE, CONFIG_ANSWER_AGENT };
const char *config_answer_name(enum config_answer a);

/* The first route that matches wins. */
struct config_route {
	char called[CONFIG_NAME_MAX]; /* pattern with * and ? over the called number as dialled */
	char trunk[CONFIG_NAME_MAX];  /* pattern over the trunk's name; "" : any trunk, "-" : phones only */
	char to[CONFIG_DEST_MAX];
	enum config_answer answer;
};

struct config_principal {
	char name[CONFIG_NAME_MAX];
	char roles[4][16];           /* "owner", "agent", "supervisor", "reader" */
	char group[CONFIG_NAME_MAX]; /* a supervisor's scope; "" : every group */
	char agent[CONFIG_NAME_MAX]; /* the agent this principal is; "" for none */
	char users[8][32];           /* login names that are this principal at the control socket */
};

struct config {
	int refs;                   /* atomic */
	char file[CONFIG_PATH_MAX]; /* as given */
	char dir[CONFIG_PATH_MAX];  /* absolute: what relative paths are relative to */
	struct config_site site;
	struct config_dial dial;
	struct config_paths paths;
	struct config_sip sip;
	struct config_media media;
	struct config_record record;
	struct config_limits limits;
	struct config_ivr ivr;
	struct config_log log;
	struct config_trunk *trunks;
	size_t trunk_count;
	struct config_account *accounts;
	size_t account_count;
	struct config_group *groups;
	size_t group_count;
	struct agent_config *agents;
	size_t agent_count;
	struct acd_queue_config *queues;
	size_t queue_count;
	struct config_dialogue *dialogues;
	size_t dialogue_count;
	struct config_route *routes;
	size_t route_count;
	struct config_principal *principals;
	size_t principal_count;
	struct map index; /* "section/name" -> item, of what has names */
};

/*
 * Reads and checks a file. Every mistake of it is told in one run, each with file:line:column in its text,
 * ordered by place: errs[0..*count-1], at most `room`. On success *count is 0. GHL_EPARSE: the file has
 * mistakes; GHL_EIO, GHL_ENOENT, GHL_ENOMEM: one error says what.
 */
int config_load(
	const char *path, struct config **out, struct ghl_error *errs, unsigned room, unsigned *count);
/* The same over text. `name` stands in messages, relative paths are relative to `dir`. With `files` false
   nothing is looked up in the file system or the environment (for fuzzing and for texts that come from
   elsewhere). */
struct config_source {
	const char *name, *text;
	size_t len;
	const char *dir;
	bool files;
};
int config_parse(const struct config_source *source, struct config **out, struct ghl_error *errs,
	unsigned room, unsigned *count);
/* Defaults only, with an empty site: for tests and simulations. NULL: no memory. */
struct config *config_default(void);
struct config *config_ref(struct config *c);
void config_unref(struct config *c);

/* NULL where there is none of that name. */
const struct config_trunk *config_trunk(const struct config *c, const char *name);
const struct config_account *config_account(const struct config *c, const char *name);
const struct agent_config *config_agent(const struct config *c, const char *name);
const struct acd_queue_config *config_queue(const struct config *c, const char *name);
const struct config_dialogue *config_dialogue(const struct config *c, const char *name);
/* Where a call goes; trunk "" for a call from a phone. NULL: no route. */
const struct config_route *config_route(const struct config *c, const char *trunk, const char *called);
/* The kind and name of a destination: "queue:water" gives "queue" and "water". False: it is no destination.
 */
bool config_dest_split(const char *dest, char kind[16], char name[CONFIG_NAME_MAX]);
/* True: it names what is not configured, and why says so, with what was probably meant. */
bool config_dest_missing(const struct config *c, const char *dest, char *why, size_t room);

/* Every setting in force, as YAML that reads back to the same snapshot; without `secrets` those are left out.
 */
/* Opens the documents of every dialogue and holds what they transfer to against the configuration. The
 * mistakes, at most `room`; the code of the first. */
int documents_check(const struct config *c, struct ghl_error *errs, unsigned room, unsigned *count);
void config_write(const struct config *c, bool secrets, struct text *out);
void config_write_json(const struct config *c, bool secrets, struct text *out);
/* The reference page, in Markdown, out of the schema. */
void config_reference(struct text *out);
/* The key of the first setting that differs and cannot be changed while running ("sip.listen", in `room`);
 * NULL: all can. */
const char *config_restart_key(
	const struct config *running, const struct config *next, char room[CONFIG_NAME_MAX]);

#endif
