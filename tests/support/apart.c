/* apart.c - the processes beside a test: see apart.h. */
#include "apart.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define APART  "apart"
#define AGENTS 5

static struct town town;

/* --- the hotline --- */

static volatile sig_atomic_t asked_to_stop;

static void on_term(int sig)
{
	(void)sig;
	asked_to_stop = 1;
}

static void tell(struct ghl_event *e)
{
	enum ghl_event_type type = ghl_event_type(e);
	const char *what = type == GHL_EV_CALL_STARTED                                       ? "started"
			   : type == GHL_EV_CALL_CLEARED                                     ? "cleared"
			   : type == GHL_EV_RECORDING_ENDED || type == GHL_EV_RECORDING_VOID ? "recorded"
											     : NULL;

	if (what)
		(void)dprintf(STDOUT_FILENO, "%s %lld %s\n", what, (long long)ghl_event_int(e, GHL_F_CALL),
			ghl_event_text(e, GHL_F_SERIAL));
	ghl_event_free(e);
}

/* Whoever sits at no phone yet, or did not answer it, is made ready again. */
static void keep_ready(const char *name)
{
	const struct ghl_agent_info *i;
	enum ghl_agent_state state;
	struct ghl_list *l;
	ghl_agent id;

	if (ghl_agent_find(town.owner, name, &id) < 0 || ghl_agent_get(town.owner, id, &l) < 0)
		return;
	i = ghl_list_next(l);
	state = i ? i->state : GHL_AGENT_READY;
	ghl_list_free(l);
	if (state == GHL_AGENT_LOGGED_OFF)
		(void)ghl_agent_login(town.owner, id, NULL, NULL);
	else if (state == GHL_AGENT_NOT_READY)
		(void)ghl_agent_state_set(town.owner, id, GHL_AGENT_READY, "", NULL);
}

static void run_hotline(const char *config)
{
	struct sigaction term = {.sa_handler = on_term};
	struct ghl_event *e;
	char name[8];

	(void)sigaction(SIGTERM, &term, NULL);
	(void)text_copy(town.config, sizeof(town.config), config);
	town_start(&town);
	(void)dprintf(STDOUT_FILENO, "port %u\n", town.port);
	for (unsigned turn = 0; !asked_to_stop; turn++) {
		while (!asked_to_stop && ghl_event_wait(town.owner, 50, &e) == 1)
			tell(e);
		(void)snprintf(name, sizeof(name), "100%u", 1 + turn % AGENTS);
		keep_ready(name);
	}
	ck_assert_int_eq(ghl_hotline_stop(town.hotline), 0);
	while (ghl_event_next(town.owner, &e) == 1)
		tell(e);
	ghl_session_close(town.owner);
	ghl_hotline_close(town.hotline);
	exit(0);
}

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
	} else if (p->leg && p->port && p->talks && !c->answered) {
		c->answered = true;
		c->until_us = town_now_us(&town) + 300000 + (int64_t)(testing_random() % 1200000);
		(void)dprintf(STDOUT_FILENO, "talk %llu %lld\n", (unsigned long long)c->number,
			(long long)clock_utc_us(&town.clock));
		if (testing_random() % 4)
			person_press(p, "1");
	} else if (p->leg && c->answered && c->calling && !c->stays && town_now_us(&town) > c->until_us) {
		c->calling = false;
		person_hang_up(p);
	}
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
		for (unsigned i = 0; i < n; i++)
			live(&all[i], &next);
	}
}

static char **args;

/* A case of its own, because assertions work in cases only. */
START_TEST(the_process)
{
	if (strcmp(args[1], "hotline") == 0)
		run_hotline(args[2]);
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
	s = suite_create(argv[1]);
	t = tcase_create(argv[1]);
	tcase_add_test(t, the_process);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_set_fork_status(r, CK_NOFORK);
	srunner_run_all(r, CK_SILENT);
	failed = srunner_failures(r);
	(void)fprintf(stderr, "%s: %s:%d: %s\n", argv[1], tr_lfile(failed[0]), tr_lno(failed[0]),
		tr_msg(failed[0]));
	exit(1);
}

/* --- the test's side --- */

static void start(struct apart *a, char **argv, const char *disk, const char *image)
{
	const char *shim = getenv("GHL_POWERLOSS_SHIM");
	int ends[2];

	ck_assert(!disk || shim);
	a->used = a->seen = 0;
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	a->pid = fork();
	ck_assert_int_ge(a->pid, 0);
	if (a->pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		if (disk && shim) {
			(void)setenv("LD_PRELOAD", shim, 1);
			(void)setenv("GHL_POWERLOSS_DIR", disk, 1);
			(void)setenv("GHL_POWERLOSS_IMAGE", image, 1);
		}
		(void)execv("/proc/self/exe", argv);
		_exit(127);
	}
	(void)close(ends[1]);
	a->fd = ends[0];
}

void apart_hotline(struct apart *a, const char *config, const char *disk, const char *image)
{
	char path[300], *argv[] = {APART, "hotline", path, NULL};

	(void)text_copy(path, sizeof(path), config);
	start(a, argv, disk, image);
}

void apart_crowd(struct apart *a, uint16_t port, unsigned stay, unsigned go, uint64_t first)
{
	char numbers[4][24], *argv[] = {APART, "crowd", numbers[0], numbers[1], numbers[2], numbers[3], NULL};

	(void)snprintf(numbers[0], sizeof(numbers[0]), "%u", port);
	(void)snprintf(numbers[1], sizeof(numbers[1]), "%u", stay);
	(void)snprintf(numbers[2], sizeof(numbers[2]), "%u", go);
	(void)snprintf(numbers[3], sizeof(numbers[3]), "%llu", (unsigned long long)first);
	start(a, argv, NULL, NULL);
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

	(void)kill(a->pid, sig);
	/* it must not wait for its reader */
	while (read_more(a, -1))
		continue;
	ck_assert_int_eq(waitpid(a->pid, &status, 0), a->pid);
	return status;
}

void apart_close(struct apart *a)
{
	(void)close(a->fd);
}
