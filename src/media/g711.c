/*
 * g711.c - G.711 by table: 256 values to decode, 8,192 (A-law) or 16,384 (u-law) codes to encode.
 *
 * The rules are those of ITU-T G.711 tables 1 and 2 in the reading of the reference software (ITU-T G.191):
 * 16-bit samples whose lowest two (u-law) or three (A-law, negative values rounded towards zero) bits do not
 * count.
 */
#include "g711.h"

#include <pthread.h>
#include <string.h>

#define ULAW_BIAS    33
#define ULAW_CLIP    0x1fff
#define ALAW_TOGGLED 0x55

static int16_t linear[2][256];
static uint8_t ulaw_code[1 << 14];
static uint8_t alaw_code[1 << 13];
static uint8_t recode[2][256]; /* [from]: to the other law */
static pthread_once_t once = PTHREAD_ONCE_INIT;

const char *media_codec_name(enum media_codec c)
{
	static const char *const names[] = {"PCMU", "PCMA"};

	return (unsigned)c < 2 ? names[c] : "?";
}

static uint8_t ulaw_of(int x)
{
	int magnitude = ((x < 0 ? ~x : x) >> 2) + ULAW_BIAS, segment = 1;

	if (magnitude > ULAW_CLIP)
		magnitude = ULAW_CLIP;
	for (int i = magnitude >> 6; i; i >>= 1)
		segment++;
	return (uint8_t)(((0x8 - segment) << 4 | (0xf - ((magnitude >> segment) & 0xf))) |
			 (x >= 0 ? 0x80 : 0));
}

static int16_t ulaw_value(uint8_t code)
{
	int inverted = ~code & 0xff, segment = (inverted >> 4) & 7;
	int magnitude = ((((inverted & 0xf) << 1) + ULAW_BIAS) << segment) - ULAW_BIAS;

	return (int16_t)((inverted & 0x80 ? -magnitude : magnitude) * 4);
}

static uint8_t alaw_of(int x)
{
	int magnitude = (x < 0 ? ~x : x) >> 4, segment = 1;

	if (magnitude > 15) {
		for (; magnitude > 31; segment++)
			magnitude >>= 1;
		magnitude = magnitude - 16 + (segment << 4);
	}
	return (uint8_t)((magnitude | (x >= 0 ? 0x80 : 0)) ^ ALAW_TOGGLED);
}

static int16_t alaw_value(uint8_t code)
{
	int even = code ^ ALAW_TOGGLED, segment = (even >> 4) & 7, magnitude = ((even & 0xf) << 4) + 8;

	if (segment)
		magnitude = (magnitude + 0x100) << (segment - 1);
	return (int16_t)(even & 0x80 ? magnitude : -magnitude);
}

static void build(void)
{
	for (int i = 0; i < 256; i++) {
		linear[MEDIA_PCMU][i] = ulaw_value((uint8_t)i);
		linear[MEDIA_PCMA][i] = alaw_value((uint8_t)i);
	}
	for (int i = 0; i < 1 << 14; i++)
		ulaw_code[i] = ulaw_of((int16_t)(uint16_t)(i << 2));
	for (int i = 0; i < 1 << 13; i++)
		alaw_code[i] = alaw_of((int16_t)(uint16_t)(i << 3));
	for (int i = 0; i < 256; i++) {
		recode[MEDIA_PCMU][i] = alaw_of(linear[MEDIA_PCMU][i]);
		recode[MEDIA_PCMA][i] = ulaw_of(linear[MEDIA_PCMA][i]);
	}
}

void law_init(void)
{
	(void)pthread_once(&once, build);
}

void law_decode(enum media_codec c, const uint8_t *code, int16_t *pcm, size_t n)
{
	const int16_t *table = linear[c];

	for (size_t i = 0; i < n; i++)
		pcm[i] = table[code[i]];
}

void law_encode(enum media_codec c, const int16_t *pcm, uint8_t *code, size_t n)
{
	if (c == MEDIA_PCMU)
		for (size_t i = 0; i < n; i++)
			code[i] = ulaw_code[(uint16_t)pcm[i] >> 2];
	else
		for (size_t i = 0; i < n; i++)
			code[i] = alaw_code[(uint16_t)pcm[i] >> 3];
}

void law_transcode(enum media_codec from, enum media_codec to, uint8_t *code, size_t n)
{
	const uint8_t *table = recode[from];

	if (from == to)
		return;
	for (size_t i = 0; i < n; i++)
		code[i] = table[code[i]];
}

uint8_t law_silence(enum media_codec c)
{
	return c == MEDIA_PCMU ? 0xff : 0xd5;
}
