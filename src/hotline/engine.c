/*
 * engine.c - the engine brought up and down. Up: what a crash left is ended first, then modules from the
 * floor upwards, SIP last, so that nobody can call before everything stands. Down: the other way round, every
 * record durable before the loop ends.
 */
#include "hotline_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <sodium.h>
#include <string.h>

static uint32_t local_date(void *arg, int64_t at_us)
{
	struct ghl_hotline *h = arg;

	return report_local_date(&h->core, at_us);
}

static int make_media(struct ghl_hotline *h, struct ghl_error *err)
{
	const struct config *c = h->cfg;
	struct media_opts opts = {.loop = h->core.loop,
		.threads = c->media.threads ? c->media.threads : 1,
		.port_min = c->media.port_min,
		.port_max = c->media.port_max,
		.timeout_ms = c->media.timeout_ms,
		.jitter_min_ms = c->media.jitter_min_ms,
		.jitter_max_ms = c->media.jitter_max_ms,
		.disk_reserve_bytes = c->limits.disk_reserve_bytes,
		.record_block_ms = c->record.block_ms};

	(void)text_copy(opts.cache_dir, sizeof(opts.cache_dir), c->paths.cache);
	return media_create(&h->media, &opts, err);
}

static int make_records(struct ghl_hotline *h, struct ghl_error *err)
{
	const struct config *c = h->cfg;
	struct record_opts opts = {.format = c->record.format,
		.full = c->record.on_full,
		.reserve_bytes = c->limits.disk_reserve_bytes,
		.date = local_date,
		.arg = h};

	(void)text_copy(opts.dir, sizeof(opts.dir), c->paths.recordings);
	return records_create(&h->records, &h->core, &opts, err);
}

static int make_ivr(struct ghl_hotline *h, struct ghl_error *err)
{
	const struct config *c = h->cfg;
	struct ivr_opts opts = {.loop = h->core.loop,
		.workers = c->ivr.workers,
		.turn_cpu_ms = c->ivr.turn_cpu_ms,
		.turn_wall_ms = c->ivr.turn_wall_ms,
		.heap_bytes = (uint32_t)c->ivr.heap_bytes};
	unsigned told;
	int rc = ivr_create(&h->ivr, &opts, err);

	return rc < 0 ? rc : documents_open(h->ivr, c, &h->documents, err, err ? 1 : 0, &told);
}

static int make_report(struct ghl_hotline *h, struct ghl_error *err)
{
	struct report_opts opts = {.zone = h->cfg->site.time_zone};

	return report_create(&h->report, &h->core, &opts, err);
}

int engine_up(struct ghl_hotline *h, struct ghl_error *err)
{
	int rc = make_report(h, err);

	if (rc == 0)
		rc = make_records(h, err);
	if (rc == 0 && !h->core.engine)
		rc = apply_principals(h, h->cfg, err);
	if (rc < 0 || !h->core.engine)
		return rc;
	rc = records_recover(h->records, err);
	if (rc == 0)
		rc = calls_recover(&h->core, err);
	if (rc == 0)
		rc = apply_ahead(h, h->cfg, err);
	if (rc == 0)
		rc = agents_create(&h->agents, &h->core, err);
	if (rc == 0)
		rc = acd_create(&h->acd, &h->core, h->agents, err);
	if (rc == 0)
		rc = make_ivr(h, err);
	return rc;
}

static void on_invite(void *arg, struct sip_leg *leg, const struct sip_invite *invite)
{
	struct ghl_hotline *h = arg;

	calls_invite(h->calls, leg, invite);
}

static bool admit(void *arg)
{
	struct ghl_hotline *h = arg;

	return h->calls && calls_admit(h->calls);
}

static void sip_options(struct ghl_hotline *h, struct sip_opts *o)
{
	const struct config *c = h->cfg;

	calls_sip_handlers(&o->handlers);
	o->handlers.on_invite = on_invite;
	o->handlers.on_registered = wire_registered;
	o->handlers.on_trunk_state = wire_trunk_state;
	o->handlers.secret_of = wire_secret_of;
	o->handlers.admit = admit;
	o->loop = h->core.loop;
	o->arg = h;
	memcpy(o->listen, c->sip.listen, sizeof(o->listen));
	o->listens = c->sip.listens;
	(void)text_copy(o->realm, sizeof(o->realm), c->sip.realm);
	(void)text_copy(o->public_address, sizeof(o->public_address), c->sip.public_address);
	(void)text_copy(o->tls_cert_dir, sizeof(o->tls_cert_dir), c->sip.tls_dir);
	o->tls_verify = c->sip.tls_verify;
	o->max_calls = c->limits.max_calls;
	o->max_calls_per_s = c->limits.max_calls_per_s;
	o->retry_after_s = c->limits.retry_after_s;
	o->session_expires_s = c->sip.session_expires_s;
	o->register_min_s = c->sip.register_min_s;
	o->register_max_s = c->sip.register_max_s;
	o->guess_limit = c->sip.guess_limit;
	randombytes_buf(o->nonce_key, sizeof(o->nonce_key));
}

static void tell_started(struct ghl_hotline *h, enum ghl_event_type type, store_done_fn *done)
{
	struct store_batch *b = store_batch_new();
	struct event_draft d;
	struct actor timer;
	static const struct store_result no_memory = {.status = GHL_ENOMEM};

	if (!b) {
		done(h, &no_memory);
		return;
	}
	access_actor_timer(h->core.access, &timer);
	event_draft_init(&d, type);
	event_draft_text(&d, GHL_F_NAME, h->cfg->site.name);
	stream_fact(&h->core, b, &timer, &d);
	store_batch_vital(b);
	store_commit_async(h->core.store, b, done, h);
}

static void on_started_kept(void *arg, const struct store_result *result)
{
	(void)arg;
	if (result->status < 0)
		log_error("hotline", "start not kept error=%s", ghl_error_code_name(result->status));
}

int engine_up_on_loop(struct ghl_hotline *h, struct ghl_error *err)
{
	struct sip_opts sip = {.loop = h->core.loop};
	struct call_opts calls;
	int rc;

	if (!h->core.engine)
		return 0;
	rc = make_media(h, err);
	if (rc < 0)
		return rc;
	sip_options(h, &sip);
	rc = sip_create(&h->sip, &sip, err);
	if (rc < 0)
		return rc;
	apply_call_opts(h->cfg, &calls);
	rc = calls_create(&h->calls, &h->core, h->sip, h->media, h->records, &calls, err);
	if (rc < 0)
		return rc;
	calls_handlers_set(h->calls, &route_handlers, h);
	acd_port_set(h->acd, &wire_acd_port, h);
	agents_phones_set(h->agents, wire_phone_there, h);
	rc = apply_live(h, h->cfg, err);
	if (rc < 0)
		return rc;
	h->started_at_us = loop_utc_us(h->core.loop);
	tell_started(h, GHL_EV_ENGINE_STARTED, on_started_kept);
	return 0;
}

/* --- down: calls, spans, the last fact, sip, and the loop stops --- */

/* What has descriptors on the loop goes on its thread. */
static void close_lines(struct ghl_hotline *h)
{
	sip_destroy(h->sip);
	calls_destroy(h->calls);
	media_destroy(h->media);
	h->sip = NULL;
	h->calls = NULL;
	h->media = NULL;
	loop_stop(h->core.loop);
}

static void on_sip_down(void *arg)
{
	close_lines(arg);
}

static void on_stopped_kept(void *arg, const struct store_result *result)
{
	struct ghl_hotline *h = arg;

	if (result->status < 0)
		log_error("hotline", "stop not kept error=%s", ghl_error_code_name(result->status));
	sip_shutdown(h->sip, on_sip_down, h);
}

static void on_spans_closed(void *arg)
{
	tell_started(arg, GHL_EV_ENGINE_STOPPED, on_stopped_kept);
}

static void on_calls_down(void *arg)
{
	struct ghl_hotline *h = arg;

	agents_close_spans(h->agents, on_spans_closed, h);
}

void engine_down_on_loop(struct ghl_hotline *h)
{
	if (h->calls)
		calls_shutdown(h->calls, on_calls_down, h);
	else if (h->sip)
		sip_shutdown(h->sip, on_sip_down, h);
	else
		close_lines(h);
}

void engine_down(struct ghl_hotline *h)
{
	acd_destroy(h->acd);
	agents_destroy(h->agents);
	documents_unref(h->documents);
	h->documents = NULL;
	ivr_destroy(h->ivr);
	records_destroy(h->records);
	report_destroy(h->report);
	h->acd = NULL;
	h->agents = NULL;
	h->ivr = NULL;
	h->records = NULL;
	h->report = NULL;
}
