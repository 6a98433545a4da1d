/*
 * blocks.c - a script heap is made for each dialogue and thrown away with it. Freed block by block (Duktape
 * marks and sweeps first) that costs more than a turn; out of chunks it costs a few calls. Nothing in a
 * dialogue's heap owns anything outside it, so no finaliser is missed.
 */
#include "blocks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STEP        16
#define SMALL_MAX   ((size_t)BLOCKS_CLASSES * STEP)
#define CHUNK_BYTES ((size_t)16 * 1024)

/* In front of every block. */
struct tag {
	size_t size; /* as asked for */
};

struct chunk {
	struct list node;
	char bytes[];
};

struct large {
	struct list node;
	struct tag tag;
};

_Static_assert(offsetof(struct large, tag) + sizeof(struct tag) == sizeof(struct large),
	"the block follows its tag");

void blocks_init(struct blocks *h, size_t limit)
{
	memset(h, 0, sizeof(*h));
	h->limit = limit;
	list_init(&h->chunks);
	list_init(&h->large);
}

void blocks_finish(struct blocks *h)
{
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &h->chunks)
	free(container_of(pos, struct chunk, node));
	LIST_EACH(pos, tmp, &h->large)
	free(container_of(pos, struct large, node));
	blocks_init(h, h->limit);
}

static struct tag *tag_of(void *p)
{
	return (struct tag *)p - 1;
}

static size_t class_of(size_t size)
{
	return (size - 1) / STEP;
}

static bool new_chunk(struct blocks *h)
{
	struct chunk *c = malloc(sizeof(*c) + CHUNK_BYTES);

	if (!c)
		return false;
	list_append(&h->chunks, &c->node);
	h->carve = c->bytes;
	h->left = CHUNK_BYTES;
	return true;
}

static void *take_small(struct blocks *h, size_t size)
{
	size_t c = class_of(size), whole = sizeof(struct tag) + (c + 1) * STEP;
	void *p = h->spare[c];

	if (p) {
		memcpy(&h->spare[c], p, sizeof(void *));
		return p;
	}
	if (h->left < whole && !new_chunk(h))
		return NULL;
	p = h->carve + sizeof(struct tag);
	h->carve += whole;
	h->left -= whole;
	return p;
}

static void *take_large(struct blocks *h, size_t size)
{
	struct large *l = malloc(sizeof(*l) + size);

	if (!l)
		return NULL;
	list_append(&h->large, &l->node);
	return &l->tag + 1;
}

void *blocks_take(struct blocks *h, size_t size)
{
	void *p;

	if (size == 0)
		return NULL;
	if (h->used + size > h->limit) {
		h->full = true;
		return NULL;
	}
	p = size <= SMALL_MAX ? take_small(h, size) : take_large(h, size);
	if (!p)
		return NULL;
	tag_of(p)->size = size;
	h->used += size;
	return p;
}

void blocks_give(struct blocks *h, void *p)
{
	size_t size, c;

	if (!p)
		return;
	size = tag_of(p)->size;
	h->used -= size;
	if (size > SMALL_MAX) {
		struct large *l = container_of(tag_of(p), struct large, tag);

		list_remove(&l->node);
		free(l);
		return;
	}
	c = class_of(size);
	memcpy(p, &h->spare[c], sizeof(void *));
	h->spare[c] = p;
}

void *blocks_resize(struct blocks *h, void *p, size_t size)
{
	size_t old;
	void *to;

	if (!p)
		return blocks_take(h, size);
	if (size == 0) {
		blocks_give(h, p);
		return NULL;
	}
	old = tag_of(p)->size;
	if (old <= SMALL_MAX && size <= SMALL_MAX && class_of(old) == class_of(size)) {
		h->used += size - old;
		tag_of(p)->size = size;
		return p;
	}
	h->used -= old;
	to = blocks_take(h, size);
	h->used += old;
	if (!to)
		return NULL;
	memcpy(to, p, old < size ? old : size);
	blocks_give(h, p);
	return to;
}
