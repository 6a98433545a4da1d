/*
 * check_rollup.c - the roll-ups, made anew of the records in a scratch store by the same code, and compared,
 * each bin and each correction row by itself: the records tell when they were counted. Where one does not
 * (a span of which two parts came late), a bin and its correction are held as their sum. Bins are compared as
 * quarters of an hour of UTC, which local quarters are in every zone since 1972: so a site that has changed
 * its zone is whole too.
 */
#include "check.h"

#include "base/error.h"
#include "base/text.h"
#include "call/count.h"
#include "report/rollup.h"
#include "report/report.h"
#include "store/schema/agent.pb-c.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the scratch store holds what the real one has; STORE_ROLLUP holds what it should have. */
#define HAS STORE_CONFIG

static int on_call(struct check *c, const struct store_item *item)
{
	Ghl__CallRecord *r = ghl__call_record__unpack(NULL, item->vlen, item->value);
	struct call_count count;
	int rc = 0;

	if (!r)
		return GHL_ECORRUPT;
	if (call_count(r, &count)) {
		count.call.history |= c->loose;
		rc = report_call_adds(&c->core, c->batch, &count.call);
	}
	ghl__call_record__free_unpacked(r, NULL);
	return rc;
}

/* One booking of a span; at_us: when, INT64_MIN: in time. */
static int add_part(
	struct check *c, const Ghl__AgentSpan *s, int64_t from_us, int64_t until_us, int64_t at_us, bool last)
{
	struct report_span part = {.from_us = from_us,
		.until_us = until_us,
		.span_from_us = s->started_at_us,
		.state = (enum ghl_agent_state)s->state,
		.busy = (enum ghl_agent_busy)s->busy,
		.next = (enum ghl_agent_state)s->next,
		.last = last,
		.login = s->login,
		.agent = s->name,
		.seat = s->seat,
		.group = s->group,
		.queue = s->queue,
		.counted_at_us = at_us};

	return report_span_adds(&c->core, c->batch, &part);
}

/* Before the part that came late, that part, and behind it. */
static int add_span(struct check *c, const Ghl__AgentSpan *s, int64_t until_us, bool last)
{
	const Ghl__SpanLate *late = c->loose ? NULL : s->late;
	int64_t from_us = s->started_at_us;
	int rc = 0;

	if (late && (late->from_us < from_us || late->until_us < late->from_us || late->until_us > until_us))
		return GHL_EINVAL;
	if (late && late->from_us > from_us)
		rc = add_part(c, s, from_us, late->from_us, INT64_MIN, false);
	if (late && rc == 0)
		rc = add_part(c, s, late->from_us, late->until_us, late->at_us, late->last);
	if (late && (late->last || (!last && late->until_us == until_us)))
		return rc;
	return rc < 0 ? rc : add_part(c, s, late ? late->until_us : from_us, until_us, INT64_MIN, last);
}

static int on_span(struct check *c, const struct store_item *item)
{
	Ghl__AgentSpan *s = ghl__agent_span__unpack(NULL, item->vlen, item->value);
	int rc;

	if (!s)
		return error_set(c->err, GHL_ECORRUPT, "agents' spans: a record that cannot be read");
	rc = add_span(c, s, s->ended_at_us, true);
	ghl__agent_span__free_unpacked(s, NULL);
	return rc;
}

static bool is_on(const struct store_item *item)
{
	static const char prefix[] = "agent-on/";

	return item->klen >= sizeof(prefix) - 1 && memcmp(item->key, prefix, sizeof(prefix) - 1) == 0;
}

/* A span that has not ended is booked up to the last edge. */
static int on_meta(struct check *c, const struct store_item *item)
{
	Ghl__AgentOn *on;
	int rc = 0;

	if (!is_on(item))
		return 0;
	on = ghl__agent_on__unpack(NULL, item->vlen, item->value);
	if (!on || !on->span)
		rc = error_set(c->err, GHL_ECORRUPT, "agents' spans: an open one that cannot be read");
	else if (on->booked_until_us > on->span->started_at_us)
		rc = add_span(c, on->span, on->booked_until_us, false);
	if (on)
		ghl__agent_on__free_unpacked(on, NULL);
	return rc;
}

static int on_row(struct check *c, const struct store_item *item)
{
	uint8_t key[ROLLUP_KEY_MAX];
	int64_t counters[CF_COUNT];
	struct rollup_key k;
	unsigned n;
	int rc = report_item_check(item, c->err);

	if (rc < 0 || !rollup_key_read(item->key, item->klen, &k))
		return GHL_ECORRUPT;
	k.correction = k.correction && !c->loose;
	k.start_s = zone_floor_div(k.start_s, BIN_S) * BIN_S;
	k.offset_s = 0;
	n = k.family == ROLLUP_TIME ? (unsigned)TF_COUNT : (unsigned)CF_COUNT;
	rollup_value_read(item->value, item->vlen, counters, n);
	store_batch_add(c->batch, HAS, key, rollup_key_write(&k, key), counters, n,
		k.family == ROLLUP_TIME ? 0 : CF_MAX_MASK);
	return 0;
}

static int differs(struct check *c, const struct store_item *item, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int differs(struct check *c, const struct store_item *item, const char *fmt, ...)
{
	struct rollup_key k;
	char at[32], what[128];
	va_list ap;

	if (!rollup_key_read(item->key, item->klen, &k))
		return GHL_ECORRUPT;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return check_bad(c, STORE_ROLLUP, "%s by %s \"%s\", %s%s: %s", rollup_family_name(k.family),
		ghl_report_by_name(k.by), k.name, text_utc(k.start_s * 1000000, at),
		k.correction ? ", correction" : "", what);
}

/* Names the first counter of a row that is not as it should be. */
static int compare(struct check *c, const struct store_item *should, const void *value, size_t len)
{
	const bool time = ((const char *)should->key)[0] == ROLLUP_TIME;
	const unsigned n = time ? (unsigned)TF_COUNT : (unsigned)CF_COUNT;
	int64_t want[CF_COUNT], have[CF_COUNT];

	rollup_value_read(should->value, should->vlen, want, n);
	rollup_value_read(value, len, have, n);
	for (unsigned i = 0; i < n; i++)
		if (want[i] != have[i])
			return differs(c, should, "%s is %lld, the records give %lld",
				time ? time_figure_name((enum time_figure)i)
				     : call_figure_name((enum call_figure)i),
				(long long)have[i], (long long)want[i]);
	return 0;
}

static int on_should(struct check *c, const struct store_item *item)
{
	const void *value;
	size_t len;

	if (store_get(c->read, HAS, item->key, item->klen, &value, &len, NULL) < 0)
		return differs(c, item, "the row is missing");
	return compare(c, item, value, len);
}

static int on_has(struct check *c, const struct store_item *item)
{
	const void *value;
	size_t len;

	if (store_get(c->read, STORE_ROLLUP, item->key, item->klen, &value, &len, NULL) < 0)
		return differs(c, item, "no record counts there");
	return 0;
}

static int call_tells(struct check *c, const struct store_item *item)
{
	Ghl__CallRecord *r = ghl__call_record__unpack(NULL, item->vlen, item->value);

	c->loose |= r && !r->source[0] && r->counted_at_us == 0;
	if (r)
		ghl__call_record__free_unpacked(r, NULL);
	return 0;
}

static int span_tells(struct check *c, const struct store_item *item)
{
	Ghl__AgentSpan *s = ghl__agent_span__unpack(NULL, item->vlen, item->value);

	c->loose |= s && s->late_again;
	if (s)
		ghl__agent_span__free_unpacked(s, NULL);
	return 0;
}

static int open_span_tells(struct check *c, const struct store_item *item)
{
	Ghl__AgentOn *on = is_on(item) ? ghl__agent_on__unpack(NULL, item->vlen, item->value) : NULL;

	c->loose |= on && on->span && on->span->late_again;
	if (on)
		ghl__agent_on__free_unpacked(on, NULL);
	return 0;
}

static int check_telling(struct check *c)
{
	int rc = check_walk(c, c->store, STORE_CALL, call_tells);

	if (rc == 0)
		rc = check_walk(c, c->store, STORE_AGENT_SPAN, span_tells);
	return rc < 0 ? rc : check_walk(c, c->store, STORE_META, open_span_tells);
}

int check_rollups(struct check *c)
{
	int rc = check_telling(c);

	if (rc == 0)
		rc = check_walk(c, c->store, STORE_CALL, on_call);
	if (rc == 0)
		rc = check_walk(c, c->store, STORE_AGENT_SPAN, on_span);
	if (rc == 0)
		rc = check_walk(c, c->store, STORE_META, on_meta);
	if (rc == 0)
		rc = check_walk(c, c->store, STORE_ROLLUP, on_row);
	if (rc == 0)
		rc = check_walk(c, c->scratch, STORE_ROLLUP, on_should);
	return rc < 0 ? rc : check_walk(c, c->scratch, HAS, on_has);
}
