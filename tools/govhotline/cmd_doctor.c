/*
 * cmd_doctor.c - `doctor`: looks for what would keep a hotline from working on this machine: configuration,
 * ports, clock, disk, descriptors, codecs and speech, trunks. One line a finding; changes nothing.
 */
#include "rows.h"
#include "ping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

struct doctor {
	struct command *cmd;
	struct ghl_config_info info;
	json_t *rows;
	bool running; /* a hotline runs by this configuration: its ports are taken by itself */
	unsigned bad;
};

static void finding(struct doctor *d, const char *what, bool good, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void finding(struct doctor *d, const char *what, bool good, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->bad += !good;
	(void)json_array_append_new(d->rows,
		json_pack("{s:s, s:s, s:s}", "what", what, "verdict", good ? "ok" : "bad", "text", text));
}

static bool check_config(struct doctor *d)
{
	struct ghl_error err = {0};
	int rc = ghl_config_info(d->cmd->config, &d->info, &err);

	if (rc < 0)
		finding(d, "configuration", false, "%s", err.text);
	else
		finding(d, "configuration", true, "%s: %s, %s, %s", d->cmd->config,
			counted(d->info.trunks, "trunk"), counted(d->info.queues, "queue"),
			counted(d->info.agents, "agent"));
	return rc == 0;
}

static void check_running(struct doctor *d)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(
		to.sun_path, sizeof(to.sun_path), "%.*s", (int)sizeof(to.sun_path) - 1, d->info.control);
	d->running = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
	if (fd >= 0)
		(void)close(fd);
	finding(d, "hotline", true, d->running ? "runs" : "does not run");
}

static int bind_port(const char *address, uint16_t port, int type)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	int fd = socket(is_v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0), on = 1, why = 0;

	if (fd < 0)
		return errno;
	if (!is_v4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
		why = EINVAL;
	if (type == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!why && bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
			    is_v4 ? sizeof(v4) : sizeof(v6)) < 0)
		why = errno;
	(void)close(fd);
	return why;
}

static void check_ports(struct doctor *d)
{
	for (uint32_t i = 0; i < d->info.listens; i++) {
		const struct ghl_config_listen *l = &d->info.listen[i];
		int why = bind_port(
			l->address, l->port, strcmp(l->transport, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM);
		bool own = why == EADDRINUSE && d->running;

		finding(d, "SIP port", !why || own, "%s %s:%u %s", l->transport, l->address, l->port,
			own   ? "is the hotline's"
			: why ? strerror(why)
			      : "is free");
	}
	if (d->info.port_min) {
		uint32_t ports = (uint32_t)(d->info.port_max - d->info.port_min + 1),
			 needed = d->info.max_calls * 4;

		finding(d, "RTP ports", ports >= needed || !d->info.max_calls, "%s; %s at once need %u",
			counted(ports, "port"), counted(d->info.max_calls, "call"), needed);
	}
}

static void check_clock(struct doctor *d)
{
	struct timex t = {0};
	int state = ntp_adjtime(&t);

	finding(d, "clock", state != TIME_ERROR && !(t.status & STA_UNSYNC),
		state == TIME_ERROR || (t.status & STA_UNSYNC) ? "is not synchronised: run an NTP client"
							       : "is synchronised, error at most %ld ms",
		t.maxerror / 1000);
}

/* The nearest folder that is there already. */
static void existing_folder(char *path)
{
	char *slash;

	while (access(path, F_OK) < 0 && (slash = strrchr(path, '/')) && slash != path)
		*slash = 0;
}

static void check_disk(struct doctor *d, const char *what, const char *folder)
{
	char path[256], room[64];
	struct statvfs st;
	json_t *bytes;

	(void)snprintf(path, sizeof(path), "%s", folder);
	existing_folder(path);
	if (access(path, W_OK) < 0 || statvfs(path, &st) < 0) {
		finding(d, what, false, "%s: %s", path, strerror(errno));
		return;
	}
	bytes = json_integer((json_int_t)st.f_bavail * (json_int_t)st.f_frsize);
	print_cell(room, sizeof(room), CELL_BYTES, bytes);
	finding(d, what, (uint64_t)json_integer_value(bytes) > d->info.disk_alarm_bytes, "%s free below %s",
		room, folder);
	json_decref(bytes);
}

static void check_descriptors(struct doctor *d)
{
	struct rlimit r = {0};
	uint64_t needed = 256 + (uint64_t)d->info.max_calls * 6;

	(void)getrlimit(RLIMIT_NOFILE, &r);
	finding(d, "descriptors", r.rlim_max >= needed, "%" PRIu64 " allowed; %s at once need about %" PRIu64,
		(uint64_t)r.rlim_max, counted(d->info.max_calls, "call"), needed);
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char file[512];
	size_t len;

	for (; path && *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		(void)snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, program);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static void check_codecs(struct doctor *d)
{
	finding(d, "codecs", true, "G.711 A-law and u-law, RFC 4733");
	finding(d, "speech", in_path("espeak-ng"),
		in_path("espeak-ng") ? "espeak-ng is there"
				     : "espeak-ng is not installed: texts cannot be spoken");
}

static void check_trunks(struct doctor *d)
{
	int status, rtt_us;

	for (uint32_t i = 0; i < d->info.trunks && i < 16; i++) {
		const struct ghl_config_trunk *t = &d->info.trunk[i];

		if (!t->proxy[0])
			continue;
		progress("asking trunk %s ..", t->name);
		status = ping_trunk(t->proxy, &rtt_us);
		progress(NULL);
		if (status > 0)
			finding(d, "trunk", true, "%s answers %d in %.1f ms", t->name, status,
				rtt_us / 1000.0);
		else
			finding(d, "trunk", false, "%s (%s): %s", t->name, t->proxy, ping_text(status));
	}
}

int cmd_doctor(struct command *cmd)
{
	static const struct column columns[] = {{"what", "what", CELL_TEXT},
		{"verdict", "verdict", CELL_TEXT}, {"text", "finding", CELL_TEXT}};
	struct doctor d = {.cmd = cmd, .info = GHL_CONFIG_INFO_INIT, .rows = NULL};
	int status;

	if (!command_config(cmd))
		return STATUS_NOT_FOUND;
	d.rows = json_array();
	if (check_config(&d)) {
		check_running(&d);
		check_ports(&d);
		check_disk(&d, "store", d.info.store);
		check_disk(&d, "recordings", d.info.recordings);
		check_descriptors(&d);
		check_trunks(&d);
	}
	check_clock(&d);
	check_codecs(&d);
	status = PRINT_ROWS(cmd, columns, d.rows);
	return d.bad ? STATUS_FAILED : status;
}
