/* sdp_print.c - writes a session description (RFC 8866), and the names of its enums. It checks nothing: what
 * it is given is ours. */
#include "sdp.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const codec_names[] = {
	[SDP_CODEC_NONE] = "none",
	[SDP_PCMU] = "PCMU",
	[SDP_PCMA] = "PCMA",
	[SDP_TELEPHONE_EVENT] = "telephone-event",
	[SDP_CODEC_OTHER] = "other",
};

static const char *const direction_names[] = {
	[SDP_SENDRECV] = "sendrecv",
	[SDP_SENDONLY] = "sendonly",
	[SDP_RECVONLY] = "recvonly",
	[SDP_INACTIVE] = "inactive",
};

const char *sdp_codec_name(enum sdp_codec c)
{
	return (unsigned)c < sizeof(codec_names) / sizeof(codec_names[0]) ? codec_names[c] : "?";
}

const char *sdp_direction_name(enum sdp_direction d)
{
	return (unsigned)d < sizeof(direction_names) / sizeof(direction_names[0]) ? direction_names[d] : "?";
}

enum sdp_direction sdp_direction_reverse(enum sdp_direction d)
{
	return d == SDP_SENDONLY ? SDP_RECVONLY : d == SDP_RECVONLY ? SDP_SENDONLY : d;
}

struct sink {
	char *out;
	size_t room, len;
};

static void put(struct sink *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Counts on after the room is used up, so that the length tells. */
static void put(struct sink *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(
		s->len < s->room ? s->out + s->len : NULL, s->len < s->room ? s->room - s->len : 0, fmt, ap);
	va_end(ap);
	s->len += n > 0 ? (size_t)n : 0;
}

static void put_formats(struct sink *s, const struct sdp_media *m)
{
	if (m->format_text[0]) {
		put(s, " %s", m->format_text);
		return;
	}
	for (unsigned i = 0; i < m->formats; i++)
		put(s, " %u", (unsigned)m->format[i].payload_type);
}

static void put_attributes(struct sink *s, const struct sdp_media *m)
{
	for (unsigned i = 0; i < m->formats; i++) {
		const struct sdp_format *f = &m->format[i];

		if (f->name[0])
			put(s, "a=rtpmap:%u %s/%" PRIu32 "\r\n", (unsigned)f->payload_type, f->name, f->rate);
		if (f->fmtp[0])
			put(s, "a=fmtp:%u %s\r\n", (unsigned)f->payload_type, f->fmtp);
	}
	if (m->ptime_ms)
		put(s, "a=ptime:%u\r\n", (unsigned)m->ptime_ms);
	if (m->rtcp_port != (m->port ? (uint16_t)(m->port + 1) : 0))
		put(s, "a=rtcp:%u\r\n", (unsigned)m->rtcp_port);
	if (m->rtcp_mux)
		put(s, "a=rtcp-mux\r\n");
	if (m->direction != SDP_SENDRECV || m->port)
		put(s, "a=%s\r\n", sdp_direction_name(m->direction));
}

static void put_media(struct sink *s, const struct sdp *sdp, const struct sdp_media *m)
{
	put(s, "m=%s %u %s", m->kind_text, (unsigned)m->port, m->proto_text);
	put_formats(s, m);
	put(s, "\r\n");
	if (m->address[0] && strcmp(m->address, sdp->address) != 0)
		put(s, "c=IN IP%c %s\r\n", m->ipv6 ? '6' : '4', m->address);
	put_attributes(s, m);
}

int sdp_print(const struct sdp *sdp, char *out, size_t room)
{
	struct sink s = {.out = out, .room = room};
	const char *origin = sdp->address[0] ? sdp->address : "0.0.0.0";

	put(&s, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN IP%c %s\r\ns=-\r\n", sdp->session_id,
		sdp->session_version, sdp->address[0] && sdp->ipv6 ? '6' : '4', origin);
	if (sdp->address[0])
		put(&s, "c=IN IP%c %s\r\n", sdp->ipv6 ? '6' : '4', sdp->address);
	put(&s, "t=0 0\r\n");
	for (unsigned i = 0; i < sdp->medias; i++)
		put_media(&s, sdp, &sdp->media[i]);
	return s.len < room ? (int)s.len : GHL_EINVAL;
}
