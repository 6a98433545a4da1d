/* config_verify.c - what single texts of the configuration must look like. */
#include "config_schema.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One code point of well-formed UTF-8; moves on. */
static uint32_t take_char(const unsigned char **s)
{
	const unsigned char *p = *s;
	unsigned more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : 0;
	uint32_t c = more == 3 ? p[0] & 7 : more == 2 ? p[0] & 15 : more == 1 ? p[0] & 31 : p[0];

	for (unsigned i = 1; i <= more; i++)
		c = c << 6 | (p[i] & 63);
	*s = p + more + 1;
	return c;
}

/* YAML 1.1, 5.1 and 5.4: characters that are not printable, or end a line. */
static bool is_odd(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	       c == 0xfffe || c == 0xffff;
}

bool config_is_plain(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (!text_is_utf8(s, strlen(s)))
		return false;
	while (*p)
		if (is_odd(take_char(&p)))
			return false;
	return true;
}

const char *config_is_name(const char *s)
{
	if (!s[0])
		return "is empty";
	return strpbrk(s, " :*?=\",/\\'") ? "holds a space or one of : * ? = , / \\ ' \"" : NULL;
}

const char *config_is_account(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
			return "holds something other than letters, digits, _ . -";
	return s[0] ? NULL : "is empty";
}

const char *config_is_digits(const char *s)
{
	return s[strspn(s, "0123456789")] ? "holds something other than digits" : NULL;
}

const char *config_is_address(const char *s)
{
	unsigned char room[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, s, room) == 1 || inet_pton(AF_INET6, s, room) == 1)
		return NULL;
	return "is not a numeric IPv4 or IPv6 address";
}

const char *config_is_network(const char *s)
{
	char address[64];
	const char *slash = strchr(s, '/');
	size_t len = slash ? (size_t)(slash - s) : strlen(s);
	int64_t bits;

	if (len >= sizeof(address))
		return "is not an address or network (192.0.2.0/24)";
	memcpy(address, s, len);
	address[len] = 0;
	if (config_is_address(address))
		return "is not an address or network (192.0.2.0/24)";
	if (slash && !text_to_int(slash + 1, 0, strchr(address, ':') ? 128 : 32, &bits))
		return "has no prefix length after the / (192.0.2.0/24)";
	return NULL;
}

const char *config_is_sip_uri(const char *s)
{
	bool sip = strncmp(s, "sip:", 4) == 0 || strncmp(s, "sips:", 5) == 0;
	const char *rest = strchr(s, ':');

	if (!sip || !rest[1] || rest[1] == ';' || strpbrk(s, " <>\""))
		return "is not a SIP address (sip:HOST[:PORT][;transport=tcp])";
	return NULL;
}

const char *config_is_zone(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_+-/", *p))
			return "is not the name of a time zone (Asia/Shanghai)";
	return s[0] && s[0] != '/' ? NULL : "is not the name of a time zone (Asia/Shanghai)";
}

const char *config_is_number_pattern(const char *s)
{
	return s[0] && !s[strspn(s, "+0123456789*?")] ? NULL : "is not a pattern of digits, +, * and ?";
}

static bool is_hex(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789abcdef") == len;
}

const char *config_is_md5(const char *s)
{
	return is_hex(s, 32) ? NULL : "is not 32 lower-case hexadecimal digits";
}

const char *config_is_sha256(const char *s)
{
	return is_hex(s, 64) ? NULL : "is not 64 lower-case hexadecimal digits";
}

const char *config_is_env(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '_')
			return "is not the name of an environment variable";
	return NULL;
}
