/* recover.c - after a crash: the spans that were open end at the engine's last sign of life, marked as
 * interrupted. */
#include "agent_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "report/report.h"
#include "store/schema/agent.pb-c.h"

#include <stdlib.h>
#include <string.h>

struct recovery {
	struct agents *as;
	struct store_batch *b;
	int64_t alive_us;
	unsigned ended;
};

static void fact(struct recovery *r, const Ghl__AgentSpan *s, enum ghl_event_type type, int64_t from_us,
	int64_t until_us)
{
	struct event_draft d;

	event_draft_init(&d, type);
	event_draft_id(&d, GHL_F_AGENT_ID, s->agent);
	event_draft_text(&d, GHL_F_AGENT, s->name);
	event_draft_text(&d, GHL_F_GROUP, s->group);
	event_draft_text(&d, GHL_F_SEAT, s->seat);
	if (type == GHL_EV_AGENT_SPAN) {
		event_draft_text(&d, GHL_F_STATE, ghl_agent_state_name((enum ghl_agent_state)s->state));
		event_draft_text(&d, GHL_F_DEST, ghl_agent_state_name(GHL_AGENT_LOGGED_OFF));
		event_draft_int(&d, GHL_F_DURATION_MS, (until_us - from_us) / 1000);
	}
	event_draft_text(&d, GHL_F_REASON, "interrupted");
	event_draft_int(&d, GHL_F_FROM_US, from_us);
	event_draft_int(&d, GHL_F_UNTIL_US, until_us);
	stream_fact(r->as->core, r->b, &r->as->engine, &d);
}

static void put_span(struct recovery *r, const Ghl__AgentOn *on, Ghl__AgentSpan *s)
{
	uint8_t key[17], *value = malloc(ghl__agent_span__get_packed_size(s) + 1);

	if (!value)
		return;
	(void)store_key_2u64(key, (uint64_t)s->started_at_us, s->agent);
	key[16] = UINT8_MAX; /* no span of a run has this number: spans of one instant are few */
	store_batch_put(r->b, STORE_AGENT_SPAN, key, sizeof(key), value, ghl__agent_span__pack(s, value));
	free(value);
	fact(r, s, GHL_EV_AGENT_SPAN, s->started_at_us, s->ended_at_us);
	fact(r, s, GHL_EV_AGENT_LOGGED_OFF, on->logged_on_at_us, s->ended_at_us);
}

/* The last part is booked now; *late is the room for what says so. */
static void book_end(struct recovery *r, Ghl__AgentSpan *s, struct report_span *part, Ghl__SpanLate *late)
{
	struct core *core = r->as->core;

	part->counted_at_us = loop_utc_us(core->loop);
	(void)report_span_adds(core, r->b, part);
	if (!report_span_late(core, part->from_us, part->counted_at_us))
		return;
	s->late_again = s->late_again || s->late;
	if (s->late)
		return;
	ghl__span_late__init(late);
	late->from_us = part->from_us;
	late->until_us = part->until_us;
	late->at_us = part->counted_at_us;
	late->last = true;
	s->late = late;
}

static void end_one(struct recovery *r, const Ghl__AgentOn *on)
{
	Ghl__AgentSpan *s = on->span;
	Ghl__SpanLate late;
	int64_t until_us = r->alive_us - r->alive_us % 1000;
	struct report_span part = {.from_us = on->booked_until_us,
		.span_from_us = s->started_at_us,
		.state = (enum ghl_agent_state)s->state,
		.busy = (enum ghl_agent_busy)s->busy,
		.next = GHL_AGENT_LOGGED_OFF,
		.last = true,
		.login = s->login,
		.agent = s->name,
		.seat = s->seat,
		.group = s->group,
		.queue = s->queue};

	part.until_us = until_us > part.from_us ? until_us : part.from_us;
	book_end(r, s, &part, &late);
	s->ended_at_us = part.until_us;
	s->next = GHL_AGENT_LOGGED_OFF;
	s->interrupted = true;
	put_span(r, on, s);
	s->late = s->late == &late ? NULL : s->late; /* not the message's own */
	r->ended++;
}

static int on_open(void *arg, const struct store_item *item)
{
	struct recovery *r = arg;
	Ghl__AgentOn *on = ghl__agent_on__unpack(NULL, item->vlen, item->value);

	if (!on || !on->span) {
		log_error("agent", "unreadable entry of who is on");
	} else {
		end_one(r, on);
	}
	store_batch_delete(r->b, STORE_META, item->key, item->klen);
	if (on)
		ghl__agent_on__free_unpacked(on, NULL);
	return 0;
}

static void on_recovered(void *arg, const struct store_result *result)
{
	(void)arg;
	if (result->status < 0)
		log_error(
			"agent", "interrupted spans not ended error=%s", ghl_error_code_name(result->status));
}

int spans_recover(struct agents *as, struct ghl_error *err)
{
	static const char from[] = AGENT_ON_PREFIX, to[] = "agent-on0"; /* '0' follows '/' */
	struct recovery r = {.as = as, .b = store_batch_new()};
	struct store_read *read;
	const void *value;
	size_t len;
	int rc = r.b ? store_read_begin(as->core->store, &read) : GHL_ENOMEM;

	if (rc < 0) {
		store_batch_free(r.b);
		return error_set(err, rc, "agents' open spans: %s", ghl_strerror(rc));
	}
	if (store_get(read, STORE_META, AGENT_ALIVE_KEY, strlen(AGENT_ALIVE_KEY), &value, &len, NULL) == 0 &&
		len == 8)
		r.alive_us = (int64_t)store_key_read_u64(value);
	rc = store_range(read, STORE_META, from, sizeof(from) - 1, to, sizeof(to) - 1, false, on_open, &r);
	store_read_end(read);
	if (rc < 0 || r.ended == 0) {
		store_batch_free(r.b);
		return rc < 0 ? error_set(err, rc, "agents' open spans: %s", ghl_strerror(rc)) : 0;
	}
	log_info("agent", "interrupted spans ended count=%u", r.ended);
	store_batch_vital(r.b);
	store_commit_async(as->core->store, r.b, on_recovered, NULL);
	return 0;
}
