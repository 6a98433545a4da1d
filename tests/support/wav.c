/* wav.c - see wav.h. Power is told by the Goertzel algorithm under a Hann window. */
#include "wav.h"

#include <check.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

void wav_tone_fill(int16_t *pcm, size_t n, unsigned hz)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lround(8000 * sin(2 * M_PI * hz * (double)i / WAV_RATE));
}

void wav_tone_write(const char *path, unsigned hz, double seconds)
{
	SF_INFO info = {.samplerate = WAV_RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	size_t n = (size_t)(seconds * WAV_RATE);
	int16_t *pcm = calloc(n, sizeof(*pcm));
	SNDFILE *f;

	wav_tone_fill(pcm, n, hz);
	f = sf_open(path, SFM_WRITE, &info);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(sf_write_short(f, pcm, (sf_count_t)n), (sf_count_t)n);
	(void)sf_close(f);
	free(pcm);
}

static SNDFILE *wav_open(const char *path, SF_INFO *info)
{
	SNDFILE *f;

	memset(info, 0, sizeof(*info));
	f = sf_open(path, SFM_READ, info);
	ck_assert_msg(f != NULL, "%s: %s", path, sf_strerror(NULL));
	return f;
}

double wav_seconds(const char *path)
{
	SF_INFO info;
	SNDFILE *f = wav_open(path, &info);

	(void)sf_close(f);
	return (double)info.frames / info.samplerate;
}

double wav_tone_db(const char *path, unsigned channel, unsigned hz, double from_s, double until_s)
{
	SF_INFO info;
	SNDFILE *f = wav_open(path, &info);
	size_t n = (size_t)((until_s - from_s) * WAV_RATE);
	double *frames = calloc(n * (size_t)info.channels, sizeof(*frames));
	double w = 2 * M_PI * hz / WAV_RATE, s1 = 0, s2 = 0, power;

	ck_assert_uint_lt(channel, (unsigned)info.channels);
	ck_assert_int_ge(sf_seek(f, (sf_count_t)(from_s * WAV_RATE), SEEK_SET), 0);
	ck_assert_int_eq(sf_readf_double(f, frames, (sf_count_t)n), (sf_count_t)n);
	for (size_t i = 0; i < n; i++) {
		double hann = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)n), s0;

		s0 = hann * frames[i * (size_t)info.channels + channel] + 2 * cos(w) * s1 - s2;
		s2 = s1;
		s1 = s0;
	}
	power = (s1 * s1 + s2 * s2 - 2 * cos(w) * s1 * s2) / ((double)n * (double)n / 16);
	(void)sf_close(f);
	free(frames);
	return 10 * log10(power + 1e-20);
}
