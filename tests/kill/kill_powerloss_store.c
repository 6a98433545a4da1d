/*
 * kill_powerloss_store.c - a committing process under the power-loss shim is killed at random instants; from
 * what was synced every fact it had been told of must come back. The same without syncs must lose some, or
 * this test would prove nothing.
 */
#include "store/store.h"
#include "testing.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS  4
#define ACKS_MAX 100000

/* What the child tells, below PIPE_BUF, once store_commit() has returned. */
struct ack {
	uint64_t seq;
	uint64_t payload;
};

/* --- the child --- */

struct committer {
	pthread_t thread;
	struct store *store;
	uint64_t payload; /* its process, its thread, and a count */
};

static void *commit_for_ever(void *arg)
{
	struct committer *c = arg;
	struct store_result res;
	struct ack ack;

	for (;; c->payload++) {
		struct store_batch *b = store_batch_new();

		(void)store_batch_serial(b, 'C', 20261123);
		store_batch_fact(b, 1, 1, 0, NULL, &c->payload, sizeof(c->payload));
		store_batch_put(b, STORE_CALL_BY_ID, &c->payload, sizeof(c->payload), store_serial_mark(0),
			STORE_SERIAL_LEN);
		if (store_commit(c->store, b, &res) < 0)
			abort();
		ack = (struct ack){.seq = res.last_seq, .payload = c->payload};
		if (write(STDOUT_FILENO, &ack, sizeof(ack)) != sizeof(ack))
			abort();
	}
}

static int child(const char *dir, bool no_sync)
{
	struct store_opts opts = {.no_sync = no_sync, .map_start_bytes = 1 << 20};
	struct committer c[THREADS];
	struct ghl_error err;
	struct store *s;

	if (store_open(&s, dir, &opts, &err) < 0) {
		(void)fprintf(stderr, "child: %s\n", err.text);
		return 1;
	}
	for (unsigned i = 0; i < THREADS; i++) {
		c[i] = (struct committer){
			.store = s, .payload = (uint64_t)getpid() << 32 | (uint64_t)i << 28};
		if (pthread_create(&c[i].thread, NULL, commit_for_ever, &c[i]) != 0)
			return 1;
	}
	(void)pause();
	return 0;
}

/* --- the parent --- */

static struct ack acks[ACKS_MAX];
static unsigned n_acks;
static const char *shim = "";
static char top[256], store_path[320], image_path[320];

static pid_t start_child(bool no_sync, int *out)
{
	char *argv[] = {"child", store_path, no_sync ? "nosync" : "sync", NULL};
	int fds[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)setenv("LD_PRELOAD", shim, 1);
		(void)setenv("GHL_POWERLOSS_DIR", top, 1);
		(void)setenv("GHL_POWERLOSS_IMAGE", image_path, 1);
		(void)execv("/proc/self/exe", argv);
		_exit(127);
	}
	(void)close(fds[1]);
	*out = fds[0];
	return pid;
}

static void read_acks(int fd)
{
	while (n_acks < ACKS_MAX && read(fd, &acks[n_acks], sizeof(acks[0])) == sizeof(acks[0]))
		n_acks++;
}

static void run_and_kill(bool no_sync, unsigned wanted)
{
	unsigned before = n_acks;
	struct pollfd p = {.events = POLLIN};
	pid_t pid = start_child(no_sync, &p.fd);

	ck_assert_int_eq(fcntl(p.fd, F_SETFL, O_NONBLOCK), 0);
	while (n_acks < before + wanted) {
		ck_assert_int_gt(poll(&p, 1, 30000), 0);
		ck_assert(p.revents & POLLIN);
		read_acks(p.fd);
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	read_acks(p.fd);
	(void)close(p.fd);
}

/* The power comes back: what is there now is what the image holds. */
static void restart_from_image(void)
{
	char cmd[1200];

	testing_remove_tree(top);
	(void)snprintf(cmd, sizeof(cmd), "cp -r '%s/tree' '%s'", image_path, top);
	ck_assert_int_eq(system(cmd), 0);
	testing_remove_tree(image_path);
	ck_assert_int_eq(mkdir(image_path, 0700), 0);
}

struct found {
	uint64_t *payloads; /* by sequence */
	uint64_t last;
};

static int collect(void *arg, const struct store_fact *f)
{
	struct found *w = arg;

	ck_assert_uint_le(f->seq, ACKS_MAX);
	if (f->payload_len == sizeof(uint64_t))
		memcpy(&w->payloads[f->seq], f->payload, sizeof(uint64_t));
	w->last = f->seq;
	return 0;
}

/* How many of the facts that were told are not in the store; and the store must be whole in any case. */
static unsigned count_lost(void)
{
	struct found w = {.payloads = calloc(ACKS_MAX + 1, sizeof(uint64_t))};
	struct ghl_error err = {0};
	struct store_opts opts = {0};
	struct store_read *r;
	struct store *s;
	unsigned lost = 0;

	ck_assert_ptr_nonnull(w.payloads);
	ck_assert_msg(store_open(&s, store_path, &opts, &err) == 0, "%s", err.text);
	ck_assert_msg(store_check(s, NULL, NULL, NULL, NULL, &err) == 0, "%s", err.text);
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_facts(r, 1, collect, &w), 0);
	store_read_end(r);
	for (unsigned i = 0; i < n_acks; i++)
		lost += w.payloads[acks[i].seq] != acks[i].payload;
	store_close(s);
	free(w.payloads);
	return lost;
}

static void prepare(void)
{
	const char *folder = testing_folder();

	shim = getenv("GHL_POWERLOSS_SHIM");
	ck_assert_ptr_nonnull(shim);
	(void)snprintf(top, sizeof(top), "%.240s/disk", folder);
	(void)snprintf(image_path, sizeof(image_path), "%.240s/image", folder);
	(void)snprintf(store_path, sizeof(store_path), "%s/store", top);
	ck_assert_int_eq(mkdir(top, 0700), 0);
	ck_assert_int_eq(mkdir(image_path, 0700), 0);
	n_acks = 0;
}

static unsigned rounds(void)
{
	const char *s = getenv("GHL_TEST_KILLS");

	return s ? (unsigned)strtoul(s, NULL, 10) : 8;
}

START_TEST(every_fact_that_was_told_survives_a_power_loss)
{
	prepare();
	for (unsigned i = 0; i < rounds() && n_acks < ACKS_MAX - 1000; i++) {
		run_and_kill(false, 1 + (unsigned)(testing_random() % 150));
		restart_from_image();
		ck_assert_uint_eq(count_lost(), 0);
	}
}
END_TEST

START_TEST(without_syncs_a_power_loss_loses_facts)
{
	struct ghl_error err = {0};
	struct store_opts opts = {0};
	struct store *s;

	prepare();
	ck_assert_msg(store_open(&s, store_path, &opts, &err) == 0, "%s", err.text);
	store_close(s);
	run_and_kill(true, 100);
	restart_from_image();
	ck_assert_uint_gt(count_lost(), 0);
}
END_TEST

TEST_SUITE(powerloss_store, 250, every_fact_that_was_told_survives_a_power_loss,
	without_syncs_a_power_loss_loses_facts)

int main(int argc, char **argv)
{
	Suite *suites[1];

	if (argc == 3)
		return child(argv[1], strcmp(argv[2], "nosync") == 0);
	suites[0] = powerloss_store();
	return testing_run(suites, 1);
}
