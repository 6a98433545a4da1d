/*
 * jitter.c - a jitter buffer that grows by the first late packet and shrinks after seconds of plenty.
 *
 *        played        in hand                         free
 *   ..---------------|#####.####|------------------------------..
 *                 play_ts     end_ts
 *
 * Samples lie in a ring by their RTP timestamp, so packets of any length (ptime) and in any order fall into
 * place. The reader advances 160 samples every 20 ms, whatever arrives. A packet that comes after its time
 * moves the reader back by whole frames (at most to max_samples in hand): what was concealed in its place is
 * then heard once more as it was spoken, nothing is lost. When the least time in hand at arrival stays a
 * frame above the minimum for all windows, one frame is left out: a missing or quiet one, or after long
 * waiting any.
 *
 * Pure: no clock, no allocation; the timestamps are RFC 3550 section 5.1.
 */
#include "jitter.h"

#include <string.h>

#define FRAME         MEDIA_FRAME_SAMPLES
#define CELL          8    /* samples a bit of `have` */
#define WINDOW_FRAMES 64   /* 1.28 s */
#define PATIENCE      8    /* windows until a frame that is heard is left out */
#define QUIET_STEP    0x20 /* below the third segment of G.711: about -50 dBm0 */
#define PLENTY        INT32_MAX

const char *jitter_put_name(enum jitter_put r)
{
	static const char *const names[] = {"kept", "late", "no-place"};

	return (unsigned)r < 3 ? names[r] : "?";
}

const char *jitter_take_name(enum jitter_take r)
{
	static const char *const names[] = {"frame", "missing", "idle"};

	return (unsigned)r < 3 ? names[r] : "?";
}

void jitter_init(struct jitter *j, uint32_t min_ms, uint32_t max_ms)
{
	memset(j, 0, sizeof(*j));
	j->min_samples = min_ms * 8 / FRAME * FRAME;
	j->max_samples = max_ms * 8;
	if (j->max_samples > JITTER_ROOM - 4 * FRAME)
		j->max_samples = JITTER_ROOM - 4 * FRAME;
	if (j->min_samples > j->max_samples)
		j->min_samples = j->max_samples / FRAME * FRAME;
}

void jitter_reset(struct jitter *j, uint8_t fill)
{
	j->fill = fill;
	j->started = j->primed = false;
	j->jumps = 0;
	memset(j->have, 0, sizeof(j->have));
	memset(j->code, fill, sizeof(j->code));
}

static void start(struct jitter *j, uint32_t ts)
{
	jitter_reset(j, j->fill);
	j->started = true;
	j->base_ts = j->end_ts = ts;
	j->play_ts = ts - j->min_samples;
	for (int i = 0; i < JITTER_WINDOWS; i++)
		j->lead[i] = PLENTY;
	j->window_frames = j->excess_windows = 0;
}

static uint32_t place(const struct jitter *j, uint32_t ts)
{
	return (ts - j->base_ts) % JITTER_ROOM;
}

static void mark(struct jitter *j, uint32_t ts, size_t n)
{
	for (size_t i = 0; i < n; i += CELL) {
		uint32_t cell = place(j, ts + (uint32_t)i) / CELL;

		j->have[cell / 64] |= (uint64_t)1 << cell % 64;
	}
}

/* The reader moves back by whole frames so that ts is still to come. False: that would be too much delay. */
static bool wait_longer(struct jitter *j, uint32_t ts, uint32_t end)
{
	uint32_t back = (j->play_ts - ts + FRAME - 1) / FRAME * FRAME;

	if ((int32_t)(end - j->end_ts) < 0)
		end = j->end_ts;
	if ((int32_t)(end - j->play_ts) + (int32_t)back > (int32_t)j->max_samples)
		return false;
	j->play_ts -= back;
	for (int i = 0; i < JITTER_WINDOWS; i++)
		if (j->lead[i] != PLENTY)
			j->lead[i] += (int32_t)back;
	j->excess_windows = 0;
	return true;
}

static void store(struct jitter *j, uint32_t ts, const uint8_t *code, size_t n)
{
	uint32_t at = place(j, ts);
	size_t first = n < JITTER_ROOM - at ? n : JITTER_ROOM - at;
	int32_t lead = (int32_t)(ts - j->play_ts);

	memcpy(j->code + at, code, first);
	memcpy(j->code, code + first, n - first);
	mark(j, ts, n);
	if ((int32_t)(ts + n - j->end_ts) > 0)
		j->end_ts = ts + (uint32_t)n;
	if (lead < j->lead[0])
		j->lead[0] = lead;
}

enum jitter_put jitter_put(struct jitter *j, uint32_t ts, const uint8_t *code, size_t n)
{
	int32_t lead;

	if (n == 0 || n > JITTER_ROOM / 4)
		return JITTER_NO_PLACE;
	if (!j->started)
		start(j, ts);
	lead = (int32_t)(ts - j->play_ts);
	if (lead < -JITTER_ROOM / 2 || lead > JITTER_ROOM - FRAME - (int32_t)n) {
		if (++j->jumps < 2)
			return JITTER_NO_PLACE;
		start(j, ts);
		lead = (int32_t)j->min_samples;
	}
	j->jumps = 0;
	if (lead < 0 && !wait_longer(j, ts, ts + (uint32_t)n))
		return JITTER_LATE;
	store(j, ts, code, n);
	return JITTER_KEPT;
}

/* How many of a frame's cells are there; they are taken out. */
static unsigned take_cells(struct jitter *j, uint32_t ts)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < FRAME; i += CELL) {
		uint32_t cell = place(j, ts + i) / CELL;
		uint64_t bit = (uint64_t)1 << cell % 64;

		n += (j->have[cell / 64] & bit) != 0;
		j->have[cell / 64] &= ~bit;
	}
	return n;
}

static unsigned take_frame(struct jitter *j, uint8_t *out)
{
	uint32_t at = place(j, j->play_ts);
	size_t first = FRAME < JITTER_ROOM - at ? FRAME : JITTER_ROOM - at;
	unsigned cells = take_cells(j, j->play_ts);

	memcpy(out, j->code + at, first);
	memcpy(out + first, j->code, FRAME - first);
	memset(j->code + at, j->fill, first);
	memset(j->code, j->fill, FRAME - first);
	j->play_ts += FRAME;
	return cells;
}

static void turn_window(struct jitter *j)
{
	bool excess = true;

	if (++j->window_frames < WINDOW_FRAMES)
		return;
	j->window_frames = 0;
	for (int i = 0; i < JITTER_WINDOWS; i++)
		excess = excess && j->lead[i] != PLENTY && j->lead[i] >= (int32_t)j->min_samples + FRAME;
	j->excess_windows = excess ? j->excess_windows + 1 : 0;
	for (int i = JITTER_WINDOWS - 1; i > 0; i--)
		j->lead[i] = j->lead[i - 1];
	j->lead[0] = PLENTY;
}

static bool quiet(const struct jitter *j, const uint8_t *code)
{
	for (int i = 0; i < FRAME; i++)
		if (((code[i] ^ j->fill) & 0x7f) >= QUIET_STEP)
			return false;
	return true;
}

static void left_out(struct jitter *j)
{
	for (int i = 0; i < JITTER_WINDOWS; i++)
		if (j->lead[i] != PLENTY)
			j->lead[i] -= FRAME;
	j->excess_windows = 0;
}

enum jitter_take jitter_take(struct jitter *j, uint8_t out[MEDIA_FRAME_SAMPLES])
{
	unsigned cells;

	if (!j->started) {
		memset(out, j->fill, FRAME);
		return JITTER_IDLE;
	}
	turn_window(j);
	cells = take_frame(j, out);
	if (j->excess_windows > 0 && (cells == 0 || quiet(j, out) || j->excess_windows > PATIENCE)) {
		left_out(j);
		cells = take_frame(j, out);
	}
	if (cells >= FRAME / CELL / 2) {
		j->primed = true;
		return JITTER_FRAME;
	}
	return j->primed ? JITTER_MISSING : JITTER_IDLE;
}

uint32_t jitter_depth_ms(const struct jitter *j)
{
	int32_t in_hand = (int32_t)(j->end_ts - j->play_ts);

	return j->started && in_hand > 0 ? (uint32_t)in_hand / 8 : 0;
}

void jitter_fetch(const struct jitter *j)
{
	const uint8_t *at = j->code + place(j, j->play_ts);

	for (unsigned i = 0; i < 2 * FRAME && at + i < j->code + JITTER_ROOM; i += 64)
		__builtin_prefetch(at + i, 1);
	__builtin_prefetch(j->have, 1);
}
