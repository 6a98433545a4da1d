/*
 * client.c - JSON-RPC 2.0 over the hotline's control socket: one message a line, answers by id, events as
 * notifications. Who we are is told by the socket's credentials; --as asks to be somebody else.
 */
#include "command.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MS   30000
#define MESSAGE_MAX (64u << 20)

static int no_server(const char *path, int why)
{
	complain("no hotline runs by this configuration (%s: %s); start one with govhotline serve", path,
		strerror(why));
	return STATUS_NO_SERVER;
}

static int dial_socket(struct command *cmd)
{
	struct ghl_config_info info = GHL_CONFIG_INFO_INIT;
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct ghl_error err = {0};
	int rc;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	rc = ghl_config_info(cmd->config, &info, &err);
	if (rc < 0)
		return command_failed(cmd, rc, &err);
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%.*s", (int)sizeof(to.sun_path) - 1, info.control);
	cmd->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (cmd->control >= 0 && connect(cmd->control, (struct sockaddr *)&to, sizeof(to)) == 0)
		return STATUS_DONE;
	return no_server(info.control, errno);
}

static int64_t mono_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The next whole line as JSON. 1, 0 after timeout_ms (-1: for ever), -1 the server has gone or talks
 * nonsense. */
static int read_message(struct command *cmd, int timeout_ms, json_t **out)
{
	int64_t until = timeout_ms < 0 ? 0 : mono_ms() + timeout_ms, left = timeout_ms;
	struct pollfd p = {.fd = cmd->control, .events = POLLIN};
	char *end, *more;
	ssize_t n;

	while (!cmd->pending || !(end = memchr(cmd->pending, '\n', cmd->pending_len))) {
		left = timeout_ms < 0 ? -1 : until - mono_ms();
		if (timeout_ms >= 0 && left < 0)
			left = 0;
		n = poll(&p, 1, (int)left);
		if (n < 0 && errno == EINTR)
			return 0;
		if (n == 0)
			return 0;
		more = cmd->pending_len < MESSAGE_MAX ? realloc(cmd->pending, cmd->pending_len + 65536)
						      : NULL;
		if (!more)
			return -1;
		cmd->pending = more;
		n = read(cmd->control, cmd->pending + cmd->pending_len, 65536);
		if (n <= 0)
			return -1;
		cmd->pending_len += (size_t)n;
	}
	*out = json_loadb(cmd->pending, (size_t)(end - cmd->pending), 0, NULL);
	cmd->pending_len -= (size_t)(end + 1 - cmd->pending);
	memmove(cmd->pending, end + 1, cmd->pending_len);
	return *out ? 1 : -1;
}

static bool send_message(struct command *cmd, json_t *message)
{
	char *line = json_dumps(message, JSON_COMPACT);
	size_t len = line ? strlen(line) : 0, sent = 0;
	ssize_t n = 1;

	if (!line)
		return false;
	line[len] = '\n'; /* the NUL's place: the line is sent by length */
	while (sent <= len && n > 0) {
		n = send(cmd->control, line + sent, len + 1 - sent, MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
	}
	free(line);
	return n > 0;
}

/* {"code": .., "message": .., "data": {"code": -3}} by our own codes where there is one. */
static int refused(const struct command *cmd, const json_t *error)
{
	const json_t *own = json_object_get(json_object_get(error, "data"), "code");
	const char *text = json_string_value(json_object_get(error, "message"));
	struct ghl_error err = {0};
	int code = own ? (int)json_integer_value(own) : GHL_EIO;

	if (text && strcmp(text, ghl_strerror(code)) != 0) /* else the operand says more */
		(void)snprintf(err.text, sizeof(err.text), "%s", text);
	return command_failed(cmd, code, &err);
}

static int await(struct command *cmd, int id, json_t **result)
{
	json_t *answer, *value;
	int got, status;

	while ((got = read_message(cmd, ANSWER_MS, &answer)) == 1) {
		value = json_object_get(answer, "id");
		if (!json_is_integer(value) || json_integer_value(value) != id) {
			json_decref(answer); /* an event that was on its way */
			continue;
		}
		value = json_object_get(answer, "error");
		status = value ? refused(cmd, value) : STATUS_DONE;
		if (!value) {
			value = json_object_get(answer, "result");
			*result = value ? json_incref(value) : json_null();
		}
		json_decref(answer);
		return status;
	}
	complain("%s", got == 0 ? "the hotline does not answer" : "the hotline closed the connection");
	return STATUS_FAILED;
}

static int request(struct command *cmd, const char *method, json_t *params, json_t **result)
{
	int id = ++cmd->next_id;
	json_t *message = json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", id, "method", method,
		"params", params ? params : json_object());
	bool sent = message && send_message(cmd, message);

	json_decref(message);
	if (sent)
		return await(cmd, id, result);
	complain("the hotline closed the connection");
	return STATUS_FAILED;
}

/* Connected, and acting as whom --as names. */
static int connected(struct command *cmd)
{
	const char *as = command_option(cmd, "as");
	json_t *none = NULL;
	int status;

	if (cmd->control >= 0)
		return STATUS_DONE;
	status = dial_socket(cmd);
	if (status == STATUS_DONE && as) {
		status = request(cmd, "session.as", json_pack("{s:s}", "principal", as), &none);
		json_decref(none);
	}
	return status;
}

int command_call(struct command *cmd, const char *method, json_t *params, json_t **result)
{
	int status = connected(cmd);

	if (status == STATUS_DONE)
		return request(cmd, method, params, result);
	json_decref(params);
	return status;
}

int command_notification(struct command *cmd, int timeout_ms, json_t **params)
{
	json_t *message, *value;
	int got = read_message(cmd, timeout_ms, &message);

	if (got != 1)
		return got;
	value = json_object_get(message, "params");
	*params = value ? json_incref(value) : json_null();
	json_decref(message);
	return 1;
}
