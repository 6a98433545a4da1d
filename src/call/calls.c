/* calls.c - all calls of an engine: made and taken down, found by id, counted by state; what a call tells of
 * itself. */
#include "call_priv.h"

#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE 8000

/* Ringback of GB/T 3380: 450 Hz, 1 s on, 4 s off. */
static int make_ringback(struct media_sound **out)
{
	size_t n = 5 * RATE;
	int16_t *pcm = calloc(n, sizeof(*pcm));
	int rc;

	if (!pcm)
		return GHL_ENOMEM;
	for (size_t i = 0; i < RATE; i++)
		pcm[i] = (int16_t)lround(8000 * sin(2 * M_PI * 450 * (double)i / RATE));
	rc = media_sound_from_pcm(pcm, n, out);
	free(pcm);
	return rc;
}

int calls_create(struct calls **out, struct core *core, struct sip *sip, struct media *media,
	struct records *records, const struct call_opts *opts, struct ghl_error *err)
{
	struct calls *cs = calloc(1, sizeof(*cs));

	if (!cs || make_ringback(&cs->ringback) < 0) {
		free(cs);
		return error_set(err, GHL_ENOMEM, "no memory for calls");
	}
	cs->core = core;
	cs->sip = sip;
	cs->media = media;
	cs->records = records;
	cs->opts = *opts;
	map_init(&cs->by_id);
	map_init(&cs->conns);
	list_init(&cs->all);
	core->slot[CORE_CALL] = cs;
	*out = cs;
	return 0;
}

void calls_destroy(struct calls *cs)
{
	struct list *n;

	if (!cs)
		return;
	while ((n = list_take(&cs->all)))
		call_free(container_of(n, struct call, node));
	map_finish(&cs->by_id);
	map_finish(&cs->conns);
	media_sound_unref(cs->ringback);
	cs->core->slot[CORE_CALL] = NULL;
	free(cs);
}

void calls_handlers_set(struct calls *cs, const struct call_handlers *h, void *arg)
{
	cs->handlers = *h;
	cs->arg = arg;
}

void calls_opts_set(struct calls *cs, const struct call_opts *opts)
{
	cs->opts = *opts;
}

bool calls_admit(const struct calls *cs)
{
	return !cs->stopping && (!cs->opts.admit_max || cs->alive < cs->opts.admit_max);
}

unsigned calls_count(const struct calls *cs)
{
	return cs->alive;
}

unsigned calls_in_state(const struct calls *cs, enum ghl_call_state state)
{
	return cs->in_state[state];
}

uint64_t calls_started(const struct calls *cs)
{
	return cs->started;
}

struct call *call_by_id(struct calls *cs, ghl_call id)
{
	return map_get(&cs->by_id, id);
}

ghl_call call_id(const struct call *c)
{
	return c->id;
}

const char *call_calling(const struct call *c)
{
	return c->calling;
}

const char *call_calling_name(const struct call *c)
{
	return c->calling_name;
}

const char *call_called(const struct call *c)
{
	return c->called;
}

const char *call_trunk(const struct call *c)
{
	return c->trunk;
}

const char *call_account(const struct call *c)
{
	return c->account;
}

bool call_answered(const struct call *c)
{
	return c->connected_at_us != 0;
}

bool call_over(const struct call *c)
{
	return c->phase >= CALL_ENDING;
}

bool call_forced(const struct call *c)
{
	return c->cause == GHL_CAUSE_FORCED_CLEAR || c->cause == GHL_CAUSE_SHUTDOWN;
}

enum ghl_call_state call_state(const struct call *c)
{
	return c->state;
}

enum ghl_call_direction call_direction(const struct call *c)
{
	return c->direction;
}

enum ghl_call_cause call_rung_cause(const struct call *c)
{
	return c->rung_cause;
}

int64_t call_started_us(const struct call *c)
{
	return c->started_us;
}

struct call_route_facts *call_route_facts(struct call *c)
{
	return &c->facts;
}

void call_owner_set(struct call *c, void *owner)
{
	c->owner = owner;
}

void *call_owner(const struct call *c)
{
	return c->owner;
}

const char *call_device(const struct call *c)
{
	return c->device_account;
}

void call_queued_set(struct call *c, bool queued)
{
	c->queued = queued;
	call_state_update(c);
}

void call_hold_sound_set(struct call *c, struct media_sound *sound)
{
	media_sound_unref(c->hold_sound);
	c->hold_sound = sound ? media_sound_ref(sound) : NULL;
}
