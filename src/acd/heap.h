/* acd/heap.h - a binary min-heap of nodes that live in their objects: take the least, remove any, both in
 * O(log n). */
#ifndef ACD_HEAP_H
#define ACD_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	size_t place; /* from 1; 0: in no heap */
	int64_t key;
	uint64_t tie; /* among equal keys the lesser is first */
};

struct heap {
	struct heap_node **nodes;
	size_t count, room;
};

void heap_finish(struct heap *h);
/* Makes room, so that this many heap_add() cannot fail. GHL_ENOMEM. */
int heap_reserve(struct heap *h, size_t room);
void heap_add(struct heap *h, struct heap_node *n);
/* Does nothing when the node is in no heap. */
void heap_remove(struct heap *h, struct heap_node *n);
/* The least, or NULL. */
struct heap_node *heap_first(const struct heap *h);
bool heap_before(const struct heap_node *a, const struct heap_node *b);

#endif
