/*
 * keep.c - what of a call becomes durable, in two commits: its start (with the recording's serial), and its
 * end: record, indexes, roll-ups and fact together, so that a report never disagrees with the records.
 */
#include "call_priv.h"
#include "count.h"

#include <govhotline/event.h>

#include <stdlib.h>
#include <string.h>

size_t call_key(uint8_t out[16], int64_t started_at_us, ghl_call id)
{
	return store_key_2u64(out, (uint64_t)started_at_us, id);
}

static int put_start(struct call *c, struct store_batch *b)
{
	Ghl__CallStart row = GHL__CALL_START__INIT;
	char serial[STORE_SERIAL_LEN + 1] = "";
	uint8_t key[8], *bytes;
	size_t n;

	if (c->record)
		memcpy(serial, record_serial_mark(c->record), STORE_SERIAL_LEN);
	row.call = c->id;
	row.direction = c->direction;
	row.calling = c->calling;
	row.calling_name = c->calling_name;
	row.called = c->called;
	row.trunk = c->trunk;
	row.account = c->account;
	row.started_at_us = c->started_at_us;
	row.recording = serial;
	row.recording_id = c->record ? record_id(c->record) : 0;
	row.sip_call_id = c->sip_call_id;
	n = ghl__call_start__get_packed_size(&row);
	bytes = malloc(n);
	if (!bytes)
		return GHL_ENOMEM;
	(void)ghl__call_start__pack(&row, bytes);
	store_batch_put(b, STORE_CALL_OPEN, key, store_key_u64(key, c->id), bytes, n);
	free(bytes);
	return 0;
}

static void start_fact(struct call *c, struct store_batch *b)
{
	char serial[STORE_SERIAL_LEN + 1] = "";
	struct event_draft d;

	if (c->record)
		memcpy(serial, record_serial_mark(c->record), STORE_SERIAL_LEN);
	call_draft(&d, GHL_EV_CALL_STARTED, c);
	event_draft_text(&d, GHL_F_DEVICE, c->account);
	event_draft_text(&d, GHL_F_SERIAL, serial);
	event_draft_int(&d, GHL_F_STARTED_AT_US, c->started_at_us);
	stream_fact(c->cs->core, b, &c->actor, &d);
}

struct store_batch *call_start_batch(struct call *c)
{
	struct store_batch *b = store_batch_new();
	int rc;

	if (!b)
		return NULL;
	rc = record_prepare(c->cs->records, b, c->id, &c->actor, &c->record);
	if (rc == 0 || rc == GHL_ESPACE)
		rc = put_start(c, b);
	if (rc < 0) {
		store_batch_free(b);
		return NULL;
	}
	start_fact(c, b);
	return b;
}

int call_record_put(struct core *core, struct store_batch *b, const Ghl__CallRecord *rec)
{
	size_t n = ghl__call_record__get_packed_size(rec);
	uint8_t key[16], id[8], number[STORE_KEY_MAX], *bytes;
	const char *numbers[] = {rec->calling, rec->direction == GHL_CALL_INBOUND ? "" : rec->called};

	if (n > STORE_VALUE_MAX)
		return GHL_EINVAL;
	bytes = malloc(n);
	if (!bytes)
		return GHL_ENOMEM;
	(void)ghl__call_record__pack(rec, bytes);
	(void)call_key(key, rec->started_at_us, rec->call);
	store_batch_put(b, STORE_CALL, key, sizeof(key), bytes, n);
	store_batch_put(b, STORE_CALL_BY_ID, id, store_key_u64(id, rec->call), key, sizeof(key));
	for (unsigned i = 0; i < 2; i++)
		if (numbers[i][0])
			store_batch_put(b, STORE_CALL_BY_NUMBER, number,
				store_key_text_2u64(
					number, numbers[i], (uint64_t)rec->started_at_us, rec->call),
				"", 0);
	free(bytes);
	return 0;
}

int call_record_add(struct core *core, struct store_batch *b, const Ghl__CallRecord *rec)
{
	struct call_count count;

	return call_count(rec, &count) ? report_call_adds(core, b, &count.call) : 0;
}

static uint32_t ms(int64_t us)
{
	return us > 0 ? (uint32_t)((us + 500) / 1000) : 0;
}

static void fill_route(struct call *c, Ghl__CallRecord *r)
{
	struct call_route_facts *f = &c->facts;

	r->dialogue = f->dialogue;
	r->queue = f->queue;
	r->agent = f->agent;
	r->group = f->group;
	r->seat = f->seat;
	r->offered_at_us = f->offered_at_us;
	r->answered_at_us = f->answered_at_us ? f->answered_at_us : c->answered_at_us;
	r->wait_ms = f->wait_ms;
	r->ring_ms = f->ring_ms;
	r->acw_ms = f->acw_ms;
	r->threshold_ms = f->threshold_ms;
	r->waiting = f->waiting;
	r->end = c->rejected ? REPORT_BLOCKED : f->end;
}

static void fill(struct call *c, Ghl__CallRecord *r)
{
	r->call = c->id;
	r->direction = c->direction;
	r->calling = c->calling;
	r->calling_name = c->calling_name;
	r->called = c->called;
	r->trunk = c->trunk;
	r->account = c->account;
	r->started_at_us = c->started_at_us;
	r->connected_at_us = c->connected_at_us;
	r->ended_at_us = c->ended_at_us;
	r->counted_at_us = loop_utc_us(c->cs->core->loop);
	r->recording = c->recording;
	r->recording_id = c->recording_id;
	r->sip_call_id = c->sip_call_id;
	r->disposition = call_disposition(c);
	r->cause = c->cause;
	r->talk_ms = ms(c->talk_us);
	r->hold_ms = ms(c->hold_us);
	r->sip_status = c->sip_status;
	r->q850 = c->q850 ? c->q850 : cause_q850(c->cause);
	r->packets_received = c->report.packets_received;
	r->lost = c->report.lost;
	r->jitter_us = c->report.jitter_us;
	r->round_trip_us = c->report.round_trip_us;
	fill_route(c, r);
}

/* The lists a message points to stand on the caller's stack. */
struct lists {
	Ghl__CallDatum data[CALL_DATA_MAX], *data_list[CALL_DATA_MAX];
	Ghl__CallStay stays[8], *stay_list[8];
};

static void fill_lists(struct call *c, Ghl__CallRecord *r, struct lists *l)
{
	for (unsigned i = 0; i < c->data_count; i++) {
		ghl__call_datum__init(&l->data[i]);
		l->data[i].key = c->data[i].key;
		l->data[i].value = c->data[i].value;
		l->data_list[i] = &l->data[i];
	}
	for (unsigned i = 0; i < c->facts.stay_count; i++) {
		ghl__call_stay__init(&l->stays[i]);
		l->stays[i].queue = c->facts.stays[i].queue;
		l->stays[i].offered_at_us = c->facts.stays[i].offered_at_us;
		l->stays[i].wait_ms = c->facts.stays[i].wait_ms;
		l->stays[i].threshold_ms = c->facts.stays[i].threshold_ms;
		l->stays[i].waiting = c->facts.stays[i].waiting;
		l->stays[i].dequeued = c->facts.stays[i].dequeued;
		l->stay_list[i] = &l->stays[i];
	}
	r->n_data = c->data_count;
	r->data = l->data_list;
	r->n_stays = c->facts.stay_count;
	r->stays = l->stay_list;
}

/* Values are at most 16 kB: what does not fit of the data is left out, from its end. */
static void fit(Ghl__CallRecord *r)
{
	while (r->n_data > 0 && ghl__call_record__get_packed_size(r) > STORE_VALUE_MAX)
		r->n_data--;
}

static void end_fact(struct call *c, struct store_batch *b, const Ghl__CallRecord *r)
{
	struct event_draft d;

	call_draft(&d, GHL_EV_CALL_CLEARED, c);
	event_draft_text(&d, GHL_F_CAUSE, ghl_call_cause_name(c->cause));
	event_draft_text(
		&d, GHL_F_DISPOSITION, ghl_call_disposition_name((enum ghl_call_disposition)r->disposition));
	event_draft_text(&d, GHL_F_DIALOGUE, r->dialogue);
	event_draft_text(&d, GHL_F_SEAT, r->seat);
	event_draft_int(&d, GHL_F_STARTED_AT_US, r->started_at_us);
	event_draft_int(&d, GHL_F_OFFERED_AT_US, r->offered_at_us);
	event_draft_int(&d, GHL_F_ANSWERED_AT_US, r->answered_at_us);
	event_draft_int(&d, GHL_F_ENDED_AT_US, r->ended_at_us);
	event_draft_int(&d, GHL_F_WAIT_MS, r->wait_ms);
	event_draft_int(&d, GHL_F_RING_MS, r->ring_ms);
	event_draft_int(&d, GHL_F_TALK_MS, r->talk_ms);
	event_draft_int(&d, GHL_F_HOLD_MS, r->hold_ms);
	event_draft_int(&d, GHL_F_SIP_STATUS, r->sip_status);
	event_draft_int(&d, GHL_F_Q850, r->q850);
	event_draft_int(&d, GHL_F_LOST, (int64_t)r->lost);
	event_draft_int(&d, GHL_F_JITTER_US, r->jitter_us);
	stream_fact(c->cs->core, b, &c->actor, &d);
}

struct store_batch *call_end_batch(struct call *c)
{
	Ghl__CallRecord r = GHL__CALL_RECORD__INIT;
	struct store_batch *b = store_batch_new();
	struct lists lists;
	uint8_t key[8];
	int rc;

	if (!b)
		return NULL;
	fill(c, &r);
	fill_lists(c, &r, &lists);
	fit(&r);
	rc = call_record_put(c->cs->core, b, &r);
	if (rc == 0)
		rc = call_record_add(c->cs->core, b, &r);
	if (rc < 0) {
		store_batch_free(b);
		return NULL;
	}
	store_batch_delete(b, STORE_CALL_OPEN, key, store_key_u64(key, c->id));
	store_batch_vital(b);
	end_fact(c, b, &r);
	return b;
}
