/*
 * audit.c - refusals become facts, but a flood of them does not become a flood of facts: of each pair
 * (principal, function) the first is written at once, those of the following 10 s together. A table full of
 * pairs counts the rest under "*".
 */
#include "access_priv.h"

#include <stdio.h>
#include <string.h>

static struct audit_row *find_row(struct audit *u, ghl_principal who, enum access_function fn)
{
	for (unsigned i = 0; i < u->count; i++)
		if (u->rows[i].r.actor.id == who && u->rows[i].r.function == fn)
			return &u->rows[i];
	return NULL;
}

/* with the lock held */
static struct audit_row *row_of(struct audit *u, const struct actor *actor, enum access_function fn)
{
	struct audit_row *row = find_row(u, actor->id, fn);
	static const struct actor others = {.name = "*"};

	if (row)
		return row;
	if (u->count == AUDIT_ROWS - 1)
		actor = &others;
	if (u->count == AUDIT_ROWS)
		return &u->rows[AUDIT_ROWS - 1];
	row = &u->rows[u->count++];
	*row = (struct audit_row){.r = {.actor = *actor, .function = fn}};
	return row;
}

void audit_refusal(struct access *a, const struct actor *actor, enum access_function fn)
{
	struct audit *u = &a->audit;
	int64_t now = loop_utc_us(a->loop);
	struct audit_row *row;
	bool at_once;

	(void)pthread_mutex_lock(&u->lock);
	row = row_of(u, actor, fn);
	if (row->r.count++ == 0)
		row->r.from_us = now;
	row->r.until_us = now;
	at_once = row->window_end_us == 0;
	(void)pthread_mutex_unlock(&u->lock);
	if (at_once)
		bell_ring(u->bell);
}

/* Takes one refusal that is due; rows that stayed quiet for a window are dropped. */
static bool take_due(struct audit *u, int64_t now_us, bool all, struct access_refusal *out)
{
	bool found = false;

	(void)pthread_mutex_lock(&u->lock);
	for (unsigned i = 0; i < u->count && !found;) {
		struct audit_row *row = &u->rows[i];

		if (!all && row->window_end_us > now_us) {
			i++;
		} else if (row->r.count == 0) {
			*row = u->rows[--u->count];
		} else {
			*out = row->r;
			row->r.count = 0;
			row->window_end_us = now_us + AUDIT_WINDOW_MS * 1000LL;
			found = true;
		}
	}
	(void)pthread_mutex_unlock(&u->lock);
	return found;
}

static unsigned rows_left(struct audit *u)
{
	unsigned n;

	(void)pthread_mutex_lock(&u->lock);
	n = u->count;
	(void)pthread_mutex_unlock(&u->lock);
	return n;
}

static void write_due(struct access *a, bool all)
{
	struct audit *u = &a->audit;
	struct access_refusal r;
	int64_t now_us = loop_now_us(a->loop);

	while (take_due(u, now_us, all, &r))
		if (u->fn)
			u->fn(u->arg, &r);
}

static void on_window(void *arg)
{
	struct access *a = arg;

	write_due(a, false);
	if (rows_left(&a->audit) > 0 && !timer_running(&a->audit.window))
		loop_timer_start(a->loop, &a->audit.window, AUDIT_WINDOW_MS, on_window, a);
}

int audit_init(struct access *a)
{
	(void)pthread_mutex_init(&a->audit.lock, NULL);
	return bell_create(&a->audit.bell, a->loop, on_window, a);
}

void audit_finish(struct access *a)
{
	loop_timer_stop(a->loop, &a->audit.window);
	bell_destroy(a->audit.bell);
	(void)pthread_mutex_destroy(&a->audit.lock);
}

void access_audit_set(struct access *a, access_audit_fn *fn, void *arg)
{
	if (a->audit.fn)
		write_due(a, true);
	a->audit.fn = fn;
	a->audit.arg = arg;
}
