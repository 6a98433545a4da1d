/*
 * recover.c - at the engine's start: calls whose start is durable and whose end is not. Each ends as
 * interrupted, at the instant its recording ends; so every serial and every id is accounted for after a
 * crash.
 */
#include "call_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "store/schema/recording.pb-c.h"

#include <govhotline/event.h>

#include <stdlib.h>
#include <string.h>

#define AT_ONCE 256

struct open_calls {
	Ghl__CallStart *start[AT_ONCE];
	unsigned n;
};

static int on_open(void *arg, const struct store_item *item)
{
	struct open_calls *o = arg;

	o->start[o->n] = ghl__call_start__unpack(NULL, item->vlen, item->value);
	if (!o->start[o->n])
		return GHL_ECORRUPT;
	return ++o->n == AT_ONCE;
}

static int find_open(struct core *core, struct open_calls *o)
{
	struct store_read *read;
	int rc = store_read_begin(core->store, &read);

	if (rc < 0)
		return rc;
	o->n = 0;
	rc = store_range(read, STORE_CALL_OPEN, "", 0, NULL, 0, false, on_open, o);
	store_read_end(read);
	return rc < 0 ? rc : 0;
}

/* When its recording ends; its start where there is none. */
static int64_t end_of(struct core *core, const Ghl__CallStart *start)
{
	struct store_read *read;
	Ghl__RecordingRecord *row = NULL;
	const void *value;
	size_t len;
	int64_t at_us = start->started_at_us;

	if (!start->recording[0] || store_read_begin(core->store, &read) < 0)
		return at_us;
	if (store_get(read, STORE_RECORDING, start->recording, strlen(start->recording), &value, &len,
		    NULL) == 0)
		row = ghl__recording_record__unpack(NULL, len, value);
	store_read_end(read);
	if (row && row->ended_at_us > at_us)
		at_us = row->ended_at_us;
	if (row)
		ghl__recording_record__free_unpacked(row, NULL);
	return at_us;
}

static void fill(Ghl__CallRecord *r, const Ghl__CallStart *start, int64_t ended_at_us)
{
	r->call = start->call;
	r->direction = start->direction;
	r->calling = start->calling;
	r->calling_name = start->calling_name;
	r->called = start->called;
	r->trunk = start->trunk;
	r->account = start->account;
	r->started_at_us = start->started_at_us;
	r->recording = start->recording;
	r->recording_id = start->recording_id;
	r->sip_call_id = start->sip_call_id;
	r->disposition = GHL_CALL_INTERRUPTED;
	r->cause = GHL_CAUSE_INTERRUPTED;
	r->ended_at_us = ended_at_us;
}

static void fact(
	struct core *core, struct store_batch *b, const Ghl__CallRecord *r, const struct actor *actor)
{
	struct event_draft d;

	event_draft_init(&d, GHL_EV_CALL_CLEARED);
	event_draft_id(&d, GHL_F_CALL, r->call);
	event_draft_text(&d, GHL_F_CALLING, r->calling);
	event_draft_text(&d, GHL_F_CALLED, r->called);
	event_draft_text(&d, GHL_F_TRUNK, r->trunk);
	event_draft_text(&d, GHL_F_SERIAL, r->recording);
	event_draft_text(&d, GHL_F_CAUSE, ghl_call_cause_name(GHL_CAUSE_INTERRUPTED));
	event_draft_text(&d, GHL_F_DISPOSITION, ghl_call_disposition_name(GHL_CALL_INTERRUPTED));
	event_draft_int(&d, GHL_F_STARTED_AT_US, r->started_at_us);
	event_draft_int(&d, GHL_F_ENDED_AT_US, r->ended_at_us);
	stream_fact(core, b, actor, &d);
}

static int end_one(struct core *core, const Ghl__CallStart *start, const struct actor *actor)
{
	Ghl__CallRecord r = GHL__CALL_RECORD__INIT;
	struct store_batch *b = store_batch_new();
	uint8_t key[8];
	int rc;

	if (!b)
		return GHL_ENOMEM;
	fill(&r, start, end_of(core, start));
	r.counted_at_us = clock_utc_us(core->clock);
	rc = call_record_put(core, b, &r);
	if (rc == 0)
		rc = call_record_add(core, b, &r);
	if (rc < 0) {
		store_batch_free(b);
		return rc;
	}
	store_batch_delete(b, STORE_CALL_OPEN, key, store_key_u64(key, start->call));
	store_batch_vital(b);
	fact(core, b, &r, actor);
	log_info("call", "interrupted call=%llu recording=%s", (unsigned long long)start->call,
		start->recording);
	return store_commit(core->store, b, NULL);
}

int calls_recover(struct core *core, struct ghl_error *err)
{
	struct open_calls *open = calloc(1, sizeof(*open));
	struct actor actor;
	int rc = open ? 0 : GHL_ENOMEM;

	access_actor_timer(core->access, &actor);
	do {
		if (rc == 0)
			rc = find_open(core, open);
		for (unsigned i = 0; open && i < open->n; i++) {
			if (rc == 0)
				rc = end_one(core, open->start[i], &actor);
			ghl__call_start__free_unpacked(open->start[i], NULL);
		}
	} while (rc == 0 && open->n > 0);
	free(open);
	return rc < 0 ? error_set(err, rc, "calls of the last run could not be ended: %s", ghl_strerror(rc))
		      : 0;
}
