/*
 * life.c - a call from its first packet to its record: the start is durable before anybody routes it, the end
 * is durable before anybody is told of it. The picture stands at enum call_phase. What happens on the way is
 * in legs.c, ports.c and bridge.c.
 */
#include "call_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum ghl_call_state state_of(const struct call *c)
{
	enum ghl_conn_state citizen = c->citizen ? c->citizen->state : GHL_CONN_NULL;
	enum ghl_conn_state device = c->device ? c->device->state : GHL_CONN_NULL;

	if (c->phase >= CALL_ENDING)
		return GHL_CALL_STATE_CLEARED;
	if (c->bridged || (citizen == GHL_CONN_HOLD && device >= GHL_CONN_CONNECTED))
		return citizen == GHL_CONN_HOLD || device == GHL_CONN_HOLD ? GHL_CALL_STATE_HELD
									   : GHL_CALL_STATE_ESTABLISHED;
	if (c->direction == GHL_CALL_OUTBOUND)
		return citizen == GHL_CONN_ALERTING ? GHL_CALL_STATE_DELIVERED : GHL_CALL_STATE_INITIATED;
	if (device == GHL_CONN_INITIATED || device == GHL_CONN_ALERTING)
		return GHL_CALL_STATE_DELIVERED;
	if (c->queued)
		return GHL_CALL_STATE_QUEUED;
	return citizen == GHL_CONN_ALERTING || citizen == GHL_CONN_NULL ? GHL_CALL_STATE_OFFERED
									: GHL_CALL_STATE_DIALOGUE;
}

#ifndef NDEBUG
static void check(const struct call *c)
{
	assert(c->state != GHL_CALL_STATE_CLEARED || c->phase >= CALL_ENDING);
	assert(!c->joined || (c->citizen && c->device && c->citizen->port && c->device->port));
	assert(!c->bridged || c->joined);
	assert(!c->ringing || c->device || c->phase >= CALL_ENDING);
	assert(!c->device || c->device->call == c);
	assert(c->phase < CALL_KEEPING || !c->citizen || !c->citizen->port);
}
#else
static void check(const struct call *c)
{
}
#endif

void call_state_update(struct call *c)
{
	enum ghl_call_state now = state_of(c);

	check(c);
	if (now == c->state)
		return;
	c->cs->in_state[c->state]--;
	c->cs->in_state[now]++;
	c->state = now;
}

struct call *call_new(struct calls *cs)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->cs = cs;
	c->id = store_id_next(cs->core->store, GHL_ID_CALL);
	list_init(&c->conns);
	list_init(&c->start_waiters);
	list_init(&c->waiters);
	list_init(&c->node);
	call_data_init(c);
	if (!c->id || map_put(&cs->by_id, c->id, c) < 0) {
		call_data_finish(c);
		free(c);
		return NULL;
	}
	list_append(&cs->all, &c->node);
	cs->alive++;
	cs->unfinished++;
	cs->in_state[c->state]++;
	c->started_us = loop_now_us(cs->core->loop);
	c->started_at_us = loop_utc_us(cs->core->loop);
	access_actor_timer(cs->core->access, &c->actor);
	return c;
}

static void tell_waiters(struct list *waiters, int status)
{
	struct list *n;

	while ((n = list_take(waiters))) {
		struct kept_waiter *w = container_of(n, struct kept_waiter, node);

		w->fn(w->arg, status);
		free(w);
	}
}

void call_free(struct call *c)
{
	struct list *n;

	tell_waiters(&c->start_waiters, GHL_ECLOSED);
	tell_waiters(&c->waiters, GHL_ECLOSED);
	while ((n = list_take(&c->conns))) {
		struct conn *conn = container_of(n, struct conn, node);

		(void)map_take(&c->cs->conns, conn->id);
		conn_free(conn);
	}
	list_remove(&c->node);
	(void)map_take(&c->cs->by_id, c->id);
	c->cs->in_state[c->state]--;
	media_sound_unref(c->hold_sound);
	call_data_finish(c);
	free(c);
}

void call_drop(struct call *c)
{
	c->cs->alive--;
	c->cs->unfinished--;
	call_free(c);
}

static void run_stopped(void *arg)
{
	struct calls *cs = arg;

	cs->stopped(cs->stopped_arg);
}

/* Its record is kept: it is a past call. */
static void call_out(struct call *c)
{
	struct calls *cs = c->cs;

	(void)map_take(&cs->by_id, c->id);
	cs->alive--;
}

static void count_finished(struct call *c)
{
	struct calls *cs = c->cs;

	if (c->finished || c->phase != CALL_KEPT || c->record)
		return;
	c->finished = true;
	if (--cs->unfinished == 0 && cs->stopping)
		loop_post_task(cs->core->loop, &cs->stop_task, run_stopped, cs);
}

static void on_end_kept(void *arg, const struct store_result *result)
{
	struct call *c = arg;

	if (result->status <
		0) /* its start stands open: the next start of the engine ends it as interrupted */
		log_error("call", "record not kept call=%llu error=%s", (unsigned long long)c->id,
			ghl_error_code_name(result->status));
	c->phase = CALL_KEPT;
	call_out(c);
	tell_waiters(&c->waiters, result->status);
	call_settle(c);
}

static void keep(struct call *c)
{
	struct store_batch *b;

	c->phase = CALL_KEEPING;
	c->ended_at_us = loop_utc_us(c->cs->core->loop);
	b = call_end_batch(c);
	if (b) {
		store_batch_patient(b);
		store_commit_async(c->cs->core->store, b, on_end_kept, c);
	} else {
		static const struct store_result no_memory = {.status = GHL_ENOMEM};

		on_end_kept(c, &no_memory);
	}
}

static bool ports_open(const struct call *c)
{
	const struct list *n;

	for (n = c->conns.next; n != &c->conns; n = n->next)
		if (container_of(n, struct conn, node)->port)
			return true;
	return false;
}

void call_settle(struct call *c)
{
	count_finished(c);
	if (c->phase == CALL_ENDING && c->cleared && !ports_open(c))
		keep(c);
	else if (c->phase == CALL_KEPT && list_empty(&c->conns) && !c->record)
		call_free(c);
}

static void on_recording_kept(void *arg, const char *serial, int status)
{
	struct call *c = arg;

	(void)serial;
	(void)status; /* told by the record module; the call has its own record */
	c->record = NULL;
	call_settle(c);
}

/* Row 16a: what is known of the call stands with its recording. */
static void end_recording(struct call *c)
{
	const struct {
		const char *key, *value;
	} facts[] = {{"calling", c->calling}, {"called", c->called}, {"trunk", c->trunk},
		{"account", c->account}, {"direction", ghl_call_direction_name(c->direction)},
		{"dialogue", c->facts.dialogue}, {"queue", c->facts.queue}, {"agent", c->facts.agent},
		{"group", c->facts.group}, {"seat", c->facts.seat}, {"cause", ghl_call_cause_name(c->cause)}};

	if (!c->record)
		return;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (facts[i].value[0])
			record_fact_set(c->record, facts[i].key, facts[i].value);
	record_end(c->record, c->connected_at_us ? "" : ghl_call_cause_name(c->cause), on_recording_kept, c);
}

static void tell_cleared(struct call *c)
{
	struct calls *cs = c->cs;

	if (c->ringing) {
		c->ringing = false;
		cs->handlers.on_rung(cs->arg, c, call_device(c), GHL_ECLOSED);
	}
	if (c->routed || c->direction == GHL_CALL_OUTBOUND)
		cs->handlers.on_cleared(cs->arg, c);
}

static void finish(void *arg)
{
	struct call *c = arg;
	struct list *pos, *tmp;

	tell_cleared(c);
	c->cleared = true;
	end_recording(c);
	LIST_EACH(pos, tmp, &c->conns)
	conn_port_close(container_of(pos, struct conn, node));
	call_settle(c);
}

void call_begin_end(struct call *c, enum ghl_call_cause cause, const struct actor *actor)
{
	struct list *pos, *tmp;

	if (c->phase >= CALL_ENDING)
		return;
	c->cause = cause;
	if (actor)
		c->actor = *actor;
	call_unbridge(c);
	LIST_EACH(pos, tmp, &c->conns)
	conn_close(container_of(pos, struct conn, node), cause_q850(cause));
	if (c->phase == CALL_STARTING) { /* its start is on the way to the disk: on_start_kept goes on */
		c->given_up = true;
		return;
	}
	c->phase = CALL_ENDING;
	call_state_update(c);
	loop_post_task(c->cs->core->loop, &c->finish, finish, c);
}

/* Neither start nor end is kept: there was no such call. */
static void forget(struct call *c)
{
	struct list *pos, *tmp;

	tell_cleared(c);
	if (c->record)
		record_drop(c->record);
	c->record = NULL;
	LIST_EACH(pos, tmp, &c->conns)
	conn_close(container_of(pos, struct conn, node), 42);
	c->phase = CALL_KEPT;
	call_out(c);
	call_settle(c);
}

static void start_outbound(struct call *c)
{
	if (c->record)
		call_outbound_go(c);
	else
		call_begin_end(c, GHL_CAUSE_NO_SPACE, NULL);
	tell_waiters(&c->start_waiters, c->record ? 0 : GHL_ESPACE);
}

static void start_kept(struct call *c, const struct store_result *result)
{
	if (c->record) {
		record_committed(c->record, result);
		(void)text_copy(c->recording, sizeof(c->recording), record_serial(c->record));
		c->recording_id = record_id(c->record);
	}
	c->phase = CALL_LIVE;
	if (c->given_up) {
		c->phase = CALL_ENDING;
		call_state_update(c);
		tell_waiters(&c->start_waiters, GHL_ECLOSED);
		finish(c);
		return;
	}
	c->routed = true;
	if (c->direction == GHL_CALL_OUTBOUND && !c->device) /* made by request; no phone has dialled it */
		start_outbound(c);
	else if (c->cs->stopping)
		(void)call_reject(c, 503, GHL_CAUSE_SHUTDOWN);
	else if (!c->record)
		(void)call_reject(c, 503, GHL_CAUSE_NO_SPACE);
	else
		c->cs->handlers.on_offered(c->cs->arg, c);
}

static void on_start_kept(void *arg, const struct store_result *result)
{
	struct call *c = arg;
	struct conn *caller;

	if (result->status == 0) {
		start_kept(c, result);
		return;
	}
	log_error("call", "start not kept error=%s", ghl_error_code_name(result->status));
	caller = c->citizen ? c->citizen : c->device;
	if (caller && caller->leg && !caller->closing) {
		caller->closing = true;
		(void)sip_leg_reject(caller->leg, 503, "Service Unavailable");
	}
	tell_waiters(&c->start_waiters, result->status);
	forget(c);
}

/* Later, as every outcome: the caller still holds the call. */
static void start_not_made(void *arg)
{
	static const struct store_result no_memory = {.status = GHL_ENOMEM};

	on_start_kept(arg, &no_memory);
}

void call_start(struct call *c)
{
	struct store_batch *b = call_start_batch(c);

	c->cs->started++;
	call_state_update(c);
	if (b) {
		store_batch_patient(b);
		store_commit_async(c->cs->core->store, b, on_start_kept, c);
	} else {
		loop_post_task(c->cs->core->loop, &c->finish, start_not_made, c);
	}
}

int call_clear(struct call *c, enum ghl_call_cause cause, const struct actor *actor)
{
	if (call_over(c) || c->given_up)
		return GHL_ESTATE;
	call_begin_end(c, cause, actor);
	return 0;
}

static int wait_add(struct list *waiters, call_kept_fn *fn, void *arg)
{
	struct kept_waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return GHL_ENOMEM;
	w->fn = fn;
	w->arg = arg;
	list_append(waiters, &w->node);
	return 0;
}

int call_start_wait(struct call *c, call_kept_fn *fn, void *arg)
{
	return wait_add(&c->start_waiters, fn, arg);
}

int call_kept_wait(struct call *c, call_kept_fn *fn, void *arg)
{
	return wait_add(&c->waiters, fn, arg);
}

void calls_shutdown(struct calls *cs, loop_fn *done, void *arg)
{
	struct list *pos, *tmp;

	cs->stopping = true;
	cs->stopped = done;
	cs->stopped_arg = arg;
	LIST_EACH(pos, tmp, &cs->all)
	call_begin_end(container_of(pos, struct call, node), GHL_CAUSE_SHUTDOWN, NULL);
	if (cs->unfinished == 0)
		loop_post_task(cs->core->loop, &cs->stop_task, run_stopped, cs);
}
