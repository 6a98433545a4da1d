/*
 * test_store_many.c - several processes on one store: serials and ids over kill -9, others' commits seen,
 * growth seen. The test's own process opens the store only when no child was forked since, as LMDB asks.
 */
#include "store_testing.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 8
#define ROUNDS    4
#define TAKEN_MAX 200000

/* What a child tells through its pipe, atomically (below PIPE_BUF), after it was committed. */
struct taken {
	uint64_t id;
	uint64_t seq;
	uint64_t serial;
};

static struct taken taken[TAKEN_MAX];
static unsigned n_taken;

static void child_fails(const char *what)
{
	(void)fprintf(stderr, "child: %s\n", what);
	_exit(1);
}

static struct store *child_open(const struct store_opts *opts)
{
	struct ghl_error err = {0};
	struct store *s;

	if (store_open(&s, fixture_path("store"), opts, &err) < 0)
		child_fails(err.text);
	return s;
}

/* A record that holds its own serial, as a call's does. */
static void take_for_ever(int fd)
{
	struct store *s = child_open(&(struct store_opts){.map_start_bytes = 1 << 20});
	struct store_result res;

	for (;;) {
		struct store_batch *b = store_batch_new();
		struct taken t = {.id = store_id_next(s, GHL_ID_CALL)};

		(void)store_batch_serial(b, 'C', 20261123);
		store_batch_put(
			b, STORE_RECORDING, store_serial_mark(0), STORE_SERIAL_LEN, &t.id, sizeof(t.id));
		store_batch_fact(b, 1, 1, 0, NULL, store_serial_mark(0), STORE_SERIAL_LEN);
		if (t.id == 0 || store_commit(s, b, &res) < 0)
			child_fails("commit");
		t.serial = strtoull(res.serials[0], NULL, 10);
		t.seq = res.last_seq;
		if (write(fd, &t, sizeof(t)) != sizeof(t))
			child_fails("pipe");
	}
}

static void read_taken(int fd)
{
	while (n_taken < TAKEN_MAX && read(fd, &taken[n_taken], sizeof(taken[0])) == sizeof(taken[0]))
		n_taken++;
}

static void kill_all(const pid_t *pids, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(kill(pids[i], SIGKILL), 0);
		ck_assert_int_eq(waitpid(pids[i], NULL, 0), pids[i]);
	}
}

/* Eight processes take until they have told enough, then die without warning. */
static void round_of_takers(unsigned wanted)
{
	pid_t pids[PROCESSES];
	unsigned before = n_taken;
	struct pollfd p;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			take_for_ever(fds[1]);
	}
	(void)close(fds[1]);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	p = (struct pollfd){.fd = fds[0], .events = POLLIN};
	while (n_taken < before + wanted) {
		ck_assert_int_gt(poll(&p, 1, 30000), 0);
		read_taken(fds[0]);
	}
	kill_all(pids, PROCESSES);
	read_taken(fds[0]);
	(void)close(fds[0]);
}

static int by_id(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_serial(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;

	return (x->serial > y->serial) - (x->serial < y->serial);
}

/* Every serial from 1 on stands in the store, and the next in line is the one after the last. */
struct serials {
	uint64_t next;
	unsigned told;
};

static int check_serial(void *arg, const struct store_item *i)
{
	struct serials *w = arg;
	char text[STORE_SERIAL_LEN + 1] = "";

	ck_assert_uint_eq(i->klen, STORE_SERIAL_LEN);
	memcpy(text, i->key, STORE_SERIAL_LEN);
	ck_assert_uint_eq(strtoull(text, NULL, 10), 202611230000000 + ++w->next);
	if (w->told < n_taken && taken[w->told].serial == 202611230000000 + w->next) {
		ck_assert_mem_eq(i->value, &taken[w->told].id, 8);
		w->told++;
	}
	return 0;
}

START_TEST(serials_and_ids_are_unique_over_processes_that_are_killed)
{
	struct serials w = {0};
	struct store_read *r;
	struct ghl_error err;
	struct store *s;

	store_close(fixture_open(NULL));
	n_taken = 0;
	for (unsigned i = 0; i < ROUNDS; i++)
		round_of_takers(150);
	qsort(taken, n_taken, sizeof(taken[0]), by_id);
	for (unsigned i = 1; i < n_taken; i++)
		ck_assert_uint_ne(taken[i].id, taken[i - 1].id);
	qsort(taken, n_taken, sizeof(taken[0]), by_serial);
	for (unsigned i = 1; i < n_taken; i++)
		ck_assert_uint_ne(taken[i].serial, taken[i - 1].serial);
	s = fixture_open_again(NULL);
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_range(r, STORE_RECORDING, NULL, 0, NULL, 0, false, check_serial, &w), 0);
	store_read_end(r);
	ck_assert_uint_eq(w.told, n_taken);
	ck_assert_uint_eq(store_head(s), w.next);
	ck_assert_msg(store_check(s, NULL, NULL, NULL, NULL, &err) == 0, "%s", err.text);
	store_close(s);
}
END_TEST

/* --- seeing each other --- */

struct seen {
	struct store *store;
	uint64_t head;
};

static void on_head(void *arg)
{
	struct seen *w = arg;

	w->head = store_head(w->store);
}

/* A child that commits one fact for each byte it reads, then answers with a byte. */
static pid_t start_writer(int *to, int *from)
{
	int down[2], up[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(down), 0);
	ck_assert_int_eq(pipe(up), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct store *s =
			child_open(&(struct store_opts){.no_sync = true, .map_start_bytes = 1 << 20});
		static const char big[STORE_VALUE_MAX];

		(void)close(down[1]);
		while (read(down[0], &c, 1) == 1) {
			struct store_batch *b = store_batch_new();

			store_batch_fact(b, 1, 1, 0, NULL, big, c == 'L' ? sizeof(big) : 1);
			if (store_commit(s, b, NULL) < 0 || write(up[1], &c, 1) != 1)
				child_fails("commit");
		}
		store_close(s);
		_exit(0);
	}
	(void)close(down[0]);
	(void)close(up[1]);
	*to = down[1];
	*from = up[0];
	return pid;
}

static void order(int to, int from, char what)
{
	char c;

	ck_assert_int_eq(write(to, &what, 1), 1);
	ck_assert_int_eq(read(from, &c, 1), 1);
}

static void end_writer(pid_t pid, int to, int from)
{
	int status = -1;

	(void)close(to);
	(void)close(from);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static void await_head(struct loop *loop, struct seen *w, uint64_t head)
{
	for (unsigned i = 0; i < 200 && w->head != head; i++)
		loop_step(loop, 50);
	ck_assert_uint_eq(w->head, head);
}

START_TEST(the_commits_of_another_process_are_told_on_the_loop)
{
	struct ghl_clock clock;
	struct store_opts opts = {.clock = &clock, .no_sync = true};
	struct seen w = {0};
	int to, from;
	pid_t pid;

	store_close(fixture_open(NULL));
	pid = start_writer(&to, &from);
	clock_init_real(&clock);
	ck_assert_int_eq(loop_create(&opts.loop, &clock), 0);
	w.store = fixture_open_again(&opts);
	store_watch(w.store, on_head, &w);
	order(to, from, 's');
	await_head(opts.loop, &w, 1);
	order(to, from, 's');
	store_poke(w.store);
	await_head(opts.loop, &w, 2);
	ck_assert_int_eq(fixture_fact(w.store, 1, "own"), 0);
	await_head(opts.loop, &w, 3);
	end_writer(pid, to, from);
	store_close(w.store);
	loop_destroy(opts.loop);
}
END_TEST

START_TEST(a_process_follows_when_another_has_made_the_map_grow)
{
	struct store_opts opts = {.no_sync = true, .map_start_bytes = 1 << 20};
	struct store *s;
	int to, from;
	pid_t pid;

	store_close(fixture_open(&opts));
	pid = start_writer(&to, &from);
	s = fixture_open_again(&opts);
	for (unsigned i = 0; i < 400; i++) {
		order(to, from, 'L');
		ck_assert_uint_eq(store_head(s), i + 1 + i / 50);
		if (i % 50 == 49)
			ck_assert_int_eq(fixture_fact(s, 1, "mine"), 0);
	}
	end_writer(pid, to, from);
	ck_assert_uint_eq(store_head(s), 408);
	fixture_expect_fact(s, 51, "mine");
	store_close(s);
}
END_TEST

/* --- durable cursors --- */

static int count_facts(void *arg, const struct store_fact *f)
{
	uint64_t *last = arg;

	ck_assert_uint_eq(f->seq, *last + 1);
	*last = f->seq;
	return f->seq % 10 == 0; /* ten at a time */
}

/* Works off ten facts and moves its cursor in the same commit as the work's result; false when there is no
 * more. */
static bool work_some(struct store *s)
{
	struct store_batch *b = store_batch_new();
	uint64_t at = 0, last, version = 0;
	int64_t handled;
	struct store_read *r;
	uint8_t bytes[8];
	const void *v;
	size_t n;

	ck_assert_int_eq(store_read_begin(s, &r), 0);
	if (store_get(r, STORE_META, "cursor/worker", 13, &v, &n, &version) == 0)
		at = store_key_read_u64(v);
	last = at;
	ck_assert_int_eq(store_facts(r, at + 1, count_facts, &last), 0);
	store_read_end(r);
	handled = (int64_t)(last - at);
	store_batch_check(b, STORE_META, "cursor/worker", 13, version);
	store_batch_put(b, STORE_META, "cursor/worker", 13, bytes, store_key_u64(bytes, last));
	store_batch_add(b, STORE_ROLLUP, "handled", 7, &handled, 1, 0);
	ck_assert_int_eq(store_commit(s, b, NULL), 0);
	return handled > 0;
}

START_TEST(a_durable_cursor_handles_each_fact_once_over_kills)
{
	struct store *s = fixture_open(NULL);
	struct store_read *r;
	const void *v;
	int64_t handled;
	size_t n;

	for (unsigned i = 0; i < 95; i++)
		ck_assert_int_eq(fixture_fact(s, i, "p"), 0);
	store_close(s);
	for (unsigned i = 0; i < 3; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			s = child_open(&(struct store_opts){0});
			for (unsigned k = 0; k <= i; k++)
				(void)work_some(s);
			(void)raise(SIGKILL);
		}
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	}
	s = fixture_open_again(NULL);
	while (work_some(s))
		continue;
	ck_assert_int_eq(store_read_begin(s, &r), 0);
	ck_assert_int_eq(store_get(r, STORE_ROLLUP, "handled", 7, &v, &n, NULL), 0);
	memcpy(&handled, v, sizeof(handled));
	ck_assert_int_eq(handled, 95);
	store_read_end(r);
	store_close(s);
}
END_TEST

TEST_SUITE(store_many, 120, serials_and_ids_are_unique_over_processes_that_are_killed,
	the_commits_of_another_process_are_told_on_the_loop,
	a_process_follows_when_another_has_made_the_map_grow,
	a_durable_cursor_handles_each_fact_once_over_kills)
