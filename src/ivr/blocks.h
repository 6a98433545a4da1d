/*
 * ivr/blocks.h - the memory of one dialogue's scripts: small blocks out of chunks by size class, all of it
 * given back at once.
 *
 * It counts what is in use and refuses beyond a limit. One thread at a time.
 */
#ifndef IVR_BLOCKS_H
#define IVR_BLOCKS_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

#define BLOCKS_CLASSES 32 /* of 16 bytes each: up to 512 bytes */

struct blocks {
	size_t used, limit; /* bytes asked for */
	bool full;          /* something was refused */
	struct list chunks; /* where small blocks come from */
	struct list large;  /* blocks of their own */
	char *carve;        /* the unused rest of the newest chunk */
	size_t left;
	void *spare[BLOCKS_CLASSES]; /* freed small blocks of each class, linked through their first word */
};

void blocks_init(struct blocks *h, size_t limit);
/* Everything is gone, whoever still points to it. */
void blocks_finish(struct blocks *h);
/* NULL: size 0, no memory, or beyond the limit. Aligned to 8 bytes. */
void *blocks_take(struct blocks *h, size_t size);
void blocks_give(struct blocks *h, void *p);
void *blocks_resize(struct blocks *h, void *p, size_t size);

#endif
