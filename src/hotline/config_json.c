/*
 * config_json.c - a configuration as JSON: the same settings under the same names as in YAML. Durations,
 * sizes and choices are texts, as they are written in the file, so that the object is itself a configuration.
 */
#include "config_schema.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *value_json(const struct config_key *key, const void *item)
{
	struct text t;
	json_t *v;

	text_init(&t);
	config_value_write(key, item, &t);
	switch (key->type) {
	case CONFIG_DURATION_MS:
	case CONFIG_DURATION_S:
	case CONFIG_BYTES:
	case CONFIG_CHOICE:
		v = json_string(text_str(&t));
		break;
	default: /* YAML's numbers, flags, quoted texts and lists of these are JSON's */
		v = json_loads(text_str(&t), JSON_DECODE_ANY, NULL);
	}
	text_finish(&t);
	return v;
}

static json_t *item_json(const struct config_section *s, const void *item, bool secrets)
{
	json_t *o = json_object();

	for (size_t i = 0; i < s->key_count; i++)
		if (!config_left_out(&s->keys[i], item, secrets))
			(void)json_object_set_new(o, s->keys[i].key, value_json(&s->keys[i], item));
	return o;
}

static json_t *section_json(const struct config *c, const struct config_section *s, bool secrets)
{
	json_t *all = s->shape == CONFIG_NAMED ? json_object() : json_array();

	for (size_t i = 0; i < config_items(c, s); i++) {
		const void *item = config_item(c, s, i);

		if (s->shape == CONFIG_NAMED)
			(void)json_object_set_new(all, item, item_json(s, item, secrets));
		else
			(void)json_array_append_new(all, item_json(s, item, secrets));
	}
	return all;
}

void config_write_json(const struct config *c, bool secrets, struct text *out)
{
	json_t *all = json_object();
	char *dump;

	for (size_t i = 0; i < config_section_count; i++) {
		const struct config_section *s = &config_sections[i];

		if (s->shape == CONFIG_ONE)
			(void)json_object_set_new(all, s->key, item_json(s, config_item(c, s, 0), secrets));
		else if (config_items(c, s))
			(void)json_object_set_new(all, s->key, section_json(c, s, secrets));
	}
	dump = json_dumps(all, JSON_INDENT(2));
	text_add(out, dump ? dump : "");
	text_add_char(out, '\n');
	out->failed = out->failed || !dump;
	if (dump)
		explicit_bzero(dump, strlen(dump));
	free(dump);
	json_decref(all);
}
