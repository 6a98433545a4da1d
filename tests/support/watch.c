/*
 * watch.c - the watcher of apart.h: a client of the control socket (JSON-RPC 2.0, one message a line) that
 * tells each fact it was told, and sees to it that agents are ready. Two connections, so that an answer never
 * waits behind events.
 */
#include "apart.h"

#include "base/text.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define AGENTS         5
#define STARTS_A_CLEAR 16
#define TURN_MS        50
#define EVENTS_A_TURN  8 /* when they come without a pause */

struct line {
	int fd;
	size_t used;
	char bytes[1 << 18]; /* the longest message */
};

static struct line events, requests;

static void line_open(struct line *l, const char *control)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(l->fd, 0);
	ck_assert(text_copy(to.sun_path, sizeof(to.sun_path), control));
	ck_assert_msg(connect(l->fd, (struct sockaddr *)&to, sizeof(to)) == 0, "%s", control);
}

/* The next message; NULL: none within the limit, or *gone. */
static json_t *line_read(struct line *l, int limit_ms, bool *gone)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	json_t *message;
	char *end;
	ssize_t n;

	*gone = false;
	while (!(end = memchr(l->bytes, '\n', l->used))) {
		ck_assert_uint_lt(l->used, sizeof(l->bytes));
		if (poll(&p, 1, limit_ms) <= 0)
			return NULL;
		n = read(l->fd, l->bytes + l->used, sizeof(l->bytes) - l->used);
		*gone = n <= 0;
		if (*gone)
			return NULL;
		l->used += (size_t)n;
	}
	message = json_loadb(l->bytes, (size_t)(end - l->bytes), 0, NULL);
	ck_assert_ptr_nonnull(message);
	l->used -= (size_t)(end + 1 - l->bytes);
	memmove(l->bytes, end + 1, l->used);
	return message;
}

/* The whole answer, yours; NULL: the hotline has gone. */
static json_t *ask(struct line *l, const char *method, json_t *params)
{
	json_t *m = json_pack(
		"{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
	char *text = json_dumps(m, JSON_COMPACT);
	bool gone =
		send(l->fd, text, strlen(text), MSG_NOSIGNAL) < 0 || send(l->fd, "\n", 1, MSG_NOSIGNAL) < 0;
	json_t *answer = NULL;

	free(text);
	json_decref(m);
	while (!gone && !answer)
		answer = line_read(l, -1, &gone);
	return answer;
}

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Ends one call in so many itself: its end is told by the answer, which comes when the record is durable. */
static void clear_some(const char *call, const char *serial)
{
	static unsigned started;
	json_t *answer;

	if (++started % STARTS_A_CLEAR != 0)
		return;
	answer = ask(&requests, "call.clear", json_pack("{s:s}", "call", call));
	if (json_object_get(answer, "result"))
		(void)dprintf(STDOUT_FILENO, "cleared %s %s\n", call, serial);
	json_decref(answer);
}

static void tell(const json_t *event)
{
	const char *name = member(event, "event");
	const char *what = strcmp(name, "call_started") == 0                                   ? "started"
			   : strcmp(name, "call_cleared") == 0                                 ? "cleared"
			   : strncmp(name, "recording_", 10) != 0                              ? NULL
			   : strcmp(name + 10, "ended") == 0 || strcmp(name + 10, "void") == 0 ? "recorded"
											       : NULL;

	ck_assert_str_ne(name, "overflow");
	if (what)
		(void)dprintf(
			STDOUT_FILENO, "%s %s %s\n", what, member(event, "call"), member(event, "serial"));
	if (strcmp(name, "call_started") == 0)
		clear_some(member(event, "call"), member(event, "serial"));
}

/* Whoever sits at no phone yet, or did not answer it, is made ready again. What is refused is tried again. */
static void keep_ready(const json_t *agent)
{
	const char *name = member(agent, "name"), *state = member(agent, "state");

	if (strcmp(state, "logged_off") == 0)
		json_decref(ask(&requests, "agent.login", json_pack("{s:s}", "agent", name)));
	else if (strcmp(state, "not_ready") == 0)
		json_decref(ask(
			&requests, "agent.state", json_pack("{s:s, s:s}", "agent", name, "state", "ready")));
}

static void keep_all_ready(void)
{
	json_t *answer = ask(&requests, "agent.list", json_object());
	const json_t *agent;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(answer, "result"), "items"), i, agent)
		keep_ready(agent);
	json_decref(answer);
}

/* The port the first time; how late the media thread was, whenever that is much. */
static void tell_status(bool first)
{
	json_t *answer = ask(&requests, "status", json_object());
	const json_t *result = json_object_get(answer, "result"),
		     *ports = json_object_get(result, "sip_ports");
	json_int_t late_us = json_integer_value(json_object_get(result, "media_late_us"));

	if (first)
		(void)dprintf(STDOUT_FILENO, "port %d\n", (int)json_integer_value(json_array_get(ports, 0)));
	if (late_us > APART_STALL_US)
		(void)dprintf(STDOUT_FILENO, "late 0 %lld\n", (long long)late_us);
	json_decref(answer);
}

void watch_hotline(const char *control)
{
	json_t *message;
	unsigned turn = 0;
	bool gone = false;

	line_open(&requests, control);
	line_open(&events, control);
	json_decref(ask(&events, "event.tail", json_pack("{s:s}", "filter", "kind=fact")));
	tell_status(true);
	while (!gone) {
		message = line_read(&events, TURN_MS, &gone);
		if (message)
			tell(json_object_get(message, "params"));
		json_decref(message);
		turn = message ? turn + 1 : 0;
		if (gone || turn % EVENTS_A_TURN != 0)
			continue;
		keep_all_ready();
		tell_status(false);
	}
}
