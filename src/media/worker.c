/*
 * worker.c - a media thread: it wakes every 5 ms on the absolute clock, takes its orders and runs the quarter
 * of its legs whose turn it is, so that each leg is run every 20 ms and the load is even.
 *
 * In this thread: no allocation, no lock, no log, no file system. What it has no place to tell it counts.
 */
#include "media_priv.h"

#include "base/log.h"
#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLEPT_OVER_US 1000000 /* later than this is not caught up with packets but skipped */
#define CPU_SLOTS     64
#define FLUSH_MS      5

struct spilled {
	struct list node;
	struct order order;
};

const char *order_kind_name(enum order_kind k)
{
	static const char *const names[] = {
		"open", "close", "peer", "play", "stop", "digits", "bridge", "record", "record-end"};

	return (unsigned)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

const char *report_kind_name(enum report_kind k)
{
	static const char *const names[] = {
		"digit", "digit-end", "played", "timeout", "closed", "free", "bridge-left"};

	return (unsigned)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

/* --- media thread --- */

bool worker_report(struct worker *w, const struct report *r)
{
	w->told = true;
	if (ring_push(&w->reports, r))
		return true;
	(void)atomic_fetch_add(&w->reports_dropped, 1);
	return false;
}

void worker_give_back(struct worker *w, void *memory)
{
	struct report r = {.kind = REPORT_FREE, .what = memory};

	if (memory)
		(void)worker_report(w, &r);
}

static void sleep_until(int64_t at_us)
{
	struct timespec ts = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		continue;
}

static void take_orders(struct worker *w)
{
	struct order o;

	while (ring_pop(&w->orders, &o)) {
		if (o.kind == ORDER_OPEN)
			list_append(&w->phases[o.leg->phase], &o.leg->node);
		leg_order(o.leg, &o);
	}
}

/* The next leg's memory comes while the present one is in the kernel. */
static void fetch(const struct leg *l)
{
	const char *at = (const char *)l;

	for (size_t i = 0; i < sizeof(*l); i += 64)
		__builtin_prefetch(at + i, 1);
	if (l->jitter)
		jitter_fetch(l->jitter);
}

static void run_legs(struct worker *w, struct leg **legs, unsigned n)
{
	inbox_fill(w, legs, n);
	for (unsigned i = 0; i < n; i++) {
		if (i + 1 < n)
			fetch(legs[i + 1]);
		leg_tick(legs[i], &w->inbox.packets[i]);
	}
}

static void run_phase(struct worker *w, struct list *legs)
{
	struct leg *some[INBOX_ROOM];
	struct list *pos, *tmp;
	unsigned n = 0;

	LIST_EACH(pos, tmp, legs)
	{
		struct leg *l = container_of(pos, struct leg, node);

		if (l->closing) {
			list_remove(&l->node);
			if (!leg_close(l))
				list_append(legs, &l->node); /* no place to tell it: at the next turn */
			continue;
		}
		some[n++] = l;
		if (n == INBOX_ROOM) {
			run_legs(w, some, n);
			n = 0;
		}
	}
	run_legs(w, some, n);
	outbox_flush(w);
}

static int64_t skip_ahead(struct worker *w, int64_t slot, int64_t now_us)
{
	uint32_t frames = (uint32_t)((now_us - slot * SLOT_US) / FRAME_US);
	struct list *pos, *tmp;

	for (unsigned i = 0; i < PHASES; i++)
		LIST_EACH(pos, tmp, &w->phases[i])
	leg_skip(container_of(pos, struct leg, node), frames);
	return slot + (int64_t)frames * PHASES;
}

static void note_lateness(struct worker *w)
{
	int64_t late = w->now_us - w->due_us;
	unsigned worst = atomic_load_explicit(&w->worst_late_us, memory_order_relaxed);

	if (late > (int64_t)worst)
		atomic_store_explicit(&w->worst_late_us, (unsigned)late, memory_order_relaxed);
}

static void wake_loop(struct worker *w)
{
	uint64_t one = 1;

	w->told = false;
	if (write(w->media->wake_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: the loop will look anyway */
}

static void run_slot(struct worker *w, int64_t slot)
{
	w->due_us = slot * SLOT_US;
	w->now_us = clock_mono_us(w->media->clock);
	w->now_utc_us = clock_utc_us(w->media->clock);
	note_lateness(w);
	take_orders(w);
	run_phase(w, &w->phases[slot % PHASES]);
	if (w->told)
		wake_loop(w);
	if (slot % PHASES == 0)
		(void)atomic_fetch_add_explicit(&w->frames, 1, memory_order_relaxed);
	if (w->ticks++ % CPU_SLOTS == 0)
		atomic_store_explicit(&w->cpu_us, clock_thread_cpu_us(), memory_order_relaxed);
}

/* At the end every leg gives back what it holds. */
static void close_all(struct worker *w)
{
	struct list *n;

	take_orders(w);
	for (unsigned i = 0; i < PHASES; i++)
		while ((n = list_take(&w->phases[i])))
			(void)leg_close(container_of(n, struct leg, node));
}

static void *run(void *arg)
{
	struct worker *w = arg;
	int64_t slot = clock_mono_us(w->media->clock) / SLOT_US + 1, now;

	outbox_open(&w->outbox, w->media->opts.plain_sends);
	while (!atomic_load_explicit(&w->stop, memory_order_acquire)) {
		sleep_until(slot * SLOT_US);
		now = clock_mono_us(w->media->clock);
		if (now - slot * SLOT_US > SLEPT_OVER_US)
			slot = skip_ahead(w, slot, now);
		run_slot(w, slot++);
	}
	close_all(w);
	outbox_close(&w->outbox);
	return NULL;
}

/* --- loop thread --- */

static void prepare_batch(struct worker *w)
{
	for (unsigned i = 0; i < BATCH; i++) {
		w->parts[i].iov_base = w->data[i];
		w->parts[i].iov_len = DATAGRAM_BYTES;
		w->heads[i].msg_hdr.msg_iov = &w->parts[i];
		w->heads[i].msg_hdr.msg_iovlen = 1;
		w->heads[i].msg_hdr.msg_name = &w->from[i];
		w->heads[i].msg_hdr.msg_control = w->control[i];
	}
}

/* The lowest real-time priority, where permitted: a media thread never runs long and must never wait long. */
static void raise_priority(struct worker *w)
{
	struct sched_param p = {.sched_priority = sched_get_priority_min(SCHED_RR)};

	if (pthread_setschedparam(w->thread, SCHED_RR, &p) != 0 && w == w->media->workers)
		log_info("media", "priority=normal reason=\"real-time priority is not permitted\"");
}

int worker_start(struct worker *w, struct media *m)
{
	w->media = m;
	list_init(&w->spill);
	for (unsigned i = 0; i < PHASES; i++)
		list_init(&w->phases[i]);
	prepare_batch(w);
	if (ring_init(&w->orders, ORDERS, sizeof(struct order)) < 0 ||
		ring_init(&w->reports, REPORTS, sizeof(struct report)) < 0)
		return GHL_ENOMEM;
	if (thread_start(&w->thread, "ghl-media", 0, run, w) < 0)
		return GHL_ENOMEM;
	w->running = true;
	raise_priority(w);
	return 0;
}

void worker_join(struct worker *w)
{
	atomic_store_explicit(&w->stop, true, memory_order_release);
	if (w->running)
		(void)pthread_join(w->thread, NULL);
}

void worker_finish(struct worker *w)
{
	struct list *n;

	while (w->spill.next && (n = list_take(&w->spill)))
		free(container_of(n, struct spilled, node));
	ring_finish(&w->orders);
	ring_finish(&w->reports);
}

static void on_flush(void *arg)
{
	struct media *m = arg;

	for (unsigned i = 0; i < m->opts.threads; i++)
		worker_flush(&m->workers[i]);
}

void worker_flush(struct worker *w)
{
	while (!list_empty(&w->spill)) {
		struct spilled *s = container_of(w->spill.next, struct spilled, node);

		if (!ring_push(&w->orders, &s->order)) {
			loop_timer_start(w->media->loop, &w->media->flush, FLUSH_MS, on_flush, w->media);
			return;
		}
		list_remove(&s->node);
		free(s);
	}
}

void worker_order(struct worker *w, const struct order *o)
{
	struct spilled *s;

	if (list_empty(&w->spill) && ring_push(&w->orders, o))
		return;
	s = malloc(sizeof(*s));
	if (!s)
		abort(); /* an order must not be lost, and there is no way on without memory */
	s->order = *o;
	list_append(&w->spill, &s->node);
	worker_flush(w);
}
