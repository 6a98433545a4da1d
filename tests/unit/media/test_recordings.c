/* test_recordings.c - files: whole whenever a port closes, hashed, repaired. */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sndfile.h>

Suite *recordings_suite(void);

static char path[300];

static void new_path(void)
{
	(void)snprintf(path, sizeof(path), "%s/call.wav", testing_folder());
}

/* A ramp whose steps the codec keeps apart: code i of A-law for the millisecond i. */
static struct media_sound *counter(unsigned ms)
{
	int16_t *pcm = malloc((size_t)ms * 8 * sizeof(*pcm));
	struct media_sound *s = NULL;

	for (unsigned i = 0; i < ms * 8; i++)
		pcm[i] = alaw_to_linear((uint8_t)(i / 8 % 200 + 20));
	ck_assert_int_eq(media_sound_from_pcm(pcm, (size_t)ms * 8, &s), 0);
	free(pcm);
	return s;
}

static bool silent(int16_t v)
{
	return abs(v) <= 8;
}

/* After its first sound the counter runs on without a missing or doubled sample. */
static void assert_counts(const int16_t *pcm, size_t n, unsigned least_ms)
{
	size_t at = 0, end = n;
	unsigned want;

	while (at < n && silent(pcm[at]))
		at++;
	while (end > at && silent(pcm[end - 1]))
		end--;
	ck_assert_uint_ge((end - at) / 8, least_ms);
	for (want = 0; want < 200 && alaw_to_linear((uint8_t)(want + 20)) != pcm[at]; want++)
		continue;
	for (size_t i = at; i < end; i++)
		ck_assert_int_eq(pcm[i], alaw_to_linear((uint8_t)((want + (i - at) / 8) % 200 + 20)));
}

/* A call that counts in both directions and is recorded, and the file it must leave. */
struct counted {
	char path[300];
	struct end *a;
	struct media_recording *recording;
};

static void begin_counting(struct lab *lab, struct counted *c, unsigned n)
{
	struct end *b = lab_port(lab, lab->far);

	(void)snprintf(c->path, sizeof(c->path), "%s/%u.wav", testing_folder(), n);
	c->a = lab_port(lab, lab->near);
	lab_connect(c->a, b, true);
	ck_assert_int_eq(media_record_start(c->a->port, c->path, MEDIA_WAV_PCM16, &c->recording), 0);
	lab_play(b, counter(4000), true);
	lab_play(c->a, counter(4000), true);
}

static void assert_counted(struct lab *lab, struct counted *c, unsigned ms)
{
	struct outcome o;
	struct track t;

	lab_stop_recording(lab, c->recording, &o);
	ck_assert_int_eq(o.facts.status, 0);
	ck_assert_uint_eq(o.facts.missing_samples, 0);
	track_read(&t, c->path);
	ck_assert_uint_eq(t.samples, o.facts.samples);
	ck_assert_uint_eq(t.samples % 160, 0);
	assert_counts(t.right, t.samples, ms > 60 ? ms - 60 : 0);
	assert_counts(t.left, t.samples, ms > 160 ? ms - 160 : 0);
	track_free(&t);
}

START_TEST(a_recording_misses_no_sample_whenever_its_port_closes)
{
	static const unsigned odd_ms[] = {1, 137, 1013, 1999};
	struct counted calls[4];
	unsigned passed_ms = 0;
	struct lab lab;

	lab_open(&lab, NULL);
	for (unsigned i = 0; i < 4; i++)
		begin_counting(&lab, &calls[i], i);
	for (unsigned i = 0; i < 4; i++) {
		lab_pass(&lab, odd_ms[i] - passed_ms);
		passed_ms = odd_ms[i];
		lab_close_port(&lab, calls[i].a);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_counted(&lab, &calls[i], odd_ms[i]);
	lab_close(&lab);
}
END_TEST

static void check_facts(enum media_wav format)
{
	struct lab lab;
	struct end *a, *b;
	struct media_recording *r, *second;
	struct outcome o;
	struct ghl_error err;
	uint8_t hash[32];
	uint64_t samples;
	struct stat st;

	lab_open(&lab, NULL);
	new_path();
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, true);
	ck_assert_int_eq(media_record_start(a->port, path, format, &r), 0);
	ck_assert_int_eq(media_record_start(a->port, "second.wav", format, &second), GHL_ESTATE);
	lab_pass(&lab, 400);
	lab_stop_recording(&lab, r, &o);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(o.facts.bytes, (uint64_t)st.st_size);
	ck_assert_int_eq(media_wav_hash(path, hash, &samples, &err), 0);
	ck_assert_uint_eq(samples, o.facts.samples);
	ck_assert_mem_eq(hash, o.facts.hash, 32);
	ck_assert_uint_ge(samples, 380 * 8);
	ck_assert_int_le(llabs(loop_utc_us(lab.loop) - o.facts.started_at_us),
		(int64_t)(10000000 * testing_slowness()));
	ck_assert_int_eq(media_wav_repair(path, &samples, &err), 0);
	ck_assert_uint_eq(samples, o.facts.samples);
	ck_assert_int_eq(media_record_start(a->port, path, format, &r), 0); /* the file exists */
	lab_stop_recording(&lab, r, &o);
	ck_assert_int_eq(o.facts.status, GHL_EEXIST);
	ck_assert_int_eq(media_wav_hash(path, o.facts.hash, &samples, &err), 0);
	ck_assert_mem_eq(hash, o.facts.hash, 32);
	lab_close(&lab);
}

START_TEST(a_recording_is_told_with_the_hash_of_its_file)
{
	check_facts(MEDIA_WAV_PCM16);
}
END_TEST

START_TEST(an_a_law_recording_is_read_by_others)
{
	SF_INFO info = {0};
	SNDFILE *file;

	check_facts(MEDIA_WAV_ALAW);
	file = sf_open(path, SFM_READ, &info);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(info.format, SF_FORMAT_WAV | SF_FORMAT_ALAW);
	ck_assert_int_eq(info.channels, 2);
	ck_assert_int_eq(info.samplerate, 8000);
	ck_assert_int_ge(info.frames, 380 * 8);
	(void)sf_close(file);
}
END_TEST

START_TEST(below_the_reserve_no_recording_starts)
{
	struct media_opts opts = {.threads = 1, .disk_reserve_bytes = UINT64_MAX / 2};
	struct lab lab;
	struct end *a;
	struct media_recording *r;

	lab_open(&lab, &opts);
	new_path();
	a = lab_port(&lab, lab.near);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), GHL_ESPACE);
	lab_close(&lab);
}
END_TEST

static void write_file(const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	(void)close(fd);
}

START_TEST(repair_takes_the_length_from_the_file_and_leaves_strangers_alone)
{
	uint8_t data[58 + 1003] = {0}, hash[32];
	struct wav_facts facts;
	struct ghl_error err;
	uint64_t samples;
	int fd;

	new_path();
	(void)wav_build(data, MEDIA_WAV_PCM16, 0);
	write_file(data, 44 + 1003);
	ck_assert_int_eq(media_wav_repair(path, &samples, &err), 0);
	ck_assert_uint_eq(samples, 250);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, data, sizeof(data)), 44 + 1000);
	(void)close(fd);
	ck_assert_int_eq(wav_parse(&facts, data, 44), 0);
	ck_assert_uint_eq(facts.data_bytes, 1000);
	(void)wav_build(data, MEDIA_WAV_ALAW, 7777);
	write_file(data, 58 + 1003);
	ck_assert_int_eq(media_wav_repair(path, &samples, &err), 0);
	ck_assert_uint_eq(samples, 501);
	data[22] = 1; /* mono is not ours */
	write_file(data, 58 + 1003);
	ck_assert_int_eq(media_wav_repair(path, &samples, &err), GHL_ECORRUPT);
	ck_assert_int_eq(media_wav_hash(path, hash, &samples, &err), GHL_ECORRUPT);
	write_file(data, 20);
	ck_assert_int_eq(media_wav_repair(path, &samples, &err), GHL_ECORRUPT);
	(void)unlink(path);
	ck_assert_int_eq(media_wav_repair(path, &samples, &err), GHL_ENOENT);
}
END_TEST

TEST_SUITE(recordings_suite, 60, a_recording_misses_no_sample_whenever_its_port_closes,
	a_recording_is_told_with_the_hash_of_its_file, an_a_law_recording_is_read_by_others,
	below_the_reserve_no_recording_starts,
	repair_takes_the_length_from_the_file_and_leaves_strangers_alone)
