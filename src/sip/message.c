/*
 * message.c - small texts of SIP messages: where one came from, our Contact, URIs with a user, SDP bodies,
 * Reason and Q.850 causes. It sends nothing but replies without a transaction. RFC 3261; RFC 3326 (Reason);
 * RFC 3398 sections 7.2.4 (status to cause) and 8.2.6 (cause to status).
 */
#include "sip_priv.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/url.h>

static const char *const transport_names[] = {[SIP_UDP] = "udp", [SIP_TCP] = "tcp", [SIP_TLS] = "tls"};

const char *sip_transport_name(enum sip_transport t)
{
	return (unsigned)t < sizeof(transport_names) / sizeof(transport_names[0]) ? transport_names[t] : "?";
}

static enum sip_transport transport_of(const char *name)
{
	return !strncasecmp(name, "tcp", 3) ? SIP_TCP : !strncasecmp(name, "tls", 3) ? SIP_TLS : SIP_UDP;
}

bool source_of(struct sip *sip, msg_t *msg, struct source *out)
{
	const su_sockaddr_t *from = msg_addr(msg);
	const tport_t *tp = tport_delivered_by(nta_agent_tports(sip->nta), msg);
	unsigned port = ntohs(from->su_port);

	memset(out, 0, sizeof(*out));
	out->ipv6 = from->su_family == AF_INET6;
	if (!inet_ntop(from->su_family,
		    out->ipv6 ? (const void *)&from->su_sin6.sin6_addr : (const void *)&from->su_sin.sin_addr,
		    out->address, sizeof(out->address)))
		return false;
	if (!network_address(out->bytes, out->address))
		return false;
	out->transport = tp ? transport_of(tport_name(tp)->tpn_proto) : SIP_UDP;
	(void)snprintf(
		out->text, sizeof(out->text), out->ipv6 ? "[%.45s]:%u" : "%.45s:%u", out->address, port);
	(void)snprintf(out->route, sizeof(out->route), "sip:%s;transport=%s", out->text,
		sip_transport_name(out->transport));
	return true;
}

/* The address the system would send from to `peer`: for sockets bound to every address. */
static bool local_address(const char *peer, bool ipv6, char out[64])
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct sockaddr *to = ipv6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t len = ipv6 ? sizeof(six) : sizeof(four);
	bool ok = false;
	int fd;

	if (inet_pton(to->sa_family, peer, ipv6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1)
		return false;
	fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (connect(fd, to, len) == 0 && getsockname(fd, to, &len) == 0)
		ok = inet_ntop(to->sa_family, ipv6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr, out,
			     64) != NULL;
	(void)close(fd);
	return ok;
}

static bool is_wildcard(const char *address)
{
	return !strcmp(address, "0.0.0.0") || !strcmp(address, "::");
}

static unsigned find_listen(const struct sip *sip, enum sip_transport transport, bool ipv6)
{
	unsigned found = 0;

	for (unsigned i = sip->o.listens; i-- > 0;)
		if (sip->o.listen[i].transport == transport &&
			(strchr(sip->o.listen[i].address, ':') != NULL) == ipv6)
			found = i;
	return found;
}

void contact_text(const struct sip *sip, enum sip_transport transport, bool ipv6, const char *peer,
	char out[SIP_URI_MAX])
{
	unsigned i = find_listen(sip, transport, ipv6);
	const struct sip_listen *l = &sip->o.listen[i];
	char address[64];
	bool six;

	(void)text_copy(address, sizeof(address), l->address);
	if (sip->o.public_address[0])
		(void)text_copy(address, sizeof(address), sip->o.public_address);
	else if (is_wildcard(l->address))
		(void)local_address(peer, ipv6, address);
	six = strchr(address, ':') != NULL;
	(void)snprintf(out, SIP_URI_MAX, six ? "sip:[%s]:%u%s%s" : "sip:%s:%u%s%s", address,
		(unsigned)sip->bound[i], l->transport == SIP_UDP ? "" : ";transport=",
		l->transport == SIP_UDP ? "" : sip_transport_name(l->transport));
}

enum sip_transport uri_transport(const char *uri, bool *ipv6)
{
	const char *t = strcasestr(uri, ";transport=");

	*ipv6 = strchr(uri, '[') != NULL;
	if (!strncasecmp(uri, "sips:", 5))
		return SIP_TLS;
	return t ? transport_of(t + 11) : SIP_UDP;
}

/* RFC 3261 user: unreserved and user-unreserved; what else there is goes as %XX. */
bool user_escape(const char *user, char *out, size_t room)
{
	size_t n = 0;

	for (; *user; user++) {
		unsigned char c = (unsigned char)*user;
		bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
			     (c && strchr("-_.!~*'()&=+$,;?/", c));

		if (n + 4 > room)
			return false;
		n += (size_t)snprintf(out + n, room - n, plain ? "%c" : "%%%02X", c);
	}
	out[n] = 0;
	return true;
}

bool uri_with_user(const char *uri, const char *user, char out[SIP_URI_MAX])
{
	const char *colon = strchr(uri, ':'), *at = strchr(uri, '@'), *host;
	char escaped[3 * SIP_USER_MAX];
	int n;

	if (!colon || !user_escape(user, escaped, sizeof(escaped)))
		return false;
	host = at ? at + 1 : colon + 1;
	n = snprintf(
		out, SIP_URI_MAX, "%.*s:%s%s%s", (int)(colon - uri), uri, escaped, *user ? "@" : "", host);
	return n > 0 && n < SIP_URI_MAX;
}

bool name_addr(char *out, size_t room, const char *display, const char *uri)
{
	size_t n = 0;

	if (room < 2 * strlen(display) + strlen(uri) + 8)
		return false;
	if (*display) {
		out[n++] = '"';
		for (; *display; display++) {
			if (*display == '"' || *display == '\\')
				out[n++] = '\\';
			if ((unsigned char)*display >= ' ')
				out[n++] = *display;
		}
		out[n++] = '"';
		out[n++] = ' ';
	}
	(void)snprintf(out + n, room - n, "<%s>", uri);
	return true;
}

int body_sdp(const sip_t *m, struct sdp *out, struct ghl_error *err)
{
	if (!m || !m->sip_payload || m->sip_payload->pl_len == 0)
		return 0;
	if (!m->sip_content_type || !m->sip_content_type->c_type ||
		strcasecmp(m->sip_content_type->c_type, "application/sdp") != 0)
		return GHL_EUNSUPPORTED;
	return sdp_parse_text(out, m->sip_payload->pl_data, m->sip_payload->pl_len, err) < 0 ? GHL_EPARSE : 1;
}

bool scheme_is_known(const sip_t *m)
{
	const url_t *url = m->sip_request->rq_url;

	return url->url_type == url_sip || url->url_type == url_sips || url->url_type == url_tel;
}

bool contact_is_good(const sip_t *m)
{
	const sip_contact_t *c = m->sip_contact;

	if (!c || c->m_next || (c->m_url->url_type != url_sip && c->m_url->url_type != url_sips))
		return false;
	return c->m_url->url_host && *c->m_url->url_host;
}

const char *header_text(const sip_t *m, const char *name)
{
	for (const sip_unknown_t *u = m->sip_unknown; u; u = u->un_next)
		if (u->un_name && strcasecmp(u->un_name, name) == 0)
			return u->un_value ? u->un_value : "";
	return NULL;
}

static const struct {
	uint16_t status;
	uint8_t q850;
} cause_of_status[] = {
	{400, 41},
	{401, 21},
	{402, 21},
	{403, 21},
	{404, 1},
	{405, 63},
	{406, 79},
	{407, 21},
	{408, 102},
	{410, 22},
	{413, 127},
	{414, 127},
	{415, 79},
	{416, 127},
	{420, 127},
	{421, 127},
	{423, 127},
	{480, 18},
	{481, 41},
	{482, 25},
	{483, 25},
	{484, 28},
	{485, 1},
	{486, 17},
	{487, 16},
	{488, 88},
	{500, 41},
	{501, 79},
	{502, 38},
	{503, 41},
	{504, 102},
	{505, 127},
	{513, 127},
	{600, 17},
	{603, 21},
	{604, 1},
	{606, 88},
};

uint8_t q850_of(const sip_t *m, uint16_t status)
{
	int64_t cause;

	for (const sip_reason_t *r = m ? m->sip_reason : NULL; r; r = r->re_next)
		if (r->re_protocol && !strcasecmp(r->re_protocol, "Q.850") &&
			text_to_int(r->re_cause, 1, 127, &cause))
			return (uint8_t)cause;
	for (size_t i = 0; i < sizeof(cause_of_status) / sizeof(cause_of_status[0]); i++)
		if (cause_of_status[i].status == status)
			return cause_of_status[i].q850;
	return status ? 31 : 16;
}

static const struct {
	uint8_t q850;
	uint16_t status;
	const char *phrase;
} status_of_cause[] = {
	{1, 404, "Not Found"},
	{3, 404, "Not Found"},
	{17, 486, "Busy Here"},
	{21, 403, "Forbidden"},
	{22, 410, "Gone"},
	{27, 502, "Bad Gateway"},
	{28, 484, "Address Incomplete"},
	{34, 503, "Service Unavailable"},
	{38, 503, "Service Unavailable"},
	{41, 503, "Service Unavailable"},
	{42, 503, "Service Unavailable"},
	{47, 503, "Service Unavailable"},
	{88, 488, "Not Acceptable Here"},
};

uint16_t status_of_q850(uint8_t q850, const char **phrase)
{
	for (size_t i = 0; i < sizeof(status_of_cause) / sizeof(status_of_cause[0]); i++) {
		if (status_of_cause[i].q850 != q850)
			continue;
		*phrase = status_of_cause[i].phrase;
		return status_of_cause[i].status;
	}
	*phrase = "Temporarily Unavailable";
	return 480;
}

char *reason_text(uint8_t q850, char out[32])
{
	(void)snprintf(out, 32, "Q.850;cause=%u", (unsigned)(q850 ? q850 : 16));
	return out;
}

void reply_stateless(struct sip *sip, msg_t *msg, int status, const char *phrase, const char *header)
{
	(void)nta_msg_treply(sip->nta, msg, status, phrase, SIPTAG_SERVER_STR(sip->o.user_agent),
		TAG_IF(status == 405 || status == 200, SIPTAG_ALLOW_STR(ALLOW)),
		TAG_IF(header, SIPTAG_HEADER_STR(header)), TAG_END());
}

void random_hex(char *out, size_t digits)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[32];

	if (digits > 2 * sizeof(raw) || RAND_bytes(raw, (int)(digits / 2)) != 1)
		abort(); /* no randomness: nothing here would be safe */
	for (size_t i = 0; i < digits / 2; i++) {
		out[2 * i] = hex[raw[i] >> 4];
		out[2 * i + 1] = hex[raw[i] & 15];
	}
	out[digits / 2 * 2] = '\0';
}
