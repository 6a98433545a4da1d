/*
 * hotline/yaml_tree.h - a YAML text as a tree in which every node knows its line and column.
 *
 * A strict subset of YAML 1.1 as libyaml reads it: one document; scalars, sequences and mappings with scalar
 * keys; no anchors, aliases or tags; at most 32 levels; a key stands once in a mapping.
 */
#ifndef HOTLINE_YAML_TREE_H
#define HOTLINE_YAML_TREE_H

#include "problems.h"

#include <stdbool.h>
#include <stddef.h>

#define YAML_DEPTH_MAX 32

enum yaml_kind { YAML_IS_SCALAR, YAML_IS_LIST, YAML_IS_MAP };
const char *yaml_kind_name(enum yaml_kind kind);

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column; /* 1-based */
	char *key;             /* under a mapping; else NULL */
	unsigned key_line, key_column;
	char *text;                     /* of a scalar, without NUL bytes; "" for an empty one */
	bool quoted;                    /* 'so' or "so" */
	struct yaml_node *first, *last; /* of a mapping or sequence, in the order of the text */
	struct yaml_node *next;         /* the next of the same parent */
};

/* The tree, or NULL when nothing could be read. Mistakes go to `problems`; what could be read in spite of
 * them is in the tree. */
struct yaml_node *yaml_tree_parse(const char *text, size_t len, struct problems *problems);
void yaml_tree_free(struct yaml_node *node);
/* A mapping's value, or NULL. */
const struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key);
/* Nothing was written: "key:" alone, or ~ or null. */
bool yaml_tree_empty(const struct yaml_node *node);

#endif
