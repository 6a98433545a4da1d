/* heap.c - the binary heap (Williams 1964); every node knows its place. */
#include "heap.h"

#include <govhotline/error.h>

#include <stdlib.h>

void heap_finish(struct heap *h)
{
	free(h->nodes);
	*h = (struct heap){0};
}

int heap_reserve(struct heap *h, size_t room)
{
	struct heap_node **nodes;

	if (room <= h->room)
		return 0;
	room = room < 2 * h->room ? 2 * h->room : room;
	nodes = realloc(h->nodes, room * sizeof(struct heap_node *));
	if (!nodes)
		return GHL_ENOMEM;
	h->nodes = nodes;
	h->room = room;
	return 0;
}

bool heap_before(const struct heap_node *a, const struct heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->tie < b->tie;
}

static void put(struct heap *h, size_t place, struct heap_node *n)
{
	h->nodes[place - 1] = n;
	n->place = place;
}

static void rise(struct heap *h, size_t place, struct heap_node *n)
{
	while (place > 1 && heap_before(n, h->nodes[place / 2 - 1])) {
		put(h, place, h->nodes[place / 2 - 1]);
		place /= 2;
	}
	put(h, place, n);
}

static void sink(struct heap *h, size_t place, struct heap_node *n)
{
	size_t child;

	while ((child = 2 * place) <= h->count) {
		if (child < h->count && heap_before(h->nodes[child], h->nodes[child - 1]))
			child++;
		if (!heap_before(h->nodes[child - 1], n))
			break;
		put(h, place, h->nodes[child - 1]);
		place = child;
	}
	put(h, place, n);
}

void heap_add(struct heap *h, struct heap_node *n)
{
	h->count++;
	rise(h, h->count, n);
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	size_t place = n->place;
	struct heap_node *last;

	if (!place)
		return;
	last = h->nodes[--h->count];
	n->place = 0;
	if (last == n)
		return;
	if (place > 1 && heap_before(last, h->nodes[place / 2 - 1]))
		rise(h, place, last);
	else
		sink(h, place, last);
}

struct heap_node *heap_first(const struct heap *h)
{
	return h->count ? h->nodes[0] : NULL;
}
