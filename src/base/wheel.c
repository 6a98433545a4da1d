/*
 * wheel.c - hierarchical timing wheel (Varghese and Lauck 1987, scheme 7).
 *
 * Level l has slots of 256^l ms. A timer stands in the lowest level whose span reaches it; when level 0 wraps, the next slot of
 * level 1 is spread over level 0, and so on up.
 */
#include "wheel.h"

#include <string.h>

#define BITS 8

void wheel_init(struct wheel *w, uint64_t now_ms)
{
	w->now_ms = now_ms;
	w->count = 0;
	for (int l = 0; l < WHEEL_LEVELS; l++)
		for (int i = 0; i < WHEEL_SLOTS; i++)
			list_init(&w->slots[l][i]);
}

bool timer_running(const struct timer *t)
{
	return t->node.next && t->node.next != &t->node;
}

static void place(struct wheel *w, struct timer *t)
{
	uint64_t at = t->due_ms, ahead;
	int level = 0;

	if (at <= w->now_ms)
		at = w->now_ms + 1;
	ahead = at - w->now_ms;
	if (ahead >= (uint64_t)1 << (BITS * WHEEL_LEVELS)) {
		ahead = ((uint64_t)1 << (BITS * WHEEL_LEVELS)) - 1;
		at = w->now_ms + ahead;
	}
	while (level < WHEEL_LEVELS - 1 && ahead >= (uint64_t)1 << (BITS * (level + 1)))
		level++;
	list_append(&w->slots[level][(at >> (BITS * level)) % WHEEL_SLOTS], &t->node);
}

void wheel_start(struct wheel *w, struct timer *t, uint64_t due_ms, timer_fn *fn, void *arg)
{
	wheel_stop(w, t);
	t->due_ms = due_ms;
	t->fn = fn;
	t->arg = arg;
	place(w, t);
	w->count++;
}

void wheel_stop(struct wheel *w, struct timer *t)
{
	if (!timer_running(t))
		return;
	list_remove(&t->node);
	w->count--;
}

static void spread(struct wheel *w, int level)
{
	struct list *slot = &w->slots[level][(w->now_ms >> (BITS * level)) % WHEEL_SLOTS], all, *n;

	list_init(&all);
	while ((n = list_take(slot)))
		list_append(&all, n);
	while ((n = list_take(&all))) {
		struct timer *t = container_of(n, struct timer, node);

		/* due exactly now: this tick's own slot runs next */
		if (t->due_ms <= w->now_ms)
			list_append(&w->slots[0][w->now_ms % WHEEL_SLOTS], &t->node);
		else
			place(w, t);
	}
}

static void fire_slot(struct wheel *w)
{
	struct list *slot = &w->slots[0][w->now_ms % WHEEL_SLOTS], *n;

	while ((n = list_take(slot))) {
		struct timer *t = container_of(n, struct timer, node);

		if (t->due_ms > w->now_ms) {
			place(w, t);
			continue;
		}
		w->count--;
		t->fn(t->arg);
	}
}

void wheel_run(struct wheel *w, uint64_t now_ms)
{
	while (w->now_ms < now_ms) {
		uint64_t next = wheel_next_ms(w);

		if (next > now_ms) {
			w->now_ms = now_ms;
			break;
		}
		w->now_ms = next;
		for (int l = WHEEL_LEVELS - 1; l > 0; l--)
			if ((w->now_ms & (((uint64_t)1 << (BITS * l)) - 1)) == 0)
				spread(w, l);
		fire_slot(w);
	}
}

/* the first tick after now at which a slot of this level is reached and holds something */
static uint64_t level_next(const struct wheel *w, int level)
{
	uint64_t tick = w->now_ms >> (BITS * level);

	for (uint64_t i = 1; i <= WHEEL_SLOTS; i++)
		if (!list_empty(&w->slots[level][(tick + i) % WHEEL_SLOTS]))
			return (tick + i) << (BITS * level);
	return UINT64_MAX;
}

uint64_t wheel_next_ms(const struct wheel *w)
{
	uint64_t best = UINT64_MAX, at;

	if (w->count == 0)
		return UINT64_MAX;
	for (int l = 0; l < WHEEL_LEVELS; l++) {
		at = level_next(w, l);
		if (at < best)
			best = at;
	}
	return best;
}
