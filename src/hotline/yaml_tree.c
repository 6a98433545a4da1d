/*
 * yaml_tree.c - libyaml's events into a tree with places. Recursion goes as deep as the text, which
 * YAML_DEPTH_MAX bounds. What the settings mean is not known here. YAML 1.1 (yaml.org/spec/1.1), without
 * anchors, aliases, tags and merge keys.
 */
#include "yaml_tree.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	struct problems *problems;
	bool failed; /* the text cannot be read on from here */
};

const char *yaml_kind_name(enum yaml_kind kind)
{
	static const char *const names[] = {"a single value", "a list", "a mapping"};

	return (unsigned)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

/* Where a reader error stands: libyaml gives only its offset. */
static void place_of_offset(const struct reader *r, unsigned *line, unsigned *column)
{
	const unsigned char *start = r->parser.input.string.start;
	size_t size = (size_t)(r->parser.input.string.end - start);
	size_t upto = r->parser.problem_offset < size ? r->parser.problem_offset : size;

	*line = *column = 1;
	for (size_t i = 0; i < upto; i++) {
		*column = start[i] == '\n' ? 1 : *column + 1;
		*line += start[i] == '\n';
	}
}

static void syntax_problem(struct reader *r)
{
	unsigned line = (unsigned)r->parser.problem_mark.line + 1,
		 column = (unsigned)r->parser.problem_mark.column + 1;
	const char *what = r->parser.problem ? r->parser.problem : "cannot be read";

	if (r->parser.error == YAML_READER_ERROR)
		place_of_offset(r, &line, &column);
	if (r->parser.context && r->parser.error != YAML_READER_ERROR)
		problem_at(r->problems, line, column, "", "%s (%s that begins on line %u)", what,
			r->parser.context, (unsigned)r->parser.context_mark.line + 1);
	else
		problem_at(r->problems, line, column, "", "%s", what);
	r->failed = true;
}

static bool next_event(struct reader *r, yaml_event_t *ev)
{
	if (r->failed)
		return false;
	if (!yaml_parser_parse(&r->parser, ev)) {
		syntax_problem(r);
		return false;
	}
	return true;
}

static void refuse_extras(struct reader *r, const yaml_event_t *ev)
{
	unsigned line = (unsigned)ev->start_mark.line + 1, column = (unsigned)ev->start_mark.column + 1;
	bool anchor = false, tag = false;

	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor != NULL;
		tag = ev->data.scalar.tag != NULL;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor != NULL;
		tag = ev->data.mapping_start.tag != NULL;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor != NULL;
		tag = ev->data.sequence_start.tag != NULL;
	} else if (ev->type == YAML_ALIAS_EVENT) {
		problem_at(r->problems, line, column, "", "aliases (*name) are not allowed; write it out");
	}
	if (anchor)
		problem_at(r->problems, line, column, "", "anchors (&name) are not allowed; write it out");
	if (tag)
		problem_at(r->problems, line, column, "", "tags (!name) are not allowed");
}

static struct yaml_node *node_new(struct reader *r, enum yaml_kind kind, const yaml_event_t *ev)
{
	struct yaml_node *n = calloc(1, sizeof(*n));

	if (!n) {
		problem_at(r->problems, 0, 0, "", "no memory");
		r->failed = true;
		return NULL;
	}
	n->kind = kind;
	n->line = (unsigned)ev->start_mark.line + 1;
	n->column = (unsigned)ev->start_mark.column + 1;
	return n;
}

static struct yaml_node *scalar(struct reader *r, const yaml_event_t *ev)
{
	struct yaml_node *n = node_new(r, YAML_IS_SCALAR, ev);
	bool is_scalar = ev->type == YAML_SCALAR_EVENT;
	const char *value = is_scalar ? (const char *)ev->data.scalar.value : "";
	size_t len = is_scalar ? ev->data.scalar.length : 0;

	if (!n)
		return NULL;
	n->quoted = is_scalar && ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (memchr(value, 0, len))
		problem_at(r->problems, n->line, n->column, "", "a text cannot hold a NUL character");
	n->text = strdup(value);
	if (!n->text)
		r->failed = true;
	return n;
}

static void append(struct yaml_node *parent, struct yaml_node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

static struct yaml_node *node_read(struct reader *r, const yaml_event_t *ev, unsigned depth);

/* The node of the next event, or NULL at `end` or where the text cannot be read. */
static struct yaml_node *child_read(struct reader *r, yaml_event_type_t end, unsigned depth)
{
	struct yaml_node *n = NULL;
	yaml_event_t ev;

	if (!next_event(r, &ev))
		return NULL;
	if (ev.type != end)
		n = node_read(r, &ev, depth);
	yaml_event_delete(&ev);
	return n;
}

static void list_read(struct reader *r, struct yaml_node *list, unsigned depth)
{
	struct yaml_node *n;

	while ((n = child_read(r, YAML_SEQUENCE_END_EVENT, depth)))
		append(list, n);
}

/* Whether the key is new to this mapping; then it is known from now on. */
static bool key_is_new(
	struct reader *r, struct map *keys, const struct yaml_node *key, struct yaml_node *value)
{
	const struct yaml_node *before = map_get_text(keys, key->text);

	if (before) {
		problem_at(r->problems, key->line, key->column, key->text,
			"\"%s\" stands here a second time; the first is on line %u", key->text,
			before->key_line);
		return false;
	}
	if (map_put_text(keys, key->text, value) < 0) {
		problem_at(r->problems, 0, 0, "", "no memory");
		r->failed = true;
	}
	return !r->failed;
}

static void entry_add(struct reader *r, struct yaml_node *map, struct map *keys, struct yaml_node *key,
	struct yaml_node *value)
{
	if (key->kind != YAML_IS_SCALAR) {
		problem_at(r->problems, key->line, key->column, "", "a key must be a single value");
		yaml_tree_free(value);
	} else if (!r->failed && key_is_new(r, keys, key, value)) {
		value->key = key->text;
		key->text = NULL;
		value->key_line = key->line;
		value->key_column = key->column;
		append(map, value);
	} else {
		yaml_tree_free(value);
	}
	yaml_tree_free(key);
}

static void map_read(struct reader *r, struct yaml_node *map, unsigned depth)
{
	struct yaml_node *key, *value;
	struct map keys;

	map_init(&keys);
	while ((key = child_read(r, YAML_MAPPING_END_EVENT, depth))) {
		value = child_read(r, YAML_NO_EVENT, depth);
		if (!value) {
			yaml_tree_free(key);
			break;
		}
		entry_add(r, map, &keys, key, value);
	}
	map_finish(&keys);
}

static struct yaml_node *node_read(struct reader *r, const yaml_event_t *ev, unsigned depth)
{
	struct yaml_node *n;

	refuse_extras(r, ev);
	if (ev->type != YAML_MAPPING_START_EVENT && ev->type != YAML_SEQUENCE_START_EVENT)
		return scalar(r, ev);
	n = node_new(r, ev->type == YAML_MAPPING_START_EVENT ? YAML_IS_MAP : YAML_IS_LIST, ev);
	if (!n)
		return NULL;
	if (depth >= YAML_DEPTH_MAX) {
		problem_at(r->problems, n->line, n->column, "", "more than %d levels deep", YAML_DEPTH_MAX);
		r->failed = true;
	} else if (n->kind == YAML_IS_MAP) {
		map_read(r, n, depth + 1);
	} else {
		list_read(r, n, depth + 1);
	}
	return n;
}

/* Stream start, document start; then the root; then what must be the end. */
static struct yaml_node *document_read(struct reader *r)
{
	struct yaml_node *root = NULL;
	yaml_event_t ev;
	bool more = true;

	while (more && next_event(r, &ev)) {
		if (ev.type == YAML_DOCUMENT_START_EVENT && root) {
			problem_at(r->problems, (unsigned)ev.start_mark.line + 1, 1, "",
				"a second document begins here; only one is read");
			r->failed = true;
		} else if (ev.type == YAML_STREAM_END_EVENT) {
			more = false;
		} else if (!root && ev.type != YAML_STREAM_START_EVENT &&
			   ev.type != YAML_DOCUMENT_START_EVENT && ev.type != YAML_DOCUMENT_END_EVENT) {
			root = node_read(r, &ev, 0);
		}
		yaml_event_delete(&ev);
	}
	return root;
}

struct yaml_node *yaml_tree_parse(const char *text, size_t len, struct problems *problems)
{
	struct reader r = {.problems = problems};
	struct yaml_node *root;

	if (!yaml_parser_initialize(&r.parser)) {
		problem_at(problems, 0, 0, "", "no memory");
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	root = document_read(&r);
	yaml_parser_delete(&r.parser);
	return root;
}

void yaml_tree_free(struct yaml_node *node)
{
	struct yaml_node *child, *next;

	if (!node)
		return;
	for (child = node->first; child; child = next) {
		next = child->next;
		yaml_tree_free(child);
	}
	free(node->key);
	free(node->text);
	free(node);
}

const struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key)
{
	for (const struct yaml_node *n = map->first; n; n = n->next)
		if (n->key && strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

bool yaml_tree_empty(const struct yaml_node *node)
{
	return node->kind == YAML_IS_SCALAR && !node->quoted &&
	       (!node->text[0] || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}
