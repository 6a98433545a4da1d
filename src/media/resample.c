/*
 * resample.c - from any rate to 8 kHz by a windowed sinc (Kaiser, beta 9: stop band under -85 dB).
 *
 * Each output sample is the sum of the input around its instant, weighed with the sinc of the lower of the
 * two band limits. The kernel comes from a table with linear interpolation, so any ratio of rates will do.
 * Runs on workers: it is plain, not fast.
 */
#include "media_priv.h"

#include <math.h>
#include <stdlib.h>

#define CROSSINGS 32  /* zero crossings of the sinc on each side */
#define STEPS     256 /* table entries a crossing */
#define BETA      9.0
#define RATE      8000.0
#define PASS      0.94 /* of the band limit: leaves room for the slope */

static double bessel_i0(double x)
{
	double sum = 1, term = 1;

	for (int k = 1; k < 40; k++) {
		term *= x / (2 * k) * (x / (2 * k));
		sum += term;
	}
	return sum;
}

static float *kernel_table(void)
{
	size_t n = CROSSINGS * STEPS;
	float *table = malloc((n + 2) * sizeof(*table));

	if (!table)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		double x = (double)i / STEPS, r = (double)i / (double)n;
		double sinc = i == 0 ? 1 : sin(M_PI * x) / (M_PI * x);

		table[i] = (float)(sinc * bessel_i0(BETA * sqrt(1 - r * r)) / bessel_i0(BETA));
	}
	table[n] = table[n + 1] = 0;
	return table;
}

static double weight(const float *table, double x)
{
	double at = fabs(x) * STEPS;
	size_t i = (size_t)at;

	if (i >= CROSSINGS * STEPS)
		return 0;
	return table[i] + (at - (double)i) * (table[i + 1] - table[i]);
}

/* The input around `at`, in a band of `cut` times the input's rate. */
static double value_at(const float *in, size_t n, const float *table, double at, double cut)
{
	double reach = CROSSINGS / cut, sum = 0;
	long first = (long)ceil(at - reach), last = (long)floor(at + reach);

	if (first < 0)
		first = 0;
	if (last > (long)n - 1)
		last = (long)n - 1;
	for (long i = first; i <= last; i++)
		sum += in[i] * weight(table, (at - (double)i) * cut);
	return sum * cut;
}

static int16_t clip(double v)
{
	double scaled = v * 32768;

	return (int16_t)(scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : lrint(scaled));
}

int resample_to_8k(const float *in, size_t n, unsigned rate, int16_t **out, size_t *samples)
{
	double step = rate / RATE, cut = rate > RATE ? RATE / rate * PASS : PASS;
	float *table = kernel_table();
	size_t count = (size_t)((double)n / step);
	int16_t *pcm = malloc((count + 1) * sizeof(*pcm));
	int rc = table && pcm ? 0 : GHL_ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++)
		pcm[i] = clip(rate == (unsigned)RATE ? in[i] : value_at(in, n, table, (double)i * step, cut));
	free(table);
	if (rc < 0) {
		free(pcm);
		return rc;
	}
	*out = pcm;
	*samples = count;
	return 0;
}
