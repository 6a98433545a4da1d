/*
 * demo.c - `govhotline demo`: a whole hotline on loopback for about 40 s. Three queues, five agents (baresip)
 * and thirty citizens (sipp), who hear prompts, press keys, wait, talk, give up and call back; then
 * everything they did is held against what was kept.
 */
#include "demo.h"
#include "command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASSWORD   "demo-7391"
#define TICK_MS    250
#define LONGEST_MS 120000

static const struct demo_agent agent_table[DEMO_AGENTS] = {
	{"1001", "Anna", "water, tax", true, 2050, "", 0},
	{"1002", "Boris", "tax, housing", true, 2150, "", 0},
	{"1003", "Carla", "housing, water", true, 2250, "", 0},
	{"1004", "David", "water, tax, housing", true, 2350, "", 0},
	{"1005", "Erika", "housing", false, 2450, "", 0}, /* does not answer: the queue goes on to the next */
};

static const struct {
	uint32_t start_ms;
	enum demo_plan plan;
	char key;
	int again; /* the citizen who calls back, -1: somebody new */
} schedule[DEMO_CITIZENS] = {
	{0, DEMO_TALKS, '1', -1},
	{300, DEMO_TALKS, '2', -1},
	{600, DEMO_LISTENS, '3', -1},
	{1200, DEMO_LISTENS, '1', -1},
	{3000, DEMO_GIVES_UP_MENU, 0, -1},
	{7000, DEMO_LISTENS, '1', -1},
	{7100, DEMO_LISTENS, '2', -1},
	{7200, DEMO_LISTENS, '3', -1},
	{7300, DEMO_LISTENS, '1', -1},
	{7400, DEMO_LISTENS, '2', -1},
	{7500, DEMO_LISTENS, '3', -1},
	{7600, DEMO_LISTENS, '1', -1},
	{7700, DEMO_LISTENS, '2', -1},
	{8300, DEMO_GIVES_UP_QUEUE, '1', -1},
	{8400, DEMO_GIVES_UP_QUEUE, '2', -1},
	{8500, DEMO_GIVES_UP_QUEUE, '3', -1},
	{9500, DEMO_GIVES_UP_MENU, 0, -1},
	{16000, DEMO_LISTENS, '1', 13},
	{17000, DEMO_LISTENS, '2', 14},
	{18000, DEMO_LISTENS, '3', 15},
	{19000, DEMO_LISTENS, '1', 4},
	{20000, DEMO_LISTENS, '2', -1},
	{21000, DEMO_LISTENS, '3', -1},
	{22000, DEMO_LISTENS, '1', -1},
	{22500, DEMO_GIVES_UP_MENU, 0, -1},
	{23000, DEMO_LISTENS, '2', -1},
	{24000, DEMO_LISTENS, '3', -1},
	{25000, DEMO_LISTENS, '1', -1},
	{26000, DEMO_LISTENS, '2', -1},
	{27000, DEMO_LISTENS, '3', -1},
};

static const char *const citizen_says[] = {
	"Good morning. The water in my street has been off since six o'clock. When does it come back?",
	"Hello. I have a question about the tax form that came by mail yesterday.",
	"Hello, the stairs in our house are dark and the lift does not work.",
};
static const char *const agent_says =
	"Hotline, good morning. I have written that down, and somebody will look after it. Good bye.";

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void rest(int ms)
{
	(void)poll(NULL, 0, ms);
}

unsigned demo_citizen_tone(unsigned i)
{
	return 2700 + 20 * i;
}

/* --- before --- */

static bool make_agents(struct demo *d)
{
	static const char *const voices[DEMO_AGENTS] = {"en+f1", "en+m1", "en+f2", "en+m3", "en+f4"};

	for (int i = 0; i < DEMO_AGENTS; i++) {
		struct demo_agent *a = &d->agents[i];
		struct demo_voice v;
		char name[32];

		*a = agent_table[i];
		(void)snprintf(name, sizeof(name), "voice-%s", a->name);
		(void)snprintf(a->wav, sizeof(a->wav), "%s/%s.wav", d->dir, name);
		if (!demo_voice_make(&v, d->dir, name, voices[i], agent_says, a->tone_hz))
			return false;
		demo_voice_free(&v);
	}
	return true;
}

static bool make_citizen(struct demo *d, int i)
{
	static const char *const voices[] = {"en-us+f3", "en-us+m2", "en-gb+f5", "en-gb+m4"};
	struct demo_citizen *c = &d->citizens[i];
	struct demo_voice v;
	struct demo_track t = {.voice = &v, .ms = 30000, .keys = "", .key_at_ms = {1500}};
	char name[32], key[2] = {schedule[i].key, 0};
	bool ok;

	c->plan = schedule[i].plan;
	c->key = schedule[i].key;
	c->start_ms = schedule[i].start_ms;
	c->status = -1;
	c->raw = d->raw && i % 3 != 2; /* a third presses audible keys all the same */
	c->hold_on_ms = c->plan == DEMO_TALKS            ? 6000
			: c->plan == DEMO_LISTENS        ? 90000
			: c->plan == DEMO_GIVES_UP_QUEUE ? 4500
							 : 1800;
	if (schedule[i].again >= 0)
		memcpy(c->number, d->citizens[schedule[i].again].number, sizeof(c->number));
	else
		(void)snprintf(c->number, sizeof(c->number), "1380000%04d", 1000 + i * 7);
	(void)snprintf(name, sizeof(name), "citizen-%02d", i);
	(void)snprintf(c->track, sizeof(c->track), "%s/%s.%s", d->dir, name, c->raw ? "pcap" : "alaw");
	t.keys = key;
	if (!demo_voice_make(
		    &v, d->dir, name, voices[i % 4], citizen_says[i % 3], demo_citizen_tone((unsigned)i)))
		return false;
	ok = c->raw ? demo_track_pcap(&t, c->track) : demo_track_alaw(&t, c->track);
	demo_voice_free(&v);
	return ok;
}

static bool open_hotline(struct demo *d)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	struct ghl_error err = {0};
	char yaml[256];

	if (!demo_site_write(d->dir, d->agents, PASSWORD, yaml, sizeof(yaml)))
		return false;
	if (ghl_hotline_open(&d->hotline, yaml, GHL_OPEN_ENGINE, &err) < 0 ||
		ghl_hotline_start(d->hotline, &err) < 0) {
		(void)fprintf(stderr, "demo: %s\n", err.text);
		return false;
	}
	if (ghl_session_open_local(d->hotline, &d->session) < 0 || ghl_hotline_status(d->session, &st) < 0)
		return false;
	d->sip_port = st.sip_ports[0];
	return true;
}

static bool phones_on(struct demo *d)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	for (int64_t end = now_ms() + 20000; now_ms() < end && !stopped; rest(50))
		if (ghl_hotline_status(d->session, &st) == 0 && st.phones_registered >= DEMO_AGENTS)
			return true;
	(void)fprintf(stderr, "demo: only %u of %u phones registered, see agent-*/baresip.log in %s\n",
		(unsigned)st.phones_registered, (unsigned)DEMO_AGENTS, d->dir);
	return false;
}

static bool start_agents(struct demo *d)
{
	ghl_agent id;
	int rc;

	for (int i = 0; i < DEMO_AGENTS; i++) {
		struct demo_agent *a = &d->agents[i];

		a->pid = demo_agent_start(d->dir, a->name, PASSWORD, d->sip_port, a->wav, a->answers);
		if (a->pid < 0)
			return false;
	}
	if (!phones_on(d))
		return false;
	for (int i = DEMO_AGENTS - 1; i >= 0;
		i--) { /* who does not answer is idle longest: the queue must get over it */
		rc = ghl_agent_find(d->session, d->agents[i].name, &id);
		if (rc == 0)
			rc = ghl_agent_login(d->session, id, NULL, NULL);
		if (rc == 0)
			rc = ghl_agent_state_set(d->session, id, GHL_AGENT_READY, NULL, NULL);
		if (rc < 0) {
			(void)fprintf(stderr, "demo: agent %s: %s\n", d->agents[i].name, ghl_strerror(rc));
			return false;
		}
	}
	return true;
}

/* --- while it runs --- */

static void start_due(struct demo *d, uint32_t at_ms)
{
	for (int i = 0; i < DEMO_CITIZENS; i++) {
		struct demo_citizen *c = &d->citizens[i];

		if (c->pid == 0 && c->start_ms <= at_ms)
			c->pid = demo_citizen_start(c, d->dir, DEMO_CALLED, d->sip_port);
	}
}

static bool reap(struct demo *d)
{
	bool all = true;
	int status;

	for (int i = 0; i < DEMO_CITIZENS; i++) {
		struct demo_citizen *c = &d->citizens[i];

		if (c->pid > 0 && c->status < 0 && waitpid(c->pid, &status, WNOHANG) == c->pid)
			c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
		if (c->pid < 0 && c->status < 0)
			c->status = 255;
		all = all && c->status >= 0;
	}
	return all;
}

static void play(struct demo *d)
{
	bool terminal = isatty(STDERR_FILENO), first = true, done = false;
	int64_t begin = now_ms(), shown = begin - 5000;

	while (!done && !stopped && now_ms() - begin < LONGEST_MS) {
		uint32_t at = (uint32_t)(now_ms() - begin);

		start_due(d, at);
		done = reap(d);
		if (terminal || now_ms() - shown >= 5000) {
			demo_screen(d, at, terminal, first);
			first = false;
			shown = now_ms();
		}
		rest(TICK_MS);
	}
}

static void wait_quiet(struct demo *d)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	for (int64_t end = now_ms() + 10000; now_ms() < end; rest(50))
		if (ghl_hotline_status(d->session, &st) == 0 && st.calls == 0 && st.recordings == 0)
			return;
	(void)fprintf(stderr, "demo: FAULT: %u calls and %u recordings are still up\n", (unsigned)st.calls,
		(unsigned)st.recordings);
	d->faults++;
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	for (int64_t limit = now_ms() + 2000; now_ms() < limit; rest(20))
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void end_peers(struct demo *d)
{
	for (int i = 0; i < DEMO_CITIZENS; i++)
		if (d->citizens[i].pid > 0 && d->citizens[i].status < 0) {
			end(d->citizens[i].pid);
			d->citizens[i].status = 255;
		}
	for (int i = 0; i < DEMO_AGENTS; i++)
		end(d->agents[i].pid);
}

static bool prepare(struct demo *d)
{
	const char *top = getenv("TMPDIR");

	(void)snprintf(d->dir, sizeof(d->dir), "%s/govhotline-demo-XXXXXX", top ? top : "/tmp");
	if (!mkdtemp(d->dir)) {
		(void)fprintf(stderr, "demo: %s: %s\n", d->dir, strerror(errno));
		return false;
	}
	d->raw = geteuid() == 0;
	(void)fprintf(stderr, "demo: making the voices of %u agents and %u citizens in %s\n",
		(unsigned)DEMO_AGENTS, (unsigned)DEMO_CITIZENS, d->dir);
	if (!d->raw)
		(void)fprintf(stderr, "demo: not root: all citizens press audible keys (sipp needs raw "
				      "sockets for RFC 4733)\n");
	if (!make_agents(d))
		return false;
	for (int i = 0; i < DEMO_CITIZENS; i++)
		if (!make_citizen(d, i))
			return false;
	return true;
}

int cmd_demo(struct command *cmd)
{
	static struct demo d;
	bool ok;

	(void)cmd;
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
	ok = prepare(&d) && open_hotline(&d) && start_agents(&d);
	if (ok) {
		play(&d);
		wait_quiet(&d);
	}
	end_peers(&d);
	if (ok && !stopped)
		demo_verdict(&d);
	ghl_session_close(d.session);
	ghl_hotline_close(d.hotline);
	(void)printf("everything lies in %s: hotline.yaml, store/, recordings/; try `govhotline -C "
		     "%s/hotline.yaml call list`\n",
		d.dir, d.dir);
	return ok && !stopped && d.faults == 0 ? 0 : 1;
}
