/*
 * fact.c - the payload of facts: an event's fields as a protocol buffer (schema/fact.proto), and back. A fact
 * that cannot be read stops nobody: an alarm stands in its place, and who reads goes on behind it.
 */
#include "event.h"

#include "base/log.h"

#include "store/schema/fact.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

static void fill_field(Ghl__FactField *f, const struct event_body *b, const struct event_value *v)
{
	ghl__fact_field__init(f);
	f->field = v->field;
	if (v->kind == GHL_FIELD_TEXT) {
		f->value_case = GHL__FACT_FIELD__VALUE_TEXT;
		f->text = b->pool.s + v->at;
	} else if (v->kind == GHL_FIELD_ID) {
		f->value_case = GHL__FACT_FIELD__VALUE_ID;
		f->id = (uint64_t)v->num;
	} else {
		f->value_case = GHL__FACT_FIELD__VALUE_NUMBER;
		f->number = v->num;
	}
}

int fact_pack(const struct event_body *b, uint8_t **out, size_t *len)
{
	Ghl__Fact fact = GHL__FACT__INIT;
	size_t n = b->count ? b->count : 1;
	Ghl__FactField *fields = calloc(n, sizeof(*fields)), **ptrs = calloc(n, sizeof(void *));
	int rc = GHL_ENOMEM;

	if (!fields || !ptrs)
		goto out;
	for (size_t i = 0; i < b->count; i++) {
		fill_field(&fields[i], b, &b->values[i]);
		ptrs[i] = &fields[i];
	}
	fact.n_fields = b->count;
	fact.fields = ptrs;
	*len = ghl__fact__get_packed_size(&fact);
	*out = malloc(*len ? *len : 1);
	if (!*out)
		goto out;
	(void)ghl__fact__pack(&fact, *out);
	rc = 0;
out:
	free(fields);
	free(ptrs);
	return rc;
}

static int put_field(struct event_body *b, const Ghl__FactField *f)
{
	enum ghl_event_field field = (enum ghl_event_field)f->field;

	if (f->field == 0 || f->field > UINT16_MAX)
		return 0;
	switch (f->value_case) {
	case GHL__FACT_FIELD__VALUE_TEXT:
		return body_put_text(b, field, f->text);
	case GHL__FACT_FIELD__VALUE_NUMBER:
		return body_put_num(b, field, GHL_FIELD_INT, f->number);
	case GHL__FACT_FIELD__VALUE_ID:
		return body_put_num(b, field, GHL_FIELD_ID, (int64_t)f->id);
	default:
		return 0;
	}
}

static int put_erased(struct event_body *b, const struct store_fact *f)
{
	static const enum ghl_event_field of[] = {
		GHL_F_CALL, GHL_F_AGENT_ID, GHL_F_QUEUE_ID, GHL_F_RECORDING};
	int rc = body_put_text(b, GHL_F_REASON, f->tombstone);

	for (unsigned i = 0; i < 4 && rc == 0; i++)
		if (f->ids[i])
			rc = body_put_num(b, of[i], GHL_FIELD_ID, (int64_t)f->ids[i]);
	return rc;
}

static int put_payload(struct event_body *b, const struct store_fact *f)
{
	Ghl__Fact *m = ghl__fact__unpack(NULL, f->payload_len, f->payload);
	int rc = m ? 0 : GHL_ECORRUPT;

	for (size_t i = 0; rc == 0 && i < m->n_fields; i++)
		rc = put_field(b, m->fields[i]);
	ghl__fact__free_unpacked(m, NULL);
	return rc;
}

int fact_unpack(const struct store_fact *f, struct event_body **out)
{
	struct event_body *b = body_new((enum ghl_event_type)f->kind, 16, 0);
	int rc;

	if (!b)
		return GHL_ENOMEM;
	b->at_us = f->at_us;
	for (unsigned i = 0; i < 4; i++)
		b->ids[i] = f->ids[i];
	rc = f->erased ? put_erased(b, f) : put_payload(b, f);
	if (rc < 0) {
		body_unref(b);
		return rc;
	}
	*out = b;
	return 0;
}

/* --- a run of them --- */

struct run {
	struct event_body **bodies;
	unsigned count, most;
	uint64_t next, until;
};

static void run_put(struct run *r, struct event_body *b)
{
	b->position.fact = r->next++;
	r->bodies[r->count++] = b;
}

static int put_unreadable(struct run *r, int64_t at_us)
{
	struct event_body *b = body_new(GHL_EV_ALARM, 4, 0);
	char text[96];
	int rc = b ? 0 : GHL_ENOMEM;

	(void)snprintf(text, sizeof(text), "fact %llu cannot be read: see \"govhotline db check\"",
		(unsigned long long)r->next);
	if (rc == 0)
		rc = body_put_text(b, GHL_F_NAME, "stream.fact");
	if (rc == 0)
		rc = body_put_text(b, GHL_F_SEVERITY, "critical");
	if (rc == 0)
		rc = body_put_text(b, GHL_F_TEXT, text);
	if (rc == 0)
		rc = body_put_num(b, GHL_F_FACT, GHL_FIELD_INT, (int64_t)r->next);
	if (rc < 0) {
		body_unref(b);
		return rc;
	}
	log_error("stream", "fact-unreadable fact=%llu", (unsigned long long)r->next);
	b->at_us = at_us;
	b->unreadable = true;
	run_put(r, b);
	return 0;
}

static bool run_full(const struct run *r)
{
	return r->count == r->most || r->next > r->until;
}

static int run_add(void *arg, const struct store_fact *f)
{
	struct run *r = arg;
	struct event_body *b;
	int rc = 0;

	while (rc == 0 && !run_full(r) && r->next < f->seq) /* a gap */
		rc = put_unreadable(r, f->at_us);
	if (rc < 0 || run_full(r))
		return rc < 0 ? rc : 1;
	rc = fact_unpack(f, &b);
	if (rc == GHL_ECORRUPT)
		return put_unreadable(r, f->at_us);
	if (rc == 0)
		run_put(r, b);
	return rc;
}

int facts_read(struct store *store, uint64_t from, uint64_t until, struct event_body **bodies, unsigned most,
	unsigned *count)
{
	struct run r = {.bodies = bodies, .most = most, .next = from, .until = until};
	struct store_read *read;
	int rc = store_read_begin(store, &read);

	*count = 0;
	if (rc < 0)
		return rc;
	while (rc == 0 && !run_full(&r)) {
		rc = store_facts(read, r.next, run_add, &r);
		if (!run_full(&r) && (rc == 0 || rc == GHL_ECORRUPT))
			rc = put_unreadable(&r, 0);
	}
	store_read_end(read);
	*count = r.count;
	return rc;
}
