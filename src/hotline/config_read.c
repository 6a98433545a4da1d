/*
 * config_read.c - the YAML tree into a struct config, section by section in the table's order. Everything
 * absent gets its default, through the same readers.
 */
#include "config_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_ITEMS_MAX 20000

static void unknown_key(struct config_reader *r, const struct yaml_node *node, const char *where,
	const char *const *names, size_t n)
{
	const char *near = text_nearest(node->key, names, n);

	if (near)
		problem_at(r->problems, node->key_line, node->key_column, node->key,
			"there is no setting \"%s\"%s%s; \"%s\"?", node->key, where[0] ? " in " : "", where,
			near);
	else
		problem_at(r->problems, node->key_line, node->key_column, node->key,
			"there is no setting \"%s\"%s%s", node->key, where[0] ? " in " : "", where);
}

static void unknown_keys(struct config_reader *r, const struct config_section *s, const struct yaml_node *map,
	const char *where)
{
	const char *names[32];
	size_t n = s->key_count < 32 ? s->key_count : 32;
	bool known;

	for (size_t i = 0; i < n; i++)
		names[i] = s->keys[i].key;
	for (const struct yaml_node *node = map->first; node; node = node->next) {
		known = false;
		for (size_t i = 0; i < n && !known; i++)
			known = strcmp(node->key, names[i]) == 0;
		if (!known)
			unknown_key(r, node, where, names, n);
	}
}

static void default_read(struct config_reader *r, const struct config_key *key, void *item)
{
	struct yaml_node node = {.kind = YAML_IS_SCALAR, .text = (char *)key->def};

	if (key->def && key->def[0])
		config_value_read(r, key, &node, key->key, item);
}

static void key_read(struct config_reader *r, const struct config_key *key, const struct yaml_node *map,
	const char *where, void *item)
{
	const struct yaml_node *node = map ? yaml_tree_get(map, key->key) : NULL;
	char path[112];

	default_read(r, key, item);
	(void)snprintf(path, sizeof(path), "%s.%s", where, key->key);
	if (node && !yaml_tree_empty(node))
		config_value_read(r, key, node, path, item);
	else if (map && (key->flags & CONFIG_REQUIRED))
		problem_at(r->problems, map->line, map->column, path, "%s lacks \"%s\"", where, key->key);
}

/* The settings of one mapping (or of none: all defaults). */
static void item_read(struct config_reader *r, const struct config_section *s, const struct yaml_node *map,
	const char *where, void *item)
{
	unsigned before = r->problems->seen;

	if (map)
		unknown_keys(r, s, map, where);
	for (size_t i = 0; i < s->key_count; i++)
		key_read(r, &s->keys[i], map, where, item);
	if (map && r->problems->seen != before && map_put(&r->wrong, (uintptr_t)map, item) < 0)
		problem_at(r->problems, 0, 0, "", "no memory");
}

/* A mapping, or NULL and a complaint where something else stands; nothing at all is an empty mapping. */
static const struct yaml_node *as_map(
	struct config_reader *r, const struct yaml_node *node, const char *where)
{
	if (!node || node->kind == YAML_IS_MAP)
		return node;
	if (!yaml_tree_empty(node))
		problem_at(r->problems, node->line, node->column, where,
			"%s must be a mapping, here stands %s", where, yaml_kind_name(node->kind));
	return NULL;
}

static void name_read(
	struct config_reader *r, const struct config_section *s, const struct yaml_node *node, char *name)
{
	const char *wrong = s->verify_name(node->key);

	if (!wrong && !config_is_plain(node->key))
		wrong = "holds a control character";
	if (!wrong && strlen(node->key) >= CONFIG_NAME_MAX)
		wrong = "is longer than 63 bytes";
	if (wrong)
		problem_at(r->problems, node->key_line, node->key_column, s->key,
			"the name \"%.80s\" in %s %s", node->key, s->key, wrong);
	(void)text_copy(name, CONFIG_NAME_MAX, node->key);
}

static bool items_make(struct config_reader *r, const struct config_section *s, const struct yaml_node *list)
{
	char *config = (char *)r->config;
	size_t n = 0;

	for (const struct yaml_node *node = list->first; node; node = node->next)
		n++;
	if (n > CONFIG_ITEMS_MAX) {
		problem_at(r->problems, list->line, list->column, s->key, "%s holds more than %d entries",
			s->key, CONFIG_ITEMS_MAX);
		return false;
	}
	if (n == 0)
		return false;
	*(void **)(config + s->at) = calloc(n, s->item_size);
	if (!*(void **)(config + s->at)) {
		problem_at(r->problems, 0, 0, s->key, "no memory");
		return false;
	}
	*(size_t *)(config + s->count_at) = n;
	return true;
}

static void items_read(struct config_reader *r, const struct config_section *s, const struct yaml_node *list)
{
	const struct yaml_node *node = list->first, *map;
	char where[80];
	char *item;

	if (!items_make(r, s, list))
		return;
	for (size_t i = 0; node; node = node->next, i++) {
		item = config_item(r->config, s, i);
		if (s->shape == CONFIG_NAMED) {
			name_read(r, s, node, item);
			(void)snprintf(where, sizeof(where), "%s.%s", s->key, item);
		} else {
			(void)snprintf(where, sizeof(where), "%s[%zu]", s->key, i + 1);
		}
		map = as_map(r, node, where);
		item_read(r, s,
			map ? map
			    : &(struct yaml_node){.kind = YAML_IS_MAP,
				      .line = node->line,
				      .column = node->column},
			where, item);
	}
}

static void section_read(
	struct config_reader *r, const struct config_section *s, const struct yaml_node *node)
{
	if (s->shape == CONFIG_ONE) {
		item_read(r, s, as_map(r, node, s->key), s->key, config_item(r->config, s, 0));
	} else if (s->shape == CONFIG_NAMED) {
		node = as_map(r, node, s->key);
		if (node)
			items_read(r, s, node);
	} else if (node && node->kind == YAML_IS_LIST) {
		items_read(r, s, node);
	} else if (node && !yaml_tree_empty(node)) {
		problem_at(r->problems, node->line, node->column, s->key, "%s must be a list, here stands %s",
			s->key, yaml_kind_name(node->kind));
	}
}

void config_tree_read(struct config_reader *r, const struct yaml_node *root)
{
	const struct yaml_node *top = as_map(r, root, "the file");
	const char *names[32];

	for (size_t i = 0; i < config_section_count && i < 32; i++)
		names[i] = config_sections[i].key;
	for (const struct yaml_node *n = top ? top->first : NULL; n; n = n->next)
		if (!config_section(n->key))
			unknown_key(r, n, "", names, config_section_count);
	for (size_t i = 0; i < config_section_count; i++)
		section_read(r, &config_sections[i], top ? yaml_tree_get(top, config_sections[i].key) : NULL);
}

const struct yaml_node *config_place(
	const struct yaml_node *root, const char *section, const char *item, const char *key)
{
	const char *const names[] = {section, item, key};
	const struct yaml_node *at = root, *next;

	for (unsigned i = 0; i < 3 && at; i++) {
		next = names[i] && at->kind == YAML_IS_MAP ? yaml_tree_get(at, names[i]) : NULL;
		if (next)
			at = next;
	}
	return at;
}
