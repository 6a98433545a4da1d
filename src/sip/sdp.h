/*
 * sip/sdp.h - SDP (RFC 8866) and offer/answer (RFC 3264): an own strict parser, a fixed-size picture, a
 * printer. Pure; no I/O.
 *
 * Network text never reaches Sofia's sdp_parse(). Limits: 8 kB, 8 media lines, 16 formats a line; what is
 * beyond them is refused.
 */
#ifndef SIP_SDP_H
#define SIP_SDP_H

#include <govhotline/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sdp_kind { SDP_AUDIO, SDP_IMAGE, SDP_VIDEO, SDP_OTHER };
enum sdp_proto { SDP_RTP_AVP, SDP_RTP_SAVP, SDP_UDPTL, SDP_PROTO_OTHER };
enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };
enum sdp_codec { SDP_CODEC_NONE, SDP_PCMU, SDP_PCMA, SDP_TELEPHONE_EVENT, SDP_CODEC_OTHER };
const char *sdp_codec_name(enum sdp_codec c);
const char *sdp_direction_name(enum sdp_direction d);
/* The answer's direction to an offer's: sendonly <-> recvonly. */
enum sdp_direction sdp_direction_reverse(enum sdp_direction d);

struct sdp_format {
	uint8_t payload_type;
	enum sdp_codec codec;
	uint32_t rate;
	char name[32];
	char fmtp[128];
};

struct sdp_media {
	enum sdp_kind kind;
	enum sdp_proto proto;
	char proto_text[24], kind_text[16]; /* as they stood, for refusing lines we do not know */
	uint16_t port;                      /* 0: refused */
	char address[64];                   /* media-level c=, else the session's */
	bool ipv6;
	enum sdp_direction direction;
	uint16_t ptime_ms;  /* 0: not told */
	uint16_t rtcp_port; /* a=rtcp (RFC 3605), else port + 1 */
	bool rtcp_mux;      /* a=rtcp-mux (RFC 5761) */
	unsigned formats;
	struct sdp_format format[16];
	char format_text[128]; /* the formats as they stood, for refusing */
};

struct sdp {
	char address[64]; /* session-level c= */
	bool ipv6;
	uint64_t session_id, session_version;
	unsigned medias;
	struct sdp_media media[8];
};

/* GHL_EPARSE with line and column; *out is then undefined. */
int sdp_parse_text(struct sdp *out, const char *text, size_t len, struct ghl_error *err);
/* The text with its NUL; GHL_EINVAL when room is too small. Returns its length. */
int sdp_print(const struct sdp *sdp, char *out, size_t room);

/* What one side can do for audio: codecs in order of wish. */
struct sdp_local {
	char address[64];
	uint16_t port;
	enum sdp_codec codecs[4];
	unsigned codec_count;
	bool telephone_event;
	enum sdp_direction direction;
	uint64_t session_id, session_version;
};
/* What both sides agreed on. */
struct sdp_agreed {
	char address[64];
	uint16_t port, rtcp_port;
	bool rtcp_mux;
	enum sdp_codec codec;
	uint8_t payload_type;
	bool telephone_event;
	uint8_t event_payload_type;
	enum sdp_direction direction; /* ours: what we may do */
	uint16_t ptime_ms;
};
void sdp_offer_make(struct sdp *out, const struct sdp_local *local);
/* One line for each of the offer's, all but the first usable audio refused. GHL_EUNSUPPORTED: nothing in
 * common. */
int sdp_answer_make(
	struct sdp *out, const struct sdp *offer, const struct sdp_local *local, struct sdp_agreed *agreed);
/* Reads the answer to our offer. GHL_EUNSUPPORTED: it refused the audio or chose what was not offered. */
int sdp_answer_read(const struct sdp *answer, const struct sdp_local *local, struct sdp_agreed *agreed);

#endif
