/*
 * figures.c - the formulas. Integers throughout; a ratio is made once, from sums, and rounded half up.
 *
 * Sources of the definitions: Avaya BCMS Operations (split and agent reports), Cisco ICM (service level types
 * 1 to 3), Asterisk app_queue, GB/T 33358 (answers within 15 s).
 */
#include "figures.h"

#define PERCENT_SCALE 10000 /* 1/100 % */
#define IN_TIME_MS    15000

const char *call_figure_name(enum call_figure figure)
{
	static const char *const names[CF_COUNT] = {"calls", "answered", "abandoned", "abandoned_short",
		"outflow", "dequeued", "inflow", "unanswered", "blocked", "accepted", "accepted_15s",
		"abandoned_in_time", "passed", "answered_wait_ms", "abandoned_wait_ms", "left_wait_ms",
		"ring_ms", "talk_ms", "hold_ms", "acw_ms", "duration_ms", "waiting_ms", "max_wait_ms",
		"max_waiting", "threshold_max", "threshold_min"};

	return (unsigned)figure < CF_COUNT ? names[figure] : "?";
}

const char *time_figure_name(enum time_figure figure)
{
	static const char *const names[TF_COUNT] = {"not_ready_ms", "ready_ms", "ringing_ms", "busy_acd_ms",
		"busy_ext_in_ms", "busy_ext_out_ms", "acw_ms", "ext_in", "ext_out", "ext_ms", "logins"};

	return (unsigned)figure < TF_COUNT ? names[figure] : "?";
}

static void larger(int64_t *to, int64_t v)
{
	if (v > *to)
		*to = v;
}

static void add_answered(int64_t *f, const struct figures_stay *s)
{
	f[CF_ANSWERED]++;
	f[CF_ACCEPTED] += s->wait_ms <= s->threshold_ms;
	f[CF_ACCEPTED_15S] += s->wait_ms <= IN_TIME_MS;
	f[CF_ANSWERED_WAIT_MS] += s->wait_ms;
	f[CF_RING_MS] += s->ring_ms;
	f[CF_TALK_MS] += s->talk_ms;
	f[CF_HOLD_MS] += s->hold_ms;
	f[CF_ACW_MS] += s->acw_ms;
	larger(&f[CF_MAX_WAIT_MS], s->wait_ms);
}

static void add_abandoned(int64_t *f, const struct figures_stay *s)
{
	f[CF_ABANDONED]++;
	f[CF_ABANDONED_SHORT] += s->wait_ms <= s->short_abandon_ms;
	f[CF_ABANDONED_IN_TIME] += s->wait_ms <= s->threshold_ms;
	f[CF_ABANDONED_WAIT_MS] += s->wait_ms;
	larger(&f[CF_MAX_WAIT_MS], s->wait_ms);
}

static void add_left(int64_t *f, const struct figures_stay *s, enum call_figure which)
{
	f[which]++;
	f[CF_PASSED] += s->wait_ms > s->threshold_ms;
	f[CF_LEFT_WAIT_MS] += s->wait_ms;
}

void figures_add_stay(int64_t f[CF_COUNT], const struct figures_stay *s)
{
	f[CF_CALLS]++;
	f[CF_INFLOW] += s->inflow;
	switch (s->end) {
	case REPORT_ANSWERED:
		add_answered(f, s);
		break;
	case REPORT_ABANDONED:
		add_abandoned(f, s);
		break;
	case REPORT_OUTFLOW:
		add_left(f, s, CF_OUTFLOW);
		break;
	case REPORT_DEQUEUED:
		add_left(f, s, CF_DEQUEUED);
		break;
	case REPORT_BLOCKED:
		f[CF_BLOCKED]++;
		break;
	case REPORT_NO_QUEUE:
		break;
	}
}

void figures_add_threshold(int64_t f[CF_COUNT], uint32_t threshold_ms)
{
	larger(&f[CF_THRESHOLD_MAX], threshold_ms);
	larger(&f[CF_THRESHOLD_MIN], CF_THRESHOLD_TOP - threshold_ms);
}

void figures_merge(int64_t *to, const int64_t *from, unsigned n, uint64_t max_mask)
{
	for (unsigned i = 0; i < n; i++) {
		if (max_mask >> i & 1)
			larger(&to[i], from[i]);
		else
			to[i] += from[i];
	}
}

enum time_figure figures_time_of(enum ghl_agent_state state, enum ghl_agent_busy busy)
{
	switch (state) {
	case GHL_AGENT_NOT_READY:
		return TF_NOT_READY_MS;
	case GHL_AGENT_READY:
		return TF_READY_MS;
	case GHL_AGENT_RINGING:
		return TF_RINGING_MS;
	case GHL_AGENT_BUSY:
		return busy == GHL_AGENT_BUSY_EXT_IN    ? TF_BUSY_EXT_IN_MS
		       : busy == GHL_AGENT_BUSY_EXT_OUT ? TF_BUSY_EXT_OUT_MS
							: TF_BUSY_ACD_MS;
	case GHL_AGENT_ACW:
		return TF_ACW_MS;
	case GHL_AGENT_LOGGED_OFF:
		break;
	}
	return TF_COUNT;
}

__extension__ typedef __int128 wide;

int64_t figures_ratio(int64_t numerator, int64_t denominator, int64_t scale)
{
	wide doubled = (wide)numerator * scale * 2 + denominator;

	return denominator > 0 ? (int64_t)(doubled / ((wide)denominator * 2)) : GHL_REPORT_BLANK;
}

static int64_t percent(int64_t numerator, int64_t denominator)
{
	return figures_ratio(numerator, denominator, PERCENT_SCALE);
}

static void copy_counts(const int64_t *f, struct ghl_report_calls_info *o)
{
	o->calls = f[CF_CALLS];
	o->answered = f[CF_ANSWERED];
	o->abandoned = f[CF_ABANDONED];
	o->abandoned_short = f[CF_ABANDONED_SHORT];
	o->outflow = f[CF_OUTFLOW];
	o->dequeued = f[CF_DEQUEUED];
	o->inflow = f[CF_INFLOW];
	o->blocked = f[CF_BLOCKED];
	o->accepted = f[CF_ACCEPTED];
	o->accepted_15s = f[CF_ACCEPTED_15S];
	o->abandoned_in_time = f[CF_ABANDONED_IN_TIME];
	o->passed = f[CF_PASSED];
	o->threshold_ms = f[CF_THRESHOLD_MAX];
	o->span.threshold_changed =
		f[CF_THRESHOLD_MIN] > 0 && f[CF_THRESHOLD_MAX] != CF_THRESHOLD_TOP - f[CF_THRESHOLD_MIN];
}

static void copy_sums(const int64_t *f, struct ghl_report_calls_info *o)
{
	o->answered_wait_ms = f[CF_ANSWERED_WAIT_MS];
	o->abandoned_wait_ms = f[CF_ABANDONED_WAIT_MS];
	o->left_wait_ms = f[CF_LEFT_WAIT_MS];
	o->ring_ms = f[CF_RING_MS];
	o->talk_ms = f[CF_TALK_MS];
	o->hold_ms = f[CF_HOLD_MS];
	o->acw_ms = f[CF_ACW_MS];
	o->duration_ms = f[CF_DURATION_MS];
	o->waiting_ms = f[CF_WAITING_MS];
	o->max_wait_ms = f[CF_MAX_WAIT_MS];
	o->max_waiting = f[CF_MAX_WAITING];
}

static void derive_times(struct ghl_report_calls_info *o)
{
	o->asa_ms = figures_ratio(o->answered_wait_ms, o->answered, 1);
	o->mean_wait_ms =
		figures_ratio(o->answered_wait_ms + o->abandoned_wait_ms, o->answered + o->abandoned, 1);
	o->avg_talk_ms = figures_ratio(o->talk_ms, o->answered, 1);
	o->avg_talk_hold_ms = figures_ratio(o->talk_ms + o->hold_ms, o->answered, 1);
	o->avg_acw_ms = figures_ratio(o->acw_ms, o->answered, 1);
	o->avg_abandon_ms = figures_ratio(o->abandoned_wait_ms, o->abandoned, 1);
	o->aht_ms = figures_ratio(o->talk_ms + o->hold_ms + o->acw_ms, o->answered, 1);
}

static void derive_rates(struct ghl_report_calls_info *o)
{
	int64_t events = o->answered + o->abandoned + o->passed;

	o->answer_rate = percent(o->answered, o->offered);
	o->loss_rate = percent(o->lost, o->offered);
	o->in_time_rate = percent(o->accepted_15s, o->answered);
	o->sl_bcms = percent(o->accepted, o->offered);
	o->sl_ignore = percent(o->accepted, events - o->abandoned_in_time);
	o->sl_negative = percent(o->accepted, events);
	o->sl_positive = percent(o->accepted + o->abandoned_in_time, events);
	o->sl_perf = percent(o->accepted, o->answered);
	o->sl_perf2 = percent(o->accepted + o->abandoned_in_time, o->answered + o->abandoned);
}

void figures_calls_info(const int64_t f[CF_COUNT], enum ghl_report_by by, enum ghl_report_basis basis,
	int64_t length_ms, struct ghl_report_calls_info *out)
{
	bool person = by == GHL_REPORT_BY_AGENT || by == GHL_REPORT_BY_SEAT || by == GHL_REPORT_BY_GROUP;
	bool lines = by == GHL_REPORT_BY_ALL || by == GHL_REPORT_BY_TRUNK;
	bool gauges =
		basis == GHL_REPORT_BASIS_ARRIVAL && (by == GHL_REPORT_BY_ALL || by == GHL_REPORT_BY_QUEUE);

	copy_counts(f, out);
	copy_sums(f, out);
	out->offered = out->answered + out->abandoned + out->outflow + out->dequeued;
	out->lost = out->abandoned;
	if (person) {
		out->lost = f[CF_UNANSWERED];
		out->offered = out->answered + out->lost;
		out->calls = out->offered;
	}
	derive_times(out);
	derive_rates(out);
	out->blocking_rate = lines ? percent(out->blocked, out->calls) : GHL_REPORT_BLANK;
	out->mean_waiting_milli = gauges ? figures_ratio(out->waiting_ms, length_ms, 1000) : GHL_REPORT_BLANK;
}

static void copy_time(const int64_t *t, struct ghl_report_agents_info *o)
{
	o->not_ready_ms = t[TF_NOT_READY_MS];
	o->ready_ms = t[TF_READY_MS];
	o->ringing_ms = t[TF_RINGING_MS];
	o->busy_acd_ms = t[TF_BUSY_ACD_MS];
	o->busy_ext_in_ms = t[TF_BUSY_EXT_IN_MS];
	o->busy_ext_out_ms = t[TF_BUSY_EXT_OUT_MS];
	o->acw_ms = t[TF_ACW_MS];
	o->ext_in = t[TF_EXT_IN];
	o->ext_out = t[TF_EXT_OUT];
	o->ext_ms = t[TF_EXT_MS];
	o->logins = t[TF_LOGINS];
	o->staffed_ms = 0;
	for (int i = TF_NOT_READY_MS; i <= TF_ACW_MS; i++)
		o->staffed_ms += t[i];
}

void figures_agents_info(const int64_t c[CF_COUNT], const int64_t t[TF_COUNT], int64_t length_ms,
	struct ghl_report_agents_info *out)
{
	copy_time(t, out);
	out->answered = c[CF_ANSWERED];
	out->lost = c[CF_UNANSWERED];
	out->offered = out->answered + out->lost;
	out->talk_ms = c[CF_TALK_MS];
	out->hold_ms = c[CF_HOLD_MS];
	out->call_acw_ms = c[CF_ACW_MS];
	out->answered_wait_ms = c[CF_ANSWERED_WAIT_MS];
	out->max_wait_ms = c[CF_MAX_WAIT_MS];
	out->avg_talk_ms = figures_ratio(out->talk_ms, out->answered, 1);
	out->avg_ext_ms = figures_ratio(out->ext_ms, out->ext_in + out->ext_out, 1);
	out->avg_acw_ms = figures_ratio(out->call_acw_ms, out->answered, 1);
	out->asa_ms = figures_ratio(out->answered_wait_ms, out->answered, 1);
	out->aht_ms = figures_ratio(out->talk_ms + out->hold_ms + out->call_acw_ms, out->answered, 1);
	out->answer_rate = percent(out->answered, out->offered);
	out->loss_rate = percent(out->lost, out->offered);
	out->occupancy = percent(
		out->busy_acd_ms + out->ringing_ms + out->acw_ms, out->staffed_ms - out->not_ready_ms);
	out->acd_time = percent(out->busy_acd_ms + out->acw_ms, out->staffed_ms);
	out->avg_staffed_milli = figures_ratio(out->staffed_ms, length_ms, 1000);
}
