/*
 * demo_peers.c - the demo's people: agents are baresip processes, citizens are sipp processes with a scenario
 * written for each. Neither shares a line of code with the library. Ports are asked of the system.
 */
#include "demo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* an UDP port nobody uses now, even when asked so; 0: none */
static uint16_t free_port(bool even)
{
	for (int tries = 0; tries < 64; tries++) {
		struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t len = sizeof(at);
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
			  getsockname(fd, (struct sockaddr *)&at, &len) == 0;

		if (fd >= 0)
			(void)close(fd);
		if (ok && (!even || ntohs(at.sin_port) % 2 == 0))
			return ntohs(at.sin_port);
	}
	return 0;
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		(void)fprintf(stderr, "demo: %s: %s\n", path, strerror(errno));
	return f;
}

static pid_t start(char *const argv[], const char *log)
{
	posix_spawn_file_actions_t acts;
	pid_t pid = -1;
	int rc;

	(void)posix_spawn_file_actions_init(&acts);
	(void)posix_spawn_file_actions_addopen(&acts, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_addopen(&acts, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	(void)posix_spawn_file_actions_adddup2(&acts, 1, 2);
	rc = posix_spawnp(&pid, argv[0], &acts, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&acts);
	if (rc != 0) {
		(void)fprintf(stderr, "demo: cannot start %s: %s\n", argv[0], strerror(rc));
		return -1;
	}
	return pid;
}

static bool write_agent(const char *folder, const char *account, const char *password, uint16_t sip_port,
	const char *voice_wav, bool answers)
{
	char path[600];
	FILE *f;

	if (mkdir(folder, 0700) < 0 && errno != EEXIST) {
		(void)fprintf(stderr, "demo: %s: %s\n", folder, strerror(errno));
		return false;
	}
	(void)snprintf(path, sizeof(path), "%s/config", folder);
	if (!(f = create(path)))
		return false;
	(void)fprintf(f,
		"poll_method epoll\nsip_listen 127.0.0.1:%u\naudio_player aubridge,%s\naudio_source "
		"aufile,%s\naudio_alert aubridge,alert%s\n"
		"ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\nnet_interface "
		"127.0.0.1\n"
		"module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule "
		"aubridge.so\nmodule_tmp account.so\n"
		"module_app menu.so\n",
		(unsigned)free_port(false), account, voice_wav, account);
	(void)fclose(f);
	(void)snprintf(path, sizeof(path), "%s/accounts", folder);
	if (!(f = create(path)))
		return false;
	(void)fprintf(f,
		"<sip:%s@127.0.0.1:%u>;auth_pass=%s;regint=60;answermode=%s;audio_codecs=pcma/8000/1,pcmu/"
		"8000/1;ptime=20\n",
		account, (unsigned)sip_port, password, answers ? "auto" : "manual");
	(void)fclose(f);
	(void)snprintf(path, sizeof(path), "%s/contacts", folder);
	if (!(f = create(path)))
		return false;
	return fclose(f) == 0;
}

pid_t demo_agent_start(const char *dir, const char *account, const char *password, uint16_t sip_port,
	const char *voice_wav, bool answers)
{
	char folder[512], log[600];
	char *argv[] = {"baresip", "-f", folder, NULL};

	(void)snprintf(folder, sizeof(folder), "%s/agent-%s", dir, account);
	(void)snprintf(log, sizeof(log), "%s/baresip.log", folder);
	if (!write_agent(folder, account, password, sip_port, voice_wav, answers))
		return -1;
	return start(argv, log);
}

/* one request within the dialog, and what sipp does after it */
static void write_request(FILE *f, const struct demo_citizen *c, const char *called, const char *method,
	int cseq, bool in_dialog)
{
	(void)fprintf(f,
		"<send%s><![CDATA[\n%s sip:%s@[remote_ip]:[remote_port] SIP/2.0\n"
		"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
		"From: <sip:%s@[local_ip]:[local_port]>;tag=[pid]c[call_number]\nTo: "
		"<sip:%s@[remote_ip]:[remote_port]>%s\n"
		"Call-ID: [call_id]\nCSeq: %d %s\nContact: <sip:%s@[local_ip]:[local_port]>\nMax-Forwards: "
		"70\n",
		strcmp(method, "ACK") == 0 ? "" : " retrans=\"500\"", method, called, c->number, called,
		in_dialog ? "[peer_tag_param]" : "", cseq, method, c->number);
}

static void write_invite(FILE *f, const struct demo_citizen *c, const char *called)
{
	write_request(f, c, called, "INVITE", 1, false);
	(void)fprintf(f,
		"Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=- 1 1 IN IP[local_ip_type] "
		"[local_ip]\ns=-\n"
		"c=IN IP[media_ip_type] [media_ip]\nt=0 0\nm=audio [auto_media_port] RTP/AVP 8%s\na=rtpmap:8 "
		"PCMA/8000\n%sa=ptime:20\n]]></send>\n"
		"<recv response=\"100\" optional=\"true\"/>\n<recv response=\"180\" optional=\"true\"/>\n"
		"<recv response=\"183\" optional=\"true\"/>\n<recv response=\"200\" timeout=\"20000\"/>\n",
		c->raw ? " 101" : "", c->raw ? "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n" : "");
	write_request(f, c, called, "ACK", 1, true);
	(void)fprintf(f, "Content-Length: 0\n\n]]></send>\n");
}

static bool write_scenario(const struct demo_citizen *c, const char *path, const char *called)
{
	FILE *f = create(path);

	if (!f)
		return false;
	(void)fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"citizen\">\n");
	write_invite(f, c, called);
	if (c->raw)
		(void)fprintf(f, "<nop><action><exec play_pcap_audio=\"%s\"/></action></nop>\n", c->track);
	else
		(void)fprintf(f, "<nop><action><exec rtp_stream=\"%s,1,8\"/></action></nop>\n", c->track);
	if (c->plan == DEMO_LISTENS) {
		(void)fprintf(f,
			"<recv request=\"BYE\" timeout=\"%u\"/>\n<send><![CDATA[\nSIP/2.0 200 "
			"OK\n[last_Via:]\n[last_From:]\n[last_To:]\n"
			"[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>\n",
			(unsigned)c->hold_on_ms);
	} else {
		(void)fprintf(f, "<pause milliseconds=\"%u\"/>\n", (unsigned)c->hold_on_ms);
		write_request(f, c, called, "BYE", 2, true);
		(void)fprintf(f, "Content-Length: 0\n\n]]></send>\n<recv response=\"200\"/>\n");
	}
	(void)fprintf(f, "</scenario>\n");
	return fclose(f) == 0;
}

pid_t demo_citizen_start(const struct demo_citizen *c, const char *dir, const char *called, uint16_t sip_port)
{
	char scenario[512], log[512], errors[512], sip[16], rtp[16], target[32];
	char *argv[] = {"sipp", "-sf", scenario, "-m", "1", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", sip,
		"-mp", rtp, "-nostdin", "-trace_err", "-error_file", errors, target, NULL};

	(void)snprintf(
		scenario, sizeof(scenario), "%s/citizen-%s-%u.xml", dir, c->number, (unsigned)c->start_ms);
	(void)snprintf(log, sizeof(log), "%s/citizen-%s-%u.log", dir, c->number, (unsigned)c->start_ms);
	(void)snprintf(errors, sizeof(errors), "%s/citizen-%s-%u.err", dir, c->number, (unsigned)c->start_ms);
	(void)snprintf(sip, sizeof(sip), "%u", (unsigned)free_port(false));
	(void)snprintf(rtp, sizeof(rtp), "%u", (unsigned)free_port(true));
	(void)snprintf(target, sizeof(target), "127.0.0.1:%u", (unsigned)sip_port);
	if (!write_scenario(c, scenario, called))
		return -1;
	return start(argv, log);
}
