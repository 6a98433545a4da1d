/* demo_check.c - whose voice is on which side of a recording: the tones under the voices, by Goertzel's
 * algorithm in blocks of 0.2 s. */
#include "demo.h"

#include <math.h>
#include <stdlib.h>

#include <sndfile.h>

#define BLOCK 1600

/* level of one frequency in one channel of a block, dB of full scale */
static double level_db(const int16_t *stereo, unsigned channel, double hz)
{
	double w = 2 * M_PI * hz / DEMO_RATE, c = 2 * cos(w), s0, s1 = 0, s2 = 0, power;

	for (int i = 0; i < BLOCK; i++) {
		s0 = stereo[2 * i + (int)channel] / 32768.0 + c * s1 - s2;
		s2 = s1;
		s1 = s0;
	}
	power = s1 * s1 + s2 * s2 - c * s1 * s2;
	return 10 * log10(4 * power / ((double)BLOCK * BLOCK) + 1e-12);
}

static int compare(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

/* the level that stands for a second at least: a talk may be a small part of a call */
static double sustained(double *v, size_t n)
{
	if (n < 6)
		return -120;
	qsort(v, n, sizeof(*v), compare);
	return v[n - 6];
}

static double channel_level(const int16_t *pcm, size_t blocks, unsigned channel, double hz, double *room)
{
	for (size_t b = 0; b < blocks; b++)
		room[b] = level_db(pcm + b * BLOCK * 2, channel, hz);
	return sustained(room, blocks);
}

/* lowest level over time: what of a foreign tone is always there, speech having gaps */
static double channel_floor(const int16_t *pcm, size_t blocks, unsigned channel, double hz, double *room)
{
	for (size_t b = 0; b < blocks; b++)
		room[b] = level_db(pcm + b * BLOCK * 2, channel, hz);
	qsort(room, blocks, sizeof(*room), compare);
	return blocks ? room[blocks / 8] : -120;
}

bool demo_listen(const char *path, unsigned citizen_hz, const unsigned *agent_hz, unsigned agents,
	struct demo_heard *out)
{
	SF_INFO info = {0};
	SNDFILE *f = sf_open(path, SFM_READ, &info);
	size_t blocks = (size_t)info.frames / BLOCK;
	int16_t *pcm = f && info.channels == 2 ? malloc((blocks + 1) * BLOCK * 2 * sizeof(*pcm)) : NULL;
	double *room = malloc((blocks + 1) * sizeof(*room)), level;
	bool ok = pcm && room &&
		  sf_readf_short(f, pcm, (sf_count_t)(blocks * BLOCK)) == (sf_count_t)(blocks * BLOCK);

	if (ok) {
		out->seconds = (double)info.frames / info.samplerate;
		out->citizen_db = channel_level(pcm, blocks, 0, citizen_hz, room);
		out->cross_db = channel_floor(pcm, blocks, 1, citizen_hz, room);
		out->agent = -1;
		out->agent_db = -120;
		for (unsigned i = 0; i < agents; i++) {
			level = channel_level(pcm, blocks, 1, agent_hz[i], room);
			if (level > out->agent_db) {
				out->agent_db = level;
				out->agent = (int)i;
			}
			level = channel_floor(pcm, blocks, 0, agent_hz[i], room);
			if (level > out->cross_db)
				out->cross_db = level;
		}
	}
	free(pcm);
	free(room);
	if (f)
		(void)sf_close(f);
	return ok;
}
