/*
 * conn.c - a connection (ECMA-269, connection states): one party's sip leg and media port, the table of its
 * moves, and its end. It knows SDP only as the picture that sip hands on (RFC 3264).
 */
#include "call_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TO(s) (1u << GHL_CONN_##s)

/* From each state, the states it may go to. */
static const unsigned moves[] __attribute__((unused)) = {
	[GHL_CONN_NULL] = TO(INITIATED) | TO(ALERTING),
	[GHL_CONN_INITIATED] = TO(ALERTING) | TO(CONNECTED) | TO(FAIL) | TO(NULL),
	[GHL_CONN_ALERTING] = TO(CONNECTED) | TO(FAIL) | TO(NULL),
	[GHL_CONN_CONNECTED] = TO(HOLD) | TO(FAIL) | TO(NULL),
	[GHL_CONN_HOLD] = TO(CONNECTED) | TO(FAIL) | TO(NULL),
	[GHL_CONN_QUEUED] = 0, /* a queue's own device: never a leg of ours */
	[GHL_CONN_FAIL] = TO(NULL),
};

void conn_move(struct conn *n, enum ghl_conn_state to)
{
	if (n->state == to)
		return;
	assert(moves[n->state] & (1u << to));
	n->state = to;
	call_state_update(n->call);
}

struct conn *conn_new(struct call *c, bool device)
{
	struct conn *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->call = c;
	n->device = device;
	n->id = store_id_next(c->cs->core->store, GHL_ID_CONN);
	if (!n->id || map_put(&c->cs->conns, n->id, n) < 0) {
		free(n);
		return NULL;
	}
	list_append(&c->conns, &n->node);
	return n;
}

struct conn *conn_by_id(struct calls *cs, ghl_conn id)
{
	return map_get(&cs->conns, id);
}

const char *conn_address(const struct calls *cs)
{
	return cs->opts.public_address[0] ? cs->opts.public_address : cs->opts.media_address;
}

int conn_port_open(struct conn *n)
{
	struct calls *cs = n->call->cs;
	int rc = media_port_open(cs->media, cs->opts.media_address, &call_port_handlers, n, &n->port);

	if (rc < 0) {
		log_warn("call", "no media port error=%s", ghl_error_code_name(rc));
		return rc;
	}
	n->local = (struct sdp_local){.port = media_port_number(n->port),
		.codecs = {SDP_PCMA, SDP_PCMU},
		.codec_count = 2,
		.telephone_event = true,
		.direction = SDP_SENDRECV,
		.session_id = n->id & 0xffffffffu,
		.session_version = 1};
	(void)text_copy(n->local.address, sizeof(n->local.address), conn_address(cs));
	return 0;
}

int conn_call(struct conn *n, const struct sip_call_opts *with)
{
	char id[GHL_ID_TEXT_MAX];
	struct sip_call_opts opts = *with;
	struct sdp offer;
	int rc = conn_port_open(n);

	opts.header_name = "X-Call-Id";
	opts.header_value = ghl_id_text(n->call->id, id, sizeof(id));
	if (rc == 0) {
		sdp_offer_make(&offer, &n->local);
		opts.offer = &offer;
		rc = sip_leg_call(n->call->cs->sip, &opts, n, &n->leg);
	}
	if (rc < 0) {
		conn_port_close(n);
		conn_settle(n); /* without a port nothing else would ever free it, or the call */
	}
	return rc;
}

static bool may_send(enum sdp_direction d)
{
	return d == SDP_SENDRECV || d == SDP_SENDONLY;
}

static bool may_receive(enum sdp_direction d)
{
	return d == SDP_SENDRECV || d == SDP_RECVONLY;
}

void conn_media_on(struct conn *n)
{
	struct media_peer peer = {.port = n->agreed.port,
		.rtcp_port = n->agreed.rtcp_port,
		.rtcp_mux = n->agreed.rtcp_mux,
		.codec = n->agreed.codec == SDP_PCMU ? MEDIA_PCMU : MEDIA_PCMA,
		.payload_type = n->agreed.payload_type,
		.events = n->agreed.telephone_event,
		.event_payload_type = n->agreed.event_payload_type,
		.send = may_send(n->agreed.direction),
		.receive = may_receive(n->agreed.direction),
		.symmetric = true};

	(void)text_copy(peer.address, sizeof(peer.address), n->agreed.address);
	n->answered = true;
	media_port_peer_set(n->port, &peer);
}

void conn_port_close(struct conn *n)
{
	if (!n->port || n->port_closing)
		return;
	n->port_closing = true;
	media_port_close(n->port);
}

void conn_close(struct conn *n, uint8_t q850)
{
	if (n->next)
		(void)sip_leg_end(n->next, q850);
	if (n->leg && !n->closing) {
		n->closing = true;
		(void)sip_leg_end(n->leg, q850);
	}
}

void conn_free(struct conn *n)
{
	free(n->offer);
	free(n);
}

void conn_settle(struct conn *n)
{
	struct call *c = n->call;

	if (n->leg || n->next || n->port)
		return;
	list_remove(&n->node);
	(void)map_take(&c->cs->conns, n->id);
	if (c->citizen == n)
		c->citizen = NULL;
	if (c->device == n)
		c->device = NULL;
	if (c->parked == n)
		c->parked = NULL;
	if (c->referrer == n)
		c->referrer = NULL;
	conn_free(n);
	call_settle(c);
}
