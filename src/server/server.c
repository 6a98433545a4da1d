/*
 * server.c - the socket and its threads: one that accepts, one a connection. What is asked is answered in
 * rpc.c, by the table of operations.c.
 */
#include "server_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PAUSE_MS 100 /* before it is tried again where not even the spare descriptor helps */

struct ghl_server {
	struct ghl_session *owner;
	struct sockaddr_un at;
	int fd;
	int wake_fd;  /* readable from when the server ends */
	int spare_fd; /* kept to tell one who knocks that none is left; -1 */
	atomic_bool stop;
	pthread_t thread;
	pthread_mutex_t lock; /* guards the next two */
	pthread_cond_t all_gone;
	unsigned connections;
};

struct visitor {
	struct ghl_server *server;
	int fd;
};

static void *visit(void *arg)
{
	struct visitor v = *(struct visitor *)arg;

	free(arg);
	connection_serve(v.fd, v.server->wake_fd, v.server->owner, &v.server->stop);
	(void)close(v.fd);
	(void)pthread_mutex_lock(&v.server->lock);
	if (--v.server->connections == 0)
		(void)pthread_cond_signal(&v.server->all_gone);
	(void)pthread_mutex_unlock(&v.server->lock);
	return NULL;
}

static bool take_place(struct ghl_server *s, int change)
{
	bool ok;

	(void)pthread_mutex_lock(&s->lock);
	ok = change < 0 || s->connections < CONNECTIONS_MAX;
	if (ok)
		s->connections += (unsigned)change;
	(void)pthread_mutex_unlock(&s->lock);
	return ok;
}

/* False: the connection could not be served and is to be closed. */
static bool start_visit(struct ghl_server *s, int fd)
{
	struct visitor *v = malloc(sizeof(*v));
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	if (!v)
		return false;
	*v = (struct visitor){s, fd};
	if (!take_place(s, 1)) {
		free(v);
		return false;
	}
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, visit, v);
	(void)pthread_attr_destroy(&attr);
	if (rc != 0) {
		(void)take_place(s, -1);
		free(v);
	}
	return rc == 0;
}

static void turn_away(int fd, const char *line)
{
	(void)send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(fd);
}

#define REFUSAL(text, code, name)                                                                            \
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"" text                    \
	"\",\"data\":{\"code\":" code ",\"name\":\"" name "\"}}}\n"

/* No descriptor is left: who knocks is taken in by the spare one, told so and turned away; otherwise the
 * socket would stay readable and this thread spin. Without the spare one it waits a little. */
static void refuse_one(struct ghl_server *s)
{
	struct pollfd wake = {.fd = s->wake_fd, .events = POLLIN};
	int fd;

	if (s->spare_fd >= 0)
		(void)close(s->spare_fd);
	fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		turn_away(fd, REFUSAL("no descriptor is left", "-6", "GHL_EAGAIN"));
	else if (errno != EAGAIN)
		(void)poll(&wake, 1, PAUSE_MS);
	s->spare_fd = fcntl(s->wake_fd, F_DUPFD_CLOEXEC, 0);
}

static void accept_one(struct ghl_server *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
		refuse_one(s);
	else if (fd >= 0 && !start_visit(s, fd))
		turn_away(fd, REFUSAL("64 connections are open", "-7", "GHL_EFULL"));
}

static void *accept_all(void *arg)
{
	struct ghl_server *s = arg;
	sigset_t all;
	struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN}, {.fd = s->wake_fd, .events = POLLIN}};

	/* signals are the program's; visitors' threads inherit this */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (!atomic_load(&s->stop)) {
		int n = poll(p, 2, -1);

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && (p[0].revents & POLLIN))
			accept_one(s);
	}
	return NULL;
}

static int fail(struct ghl_error *err, int code, const char *path, const char *what)
{
	if (err) {
		memset(err, 0, sizeof(*err));
		err->code = code;
		(void)snprintf(err->where, sizeof(err->where), "%s", path);
		(void)snprintf(err->text, sizeof(err->text), "%s: %s", path, what);
	}
	return code;
}

/* Connecting to a file that is no socket is refused just like connecting to a dead one. */
static bool is_socket(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Whether somebody answers there; the socket of one who died is taken away, anything else is left. */
static bool in_use(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
	bool dead = fd >= 0 && !answers && errno == ECONNREFUSED;

	if (fd >= 0)
		(void)close(fd);
	if (dead && is_socket(at->sun_path))
		(void)unlink(at->sun_path);
	return answers;
}

static int listen_at(struct ghl_server *s, struct ghl_error *err)
{
	const char *path = s->at.sun_path;

	if (in_use(&s->at))
		return fail(err, GHL_EBUSY, path, "another process serves there");
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	s->wake_fd = eventfd(0, EFD_CLOEXEC);
	s->spare_fd = s->wake_fd >= 0 ? fcntl(s->wake_fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (s->fd < 0 || s->wake_fd < 0 || bind(s->fd, (struct sockaddr *)&s->at, sizeof(s->at)) < 0)
		return fail(err, GHL_EIO, path, strerror(errno));
	if (chmod(path, 0666) < 0 || listen(s->fd, CONNECTIONS_MAX) < 0) {
		int why = errno;

		(void)unlink(path);
		return fail(err, GHL_EIO, path, strerror(why));
	}
	return 0;
}

static void server_free(struct ghl_server *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->wake_fd >= 0)
		(void)close(s->wake_fd);
	if (s->spare_fd >= 0)
		(void)close(s->spare_fd);
	(void)pthread_cond_destroy(&s->all_gone);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

/* The right is that of impersonating; asking for it with the session's own name changes nothing. */
static int check_right(struct ghl_session *session)
{
	struct ghl_session *self;
	int rc = ghl_session_open_as(session, ghl_session_principal(session), &self);

	if (rc == 0)
		ghl_session_close(self);
	return rc;
}

int ghl_server_start(
	struct ghl_server **out, struct ghl_session *s, const char *socket_path, struct ghl_error *err)
{
	struct ghl_server *server;
	int rc = check_right(s);

	if (rc < 0)
		return fail(err, rc, socket_path ? socket_path : "", ghl_strerror(rc));
	if (!out || !socket_path || !socket_path[0] || strlen(socket_path) >= sizeof(server->at.sun_path)) {
		rc = fail(err, GHL_EINVAL, "socket_path", "a socket's path has 1 to 107 bytes");
		if (err)
			(void)strcpy(err->field, out ? "socket_path" : "out");
		return rc;
	}
	server = calloc(1, sizeof(*server));
	if (!server)
		return GHL_ENOMEM;
	*server = (struct ghl_server){
		.owner = s, .fd = -1, .wake_fd = -1, .spare_fd = -1, .at = {.sun_family = AF_UNIX}};
	(void)memcpy(server->at.sun_path, socket_path, strlen(socket_path) + 1);
	(void)pthread_mutex_init(&server->lock, NULL);
	(void)pthread_cond_init(&server->all_gone, NULL);
	rc = listen_at(server, err);
	if (rc == 0 && pthread_create(&server->thread, NULL, accept_all, server) != 0) {
		(void)unlink(socket_path);
		rc = fail(err, GHL_EAGAIN, socket_path, "no thread can be started");
	}
	if (rc < 0) {
		server_free(server);
		return rc;
	}
	*out = server;
	return 0;
}

void ghl_server_stop(struct ghl_server *s)
{
	uint64_t one = 1;

	if (!s)
		return;
	atomic_store(&s->stop, true);
	if (write(s->wake_fd, &one, sizeof(one)) < 0)
		return; /* an eventfd that was never written to takes one */
	(void)pthread_join(s->thread, NULL);
	(void)pthread_mutex_lock(&s->lock);
	while (s->connections > 0)
		(void)pthread_cond_wait(&s->all_gone, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
	(void)unlink(s->at.sun_path);
	server_free(s);
}
