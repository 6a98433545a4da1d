/* wav.h - tones in WAVs: made for tests to play, measured in what was recorded. 8,000 frames a second. */
#ifndef WAV_H
#define WAV_H

#include <stddef.h>
#include <stdint.h>

#define WAV_RATE 8000

void wav_tone_fill(int16_t *pcm, size_t n, unsigned hz);
/* A mono WAV of 16 bits. */
void wav_tone_write(const char *path, unsigned hz, double seconds);

/* Power of a tone in a channel of a WAV between two instants, in dB below full scale (Goertzel). */
double wav_tone_db(const char *path, unsigned channel, unsigned hz, double from_s, double until_s);
double wav_seconds(const char *path);

#endif
