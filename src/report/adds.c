/*
 * adds.c - what an ended call or a piece of an agent's time adds to the roll-ups, in its own commit.
 *
 * Calls are counted in the bin where they end, and a second time, beside, where they arrived. Time is cut at
 * the bins' edges. What comes later than seal_ms after a bin's end goes to the bin's correction row, so that
 * a printed figure never changes; the arrival-based rows are open by nature until their calls have ended, and
 * are not sealed.
 */
#include "rollup.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

struct adding {
	const struct report *r;
	struct store_batch *b;
	int64_t now_us; /* INT64_MIN: nothing is sealed */
};

static bool is_sealed(const struct report *r, const struct bin *bin, int64_t at_us)
{
	return at_us > bin->until_us + (int64_t)r->seal_ms * 1000;
}

static void add_row(const struct adding *a, enum rollup_family family, enum ghl_report_by by,
	const char *name, int64_t at_us, const int64_t *figures)
{
	struct rollup_key k = {.family = family, .by = by};
	struct bin bin;
	uint8_t key[ROLLUP_KEY_MAX];
	bool time = family == ROLLUP_TIME;

	bin_at(a->r->zone, at_us, &bin);
	k.start_s = bin.start_s;
	k.offset_s = bin.offset_s;
	k.correction = family != ROLLUP_ARRIVALS && is_sealed(a->r, &bin, a->now_us);
	(void)text_copy(k.name, sizeof(k.name), name ? name : "");
	store_batch_add(a->b, STORE_ROLLUP, key, rollup_key_write(&k, key), figures,
		time ? TF_COUNT : CF_COUNT, time ? 0 : CF_MAX_MASK);
}

static bool is_named(const char *name)
{
	return name && *name;
}

/* both bases of one row */
static void add_call_row(const struct adding *a, enum ghl_report_by by, const char *name, int64_t ended_us,
	int64_t arrived_us, const int64_t *figures)
{
	add_row(a, ROLLUP_CALLS, by, name, ended_us, figures);
	add_row(a, ROLLUP_ARRIVALS, by, name, arrived_us, figures);
}

/* the time a call waited in a queue, cut at the edges; and how many it found waiting */
static void add_waiting(
	const struct adding *a, const char *queue, int64_t from_us, uint32_t wait_ms, uint32_t waiting)
{
	int64_t until_us = from_us + (int64_t)wait_ms * 1000, at_us = from_us;
	struct bin bin;

	do {
		int64_t f[CF_COUNT] = {0}, end_us;

		bin_at(a->r->zone, at_us, &bin);
		end_us = until_us < bin.until_us ? until_us : bin.until_us;
		f[CF_WAITING_MS] = end_us / 1000 - at_us / 1000;
		add_row(a, ROLLUP_ARRIVALS, GHL_REPORT_BY_ALL, "", at_us, f);
		f[CF_MAX_WAITING] = at_us == from_us ? waiting : 0;
		add_row(a, ROLLUP_ARRIVALS, GHL_REPORT_BY_QUEUE, queue, at_us, f);
		at_us = end_us;
	} while (at_us < until_us);
}

static void add_queue(const struct adding *a, const char *queue, const struct figures_stay *s,
	int64_t ended_us, int64_t offered_us, uint32_t waiting)
{
	int64_t f[CF_COUNT] = {0};

	figures_add_stay(f, s);
	figures_add_threshold(f, s->threshold_ms);
	add_call_row(a, GHL_REPORT_BY_QUEUE, queue, ended_us, offered_us, f);
	add_waiting(a, queue, offered_us, s->wait_ms, waiting);
}

static void add_earlier_stays(const struct adding *a, const struct report_call *c)
{
	for (unsigned i = 0; i < c->stay_count; i++) {
		const struct report_stay *stay = &c->stays[i];
		struct figures_stay s = {.end = stay->dequeued ? REPORT_DEQUEUED : REPORT_OUTFLOW,
			.wait_ms = stay->wait_ms,
			.threshold_ms = stay->threshold_ms,
			.inflow = i > 0};

		add_queue(a, stay->queue, &s, c->ended_at_us, stay->offered_at_us, stay->waiting);
	}
}

static void add_person(const struct adding *a, const struct report_call *c, const struct figures_stay *s)
{
	const char *names[] = {c->agent, c->seat, c->group};
	const enum ghl_report_by bys[] = {GHL_REPORT_BY_AGENT, GHL_REPORT_BY_SEAT, GHL_REPORT_BY_GROUP};
	int64_t f[CF_COUNT] = {0};

	figures_add_stay(f, s);
	for (int i = 0; i < 3; i++)
		if (is_named(names[i]))
			add_call_row(a, bys[i], names[i], c->ended_at_us, c->offered_at_us, f);
}

static void add_whole(const struct adding *a, const struct report_call *c, const struct figures_stay *s)
{
	int64_t f[CF_COUNT] = {0};

	figures_add_stay(f, s);
	f[CF_INFLOW] = 0;
	f[CF_DURATION_MS] = (c->ended_at_us - c->started_at_us) / 1000;
	add_call_row(a, GHL_REPORT_BY_ALL, "", c->ended_at_us, c->started_at_us, f);
	if (is_named(c->trunk))
		add_call_row(a, GHL_REPORT_BY_TRUNK, c->trunk, c->ended_at_us, c->started_at_us, f);
}

int report_call_adds(struct core *core, struct store_batch *b, const struct report_call *c)
{
	const struct report *r = core->slot[CORE_REPORT];
	struct figures_stay s = {.end = c->end,
		.wait_ms = c->wait_ms,
		.ring_ms = c->ring_ms,
		.talk_ms = c->talk_ms,
		.hold_ms = c->hold_ms,
		.acw_ms = c->acw_ms,
		.threshold_ms = c->threshold_ms,
		.inflow = c->stay_count > 0};
	struct adding a = {r, b, INT64_MIN};

	if (c->ended_at_us < c->started_at_us)
		return GHL_EINVAL;
	if (!r)
		return 0;
	if (!c->history)
		a.now_us = c->counted_at_us ? c->counted_at_us : clock_utc_us(core->clock);
	s.short_abandon_ms = r->short_abandon_ms;
	add_whole(&a, c, &s);
	add_earlier_stays(&a, c);
	if (c->end != REPORT_NO_QUEUE && c->end != REPORT_BLOCKED && is_named(c->queue))
		add_queue(&a, c->queue, &s, c->ended_at_us, c->offered_at_us, c->waiting);
	if (c->end == REPORT_ANSWERED)
		add_person(&a, c, &s);
	return 0;
}

/* the four dimensions of a person's row */
static void add_everywhere(const struct adding *a, enum rollup_family family, const struct report_span *s,
	int64_t at_us, const int64_t *f)
{
	add_row(a, family, GHL_REPORT_BY_ALL, "", at_us, f);
	if (is_named(s->agent))
		add_row(a, family, GHL_REPORT_BY_AGENT, s->agent, at_us, f);
	if (is_named(s->seat))
		add_row(a, family, GHL_REPORT_BY_SEAT, s->seat, at_us, f);
	if (is_named(s->group))
		add_row(a, family, GHL_REPORT_BY_GROUP, s->group, at_us, f);
}

static void add_time(const struct adding *a, const struct report_span *s, enum time_figure which)
{
	int64_t at_us = s->from_us;
	struct bin bin;

	while (at_us < s->until_us) {
		int64_t f[TF_COUNT] = {0}, end_us;

		bin_at(a->r->zone, at_us, &bin);
		end_us = s->until_us < bin.until_us ? s->until_us : bin.until_us;
		f[which] = (end_us - at_us) / 1000;
		add_everywhere(a, ROLLUP_TIME, s, at_us, f);
		at_us = end_us;
	}
}

/* an instant at an edge ends the bin before it */
static int64_t end_instant(const struct report_span *s)
{
	return s->until_us > s->span_from_us ? s->until_us - 1 : s->until_us;
}

/* call-based items of a span, whole, where it ends */
static void add_last(const struct adding *a, const struct report_span *s)
{
	int64_t t[TF_COUNT] = {0}, c[CF_COUNT] = {0}, whole_ms = (s->until_us - s->span_from_us) / 1000;
	bool ext = s->state == GHL_AGENT_BUSY && s->busy >= GHL_AGENT_BUSY_EXT_IN;

	if (ext) {
		t[TF_EXT_IN] = s->busy == GHL_AGENT_BUSY_EXT_IN;
		t[TF_EXT_OUT] = s->busy == GHL_AGENT_BUSY_EXT_OUT;
		t[TF_EXT_MS] = whole_ms;
		add_everywhere(a, ROLLUP_TIME, s, end_instant(s), t);
	} else if (s->state == GHL_AGENT_RINGING && s->next != GHL_AGENT_BUSY) {
		c[CF_UNANSWERED] = 1;
		add_everywhere(a, ROLLUP_CALLS, s, end_instant(s), c);
	} else if (s->state == GHL_AGENT_ACW && is_named(s->queue)) {
		c[CF_ACW_MS] = whole_ms;
		add_everywhere(a, ROLLUP_CALLS, s, end_instant(s), c);
		add_row(a, ROLLUP_CALLS, GHL_REPORT_BY_QUEUE, s->queue, end_instant(s), c);
	}
}

/* What ends at an edge belongs to the bin before it. */
bool report_span_late(const struct core *core, int64_t from_us, int64_t at_us)
{
	const struct report *r = core->slot[CORE_REPORT];
	struct bin bin;

	if (!r)
		return false;
	bin_at(r->zone, from_us - 1, &bin);
	return is_sealed(r, &bin, at_us);
}

int report_span_adds(struct core *core, struct store_batch *b, const struct report_span *s)
{
	const struct report *r = core->slot[CORE_REPORT];
	enum time_figure which = figures_time_of(s->state, s->busy);
	struct adding a = {r, b, 0};

	if (s->until_us < s->from_us || s->from_us < s->span_from_us || which == TF_COUNT)
		return GHL_EINVAL;
	if (!r)
		return 0;
	a.now_us = s->counted_at_us ? s->counted_at_us : clock_utc_us(core->clock);
	add_time(&a, s, which);
	if (s->login && s->from_us == s->span_from_us) {
		int64_t t[TF_COUNT] = {[TF_LOGINS] = 1};

		add_everywhere(&a, ROLLUP_TIME, s, s->from_us, t);
	}
	if (s->last)
		add_last(&a, s);
	return 0;
}
