/* test_stream.c - facts and live events, monitors, overflow, resume, snapshots, who sees what. */
#include "fixture.h"

#include <inttypes.h>
#include <jansson.h>
#include <lmdb.h>

Suite *session_suite(void);

static struct fixture f;

static void expect_quiet(struct ghl_session *s)
{
	struct ghl_event *e = NULL;

	ck_assert_int_eq(ghl_event_next(s, &e), 0);
}

START_TEST(a_filter_takes_what_its_grammar_says_and_nothing_else)
{
	static const char *const good[] = {"", " ", "queue=*", "event=delivered agent=10*",
		"  kind=fact   group=w?ter ", "call=call-1", "trunk=t1"};
	static const char *const bad[] = {"queue", "=x", "queue=", "colour=red", "queue=a b", "event=\xff"};
	char many[200] = "", longest[FILTER_MAX + 2];
	struct filter x;

	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(filter_parse(&x, good[i]) == 0, "%s", good[i]);
		filter_finish(&x);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(filter_parse(&x, bad[i]) == GHL_EINVAL, "%s", bad[i]);
	for (unsigned i = 0; i <= FILTER_TERMS; i++)
		strcat(many, "kind=* ");
	ck_assert_int_eq(filter_parse(&x, many), GHL_EINVAL);
	memset(longest, ' ', sizeof(longest));
	longest[FILTER_MAX + 1] = 0;
	ck_assert_int_eq(filter_parse(&x, longest), GHL_EINVAL);
	ck_assert_int_eq(filter_parse(&x, NULL), GHL_EINVAL);
}
END_TEST

START_TEST(all_terms_of_a_filter_must_match)
{
	struct filter x;
	struct event_body *b = body_new(GHL_EV_DELIVERED, 4, 0);

	ck_assert_int_eq(body_put_text(b, GHL_F_QUEUE, "water"), 0);
	ck_assert_int_eq(
		body_put_num(b, GHL_F_CALL, GHL_FIELD_ID, (int64_t)((uint64_t)GHL_ID_CALL << 57 | 7)), 0);
	static const struct {
		const char *filter;
		bool matches;
	} rows[] = {{"", true}, {"queue=water", true}, {"queue=w*", true}, {"queue=gas", false},
		{"agent=*", true}, {"agent=1", false}, {"event=delivered kind=live", true},
		{"event=delivered kind=fact", false}, {"call=call-7", true}, {"call=call-8", false},
		{"call=144115188075855879", true}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(filter_parse(&x, rows[i].filter), 0);
		ck_assert_msg(filter_match(&x, b) == rows[i].matches, "%s", rows[i].filter);
		filter_finish(&x);
	}
	body_unref(b);
}
END_TEST

START_TEST(facts_and_live_events_arrive_in_one_order_with_rising_positions)
{
	struct ghl_position last = {0}, at;
	struct ghl_event *e;

	fixture_start(&f);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", GHL_FROM_NOW, NULL), 0);
	for (int64_t i = 0; i < 30; i += 3) {
		fixture_tell(&f, i, 2);
		fixture_fact(&f, i + 2, 1);
	}
	for (int64_t i = 0; i < 30; i++) {
		e = fixture_next(f.owner);
		ck_assert_int_eq(ghl_event_int(e, GHL_F_POSITION), i);
		ghl_event_position(e, &at);
		ck_assert_uint_eq(at.fact + at.live, last.fact + last.live + 1);
		last = at;
		ghl_event_free(e);
	}
	expect_quiet(f.owner);
	fixture_stop(&f);
}
END_TEST

START_TEST(a_slow_reader_gets_exactly_one_overflow_and_resumes_without_a_gap)
{
	struct ghl_position resume;
	struct ghl_event *e;
	int64_t n;

	fixture_start(&f);
	f.core.stream->limits.queue_max = 10;
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", GHL_FROM_NOW, NULL), 0);
	fixture_fact(&f, 0, 4);
	fixture_tell(&f, 4, 1000);
	fixture_fact(&f, 1004, 500);
	for (int64_t i = 0; i < 10; i++) {
		(void)fixture_take(f.owner, &n);
		ck_assert_int_eq(n, i);
	}
	e = fixture_next(f.owner);
	ck_assert_int_eq(ghl_event_type(e), GHL_EV_OVERFLOW);
	ghl_event_position(e, &resume);
	ck_assert_uint_eq((uint64_t)ghl_event_int(e, GHL_F_LIVE), resume.live);
	ghl_event_free(e);
	expect_quiet(f.owner);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &resume, NULL), 0);
	for (int64_t i = 10; i < 1504; i++) {
		(void)fixture_take(f.owner, &n);
		ck_assert_int_eq(n, i);
	}
	fixture_tell(&f, 1504, 1);
	(void)fixture_take(f.owner, &n);
	ck_assert_int_eq(n, 1504);
	expect_quiet(f.owner);
	fixture_stop(&f);
}
END_TEST

static void expect_unreadable(struct ghl_event *e, int64_t fact)
{
	struct ghl_position at;

	ck_assert_int_eq(ghl_event_type(e), GHL_EV_ALARM);
	ck_assert_str_eq(ghl_event_text(e, GHL_F_NAME), "stream.fact");
	ck_assert_int_eq(ghl_event_int(e, GHL_F_FACT), fact);
	ghl_event_position(e, &at);
	ck_assert_uint_eq(at.fact, (uint64_t)fact);
	ghl_event_free(e);
}

START_TEST(a_fact_that_cannot_be_unpacked_is_named_and_the_news_go_on_live_and_replayed)
{
	struct ghl_position start = {0};
	struct store_batch *b;
	int64_t n;

	fixture_start(&f);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "event=call_*", GHL_FROM_NOW, NULL), 0);
	fixture_fact(&f, 0, 1);
	b = store_batch_new();
	store_batch_fact(b, GHL_EV_CALL_STARTED, 1, 0, NULL, "\xff\xff", 2);
	ck_assert_int_eq(store_commit(f.core.store, b, NULL), 0);
	fixture_fact(&f, 2, 1);
	expect_unreadable(fixture_next(f.owner), 2);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &start, NULL), 0);
	ck_assert_int_eq(fixture_take(f.owner, &n), GHL_EV_ALARM);
	expect_unreadable(fixture_next(f.owner), 2);
	ck_assert_int_eq(fixture_take(f.owner, &n), GHL_EV_ALARM);
	ck_assert_int_eq(n, 2);
	expect_quiet(f.owner);
	fixture_stop(&f);
}
END_TEST

/* Behind the store's back: the payload of one fact, the record of another, both of a third. */
static void damage(const char *dir)
{
	static const struct {
		const char *shelf;
		uint64_t fact;
	} gone[] = {{"payload", 3}, {"fact", 5}, {"payload", 5}, {"fact", 6}};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	uint8_t seq[8];

	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_set_maxdbs(env, 64), 0);
	ck_assert_int_eq(mdb_env_open(env, dir, 0, 0600), 0);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	for (unsigned i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		MDB_val k = {.mv_size = store_key_u64(seq, gone[i].fact), .mv_data = seq};

		ck_assert_int_eq(mdb_dbi_open(txn, gone[i].shelf, 0, &dbi), 0);
		ck_assert_int_eq(mdb_del(txn, dbi, &k, NULL), 0);
	}
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

START_TEST(facts_that_are_damaged_or_gone_are_named_each_in_its_place)
{
	static const bool readable[] = {true, true, false, true, false, false, true};
	struct event_body *bodies[8];
	struct store_opts opts = {0};
	struct store_batch *b;
	struct store *s;
	unsigned count;
	char dir[256];

	(void)text_copy(dir, sizeof(dir), testing_folder());
	ck_assert_int_eq(store_open(&s, dir, &opts, NULL), 0);
	b = store_batch_new();
	for (unsigned i = 0; i < 7; i++)
		store_batch_fact(b, GHL_EV_IMPORTED, 1, 0, NULL, "", 0);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	store_close(s);
	damage(dir);
	ck_assert_int_eq(store_open(&s, dir, &opts, NULL), 0);
	ck_assert_int_eq(facts_read(s, 1, 7, bodies, 8, &count), 0);
	ck_assert_uint_eq(count, 7);
	for (unsigned i = 0; i < count; i++) {
		ck_assert_uint_eq(bodies[i]->position.fact, i + 1);
		ck_assert_int_eq(bodies[i]->unreadable, !readable[i]);
		body_unref(bodies[i]);
	}
	store_close(s);
}
END_TEST

START_TEST(a_resume_beyond_the_ring_or_from_another_run_is_gone)
{
	struct ghl_position start, other;

	fixture_start(&f);
	f.core.stream->limits.ring_bytes = 20000;
	start = f.core.stream->told;
	fixture_tell(&f, 0, 1000);
	ck_assert_uint_le(f.core.stream->ring.bytes, 20000);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &start, NULL), GHL_EGONE);
	other = f.core.stream->told;
	other.epoch++;
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &other, NULL), GHL_EGONE);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "kind=fact", &start, NULL), 0);
	other = f.core.stream->told;
	other.live++;
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &other, NULL), GHL_EINVAL);
	fixture_stop(&f);
}
END_TEST

START_TEST(live_events_older_than_the_ring_keeps_are_dropped)
{
	fixture_start(&f);
	f.core.stream->limits.ring_us = -1;
	fixture_tell(&f, 0, 100);
	ck_assert_uint_eq(f.core.stream->ring.first, f.core.stream->ring.next);
	fixture_stop(&f);
}
END_TEST

#define STRESS 6000

static void *tell_much(void *arg)
{
	for (int64_t i = 0; i < STRESS; i += 30) {
		fixture_tell(&f, i, 25);
		fixture_fact(&f, i + 25, 5);
	}
	return NULL;
}

START_TEST(a_reader_that_is_overrun_again_and_again_misses_nothing_and_sees_nothing_twice)
{
	struct ghl_position from;
	struct ghl_event *e;
	pthread_t teller;
	unsigned overflows = 0;

	fixture_start(&f);
	f.core.stream->limits.queue_max = 3;
	from = f.core.stream->told;
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &from, NULL), 0);
	ck_assert_int_eq(pthread_create(&teller, NULL, tell_much, NULL), 0);
	for (int64_t next = 0; next < STRESS;) {
		e = fixture_next(f.owner);
		ghl_event_position(e, &from);
		if (ghl_event_type(e) == GHL_EV_OVERFLOW) {
			overflows++;
			ck_assert_int_eq(ghl_monitor_start(f.owner, "", &from, NULL), 0);
		} else {
			ck_assert_int_eq(ghl_event_int(e, GHL_F_POSITION), next++);
		}
		ghl_event_free(e);
	}
	ck_assert_int_eq(pthread_join(teller, NULL), 0);
	ck_assert_uint_gt(overflows, 0);
	fixture_stop(&f);
}
END_TEST

START_TEST(what_nobody_can_come_back_to_is_not_kept)
{
	struct ghl_position start;
	ghl_monitor m;

	fixture_start(&f);
	fixture_tell(&f, 0, 100);
	ck_assert_uint_eq(f.core.stream->ring.bytes, 0);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", NULL, &m), 0);
	start = f.core.stream->told;
	ck_assert_int_eq(ghl_monitor_stop(f.owner, m), 0);
	fixture_tell(&f, 100, 5);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &start, &m), 0);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(fixture_take(f.owner, NULL), GHL_EV_DELIVERED);
	ck_assert_int_eq(ghl_monitor_stop(f.owner, m), 0);
	f.core.stream->limits.ring_us = -1;
	fixture_tell(&f, 105, 1);
	ck_assert_uint_eq(f.core.stream->ring.bytes, 0);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &start, NULL), GHL_EGONE);
	fixture_stop(&f);
}
END_TEST

START_TEST(a_replay_that_falls_off_the_ring_says_so_once)
{
	struct ghl_position start;
	struct ghl_event *e;
	ghl_monitor m;

	fixture_start(&f);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", NULL, &m), 0);
	ck_assert_int_eq(ghl_monitor_stop(f.owner, m), 0);
	start = f.core.stream->told;
	fixture_tell(&f, 0, FILL_CHUNK * 3);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &start, NULL), 0);
	f.core.stream->limits.ring_us = -1;
	fixture_tell(&f, FILL_CHUNK * 3, 1);
	for (unsigned i = 0; i < FILL_CHUNK; i++)
		ck_assert_int_eq(fixture_take(f.owner, NULL), GHL_EV_DELIVERED);
	e = fixture_next(f.owner);
	ck_assert_int_eq(ghl_event_type(e), GHL_EV_OVERFLOW);
	ghl_event_position(e, &start);
	ghl_event_free(e);
	expect_quiet(f.owner);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", &start, NULL), GHL_EGONE);
	fixture_stop(&f);
}
END_TEST

START_TEST(facts_resume_from_the_log_of_an_earlier_run)
{
	struct ghl_position zero = {0};
	int64_t n;

	fixture_start(&f);
	fixture_fact(&f, 0, 600);
	fixture_tell(&f, 1000, 5);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "event=alarm", &zero, NULL), 0);
	for (int64_t i = 0; i < 600; i++) {
		(void)fixture_take(f.owner, &n);
		ck_assert_int_eq(n, i);
	}
	expect_quiet(f.owner);
	fixture_stop(&f);
}
END_TEST

static void run_done(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	(void)core;
	(void)actor;
	(void)args;
	ticket_done(t, 0);
}

START_TEST(a_replay_goes_on_when_a_waited_completion_was_the_last_of_the_queue)
{
	struct ghl_position zero = {0};
	ghl_request req;
	int64_t n;

	fixture_start(&f);
	fixture_fact(&f, 0, 3);
	ck_assert_int_eq(session_submit(f.owner, &req, run_done, NULL, 0, NULL), 0);
	fixture_on_loop(&f, NULL, NULL);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "event=alarm", &zero, NULL), 0);
	ck_assert_int_eq(ghl_request_wait(f.owner, req, -1, NULL), 1);
	for (int64_t i = 0; i < 3; i++) {
		ck_assert_int_eq(fixture_take(f.owner, &n), GHL_EV_ALARM);
		ck_assert_int_eq(n, i);
	}
	fixture_stop(&f);
}
END_TEST

START_TEST(a_session_that_outlives_its_hotline_answers_closed_and_is_freed_by_its_close)
{
	struct ghl_session *late;
	struct ghl_event *e;

	fixture_start(&f);
	ck_assert_int_eq(ghl_session_open_as(f.owner, "owner", &late), 0);
	ck_assert_int_eq(ghl_monitor_start(late, "", GHL_FROM_NOW, NULL), 0);
	fixture_tell(&f, 0, 1);
	fixture_stop(&f);
	ck_assert_int_eq(ghl_event_next(late, &e), GHL_ECLOSED);
	ck_assert_int_eq(ghl_monitor_stop(late, 1), GHL_ECLOSED);
	ghl_session_close(late);
}
END_TEST

static void snapshot_two_calls(void *arg, void (*add)(void *to, struct event_draft *d), void *to)
{
	for (int i = 0; i < 2; i++) {
		struct event_draft d;

		event_draft_init(&d, GHL_EV_SNAP_CALL);
		event_draft_int(&d, GHL_F_POSITION, 100 + i);
		event_draft_text(&d, GHL_F_QUEUE, i ? "water" : "gas");
		add(to, &d);
	}
}

static void add_snapshot(void *arg)
{
	ck_assert_int_eq(stream_snapshot_add(&f.core, snapshot_two_calls, NULL), 0);
}

START_TEST(a_snapshot_tells_what_stands_then_its_end_then_the_news)
{
	int64_t n;

	fixture_start(&f);
	fixture_on_loop(&f, add_snapshot, NULL);
	ck_assert_int_eq(ghl_monitor_snapshot(f.owner, "kind=live", NULL), 0);
	fixture_tell(&f, 1, 1);
	ck_assert_int_eq(fixture_take(f.owner, &n), GHL_EV_SNAP_CALL);
	ck_assert_int_eq(n, 100);
	ck_assert_int_eq(fixture_take(f.owner, &n), GHL_EV_SNAP_CALL);
	ck_assert_int_eq(fixture_take(f.owner, NULL), GHL_EV_SNAP_END);
	ck_assert_int_eq(fixture_take(f.owner, &n), GHL_EV_DELIVERED);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(ghl_monitor_snapshot(f.owner, "queue=water", NULL), 0);
	ck_assert_int_eq(fixture_take(f.owner, &n), GHL_EV_SNAP_CALL);
	ck_assert_int_eq(n, 101);
	ck_assert_int_eq(fixture_take(f.owner, NULL), GHL_EV_SNAP_END);
	fixture_stop(&f);
}
END_TEST

START_TEST(a_stopped_monitor_tells_nothing_more)
{
	ghl_monitor m;

	fixture_start(&f);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", GHL_FROM_NOW, &m), 0);
	ck_assert_int_eq(ghl_monitor_stop(f.owner, m), 0);
	ck_assert_int_eq(ghl_monitor_stop(f.owner, m), GHL_ENOENT);
	fixture_tell(&f, 1, 1);
	expect_quiet(f.owner);
	for (unsigned i = 0; i < MONITORS_MAX; i++)
		ck_assert_int_eq(ghl_monitor_start(f.owner, "", GHL_FROM_NOW, &m), 0);
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", GHL_FROM_NOW, &m), GHL_EFULL);
	fixture_stop(&f);
}
END_TEST

START_TEST(an_agent_sees_itself_a_supervisor_its_group_and_neither_the_audit)
{
	struct ghl_session *self, *other, *sup, *stranger;

	fixture_start(&f);
	self = fixture_session(&f, "agent:1001", GHL_ROLE_AGENT, "", "1001");
	other = fixture_session(&f, "agent:1002", GHL_ROLE_AGENT, "", "1002");
	sup = fixture_session(&f, "sup", GHL_ROLE_SUPERVISOR, "water", "");
	stranger = fixture_session(&f, "sup2", GHL_ROLE_SUPERVISOR, "gas", "");
	ck_assert_int_eq(ghl_monitor_start(self, "", GHL_FROM_NOW, NULL), 0);
	ck_assert_int_eq(ghl_monitor_start(other, "", GHL_FROM_NOW, NULL), 0);
	ck_assert_int_eq(ghl_monitor_start(sup, "", GHL_FROM_NOW, NULL), 0);
	ck_assert_int_eq(ghl_monitor_start(stranger, "", GHL_FROM_NOW, NULL), 0);
	ghl_session_close(fixture_session(&f, "new", 0, "", ""));
	fixture_tell(&f, 1, 1);
	ck_assert_int_eq(fixture_take(self, NULL), GHL_EV_DELIVERED);
	ck_assert_int_eq(fixture_take(sup, NULL), GHL_EV_DELIVERED);
	expect_quiet(other);
	expect_quiet(stranger);
	ghl_session_close(self);
	ghl_session_close(other);
	ghl_session_close(sup);
	ghl_session_close(stranger);
	fixture_stop(&f);
}
END_TEST

START_TEST(a_role_taken_away_is_gone_at_once)
{
	struct ghl_principal_opts none = GHL_PRINCIPAL_OPTS_INIT;
	struct ghl_session *s;

	fixture_start(&f);
	s = fixture_session(&f, "watcher", GHL_ROLE_READER, "", "");
	ck_assert_int_eq(ghl_monitor_start(s, "", GHL_FROM_NOW, NULL), 0);
	ck_assert_int_eq(ghl_access_principal_set(f.owner, "watcher", &none, NULL), 0);
	fixture_tell(&f, 1, 1);
	expect_quiet(s);
	ck_assert_int_eq(ghl_monitor_start(s, "", GHL_FROM_NOW, NULL), GHL_EPERM);
	ghl_session_close(s);
	fixture_stop(&f);
}
END_TEST

START_TEST(refusals_are_written_once_at_first_and_then_counted)
{
	struct ghl_list *l = NULL;
	struct ghl_session *s;
	struct ghl_event *e;

	fixture_start(&f);
	s = fixture_session(&f, "guesser", GHL_ROLE_READER, "", "");
	ck_assert_int_eq(ghl_monitor_start(f.owner, "event=refused", GHL_FROM_NOW, NULL), 0);
	ck_assert_int_eq(ghl_access_principal_list(s, NULL, &l), GHL_EPERM);
	e = fixture_next(f.owner);
	ck_assert_str_eq(ghl_event_text(e, GHL_F_PRINCIPAL), "guesser");
	ck_assert_str_eq(ghl_event_text(e, GHL_F_FUNCTION), "ghl_access_principal_list");
	ck_assert_int_eq(ghl_event_int(e, GHL_F_COUNT), 1);
	ghl_event_free(e);
	for (unsigned i = 0; i < 10000; i++)
		ck_assert_int_eq(ghl_access_principal_list(s, NULL, &l), GHL_EPERM);
	fixture_on_loop(&f, NULL, NULL);
	expect_quiet(f.owner);
	ghl_session_close(s);
	fixture_stop(&f);
}
END_TEST

START_TEST(an_event_as_json_is_one_object_with_ids_as_strings)
{
	struct event_draft d;
	json_t *o;

	event_draft_init(&d, GHL_EV_ESTABLISHED);
	event_draft_id(&d, GHL_F_CALL, (uint64_t)GHL_ID_CALL << 57 | 4821);
	event_draft_text(&d, GHL_F_CALLING_NAME, "\"\\\n\x01 \xe6\xb0\xb4 \xff|");
	event_draft_int(&d, GHL_F_WAIT_MS, -5);
	event_draft_text(&d, GHL_F_QUEUE, "");
	d.ev->body->at_us = 1000000;
	o = json_loads(ghl_event_json(d.ev), JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(o);
	ck_assert_str_eq(json_string_value(json_object_get(o, "event")), "established");
	ck_assert_str_eq(json_string_value(json_object_get(o, "call")), "144115188075860693");
	ck_assert_str_eq(json_string_value(json_object_get(o, "calling_name")),
		"\"\\\n\x01 \xe6\xb0\xb4 \xef\xbf\xbd|");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "wait_ms")), -5);
	ck_assert_ptr_null(json_object_get(o, "queue"));
	ck_assert_str_eq(ghl_event_text(d.ev, GHL_F_CALL), "call-4821");
	ck_assert_str_eq(ghl_event_text(d.ev, GHL_F_WAIT_MS), "-5");
	ck_assert(!ghl_event_has(d.ev, GHL_F_QUEUE));
	json_decref(o);
	event_draft_drop(&d);
}
END_TEST

START_TEST(every_type_and_field_has_a_name_of_its_own)
{
	ck_assert_str_eq(ghl_event_type_name(GHL_EV_CALL_CLEARED), "call_cleared");
	ck_assert_str_eq(ghl_event_type_name(GHL_EV_SNAP_END), "snap_end");
	ck_assert_str_eq(ghl_event_type_name((enum ghl_event_type)999), "?");
	ck_assert_str_eq(ghl_event_field_name(GHL_F_LIVE), "live");
	ck_assert_str_eq(ghl_event_field_name(GHL_F_CALL), "call");
	ck_assert_str_eq(ghl_event_field_name((enum ghl_event_field)50), "?");
	for (int i = GHL_EV_ORIGINATED; i <= GHL_EV_QUEUE_STATE; i++)
		ck_assert_str_ne(ghl_event_type_name((enum ghl_event_type)i), "?");
}
END_TEST

TEST_SUITE(stream_suite, 60, a_reader_that_is_overrun_again_and_again_misses_nothing_and_sees_nothing_twice,
	what_nobody_can_come_back_to_is_not_kept, a_replay_that_falls_off_the_ring_says_so_once,
	a_filter_takes_what_its_grammar_says_and_nothing_else, all_terms_of_a_filter_must_match,
	facts_and_live_events_arrive_in_one_order_with_rising_positions,
	a_slow_reader_gets_exactly_one_overflow_and_resumes_without_a_gap,
	a_fact_that_cannot_be_unpacked_is_named_and_the_news_go_on_live_and_replayed,
	facts_that_are_damaged_or_gone_are_named_each_in_its_place,
	a_resume_beyond_the_ring_or_from_another_run_is_gone,
	live_events_older_than_the_ring_keeps_are_dropped, facts_resume_from_the_log_of_an_earlier_run,
	a_snapshot_tells_what_stands_then_its_end_then_the_news, a_stopped_monitor_tells_nothing_more,
	an_agent_sees_itself_a_supervisor_its_group_and_neither_the_audit, a_role_taken_away_is_gone_at_once,
	refusals_are_written_once_at_first_and_then_counted,
	an_event_as_json_is_one_object_with_ids_as_strings, every_type_and_field_has_a_name_of_its_own,
	a_replay_goes_on_when_a_waited_completion_was_the_last_of_the_queue,
	a_session_that_outlives_its_hotline_answers_closed_and_is_freed_by_its_close)
TEST_MAIN(stream_suite(), session_suite())
