/*
 * record.c - a recording under way: prepared in the call's own start batch, begun when the citizen's port
 * opens, ended with hash and facts. Sound is written by the media module; here is only what must be kept of
 * it. A recording that fails is told and kept as such; its call goes on.
 */
#include "record_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "stream/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define SPACE_EVERY_US 1000000

const char *record_full_policy_name(enum record_full_policy p)
{
	static const char *const names[] = {"refuse", "unrecorded"};

	return (unsigned)p < sizeof(names) / sizeof(names[0]) ? names[p] : "?";
}

int records_create(
	struct records **out, struct core *core, const struct record_opts *opts, struct ghl_error *err)
{
	struct records *rs = calloc(1, sizeof(*rs));
	struct stat st;

	if (!rs)
		return error_set(err, GHL_ENOMEM, "no memory for recordings");
	rs->core = core;
	rs->opts = *opts;
	if (core->engine && mkdir(opts->dir, 0750) < 0 &&
		(stat(opts->dir, &st) < 0 || !S_ISDIR(st.st_mode))) {
		free(rs);
		return error_set(err, GHL_EIO, "%s: cannot make the folder of recordings", opts->dir);
	}
	core->slot[CORE_RECORD] = rs;
	*out = rs;
	return 0;
}

void records_destroy(struct records *rs)
{
	if (!rs)
		return;
	rs->core->slot[CORE_RECORD] = NULL;
	free(rs);
}

void records_policy_set(struct records *rs, enum record_full_policy full)
{
	rs->opts.full = full;
}

unsigned records_running(const struct records *rs)
{
	return rs->running;
}

static void on_alarm_kept(void *arg, const struct store_result *result)
{
	(void)arg;
	if (result->status < 0)
		log_error("record", "alarm not kept error=%s", ghl_error_code_name(result->status));
}

static void alarm_draft(struct event_draft *d, const char *name, bool raised)
{
	event_draft_init(d, raised ? GHL_EV_ALARM : GHL_EV_ALARM_CLEARED);
	event_draft_text(d, GHL_F_NAME, name);
	event_draft_text(d, GHL_F_SEVERITY, "major");
}

static void keep_alarm(struct records *rs, struct event_draft *d)
{
	struct store_batch *b = store_batch_new();
	struct actor timer;

	if (!b)
		return;
	access_actor_timer(rs->core->access, &timer);
	store_batch_vital(b);
	stream_fact(rs->core, b, &timer, d);
	store_commit_async(rs->core->store, b, on_alarm_kept, NULL);
}

static void space_alarm_set(struct records *rs, bool raised)
{
	struct event_draft d;

	if (rs->full == raised)
		return;
	rs->full = raised;
	log_warn("record", "space %s free_bytes=%llu policy=%s", raised ? "low" : "enough",
		(unsigned long long)rs->free_bytes, record_full_policy_name(rs->opts.full));
	alarm_draft(&d, "record.space", raised);
	event_draft_text(&d, GHL_F_TEXT, record_full_policy_name(rs->opts.full));
	event_draft_int(&d, GHL_F_FREE_BYTES, (int64_t)rs->free_bytes);
	keep_alarm(rs, &d);
}

static void gap_alarm_set(struct record *r, bool raised, uint64_t missing)
{
	struct event_draft d;

	r->rs->gaps = raised;
	log_warn("record", "gaps %s serial=%s missing_samples=%llu", raised ? "in" : "no more since",
		r->serial, (unsigned long long)missing);
	alarm_draft(&d, "record.gap", raised);
	event_draft_text(&d, GHL_F_SERIAL, r->serial);
	event_draft_id(&d, GHL_F_RECORDING, r->id);
	event_draft_int(&d, GHL_F_MISSING, (int64_t)missing);
	keep_alarm(r->rs, &d);
}

/* The first recording that lost sound to a slow disk raises the alarm; the first that began after the last
 * loss was told, and is whole, clears it. */
static void judge_gaps(struct record *r, uint64_t missing)
{
	struct records *rs = r->rs;

	if (missing > 0)
		rs->gap_told_us = loop_utc_us(rs->core->loop);
	if (missing > 0 && !rs->gaps)
		gap_alarm_set(r, true, missing);
	if (missing == 0 && rs->gaps && r->prepared_at_us > rs->gap_told_us)
		gap_alarm_set(r, false, 0);
}

/* The disk is asked once a second at most: a call that comes in between trusts the last answer. */
static bool space_low(struct records *rs)
{
	int64_t now = loop_now_us(rs->core->loop);
	struct statvfs v;

	if (!rs->opts.reserve_bytes)
		return false;
	if (rs->full_seen_us && now - rs->full_seen_us < SPACE_EVERY_US)
		return rs->full;
	rs->full_seen_us = now;
	if (statvfs(rs->opts.dir, &v) < 0)
		return rs->full;
	rs->free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	space_alarm_set(rs, rs->free_bytes < rs->opts.reserve_bytes);
	return rs->full;
}

static void start_fact(struct record *r, struct store_batch *b)
{
	struct event_draft d;

	event_draft_init(&d, GHL_EV_RECORDING_STARTED);
	event_draft_id(&d, GHL_F_CALL, r->call);
	event_draft_id(&d, GHL_F_RECORDING, r->id);
	event_draft_text(&d, GHL_F_SERIAL, r->serial);
	stream_fact(r->rs->core, b, &r->actor, &d);
}

int record_prepare(struct records *rs, struct store_batch *b, ghl_call call, const struct actor *actor,
	struct record **out)
{
	struct record *r;
	int slot;

	if (space_low(rs) && rs->opts.full == RECORD_REFUSE)
		return GHL_ESPACE;
	r = calloc(1, sizeof(*r));
	if (!r)
		return GHL_ENOMEM;
	r->rs = rs;
	r->call = call;
	r->actor = *actor;
	r->prepared_at_us = loop_utc_us(rs->core->loop);
	r->id = store_id_next(rs->core->store, GHL_ID_RECORDING);
	slot = store_batch_serial(b, 'R', record_date(rs, r->prepared_at_us));
	if (slot < 0 || !r->id) {
		free(r);
		return slot < 0 ? slot : GHL_EIO;
	}
	r->slot = (unsigned)slot;
	memcpy(r->serial, store_serial_mark(r->slot), STORE_SERIAL_LEN);
	start_fact(r, b);
	if (rs->opts.full == RECORD_UNRECORDED) /* its calls go on while there is any room */
		store_batch_vital(b);
	slot = record_row_begin(b, r, r->serial);
	if (slot < 0) {
		free(r);
		return slot;
	}
	*out = r;
	return 0;
}

const char *record_serial_mark(const struct record *r)
{
	return store_serial_mark(r->slot);
}

ghl_recording record_id(const struct record *r)
{
	return r->id;
}

const char *record_serial(const struct record *r)
{
	return r->serial;
}

void record_committed(struct record *r, const struct store_result *result)
{
	r->step = RECORD_STEP_COMMITTED;
	memcpy(r->serial, result->serials[r->slot], sizeof(r->serial));
	r->start_fact = result->first_seq;
}

void record_drop(struct record *r)
{
	free(r);
}

int record_begin(struct record *r, struct media_port *port)
{
	char path[RECORD_PATH_MAX];
	int rc;

	if (r->step != RECORD_STEP_COMMITTED)
		return GHL_ESTATE;
	record_path(r->rs, r->serial, path, sizeof(path));
	rc = media_record_start(port, path, r->rs->opts.format, &r->media);
	if (rc < 0) {
		(void)snprintf(r->reason, sizeof(r->reason), "could not begin: %s", ghl_strerror(rc));
		log_error("record", "begin failed serial=%s error=%s", r->serial, ghl_error_code_name(rc));
		return rc;
	}
	r->step = RECORD_STEP_RUNNING;
	r->rs->running++;
	return 0;
}

void record_fact_set(struct record *r, const char *key, const char *value)
{
	unsigned i = 0;

	while (i < r->fact_count && strcmp(r->facts[i].key, key) != 0)
		i++;
	if (i == RECORD_FACTS)
		return;
	if (i == r->fact_count) {
		(void)text_copy(r->facts[i].key, sizeof(r->facts[i].key), key);
		r->fact_count++;
	}
	(void)text_copy(r->facts[i].value, sizeof(r->facts[i].value), value);
}

static void record_gone(struct record *r, int status)
{
	record_end_fn *done = r->done;
	void *arg = r->arg;
	char serial[STORE_SERIAL_LEN + 1];

	memcpy(serial, r->serial, sizeof(serial));
	free(r);
	if (done)
		done(arg, serial, status);
}

static void on_end_kept(void *arg, const struct store_result *result)
{
	struct record *r = arg;

	if (result->status < 0) /* the open mark stands: the next start ends it */
		log_error("record", "end not kept serial=%s error=%s", r->serial,
			ghl_error_code_name(result->status));
	record_gone(r, result->status);
}

static void row_facts(
	struct record *r, Ghl__RecordingRecord *row, Ghl__RecordingFact *facts, Ghl__RecordingFact **list)
{
	for (unsigned i = 0; i < r->fact_count; i++) {
		ghl__recording_fact__init(&facts[i]);
		facts[i].key = r->facts[i].key;
		facts[i].value = r->facts[i].value;
		list[i] = &facts[i];
	}
	row->n_facts = r->fact_count;
	row->facts = list;
}

static void keep_end(struct record *r, const struct record_end_facts *end)
{
	Ghl__RecordingRecord row = GHL__RECORDING_RECORD__INIT;
	Ghl__RecordingFact facts[RECORD_FACTS], *list[RECORD_FACTS];
	struct store_batch *b = store_batch_new();
	int rc = GHL_ENOMEM;

	row.recording = r->id;
	row.call = r->call;
	row.serial = r->serial;
	row.prepared_at_us = r->prepared_at_us;
	row.start_fact = r->start_fact;
	row_facts(r, &row, facts, list);
	if (b) {
		store_batch_vital(b);
		rc = record_row_end(r->rs, b, &row, end, &r->actor);
	}
	if (rc < 0) {
		store_batch_free(b);
		record_gone(r, rc);
		return;
	}
	store_batch_patient(b);
	store_commit_async(r->rs->core->store, b, on_end_kept, r);
}

static void on_stopped(void *arg, const struct media_recording_done *done)
{
	struct record *r = arg;
	struct record_end_facts end = {.state = GHL_RECORD_COMPLETE,
		.reason = r->reason,
		.hash = done->hash,
		.started_at_us = done->started_at_us,
		.ended_at_us = loop_utc_us(r->rs->core->loop),
		.samples = done->samples,
		.bytes = done->bytes,
		.missing = done->missing_samples};

	r->rs->running--;
	if (done->status < 0) {
		end.state = GHL_RECORD_DAMAGED;
		(void)snprintf(
			r->reason, sizeof(r->reason), "not written whole: %s", ghl_strerror(done->status));
	}
	judge_gaps(r, done->missing_samples);
	keep_end(r, &end);
}

void record_end(struct record *r, const char *why, record_end_fn *done, void *arg)
{
	struct record_end_facts end = {
		.state = GHL_RECORD_VOID, .reason = r->reason, .ended_at_us = loop_utc_us(r->rs->core->loop)};
	bool running = r->step == RECORD_STEP_RUNNING;

	r->done = done;
	r->arg = arg;
	r->step = RECORD_STEP_STOPPING;
	if (!r->reason[0])
		(void)text_copy(r->reason, sizeof(r->reason), why);
	if (running)
		media_record_stop(r->media, on_stopped, r);
	else
		keep_end(r, &end);
}
