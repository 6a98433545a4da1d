/* live.c - live events of the last minutes in memory, by their sequence; the oldest go when time or bytes run
 * out. */
#include "stream_priv.h"

#include <stdlib.h>

#define RING_START 256

int live_init(struct live_ring *r)
{
	*r = (struct live_ring){.first = 1, .next = 1, .mask = RING_START - 1};
	r->slots = calloc(RING_START, sizeof(struct event_body *));
	return r->slots ? 0 : GHL_ENOMEM;
}

static void drop_oldest(struct live_ring *r)
{
	struct event_body **slot = &r->slots[r->first++ & r->mask];

	r->bytes -= body_bytes(*slot);
	body_unref(*slot);
	*slot = NULL;
}

void live_finish(struct live_ring *r)
{
	while (r->first < r->next)
		drop_oldest(r);
	free(r->slots);
}

static bool grow(struct live_ring *r)
{
	size_t room = (r->mask + 1) * 2;
	struct event_body **slots = calloc(room, sizeof(struct event_body *));

	if (!slots)
		return false;
	for (uint64_t i = r->first; i < r->next; i++)
		slots[i & (room - 1)] = r->slots[i & r->mask];
	free(r->slots);
	r->slots = slots;
	r->mask = room - 1;
	return true;
}

void live_push(struct live_ring *r, struct event_body *b)
{
	if (r->next - r->first > r->mask && !grow(r))
		while (r->next - r->first > r->mask / 2)
			drop_oldest(r);
	r->slots[r->next++ & r->mask] = body_ref(b);
	r->bytes += body_bytes(b);
}

void live_expire(struct live_ring *r, size_t max_bytes, int64_t oldest_at_us)
{
	while (r->first < r->next &&
		(r->bytes > max_bytes || r->slots[r->first & r->mask]->at_us < oldest_at_us))
		drop_oldest(r);
}

struct event_body *live_get(const struct live_ring *r, uint64_t seq)
{
	return seq >= r->first && seq < r->next ? r->slots[seq & r->mask] : NULL;
}
