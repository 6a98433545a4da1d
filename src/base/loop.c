/* loop.c - the loop on su_root, posting from other threads through an eventfd, timers on the wheel. */
#include "loop.h"

#include "error.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <sofia-sip/su.h>
#include <sofia-sip/su_wait.h>

#define MAX_WAIT_MS 1000

struct watch {
	struct list node;
	loop_fd_fn *fn;
	void *arg;
	int fd;
	int index;
};

struct loop {
	su_root_t *root; /* NULL on a virtual loop */
	struct ghl_clock *clock;
	struct wheel wheel;
	struct list watches;
	int64_t late_us;
	pthread_t thread;
	atomic_bool running;
	atomic_bool stop;
	bool released; /* no thread owns the su_root */
	int wake_fd;
	int wake_index;
	pthread_mutex_t lock; /* guards the posted queue */
	struct loop_task *first;
	struct loop_task **last;
};

struct boxed_task {
	struct loop_task task;
	loop_fn *fn;
	void *arg;
};

static uint64_t now_ms(const struct loop *loop)
{
	return (uint64_t)(clock_mono_us(loop->clock) / 1000);
}

static struct loop_task *take_posted(struct loop *loop)
{
	struct loop_task *all;

	(void)pthread_mutex_lock(&loop->lock);
	all = loop->first;
	loop->first = NULL;
	loop->last = &loop->first;
	(void)pthread_mutex_unlock(&loop->lock);
	return all;
}

static bool run_posted(struct loop *loop)
{
	struct loop_task *t = take_posted(loop), *next;
	bool any = t != NULL;

	for (; t; t = next) {
		next = t->next;
		t->fn(t->arg);
	}
	return any;
}

static int on_wake(su_root_magic_t *magic, su_wait_t *w, su_wakeup_arg_t *arg)
{
	struct loop *loop = (struct loop *)arg;
	uint64_t n;

	(void)magic;
	(void)w;
	if (read(loop->wake_fd, &n, sizeof(n)) < 0)
		return 0; /* woken for nothing */
	(void)run_posted(loop);
	return 0;
}

static int new_loop(struct loop **out, struct ghl_clock *clock)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return GHL_ENOMEM;
	loop->clock = clock;
	loop->wake_fd = -1;
	loop->last = &loop->first;
	list_init(&loop->watches);
	(void)pthread_mutex_init(&loop->lock, NULL);
	wheel_init(&loop->wheel, now_ms(loop));
	*out = loop;
	return 0;
}

int loop_create_virtual(struct loop **out, struct ghl_clock *clock)
{
	return new_loop(out, clock);
}

static pthread_once_t su_once = PTHREAD_ONCE_INIT;
static int64_t su_epoch_ms; /* what Sofia's time is ahead of the monotonic clock */

/* Sofia's hook for tests, called with the time it has read: no header declares it. */
extern void (*_su_time)(su_time_t *tv);

/* Sofia's timers stand on the wall clock, which may be set, and are told to epoll with their microseconds cut
 * off, so that the last millisecond before each is spent turning round. Here its time goes on with the
 * monotonic clock, in whole milliseconds. */
static void su_steady_time(su_time_t *tv)
{
	int64_t ms;

	if (!tv)
		return;
	ms = su_epoch_ms + clock_steady_us() / 1000;
	tv->tv_sec = (unsigned long)(ms / 1000);
	tv->tv_usec = (unsigned long)(ms % 1000 * 1000);
}

/* once a process: su_init() counts nothing that su_deinit() would give back */
static void init_su(void)
{
	su_time_t now = su_now();

	su_epoch_ms = (int64_t)now.tv_sec * 1000 + (int64_t)now.tv_usec / 1000 - clock_steady_us() / 1000;
	_su_time = su_steady_time;
	(void)su_init();
}

int loop_create(struct loop **out, struct ghl_clock *clock)
{
	struct loop *loop = NULL;
	su_wait_t wait[1] = {SU_WAIT_INIT};
	int rc;

	(void)pthread_once(&su_once, init_su);
	rc = new_loop(&loop, clock);
	if (rc < 0)
		return rc;
	rc = GHL_EIO;
	loop->root = su_root_create(loop);
	if (!loop->root)
		goto out;
	su_root_threading(loop->root, 0);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0 || su_wait_create(wait, loop->wake_fd, SU_WAIT_IN) < 0)
		goto out;
	loop->wake_index = su_root_register(loop->root, wait, on_wake, (su_wakeup_arg_t *)loop, 0);
	if (loop->wake_index < 0)
		goto out;
	*out = loop;
	return 0;
out:
	loop_destroy(loop);
	return rc;
}

void loop_destroy(struct loop *loop)
{
	struct list *pos, *tmp;

	if (!loop)
		return;
	if (loop->root && loop->released)
		(void)su_root_obtain(loop->root);
	for (struct loop_task *t = take_posted(loop), *next; t; t = next) {
		next = t->next;
		t->fn(t->arg);
	}
	LIST_EACH(pos, tmp, &loop->watches)
	{
		struct watch *w = container_of(pos, struct watch, node);

		(void)su_root_deregister(loop->root, w->index);
		free(w);
	}
	if (loop->root) {
		if (loop->wake_index > 0)
			(void)su_root_deregister(loop->root, loop->wake_index);
		su_root_destroy(loop->root);
	}
	if (loop->wake_fd >= 0)
		(void)close(loop->wake_fd);
	(void)pthread_mutex_destroy(&loop->lock);
	free(loop);
}

void loop_post_task(struct loop *loop, struct loop_task *task, loop_fn *fn, void *arg)
{
	bool first;
	uint64_t one = 1;

	task->fn = fn;
	task->arg = arg;
	task->next = NULL;
	(void)pthread_mutex_lock(&loop->lock);
	first = loop->first == NULL;
	*loop->last = task;
	loop->last = &task->next;
	(void)pthread_mutex_unlock(&loop->lock);
	if (first && loop->wake_fd >= 0 && write(loop->wake_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: the loop is awake anyway */
}

static void run_boxed(void *arg)
{
	struct boxed_task b = *(struct boxed_task *)arg;

	free(arg);
	b.fn(b.arg);
}

int loop_post(struct loop *loop, loop_fn *fn, void *arg)
{
	struct boxed_task *b = malloc(sizeof(*b));

	if (!b)
		return GHL_ENOMEM;
	b->fn = fn;
	b->arg = arg;
	loop_post_task(loop, &b->task, run_boxed, b);
	return 0;
}

bool loop_on_thread(const struct loop *loop)
{
	if (!loop->root)
		return true;
	return !atomic_load(&loop->running) || pthread_equal(pthread_self(), loop->thread);
}

static void run_timers(struct loop *loop)
{
	uint64_t due = wheel_next_ms(&loop->wheel), now = now_ms(loop);

	if (due <= now && (int64_t)(now - due) * 1000 > loop->late_us)
		loop->late_us = (int64_t)(now - due) * 1000;
	wheel_run(&loop->wheel, now);
}

void loop_step(struct loop *loop, unsigned max_wait_ms)
{
	uint64_t due = wheel_next_ms(&loop->wheel), now = now_ms(loop), wait = max_wait_ms;

	if (due <= now)
		wait = 0;
	else if (due - now < wait)
		wait = due - now;
	(void)su_root_step(loop->root, (su_duration_t)wait);
	run_timers(loop);
}

void loop_release(struct loop *loop)
{
	if (loop->root && !loop->released)
		(void)su_root_release(loop->root);
	loop->released = true;
}

void loop_run(struct loop *loop)
{
	loop->thread = pthread_self();
	atomic_store(&loop->running, true);
	(void)su_root_obtain(loop->root);
	loop->released = false;
	while (!atomic_load(&loop->stop))
		loop_step(loop, MAX_WAIT_MS);
	(void)run_posted(loop);
	loop_release(loop);
	atomic_store(&loop->running, false);
	atomic_store(&loop->stop, false);
}

void loop_stop(struct loop *loop)
{
	uint64_t one = 1;

	atomic_store(&loop->stop, true);
	if (loop->wake_fd >= 0 && write(loop->wake_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: the loop is awake anyway */
}

void loop_drain(struct loop *loop)
{
	while (run_posted(loop))
		continue;
}

void loop_advance(struct loop *loop, int64_t us)
{
	int64_t end = clock_mono_us(loop->clock) + us, step;
	uint64_t next;

	for (;;) {
		loop_drain(loop);
		next = wheel_next_ms(&loop->wheel);
		if (next == UINT64_MAX || (int64_t)next * 1000 > end)
			break;
		step = (int64_t)next * 1000 - clock_mono_us(loop->clock);
		if (step > 0)
			clock_advance(loop->clock, step);
		wheel_run(&loop->wheel, next);
	}
	clock_advance(loop->clock, end - clock_mono_us(loop->clock));
	wheel_run(&loop->wheel, now_ms(loop));
}

void loop_timer_start(struct loop *loop, struct timer *t, uint64_t after_ms, timer_fn *fn, void *arg)
{
	uint64_t now = now_ms(loop);

	if (wheel_next_ms(&loop->wheel) == UINT64_MAX)
		wheel_run(&loop->wheel, now);
	wheel_start(&loop->wheel, t, now + after_ms, fn, arg);
}

void loop_timer_stop(struct loop *loop, struct timer *t)
{
	wheel_stop(&loop->wheel, t);
}

const struct ghl_clock *loop_clock(const struct loop *loop)
{
	return loop->clock;
}

int64_t loop_now_us(const struct loop *loop)
{
	return clock_mono_us(loop->clock);
}

int64_t loop_utc_us(const struct loop *loop)
{
	return clock_utc_us(loop->clock);
}

static int on_watch(su_root_magic_t *magic, su_wait_t *w, su_wakeup_arg_t *arg)
{
	struct watch *watch = (struct watch *)arg;

	(void)magic;
	watch->fn(watch->arg, watch->fd, w->revents);
	return 0;
}

int loop_fd_add(struct loop *loop, int fd, short events, loop_fd_fn *fn, void *arg)
{
	su_wait_t wait[1] = {SU_WAIT_INIT};
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return GHL_ENOMEM;
	w->fn = fn;
	w->arg = arg;
	w->fd = fd;
	if (su_wait_create(wait, fd, events) < 0)
		goto out;
	w->index = su_root_register(loop->root, wait, on_watch, (su_wakeup_arg_t *)w, 0);
	if (w->index <= 0)
		goto out;
	list_append(&loop->watches, &w->node);
	return w->index;
out:
	free(w);
	return GHL_EIO;
}

void loop_fd_remove(struct loop *loop, int index)
{
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &loop->watches)
	{
		struct watch *w = container_of(pos, struct watch, node);

		if (w->index == index) {
			(void)su_root_deregister(loop->root, index);
			list_remove(&w->node);
			free(w);
			return;
		}
	}
}

void *loop_su_root(struct loop *loop)
{
	return loop->root;
}

int64_t loop_lateness_us(struct loop *loop)
{
	int64_t us = loop->late_us;

	loop->late_us = 0;
	return us;
}
