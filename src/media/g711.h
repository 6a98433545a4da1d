/* media/g711.h - ITU-T G.711 A-law and u-law by table. */
#ifndef MEDIA_G711_H
#define MEDIA_G711_H

#include "media.h"

/* Once before use; any thread, any number of times. */
void law_init(void);
void law_decode(enum media_codec c, const uint8_t *code, int16_t *pcm, size_t n);
void law_encode(enum media_codec c, const int16_t *pcm, uint8_t *code, size_t n);
/* `from` and `to` may be the same buffer. */
void law_transcode(enum media_codec from, enum media_codec to, uint8_t *code, size_t n);
/* The code of a sample of 0. */
uint8_t law_silence(enum media_codec c);

#endif
