/* apart.c - the processes beside a test: see apart.h. */
#include "apart.h"

#include "base/text.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define APART  "apart"
#define AGENTS 5

static struct town town;

/* --- the crowd --- */

struct citizen {
	struct person *person;
	bool stays, answered, calling;
	uint64_t number;
	int64_t until_us; /* when it hangs up */
};

static void call_again(struct citizen *c, uint64_t number)
{
	c->number = number;
	c->answered = false;
	c->calling = true;
	(void)snprintf(c->person->name, sizeof(c->person->name), "%llu", (unsigned long long)number);
	person_call(c->person, "12345");
}

static void live(struct citizen *c, uint64_t *next)
{
	struct person *p = c->person;

	if (!p->leg && !p->port) {
		call_again(c, (*next)++);
	} else if (p->leg && p->talks && !c->answered) {
		c->answered = true;
		c->until_us = town_now_us(&town) + 300000 + (int64_t)(testing_random() % 1200000);
		(void)dprintf(STDOUT_FILENO, "talk %llu %lld\n", (unsigned long long)c->number,
			(long long)clock_utc_us(&town.clock));
		if (testing_random() % 4)
			person_press(p, "1");
	} else if (p->leg && c->answered && c->calling && !c->stays && town_now_us(&town) > c->until_us) {
		c->calling = false;
		(void)dprintf(STDOUT_FILENO, "bye %llu %lld\n", (unsigned long long)c->number,
			(long long)clock_utc_us(&town.clock));
		person_hang_up(p);
	}
}

/* Where the machine stalls the crowd its voices stop, whatever the hotline does. */
static void tell_stall(void)
{
	struct media_stat st;

	media_stat(town.media, &st);
	if (st.worst_late_us > APART_STALL_US)
		(void)dprintf(STDOUT_FILENO, "late 0 %u\n", st.worst_late_us);
}

static void run_crowd(char **argv)
{
	unsigned stay = (unsigned)testing_number(argv[3]), n = stay + (unsigned)testing_number(argv[4]);
	uint64_t next = testing_number(argv[5]);
	struct citizen *all = calloc(n, sizeof(*all));
	char name[8];

	ck_assert_ptr_nonnull(all);
	town.port = (uint16_t)testing_number(argv[2]);
	town.deaf = true;
	town_people(&town);
	for (unsigned i = 1; i <= AGENTS; i++) {
		(void)snprintf(name, sizeof(name), "100%u", i);
		(void)town_phone(&town, name, 1000);
	}
	for (unsigned i = 0; i < n; i++)
		all[i] = (struct citizen){.person = town_citizen(&town, "", 441), .stays = i < stay};
	for (;;) {
		town_step(&town);
		tell_stall();
		for (unsigned i = 0; i < n; i++)
			live(&all[i], &next);
	}
}

/* --- takers --- */

static void take(const char *dir, unsigned count)
{
	struct store_opts opts = {0};
	struct store_result res;
	struct ghl_error err = {0};
	struct store *s;
	uint64_t id;

	ck_assert_msg(store_open(&s, dir, &opts, &err) == 0, "%s", err.text);
	while (count--) {
		struct store_batch *b = store_batch_new();

		id = store_id_next(s, GHL_ID_CALL);
		ck_assert_uint_ne(id, 0);
		ck_assert_int_ge(store_batch_serial(b, 'O', 20261123), 0);
		ck_assert_int_eq(store_commit(s, b, &res), 0);
		(void)dprintf(STDOUT_FILENO, "took %llu %s\n", (unsigned long long)id, res.serials[0]);
	}
	for (;;)
		(void)pause();
}

static char **args;

/* A case of its own, because assertions work in cases only. */
START_TEST(the_process)
{
	if (strcmp(args[1], "watch") == 0)
		watch_hotline(args[2]);
	else if (strcmp(args[1], "take") == 0)
		take(args[2], (unsigned)testing_number(args[3]));
	else
		run_crowd(args);
}
END_TEST

void apart_main(int argc, char **argv)
{
	Suite *s;
	TCase *t;
	SRunner *r;
	TestResult **failed;

	if (argc < 3 || strcmp(argv[0], APART) != 0)
		return;
	args = argv;
	(void)unsetenv("CK_RUN_SUITE"); /* they choose among the test's cases */
	(void)unsetenv("CK_RUN_CASE");
	s = suite_create(argv[1]);
	t = tcase_create(argv[1]);
	tcase_add_test(t, the_process);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_set_fork_status(r, CK_NOFORK);
	srunner_run_all(r, CK_SILENT);
	if (srunner_ntests_failed(r) == 0)
		exit(0);
	failed = srunner_failures(r);
	(void)fprintf(stderr, "%s: %s:%d: %s\n", argv[1], tr_lfile(failed[0]), tr_lno(failed[0]),
		tr_msg(failed[0]));
	exit(1);
}

/* --- the test's side --- */

/* Behind fork(). */
static void run(const char *path, char **argv)
{
	(void)execv(path, argv);
	_exit(127);
}

static void start(struct apart *a, char **argv)
{
	int ends[2];

	a->used = a->seen = 0;
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	a->pid = fork();
	ck_assert_int_ge(a->pid, 0);
	if (a->pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		run("/proc/self/exe", argv);
	}
	(void)close(ends[1]);
	a->fd = ends[0];
}

static void preload(const struct apart_serve *how, const char *shim)
{
	(void)setenv("LD_PRELOAD", shim, 1);
	(void)setenv("GHL_POWERLOSS_DIR", how->disk, 1);
	(void)setenv("GHL_POWERLOSS_IMAGE", how->image, 1);
	if (how->no_sync)
		(void)setenv("GHL_POWERLOSS_NOSYNC", "1", 1);
}

/* A socket for sd_notify(3); its name is in `path`. */
static int readiness_open(const char *beside, char path[300])
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(path, 300, "%s/notify", beside);
	ck_assert(text_copy(at.sun_path, sizeof(at.sun_path), path));
	(void)unlink(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* The last of what a log holds, for the sentence of a failed case. */
static const char *log_end(const char *path)
{
	static char text[2001];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return "";
	(void)fseek(f, -2000, SEEK_END);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return text;
}

void apart_serve(struct apart *a, const struct apart_serve *how)
{
	const char *command = getenv("GHL_GOVHOTLINE");
	const char *shim = how->disk ? getenv("GHL_POWERLOSS_SHIM") : NULL;
	char config[300], notify[300], log[300], word[64];
	char *argv[] = {"govhotline", "serve", "--config", config, NULL};
	struct pollfd ready = {.fd = readiness_open(how->beside, notify), .events = POLLIN};

	ck_assert_ptr_nonnull(command);
	ck_assert(!how->disk || shim);
	(void)text_copy(config, sizeof(config), how->config);
	(void)snprintf(log, sizeof(log), "%s/serve.log", how->beside);
	*a = (struct apart){.pid = fork(), .fd = -1};
	ck_assert_int_ge(a->pid, 0);
	if (a->pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		(void)dup2(fd, STDERR_FILENO);
		(void)setenv("NOTIFY_SOCKET", notify, 1);
		if (shim)
			preload(how, shim);
		run(command, argv);
	}
	ck_assert_msg(poll(&ready, 1, how->limit_ms) == 1, "serve is not ready: %s", log_end(log));
	ck_assert_int_gt(recv(ready.fd, word, sizeof(word), 0), 0);
	(void)close(ready.fd);
}

void apart_watch(struct apart *a, const char *control)
{
	char path[300], *argv[] = {APART, "watch", path, NULL};

	(void)text_copy(path, sizeof(path), control);
	start(a, argv);
}

void apart_take(struct apart *a, const char *store, unsigned count)
{
	char path[300], number[16], *argv[] = {APART, "take", path, number, NULL};

	(void)text_copy(path, sizeof(path), store);
	(void)snprintf(number, sizeof(number), "%u", count);
	start(a, argv);
}

void apart_crowd(struct apart *a, uint16_t port, unsigned stay, unsigned go, uint64_t first)
{
	char numbers[4][24], *argv[] = {APART, "crowd", numbers[0], numbers[1], numbers[2], numbers[3], NULL};

	(void)snprintf(numbers[0], sizeof(numbers[0]), "%u", port);
	(void)snprintf(numbers[1], sizeof(numbers[1]), "%u", stay);
	(void)snprintf(numbers[2], sizeof(numbers[2]), "%u", go);
	(void)snprintf(numbers[3], sizeof(numbers[3]), "%llu", (unsigned long long)first);
	start(a, argv);
}

static bool read_more(struct apart *a, int limit_ms)
{
	struct pollfd p = {.fd = a->fd, .events = POLLIN};
	ssize_t n;

	ck_assert_uint_lt(a->used, sizeof(a->told) - 1);
	if (poll(&p, 1, limit_ms) <= 0)
		return false;
	n = read(a->fd, a->told + a->used, sizeof(a->told) - 1 - a->used);
	a->used += n > 0 ? (size_t)n : 0;
	return n > 0;
}

char *apart_line(struct apart *a, int limit_ms)
{
	char *line = a->told + a->seen, *end;

	while (!(end = memchr(line, '\n', a->used - a->seen)))
		if (!read_more(a, limit_ms))
			return NULL;
	*end = '\0';
	a->seen = (size_t)(end + 1 - a->told);
	return line;
}

int apart_end(struct apart *a, int sig)
{
	int status = 0;

	if (sig)
		(void)kill(a->pid, sig);
	/* it must not wait for its reader */
	while (a->fd >= 0 && read_more(a, -1))
		continue;
	ck_assert_int_eq(waitpid(a->pid, &status, 0), a->pid);
	return status;
}

void apart_close(struct apart *a)
{
	if (a->fd >= 0)
		(void)close(a->fd);
}
