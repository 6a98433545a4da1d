/* base/wheel.h - a hierarchical timing wheel: 1 ms ticks, 4 levels of 256 slots, O(1) start and stop. One
 * thread. */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include "list.h"

#include <stdint.h>

typedef void timer_fn(void *arg);

/* Lives inside its owner; zeroed memory is a stopped timer. */
struct timer {
	struct list node;
	uint64_t due_ms;
	timer_fn *fn;
	void *arg;
};

#define WHEEL_LEVELS 4
#define WHEEL_SLOTS  256

struct wheel {
	uint64_t now_ms;
	unsigned long count;
	struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
	uint64_t used[WHEEL_LEVELS][WHEEL_SLOTS / 64]; /* slots that may hold something */
};

void wheel_init(struct wheel *w, uint64_t now_ms);
/* (Re)starts; due_ms in the past means the next run. Times beyond 2^32 ms ahead are brought nearer and
 * re-queued. */
void wheel_start(struct wheel *w, struct timer *t, uint64_t due_ms, timer_fn *fn, void *arg);
void wheel_stop(struct wheel *w, struct timer *t);
bool timer_running(const struct timer *t);
/* Runs everything due at or before now_ms, in order of due time, first started first. Timers may be started
 * and stopped inside. */
void wheel_run(struct wheel *w, uint64_t now_ms);
/* No timer fires before this (a lower bound); UINT64_MAX when there is none. */
uint64_t wheel_next_ms(struct wheel *w);

#endif
