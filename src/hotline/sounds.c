/* sounds.c - a playlist loaded piece by piece by the media module's workers, and handed over when the last
 * piece is there. */
#include "sounds.h"

#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define RATE 8000

struct piece {
	struct sounds *all;
	char *fallback, *language;
};

struct sounds {
	struct media *media;
	struct media_sound *found[SOUNDS_MAX];
	struct piece pieces[SOUNDS_MAX];
	unsigned count, waiting;
	sounds_fn *fn; /* NULL once cancelled */
	void *arg;
	struct loop_task task;
};

const char *sound_kind_name(enum sound_kind k)
{
	static const char *const names[] = {"file", "text", "silence"};

	return (unsigned)k < sizeof(names) / sizeof(names[0]) ? names[k] : "?";
}

void sound_item_from(const char *sound, struct sound_item *item)
{
	bool text = strncmp(sound, "text:", 5) == 0;

	*item = (struct sound_item){.kind = text ? SOUND_TEXT : SOUND_FILE, .text = text ? sound + 5 : sound};
}

static void sounds_free(struct sounds *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		free(s->pieces[i].fallback);
		free(s->pieces[i].language);
	}
	free(s);
}

static void hand_over(void *arg)
{
	struct sounds *s = arg;

	if (s->fn)
		s->fn(s->arg, s->found, s->count);
	else
		for (unsigned i = 0; i < s->count; i++)
			media_sound_unref(s->found[i]);
	sounds_free(s);
}

static void on_loaded(void *arg, int status, struct media_sound *sound, const struct ghl_error *err)
{
	struct piece *p = arg;
	struct sounds *s = p->all;
	char *fallback = p->fallback;

	if (status < 0) {
		log_warn("hotline", "sound not loaded error=%s text=\"%s\"", ghl_error_code_name(status),
			err ? err->text : "");
		if (fallback && s->fn) {
			p->fallback = NULL;
			media_sound_speak(s->media, fallback, p->language, on_loaded, p);
			free(fallback);
			return;
		}
	}
	s->found[p - s->pieces] = status < 0 ? NULL : sound;
	if (--s->waiting == 0)
		hand_over(s);
}

static struct media_sound *silence(uint32_t ms)
{
	size_t samples = (size_t)ms * RATE / 1000;
	struct media_sound *sound = NULL;
	int16_t *pcm = calloc(samples ? samples : 1, sizeof(*pcm));

	if (pcm && samples && media_sound_from_pcm(pcm, samples, &sound) < 0)
		sound = NULL;
	free(pcm);
	return sound;
}

static char *copy(const char *s)
{
	return s && s[0] ? strdup(s) : NULL;
}

static void start(struct sounds *s, unsigned i, const struct sound_item *item)
{
	struct piece *p = &s->pieces[i];

	p->all = s;
	p->fallback = item->kind == SOUND_FILE ? copy(item->fallback) : NULL;
	p->language = copy(item->language);
	if (item->kind == SOUND_SILENCE) {
		s->found[i] = silence(item->ms);
		return;
	}
	if (item->kind == SOUND_FILE && (s->found[i] = media_sound_known(s->media, item->text)))
		return;
	s->waiting++;
	if (item->kind == SOUND_FILE)
		media_sound_load(s->media, item->text, on_loaded, p);
	else
		media_sound_speak(s->media, item->text, p->language ? p->language : "", on_loaded, p);
}

int sounds_load(struct media *media, struct loop *loop, const struct sound_item *items, unsigned count,
	sounds_fn *fn, void *arg, struct sounds **out)
{
	struct sounds *s = count <= SOUNDS_MAX ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return count <= SOUNDS_MAX ? GHL_ENOMEM : GHL_EINVAL;
	s->media = media;
	s->count = count;
	s->fn = fn;
	s->arg = arg;
	for (unsigned i = 0; i < count; i++)
		start(s, i, &items[i]);
	if (s->waiting == 0)
		loop_post_task(loop, &s->task, hand_over, s);
	*out = s;
	return 0;
}

void sounds_cancel(struct sounds *s)
{
	if (s)
		s->fn = NULL;
}
