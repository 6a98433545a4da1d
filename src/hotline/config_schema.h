/*
 * hotline/config_schema.h - what can be configured: one table of sections and settings, from which the
 * reader, the writer and the reference page work. A setting knows its key, type, range, default, explanation
 * and place in a struct.
 */
#ifndef HOTLINE_CONFIG_SCHEMA_H
#define HOTLINE_CONFIG_SCHEMA_H

#include "config.h"
#include "yaml_tree.h"

enum config_type {
	CONFIG_TEXT,        /* char[size] */
	CONFIG_UINT,        /* uint16_t or uint32_t */
	CONFIG_BOOL,        /* bool */
	CONFIG_DURATION_MS, /* uint32_t */
	CONFIG_DURATION_S,  /* uint32_t */
	CONFIG_BYTES,       /* uint64_t */
	CONFIG_CHOICE,      /* an enum */
	CONFIG_FILE,        /* char[size], made absolute; must be there */
	CONFIG_FOLDER,      /* char[size], made absolute */
	CONFIG_SOUND, /* char[size]: text:.., or a file made absolute from paths.prompts that must be there */
	CONFIG_TEXTS, /* char[n][width], "" ends it */
	CONFIG_LISTEN, /* struct sip_listen[n] and its count */
	CONFIG_DEST,   /* char[size]: "queue:NAME" .. */
	CONFIG_TYPES
};
/* As the reference page has it: "duration". */
const char *config_type_name(enum config_type t);

enum config_flag {
	CONFIG_REQUIRED = 1, /* must be given */
	CONFIG_HIDDEN = 2,   /* a secret: written only when asked for */
	CONFIG_SPARSE = 4    /* not written where it is empty */
};

/* A complaint about one text ("is not ..", to stand after the quoted text), or NULL. */
typedef const char *config_verify_fn(const char *s);

struct config_key {
	const char *key;
	enum config_type type;
	unsigned flags;
	size_t at, size;        /* the member */
	size_t width, count_at; /* lists: bytes an element; where the count stands, 0 for nowhere */
	uint64_t min, max;      /* numbers, in the member's unit; 0, 0: whatever fits */
	const char *def;        /* as it would be written; NULL or "" for empty */
	const char *const
		*choices;   /* CONFIG_CHOICE: by number, NULL ends; CONFIG_TEXTS: what an element may be */
	const char *refers; /* the section whose names it takes; CONFIG_DEST: kinds allowed, "queue dialogue
			       agent" */
	config_verify_fn *verify;
	const char *doc;
};

enum config_shape { CONFIG_ONE, CONFIG_NAMED, CONFIG_LIST };

struct config_section {
	const char *key;
	enum config_shape shape;
	size_t at;        /* in struct config: the struct, or the pointer to the first item */
	size_t count_at;  /* of CONFIG_NAMED and CONFIG_LIST */
	size_t item_size; /* a named item begins with char name[CONFIG_NAME_MAX] */
	config_verify_fn *verify_name;
	bool restart; /* takes effect at the next start only */
	const struct config_key *keys;
	size_t key_count;
	const char *doc;
};

extern const struct config_section config_sections[];
extern const size_t config_section_count;
const struct config_section *config_section(const char *key);
/* How many items stand in it (1 for CONFIG_ONE), and the nth. */
size_t config_items(const struct config *c, const struct config_section *s);
void *config_item(const struct config *c, const struct config_section *s, size_t n);

/* By name; NULL. Once names have been checked. */
const void *config_find(const struct config *c, const char *section, const char *name);

/* --- verifiers (config_verify.c) --- */
config_verify_fn config_is_name, config_is_account, config_is_digits, config_is_address, config_is_network,
	config_is_sip_uri;
config_verify_fn config_is_zone, config_is_number_pattern, config_is_md5, config_is_sha256, config_is_env;
/* No control characters, no line separators, nothing YAML would not read back. */
bool config_is_plain(const char *s);

/* --- reading (config_value.c, config_read.c) --- */
struct config_pending { /* a name to be found once all is read */
	const struct yaml_node *node;
	const struct config_key *key;
	char path[96];
};
struct config_reader {
	struct config *config;
	struct problems *problems;
	bool files; /* look things up in the file system and environment */
	struct config_pending *pending;
	size_t pending_count, pending_room;
	struct map wrong; /* nodes of items that have been complained about: rules over them would only repeat
			     it */
};
/* One setting out of a scalar or list; `path` is its dotted name. Complains and leaves the member as it is
 * where it is wrong. */
void config_value_read(struct config_reader *r, const struct config_key *key, const struct yaml_node *node,
	const char *path, void *item);
/* The whole tree; root may be NULL: defaults. */
void config_tree_read(struct config_reader *r, const struct yaml_node *root);
/* Names, and what no single setting can know (config_check.c). */
void config_names_check(struct config_reader *r);
void config_rules_check(struct config_reader *r, const struct yaml_node *root);
/* Passwords from files and environment; HA1 (config_secret.c). */
void config_secrets_resolve(struct config_reader *r, const struct yaml_node *root);
/* The node of an item's setting, or of the item, or of the section, or root: the nearest there is for a
 * complaint. */
const struct yaml_node *config_place(
	const struct yaml_node *root, const char *section, const char *item, const char *key);
/* to[room] = base/path, or path where it is absolute. False: too long. */
bool config_path_join(char *to, size_t room, const char *base, const char *path);

/* --- writing (config_write.c) --- */
void config_value_write(const struct config_key *key, const void *item, struct text *out);
/* Not set, where that is how it is written; or a secret that is not to be shown. */
bool config_left_out(const struct config_key *key, const void *item, bool secrets);

#endif
