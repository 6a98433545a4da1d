/*
 * config_write.c - a configuration as YAML that reads back to the same snapshot, and the reference page in
 * Markdown; both from the schema.
 */
#include "config_schema.h"

#include <inttypes.h>
#include <string.h>

static void write_quoted(struct text *out, const char *s)
{
	text_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_add_char(out, '\\');
		if ((unsigned char)*s < ' ')
			text_fmt(out, "\\u%04x", *s);
		else
			text_add_char(out, *s);
	}
	text_add_char(out, '"');
}

static void write_duration(struct text *out, uint64_t ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
	unsigned i = 0;

	while (units[i].ms > 1 && (ms < units[i].ms || ms % units[i].ms))
		i++;
	text_fmt(out, "%" PRIu64 "%s", ms / units[i].ms, ms ? units[i].name : "s");
}

static void write_bytes(struct text *out, uint64_t bytes)
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned i = 0;

	while (i < 4 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	text_fmt(out, "%" PRIu64 "%s", bytes, names[i]);
}

static void write_texts(const struct config_key *key, const char *at, struct text *out)
{
	text_add_char(out, '[');
	for (size_t i = 0; i < key->size / key->width && at[0]; i++, at += key->width) {
		text_add(out, i ? ", " : "");
		write_quoted(out, at);
	}
	text_add_char(out, ']');
}

static void write_listen(const struct config_key *key, const void *item, struct text *out)
{
	const struct sip_listen *l = (const void *)((const char *)item + key->at);
	uint32_t count = *(const uint32_t *)((const char *)item + key->count_at);
	static const char *const names[] = {"udp", "tcp", "tls"};

	text_add_char(out, '[');
	for (uint32_t i = 0; i < count; i++) {
		bool v6 = strchr(l[i].address, ':') != NULL;

		text_fmt(out, "%s\"%s:%s%s%s:%u\"", i ? ", " : "", names[l[i].transport], v6 ? "[" : "",
			l[i].address, v6 ? "]" : "", l[i].port);
	}
	text_add_char(out, ']');
}

void config_value_write(const struct config_key *key, const void *item, struct text *out)
{
	const char *at = (const char *)item + key->at;

	switch (key->type) {
	case CONFIG_UINT:
		text_fmt(out, "%u",
			key->size == sizeof(uint16_t) ? *(const uint16_t *)(const void *)at
						      : *(const uint32_t *)(const void *)at);
		break;
	case CONFIG_BOOL:
		text_add(out, *(const bool *)at ? "true" : "false");
		break;
	case CONFIG_DURATION_MS:
		write_duration(out, *(const uint32_t *)(const void *)at);
		break;
	case CONFIG_DURATION_S:
		write_duration(out, *(const uint32_t *)(const void *)at * (uint64_t)1000);
		break;
	case CONFIG_BYTES:
		write_bytes(out, *(const uint64_t *)(const void *)at);
		break;
	case CONFIG_CHOICE:
		text_add(out, key->choices[*(const unsigned *)(const void *)at]);
		break;
	case CONFIG_TEXTS:
		write_texts(key, at, out);
		break;
	case CONFIG_LISTEN:
		write_listen(key, item, out);
		break;
	default:
		write_quoted(out, at);
	}
}

bool config_left_out(const struct config_key *key, const void *item, bool secrets)
{
	const char *at = (const char *)item + key->at;

	return ((key->flags & CONFIG_SPARSE) && !at[0]) || ((key->flags & CONFIG_HIDDEN) && !secrets);
}

static void write_item(
	const struct config_section *s, const void *item, const char *indent, bool secrets, struct text *out)
{
	for (size_t i = 0; i < s->key_count; i++) {
		if (config_left_out(&s->keys[i], item, secrets))
			continue;
		text_fmt(out, "%s%s: ", indent, s->keys[i].key);
		config_value_write(&s->keys[i], item, out);
		text_add_char(out, '\n');
	}
}

static void write_items(
	const struct config *c, const struct config_section *s, bool secrets, struct text *out)
{
	for (size_t i = 0; i < config_items(c, s); i++) {
		const void *item = config_item(c, s, i);

		text_add(out, "  ");
		if (s->shape == CONFIG_NAMED)
			write_quoted(out, item);
		text_add(out, s->shape == CONFIG_NAMED ? ":\n" : "-\n");
		write_item(s, item, "    ", secrets, out);
	}
}

void config_write(const struct config *c, bool secrets, struct text *out)
{
	for (size_t i = 0; i < config_section_count; i++) {
		const struct config_section *s = &config_sections[i];

		if (s->shape != CONFIG_ONE && config_items(c, s) == 0)
			continue;
		text_fmt(out, "%s:\n", s->key);
		if (s->shape == CONFIG_ONE)
			write_item(s, config_item(c, s, 0), "  ", secrets, out);
		else
			write_items(c, s, secrets, out);
	}
}

static void reference_default(const struct config_key *key, struct text *out)
{
	if (key->flags & CONFIG_REQUIRED)
		text_add(out, "must be given");
	else if (key->def && key->def[0])
		text_fmt(out, "`%s`", key->def);
	else
		text_add(out, "-");
}

static void reference_range(const struct config_key *key, struct text *out)
{
	bool seconds = key->type == CONFIG_DURATION_S, ms = key->type == CONFIG_DURATION_MS;

	text_add(out, config_type_name(key->type));
	if (key->choices)
		for (unsigned i = 0; key->choices[i]; i++)
			text_fmt(out, "%s`%s`", i ? ", " : ": ", key->choices[i]);
	if (key->type == CONFIG_TEXTS || key->type == CONFIG_LISTEN)
		text_fmt(out, ", at most %zu", key->size / key->width);
	if (key->refers)
		text_fmt(out, " (%s)", key->refers);
	if (!key->max)
		return;
	text_add_char(out, ' ');
	if (seconds || ms) {
		write_duration(out, key->min * (seconds ? 1000 : 1));
		text_add(out, "..");
		write_duration(out, key->max * (seconds ? 1000 : 1));
	} else if (key->type == CONFIG_BYTES) {
		write_bytes(out, key->min);
		text_add(out, "..");
		write_bytes(out, key->max);
	} else {
		text_fmt(out, "%" PRIu64 "..%" PRIu64, key->min, key->max);
	}
}

static void reference_section(const struct config_section *s, struct text *out)
{
	static const char *const shapes[] = {"", " A mapping from names to:", " A list of:"};

	text_fmt(out, "\n## %s\n\n%s%s%s\n\n| key | type | default | meaning |\n|---|---|---|---|\n", s->key,
		s->doc, shapes[s->shape], s->restart ? " Takes effect at the next start." : "");
	for (size_t i = 0; i < s->key_count; i++) {
		text_fmt(out, "| `%s` | ", s->keys[i].key);
		reference_range(&s->keys[i], out);
		text_add(out, " | ");
		reference_default(&s->keys[i], out);
		text_fmt(out, " | %s |\n", s->keys[i].doc);
	}
}

void config_reference(struct text *out)
{
	text_add(out, "# Configuration\n\nMade by `govhotline config reference`; do not edit.\n\n"
		      "One YAML file, UTF-8, at most 4 MiB and 32 levels; no anchors, aliases or tags; a key "
		      "stands once. A duration or size "
		      "carries its unit: `500ms`, `20s`, `2min`, `1h`, `1d`; `512KiB`, `256MiB`, `2GiB`. "
		      "Paths are relative to the file.\n\n"
		      "`govhotline config check` tells every mistake with its line and column; `govhotline "
		      "config show --effective` shows "
		      "every setting in force; `govhotline config apply` makes a running hotline take what "
		      "can change while it runs.\n");
	for (size_t i = 0; i < config_section_count; i++)
		reference_section(&config_sections[i], out);
}
