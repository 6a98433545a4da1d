/*
 * bell.c - one posted task for any number of rings. The loop may still hold the task when the owner goes: the
 * bell then stays behind, mute, and frees itself.
 */
#include "bell.h"

#include <govhotline/error.h>

#include <stdatomic.h>
#include <stdlib.h>

struct bell {
	struct loop_task task;
	struct loop *loop;
	loop_fn *fn; /* loop thread only; NULL: mute */
	void *arg;
	atomic_bool rung; /* the task is in the loop's queue */
};

int bell_create(struct bell **out, struct loop *loop, loop_fn *fn, void *arg)
{
	struct bell *b = calloc(1, sizeof(*b));

	if (!b)
		return GHL_ENOMEM;
	b->loop = loop;
	b->fn = fn;
	b->arg = arg;
	*out = b;
	return 0;
}

static void answer(void *arg)
{
	struct bell *b = arg;

	if (!b->fn) {
		free(b);
		return;
	}
	atomic_store(&b->rung, false);
	b->fn(b->arg);
}

void bell_ring(struct bell *b)
{
	if (!atomic_exchange(&b->rung, true))
		loop_post_task(b->loop, &b->task, answer, b);
}

void bell_destroy(struct bell *b)
{
	if (!b)
		return;
	b->fn = NULL;
	if (!atomic_load(&b->rung))
		free(b);
}
