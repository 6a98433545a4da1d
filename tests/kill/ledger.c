/* ledger.c - what was told of calls, and what the store holds of them: see ledger.h. */
#include "ledger.h"
#include "wav.h"

#include "base/map.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MS     20000
#define TONE_DB     (-35)
#define SETTLE_S    0.5  /* until packets are heard, and a BYE */
#define SAMPLES_SEC 8000 /* a second */

/* A call, as the hotline told it and as the log tells it. */
struct seen {
	ghl_call call;
	char serial[20];
	unsigned round;
	bool told_started, told_cleared, told_recorded;
	unsigned started, cleared; /* facts in the log */
	/* as the records tell */
	enum ghl_call_disposition disposition;
	enum ghl_call_cause cause;
	enum ghl_record_state recording;
};

/* A citizen's call that was answered. */
struct talk {
	uint64_t number;
	unsigned round;
	int64_t at_us, bye_us; /* bye_us 0: it has not hung up */
	bool found;
};

static struct map calls, serials, talks;
static struct map taken_ids, taken_serials; /* by other processes; the values only tell that they are there */
static unsigned round_no, talks_now, checked_s, stalls;
static struct town *town; /* where the store is opened */
static int64_t ended_at_us;

/* --- what was told --- */

static struct seen *seen_of(ghl_call call)
{
	struct seen *s = map_get(&calls, call);

	if (s)
		return s;
	ck_assert_msg(!map_get(&taken_ids, call), "id %llu twice", (unsigned long long)call);
	s = calloc(1, sizeof(*s));
	ck_assert_ptr_nonnull(s);
	s->call = call;
	s->round = round_no;
	ck_assert_int_eq(map_put(&calls, call, s), 0);
	return s;
}

/* A serial belongs to one call for ever. */
static void serial_of(struct seen *s, const char *serial)
{
	uint64_t number = strtoull(serial, NULL, 10);
	const struct seen *owner = map_get(&serials, number);

	ck_assert_msg(!owner || owner == s, "serial %s twice", serial);
	ck_assert_msg(!s->serial[0] || strcmp(s->serial, serial) == 0, "%s and %s", s->serial, serial);
	(void)snprintf(s->serial, sizeof(s->serial), "%s", serial);
	ck_assert_int_eq(map_put(&serials, number, s), 0);
}

static void on_fact_told(const char *what, ghl_call call, const char *serial)
{
	struct seen *s = seen_of(call);

	serial_of(s, serial);
	if (strcmp(what, "started") == 0) {
		ck_assert_msg(!s->told_started, "id %llu twice", (unsigned long long)call);
		s->told_started = true;
	}
	s->told_cleared |= strcmp(what, "cleared") == 0;
	s->told_recorded |= strcmp(what, "recorded") == 0;
}

/* Of the calls and of other processes alike: no id and no serial is anybody else's. */
static void on_took(uint64_t id, const char *serial)
{
	uint64_t number = testing_number(serial);

	ck_assert_msg(
		!map_get(&taken_ids, id) && !map_get(&calls, id), "id %llu twice", (unsigned long long)id);
	ck_assert_msg(!map_get(&taken_serials, number), "serial %s twice", serial);
	ck_assert_int_eq(map_put(&taken_ids, id, &taken_ids), 0);
	ck_assert_int_eq(map_put(&taken_serials, number, &taken_serials), 0);
}

static void on_talk(uint64_t number, int64_t at_us)
{
	struct talk *t = calloc(1, sizeof(*t));

	ck_assert_ptr_nonnull(t);
	*t = (struct talk){.number = number, .round = round_no, .at_us = at_us};
	ck_assert_ptr_null(map_get(&talks, number));
	ck_assert_int_eq(map_put(&talks, number, t), 0);
	talks_now++;
}

static void on_bye(uint64_t number, int64_t at_us)
{
	struct talk *t = map_get(&talks, number);

	ck_assert_ptr_nonnull(t);
	t->bye_us = at_us;
}

bool ledger_hear(struct apart *a, int limit_ms)
{
	const char *line = apart_line(a, limit_ms);
	char what[16], who[24], text[40];

	if (!line)
		return false;
	ck_assert_msg(sscanf(line, "%15s %23s %39s", what, who, text) == 3, "%s", line);
	if (strcmp(what, "talk") == 0)
		on_talk(testing_number(who), strtoll(text, NULL, 10));
	else if (strcmp(what, "bye") == 0)
		on_bye(testing_number(who), strtoll(text, NULL, 10));
	else if (strcmp(what, "late") == 0)
		stalls++;
	else if (strcmp(what, "took") == 0)
		on_took(testing_number(who), text);
	else
		on_fact_told(what, testing_number(who), text);
	return true;
}

void ledger_hear_rest(struct apart *a)
{
	while (ledger_hear(a, 0))
		continue;
}

void ledger_round(unsigned round)
{
	round_no = round;
	talks_now = stalls = 0;
}

unsigned ledger_talks(void)
{
	return talks_now;
}

/* --- what is there --- */

static void on_fact(const struct ghl_event *e)
{
	enum ghl_event_type type = ghl_event_type(e);
	struct seen *s;

	if (type != GHL_EV_CALL_STARTED && type != GHL_EV_CALL_CLEARED)
		return;
	s = seen_of((ghl_call)ghl_event_int(e, GHL_F_CALL));
	serial_of(s, ghl_event_text(e, GHL_F_SERIAL));
	s->started += type == GHL_EV_CALL_STARTED;
	s->cleared += type == GHL_EV_CALL_CLEARED;
	ck_assert_uint_eq(s->started, 1);
	ck_assert_uint_le(s->cleared, 1);
}

/* The whole log from its first fact. */
static void read_log(void)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	struct ghl_position at = {0};
	struct ghl_event *e;
	struct seen *s;

	for (size_t i = 0; (s = map_next(&calls, &i));)
		s->started = s->cleared = 0;
	ck_assert_int_eq(ghl_hotline_status(town->owner, &st), 0);
	ck_assert_int_eq(ghl_monitor_start(town->owner, "kind=fact", &at, NULL), 0);
	while (at.fact < st.facts) {
		ck_assert_int_eq(ghl_event_wait(town->owner, LINE_MS, &e), 1);
		on_fact(e);
		ghl_event_position(e, &at);
		ghl_event_free(e);
	}
}

static double since(const struct ghl_record_info *rec, int64_t at_us)
{
	return at_us ? (double)(at_us - rec->started_at_us) / 1e6 : NAN;
}

/* The citizen's tone in every second of it, from its answer to its end. Not in a round in which the machine
 * has stalled whom we hear, or who hears. */
static void check_sound(const struct ghl_record_info *rec, const struct talk *t)
{
	double at = fmax(0, since(rec, t->at_us)) + SETTLE_S, dB;
	double until = since(rec, t->bye_us ? t->bye_us : ended_at_us) - SETTLE_S;

	until = fmin(until, (double)rec->samples / SAMPLES_SEC);
	for (; at + 1 <= until && stalls == 0; at++) {
		dB = wav_tone_db(rec->path, 0, 441, at, at + 1);
		ck_assert_msg(dB >= TONE_DB,
			"%s: %.1f dB from %.2f s on; %s, %.2f s and %.2f s missing; talk %+.2f s, "
			"bye %+.2f s, kill %+.2f s",
			rec->path, dB, at, ghl_record_state_name(rec->state),
			(double)rec->samples / SAMPLES_SEC, (double)rec->missing_samples / SAMPLES_SEC,
			since(rec, t->at_us), since(rec, t->bye_us), since(rec, ended_at_us));
		checked_s++;
	}
}

static void check_recording(struct seen *s, const struct ghl_call_info *call, double may_miss_s)
{
	struct talk *t = map_get(&talks, strtoull(call->calling + 3, NULL, 10)); /* +86 */
	struct ghl_record_verdict verdict = GHL_RECORD_VERDICT_INIT;
	const struct ghl_record_info *rec;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_record_info(town->owner, call->recording, &l), 0);
	rec = ghl_list_next(l);
	ck_assert_int_ne(rec->state, GHL_RECORD_RUNNING);
	ck_assert_int_ne(rec->state, GHL_RECORD_DAMAGED);
	ck_assert_uint_eq(rec->call, call->call);
	s->recording = rec->state;
	if (s->told_recorded)
		ck_assert_int_ne(rec->state, GHL_RECORD_INTERRUPTED);
	if (rec->state != GHL_RECORD_VOID) {
		ck_assert_msg(ghl_record_verify(town->owner, rec->serial, &verdict) == 0, "%s: %s",
			rec->serial, verdict.text);
		if (t)
			check_sound(rec, t);
	}
	if (t)
		t->found = true;
	if (t && call->disposition == GHL_CALL_INTERRUPTED)
		ck_assert_msg(
			(double)rec->samples * 1e6 / SAMPLES_SEC >=
				(double)(ended_at_us - t->at_us) - may_miss_s * 1e6 * testing_slowness(),
			"%s holds %.1f s of %.1f", rec->serial, (double)rec->samples / SAMPLES_SEC,
			(double)(ended_at_us - t->at_us) / 1e6);
	ghl_list_free(l);
}

static void check_call(struct seen *s, double may_miss_s)
{
	const struct ghl_call_info *call;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_call_info(town->owner, s->call, &l), 0);
	call = ghl_list_next(l);
	ck_assert_int_eq(call->state, GHL_CALL_STATE_CLEARED);
	ck_assert_str_eq(call->recording, s->serial);
	s->disposition = call->disposition;
	s->cause = call->cause;
	if (s->told_cleared)
		ck_assert_int_ne(call->disposition, GHL_CALL_INTERRUPTED);
	check_recording(s, call, may_miss_s);
	ghl_list_free(l);
}

/* Every serial is accounted for: they follow one another without a gap. */
static void check_serials(void)
{
	struct ghl_record_filter f = GHL_RECORD_FILTER_INIT;
	const struct ghl_record_info *rec;
	char last[20] = "", cursor[512] = "";
	struct ghl_list *l;

	do {
		f.cursor = cursor[0] ? cursor : NULL;
		ck_assert_int_eq(ghl_record_list(town->owner, &f, &l), 0);
		while ((rec = ghl_list_next(l))) {
			if (strncmp(last, rec->serial, 8) == 0)
				ck_assert_uint_eq(
					testing_number(rec->serial + 9), testing_number(last + 9) + 1);
			else
				ck_assert_uint_eq(testing_number(rec->serial + 9), 1);
			(void)snprintf(last, sizeof(last), "%s", rec->serial);
		}
		(void)snprintf(cursor, sizeof(cursor), "%s", ghl_list_cursor(l));
		ghl_list_free(l);
	} while (cursor[0]);
}

static void open_store(void)
{
	struct ghl_error err = {0};

	ck_assert_msg(
		ghl_hotline_open(&town->hotline, town->config, GHL_OPEN_STORE, &err) == 0, "%s", err.text);
	ck_assert_int_eq(ghl_hotline_start(town->hotline, &err), 0);
	ck_assert_int_eq(ghl_session_open_local(town->hotline, &town->owner), 0);
}

void ledger_look(int64_t at_us, double may_miss_s)
{
	struct seen *s;
	struct talk *t;

	ended_at_us = at_us;
	open_store();
	read_log();
	for (size_t i = 0; (s = map_next(&calls, &i));) {
		ck_assert_msg(s->started == 1, "%llu was told and is lost", (unsigned long long)s->call);
		ck_assert_uint_eq(s->cleared, 1);
		if (s->round == round_no)
			check_call(s, may_miss_s);
	}
	for (size_t i = 0; (t = map_next(&talks, &i));)
		ck_assert_msg(t->round != round_no || t->found, "%llu was answered and is lost",
			(unsigned long long)t->number);
	check_serials();
	town_stop(town);
}

static int count_fact(void *arg, const struct store_fact *f)
{
	struct seen *s = map_get(&calls, f->ids[0]);

	(void)arg;
	if (s) {
		s->started += f->kind == GHL_EV_CALL_STARTED;
		s->cleared += f->kind == GHL_EV_CALL_CLEARED;
	}
	return 0;
}

int ledger_lost(void)
{
	struct store_opts opts = {.read_only = true};
	struct store_read *r;
	struct store *store;
	struct seen *s;
	char dir[300];
	int lost = 0;

	for (size_t i = 0; (s = map_next(&calls, &i));)
		s->started = s->cleared = 0;
	(void)snprintf(dir, sizeof(dir), "%s/store", town->folder);
	if (store_open(&store, dir, &opts, NULL) < 0)
		return -1;
	if (store_read_begin(store, &r) < 0 || store_facts(r, 1, count_fact, NULL) < 0)
		return -1;
	for (size_t i = 0; (s = map_next(&calls, &i));)
		lost += (s->told_started && !s->started) + (s->told_cleared && !s->cleared);
	store_read_end(r);
	store_close(store);
	return lost;
}

struct facts {
	struct store_fact *all; /* without what they lend */
	uint64_t count, room;
};

static int keep_fact(void *arg, const struct store_fact *f)
{
	struct facts *l = arg;

	if (l->count == l->room) {
		l->room = l->room * 2 + 1024;
		l->all = realloc(l->all, l->room * sizeof(*l->all));
		ck_assert_ptr_nonnull(l->all);
	}
	l->all[l->count++] = *f;
	return 0;
}

static void read_facts(const char *dir, struct facts *out)
{
	struct store_opts opts = {.read_only = true};
	struct ghl_error err = {0};
	struct store_read *r;
	struct store *store;

	*out = (struct facts){0};
	ck_assert_msg(store_open(&store, dir, &opts, &err) == 0, "%s", err.text);
	ck_assert_int_eq(store_read_begin(store, &r), 0);
	ck_assert_int_eq(store_facts(r, 1, keep_fact, out), 0);
	store_read_end(r);
	store_close(store);
}

void ledger_compare(const char *copy)
{
	struct facts ours, theirs;
	char dir[300];

	(void)snprintf(dir, sizeof(dir), "%s/store", town->folder);
	read_facts(dir, &ours);
	read_facts(copy, &theirs);
	ck_assert_uint_gt(theirs.count, 0);
	ck_assert_uint_le(theirs.count, ours.count);
	for (uint64_t i = 0; i < theirs.count; i++) {
		ck_assert_uint_eq(theirs.all[i].seq, ours.all[i].seq);
		ck_assert_mem_eq(theirs.all[i].prev, ours.all[i].prev, sizeof(ours.all[i].prev));
		ck_assert_mem_eq(theirs.all[i].payload_hash, ours.all[i].payload_hash,
			sizeof(ours.all[i].payload_hash));
	}
	free(ours.all);
	free(theirs.all);
}

unsigned ledger_seconds(void)
{
	return checked_s;
}

unsigned ledger_stopped(void)
{
	struct seen *s;
	unsigned up = 0;

	for (size_t i = 0; (s = map_next(&calls, &i));) {
		ck_assert_int_ne(s->disposition, GHL_CALL_INTERRUPTED);
		ck_assert_int_ne(s->recording, GHL_RECORD_INTERRUPTED);
		up += s->cause == GHL_CAUSE_SHUTDOWN;
	}
	return up;
}

/* --- life --- */

void ledger_begin(struct town *t)
{
	town = t;
	map_init(&calls);
	map_init(&serials);
	map_init(&talks);
	map_init(&taken_ids);
	map_init(&taken_serials);
	round_no = talks_now = checked_s = stalls = 0;
}

static void free_values(struct map *m)
{
	void *v;

	for (size_t i = 0; (v = map_next(m, &i));)
		free(v);
	map_finish(m);
}

void ledger_finish(void)
{
	map_finish(&serials);
	map_finish(&taken_ids);
	map_finish(&taken_serials);
	free_values(&calls);
	free_values(&talks);
}
