/*
 * port.c - the loop's side of a port: opened, told about its peer, played to, bridged, closed.
 *
 * Everything here becomes an order to the port's media thread; what comes back is told through the port's
 * handlers. Memory is made and freed here only: what a leg needs goes to it with an order and comes back with
 * a report.
 */
#include "media_priv.h"

#include "g711.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define BRIDGE_FRAMES 8

void port_order(struct media_port *p, enum order_kind kind, void *what, unsigned side)
{
	struct order o = {.kind = kind, .side = side, .leg = &p->leg, .what = what};

	worker_order(p->leg.worker, &o);
}

/* --- open and close --- */

static void leg_init(struct media_port *p, const int fds[2])
{
	struct leg *l = &p->leg;
	struct media *m = p->media;
	uint32_t random[4];

	randombytes_buf(random, sizeof(random));
	l->worker = &m->workers[m->next_worker++ % m->opts.threads];
	l->phase = m->next_phase++ / m->opts.threads % PHASES;
	l->port = p;
	l->rtp_fd = fds[0];
	l->rtcp_fd = fds[1];
	l->ssrc = random[0];
	l->tx_ts = random[1];
	l->tx_seq = (uint16_t)random[2];
	l->random = random[3] | 1;
	l->rtcp_wait_frames = m->rtcp_frames / 5 + 1 + l->random % (m->rtcp_frames / 2 + 1);
}

int media_port_open(struct media *m, const char *address, const struct media_port_handlers *handlers,
	void *arg, struct media_port **out)
{
	struct media_port *p = calloc(1, sizeof(*p));
	int fds[2], rc;

	if (!p)
		return GHL_ENOMEM;
	rc = address_bind_pair(m, address, fds, &p->number);
	if (rc < 0) {
		free(p);
		return rc;
	}
	p->media = m;
	p->handlers = *handlers;
	p->arg = arg;
	p->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	leg_init(p, fds);
	list_append(&m->ports, &p->node);
	m->ports_open++;
	port_order(p, ORDER_OPEN, NULL, 0);
	*out = p;
	return 0;
}

uint16_t media_port_number(const struct media_port *p)
{
	return p->number;
}

void media_port_close(struct media_port *p)
{
	if (p->closing)
		return;
	if (p->other)
		media_unbridge(p);
	if (p->recording)
		recording_detach(p->recording);
	p->closing = true;
	port_order(p, ORDER_CLOSE, NULL, 0);
}

void port_free(struct media_port *p)
{
	struct leg *l = &p->leg;

	list_remove(&p->node);
	p->media->ports_open--;
	(void)close(l->rtp_fd);
	(void)close(l->rtcp_fd);
	free(l->jitter);
	if (l->plc)
		(void)plc_free(l->plc);
	if (l->tones)
		(void)dtmf_rx_free(l->tones);
	free(p);
}

/* --- the peer --- */

/* The memory that receiving needs, once a port; false when there is none. */
static bool add_jitter(struct media_port *p, struct peer_order *o)
{
	if (p->has_jitter)
		return true;
	o->jitter = malloc(sizeof(*o->jitter));
	o->plc = plc_init(NULL);
	if (!o->jitter || !o->plc)
		return false;
	jitter_init(o->jitter, p->media->opts.jitter_min_ms, p->media->opts.jitter_max_ms);
	jitter_reset(o->jitter, law_silence(o->peer.codec));
	return true;
}

static bool add_tones(struct media_port *p, struct peer_order *o)
{
	if (p->has_tones || o->peer.events)
		return true;
	o->tones = dtmf_rx_init(NULL, NULL, NULL);
	if (!o->tones)
		return false;
	dtmf_rx_set_realtime_callback(o->tones, leg_tone_report, &p->leg);
	return true;
}

static void drop_order(struct peer_order *o)
{
	free(o->jitter);
	if (o->plc)
		(void)plc_free(o->plc);
	free(o);
}

static void fill_addresses(const struct media_port *p, struct peer_order *o)
{
	const struct media_peer *peer = &o->peer;
	uint16_t rtcp = peer->rtcp_mux ? peer->port : peer->rtcp_port;

	if (rtcp == 0 && peer->port != 0)
		rtcp = (uint16_t)(peer->port + 1);
	o->usable = address_parse(&o->rtp, peer->address, peer->port) && o->rtp.any.sa_family == p->family &&
		    peer->port != 0;
	if (o->usable)
		(void)address_parse(&o->rtcp, peer->address, rtcp);
}

void media_port_peer_set(struct media_port *p, const struct media_peer *peer)
{
	struct peer_order *o;

	if (p->closing)
		return;
	o = calloc(1, sizeof(*o));
	if (!o) {
		log_error("media", "peer-not-set port=%u reason=memory", p->number);
		return;
	}
	o->peer = *peer;
	fill_addresses(p, o);
	if ((peer->receive && !add_jitter(p, o)) || !add_tones(p, o)) {
		log_error("media", "peer-not-set port=%u reason=memory", p->number);
		drop_order(o);
		return;
	}
	p->has_jitter = p->has_jitter || o->jitter;
	p->has_tones = p->has_tones || o->tones;
	port_order(p, ORDER_PEER, o, 0);
}

/* --- what the peer hears --- */

void playlist_free(struct playlist *p)
{
	for (unsigned i = 0; i < p->count; i++)
		media_sound_unref(p->sounds[i]);
	free(p);
}

static bool audible(const struct media_play *play)
{
	size_t samples = 0;

	for (unsigned i = 0; i < play->count; i++)
		samples += play->sounds[i]->samples;
	return samples > 0;
}

int media_port_play(struct media_port *p, const struct media_play *play)
{
	struct playlist *list;

	if (p->closing)
		return GHL_ESTATE;
	if (play->count < 1 || play->count > 64 || (play->repeat && !audible(play)))
		return GHL_EINVAL;
	list = calloc(1, sizeof(*list));
	if (!list)
		return GHL_ENOMEM;
	for (unsigned i = 0; i < play->count; i++)
		list->sounds[i] = media_sound_ref(play->sounds[i]);
	list->count = play->count;
	list->offset = (size_t)play->start_ms * 8;
	if (play->repeat && list->sounds[0]->samples)
		list->offset %= list->sounds[0]->samples;
	list->repeat = play->repeat;
	list->stop_on_digit = play->stop_on_digit;
	list->tag = play->tag;
	port_order(p, ORDER_PLAY, list, 0);
	return 0;
}

void media_port_stop(struct media_port *p)
{
	if (!p->closing)
		port_order(p, ORDER_STOP, NULL, 0);
}

int media_port_digits_send(struct media_port *p, const char *digits)
{
	size_t n = strlen(digits);
	char *copy;

	if (p->closing)
		return GHL_ESTATE;
	if (n == 0 || n > DIGITS_ROOM)
		return GHL_EINVAL;
	for (size_t i = 0; i < n; i++)
		if (dtmf_event_code(digits[i]) < 0)
			return GHL_EINVAL;
	copy = strdup(digits);
	if (!copy)
		return GHL_ENOMEM;
	port_order(p, ORDER_DIGITS, copy, 0);
	return 0;
}

/* --- bridges --- */

static void bridge_free(struct bridge *b)
{
	ring_finish(&b->way[0]);
	ring_finish(&b->way[1]);
	free(b);
}

void bridge_left(struct bridge *b)
{
	if (--b->holders == 0)
		bridge_free(b);
}

/* A frame of silence ahead where two threads meet: their ticks may pass each other. */
static void prefill(struct bridge *b)
{
	struct frame silence = {.codec = MEDIA_PCMU};

	memset(silence.code, law_silence(MEDIA_PCMU), sizeof(silence.code));
	(void)ring_push(&b->way[0], &silence);
	(void)ring_push(&b->way[1], &silence);
}

static struct bridge *bridge_create(void)
{
	struct bridge *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->holders = 2;
	if (ring_init(&b->way[0], BRIDGE_FRAMES, sizeof(struct frame)) == 0 &&
		ring_init(&b->way[1], BRIDGE_FRAMES, sizeof(struct frame)) == 0)
		return b;
	bridge_free(b);
	return NULL;
}

int media_bridge(struct media_port *a, struct media_port *b)
{
	struct bridge *bridge;

	if (a == b || a->media != b->media)
		return GHL_EINVAL;
	if (a->other || b->other || a->closing || b->closing)
		return GHL_ESTATE;
	bridge = bridge_create();
	if (!bridge)
		return GHL_ENOMEM;
	if (a->leg.worker != b->leg.worker)
		prefill(bridge);
	a->other = b;
	b->other = a;
	port_order(a, ORDER_BRIDGE, bridge, 0);
	port_order(b, ORDER_BRIDGE, bridge, 1);
	return 0;
}

void media_unbridge(struct media_port *a)
{
	struct media_port *b = a->other;

	if (!b)
		return;
	a->other = b->other = NULL;
	port_order(a, ORDER_BRIDGE, NULL, 0);
	port_order(b, ORDER_BRIDGE, NULL, 0);
}

/* --- reports --- */

static void on_played(struct media_port *p, const struct report *r)
{
	struct playlist *list = r->what;
	uint64_t tag = list->tag;

	playlist_free(list);
	if (!p->closing && p->handlers.on_played)
		p->handlers.on_played(p->arg, tag, r->stopped, r->ms);
}

static void on_closed(struct media_port *p)
{
	struct media_report report = p->leg.report;
	struct media_port_handlers handlers = p->handlers;
	void *arg = p->arg;

	port_free(p);
	if (handlers.on_closed)
		handlers.on_closed(arg, &report);
}

void port_report(struct media *m, const struct report *r)
{
	struct media_port *p = r->port;

	(void)m;
	switch (r->kind) {
	case REPORT_DIGIT:
		if (!p->closing && p->handlers.on_digit)
			p->handlers.on_digit(p->arg, r->digit);
		break;
	case REPORT_DIGIT_END:
		if (!p->closing && p->handlers.on_digit_end)
			p->handlers.on_digit_end(p->arg, r->digit, r->ms);
		break;
	case REPORT_PLAYED:
		on_played(p, r);
		break;
	case REPORT_TIMEOUT:
		if (!p->closing && p->handlers.on_timeout)
			p->handlers.on_timeout(p->arg);
		break;
	case REPORT_CLOSED:
		on_closed(p);
		break;
	case REPORT_FREE:
		free(r->what);
		break;
	case REPORT_BRIDGE_LEFT:
		bridge_left(r->what);
		break;
	}
}
