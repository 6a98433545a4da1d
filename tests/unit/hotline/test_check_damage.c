/* test_check_damage.c - `db check` on a store with calls, recordings, agents and history: whole as the
 * modules leave it, also after a crash and a change of zone, and every kind of damage found and named. */
#include <testing.h>

#include "agent/agent.h"
#include "base/id.h"
#include "call/call_priv.h"
#include "record/record_priv.h"
#include "report/rollup.h"

#include <govhotline/hotline.h>

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US    1000000LL
#define CALLS 40

struct world {
	struct ghl_clock clock;
	struct core core;
	struct report *report;
	struct agents *agents;
	char dir[300], yaml[300];
};

static void world_start(struct world *w)
{
	struct store_opts opts = {.loop = w->core.loop, .clock = &w->clock, .no_sync = true};
	struct report_opts report = {.zone = "Asia/Kathmandu"};
	struct agent_config config = {
		.name = "1001", .group = "water", .account = "seat1", .wrapup_ms = 30000};
	struct ghl_error err;

	ck_assert_msg(store_open(&w->core.store, w->dir, &opts, &err) == 0, "%s", err.text);
	ck_assert_msg(report_create(&w->report, &w->core, &report, &err) == 0, "%s", err.text);
	ck_assert_msg(agents_create(&w->agents, &w->core, &err) == 0, "%s", err.text);
	ck_assert_int_eq(agents_configure(w->agents, &config, 1, NULL), 0);
}

static void world_stop(struct world *w)
{
	ck_assert_int_eq(store_commit(w->core.store, store_batch_new(), NULL), 0);
	loop_drain(w->core.loop);
	agents_destroy(w->agents);
	report_destroy(w->report);
	store_close(w->core.store);
}

static void commit(struct world *w, struct store_batch *b)
{
	ck_assert_int_eq(store_commit(w->core.store, b, NULL), 0);
}

/* A recording's row, its index and, while it runs, its mark. */
static void put_recording(struct world *w, uint64_t call, const char *serial, bool running)
{
	Ghl__RecordingRecord row = GHL__RECORDING_RECORD__INIT;
	struct store_batch *b = store_batch_new();
	uint8_t key[8 + STORE_SERIAL_LEN];
	char mark[64];

	row.recording = id_make(GHL_ID_RECORDING, 0, call & 0xffff);
	row.serial = (char *)serial;
	row.call = call;
	row.state = running ? GHL_RECORD_RUNNING : GHL_RECORD_COMPLETE;
	memcpy(key + store_key_u64(key, call), serial, STORE_SERIAL_LEN);
	store_batch_put(b, STORE_RECORDING_BY_CALL, key, sizeof(key), "", 0);
	ck_assert_int_eq(record_row_put(b, &row, serial), 0);
	if (running)
		store_batch_put(b, STORE_META, mark,
			(size_t)snprintf(mark, sizeof(mark), RECORD_OPEN "%s", serial), "", 0);
	commit(w, b);
}

static void queue_facts(Ghl__CallRecord *r, int64_t now_us)
{
	static const enum report_end ends[] = {
		REPORT_ANSWERED, REPORT_ABANDONED, REPORT_OUTFLOW, REPORT_DEQUEUED};

	r->queue = "water";
	r->end = ends[testing_random() % 4];
	r->offered_at_us = r->started_at_us + 3 * US;
	r->ended_at_us = now_us;
	r->wait_ms = (uint32_t)(testing_random() % 2000000);
	r->threshold_ms = 20000;
	r->waiting = 1 + (uint32_t)(testing_random() % 9);
	if (r->end == REPORT_ANSWERED) {
		r->agent = "1001";
		r->group = "water";
		r->seat = "seat1";
		r->talk_ms = 1000 + (uint32_t)(testing_random() % 100000);
	}
}

static void put_call(struct world *w, unsigned i)
{
	Ghl__CallRecord r = GHL__CALL_RECORD__INIT;
	Ghl__CallStay stay = GHL__CALL_STAY__INIT, *stays = &stay;
	struct store_batch *b = store_batch_new();
	char serial[STORE_SERIAL_LEN + 1], number[32], id[16], name[32];
	uint8_t key[STORE_KEY_MAX], value[8];

	(void)snprintf(number, sizeof(number), "+86138%08u", i % 7);
	(void)snprintf(serial, sizeof(serial), "202611230%06u", i + 1);
	r.call = id_make(GHL_ID_CALL, 0, i + 1);
	r.direction = i % 5 == 4 ? GHL_CALL_OUTBOUND : GHL_CALL_INBOUND;
	r.calling = i % 6 == 5 ? "" : number;
	r.called = "12345";
	r.trunk = "city";
	r.ended_at_us = clock_utc_us(&w->clock);
	r.started_at_us = r.ended_at_us - 100 * US;
	r.counted_at_us = r.ended_at_us;
	r.recording = serial;
	if (i % 3)
		queue_facts(&r, r.ended_at_us);
	if (i % 7 == 1) {
		stay = (Ghl__CallStay){.base = stay.base,
			.queue = "tax",
			.offered_at_us = r.started_at_us,
			.wait_ms = 1000000,
			.threshold_ms = 15000,
			.waiting = 2,
			.dequeued = true};
		r.n_stays = 1;
		r.stays = &stays;
	}
	if (i % 10 == 9) {
		(void)snprintf(id, sizeof(id), "old-%u", i);
		(void)snprintf(name, sizeof(name), "import/city/%s", id);
		r.source = "city";
		r.foreign_id = id;
		r.recording = "";
		r.acw_ms = 7000;
		store_batch_put(
			b, STORE_NAME, key, store_key_text(key, name), value, store_key_u64(value, r.call));
	} else {
		put_recording(w, r.call, serial, false);
	}
	ck_assert_int_eq(call_record_put(&w->core, b, &r), 0);
	ck_assert_int_eq(call_record_add(&w->core, b, &r), 0);
	commit(w, b);
}

static void put_open_call(struct world *w)
{
	Ghl__CallStart start = GHL__CALL_START__INIT;
	struct store_batch *b = store_batch_new();
	uint8_t key[8], value[256];

	start.call = id_make(GHL_ID_CALL, 0, 1000);
	start.started_at_us = clock_utc_us(&w->clock);
	start.recording = "202611230000900";
	store_batch_put(b, STORE_CALL_OPEN, key, store_key_u64(key, start.call), value,
		ghl__call_start__pack(&start, value));
	commit(w, b);
	put_recording(w, start.call, "202611230000900", true);
}

/* One agent takes calls of the queue, leaves some unanswered, and stays on at the end. */
static void work(struct world *w, unsigned i)
{
	struct agent *a = agent_by_name(w->agents, "1001");
	ghl_call call = id_make(GHL_ID_CALL, 0, 2000 + i);

	if (agent_state(a) == GHL_AGENT_LOGGED_OFF)
		ck_assert_int_eq(agent_login(w->agents, a, NULL, NULL), 0);
	if (agent_state(a) == GHL_AGENT_NOT_READY)
		ck_assert_int_eq(agent_state_set(w->agents, a, GHL_AGENT_READY, NULL, NULL), 0);
	if (agent_state(a) == GHL_AGENT_READY && i % 2 == 0) {
		ck_assert_int_eq(agent_reserve(w->agents, a, call, "water"), 0);
		loop_advance(w->core.loop, 5 * US);
		ck_assert_int_eq(agent_connect(w->agents, a, call, GHL_AGENT_BUSY_ACD), 0);
		loop_advance(w->core.loop, (int64_t)(testing_random() % 900000) * 1000);
		ck_assert_int_eq(agent_release(w->agents, a, true), 0);
	}
	if (i % 9 == 8)
		ck_assert_int_eq(agent_state_set(w->agents, a, GHL_AGENT_LOGGED_OFF, NULL, NULL), 0);
}

/* Gives out the ids and serials that the records are made with. */
static void take_numbers(struct world *w)
{
	for (unsigned i = 0; i < 2100; i++) {
		ck_assert_uint_ne(store_id_next(w->core.store, GHL_ID_CALL), 0);
		ck_assert_uint_ne(store_id_next(w->core.store, GHL_ID_RECORDING), 0);
	}
	for (unsigned i = 0; i < 900; i += 5) {
		struct store_batch *b = store_batch_new();

		for (unsigned k = 0; k < 5; k++)
			ck_assert_int_ge(store_batch_serial(b, 'R', 20261123), 0);
		commit(w, b);
	}
}

/* A store of a few hours, with a crash in the middle. */
static void world_make(struct world *w)
{
	const char *folder;
	FILE *f;

	memset(w, 0, sizeof(*w));
	folder = testing_folder();
	(void)snprintf(w->dir, sizeof(w->dir), "%s/store", folder);
	(void)snprintf(w->yaml, sizeof(w->yaml), "%s/hotline.yaml", folder);
	f = fopen(w->yaml, "w");
	ck_assert_ptr_nonnull(f);
	(void)fputs("site: {time_zone: Asia/Shanghai}\n", f); /* no longer that of the records */
	(void)fclose(f);
	clock_init_virtual(&w->clock, 1790000000 * US);
	ck_assert_int_eq(loop_create_virtual(&w->core.loop, &w->clock), 0);
	w->core.clock = &w->clock;
	world_start(w);
	take_numbers(w);
	for (unsigned i = 0; i < CALLS; i++) {
		work(w, i);
		loop_advance(w->core.loop, (int64_t)(testing_random() % 400000) * 1000);
		put_call(w, i);
		if (i == CALLS / 2) {
			world_stop(w);
			loop_advance(
				w->core.loop, 3600 * US); /* what it left open comes after its bin's seal */
			world_start(w);
		}
	}
	put_open_call(w);
	loop_advance(w->core.loop, 1200 * US);
	world_stop(w);
}

static void world_end(struct world *w)
{
	loop_destroy(w->core.loop);
}

START_TEST(what_the_modules_leave_behind_is_whole)
{
	struct ghl_error err;
	struct world w;

	world_make(&w);
	ck_assert_msg(ghl_hotline_check(w.yaml, &err) == 0, "%s", err.text);
	ck_assert_int_eq(ghl_hotline_check(w.yaml, NULL), 0);
	world_end(&w);
}
END_TEST

/* --- damage --- */

struct found {
	uint8_t key[STORE_KEY_MAX], value[STORE_VALUE_MAX];
	size_t klen, vlen;
	unsigned skip;
};

static int take(void *arg, const struct store_item *i)
{
	struct found *f = arg;

	memcpy(f->key, i->key, i->klen);
	memcpy(f->value, i->value, i->vlen);
	f->klen = i->klen;
	f->vlen = i->vlen;
	return f->skip-- == 0;
}

/* The nth entry of a table from a key on. */
static struct found *entry(struct store *s, enum store_table t, const char *from, unsigned nth)
{
	static struct found f;
	struct store_read *read;

	f.skip = nth;
	ck_assert_int_eq(store_read_begin(s, &read), 0);
	ck_assert_int_ge(store_range(read, t, from, strlen(from), NULL, 0, false, take, &f), 0);
	store_read_end(read);
	return &f;
}

struct damage {
	enum store_table table;
	const char *from; /* of keys from here on */
	unsigned nth;
	enum { DROP, ADD, CUT, COUNT_UP, LONGER, MOVE } how;
	const char *named; /* what the check says begins with this .. */
	const char *why;   /* .. and holds this */
};

static void end_later(struct found *f)
{
	Ghl__CallRecord *r = ghl__call_record__unpack(NULL, f->vlen, f->value);

	ck_assert_ptr_nonnull(r);
	r->ended_at_us += 1000;
	f->vlen = ghl__call_record__pack(r, f->value);
	ghl__call_record__free_unpacked(r, NULL);
}

static void harm(struct store *s, const struct damage *d)
{
	struct store_batch *b = store_batch_new();
	struct found *f = entry(s, d->table, d->from, d->nth);

	if (d->how == ADD)
		f->key[f->klen - 1] ^= 1;
	if (d->how == COUNT_UP)
		f->value[0]++;
	if (d->how == LONGER)
		end_later(f);
	if (d->how == CUT)
		memset(f->value, 0xff, f->vlen);
	if (d->how == DROP || d->how == MOVE)
		store_batch_delete(b, d->table, f->key, f->klen);
	if (d->how == MOVE)
		f->key[ROLLUP_CORRECTION_AT] ^= 1;
	if (d->how != DROP)
		store_batch_put(b, d->table, f->key, f->klen, f->value, f->vlen);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
}

static const struct damage damages[] = {
	{STORE_CALL, "", 3, DROP, "call_by_id: call-", "there is no such call"},
	{STORE_CALL, "", 5, CUT, "call: call-", "cannot be read"},
	{STORE_CALL, "", 5, LONGER, "rollup: arrivals by all \"\", 20", "duration_ms is"},
	{STORE_CALL, "", 5, ADD, "call: call-", "holds another call"},
	{STORE_CALL_BY_ID, "", 7, DROP, "call: call-", "has no entry in call_by_id"},
	{STORE_CALL_BY_ID, "", 7, CUT, "call: call-", "leads elsewhere"},
	{STORE_CALL_BY_NUMBER, "", 9, DROP, "call: call-", "has no entry in call_by_number for +86138"},
	{STORE_CALL_BY_NUMBER, "", 9, ADD, "call_by_number: +86138", "there is no such call"},
	{STORE_CALL_OPEN, "", 0, DROP, "recording: 202611230000900", "there is no call call-1000"},
	{STORE_CALL_OPEN, "", 0, CUT, "call_open: call-1000", "cannot be read"},
	{STORE_NAME, "import/", 1, DROP, "call: call-", "name has no entry import/city/old-"},
	{STORE_NAME, "import/", 1, CUT, "name: import/city/old-", "there is no such call"},
	{STORE_RECORDING, "", 2, DROP, "call: call-", "there is no recording 202611230000003"},
	{STORE_RECORDING, "", 2, CUT, "recording: 202611230000003", "cannot be read"},
	{STORE_RECORDING_BY_CALL, "", 4, DROP, "recording: 202611230000005",
		"has no entry in recording_by_call"},
	{STORE_RECORDING_BY_CALL, "", 4, ADD, "recording_by_call: 20261123000000", "no such recording"},
	{STORE_META, "recording-open/", 0, DROP, "recording: 202611230000900", "its mark in meta is missing"},
	{STORE_META, "recording-open/", 0, ADD, "meta: recording-open/", "there is no such recording"},
	{STORE_META, "agent-on/", 0, DROP, "rollup: time by all \"\", 20", "the records give"},
	{STORE_META, "agent-on/", 0, CUT, "meta: agent-", "cannot be read"},
	{STORE_AGENT_SPAN, "", 0, DROP, "rollup: ", "the records give"},
	{STORE_AGENT_SPAN, "", 4, CUT, "agent_span: agent-", "cannot be read"},
	{STORE_ROLLUP, "c", 0, COUNT_UP, "rollup: calls by all \"\", 20", "calls is"},
	{STORE_ROLLUP, "c", 0, MOVE, "rollup: calls by all \"\", 20", "the row is missing"},
	{STORE_ROLLUP, "t", 4, MOVE, "rollup: time by all \"\", 20", "the row is missing"},
	{STORE_ROLLUP, "c", 3, DROP, "rollup: calls by ", "the row is missing"},
	{STORE_ROLLUP, "c\1", 0, ADD, "rollup: calls by ", "no record counts there"},
	{STORE_ROLLUP, "a", 2, COUNT_UP, "rollup: arrivals by all", "the records give"},
	{STORE_ROLLUP, "t", 2, COUNT_UP, "rollup: time by all", "not_ready_ms is"},
};

START_TEST(damage_of_any_kind_is_found_and_named)
{
	const struct damage *d = &damages[_i];
	struct ghl_error err;
	struct world w;
	struct store *s;

	world_make(&w);
	ck_assert_int_eq(store_open(&s, w.dir, &(struct store_opts){.no_sync = true}, &err), 0);
	harm(s, d);
	store_close(s);
	ck_assert_msg(ghl_hotline_check(w.yaml, &err) == GHL_ECORRUPT, "%d: %s", _i, d->why);
	ck_assert_msg(strncmp(err.text, d->named, strlen(d->named)) == 0, "%d: %s", _i, err.text);
	ck_assert_msg(strstr(err.text, d->why) != NULL, "%d: %s", _i, err.text);
	world_end(&w);
}
END_TEST

START_TEST(an_ended_call_that_is_also_open_is_named)
{
	struct ghl_error err;
	struct store_batch *b = store_batch_new();
	struct world w;
	struct store *s;
	struct found *f;

	world_make(&w);
	ck_assert_int_eq(store_open(&s, w.dir, &(struct store_opts){.no_sync = true}, &err), 0);
	f = entry(s, STORE_CALL_BY_ID, "", 0);
	store_batch_put(b, STORE_CALL_OPEN, f->key, f->klen, "", 0);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	store_close(s);
	ck_assert_int_eq(ghl_hotline_check(w.yaml, &err), GHL_ECORRUPT);
	ck_assert_ptr_nonnull(strstr(err.text, "call-1 of "));
	ck_assert_ptr_nonnull(strstr(err.text, "has ended and stands in call_open"));
	world_end(&w);
}
END_TEST

/* Behind the store's back: the counters are its own. */
static void set_counter(const char *dir, const char *name, const void *value, size_t len)
{
	MDB_val k = {.mv_size = strlen(name), .mv_data = (void *)name},
		v = {.mv_size = len, .mv_data = (void *)value};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_set_maxdbs(env, 64), 0);
	ck_assert_int_eq(mdb_env_open(env, dir, 0, 0600), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_dbi_open(txn, "state", 0, &dbi), 0);
	ck_assert_int_eq(mdb_put(txn, dbi, &k, &v, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static const struct {
	const char *counter;
	size_t len;
	const char *says;
} counters[] = {
	{"serial/R/20261123/0", 8,
		"recording: 202611230000017 was never given out: the counter stands at 16"},
	{"serial/R/20261123/0", 7, "state: serial/R/20261123/0 cannot be read"},
	{"id/0/1", 8, "call: call-17 was never given out: the counter stands at 16"},
	{"id/0/5", 8, "recording: recording-17 was never given out: the counter stands at 16"},
	{"id/0/5", 9, "state: id/0/5 cannot be read"},
	{"rubbish", 8, "state: rubbish cannot be read"},
};

START_TEST(a_counter_of_serials_or_ids_that_went_back_is_found_and_named)
{
	static const uint8_t sixteen[16] = {16};
	struct ghl_error err;
	struct world w;

	world_make(&w);
	set_counter(w.dir, counters[_i].counter, sixteen, counters[_i].len);
	ck_assert_int_eq(ghl_hotline_check(w.yaml, &err), GHL_ECORRUPT);
	ck_assert_str_eq(err.text, counters[_i].says);
	world_end(&w);
}
END_TEST

Suite *damage_suite(void);
Suite *damage_suite(void)
{
	Suite *s = suite_create("damage");
	TCase *t = tcase_create("damage");

	tcase_set_timeout(t, 60 * testing_slowness());
	tcase_add_test(t, what_the_modules_leave_behind_is_whole);
	tcase_add_loop_test(
		t, damage_of_any_kind_is_found_and_named, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_loop_test(t, a_counter_of_serials_or_ids_that_went_back_is_found_and_named, 0,
		sizeof(counters) / sizeof(counters[0]));
	tcase_add_test(t, an_ended_call_that_is_also_open_is_named);
	suite_add_tcase(s, t);
	return s;
}
