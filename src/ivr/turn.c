/* turn.c - gathering a turn's outcome on the worker and handing it to the platform on the loop. */
#include "turn.h"

#include <string.h>

const char *turn_end_name(enum turn_end e)
{
	static const char *const names[] = {"none", "listen", "play", "transfer", "over"};

	return e <= TURN_OVER ? names[e] : "?";
}

const char *ivr_input_kind_name(enum ivr_input_kind k)
{
	static const char *const names[] = {
		"dtmf", "say", "noinput", "nomatch", "hangup", "transfer", "record"};

	return k <= IVR_IN_RECORD ? names[k] : "?";
}

void turn_reset(struct turn *t)
{
	arena_finish(&t->arena);
	memset(t, 0, sizeof(*t));
	t->prompt_timeout_ms = UINT32_MAX;
	t->exit_json = "";
}

void turn_note(struct turn *t, const char *key, const char *text)
{
	struct turn_note *n = arena_alloc(&t->arena, sizeof(*n));

	if (!n)
		return;
	n->key = key ? arena_text(&t->arena, key) : NULL;
	n->text = arena_text(&t->arena, text);
	if (t->last_note)
		t->last_note->next = n;
	else
		t->notes = n;
	t->last_note = n;
}

struct turn_prompt *turn_prompt_add(struct turn *t, bool bargein)
{
	struct turn_prompt *p = arena_alloc(&t->arena, sizeof(*p));

	if (!p)
		return NULL;
	p->bargein = bargein;
	if (t->last_prompt)
		t->last_prompt->next = p;
	else
		t->prompts = p;
	t->last_prompt = p;
	t->prompt_count++;
	return p;
}

void turn_segment_add(struct turn *t, struct turn_prompt *p, const struct ivr_segment *s)
{
	struct turn_segment *n = arena_alloc(&t->arena, sizeof(*n));

	if (!n)
		return;
	n->segment = *s;
	n->segment.text = arena_text(&t->arena, s->text ? s->text : "");
	n->segment.src = s->src ? arena_text(&t->arena, s->src) : NULL;
	if (p->last)
		p->last->next = n;
	else
		p->first = n;
	p->last = n;
	p->count++;
}

static void seal_prompt(struct turn *t, const struct turn_prompt *p, struct ivr_prompt *out)
{
	struct ivr_segment *list = arena_alloc(&t->arena, sizeof(*list) * p->count);
	unsigned i = 0;

	for (struct turn_segment *s = p->first; list && s; s = s->next)
		list[i++] = s->segment;
	*out = (struct ivr_prompt){.segments = list, .count = i, .bargein = p->bargein};
}

bool turn_seal(struct turn *t)
{
	unsigned i = 0;

	t->sealed = arena_alloc(&t->arena, sizeof(*t->sealed) * (t->prompt_count + 1));
	for (const struct turn_prompt *p = t->prompts; t->sealed && p; p = p->next)
		seal_prompt(t, p, &t->sealed[i++]);
	return !t->arena.failed;
}

void turn_deliver(const struct turn *t, const struct ivr_platform *platform, void *arg)
{
	for (const struct turn_note *n = t->notes; n; n = n->next) {
		if (n->key && platform->data_set)
			platform->data_set(arg, n->key, n->text);
		else if (!n->key && platform->log)
			platform->log(arg, n->text);
	}
	switch (t->end) {
	case TURN_LISTEN:
		platform->turn(arg, t->sealed, t->prompt_count, &t->listen);
		break;
	case TURN_PLAY:
		platform->turn(arg, t->sealed, t->prompt_count, NULL);
		break;
	case TURN_TRANSFER:
		platform->transfer(
			arg, t->sealed, t->prompt_count, t->dest, t->bridge, t->connect_ms, t->max_ms);
		break;
	case TURN_NONE:
	case TURN_OVER:
		platform->ended(arg, t->disconnect, t->exit_json, t->err.code ? &t->err : NULL);
		break;
	}
}
