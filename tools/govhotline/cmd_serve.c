/*
 * cmd_serve.c - `serve`: the engine in the foreground, with its control socket, until SIGINT or SIGTERM;
 * SIGHUP applies the configuration. Under systemd (Type=notify) readiness is told as sd_notify(3) has it.
 */
#include "command.h"

#include <govhotline/server.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	socklen_t len;
	int fd;

	if (!path || !path[0] || strlen(path) >= sizeof(to.sun_path))
		return;
	(void)strcpy(to.sun_path, path);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = 0; /* the abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, len);
		(void)close(fd);
	}
}

/* Blocked before any thread begins, so that all of them inherit it and only we hear. */
static int signals_open(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void apply(struct command *cmd)
{
	struct ghl_error err = {0};
	int rc = ghl_hotline_config_apply(cmd->session, NULL, NULL, &err);

	if (rc < 0)
		complain("the configuration stays as it was: %s", err.text[0] ? err.text : ghl_strerror(rc));
	else
		complain("configuration applied");
}

static void wait_for_end(struct command *cmd, int signals)
{
	struct signalfd_siginfo got;

	for (;;) {
		if (read(signals, &got, sizeof(got)) != sizeof(got)) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (got.ssi_signo != SIGHUP)
			return;
		apply(cmd);
	}
}

static void tell_ready(struct command *cmd)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	if (ghl_hotline_status(cmd->session, &st) == 0) {
		complain("ready: %s", cmd->config);
		for (uint32_t i = 0; i < st.sip_listens && i < GHL_HOTLINE_LISTENS; i++)
			if (i == 0 || st.sip_ports[i] != st.sip_ports[i - 1])
				complain("SIP port %u", st.sip_ports[i]);
	}
	notify("READY=1");
}

static int run(struct command *cmd, int signals)
{
	struct ghl_config_info info = GHL_CONFIG_INFO_INIT;
	struct ghl_server *server = NULL;
	struct ghl_error err = {0};
	int rc = ghl_hotline_start(cmd->hotline, &err);

	if (rc == 0)
		rc = ghl_session_open_local(cmd->hotline, &cmd->session);
	if (rc == 0)
		rc = ghl_config_info(cmd->config, &info, &err);
	if (rc == 0)
		rc = ghl_server_start(&server, cmd->session, info.control, &err);
	if (rc < 0)
		return command_failed(cmd, rc, &err);
	tell_ready(cmd);
	wait_for_end(cmd, signals);
	notify("STOPPING=1");
	complain("ending: calls are cleared and kept");
	ghl_server_stop(server);
	rc = ghl_hotline_stop(cmd->hotline);
	return rc < 0 ? command_failed(cmd, rc, NULL) : STATUS_DONE;
}

int cmd_serve(struct command *cmd)
{
	struct ghl_error err = {0};
	int signals = signals_open(), rc, status;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	rc = ghl_hotline_open(&cmd->hotline, cmd->config, GHL_OPEN_ENGINE, &err);
	status = rc < 0 ? command_failed(cmd, rc, &err) : run(cmd, signals);
	(void)close(signals);
	return status;
}
