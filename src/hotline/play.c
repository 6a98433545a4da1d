/*
 * play.c - what a citizen hears on a visit: a list of sounds, of which the tail (prompts with barge-in, or
 * music that goes on) begins when the head has ended. Loading takes time; whoever plays something else
 * meanwhile wins.
 */
#include "hotline_priv.h"

#include <string.h>

static void drop_tail(struct visit *v)
{
	for (unsigned i = 0; i < v->tail_count; i++)
		media_sound_unref(v->tail[i]);
	v->tail_count = 0;
}

void visit_quiet(struct visit *v)
{
	sounds_cancel(v->loading);
	v->loading = NULL;
	drop_tail(v);
	v->after = NULL;
	v->tag++;
}

static void end_of_all(struct visit *v)
{
	void (*after)(struct visit * v) = v->after;

	v->after = NULL;
	if (after)
		after(v);
}

static void play_tail(struct visit *v)
{
	struct media_play play = {.sounds = v->tail,
		.count = v->tail_count,
		.repeat = v->tail_repeat,
		.stop_on_digit = v->listens,
		.tag = ++v->tag};

	visit_dialogue_listen(v, v->tail_count == 0);
	if (v->tail_count == 0 || call_play(v->call, &play) < 0)
		end_of_all(v);
	drop_tail(v);
}

void visit_on_played(struct visit *v, uint64_t tag, bool stopped)
{
	(void)stopped; /* by a digit: the collector has it */
	if (tag != v->tag)
		return;
	if (v->tail_count > 0)
		play_tail(v);
	else
		end_of_all(v);
}

static void on_sounds(void *arg, struct media_sound **found, unsigned count)
{
	struct visit *v = arg;
	struct media_sound *head[SOUNDS_MAX];
	struct media_play play = {.sounds = head, .tag = ++v->tag};
	int rc = GHL_ESTATE;

	v->loading = NULL;
	for (unsigned i = 0; i < count; i++) {
		if (!found[i])
			continue;
		if (i < v->tail_from)
			head[play.count++] = found[i];
		else
			v->tail[v->tail_count++] = found[i];
	}
	if (play.count > 0)
		rc = call_play(v->call, &play);
	for (unsigned i = 0; i < play.count; i++)
		media_sound_unref(head[i]);
	if (rc < 0)
		play_tail(v);
}

void visit_play(struct visit *v, struct sound_item *items, unsigned count, unsigned tail_from,
	bool tail_repeat, void (*after)(struct visit *v))
{
	visit_quiet(v);
	v->after = after;
	v->tail_from = tail_from;
	v->tail_repeat = tail_repeat;
	if (sounds_load(v->h->media, v->h->core.loop, items, count, on_sounds, v, &v->loading) < 0)
		visit_clear(v, GHL_CAUSE_RESOURCES_NOT_AVAILABLE);
}

static void on_hold_music(void *arg, struct media_sound **found, unsigned count)
{
	struct visit *v = arg;

	(void)count;
	v->hold_loading = NULL;
	call_hold_sound_set(v->call, found[0]);
	media_sound_unref(found[0]);
}

void visit_hold_music(struct visit *v, const char *sound)
{
	struct sound_item item;

	sounds_cancel(v->hold_loading);
	v->hold_loading = NULL;
	call_hold_sound_set(v->call, NULL);
	if (!sound[0])
		return;
	sound_item_from(sound, &item);
	(void)sounds_load(v->h->media, v->h->core.loop, &item, 1, on_hold_music, v, &v->hold_loading);
}
