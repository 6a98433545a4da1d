/*
 * check_rollup.c - the roll-ups, made anew of the records in a scratch store by the same code, and compared.
 * A bin's correction row is added to the bin first: which of the two a figure went to depends on when it was
 * learned, their sum does not.
 */
#include "check.h"

#include "base/error.h"
#include "base/text.h"
#include "report/rollup.h"
#include "report/report.h"
#include "store/schema/agent.pb-c.h"
#include "store/schema/call.pb-c.h"

#include <govhotline/call.h>

#include <inttypes.h>
#include <string.h>

/* Where the scratch store holds what the real one has; STORE_ROLLUP holds what it should have. */
#define HAS STORE_CONFIG

static unsigned stays_of(const Ghl__CallRecord *r, struct report_stay *out, unsigned room)
{
	unsigned n = r->n_stays < room ? (unsigned)r->n_stays : room;

	for (unsigned i = 0; i < n; i++) {
		const Ghl__CallStay *s = r->stays[i];

		out[i] = (struct report_stay){.offered_at_us = s->offered_at_us,
			.wait_ms = s->wait_ms,
			.threshold_ms = s->threshold_ms,
			.waiting = s->waiting,
			.dequeued = s->dequeued};
		(void)text_copy(out[i].queue, sizeof(out[i].queue), s->queue);
	}
	return n;
}

static int add_call(struct check *c, const Ghl__CallRecord *r)
{
	struct report_stay stays[16];
	struct report_call f = {.started_at_us = r->started_at_us,
		.ended_at_us = r->ended_at_us,
		.offered_at_us = r->offered_at_us,
		.answered_at_us = r->answered_at_us,
		.wait_ms = r->wait_ms,
		.ring_ms = r->ring_ms,
		.talk_ms = r->talk_ms,
		.hold_ms = r->hold_ms,
		.acw_ms = r->source[0] ? r->acw_ms : 0, /* of our own calls an agent's span tells it */
		.threshold_ms = r->threshold_ms,
		.waiting = r->waiting,
		.end = (enum report_end)r->end,
		.queue = r->queue,
		.agent = r->agent,
		.seat = r->seat,
		.group = r->group,
		.trunk = r->trunk,
		.stays = stays,
		.stay_count = stays_of(r, stays, 16),
		.history = true};

	return r->direction == GHL_CALL_INBOUND ? report_call_adds(&c->core, c->batch, &f) : 0;
}

static int on_call(struct check *c, const struct store_item *item)
{
	Ghl__CallRecord *r = ghl__call_record__unpack(NULL, item->vlen, item->value);
	int rc;

	if (!r)
		return GHL_ECORRUPT;
	rc = add_call(c, r);
	ghl__call_record__free_unpacked(r, NULL);
	return rc;
}

static int add_span(struct check *c, const Ghl__AgentSpan *s, int64_t until_us, bool last)
{
	struct report_span part = {.from_us = s->started_at_us,
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
		.queue = s->queue};

	return report_span_adds(&c->core, c->batch, &part);
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

/* A span that has not ended is booked up to the last edge. */
static int on_meta(struct check *c, const struct store_item *item)
{
	static const char prefix[] = "agent-on/";
	Ghl__AgentOn *on;
	int rc = 0;

	if (item->klen < sizeof(prefix) - 1 || memcmp(item->key, prefix, sizeof(prefix) - 1) != 0)
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
	int64_t counters[(int)CF_COUNT > (int)TF_COUNT ? (int)CF_COUNT : (int)TF_COUNT];
	struct rollup_key k;
	unsigned n;
	int rc = report_item_check(item, c->err);

	if (rc < 0 || !rollup_key_read(item->key, item->klen, &k))
		return GHL_ECORRUPT;
	k.correction = false;
	n = k.family == ROLLUP_TIME ? (unsigned)TF_COUNT : (unsigned)CF_COUNT;
	rollup_value_read(item->value, item->vlen, counters, n);
	store_batch_add(c->batch, HAS, key, rollup_key_write(&k, key), counters, n,
		k.family == ROLLUP_TIME ? 0 : CF_MAX_MASK);
	return 0;
}

static int differs(struct check *c, const struct store_item *item, const char *what)
{
	struct rollup_key k;
	char at[32];

	if (!rollup_key_read(item->key, item->klen, &k))
		return GHL_ECORRUPT;
	return error_set(c->err, GHL_ECORRUPT, "roll-up of %s \"%s\" at %s: %s", ghl_report_by_name(k.by),
		k.name, text_utc(k.start_s * 1000000, at), what);
}

static bool is_empty(const struct store_item *item)
{
	const uint8_t *p = item->value;

	for (size_t i = 0; i < item->vlen; i++)
		if (p[i])
			return false;
	return true;
}

static int on_should(struct check *c, const struct store_item *item)
{
	const void *value;
	size_t len;

	if (store_get(c->read, HAS, item->key, item->klen, &value, &len, NULL) < 0)
		return is_empty(item) ? 0 : differs(c, item, "is missing");
	if (len != item->vlen || memcmp(value, item->value, len) != 0)
		return differs(c, item, "is not what the records add up to");
	return 0;
}

static int on_has(struct check *c, const struct store_item *item)
{
	const void *value;
	size_t len;

	if (store_get(c->read, STORE_ROLLUP, item->key, item->klen, &value, &len, NULL) < 0 &&
		!is_empty(item))
		return differs(c, item, "no record adds to it");
	return 0;
}

int check_rollups(struct check *c)
{
	int rc = check_walk(c, c->store, STORE_CALL, on_call);

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
