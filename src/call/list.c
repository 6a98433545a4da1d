/*
 * list.c - calls found: ghl_call_list() and ghl_call_info(). Past calls are read from the store in the
 * caller's thread, live ones on the loop. A cursor is the key of the last call of the page, in hexadecimal.
 */
#include "call_priv.h"

#include "base/argument.h"
#include "base/error.h"
#include "base/text.h"
#include "stream/session.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 1000
#define KEY_LEN  16

struct search {
	struct core *core;
	const struct actor *actor;
	enum access_function fn;
	const struct ghl_call_filter *filter;
	struct ghl_list *list;
	struct store_read *read;
	unsigned n, limit;
	uint8_t last[KEY_LEN];
	bool more;
};

static char *data_json(const Ghl__CallRecord *r)
{
	json_t *o = json_object();
	char *text;

	for (size_t i = 0; o && i < r->n_data; i++)
		(void)json_object_set_new(o, r->data[i]->key, json_string(r->data[i]->value));
	text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(o);
	return text;
}

static char *stays_json(const Ghl__CallRecord *r)
{
	json_t *a = json_array();
	char *text;

	for (size_t i = 0; a && i < r->n_stays; i++) {
		const Ghl__CallStay *s = r->stays[i];

		(void)json_array_append_new(
			a, json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "queue", s->queue, "offered_at_us",
				   (json_int_t)s->offered_at_us, "wait_ms", (json_int_t)s->wait_ms,
				   "threshold_ms", (json_int_t)s->threshold_ms, "waiting",
				   (json_int_t)s->waiting, "dequeued", (int)s->dequeued));
	}
	text = a ? json_dumps(a, JSON_COMPACT) : NULL;
	json_decref(a);
	return text;
}

static void fill_texts(struct ghl_list *l, struct ghl_call_info *i, const Ghl__CallRecord *r)
{
	char *data = data_json(r), *stays = stays_json(r);

	i->calling = list_text(l, r->calling);
	i->calling_name = list_text(l, r->calling_name);
	i->called = list_text(l, r->called);
	i->trunk = list_text(l, r->trunk);
	i->account = list_text(l, r->account);
	i->dialogue = list_text(l, r->dialogue);
	i->queue = list_text(l, r->queue);
	i->agent = list_text(l, r->agent);
	i->group = list_text(l, r->group);
	i->seat = list_text(l, r->seat);
	i->recording = list_text(l, r->recording);
	i->source = list_text(l, r->source);
	i->data = list_text(l, data ? data : "{}");
	i->stays = list_text(l, stays ? stays : "[]");
	free(data);
	free(stays);
}

static bool texts_whole(const struct ghl_call_info *i)
{
	return i->calling && i->calling_name && i->called && i->trunk && i->account && i->dialogue &&
	       i->queue && i->agent && i->group && i->seat && i->recording && i->source && i->data &&
	       i->stays;
}

static int add_record(struct ghl_list *l, const Ghl__CallRecord *r)
{
	struct ghl_call_info *i = list_add(l);

	if (!i)
		return GHL_ENOMEM;
	i->call = r->call;
	i->state = GHL_CALL_STATE_CLEARED;
	i->direction = (enum ghl_call_direction)r->direction;
	i->disposition = (enum ghl_call_disposition)r->disposition;
	i->cause = (enum ghl_call_cause)r->cause;
	i->started_at_us = r->started_at_us;
	i->connected_at_us = r->connected_at_us;
	i->offered_at_us = r->offered_at_us;
	i->answered_at_us = r->answered_at_us;
	i->ended_at_us = r->ended_at_us;
	i->wait_ms = r->wait_ms;
	i->ring_ms = r->ring_ms;
	i->talk_ms = r->talk_ms;
	i->hold_ms = r->hold_ms;
	i->acw_ms = r->acw_ms;
	i->threshold_ms = r->threshold_ms;
	i->waiting = r->waiting;
	i->sip_status = (uint16_t)r->sip_status;
	i->q850 = (uint16_t)r->q850;
	i->lost_packets = (uint32_t)r->lost;
	i->jitter_us = r->jitter_us;
	i->round_trip_us = r->round_trip_us;
	fill_texts(l, i, r);
	return texts_whole(i) ? 0 : GHL_ENOMEM;
}

static bool is(const char *wanted, const char *text)
{
	return !wanted || strcmp(wanted, text) == 0;
}

static bool picked(const struct search *f, const Ghl__CallRecord *r)
{
	const struct ghl_call_filter *q = f->filter;

	if (q->disposition && r->disposition != (uint32_t)q->disposition)
		return false;
	if (q->number && strcmp(q->number, r->calling) != 0 && strcmp(q->number, r->called) != 0)
		return false;
	if (!is(q->queue, r->queue) || !is(q->agent, r->agent) || !is(q->trunk, r->trunk))
		return false;
	return access_sees(f->core->access, f->actor, access_function_right(f->fn), r->group, r->agent);
}

/* Adds the call with that key and value if it is wanted; 1 ends the page. */
static int take(struct search *f, const uint8_t key[KEY_LEN], const void *value, size_t len)
{
	Ghl__CallRecord *r = ghl__call_record__unpack(NULL, len, value);
	int rc = 0;

	if (!r)
		return GHL_ECORRUPT;
	if (picked(f, r)) {
		f->more = f->n == f->limit;
		rc = f->more ? 1 : add_record(f->list, r);
		if (rc == 0) {
			f->n++;
			memcpy(f->last, key, KEY_LEN);
		}
	}
	ghl__call_record__free_unpacked(r, NULL);
	return rc;
}

static int on_call(void *arg, const struct store_item *item)
{
	return item->klen == KEY_LEN ? take(arg, item->key, item->value, item->vlen) : GHL_ECORRUPT;
}

/* An entry of the index by number: the last 16 bytes are the call's own key. */
static int on_number(void *arg, const struct store_item *item)
{
	struct search *f = arg;
	const void *value;
	size_t len;
	const uint8_t *key;
	int rc;

	if (item->klen < KEY_LEN)
		return GHL_ECORRUPT;
	key = (const uint8_t *)item->key + item->klen - KEY_LEN;
	rc = store_get(f->read, STORE_CALL, key, KEY_LEN, &value, &len, NULL);
	return rc < 0 ? rc : take(f, key, value, len);
}

struct bounds {
	int64_t from_us, until_us;
	uint64_t from_id, until_id;
};

/* The page's bounds: the filter's instants, narrowed by the cursor. */
static int bounds_of(const struct ghl_call_filter *q, struct bounds *b)
{
	uint8_t key[KEY_LEN];
	size_t n = 0;

	*b = (struct bounds){q->from_us, q->until_us ? q->until_us : INT64_MAX, 0, 0};
	if (!q->cursor || !q->cursor[0])
		return 0;
	if (sodium_hex2bin(key, sizeof(key), q->cursor, strlen(q->cursor), NULL, &n, NULL) != 0 ||
		n != KEY_LEN)
		return error_invalid("cursor", "none that a list of calls gave");
	if (q->newest_first) {
		b->until_us = (int64_t)store_key_read_u64(key);
		b->until_id = store_key_read_u64(key + 8);
	} else {
		b->from_us = (int64_t)store_key_read_u64(key);
		b->from_id = store_key_read_u64(key + 8) + 1;
	}
	return 0;
}

static int search_past(struct search *f)
{
	const struct ghl_call_filter *q = f->filter;
	uint8_t from[STORE_KEY_MAX], until[STORE_KEY_MAX];
	struct bounds b;
	size_t n, m;

	if (bounds_of(q, &b) < 0)
		return GHL_EINVAL;
	if (!q->number) {
		n = store_key_2u64(from, (uint64_t)b.from_us, b.from_id);
		m = store_key_2u64(until, (uint64_t)b.until_us, b.until_id);
		return store_range(f->read, STORE_CALL, from, n, until, m, q->newest_first, on_call, f);
	}
	n = store_key_text_2u64(from, q->number, (uint64_t)b.from_us, b.from_id);
	m = store_key_text_2u64(until, q->number, (uint64_t)b.until_us, b.until_id);
	return store_range(f->read, STORE_CALL_BY_NUMBER, from, n, until, m, q->newest_first, on_number, f);
}

static int run_past(struct search *f)
{
	char cursor[2 * KEY_LEN + 1];
	int rc = store_read_begin(f->core->store, &f->read);

	if (rc < 0)
		return rc;
	rc = search_past(f);
	store_read_end(f->read);
	if (rc >= 0 && f->more)
		list_cursor_set(f->list, sodium_bin2hex(cursor, sizeof(cursor), f->last, KEY_LEN));
	return rc < 0 ? rc : 0;
}

static void fill_live_texts(struct ghl_list *l, struct ghl_call_info *i, struct call *c)
{
	char *data = call_data_json(c);

	i->calling = list_text(l, c->calling);
	i->calling_name = list_text(l, c->calling_name);
	i->called = list_text(l, c->called);
	i->trunk = list_text(l, c->trunk);
	i->account = list_text(l, c->account);
	i->dialogue = list_text(l, c->facts.dialogue);
	i->queue = list_text(l, c->facts.queue);
	i->agent = list_text(l, c->facts.agent);
	i->group = list_text(l, c->facts.group);
	i->seat = list_text(l, c->facts.seat);
	i->recording = list_text(l, c->recording);
	i->source = list_text(l, "");
	i->data = list_text(l, data ? data : "{}");
	i->stays = list_text(l, "[]");
	free(data);
}

static int add_live(struct ghl_list *l, struct call *c)
{
	struct ghl_call_info *i = list_add(l);
	int64_t running = c->span_us ? loop_now_us(c->cs->core->loop) - c->span_us : 0;
	bool held = c->state == GHL_CALL_STATE_HELD;

	if (!i)
		return GHL_ENOMEM;
	i->call = c->id;
	i->state = c->state;
	i->direction = c->direction;
	i->citizen = c->citizen ? c->citizen->id : 0;
	i->citizen_state = c->citizen ? c->citizen->state : GHL_CONN_NULL;
	i->device = c->device ? c->device->id : 0;
	i->device_state = c->device ? c->device->state : GHL_CONN_NULL;
	i->started_at_us = c->started_at_us;
	i->connected_at_us = c->connected_at_us;
	i->offered_at_us = c->facts.offered_at_us;
	i->answered_at_us = c->answered_at_us;
	i->wait_ms = c->facts.wait_ms;
	i->ring_ms = c->facts.ring_ms;
	i->threshold_ms = c->facts.threshold_ms;
	i->waiting = c->facts.waiting;
	i->talk_ms = (uint32_t)((c->talk_us + (held ? 0 : running)) / 1000);
	i->hold_ms = (uint32_t)((c->hold_us + (held ? running : 0)) / 1000);
	fill_live_texts(l, i, c);
	return texts_whole(i) ? 0 : GHL_ENOMEM;
}

static bool live_picked(const struct search *f, const struct call *c)
{
	const struct ghl_call_filter *q = f->filter;

	if (!c->routed || (q->state && c->state != q->state) || c->state == GHL_CALL_STATE_CLEARED)
		return false;
	if (q->number && strcmp(q->number, c->calling) != 0 && strcmp(q->number, c->called) != 0)
		return false;
	if (!is(q->queue, c->facts.queue) || !is(q->agent, c->facts.agent) || !is(q->trunk, c->trunk))
		return false;
	return access_sees(
		f->core->access, f->actor, access_function_right(f->fn), c->facts.group, c->facts.agent);
}

/* In the order of ids, which is that of arrival; the cursor is the last id. */
static int run_live(struct core *core, const struct actor *actor, void *args)
{
	struct search *f = args;
	struct calls *cs = core->slot[CORE_CALL];
	uint64_t after = 0;
	struct list *pos;
	char cursor[24];
	int rc = 0;

	(void)actor;
	if (!cs)
		return GHL_ESTATE;
	if (f->filter->cursor && f->filter->cursor[0] &&
		ghl_id_parse(f->filter->cursor, GHL_ID_CALL, &after) < 0)
		return error_invalid("cursor", "none that a list of live calls gave");
	for (pos = cs->all.next; pos != &cs->all && rc == 0; pos = pos->next) {
		struct call *c = container_of(pos, struct call, node);

		if (c->id <= after || !live_picked(f, c))
			continue;
		if (f->n == f->limit) {
			list_cursor_set(f->list, cursor);
			return 0;
		}
		rc = add_live(f->list, c);
		f->n++;
		(void)ghl_id_text(c->id, cursor, sizeof(cursor));
	}
	return rc;
}

static int check_filter(const struct ghl_call_filter *q)
{
	int rc = argument_size("filter", q->size, sizeof(*q));

	if (rc == 0)
		rc = argument_range("limit", q->limit, 0, PAGE_MAX);
	if (rc == 0)
		rc = argument_range("from_us", q->from_us, 0, INT64_MAX);
	if (rc == 0)
		rc = argument_range("until_us", q->until_us, 0, INT64_MAX);
	if (rc == 0)
		rc = argument_range("state", q->state, 0, GHL_CALL_STATE_CLEARED);
	if (rc == 0)
		rc = argument_range("disposition", q->disposition, 0, GHL_CALL_INTERRUPTED);
	return rc;
}

int ghl_call_list(struct ghl_session *s, const struct ghl_call_filter *filter, struct ghl_list **out)
{
	static const struct ghl_call_filter all = GHL_CALL_FILTER_INIT;
	struct search f = {
		.filter = filter ? filter : &all, .limit = PAGE_MAX, .fn = ACCESS_FN_ghl_call_list};
	int rc = session_enter(s, f.fn);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0 || check_filter(f.filter) < 0)
		return GHL_EINVAL;
	if (f.filter->limit)
		f.limit = f.filter->limit;
	f.core = session_core(s);
	f.actor = session_actor(s);
	rc = list_new(&f.list, sizeof(struct ghl_call_info));
	if (rc == 0)
		rc = f.filter->live ? session_query(s, run_live, &f) : run_past(&f);
	return list_give(f.list, rc, out);
}

struct one {
	ghl_call call;
	struct ghl_list *list;
	enum access_function fn;
};

static int run_one_live(struct core *core, const struct actor *actor, void *args)
{
	struct one *o = args;
	struct calls *cs = core->slot[CORE_CALL];
	struct call *c = cs ? call_by_id(cs, o->call) : NULL;

	if (!c || !c->routed || c->state == GHL_CALL_STATE_CLEARED)
		return GHL_ENOENT;
	if (access_check_scope(core->access, actor, o->fn, c->facts.group, c->facts.agent) < 0)
		return GHL_EPERM;
	return add_live(o->list, c);
}

static int get_past(struct store_read *read, struct core *core, const struct actor *actor, struct one *o)
{
	uint8_t id[8];
	const void *key, *value;
	size_t klen, len;
	Ghl__CallRecord *r;
	int rc = store_get(read, STORE_CALL_BY_ID, id, store_key_u64(id, o->call), &key, &klen, NULL);

	if (rc == 0)
		rc = store_get(read, STORE_CALL, key, klen, &value, &len, NULL);
	if (rc != 0)
		return rc;
	r = ghl__call_record__unpack(NULL, len, value);
	if (!r)
		return GHL_ECORRUPT;
	rc = access_check_scope(core->access, actor, o->fn, r->group, r->agent);
	if (rc == 0)
		rc = add_record(o->list, r);
	ghl__call_record__free_unpacked(r, NULL);
	return rc;
}

static int find_past(struct ghl_session *s, struct one *o)
{
	struct core *core = session_core(s);
	struct store_read *read;
	int rc = store_read_begin(core->store, &read);

	if (rc < 0)
		return rc;
	rc = get_past(read, core, session_actor(s), o);
	store_read_end(read);
	return rc;
}

int ghl_call_info(struct ghl_session *s, ghl_call call, struct ghl_list **out)
{
	struct one o = {.call = call, .fn = ACCESS_FN_ghl_call_info};
	int rc = session_enter(s, o.fn);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0 || argument_id("call", call, GHL_ID_CALL) < 0)
		return GHL_EINVAL;
	rc = list_new(&o.list, sizeof(struct ghl_call_info));
	if (rc == 0) {
		rc = session_core(s)->engine ? session_query(s, run_one_live, &o) : GHL_ENOENT;
		if (rc == GHL_ENOENT)
			rc = find_past(s, &o);
	}
	return list_give(o.list, rc, out);
}
