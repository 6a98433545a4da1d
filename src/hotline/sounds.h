/* hotline/sounds.h - a list of files, texts and silences loaded as sounds, in order; what cannot be loaded is
 * left out. Loop thread. */
#ifndef HOTLINE_SOUNDS_H
#define HOTLINE_SOUNDS_H

#include "media/media.h"

#define SOUNDS_MAX 32

struct sounds;

enum sound_kind { SOUND_FILE, SOUND_TEXT, SOUND_SILENCE };
const char *sound_kind_name(enum sound_kind k);

struct sound_item {
	enum sound_kind kind;
	const char *text;     /* path, or what is spoken; copied */
	const char *fallback; /* spoken where the file cannot be read; "" or NULL: nothing */
	const char *language;
	uint32_t ms; /* SOUND_SILENCE */
};

/* As the configuration writes a sound: a file, or "text:.." to be spoken. */
void sound_item_from(const char *sound, struct sound_item *item);

/* found[i] is the sound of items[i], or NULL; each is yours. */
typedef void sounds_fn(void *arg, struct media_sound **found, unsigned count);
/* fn later, once, unless it is cancelled. At most SOUNDS_MAX items. GHL_ENOMEM, GHL_EINVAL. */
int sounds_load(struct media *media, struct loop *loop, const struct sound_item *items, unsigned count,
	sounds_fn *fn, void *arg, struct sounds **out);
/* fn is not called any more. */
void sounds_cancel(struct sounds *s);

#endif
