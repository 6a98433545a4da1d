/* test_law.c - G.711 against SpanDSP's formulas and the properties of the laws; the resampler against sines.
 */
#include "fixture.h"

#include "media/g711.h"

#include <math.h>
#include <stdlib.h>

Suite *law_suite(void);

static int16_t by_formula(enum media_codec c, uint8_t code)
{
	return c == MEDIA_PCMU ? ulaw_to_linear(code) : alaw_to_linear(code);
}

START_TEST(every_code_decodes_as_the_reference_has_it)
{
	law_init();
	for (int c = 0; c < 2; c++)
		for (int i = 0; i < 256; i++) {
			uint8_t code = (uint8_t)i;
			int16_t pcm;

			law_decode((enum media_codec)c, &code, &pcm, 1);
			ck_assert_int_eq(pcm, by_formula((enum media_codec)c, code));
		}
}
END_TEST

/* ITU-T G.711: known points, from the tables of the recommendation. */
START_TEST(known_points_of_the_tables_hold)
{
	static const struct {
		int16_t pcm;
		uint8_t ulaw, alaw;
	} points[] = {{0, 0xff, 0xd5}, {32767, 0x80, 0xaa}, {-32768, 0x00, 0x2a}, {-1, 0x7f, 0x55},
		{16, 0xfd, 0xd4}, {1000, 0xce, 0xfa}, {-1000, 0x4e, 0x7a}, {8159 * 4, 0x80, 0xaa}};

	law_init();
	for (unsigned i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		uint8_t u, a;

		law_encode(MEDIA_PCMU, &points[i].pcm, &u, 1);
		law_encode(MEDIA_PCMA, &points[i].pcm, &a, 1);
		ck_assert_msg(
			u == points[i].ulaw && a == points[i].alaw, "%d: %02x %02x", points[i].pcm, u, a);
	}
}
END_TEST

/* Half a step is a 32nd of the segment's foot, which u-law has 132 lower; the lowest bits of 16 do not count.
 */
static int16_t close_code(enum media_codec c, int pcm)
{
	int16_t in = (int16_t)pcm, out;
	uint8_t code;

	law_encode(c, &in, &code, 1);
	law_decode(c, &code, &out, 1);
	ck_assert_int_le(abs(out - pcm), (abs(pcm) + 132) / 32 + 8);
	return out;
}

START_TEST(every_sample_comes_back_within_half_a_step_and_in_order)
{
	int16_t last[2] = {INT16_MIN, INT16_MIN};

	law_init();
	for (int pcm = -32768; pcm <= 32767; pcm++)
		for (int c = 0; c < 2; c++) {
			int16_t out = close_code((enum media_codec)c, pcm);

			ck_assert_int_ge(out, last[c]);
			last[c] = out;
		}
}
END_TEST

START_TEST(codes_survive_decoding_and_encoding)
{
	law_init();
	for (int c = 0; c < 2; c++)
		for (int i = 0; i < 256; i++) {
			uint8_t code = (uint8_t)i, back;
			int16_t pcm;

			law_decode((enum media_codec)c, &code, &pcm, 1);
			law_encode((enum media_codec)c, &pcm, &back, 1);
			if (c == MEDIA_PCMU && i == 0x7f)
				ck_assert_uint_eq(back, 0xff); /* the second zero of u-law */
			else
				ck_assert_uint_eq(back, code);
		}
}
END_TEST

START_TEST(transcoding_is_decoding_and_encoding)
{
	law_init();
	for (int c = 0; c < 2; c++)
		for (int i = 0; i < 256; i++) {
			uint8_t code = (uint8_t)i, by_table = code, slowly;
			int16_t pcm;

			law_decode((enum media_codec)c, &code, &pcm, 1);
			law_encode((enum media_codec) !c, &pcm, &slowly, 1);
			law_transcode((enum media_codec)c, (enum media_codec) !c, &by_table, 1);
			ck_assert_uint_eq(by_table, slowly);
		}
}
END_TEST

static void resample_one(unsigned rate, double hz, double least_db, double most_db)
{
	size_t n = rate * 2, samples;
	float *in = malloc(n * sizeof(*in));
	int16_t *out;

	for (size_t i = 0; i < n; i++)
		in[i] = (float)(0.5 * sin(2 * M_PI * hz * (double)i / rate));
	ck_assert_int_eq(resample_to_8k(in, n, rate, &out, &samples), 0);
	ck_assert_uint_eq(samples, 16000);
	ck_assert_double_ge(goertzel_db(out + 4000, 8000, hz < 4000 ? hz : 8000 - hz), least_db);
	ck_assert_double_le(goertzel_db(out + 4000, 8000, hz < 4000 ? hz : 8000 - hz), most_db);
	free(in);
	free(out);
}

START_TEST(any_rate_becomes_8_kHz_without_aliases)
{
	static const unsigned rates[] = {6000, 8000, 11025, 16000, 22050, 44100, 48000, 44101};

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		resample_one(rates[i], 1000, -6.2, -5.9);
	resample_one(16000, 5000, -200, -80);
	resample_one(44100, 4400, -200, -80);
	resample_one(48000, 3300, -6.5, -5.9);
}
END_TEST

TEST_SUITE(law_suite, 20, every_code_decodes_as_the_reference_has_it, known_points_of_the_tables_hold,
	every_sample_comes_back_within_half_a_step_and_in_order, codes_survive_decoding_and_encoding,
	transcoding_is_decoding_and_encoding, any_rate_becomes_8_kHz_without_aliases)
