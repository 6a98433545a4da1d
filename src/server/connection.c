/*
 * connection.c - one connection: who it is, its lines in and out, and its events while it tails. A peer that
 * does not read for 10 s is dropped; what it missed it can resume from.
 */
#include "server_priv.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS 10000
#define READ_BYTES      16384
#define EVENTS_A_TURN   64

struct connection {
	int fd;
	int wake_fd; /* readable from when the server ends */
	struct caller caller;
	char *in;
	size_t in_len, in_room;
	bool skipping; /* the rest of a line that was too long */
};

/* False: the peer has not read for too long, or the server ends. */
static bool wait_to_send(const struct connection *c)
{
	struct pollfd p[2] = {{.fd = c->fd, .events = POLLOUT}, {.fd = c->wake_fd, .events = POLLIN}};
	int n;

	do
		n = poll(p, 2, SEND_TIMEOUT_MS);
	while (n < 0 && errno == EINTR);
	return n > 0 && !p[1].revents;
}

static bool send_all(const struct connection *c, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		} else if (sent == 0 || (errno == EAGAIN && !wait_to_send(c)) ||
			   (errno != EAGAIN && errno != EINTR)) {
			return false;
		}
	}
	return true;
}

/* Frees the line. */
static bool send_line(const struct connection *c, char *line)
{
	size_t len = line ? strlen(line) : 0;
	bool ok = line != NULL;

	if (ok) {
		line[len] = '\n'; /* in the NUL's place: it is sent by length */
		ok = send_all(c, line, len + 1);
	}
	free(line);
	return ok;
}

static bool answer_line(struct connection *c, const char *line, size_t len)
{
	char *out;

	if (len == 0)
		return true;
	out = rpc_answer(&c->caller, line, len);
	return !out || send_line(c, out);
}

/* Every whole line that has come in. */
static bool answer_lines(struct connection *c)
{
	size_t done = 0;
	bool ok = true;
	char *end;

	while (ok && (end = memchr(c->in + done, '\n', c->in_len - done))) {
		size_t len = (size_t)(end - c->in) - done;

		if (!c->skipping)
			ok = answer_line(c, c->in + done, len);
		c->skipping = false;
		done += len + 1;
	}
	c->in_len -= done;
	memmove(c->in, c->in + done, c->in_len);
	if (c->in_len > LINE_MAX_BYTES) {
		if (!c->skipping)
			ok = ok && answer_line(c, c->in, c->in_len);
		c->skipping = true;
		c->in_len = 0;
	}
	return ok;
}

static bool read_more(struct connection *c)
{
	ssize_t n;

	if (c->in_room - c->in_len < READ_BYTES) {
		char *p = realloc(c->in, c->in_room + READ_BYTES * 2);

		if (!p)
			return false;
		c->in = p;
		c->in_room += READ_BYTES * 2;
	}
	n = recv(c->fd, c->in + c->in_len, READ_BYTES, 0);
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	c->in_len += (size_t)n;
	return answer_lines(c);
}

static bool send_events(struct connection *c)
{
	struct ghl_event *e;
	bool ok = true;

	for (unsigned i = 0; ok && i < EVENTS_A_TURN && ghl_event_next(c->caller.session, &e) == 1; i++) {
		ok = send_line(c, rpc_event(e));
		ghl_event_free(e);
	}
	return ok;
}

static bool turn(struct connection *c)
{
	struct pollfd p[3] = {{.fd = c->fd, .events = POLLIN}, {.fd = c->wake_fd, .events = POLLIN},
		{.fd = -1, .events = POLLIN}};

	if (c->caller.tailing)
		p[2].fd = ghl_event_fd(c->caller.session);
	if (c->caller.tailing && p[2].fd < 0)
		return false;
	if (poll(p, 3, -1) < 0)
		return errno == EINTR;
	if (p[1].revents || atomic_load(c->caller.stop))
		return false;
	if (p[2].revents && !send_events(c))
		return false;
	return !p[0].revents || read_more(c);
}

static void refuse(const struct connection *c, const char *why)
{
	json_t *o = json_pack("{s:s, s:n, s:{s:i, s:s, s:{s:i, s:s}}}", "jsonrpc", "2.0", "id", "error",
		"code", -32000, "message", why, "data", "code", GHL_EPERM, "name",
		ghl_error_code_name(GHL_EPERM));

	(void)send_line(c, o ? json_dumps(o, JSON_COMPACT) : NULL);
	json_decref(o);
}

static int login_name(uid_t uid, char *out, size_t room)
{
	char space[4096];
	struct passwd pw, *found = NULL;

	if (getpwuid_r(uid, &pw, space, sizeof(space), &found) != 0 || !found)
		return GHL_ENOENT;
	(void)snprintf(out, room, "%s", pw.pw_name);
	return 0;
}

/* Who connects, by the kernel's word. */
static int identify(const struct connection *c, struct ghl_session *owner, struct ghl_session **out)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	char login[64], why[160];
	int rc;

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return GHL_EIO;
	if (who.uid == 0 || who.uid == geteuid()) {
		rc = ghl_session_open_as(owner, ghl_session_principal(owner), out);
	} else {
		rc = login_name(who.uid, login, sizeof(login));
		if (rc == 0)
			rc = ghl_session_open_user(owner, login, out);
	}
	if (rc < 0) {
		(void)snprintf(why, sizeof(why), "user %u is refused: %s", (unsigned)who.uid,
			rc == GHL_ENOENT ? "no principal of the configuration lists this login name"
					 : ghl_strerror(rc));
		refuse(c, why);
	}
	return rc;
}

void connection_serve(int fd, int wake_fd, struct ghl_session *owner, const atomic_bool *stop)
{
	struct connection c = {.fd = fd, .wake_fd = wake_fd, .caller = {.stop = stop}};

	if (identify(&c, owner, &c.caller.session) < 0)
		return;
	c.caller.acting = c.caller.session;
	while (turn(&c))
		continue;
	ghl_session_close(c.caller.session);
	free(c.in);
}
