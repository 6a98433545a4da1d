/* media/wav.h - the header of our recordings: 8 kHz stereo, PCM16 or A-law; pure, but for repair and hash of
 * a file. */
#ifndef MEDIA_WAV_H
#define MEDIA_WAV_H

#include "media.h"

#define WAV_HEADER_MAX 58
/* What the 32-bit lengths of RIFF hold, in whole seconds of PCM16. */
#define WAV_DATA_MAX (UINT32_MAX / 32000u * 32000u - 32000u)

struct wav_facts {
	enum media_wav format;
	uint32_t header_bytes;
	uint32_t data_bytes; /* as the header has it */
	uint32_t block;      /* bytes a sample of both channels */
};
const char *media_wav_name(enum media_wav f);

/* Bytes written. */
size_t wav_build(uint8_t to[WAV_HEADER_MAX], enum media_wav format, uint32_t data_bytes);
/* GHL_ECORRUPT: not a header that wav_build() writes, whatever its lengths. */
int wav_parse(struct wav_facts *f, const uint8_t *data, size_t n);

#endif
