/* address.c - socket addresses and the binding of RTP/RTCP port pairs (RFC 3550 section 11: even, and the
 * next odd one). */
#include "media_priv.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES  64
#define BLOCK  128  /* ports that are tried one after the other once the system has named one of them */
#define TOS_EF 0xb8 /* DSCP 46, RFC 3246 */

bool address_parse(union address *a, const char *text, uint16_t port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1)
		a->v4.sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) == 1)
		a->v6.sin6_family = AF_INET6;
	else
		return false;
	address_port_set(a, port);
	return true;
}

socklen_t address_size(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

bool address_same_host(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET6)
		return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
	return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

uint16_t address_port(const union address *a)
{
	return ntohs(a->any.sa_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port);
}

void address_port_set(union address *a, uint16_t port)
{
	if (a->any.sa_family == AF_INET6)
		a->v6.sin6_port = htons(port);
	else
		a->v4.sin_port = htons(port);
}

bool address_same(const union address *a, const union address *b)
{
	return address_same_host(a, b) && address_port(a) == address_port(b);
}

static void set_options(int fd, int family)
{
	int on = 1, tos = TOS_EF, no_fragments = IP_PMTUDISC_DO;

	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (family == AF_INET6) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
		return;
	}
	(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	(void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &no_fragments, sizeof(no_fragments));
}

/* The descriptor, or -1 with errno. */
static int bind_one(union address *a, uint16_t port)
{
	int fd = socket(a->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), keep;

	if (fd < 0)
		return -1;
	set_options(fd, a->any.sa_family);
	address_port_set(a, port);
	if (bind(fd, &a->any, address_size(a)) == 0)
		return fd;
	keep = errno;
	(void)close(fd);
	errno = keep;
	return -1;
}

static bool bind_two(union address *a, uint16_t port, int fds[2])
{
	fds[0] = bind_one(a, port);
	if (fds[0] < 0)
		return false;
	fds[1] = bind_one(a, (uint16_t)(port + 1));
	if (fds[1] >= 0)
		return true;
	(void)close(fds[0]);
	return false;
}

/* An even port that the system thought free a moment ago; 0 with errno. A socket is made for that alone. */
static uint16_t ask_system(union address *a)
{
	socklen_t n = sizeof(*a);
	union address got = *a;
	int fd = bind_one(a, 0);

	if (fd < 0)
		return 0;
	if (getsockname(fd, &got.any, &n) < 0)
		address_port_set(&got, 0);
	(void)close(fd);
	return (uint16_t)(address_port(&got) & ~1u);
}

static uint16_t next_in_range(struct media *m)
{
	uint16_t min = (uint16_t)((m->opts.port_min + 1u) & ~1u), port = m->next_port;

	if (port < min || port + 1u > m->opts.port_max)
		port = min;
	m->next_port = (uint16_t)(port + 2);
	return port;
}

/* The pair after the last one; at a block's end, or when that pair was taken, the system is asked. */
static uint16_t next_of_system(struct media *m, union address *a, bool again)
{
	uint16_t port = m->next_port;

	if (again || port % BLOCK == 0)
		port = ask_system(a);
	m->next_port = port ? (uint16_t)(port + 2) : 0;
	return port;
}

int address_bind_pair(struct media *m, const char *address, int fds[2], uint16_t *port)
{
	bool ours = m->opts.port_max > 0;
	unsigned tries = ours ? (m->opts.port_max - m->opts.port_min) / 2u + 1 : TRIES;
	union address a;

	if (!address_parse(&a, address, 0))
		return GHL_EINVAL;
	for (; tries; tries--) {
		*port = ours ? next_in_range(m) : next_of_system(m, &a, tries < TRIES);
		if (*port && bind_two(&a, *port, fds))
			return 0;
		if (errno != EADDRINUSE && errno != EACCES)
			return errno == EMFILE || errno == ENFILE ? GHL_EFULL : GHL_EIO;
	}
	return GHL_EFULL;
}
