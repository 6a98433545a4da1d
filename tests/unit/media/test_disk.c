/* test_disk.c - recordings on a disk that stalls, fills up or is cut off by kill -9: the call does not
 * notice, the loss is told. */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

Suite *disk_suite(void);

static char path[300];

static void new_path(void)
{
	(void)snprintf(path, sizeof(path), "%s/call.wav", testing_folder());
}

static atomic_bool stalled;

static ssize_t stalling_write(int fd, const void *data, size_t n, off_t at)
{
	struct timespec rest = {.tv_nsec = 1000000};

	while (atomic_load(&stalled))
		(void)nanosleep(&rest, NULL);
	return pwrite(fd, data, n, at);
}

START_TEST(a_stalled_disk_delays_no_packet_and_is_counted)
{
	struct media_stat machine;
	struct lab lab;
	struct end *a, *b;
	struct media_recording *r;
	struct outcome o;
	struct track t;

	lab_open(&lab, NULL);
	new_path();
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, true);
	recorder_write_set(lab.near->recorder, stalling_write);
	atomic_store(&stalled, true);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	lab_play(b, lab_tone(440, 4000), true);
	lab_pass(&lab, 5000);
	atomic_store(&stalled, false);
	lab_pass(&lab, 500);
	lab_stop_recording(&lab, r, &o);
	ck_assert_int_eq(o.facts.status, 0);
	ck_assert_uint_ge(o.facts.missing_samples, 1000 * 8);
	ck_assert_uint_le(o.facts.missing_samples, 3000 * 8);
	ck_assert_uint_ge(
		o.facts.samples, 5480 * 8); /* the clock held: what is missing is silence in its place */
	track_read(&t, path);
	ck_assert_uint_eq(t.samples, o.facts.samples);
	ck_assert_double_gt(goertzel_db(t.left + t.samples - 3200, 2400, 440), -20);
	track_free(&t);
	media_stat(lab.far, &machine); /* its threads record nothing: what they are late, the machine is */
	lab_close(&lab);
	ck_assert_uint_le(a->report.worst_late_us, 20000 + machine.worst_late_us);
	ck_assert_uint_eq(b->report.lost, 0);
}
END_TEST

static ssize_t full_write(int fd, const void *data, size_t n, off_t at)
{
	if (at > 20000) {
		errno = ENOSPC;
		return -1;
	}
	return pwrite(fd, data, n, at);
}

START_TEST(a_full_disk_ends_the_file_and_not_the_call)
{
	struct media_opts opts = {.threads = 1, .record_block_ms = 100};
	struct lab lab;
	struct end *a, *b;
	struct media_recording *r;
	struct outcome o;
	struct track t;

	lab_open(&lab, &opts);
	new_path();
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, true);
	recorder_write_set(lab.near->recorder, full_write);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	lab_pass(&lab, 1500);
	lab_stop_recording(&lab, r, &o);
	ck_assert_int_eq(o.facts.status, GHL_ESPACE);
	ck_assert_uint_gt(o.facts.samples, 0);
	track_read(&t, path);
	ck_assert_uint_eq(t.samples, o.facts.samples);
	track_free(&t);
	lab_close(&lab);
	ck_assert_uint_eq(a->report.lost, 0);
}
END_TEST

/* A sync of the near side's disk: of how many bytes of the file at its begin, told at its end. */
static atomic_uint syncs_begun;
static _Atomic int64_t synced_bytes;

static int stalling_sync(int fd)
{
	struct timespec rest = {.tv_nsec = 1000000};
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	atomic_fetch_add(&syncs_begun, 1);
	while (atomic_load(&stalled))
		(void)nanosleep(&rest, NULL);
	atomic_store(&synced_bytes, st.st_size);
	return 0;
}

START_TEST(a_sync_that_takes_5_s_loses_no_audio_and_tells_no_end_that_it_did_not_see)
{
	struct outcome o = {0};
	struct lab lab;
	struct end *a, *b;
	struct media_recording *r;

	lab_open(&lab, NULL);
	new_path();
	a = lab_port(&lab, lab.near);
	b = lab_port(&lab, lab.far);
	lab_connect(a, b, true);
	recorder_sync_set(lab.near->recorder, stalling_sync);
	atomic_store(&syncs_begun, 0);
	atomic_store(&stalled, true);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	lab_play(b, lab_tone(440, 4000), true);
	lab_pass(&lab, 5000);
	media_record_stop(r, lab_recorded, &o);
	lab_pass(&lab, 1500);
	ck_assert_uint_eq(atomic_load(&syncs_begun), 1);
	ck_assert_uint_eq(o.done, 0);
	atomic_store(&stalled, false);
	lab_until(&lab, &o.done, 1, 10000);
	ck_assert_uint_ge(atomic_load(&syncs_begun), 2);
	ck_assert_int_eq(o.facts.status, 0);
	ck_assert_uint_eq(o.facts.missing_samples, 0);
	ck_assert_uint_ge(o.facts.samples, 4980 * 8);
	ck_assert_int_eq(atomic_load(&synced_bytes), (int64_t)o.facts.bytes);
	lab_close(&lab);
}
END_TEST

static int failing_sync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

START_TEST(a_recording_that_cannot_be_made_durable_is_told_as_failed)
{
	struct outcome o;
	struct lab lab;
	struct end *a;
	struct media_recording *r;

	lab_open(&lab, NULL);
	new_path();
	a = lab_port(&lab, lab.near);
	recorder_sync_set(lab.near->recorder, failing_sync);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	lab_pass(&lab, 100);
	lab_stop_recording(&lab, r, &o);
	ck_assert_int_eq(o.facts.status, GHL_EIO);
	lab_close(&lab);
}
END_TEST

/* A process that records until it is killed; tells by a byte that it runs, every 20 ms by one more. */
static void record_for_ever(int tell)
{
	struct lab lab;
	struct end *a;
	struct media_recording *r;
	struct media_peer nobody = {.codec = MEDIA_PCMA};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	lab_open(&lab, NULL);
	a = lab_port(&lab, lab.near);
	media_port_peer_set(a->port, &nobody);
	ck_assert_int_eq(media_record_start(a->port, path, MEDIA_WAV_PCM16, &r), 0);
	for (;;) {
		lab_pass(&lab, 100);
		if (write(tell, "x", 1) != 1)
			_exit(1);
	}
}

START_TEST(after_kill_9_all_audio_up_to_2_s_before_is_there)
{
	struct ghl_error err;
	uint64_t samples = 0;
	unsigned told = 0;
	int ends[2];
	pid_t child;
	char x;

	new_path();
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0)
		record_for_ever(ends[1]);
	while (told < 30 && read(ends[0], &x, 1) == 1)
		told++;
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	(void)close(ends[0]);
	(void)close(ends[1]);
	ck_assert_int_eq(media_wav_repair(path, &samples, &err), 0);
	ck_assert_uint_ge(samples, (3000 - 2000) * 8);
}
END_TEST

TEST_SUITE(disk_suite, 60, a_stalled_disk_delays_no_packet_and_is_counted,
	a_full_disk_ends_the_file_and_not_the_call,
	a_sync_that_takes_5_s_loses_no_audio_and_tells_no_end_that_it_did_not_see,
	a_recording_that_cannot_be_made_durable_is_told_as_failed,
	after_kill_9_all_audio_up_to_2_s_before_is_there)
