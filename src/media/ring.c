/*
 * ring.c - the single-producer single-consumer ring that carries orders, reports and frames between threads.
 *
 * Two counters that only grow: the writer publishes with release, the reader takes with acquire, and the
 * other way round for the place given back. Does not wake anybody.
 */
#include "ring.h"

#include <govhotline/error.h>

#include <stdlib.h>
#include <string.h>

int ring_init(struct ring *r, uint32_t count, uint32_t size)
{
	memset(r, 0, sizeof(*r));
	r->items = malloc((size_t)count * size);
	if (!r->items)
		return GHL_ENOMEM;
	r->count = count;
	r->size = size;
	return 0;
}

void ring_finish(struct ring *r)
{
	free(r->items);
	r->items = NULL;
}

static void *place(struct ring *r, uint64_t n)
{
	return r->items + (size_t)(n % r->count) * r->size;
}

void *ring_push_place(struct ring *r)
{
	uint64_t written = atomic_load_explicit(&r->written, memory_order_relaxed);

	if (written - atomic_load_explicit(&r->taken, memory_order_acquire) >= r->count)
		return NULL;
	return place(r, written);
}

void ring_push_done(struct ring *r)
{
	uint64_t written = atomic_load_explicit(&r->written, memory_order_relaxed);

	atomic_store_explicit(&r->written, written + 1, memory_order_release);
}

bool ring_push(struct ring *r, const void *item)
{
	void *to = ring_push_place(r);

	if (!to)
		return false;
	memcpy(to, item, r->size);
	ring_push_done(r);
	return true;
}

const void *ring_pop_place(struct ring *r)
{
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_relaxed);

	if (taken == atomic_load_explicit(&r->written, memory_order_acquire))
		return NULL;
	return place(r, taken);
}

void ring_pop_done(struct ring *r)
{
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_relaxed);

	atomic_store_explicit(&r->taken, taken + 1, memory_order_release);
}

bool ring_pop(struct ring *r, void *item)
{
	const void *from = ring_pop_place(r);

	if (!from)
		return false;
	memcpy(item, from, r->size);
	ring_pop_done(r);
	return true;
}

uint32_t ring_used(const struct ring *r)
{
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);

	return (uint32_t)(atomic_load_explicit(&r->written, memory_order_acquire) - taken);
}
