/*
 * dispatch.c - decides. Whenever a call has joined or an agent has become ready, once in the loop's next
 * turn: the first call (priority, then order of joining) of the queues concerned, to the agent its queue's
 * rule names, until no queue has both.
 */
#include "acd_priv.h"

/* the queue whose first call is served first; queues where nobody waits are struck off */
static struct acd_queue *next_queue(struct acd *acd)
{
	struct acd_queue *best = NULL;

	for (unsigned w = 0; w < acd->dirty.count; w++) {
		for (uint64_t left = acd->dirty.words[w]; left; left &= left - 1) {
			unsigned i = w * 64 + (unsigned)__builtin_ctzll(left);
			struct heap_node *n = heap_first(&acd->queues[i]->waiting);

			if (!n)
				bits_put(&acd->dirty, i, false);
			else if (!best || heap_before(n, heap_first(&best->waiting)))
				best = acd->queues[i];
		}
	}
	return best;
}

static void dispatch(void *arg)
{
	struct acd *acd = arg;
	struct acd_queue *q;

	acd->posted = false;
	while ((q = next_queue(acd))) {
		struct acd_agent *sa = index_pick(acd, q);

		if (sa)
			ticket_offer(container_of(heap_first(&q->waiting), struct acd_ticket, node), sa);
		else
			bits_put(&acd->dirty, q->index, false);
	}
	tell_queues(acd);
}

void dispatch_soon(struct acd *acd)
{
	if (acd->posted)
		return;
	acd->posted = true;
	loop_post_task(acd->core->loop, &acd->task, dispatch, acd);
}

struct agent *acd_pick(struct acd *acd, const char *queue)
{
	struct acd_queue *q = map_get_text(&acd->by_name, queue);
	struct acd_agent *sa = q ? index_pick(acd, q) : NULL;

	return sa ? sa->agent : NULL;
}
