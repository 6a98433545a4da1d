/*
 * sdp_answer.c - offer and answer (RFC 3264) for one audio stream of G.711 and telephone-event (RFC 4733).
 *
 * It takes the first audio line over RTP/AVP that has a codec of ours and refuses every other line with port
 * 0. It knows no other media; fax and video are refused here. The codec is the offerer's first wish among
 * ours (RFC 3264 section 6.1).
 */
#include "sdp.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define EVENT_PAYLOAD_TYPE 101

static bool offers(const struct sdp_local *local, enum sdp_codec codec)
{
	for (unsigned i = 0; i < local->codec_count; i++)
		if (local->codecs[i] == codec)
			return true;
	return false;
}

static void join_formats(struct sdp_media *m)
{
	size_t len = 0;

	for (unsigned i = 0; i < m->formats; i++)
		len += (size_t)snprintf(m->format_text + len, sizeof(m->format_text) - len, i ? " %u" : "%u",
			(unsigned)m->format[i].payload_type);
}

static void add_format(struct sdp_media *m, uint8_t payload_type, enum sdp_codec codec)
{
	struct sdp_format *f = &m->format[m->formats++];

	memset(f, 0, sizeof(*f));
	f->payload_type = payload_type;
	f->codec = codec;
	f->rate = 8000;
	(void)text_copy(f->name, sizeof(f->name), sdp_codec_name(codec));
	if (codec == SDP_TELEPHONE_EVENT)
		(void)text_copy(f->fmtp, sizeof(f->fmtp), "0-15");
}

static void start(struct sdp *out, const struct sdp_local *local)
{
	memset(out, 0, sizeof(*out));
	(void)text_copy(out->address, sizeof(out->address), local->address);
	out->ipv6 = strchr(local->address, ':') != NULL;
	out->session_id = local->session_id;
	out->session_version = local->session_version;
}

static struct sdp_media *add_audio(struct sdp *out, const struct sdp_local *local)
{
	struct sdp_media *m = &out->media[out->medias++];

	m->kind = SDP_AUDIO;
	m->proto = SDP_RTP_AVP;
	(void)text_copy(m->kind_text, sizeof(m->kind_text), "audio");
	(void)text_copy(m->proto_text, sizeof(m->proto_text), "RTP/AVP");
	(void)text_copy(m->address, sizeof(m->address), local->address);
	m->ipv6 = out->ipv6;
	m->port = local->port;
	m->rtcp_port = local->port ? (uint16_t)(local->port + 1) : 0;
	m->ptime_ms = 20;
	return m;
}

void sdp_offer_make(struct sdp *out, const struct sdp_local *local)
{
	struct sdp_media *m;

	start(out, local);
	m = add_audio(out, local);
	m->direction = local->direction;
	for (unsigned i = 0; i < local->codec_count; i++)
		add_format(m, local->codecs[i] == SDP_PCMA ? 8 : 0, local->codecs[i]);
	if (local->telephone_event)
		add_format(m, EVENT_PAYLOAD_TYPE, SDP_TELEPHONE_EVENT);
	join_formats(m);
}

static const struct sdp_format *find_codec(const struct sdp_media *m, const struct sdp_local *local)
{
	for (unsigned i = 0; i < m->formats; i++)
		if (offers(local, m->format[i].codec))
			return &m->format[i];
	return NULL;
}

static const struct sdp_format *find_event(const struct sdp_media *m)
{
	for (unsigned i = 0; i < m->formats; i++)
		if (m->format[i].codec == SDP_TELEPHONE_EVENT)
			return &m->format[i];
	return NULL;
}

static bool usable(const struct sdp_media *m, const struct sdp_local *local)
{
	return m->kind == SDP_AUDIO && m->proto == SDP_RTP_AVP && m->port && find_codec(m, local);
}

static bool sends(enum sdp_direction d)
{
	return d == SDP_SENDRECV || d == SDP_SENDONLY;
}

static bool receives(enum sdp_direction d)
{
	return d == SDP_SENDRECV || d == SDP_RECVONLY;
}

/* What we wish, within what the peer's direction leaves us. */
static enum sdp_direction both_allow(enum sdp_direction ours, enum sdp_direction theirs)
{
	bool send = sends(ours) && receives(theirs), receive = receives(ours) && sends(theirs);

	return send && receive ? SDP_SENDRECV : send ? SDP_SENDONLY : receive ? SDP_RECVONLY : SDP_INACTIVE;
}

static bool is_unspecified(const char *address)
{
	return !strcmp(address, "0.0.0.0") || !strcmp(address, "::");
}

/* An unspecified address is hold as RFC 2543 had it: nothing can be sent there. */
static enum sdp_direction direction_of(const struct sdp_media *m)
{
	if (!is_unspecified(m->address))
		return m->direction;
	return sends(m->direction) ? SDP_SENDONLY : SDP_INACTIVE;
}

static void agree(struct sdp_agreed *agreed, const struct sdp_media *m, const struct sdp_local *local)
{
	const struct sdp_format *codec = find_codec(m, local),
				*event = local->telephone_event ? find_event(m) : NULL;

	memset(agreed, 0, sizeof(*agreed));
	(void)text_copy(agreed->address, sizeof(agreed->address), m->address);
	agreed->port = m->port;
	agreed->rtcp_port = m->rtcp_port;
	agreed->rtcp_mux = m->rtcp_mux;
	agreed->codec = codec->codec;
	agreed->payload_type = codec->payload_type;
	agreed->telephone_event = event != NULL;
	agreed->event_payload_type = event ? event->payload_type : 0;
	agreed->direction = both_allow(local->direction, direction_of(m));
	agreed->ptime_ms = m->ptime_ms;
}

static void accept_line(struct sdp *out, const struct sdp_local *local, const struct sdp_agreed *agreed)
{
	struct sdp_media *m = add_audio(out, local);

	m->direction = agreed->direction;
	m->rtcp_mux = agreed->rtcp_mux;
	add_format(m, agreed->payload_type, agreed->codec);
	if (agreed->telephone_event)
		add_format(m, agreed->event_payload_type, SDP_TELEPHONE_EVENT);
	join_formats(m);
}

static void refuse_line(struct sdp *out, const struct sdp_media *offered)
{
	struct sdp_media *m = &out->media[out->medias++];

	m->kind = offered->kind;
	m->proto = offered->proto;
	memcpy(m->kind_text, offered->kind_text, sizeof(m->kind_text));
	memcpy(m->proto_text, offered->proto_text, sizeof(m->proto_text));
	memcpy(m->format_text, offered->format_text, sizeof(m->format_text));
}

int sdp_answer_make(
	struct sdp *out, const struct sdp *offer, const struct sdp_local *local, struct sdp_agreed *agreed)
{
	bool taken = false;

	start(out, local);
	for (unsigned i = 0; i < offer->medias; i++) {
		const struct sdp_media *m = &offer->media[i];

		if (taken || !usable(m, local)) {
			refuse_line(out, m);
			continue;
		}
		taken = true;
		agree(agreed, m, local);
		accept_line(out, local, agreed);
	}
	return taken ? 0 : GHL_EUNSUPPORTED;
}

int sdp_answer_read(const struct sdp *answer, const struct sdp_local *local, struct sdp_agreed *agreed)
{
	if (answer->medias != 1 || !usable(&answer->media[0], local))
		return GHL_EUNSUPPORTED;
	agree(agreed, &answer->media[0], local);
	return 0;
}
