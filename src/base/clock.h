/* base/clock.h - the only place that reads a clock: the real one, or a virtual one that a test or simulation
 * moves. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct ghl_clock {
	bool is_virtual;
	int64_t mono_us; /* virtual clock only */
	int64_t utc_us;  /* virtual clock only */
};

void clock_init_real(struct ghl_clock *c);
void clock_init_virtual(struct ghl_clock *c, int64_t utc_us);

/* Monotonic microseconds: for durations. Any thread for a real clock. */
int64_t clock_mono_us(const struct ghl_clock *c);
/* Microseconds UTC since 1970: for instants that are kept. */
int64_t clock_utc_us(const struct ghl_clock *c);
/* Moves a virtual clock forward; both readings move alike. */
void clock_advance(struct ghl_clock *c, int64_t us);
/* Monotonic microseconds of the machine, whatever clock the hotline runs by: for what another library waits
 * on. */
int64_t clock_steady_us(void);
/* CPU time of the calling thread, microseconds: for figures. */
int64_t clock_thread_cpu_us(void);

#endif
