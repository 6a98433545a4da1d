/* media/ring.h - a ring of fixed-size items between one writing and one reading thread, without a lock. */
#ifndef MEDIA_RING_H
#define MEDIA_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ring {
	uint8_t *items;
	uint32_t count; /* room, in items */
	uint32_t size;  /* bytes an item */
	_Atomic uint64_t written;
	char apart[64]; /* the two counters on lines of their own */
	_Atomic uint64_t taken;
};

/* GHL_ENOMEM. */
int ring_init(struct ring *r, uint32_t count, uint32_t size);
void ring_finish(struct ring *r);
/* The writing thread. False: full. */
bool ring_push(struct ring *r, const void *item);
/* The same without a copy: fill the place, then ring_push_done(). NULL: full. */
void *ring_push_place(struct ring *r);
void ring_push_done(struct ring *r);
/* The reading thread. False: empty. */
bool ring_pop(struct ring *r, void *item);
/* The same without a copy: the oldest item, then ring_pop_done(). NULL: empty. */
const void *ring_pop_place(struct ring *r);
void ring_pop_done(struct ring *r);
/* Exact on either thread as far as its own end goes. */
uint32_t ring_used(const struct ring *r);

#endif
