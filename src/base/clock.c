/* clock.c - real and virtual time. */
#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void clock_init_real(struct ghl_clock *c)
{
	c->is_virtual = false;
	c->mono_us = c->utc_us = 0;
}

void clock_init_virtual(struct ghl_clock *c, int64_t utc_us)
{
	c->is_virtual = true;
	c->mono_us = 1000000;
	c->utc_us = utc_us;
}

int64_t clock_mono_us(const struct ghl_clock *c)
{
	return c->is_virtual ? c->mono_us : read_clock(CLOCK_MONOTONIC);
}

int64_t clock_utc_us(const struct ghl_clock *c)
{
	return c->is_virtual ? c->utc_us : read_clock(CLOCK_REALTIME);
}

void clock_advance(struct ghl_clock *c, int64_t us)
{
	c->mono_us += us;
	c->utc_us += us;
}

int64_t clock_steady_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_thread_cpu_us(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
