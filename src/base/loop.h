/*
 * base/loop.h - the loop thread: descriptors, timers and work posted from other threads, on Sofia's su_root;
 * or, for simulations, the same timers and posts on a virtual clock with no descriptor at all.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include "clock.h"
#include "wheel.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
typedef void loop_fn(void *arg);
/* events: POLLIN, POLLOUT, POLLERR, POLLHUP */
typedef void loop_fd_fn(void *arg, int fd, short events);

/* A piece of posted work; embed it to post without an allocation. */
struct loop_task {
	struct loop_task *next;
	loop_fn *fn;
	void *arg;
};

/* Real loop. The thread that calls loop_run() is the loop thread. The clock is kept and must outlive the
 * loop. */
int loop_create(struct loop **out, struct ghl_clock *clock);
/* Virtual loop: nothing but timers and posts; driven by loop_advance(). */
int loop_create_virtual(struct loop **out, struct ghl_clock *clock);
/* Not while it runs. Posted work that has not run is dropped after its fn was called no more. */
void loop_destroy(struct loop *loop);

/* The thread that made the loop lets another run it: before that thread begins. */
void loop_release(struct loop *loop);
/* Runs until loop_stop(). Real loops only. Any thread may destroy the loop afterwards. */
void loop_run(struct loop *loop);
/* Any thread. */
void loop_stop(struct loop *loop);
/* Runs what is ready and at most waits max_wait_ms for more: for tests. Real loops only. */
void loop_step(struct loop *loop, unsigned max_wait_ms);
/* Virtual loops only: runs posts and timers in order until the clock stands `us` further. */
void loop_advance(struct loop *loop, int64_t us);
/* Virtual loops only: runs posted work without moving time. */
void loop_drain(struct loop *loop);

/* Any thread: fn(arg) runs later on the loop thread, in the order of posting. GHL_ENOMEM. */
int loop_post(struct loop *loop, loop_fn *fn, void *arg);
/* The same without allocation: the task is in use until its fn starts. */
void loop_post_task(struct loop *loop, struct loop_task *task, loop_fn *fn, void *arg);
/* True on the loop thread (for a virtual loop: always). */
bool loop_on_thread(const struct loop *loop);

/* Loop thread only. Times are on the monotonic clock. */
void loop_timer_start(struct loop *loop, struct timer *t, uint64_t after_ms, timer_fn *fn, void *arg);
void loop_timer_stop(struct loop *loop, struct timer *t);
const struct ghl_clock *loop_clock(const struct loop *loop);
int64_t loop_now_us(const struct loop *loop); /* monotonic */
int64_t loop_utc_us(const struct loop *loop);

/* Loop thread only, real loops: level-triggered watch on a descriptor. Returns an index > 0, or GHL_E*. */
int loop_fd_add(struct loop *loop, int fd, short events, loop_fd_fn *fn, void *arg);
void loop_fd_remove(struct loop *loop, int index);
/* The su_root_t, for the sip module only; NULL on a virtual loop. */
void *loop_su_root(struct loop *loop);
/* Worst lateness of a timer since the last call of this, microseconds. */
int64_t loop_lateness_us(struct loop *loop);

#endif
