/* test_sounds.c - prompts from files, the cache, speech; and a call over a bad network. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sndfile.h>

Suite *sounds_suite(void);

static char path[320];

static void write_tone(int format, int rate, int channels, double hz)
{
	SF_INFO info = {.format = format, .samplerate = rate, .channels = channels};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	float frame[8];

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < rate; i++) {
		for (int c = 0; c < channels; c++)
			frame[c] = (float)(0.4 * sin(2 * M_PI * hz * i / rate));
		ck_assert_int_eq((int)sf_writef_float(file, frame, 1), 1);
	}
	(void)sf_close(file);
}

START_TEST(a_file_of_any_kind_rate_and_channels_is_a_prompt)
{
	static const struct {
		int format, rate, channels;
	} kinds[] = {{SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2}, {SF_FORMAT_WAV | SF_FORMAT_ALAW, 8000, 1},
		{SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 48000, 1}, {SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 22050, 6},
		{SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000, 1}};
	struct lab lab;
	struct media_sound *s;
	struct ghl_error err;

	lab_open(&lab, NULL);
	(void)snprintf(path, sizeof(path), "%s/prompt", testing_folder());
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		write_tone(kinds[i].format, kinds[i].rate, kinds[i].channels, 700);
		ck_assert_int_eq(media_sound_open(lab.near, path, &s, &err), 0);
		ck_assert_uint_ge(media_sound_ms(s), 990);
		ck_assert_uint_le(media_sound_ms(s), 1010);
		ck_assert_double_gt(goertzel_db(s->pcm + 2000, 4000, 700), -9);
		media_sound_unref(s);
		(void)unlink(path);
	}
	lab_close(&lab);
}
END_TEST

START_TEST(a_prompt_is_converted_once_until_its_file_changes)
{
	struct lab lab;
	struct media_sound *first, *again, *changed;
	struct ghl_error err;

	lab_open(&lab, NULL);
	(void)snprintf(path, sizeof(path), "%s/prompt.wav", testing_folder());
	write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 500);
	ck_assert_int_eq(media_sound_open(lab.near, path, &first, &err), 0);
	ck_assert_int_eq(media_sound_open(lab.near, path, &again, &err), 0);
	ck_assert_ptr_eq(first, again);
	write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 1, 500);
	ck_assert_int_eq(media_sound_open(lab.near, path, &changed, &err), 0);
	ck_assert_ptr_ne(first, changed);
	media_sound_unref(first);
	media_sound_unref(again);
	media_sound_unref(changed);
	lab_close(&lab);
}
END_TEST

START_TEST(a_file_is_not_looked_at_again_within_a_second)
{
	struct lab lab;
	struct media_sound *first, *again, *known = NULL;
	struct ghl_error err;

	lab_open(&lab, NULL);
	(void)snprintf(path, sizeof(path), "%s/known.wav", testing_folder());
	write_tone(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 500);
	ck_assert_ptr_null(media_sound_known(lab.near, path));
	ck_assert_int_eq(media_sound_open(lab.near, path, &first, &err), 0);
	for (int i = 0; i < 50 && !known; i++) { /* a machine may sleep for a second between the two */
		ck_assert_int_eq(media_sound_open(lab.near, path, &again, &err), 0);
		media_sound_unref(again);
		known = media_sound_known(lab.near, path);
	}
	ck_assert_ptr_eq(known, first);
	media_sound_unref(known);
	lab_pass(&lab, 1100);
	ck_assert_ptr_null(media_sound_known(lab.near, path));
	media_sound_unref(first);
	lab_close(&lab);
}
END_TEST

struct answer {
	unsigned came;
	int status;
	struct media_sound *sound;
	char text[1024];
};

static void on_sound(void *arg, int status, struct media_sound *sound, const struct ghl_error *err)
{
	struct answer *a = arg;

	a->came++;
	a->status = status;
	a->sound = sound;
	(void)snprintf(a->text, sizeof(a->text), "%s", err ? err->text : "");
}

START_TEST(what_is_no_sound_is_told_with_its_name)
{
	struct lab lab;
	struct answer a = {0};
	FILE *f;

	lab_open(&lab, NULL);
	(void)snprintf(path, sizeof(path), "%s/noise.wav", testing_folder());
	media_sound_load(lab.near, path, on_sound, &a);
	ck_assert_uint_eq(a.came, 0);
	lab_until(&lab, &a.came, 1, 5000);
	ck_assert_int_eq(a.status, GHL_ENOENT);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	(void)fputs("this is no sound", f);
	(void)fclose(f);
	media_sound_load(lab.near, path, on_sound, &a);
	lab_until(&lab, &a.came, 2, 5000);
	ck_assert_int_eq(a.status, GHL_EPARSE);
	ck_assert_ptr_nonnull(strstr(a.text, "noise.wav"));
	media_sound_load(lab.near, "/", on_sound, &a);
	lab_until(&lab, &a.came, 3, 5000);
	ck_assert_int_eq(a.status, GHL_EINVAL);
	lab_close(&lab);
}
END_TEST

START_TEST(a_text_is_spoken_and_kept_for_the_next_time)
{
	struct media_opts opts = {.threads = 1};
	struct lab lab;
	struct answer first = {0}, again = {0}, chinese = {0}, odd = {0};

	(void)snprintf(opts.cache_dir, sizeof(opts.cache_dir), "%s/speech", testing_folder());
	lab_open(&lab, &opts);
	media_sound_speak(lab.near, "--help; your place in the queue is three", "en", on_sound, &first);
	media_sound_speak(lab.near, "您好", "zh", on_sound, &chinese);
	media_sound_speak(lab.near, "x", "../en", on_sound, &odd);
	lab_until(&lab, &first.came, 1, 20000);
	lab_until(&lab, &chinese.came, 1, 20000);
	lab_until(&lab, &odd.came, 1, 20000);
	ck_assert_msg(first.status == 0, "%s", first.text);
	ck_assert_msg(chinese.status == 0, "%s", chinese.text);
	ck_assert_int_eq(odd.status, GHL_EINVAL);
	ck_assert_uint_ge(media_sound_ms(first.sound), 1500);
	ck_assert_uint_ge(media_sound_ms(chinese.sound), 300);
	media_sound_speak(lab.near, "--help; your place in the queue is three", "en", on_sound, &again);
	lab_until(&lab, &again.came, 1, 20000);
	ck_assert_ptr_nonnull(again.sound->path);
	ck_assert_uint_eq(again.sound->samples, first.sound->samples);
	media_sound_unref(first.sound);
	media_sound_unref(again.sound);
	media_sound_unref(chinese.sound);
	lab_close(&lab);
}
END_TEST

START_TEST(with_5_percent_loss_and_60_ms_jitter_the_recording_is_whole_and_the_loss_named)
{
	struct impaired_opts bad = {.loss_percent = 5, .double_percent = 2, .jitter_ms = 60, .seed = 4711};
	struct impaired *relay = impaired_start(&bad);
	struct impaired_counts counts;
	struct lab lab;
	struct end *a, *b;
	struct media_recording *r;
	struct outcome o;
	struct track t;

	lab_open(&lab, NULL);
	(void)snprintf(path, sizeof(path), "%s/call.wav", testing_folder());
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect_through(relay, a, b);
	lab_play(b, lab_tone(440, 10000), true);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	ck_assert_int_eq(media_port_digits_send(b->port, "12345"), 0);
	lab_pass(&lab, 4500);
	lab_stop_recording(&lab, r, &o);
	lab_close(&lab);
	impaired_stop(relay, &counts);
	ck_assert_int_eq(o.facts.status, 0);
	ck_assert_uint_eq(o.facts.missing_samples, 0);
	ck_assert_uint_ge(o.facts.samples, 4460 * 8);
	ck_assert_str_eq(a->digits, "12345");
	track_read(&t, path);
	ck_assert_uint_eq(t.samples, o.facts.samples);
	ck_assert_double_gt(goertzel_db(t.left + t.samples - 16000, 8000, 440), -20);
	track_free(&t);
	ck_assert_uint_ge(a->report.lost, 5);
	ck_assert_uint_le(a->report.lost, counts.lost);
	ck_assert_uint_ge(a->report.duplicates, 1);
	ck_assert_uint_ge(a->report.reordered, 10);
	ck_assert_uint_ge(a->report.jitter_us, 5000);
	ck_assert_uint_le(a->report.late, a->report.packets_received / 20);
}
END_TEST

TEST_SUITE(sounds_suite, 60, a_file_of_any_kind_rate_and_channels_is_a_prompt,
	a_prompt_is_converted_once_until_its_file_changes, a_file_is_not_looked_at_again_within_a_second,
	what_is_no_sound_is_told_with_its_name, a_text_is_spoken_and_kept_for_the_next_time,
	with_5_percent_loss_and_60_ms_jitter_the_recording_is_whole_and_the_loss_named)
