/* ping.c - one SIP OPTIONS from a socket of our own, so that a trunk can be asked while no hotline runs. RFC
 * 3261, 11 and 18. */
#include "ping.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* HOST and PORT of sip:[USER@]HOST[:PORT][;..] */
static bool split_uri(const char *uri, char host[256], char port[8])
{
	const char *s = strchr(uri, ':'), *at, *end;
	size_t len;

	if (!s)
		return false;
	at = strchr(s, '@');
	s = at ? at + 1 : s + 1;
	end = s[0] == '[' ? strchr(s, ']') : s + strcspn(s, ":;?");
	if (!end)
		return false;
	len = s[0] == '[' ? (size_t)(end - s - 1) : (size_t)(end - s);
	if (len == 0 || len >= 256)
		return false;
	memcpy(host, s[0] == '[' ? s + 1 : s, len);
	host[len] = 0;
	end += s[0] == '[';
	(void)snprintf(port, 8, "%.*s", end[0] == ':' ? (int)strspn(end + 1, "0123456789") : 4,
		end[0] == ':' ? end + 1 : "5060");
	return true;
}

static int connect_udp(const char *uri)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
	char host[256], port[8];
	int fd = -1;

	if (!split_uri(uri, host, port) || getaddrinfo(host, port, &hints, &found) != 0)
		return -1;
	for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
			(void)close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	return fd;
}

static void local_address(int fd, char *out, size_t room)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char host[64] = "127.0.0.1", port[8] = "5060";

	if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		(void)getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV);
	(void)snprintf(out, room, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static int64_t mono_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The status of a SIP response that arrives within timeout_ms; 0 when none does. */
static int await(int fd, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char answer[4096];
	char *end;
	ssize_t n;
	long status;

	if (poll(&p, 1, timeout_ms) <= 0)
		return 0;
	n = recv(fd, answer, sizeof(answer) - 1, 0);
	if (n <= 0)
		return 0;
	answer[n] = 0;
	if (strncmp(answer, "SIP/2.0 ", 8) != 0)
		return 0;
	status = strtol(answer + 8, &end, 10);
	return end == answer + 11 && status >= 100 ? (int)status : 0;
}

static int ask(int fd, const char *uri, int *rtt_us)
{
	char message[1400], local[96];
	int64_t began = mono_us();
	int status = 0;
	uint64_t tag;

	if (getrandom(&tag, sizeof(tag), 0) != sizeof(tag))
		tag = (uint64_t)began;
	local_address(fd, local, sizeof(local));
	(void)snprintf(message, sizeof(message),
		"OPTIONS %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%016llx;rport\r\nMax-Forwards: "
		"70\r\n"
		"From: <sip:doctor@%s>;tag=%08llx\r\nTo: <%s>\r\nCall-ID: %016llx@doctor\r\nCSeq: 1 "
		"OPTIONS\r\n"
		"Contact: <sip:doctor@%s>\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n",
		uri, local, (unsigned long long)tag, local, (unsigned long long)(tag >> 32), uri,
		(unsigned long long)tag, local);
	for (int wait_ms = 300; wait_ms <= 1200 && status == 0; wait_ms *= 2) {
		(void)send(fd, message, strlen(message), MSG_NOSIGNAL);
		status = await(fd, wait_ms);
	}
	*rtt_us = (int)(mono_us() - began);
	return status;
}

int ping_trunk(const char *uri, int *rtt_us)
{
	int fd, status;

	*rtt_us = 0;
	if (strstr(uri, "transport=tcp") || strstr(uri, "transport=tls") || strncmp(uri, "sips:", 5) == 0)
		return -2;
	fd = connect_udp(uri);
	if (fd < 0)
		return -1;
	status = ask(fd, uri, rtt_us);
	(void)close(fd);
	return status;
}

const char *ping_text(int status)
{
	if (status == 0)
		return "no answer within 2 s";
	return status == -1 ? "the address cannot be resolved or reached"
			    : "over TCP or TLS only a running hotline can ask";
}
