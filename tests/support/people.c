/* people.c - the people of the town: each a phone of its own (SIP and media). See fixture.h. */
#include "fixture.h"
#include "wav.h"

#include "base/text.h"
#include "sip/sip_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

static void on_port_closed(void *arg, const struct media_report *report)
{
	struct person *p = arg;

	(void)report;
	p->port = NULL;
}

static void on_digit(void *arg, char digit)
{
	(void)arg;
	(void)digit;
}

static void on_digit_end(void *arg, char digit, uint32_t ms)
{
	(void)arg;
	(void)digit;
	(void)ms;
}

static void on_played(void *arg, uint64_t tag, bool stopped, uint32_t ms)
{
	(void)arg;
	(void)tag;
	(void)stopped;
	(void)ms;
}

static void on_timeout(void *arg)
{
	(void)arg;
}

static const struct media_port_handlers port_handlers = {
	on_digit, on_digit_end, on_played, on_timeout, on_port_closed};

static void open_port(struct person *p)
{
	const char *address = p->network ? "127.0.0.1" : p->address;

	ck_assert_ptr_null(p->port);
	ck_assert_int_eq(media_port_open(p->town->media, address, &port_handlers, p, &p->port), 0);
	p->local = (struct sdp_local){.port = media_port_number(p->port),
		.codecs = {SDP_PCMA, SDP_PCMU},
		.codec_count = 2,
		.telephone_event = true,
		.direction = SDP_SENDRECV,
		.session_id = 1,
		.session_version = 1};
	(void)text_copy(p->local.address, sizeof(p->local.address), address);
	if (p->network) {
		impaired_peer_set(p->network, 0, p->local.port);
		p->local.port = impaired_port(p->network, 1);
	}
	if (p->town->deaf)
		return;
	(void)snprintf(p->heard_path, sizeof(p->heard_path), "%s/heard-%s-%u-%u.wav", p->town->folder,
		p->name, (unsigned)(p - p->town->people), p->talks);
	ck_assert_int_eq(media_record_start(p->port, p->heard_path, MEDIA_WAV_PCM16, &p->hears), 0);
}

static void talk(struct person *p)
{
	struct media_peer peer = {.port = p->agreed.port,
		.rtcp_port = p->agreed.rtcp_port,
		.codec = p->agreed.codec == SDP_PCMU ? MEDIA_PCMU : MEDIA_PCMA,
		.payload_type = p->agreed.payload_type,
		.events = p->agreed.telephone_event,
		.event_payload_type = p->agreed.event_payload_type,
		.send = true,
		.receive = true};
	static int16_t pcm[WAV_RATE];
	struct media_sound *tone;
	struct media_play play = {.sounds = &tone, .count = 1, .repeat = true};

	(void)text_copy(peer.address, sizeof(peer.address), p->agreed.address);
	if (p->network) {
		impaired_peer_set(p->network, 1, peer.port);
		peer.port = impaired_port(p->network, 0);
	}
	media_port_peer_set(p->port, &peer);
	p->talks++;
	if (!p->tone_hz)
		return;
	wav_tone_fill(pcm, WAV_RATE, p->tone_hz);
	ck_assert_int_eq(media_sound_from_pcm(pcm, WAV_RATE, &tone), 0);
	ck_assert_int_eq(media_port_play(p->port, &play), 0);
	media_sound_unref(tone);
}

static void on_invite(void *arg, struct sip_leg *leg, const struct sip_invite *invite)
{
	struct person *p = arg;
	struct sdp answer;

	if (p->port && p->deputy)
		p = p->deputy;
	if (p->port) { /* its last call is not quite over */
		ck_assert_int_eq(sip_leg_reject(leg, 486, NULL), 0);
		return;
	}
	p->rung++;
	(void)text_copy(p->shown, sizeof(p->shown), invite->calling);
	(void)text_copy(p->called, sizeof(p->called), invite->called);
	sip_leg_arg_set(leg, p);
	p->leg = leg;
	if (p->redirects[0]) {
		ck_assert_int_eq(sip_leg_redirect(leg, p->redirects), 0);
		p->redirects[0] = '\0';
		return;
	}
	if (p->refuses) {
		ck_assert_int_eq(sip_leg_reject(leg, p->refuses, NULL), 0);
		return;
	}
	ck_assert_int_eq(sip_leg_ring(leg), 0);
	if (!p->answers && !p->early)
		return;
	open_port(p);
	ck_assert_int_eq(sdp_answer_make(&answer, invite->offer, &p->local, &p->agreed), 0);
	if (p->early)
		ck_assert_int_eq(sip_leg_progress(leg, &answer), 0);
	else
		ck_assert_int_eq(sip_leg_answer(leg, &answer), 0);
	talk(p);
}

void person_answer(struct person *p)
{
	struct sdp answer;

	p->local.direction = SDP_SENDRECV;
	sdp_offer_make(&answer, &p->local);
	ck_assert_int_eq(sip_leg_answer(p->leg, &answer), 0);
}

/* The first answer with a body begins the talk: early media's, or the final one's. */
static void hear(struct person *p, const struct sdp *sdp)
{
	if (!sdp || p->talks)
		return;
	ck_assert_int_eq(sdp_answer_read(sdp, &p->local, &p->agreed), 0);
	talk(p);
}

static void on_ringing(void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *sdp)
{
	struct person *p = leg_arg;

	(void)leg;
	p->ring_status = status;
	p->early_media |= sdp != NULL;
	hear(p, sdp);
}

static void on_established(void *leg_arg, struct sip_leg *leg, const struct sdp *sdp)
{
	struct person *p = leg_arg;

	(void)leg;
	p->ups++;
	hear(p, sdp);
}

static void on_reoffer(void *leg_arg, struct sip_leg *leg, const struct sdp *offer)
{
	struct person *p = leg_arg;
	struct sdp answer;

	p->reoffers++;
	ck_assert_int_eq(sdp_answer_make(&answer, offer, &p->local, &p->agreed), 0);
	ck_assert_int_eq(sip_leg_reoffer_answer(leg, &answer), 0);
}

static void on_reoffer_done(void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *answer)
{
	struct person *p = leg_arg;

	(void)leg;
	(void)answer;
	p->last_status = status;
	p->reoffers++;
}

/* The hotline's NOTIFY on how a transfer comes out; all else goes the usual way. */
static int on_request(void *arg, nta_leg_t *dialog, nta_incoming_t *irq, const sip_t *m)
{
	struct branch *b = arg;
	struct person *p = b->leg->arg;

	if (m->sip_request->rq_method != sip_method_notify)
		return leg_on_request(arg, dialog, irq, m);
	ck_assert_str_eq(m->sip_event->o_type, "refer");
	ck_assert_int_eq(strncmp(m->sip_content_type->c_type, "message/sipfrag", 15), 0);
	ck_assert_int_eq(strncmp(m->sip_payload->pl_data, "SIP/2.0 ", 8), 0);
	p->notified++;
	p->notified_status = (uint16_t)strtoul(m->sip_payload->pl_data + 8, NULL, 10);
	p->notified_last = strcmp(m->sip_subscription_state->ss_substate, "terminated") == 0;
	return 200;
}

static int on_refer_response(void *arg, nta_outgoing_t *request, const sip_t *m)
{
	struct person *p = ((struct branch *)arg)->leg->arg;

	(void)m;
	if (p)
		p->refer_status = (uint16_t)nta_outgoing_status(request);
	if (nta_outgoing_status(request) >= 200)
		nta_outgoing_destroy(request);
	return 0;
}

void person_refer(struct person *p, const char *target, const struct person *other)
{
	struct branch *b = p->leg->dialog;
	char to[512], replaces[400] = "";

	if (other)
		(void)snprintf(replaces, sizeof(replaces), "?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s",
			sip_leg_call_id(other->leg), nta_leg_get_rtag(other->leg->dialog->dialog),
			nta_leg_get_tag(other->leg->dialog->dialog));
	(void)snprintf(to, sizeof(to), "<sip:%s@hotline.test%s>", target, replaces);
	p->refer_status = 0;
	p->notified = 0;
	p->notified_last = false;
	nta_leg_bind(b->dialog, on_request, b);
	ck_assert_ptr_nonnull(
		leg_request(b, on_refer_response, SIP_METHOD_REFER, SIPTAG_REFER_TO_STR(to), TAG_END()));
}

static void on_info_digit(void *leg_arg, struct sip_leg *leg, char digit, uint32_t ms)
{
	(void)leg_arg;
	(void)leg;
	(void)digit;
	(void)ms;
}

static void on_refer(void *leg_arg, struct sip_leg *leg, const struct sip_refer *refer)
{
	(void)leg_arg;
	(void)refer;
	(void)sip_leg_refer_reply(leg, 603);
}

static void on_heard(void *arg, const struct media_recording_done *done)
{
	struct person *p = arg;

	ck_assert_int_eq(done->status, 0);
	p->heard_done++;
}

void person_stop_listening(struct person *p)
{
	if (!p->hears)
		return;
	media_record_stop(p->hears, on_heard, p);
	p->hears = NULL;
}

static void on_ended(void *leg_arg, struct sip_leg *leg, const struct sip_end *end)
{
	struct person *p = leg_arg;

	(void)leg;
	if (!p)
		return;
	p->leg = NULL;
	p->ended++;
	p->last_status = end->status;
	person_stop_listening(p);
	if (p->port)
		media_port_close(p->port);
}

static void on_registered(void *arg, const char *account, bool registered)
{
	(void)arg;
	(void)account;
	(void)registered;
}

static void on_trunk_state(void *arg, const char *trunk, enum sip_trunk_state state, uint16_t status)
{
	struct person *p = arg;

	(void)trunk;
	(void)status;
	p->registered = state == SIP_TRUNK_UP;
}

static bool secret_of(void *arg, const char *account, struct sip_secret *out)
{
	(void)arg;
	(void)account;
	(void)out;
	return false;
}

struct person *person_new(struct town *t, const char *address, const char *name, unsigned tone_hz)
{
	struct person *p = &t->people[t->people_count++];
	struct sip_opts opts = {.loop = t->loop,
		.handlers = {on_invite, on_ringing, on_established, on_reoffer, on_reoffer_done,
			on_info_digit, on_refer, on_ended, on_registered, on_trunk_state, secret_of, NULL},
		.arg = p,
		.listens = 1,
		.realm = "town",
		.t1_ms = 100};
	struct ghl_error err = {0};

	ck_assert_uint_le(t->people_count, TOWN_PEOPLE_MAX);
	p->town = t;
	p->tone_hz = tone_hz;
	(void)text_copy(p->address, sizeof(p->address), address);
	(void)text_copy(p->name, sizeof(p->name), name);
	(void)text_copy(opts.listen[0].address, sizeof(opts.listen[0].address), address);
	ck_assert_msg(sip_create(&p->sip, &opts, &err) == 0, "%s", err.text);
	return p;
}

void person_line_set(struct person *p, bool registers)
{
	struct sip_trunk line = {.name = "line", .sources = {"127.0.0.1"}, .registers = registers};

	(void)snprintf(line.proxy, sizeof(line.proxy), "sip:127.0.0.1:%u", p->town->port);
	if (registers) {
		(void)text_copy(line.user, sizeof(line.user), p->name);
		(void)snprintf(line.password, sizeof(line.password), "secret-%s", p->name);
		line.register_s = 3600;
	}
	ck_assert_int_eq(sip_trunks_set(p->sip, &line, 1, NULL), 0);
}

struct person *town_citizen(struct town *t, const char *number, unsigned tone_hz)
{
	struct person *p = person_new(t, "127.0.0.2", number, tone_hz);

	person_line_set(p, false);
	return p;
}

struct person *town_stranger(struct town *t)
{
	struct person *p = person_new(t, "127.0.0.3", "13900000000", 0);

	person_line_set(p, false);
	return p;
}

static ghl_agent agent_of(struct town *t, const char *name)
{
	ghl_agent id = 0;

	ck_assert_int_eq(ghl_agent_find(t->owner, name, &id), 0);
	return id;
}

void town_agent_state(struct town *t, const char *agent, enum ghl_agent_state state)
{
	ck_assert_int_eq(ghl_agent_state_set(t->owner, agent_of(t, agent), state, "test", NULL), 0);
}

/* The list is the caller's to free; what is returned lives as long as it. */
static const struct ghl_agent_info *agent_look(struct town *t, const char *agent, struct ghl_list **list)
{
	const struct ghl_agent_info *i;

	ck_assert_int_eq(ghl_agent_get(t->owner, agent_of(t, agent), list), 0);
	i = ghl_list_next(*list);
	ck_assert_ptr_nonnull(i);
	return i;
}

enum ghl_agent_state town_agent_is(struct town *t, const char *agent, char reason[64])
{
	struct ghl_list *l = NULL;
	const struct ghl_agent_info *i = agent_look(t, agent, &l);
	enum ghl_agent_state state = i->state;

	if (reason)
		(void)text_copy(reason, 64, i->reason);
	ghl_list_free(l);
	return state;
}

enum ghl_agent_busy town_agent_busy(struct town *t, const char *agent)
{
	struct ghl_list *l = NULL;
	enum ghl_agent_busy busy = agent_look(t, agent, &l)->busy;

	ghl_list_free(l);
	return busy;
}

struct person *town_phone(struct town *t, const char *account, unsigned tone_hz)
{
	struct person *p = person_new(t, "127.0.0.1", account, tone_hz);

	p->answers = true;
	person_line_set(p, true);
	TOWN_UNTIL(t, p->registered);
	return p;
}

struct person *town_agent(struct town *t, const char *name, unsigned tone_hz)
{
	struct person *p = town_phone(t, name, tone_hz);

	ck_assert_int_eq(ghl_agent_login(t->owner, agent_of(t, name), NULL, NULL), 0);
	town_agent_state(t, name, GHL_AGENT_READY);
	return p;
}

void person_call(struct person *p, const char *called)
{
	struct sip_call_opts opts = {
		.trunk = "line", .called = called, .calling = p->name, .calling_name = "", .ring_ms = 60000};
	struct sdp offer;

	open_port(p);
	sdp_offer_make(&offer, &p->local);
	opts.offer = &offer;
	p->talks = 0;
	ck_assert_int_eq(sip_leg_call(p->sip, &opts, p, &p->leg), 0);
}

void person_press(struct person *p, const char *digits)
{
	ck_assert_msg(p->port, "%s has no port: leg %p, talks %u, ended %u with %u", p->name, (void *)p->leg,
		p->talks, p->ended, p->last_status);
	ck_assert_int_eq(media_port_digits_send(p->port, digits), 0);
}

void person_fall_silent(struct person *p)
{
	person_stop_listening(p);
	media_port_close(p->port);
	TOWN_UNTIL(p->town, !p->port);
}

void person_hang_up(struct person *p)
{
	ck_assert_ptr_nonnull(p->leg);
	ck_assert_int_eq(sip_leg_end(p->leg, 16), 0);
}

void person_hold(struct person *p, bool held)
{
	struct sdp offer;

	p->local.direction = held ? SDP_SENDONLY : SDP_SENDRECV;
	p->local.session_version++;
	sdp_offer_make(&offer, &p->local);
	ck_assert_int_eq(sip_leg_reoffer(p->leg, &offer), 0);
}
