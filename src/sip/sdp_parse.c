/*
 * sdp_parse.c - reads a session description (RFC 8866) into the fixed picture of sdp.h; strict, bounded, no
 * allocation.
 *
 * It does not keep what we have no use for (times, bandwidth, keys, unknown attributes) but checks that each
 * line has the form "letter=text" with no control character, that v, o and s open the text in that order, and
 * that an address is a numeric unicast one. a=rtcp follows RFC 3605, a=rtcp-mux RFC 5761, static payload
 * types RFC 3551.
 */
#include "sdp.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define SDP_MAX_BYTES 8192

/* One line, and the place in it that is being read. */
struct line {
	const char *start, *at, *end;
	unsigned number;
	struct ghl_error *err;
};

struct reader {
	struct sdp *sdp;
	struct sdp_media *media; /* NULL: session level */
	enum sdp_direction direction;
};

static int bad(const struct line *l, const char *what)
{
	return error_at(l->err, GHL_EPARSE, "sdp", l->number, (unsigned)(l->at - l->start) + 1, "%s", what);
}

static bool at_end(const struct line *l)
{
	return l->at == l->end;
}

/* RFC 8866 token characters. */
static bool is_token_char(char c)
{
	return c > ' ' && c < 127 && !strchr("\"(),/:;<=>?@[\\]", c);
}

static bool skip(struct line *l, char c)
{
	if (at_end(l) || *l->at != c)
		return false;
	l->at++;
	return true;
}

/* One word: token characters and those of `also`. */
static bool take_word(struct line *l, const char *also, char *out, size_t room)
{
	const char *from = l->at;

	while (!at_end(l) && (is_token_char(*l->at) || (*l->at && strchr(also, *l->at))))
		l->at++;
	if (l->at == from || (size_t)(l->at - from) >= room) {
		l->at = from;
		return false;
	}
	memcpy(out, from, (size_t)(l->at - from));
	out[l->at - from] = 0;
	return true;
}

static bool take_number(struct line *l, uint64_t max, uint64_t *out)
{
	const char *from = l->at;
	uint64_t v = 0, digit;

	while (!at_end(l) && *l->at >= '0' && *l->at <= '9') {
		digit = (uint64_t)(*l->at - '0');
		if (v > (max - digit) / 10) {
			l->at = from;
			return false;
		}
		v = v * 10 + digit;
		l->at++;
	}
	if (l->at == from)
		return false;
	*out = v;
	return true;
}

/* "IN IP4 192.0.2.1": a host name, a multicast scope or another network is refused. */
static int read_connection(struct line *l, char *address, size_t room, bool *ipv6)
{
	char net[8], type[8], text[64];
	unsigned char raw[16];

	if (!take_word(l, "", net, sizeof(net)) || strcmp(net, "IN") != 0 || !skip(l, ' '))
		return bad(l, "the network type must be IN");
	if (!take_word(l, "", type, sizeof(type)) || (strcmp(type, "IP4") != 0 && strcmp(type, "IP6") != 0) ||
		!skip(l, ' '))
		return bad(l, "the address type must be IP4 or IP6");
	*ipv6 = type[2] == '6';
	if (!take_word(l, ":", text, sizeof(text)) || inet_pton(*ipv6 ? AF_INET6 : AF_INET, text, raw) != 1)
		return bad(l, "not a numeric address");
	if (!at_end(l))
		return bad(l, "nothing may follow the address");
	if (*ipv6 ? raw[0] == 0xff : (raw[0] & 0xf0) == 0xe0)
		return bad(l, "a multicast address is not taken");
	(void)text_copy(address, room, text);
	return 0;
}

static int read_c(struct reader *r, struct line *l)
{
	struct sdp_media *m = r->media;

	if (m)
		return read_connection(l, m->address, sizeof(m->address), &m->ipv6);
	return read_connection(l, r->sdp->address, sizeof(r->sdp->address), &r->sdp->ipv6);
}

/* "o=user id version IN IP4 host"; the host may be a name and is not kept. */
static int read_o(struct reader *r, struct line *l)
{
	char word[256];

	while (!at_end(l) && *l->at != ' ')
		l->at++;
	if (!skip(l, ' ') || !take_number(l, UINT64_MAX, &r->sdp->session_id) || !skip(l, ' '))
		return bad(l, "the session id must be a number");
	if (!take_number(l, UINT64_MAX, &r->sdp->session_version) || !skip(l, ' '))
		return bad(l, "the session version must be a number");
	if (!take_word(l, "", word, sizeof(word)) || !skip(l, ' ') || !take_word(l, "", word, sizeof(word)) ||
		!skip(l, ' '))
		return bad(l, "network and address type are missing");
	if (!take_word(l, ":[]", word, sizeof(word)) || !at_end(l))
		return bad(l, "the address is missing or something follows it");
	return 0;
}

static const struct {
	uint8_t payload_type;
	enum sdp_codec codec;
	const char *name;
	uint32_t rate;
} static_types[] = {
	{0, SDP_PCMU, "PCMU", 8000},
	{3, SDP_CODEC_OTHER, "GSM", 8000},
	{4, SDP_CODEC_OTHER, "G723", 8000},
	{8, SDP_PCMA, "PCMA", 8000},
	{9, SDP_CODEC_OTHER, "G722", 8000},
	{13, SDP_CODEC_OTHER, "CN", 8000},
	{15, SDP_CODEC_OTHER, "G728", 8000},
	{18, SDP_CODEC_OTHER, "G729", 8000},
};

static void set_static_type(struct sdp_format *f)
{
	f->codec = SDP_CODEC_OTHER;
	for (size_t i = 0; i < sizeof(static_types) / sizeof(static_types[0]); i++) {
		if (static_types[i].payload_type != f->payload_type)
			continue;
		f->codec = static_types[i].codec;
		f->rate = static_types[i].rate;
		(void)text_copy(f->name, sizeof(f->name), static_types[i].name);
	}
}

static struct sdp_format *find_format(struct sdp_media *m, uint64_t payload_type)
{
	for (unsigned i = 0; i < m->formats; i++)
		if (m->format[i].payload_type == payload_type)
			return &m->format[i];
	return NULL;
}

static int read_formats(struct sdp_media *m, struct line *l)
{
	const char *from = l->at;
	bool rtp = m->proto == SDP_RTP_AVP || m->proto == SDP_RTP_SAVP;
	char word[64];
	uint64_t type;

	do {
		if (rtp) {
			if (!take_number(l, 127, &type))
				return bad(l, "a payload type must be 0..127");
			if (find_format(m, type))
				return bad(l, "a payload type stands twice");
			if (m->formats == sizeof(m->format) / sizeof(m->format[0]))
				return bad(l, "more than 16 formats");
			m->format[m->formats].payload_type = (uint8_t)type;
			set_static_type(&m->format[m->formats++]);
		} else if (!take_word(l, "/", word, sizeof(word))) {
			return bad(l, "a format must be a token");
		}
	} while (skip(l, ' '));
	if (!at_end(l))
		return bad(l, "a format must be a token");
	if ((size_t)(l->end - from) >= sizeof(m->format_text))
		return bad(l, "the formats are too long");
	memcpy(m->format_text, from, (size_t)(l->end - from));
	return 0;
}

static enum sdp_kind kind_of(const char *s)
{
	return !strcmp(s, "audio")   ? SDP_AUDIO
	       : !strcmp(s, "image") ? SDP_IMAGE
	       : !strcmp(s, "video") ? SDP_VIDEO
				     : SDP_OTHER;
}

static enum sdp_proto proto_of(const char *s)
{
	if (!strcmp(s, "RTP/AVP"))
		return SDP_RTP_AVP;
	if (!strcmp(s, "RTP/SAVP"))
		return SDP_RTP_SAVP;
	return strcasecmp(s, "udptl") ? SDP_PROTO_OTHER : SDP_UDPTL;
}

/* "m=audio 4000[/1] RTP/AVP 0 8 101" */
static int read_m(struct reader *r, struct line *l)
{
	struct sdp *sdp = r->sdp;
	struct sdp_media *m = &sdp->media[sdp->medias];
	uint64_t port, count = 1;

	if (sdp->medias == sizeof(sdp->media) / sizeof(sdp->media[0]))
		return bad(l, "more than 8 media lines");
	memset(m, 0, sizeof(*m));
	if (!take_word(l, "", m->kind_text, sizeof(m->kind_text)) || !skip(l, ' '))
		return bad(l, "the media kind must be a token");
	if (!take_number(l, 65535, &port) || (skip(l, '/') && !take_number(l, 65535, &count)) || count != 1 ||
		!skip(l, ' '))
		return bad(l, "the port must be 0..65535, and one");
	if (!take_word(l, "/", m->proto_text, sizeof(m->proto_text)) || !skip(l, ' '))
		return bad(l, "the transport must be tokens");
	m->kind = kind_of(m->kind_text);
	m->proto = proto_of(m->proto_text);
	m->port = (uint16_t)port;
	m->rtcp_port = port ? (uint16_t)(port + 1) : 0;
	m->direction = r->direction;
	m->ipv6 = sdp->ipv6;
	(void)text_copy(m->address, sizeof(m->address), sdp->address);
	r->media = m;
	sdp->medias++;
	return read_formats(m, l);
}

/* "rtpmap:101 telephone-event/8000[/1]" */
static int read_rtpmap(struct sdp_media *m, struct line *l)
{
	struct sdp_format *f, unused;
	uint64_t type, rate, channels = 1;
	char name[sizeof(f->name)];

	if (!take_number(l, 127, &type) || !skip(l, ' '))
		return bad(l, "a payload type must be 0..127");
	if (!take_word(l, "", name, sizeof(name)) || !skip(l, '/') || !take_number(l, UINT32_MAX, &rate))
		return bad(l, "expected NAME/RATE");
	if ((skip(l, '/') && !take_number(l, 255, &channels)) || !at_end(l))
		return bad(l, "expected the number of channels");
	f = find_format(m, type);
	if (!f)
		f = &unused;
	memcpy(f->name, name, strlen(name) + 1);
	f->rate = (uint32_t)rate;
	f->codec = SDP_CODEC_OTHER;
	if (rate == 8000 && channels == 1)
		f->codec = !strcasecmp(f->name, "PCMU")              ? SDP_PCMU
			   : !strcasecmp(f->name, "PCMA")            ? SDP_PCMA
			   : !strcasecmp(f->name, "telephone-event") ? SDP_TELEPHONE_EVENT
								     : SDP_CODEC_OTHER;
	return 0;
}

/* "fmtp:101 0-15": text for a format we keep; too long a text is refused rather than cut. */
static int read_fmtp(struct sdp_media *m, struct line *l)
{
	struct sdp_format *f;
	uint64_t type;
	size_t len;

	if (m->formats == 0)
		return 0; /* "fmtp:t38 .." and the like */
	if (!take_number(l, 127, &type) || !skip(l, ' '))
		return bad(l, "a payload type must be 0..127");
	f = find_format(m, type);
	len = (size_t)(l->end - l->at);
	if (!f)
		return 0;
	if (len >= sizeof(f->fmtp))
		return f->codec == SDP_CODEC_OTHER ? 0 : bad(l, "the format's parameters are too long");
	memcpy(f->fmtp, l->at, len);
	f->fmtp[len] = 0;
	return 0;
}

static int read_rtcp(struct sdp_media *m, struct line *l)
{
	uint64_t port;

	if (!take_number(l, 65535, &port) || (!at_end(l) && *l->at != ' '))
		return bad(l, "the RTCP port must be 0..65535");
	m->rtcp_port = (uint16_t)port;
	return 0;
}

/* "ptime:20", also "20.0"; beyond what a frame can be it is refused. */
static int read_ptime(struct sdp_media *m, struct line *l)
{
	uint64_t ms;

	if (!take_number(l, 1000, &ms) || ms == 0 || (!at_end(l) && *l->at != '.'))
		return bad(l, "ptime must be 1..1000");
	m->ptime_ms = (uint16_t)ms;
	return 0;
}

static bool direction_of(const char *name, enum sdp_direction *out)
{
	for (int d = SDP_SENDRECV; d <= SDP_INACTIVE; d++) {
		if (!strcmp(name, sdp_direction_name((enum sdp_direction)d))) {
			*out = (enum sdp_direction)d;
			return true;
		}
	}
	return false;
}

static int read_a(struct reader *r, struct line *l)
{
	static const struct {
		const char *name;
		int (*read)(struct sdp_media *, struct line *);
	} readers[] = {
		{"rtpmap", read_rtpmap}, {"fmtp", read_fmtp}, {"rtcp", read_rtcp}, {"ptime", read_ptime}};
	char name[64];
	int rc;

	if (!take_word(l, "", name, sizeof(name)) || (!at_end(l) && *l->at != ':'))
		return bad(l, "the attribute's name must be a token of at most 63 characters");
	if (at_end(l)) {
		if (r->media && !strcmp(name, "rtcp-mux"))
			r->media->rtcp_mux = true;
		else
			(void)direction_of(name, r->media ? &r->media->direction : &r->direction);
		return 0;
	}
	l->at++;
	for (size_t i = 0; r->media && i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (strcmp(name, readers[i].name) != 0)
			continue;
		rc = readers[i].read(r->media, l);
		return r->media->kind == SDP_AUDIO ? rc : 0; /* a medium that is refused anyway may be odd */
	}
	return 0;
}

static int read_line(struct reader *r, struct line *l, char letter)
{
	static const char opening[] = "vos";

	if (l->number <= 3 && letter != opening[l->number - 1])
		return bad(l, "the text must open with v=, o= and s=");
	if (l->number > 3 && strchr(opening, letter))
		return bad(l, "v=, o= and s= stand once, first");
	switch (letter) {
	case 'v':
		return l->end - l->at == 1 && *l->at == '0' ? 0 : bad(l, "the version must be 0");
	case 'o':
		return read_o(r, l);
	case 'c':
		return read_c(r, l);
	case 'm':
		return read_m(r, l);
	case 'a':
		return read_a(r, l);
	default:
		return strchr(r->media ? "ibk" : "siuepbtrzk", letter) ? 0 : bad(l, "no such line here");
	}
}

static bool has_control(const struct line *l)
{
	for (const char *p = l->start; p < l->end; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return true;
	return false;
}

/* Cuts the next line off the text; CRLF, or LF alone as RFC 8866 section 5 advises to take. */
static const char *cut_line(struct line *l, const char *text, const char *end)
{
	const char *nl = memchr(text, '\n', (size_t)(end - text)), *stop = nl ? nl : end;

	l->start = l->at = text;
	l->end = stop > text && stop[-1] == '\r' ? stop - 1 : stop;
	l->number++;
	return nl ? nl + 1 : end;
}

static int check_whole(const struct reader *r, const struct line *l)
{
	if (l->number < 3)
		return bad(l, "v=, o= and s= must be there");
	for (unsigned i = 0; i < r->sdp->medias; i++)
		if (r->sdp->media[i].port && !r->sdp->media[i].address[0])
			return bad(l, "a media line has no c= line");
	return 0;
}

int sdp_parse_text(struct sdp *out, const char *text, size_t len, struct ghl_error *err)
{
	struct reader r = {.sdp = out};
	struct line l = {.start = text, .at = text, .end = text, .err = err};
	const char *p = text, *end = text + len;
	int rc;

	if (len > SDP_MAX_BYTES)
		return error_at(err, GHL_EPARSE, "sdp", 0, 0, "longer than %d bytes", SDP_MAX_BYTES);
	memset(out, 0, sizeof(*out));
	while (p < end) {
		p = cut_line(&l, p, end);
		if (l.end == l.start && p == end)
			break; /* an empty last line does no harm */
		if (l.end - l.start < 2 || l.start[0] < 'a' || l.start[0] > 'z' || l.start[1] != '=' ||
			has_control(&l))
			return bad(&l, "expected letter=text without control characters");
		l.at += 2;
		rc = read_line(&r, &l, l.start[0]);
		if (rc < 0)
			return rc;
	}
	return check_whole(&r, &l);
}
