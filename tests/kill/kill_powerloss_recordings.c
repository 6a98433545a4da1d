/*
 * kill_powerloss_recordings.c - a recording process under the power-loss shim is killed at random instants;
 * of what was synced every recording whose end it had been told must be whole. The same without syncs must
 * lose some, or this test would prove nothing.
 */
#include "base/loop.h"
#include "media/media_priv.h"
#include "testing.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLERS  8
#define ACKS_MAX 256

/* What the child tells, below PIPE_BUF, once the end of a recording was told. */
struct ack {
	unsigned number; /* of its file */
	uint8_t hash[32];
};

/* --- the child: callers whose recordings follow each other --- */

struct caller {
	struct media_port *port;
	struct media_recording *recording;
	struct timer timer;
	unsigned number;
};

static struct loop *loop;
static const char *folder;
static unsigned next_number;

static void begin(struct caller *c);

static void on_recorded(void *arg, const struct media_recording_done *done)
{
	struct caller *c = arg;
	struct ack ack = {.number = c->number};

	memcpy(ack.hash, done->hash, sizeof(ack.hash));
	if (done->status < 0 || write(STDOUT_FILENO, &ack, sizeof(ack)) != sizeof(ack))
		abort();
	begin(c);
}

static void on_time(void *arg)
{
	struct caller *c = arg;

	media_record_stop(c->recording, on_recorded, c);
}

static void begin(struct caller *c)
{
	char path[400];

	c->number = next_number++;
	(void)snprintf(path, sizeof(path), "%s/day/%u.wav", folder, c->number);
	if (media_record_start(c->port, path, MEDIA_WAV_PCM16, &c->recording) < 0)
		abort();
	loop_timer_start(loop, &c->timer, 50 + testing_random() % 800, on_time, c);
}

static int sync_nothing(int fd)
{
	(void)fd;
	return 0;
}

static int child(const char *dir, bool no_sync)
{
	static const struct media_port_handlers deaf;
	static struct caller callers[CALLERS];
	struct media_opts opts = {.threads = 1, .record_block_ms = 100};
	struct media_peer nobody = {.codec = MEDIA_PCMA};
	struct ghl_clock clock;
	struct media *m;

	folder = dir;
	clock_init_real(&clock);
	if (loop_create(&loop, &clock) < 0)
		return 1;
	opts.loop = loop;
	if (media_create(&m, &opts, NULL) < 0)
		return 1;
	if (no_sync)
		recorder_sync_set(m->recorder, sync_nothing);
	for (unsigned i = 0; i < CALLERS; i++) {
		if (media_port_open(m, "127.0.0.1", &deaf, NULL, &callers[i].port) < 0)
			return 1;
		media_port_peer_set(callers[i].port, &nobody);
		begin(&callers[i]);
	}
	for (;;)
		loop_step(loop, 20);
}

/* --- the parent --- */

static struct ack acks[ACKS_MAX];
static unsigned n_acks;
static const char *shim = "";
static char disk[300], image[300];

static void make_child(int out, bool no_sync)
{
	char *argv[] = {"child", disk, no_sync ? "nosync" : "sync", NULL};

	(void)dup2(out, STDOUT_FILENO);
	(void)setenv("LD_PRELOAD", shim, 1);
	(void)setenv("GHL_POWERLOSS_DIR", disk, 1);
	(void)setenv("GHL_POWERLOSS_IMAGE", image, 1);
	(void)execv("/proc/self/exe", argv);
	_exit(127);
}

/* Until so many ends are told; those told until the kill count, too. */
static void run_and_kill(bool no_sync, unsigned wanted)
{
	struct pollfd p = {.events = POLLIN};
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		make_child(ends[1], no_sync);
	(void)close(ends[1]);
	p.fd = ends[0];
	for (n_acks = 0; n_acks < wanted; n_acks++) {
		ck_assert_int_gt(poll(&p, 1, 30000), 0);
		ck_assert_int_eq(read(p.fd, &acks[n_acks], sizeof(acks[0])), sizeof(acks[0]));
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	while (n_acks < ACKS_MAX && read(p.fd, &acks[n_acks], sizeof(acks[0])) == sizeof(acks[0]))
		n_acks++;
	(void)close(p.fd);
}

/* How many of the recordings whose end was told are not in the image as they were told. */
static unsigned count_lost(void)
{
	unsigned lost = 0;

	for (unsigned i = 0; i < n_acks; i++) {
		struct ghl_error err;
		uint8_t hash[32] = {0};
		uint64_t samples;
		char path[400];

		(void)snprintf(path, sizeof(path), "%s/tree/day/%u.wav", image, acks[i].number);
		lost += media_wav_hash(path, hash, &samples, &err) < 0 || memcmp(hash, acks[i].hash, 32) != 0;
	}
	return lost;
}

static void empty_disk(void)
{
	shim = getenv("GHL_POWERLOSS_SHIM");
	ck_assert_ptr_nonnull(shim);
	(void)snprintf(disk, sizeof(disk), "%.240s/disk", testing_folder());
	(void)snprintf(image, sizeof(image), "%.240s/image", testing_folder());
	testing_remove_tree(disk);
	testing_remove_tree(image);
	ck_assert_int_eq(mkdir(disk, 0700), 0);
	ck_assert_int_eq(mkdir(image, 0700), 0);
}

static unsigned rounds(void)
{
	const char *s = getenv("GHL_TEST_KILLS");

	return s ? (unsigned)strtoul(s, NULL, 10) : 4;
}

START_TEST(every_recording_whose_end_was_told_survives_a_power_loss)
{
	for (unsigned i = 0; i < rounds(); i++) {
		empty_disk();
		run_and_kill(false, 1 + (unsigned)(testing_random() % 24));
		ck_assert_uint_eq(count_lost(), 0);
	}
}
END_TEST

START_TEST(without_syncs_a_power_loss_loses_recordings)
{
	empty_disk();
	run_and_kill(true, 12);
	ck_assert_uint_gt(count_lost(), 0);
}
END_TEST

TEST_SUITE(powerloss_recordings, 250, every_recording_whose_end_was_told_survives_a_power_loss,
	without_syncs_a_power_loss_loses_recordings)

int main(int argc, char **argv)
{
	Suite *suites[1];

	if (argc == 3)
		return child(argv[1], strcmp(argv[2], "nosync") == 0);
	suites[0] = powerloss_recordings();
	return testing_run(suites, 1);
}
