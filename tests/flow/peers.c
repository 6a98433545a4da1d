/* peers.c - see peers.h. What a peer says goes into <folder>/<peer>.log. */
#include "peers.h"

#include <check.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern const char *const sipp_folder, *const baresip_modules;

static struct sockaddr_in loopback(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

uint16_t peers_free_port(int type)
{
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	(void)close(fd);
	return ntohs(at.sin_port);
}

/* The peer dies with the test. */
static pid_t start(char *const argv[], const char *log)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0) < 0 ||
		dup2(open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), 1) < 0 || dup2(1, 2) < 0)
		_exit(126);
	(void)execvp(argv[0], argv);
	_exit(127);
}

pid_t sipp_start(const char *folder, const char *name, uint16_t own_port, uint16_t to_port)
{
	char scenario[512], log[512], errors[512], own[8], to[24];
	char *argv[] = {"sipp", "-sf", scenario, "-m", "1", "-i", "127.0.0.1", "-p", own, "-nostdin",
		"-timeout", "25s", "-timeout_error", "-trace_err", "-error_file", errors, to, NULL};

	(void)snprintf(scenario, sizeof(scenario), "%s/%s.xml", sipp_folder, name);
	(void)snprintf(log, sizeof(log), "%s/sipp.log", folder);
	(void)snprintf(errors, sizeof(errors), "%s/sipp.err", folder);
	(void)snprintf(own, sizeof(own), "%u", (unsigned)own_port);
	(void)snprintf(to, sizeof(to), "127.0.0.1:%u", (unsigned)to_port);
	return start(argv, log);
}

bool peer_gone(pid_t pid, int *status)
{
	int raw = 0;

	if (waitpid(pid, &raw, WNOHANG) != pid)
		return false;
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
	return true;
}

bool peer_listens(uint16_t port)
{
	struct sockaddr_in at = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool taken;

	ck_assert_int_ge(fd, 0);
	taken = bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0;
	(void)close(fd);
	return taken;
}

static FILE *create(const char *folder, const char *name)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	return f;
}

static void write_files(const struct baresip *b, const char *folder, const char *user, const char *password,
	uint16_t registrar_port)
{
	FILE *f = create(folder, "config");

	(void)fprintf(f,
		"poll_method epoll\nsip_listen 127.0.0.1:%u\nnet_interface 127.0.0.1\nctrl_tcp_listen "
		"127.0.0.1:%u\n"
		"audio_player aubridge,%s\naudio_source aubridge,%s\naudio_alert aubridge,alert\nmodule_path "
		"%s\n"
		"module g711.so\nmodule aubridge.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app "
		"ctrl_tcp.so\n",
		(unsigned)peers_free_port(SOCK_DGRAM), (unsigned)b->port, user, user, baresip_modules);
	(void)fclose(f);
	f = create(folder, "accounts");
	(void)fprintf(f,
		"<sip:%s@127.0.0.1:%u>;auth_pass=%s;regint=60;answermode=auto;audio_codecs=pcma/8000/1\n",
		user, (unsigned)registrar_port, password);
	(void)fclose(f);
	(void)fclose(create(folder, "contacts"));
}

void baresip_start(struct baresip *b, const char *folder, const char *user, const char *password,
	uint16_t registrar_port)
{
	char log[512], where[512];
	char *argv[] = {"baresip", "-f", where, NULL};

	*b = (struct baresip){.control = -1, .port = peers_free_port(SOCK_STREAM)};
	(void)snprintf(where, sizeof(where), "%s", folder);
	(void)snprintf(log, sizeof(log), "%s/baresip.log", folder);
	write_files(b, folder, user, password, registrar_port);
	b->pid = start(argv, log);
}

bool baresip_connect(struct baresip *b)
{
	struct sockaddr_in at = loopback(b->port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		(void)close(fd);
		return false;
	}
	b->control = fd;
	return true;
}

/* A netstring of JSON. */
void baresip_tell(struct baresip *b, const char *command, const char *params)
{
	char json[512], out[600];
	int n = snprintf(json, sizeof(json), "{\"command\":\"%s\",\"params\":\"%s\",\"token\":\"%u\"}",
		command, params, ++b->serial);

	n = snprintf(out, sizeof(out), "%d:%s,", n, json);
	ck_assert_int_eq(send(b->control, out, (size_t)n, MSG_NOSIGNAL), n);
}

void baresip_stop(struct baresip *b)
{
	(void)close(b->control);
	ck_assert_int_eq(kill(b->pid, SIGTERM), 0);
}
