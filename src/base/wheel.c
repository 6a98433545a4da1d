/*
 * wheel.c - hierarchical timing wheel (Varghese and Lauck 1987, scheme 7).
 *
 * Level l has slots of 256^l ms. A timer stands in the lowest level whose span reaches it; when level 0
 * wraps, the next slot of level 1 is spread over level 0, and so on up.
 */
#include "wheel.h"

#include <string.h>

#define BITS 8

void wheel_init(struct wheel *w, uint64_t now_ms)
{
	w->now_ms = now_ms;
	w->count = 0;
	memset(w->used, 0, sizeof(w->used));
	for (int l = 0; l < WHEEL_LEVELS; l++)
		for (int i = 0; i < WHEEL_SLOTS; i++)
			list_init(&w->slots[l][i]);
}

bool timer_running(const struct timer *t)
{
	return t->node.next && t->node.next != &t->node;
}

static void put(struct wheel *w, int level, uint64_t tick, struct timer *t)
{
	unsigned slot = (unsigned)(tick % WHEEL_SLOTS);

	list_append(&w->slots[level][slot], &t->node);
	w->used[level][slot / 64] |= (uint64_t)1 << slot % 64;
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
	put(w, level, at >> (BITS * level), t);
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
			put(w, 0, w->now_ms, t);
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

/* the first used slot at or after `from`, WHEEL_SLOTS when there is none; marks of slots that became empty
 * are dropped on the way */
static unsigned used_from(struct wheel *w, int level, unsigned from)
{
	while (from < WHEEL_SLOTS) {
		uint64_t bits = w->used[level][from / 64] >> from % 64;

		if (!bits) {
			from = (from / 64 + 1) * 64;
			continue;
		}
		from += (unsigned)__builtin_ctzll(bits);
		if (!list_empty(&w->slots[level][from]))
			return from;
		w->used[level][from / 64] &= ~((uint64_t)1 << from % 64);
	}
	return WHEEL_SLOTS;
}

/* the first tick after now at which a slot of this level is reached and holds something */
static uint64_t level_next(struct wheel *w, int level)
{
	uint64_t tick = w->now_ms >> (BITS * level), turn = (tick + 1) & ~(uint64_t)(WHEEL_SLOTS - 1);
	unsigned slot = used_from(w, level, (unsigned)((tick + 1) % WHEEL_SLOTS));

	if (slot == WHEEL_SLOTS) {
		slot = used_from(w, level, 0);
		turn += WHEEL_SLOTS;
	}
	return slot == WHEEL_SLOTS ? UINT64_MAX : (turn + slot) << (BITS * level);
}

uint64_t wheel_next_ms(struct wheel *w)
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
