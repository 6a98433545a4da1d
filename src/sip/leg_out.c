/*
 * leg_out.c - outbound legs: to a trunk, or to every contact of a phone account at once (the first to answer
 * wins, the others get a CANCEL; RFC 3261 sections 9.1, 13.2). Digest where a trunk asks for it, PRACK for
 * reliable responses (RFC 3262), the larger session interval of a 422 (RFC 4028). A 3xx is not followed
 * here: it is told as a refusal, with its target where the trunk may send calls on.
 */
#include "sip_priv.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/url.h>

#define RING_MS   60000
#define CANCEL_MS 4000 /* how long the final responses to a CANCEL are waited for */
#define TRIES_MAX 3

static int on_response(void *arg, nta_outgoing_t *invite, const sip_t *m);

static bool send_invite(struct branch *b)
{
	struct sip_leg *leg = b->leg;
	char contact[SIP_URI_MAX + 4], login[1024], session[16], min_se[16];
	const char *route = b->route[0] ? b->route : NULL;

	(void)snprintf(contact, sizeof(contact), "<%s>", b->contact);
	(void)snprintf(session, sizeof(session), "%u", (unsigned)leg->session_s);
	(void)snprintf(min_se, sizeof(min_se), "%u", (unsigned)leg->min_se_s);
	login_header(
		&b->login, leg->trunk ? &leg->trunk->cfg : NULL, "INVITE", b->target, login, sizeof(login));
	nta_outgoing_destroy(b->invite);
	b->invite = nta_outgoing_tcreate(b->dialog, on_response, b, route ? as_url(route) : NULL,
		SIP_METHOD_INVITE, as_url(b->target), SIPTAG_CONTACT_STR(contact), SIPTAG_ALLOW_STR(ALLOW),
		SIPTAG_SUPPORTED_STR(SUPPORTED), SIPTAG_USER_AGENT_STR(leg->sip->o.user_agent),
		SIPTAG_SESSION_EXPIRES_STR(session), SIPTAG_MIN_SE_STR(min_se),
		TAG_IF(leg->anonymous, SIPTAG_PRIVACY_STR("id")),
		TAG_IF(leg->extra_header, SIPTAG_HEADER_STR(leg->extra_header)),
		TAG_IF(login[0], SIPTAG_HEADER_STR(login)), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
		SIPTAG_PAYLOAD_STR(leg->local_sdp), TAG_END());
	b->pending = b->invite != NULL;
	return b->pending;
}

static bool any_pending(const struct sip_leg *leg)
{
	for (unsigned i = 0; i < leg->branches; i++)
		if (leg->branch[i].pending)
			return true;
	return false;
}

static void cancel_others(struct sip_leg *leg, const struct branch *winner, uint8_t q850)
{
	char reason[32];

	(void)reason_text(q850, reason);
	for (unsigned i = 0; i < leg->branches; i++)
		if (&leg->branch[i] != winner && leg->branch[i].pending)
			(void)nta_outgoing_tcancel(leg->branch[i].invite, NULL, NULL,
				TAG_IF(!winner, SIPTAG_REASON_STR(reason)),
				TAG_IF(winner,
					SIPTAG_REASON_STR("SIP;cause=200;text=\"Call completed elsewhere\"")),
				TAG_END());
}

static void ack(struct branch *b, const sip_t *m)
{
	leg_ack(b, m->sip_cseq->cs_seq);
}

/* A 2xx nobody wants (any more): acknowledged, then ended. */
static void ack_and_bye(struct branch *b, const sip_t *m, uint8_t q850)
{
	leg_set_route(b, m);
	ack(b, m);
	leg_bye(b->leg, b, q850);
}

static void finish_cancel(struct sip_leg *leg)
{
	if (any_pending(leg))
		return;
	leg_over(leg, leg->end.cause, leg->end.status, leg->local_q850,
		leg->end.cause == SIP_END_TIMEOUT ? "no answer" : "");
}

/* Takes the answer of the 2xx, or of the reliable response before it; NULL when neither has a usable one. */
static struct sdp *take_answer(struct sip_leg *leg, const sip_t *m)
{
	struct sdp *answer = malloc(sizeof(*answer));
	int rc = answer ? body_sdp(m, answer, NULL) : GHL_ENOMEM;

	if (rc == 0 && leg->early_sdp)
		rc = sdp_parse_text(answer, leg->early_sdp, strlen(leg->early_sdp), NULL) < 0 ? GHL_EPARSE
											      : 1;
	if (rc > 0)
		return answer;
	free(answer);
	return NULL;
}

static void note_peer(struct sip_leg *leg, const sip_t *m)
{
	for (const msg_param_t *p = m->sip_allow ? m->sip_allow->k_items : NULL; p && *p; p++)
		if (!strcasecmp(*p, "UPDATE"))
			leg->peer_update = true;
	session_answered(leg, m);
}

static void on_accepted(struct branch *b, const sip_t *m)
{
	struct sip_leg *leg = b->leg;
	bool good_contact = contact_is_good(m);
	struct sdp *answer;

	b->pending = false;
	if (leg->state != LEG_CALLING) {
		ack_and_bye(b, m, leg->local_q850);
		if (leg->state == LEG_CANCELLING)
			finish_cancel(leg);
		return;
	}
	answer = take_answer(leg, m);
	if (!answer || !good_contact) {
		cancel_others(leg, b, 16);
		ack_and_bye(b, m, 88);
		leg_over(leg, SIP_END_REFUSED, 0, good_contact ? 88 : 111,
			good_contact ? "no usable answer" : "no usable Contact in the answer");
		free(answer);
		return;
	}
	leg->dialog = b;
	leg_set_route(b, m);
	ack(b, m);
	(void)leg_move(leg, LEG_EV_ACCEPTED);
	loop_timer_stop(leg->sip->loop, &leg->ring_timer);
	cancel_others(leg, b, 16);
	note_peer(leg, m);
	session_start(leg);
	leg->sip->o.handlers.on_established(leg->arg, leg, answer);
	free(answer);
}

static int on_prack_response(void *arg, nta_outgoing_t *prack, const sip_t *m)
{
	(void)arg;
	(void)m;
	if (nta_outgoing_status(prack) >= 200)
		nta_outgoing_destroy(prack);
	return 0;
}

/* The early dialog of this response's tag, made where it is new; the first is the branch's own. NULL: too
 * many.
 */
static struct fork *fork_of(struct branch *b, const sip_t *m)
{
	const char *tag = m->sip_to->a_tag, *own = nta_leg_get_rtag(b->dialog);
	struct fork *f = b->fork;

	while (f < b->fork + FORKS_MAX && f->tag[0] && strcasecmp(f->tag, tag) != 0)
		f++;
	if (f == b->fork + FORKS_MAX || f->tag[0])
		return f == b->fork + FORKS_MAX ? NULL : f;
	if (!text_copy(f->tag, sizeof(f->tag), tag))
		return NULL;
	if (!own || strcasecmp(own, tag) == 0)
		leg_set_route(b, m);
	else
		f->dialog = leg_fork(b, m);
	if (f->dialog)
		(void)nta_leg_client_reroute(
			f->dialog, m->sip_record_route, contact_is_good(m) ? m->sip_contact : NULL, 1);
	return f;
}

/* Within that early dialog, which is not the branch's own yet, and may never be. */
static void send_prack(struct branch *b, const struct fork *f, const char *rack)
{
	nta_leg_t *own = b->dialog;

	b->dialog = f->dialog ? f->dialog : own;
	(void)leg_request(b, on_prack_response, SIP_METHOD_PRACK, SIPTAG_RACK_STR(rack), TAG_END());
	b->dialog = own;
}

/* Each early dialog counts its reliable responses by itself (RFC 3262 section 4). False: it came before. */
static bool acknowledge(struct branch *b, const sip_t *m)
{
	struct fork *f = m->sip_to->a_tag ? fork_of(b, m) : NULL;
	char rack[32];

	if (!f)
		return true;
	if (m->sip_rseq->rs_response <= f->rseq)
		return false;
	f->rseq = m->sip_rseq->rs_response;
	(void)snprintf(rack, sizeof(rack), "%u %u INVITE", (unsigned)f->rseq, (unsigned)m->sip_cseq->cs_seq);
	send_prack(b, f, rack);
	return true;
}

static void on_provisional(struct branch *b, const sip_t *m)
{
	struct sip_leg *leg = b->leg;
	uint16_t status = (uint16_t)m->sip_status->st_status;
	struct sdp *early;
	bool has_early;

	if (m->sip_rseq && leg->state == LEG_CALLING && !acknowledge(b, m))
		return;
	if (status <= 100 || leg->state != LEG_CALLING)
		return;
	early = malloc(sizeof(*early));
	has_early = early && leg->branches == 1 && body_sdp(m, early, NULL) > 0;
	if (has_early && m->sip_rseq && m->sip_payload->pl_len < 8192) {
		char *text = strndup(m->sip_payload->pl_data, m->sip_payload->pl_len);

		(void)leg_keep_text(&leg->early_sdp, text);
		free(text);
	}
	if (leg->sip->o.handlers.on_ringing)
		leg->sip->o.handlers.on_ringing(leg->arg, leg, status, has_early ? early : NULL);
	free(early);
}

/* True: the request was sent again in another form. */
static bool try_again(struct branch *b, unsigned status, const sip_t *m)
{
	struct sip_leg *leg = b->leg;

	if (!m || leg->state != LEG_CALLING || b->tries++ >= TRIES_MAX)
		return false;
	if (status == 401 || status == 407)
		return leg->trunk && leg->trunk->cfg.user[0] && b->tries <= 2 && login_read(&b->login, m) &&
		       send_invite(b);
	if (status == 422 && m->sip_min_se && m->sip_min_se->min_delta <= 86400) {
		leg->min_se_s = (uint32_t)m->sip_min_se->min_delta;
		if (leg->session_s < leg->min_se_s)
			leg->session_s = leg->min_se_s;
		return send_invite(b);
	}
	return false;
}

static void keep_target(struct sip_leg *leg, uint16_t status, const sip_t *m)
{
	const url_t *to = m && m->sip_contact ? m->sip_contact->m_url : NULL;
	const char *user = !to ? NULL : to->url_type == url_tel ? to->url_host : to->url_user;

	leg->end_target[0] = 0;
	if (status / 100 == 3 && user && strlen(user) < SIP_USER_MAX && leg->trunk &&
		leg->trunk->cfg.allow_transfer)
		(void)url_unescape(leg->end_target, user);
}

/* A 6xx says it for all; else the lowest class, and in it the first (RFC 3261 16.7 step 6). */
static void keep_best(struct sip_leg *leg, uint16_t status, const sip_t *m)
{
	const char *phrase = m && m->sip_status->st_phrase ? m->sip_status->st_phrase : "";

	if (leg->best_status && status < 600 &&
		(leg->best_status >= 600 || status / 100 >= leg->best_status / 100))
		return;
	leg->best_status = status;
	keep_target(leg, status, m);
	leg->end.q850 = q850_of(m, status);
	(void)text_copy(leg->end_text, sizeof(leg->end_text), phrase);
}

static void on_failed(struct branch *b, uint16_t status, const sip_t *m)
{
	struct sip_leg *leg = b->leg;
	char text[sizeof(leg->end_text)];

	b->pending = false;
	if (leg->state == LEG_CANCELLING) {
		finish_cancel(leg);
		return;
	}
	if (leg->state != LEG_CALLING)
		return;
	keep_best(leg, status, m);
	if (status >= 600)
		cancel_others(leg, b, 21);
	else if (any_pending(leg))
		return;
	(void)text_copy(text, sizeof(text), leg->end_text);
	leg_over(leg, leg->best_status == 408 ? SIP_END_TIMEOUT : SIP_END_REFUSED, leg->best_status,
		leg->end.q850, text);
}

static int on_response(void *arg, nta_outgoing_t *invite, const sip_t *m)
{
	struct branch *b = arg;
	unsigned status = m ? (unsigned)m->sip_status->st_status : (unsigned)nta_outgoing_status(invite);

	if (b->leg->state == LEG_OVER && !(status >= 200 && status < 300))
		return 0;
	if (status < 200) {
		if (m)
			on_provisional(b, m);
	} else if (status < 300) {
		if (m && b->pending)
			on_accepted(b, m);
	} else if (b->pending && !try_again(b, status, m)) {
		on_failed(b, (uint16_t)status, m);
	}
	return 0;
}

static void start_cancel(struct sip_leg *leg, enum sip_end_cause cause, uint8_t q850);

/* The CANCELs were not answered in time: nothing is waited for any more, a late 2xx gets ACK and BYE from the
 * stack. */
static void on_cancel_timer(void *arg)
{
	struct sip_leg *leg = arg;

	leg_over(leg, leg->end.cause, leg->end.status, leg->local_q850, "");
}

static void on_ring_timer(void *arg)
{
	struct sip_leg *leg = arg;

	if (leg_move(leg, LEG_EV_END) == 0)
		start_cancel(leg, SIP_END_TIMEOUT, 19);
}

static void start_cancel(struct sip_leg *leg, enum sip_end_cause cause, uint8_t q850)
{
	leg->end.cause = cause;
	leg->end.status = 0;
	leg->local_q850 = q850;
	cancel_others(leg, NULL, q850);
	loop_timer_start(leg->sip->loop, &leg->ring_timer, CANCEL_MS, on_cancel_timer, leg);
}

int leg_out_end(struct sip_leg *leg, uint8_t q850)
{
	int rc = leg_move(leg, LEG_EV_END);

	if (rc == 0)
		start_cancel(leg, SIP_END_LOCAL, q850);
	return rc;
}

static bool is_header_safe(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return false;
	return true;
}

static int prepare(struct sip_leg *leg, const struct sip_call_opts *o)
{
	char header[512];
	int rc = leg_keep_sdp(leg, o->offer);

	leg->session_s = leg->sip->o.session_expires_s;
	leg->min_se_s = leg->sip->o.session_min_s;
	leg->anonymous = !o->calling || !*o->calling;
	random_hex(leg->call_id, 32);
	if (rc < 0 || !o->header_name || !o->header_value)
		return rc;
	if (!is_header_safe(o->header_name) || !is_header_safe(o->header_value) ||
		strpbrk(o->header_name, " :") ||
		strlen(o->header_name) + strlen(o->header_value) + 3 > sizeof(header))
		return GHL_EINVAL;
	(void)snprintf(header, sizeof(header), "%.200s: %.300s", o->header_name, o->header_value);
	return leg_keep_text(&leg->extra_header, header);
}

/* From: the realm we serve, or the trunk's, stands behind the user; anonymous as RFC 3323 section 4.1.1.3 has
 * it. */
static bool make_from(const struct sip_leg *leg, const struct branch *b, const struct sip_call_opts *o,
	char *out, size_t room)
{
	char uri[SIP_URI_MAX], base[SIP_URI_MAX];
	const char *realm = leg->sip->o.realm;

	if (leg->anonymous)
		return text_copy(out, room, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
	(void)text_copy(base, sizeof(base), leg->trunk ? leg->trunk->cfg.proxy : b->contact);
	base[strcspn(base, ";")] = 0;
	if (!leg->trunk && *realm &&
		strspn(realm, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
			strlen(realm))
		(void)snprintf(base, sizeof(base), "sip:%s", realm);
	return uri_with_user(base, o->calling, uri) &&
	       name_addr(out, room, o->calling_name ? o->calling_name : "", uri);
}

static int start_branch(struct branch *b, const struct sip_call_opts *o)
{
	struct sip_leg *leg = b->leg;
	char from[2 * SIP_USER_MAX + SIP_URI_MAX + 16], to[SIP_URI_MAX + 4], host[64];
	bool ipv6;
	const char *path = b->route[0] ? b->route : b->target;
	enum sip_transport transport = uri_transport(path, &ipv6);
	const char *at = strchr(path, '@');

	(void)text_copy(host, sizeof(host), at ? at + 1 : strchr(path, ':') + 1);
	memmove(host, host + (host[0] == '['), strlen(host + (host[0] == '[')) + 1);
	host[strcspn(host, ipv6 ? "]" : ":;")] = 0;
	contact_text(leg->sip, transport, ipv6, host, b->contact);
	if (!make_from(leg, b, o, from, sizeof(from)))
		return GHL_EINVAL;
	(void)snprintf(to, sizeof(to), "<%s>", b->target);
	b->dialog = nta_leg_tcreate(leg->sip->nta, leg_on_request, b, SIPTAG_CALL_ID_STR(leg->call_id),
		SIPTAG_FROM_STR(from), SIPTAG_TO_STR(to), TAG_END());
	if (!b->dialog || !nta_leg_tag(b->dialog, NULL))
		return GHL_EINVAL;
	return send_invite(b) ? 0 : GHL_EINVAL;
}

static int target_trunk(struct sip_leg *leg, const struct sip_call_opts *o, struct trunk *t)
{
	leg->trunk = t;
	trunk_take(t);
	return uri_with_user(t->cfg.proxy, o->called ? o->called : "", leg->branch[0].target) ? 0
											      : GHL_EINVAL;
}

static void target_contacts(struct sip_leg *leg, const struct registrar_account *a)
{
	(void)text_copy(leg->account, sizeof(leg->account), a->name);
	for (unsigned i = 0; i < leg->branches; i++) {
		(void)text_copy(leg->branch[i].target, SIP_URI_MAX, a->contact[i].uri);
		(void)text_copy(leg->branch[i].route, ROUTE_MAX, a->contact[i].route);
	}
}

/* One contact that cannot be called does not keep the others from ringing. */
static int start_all(struct sip_leg *leg, const struct sip_call_opts *o)
{
	int rc = GHL_EINVAL;

	for (unsigned i = 0; i < leg->branches; i++)
		if (start_branch(&leg->branch[i], o) == 0)
			rc = 0;
	return rc;
}

int sip_leg_call(struct sip *sip, const struct sip_call_opts *o, void *leg_arg, struct sip_leg **out)
{
	bool by_trunk = o->trunk && *o->trunk;
	struct trunk *t = by_trunk ? trunk_by_name(sip, o->trunk) : NULL;
	const struct registrar_account *a =
		!by_trunk && o->account ? registrar_find(&sip->registrar, o->account) : NULL;
	struct sip_leg *leg;
	int rc = 0;

	if (sip->closing || (!a && (!t || !t->cfg.proxy[0])))
		return GHL_ENOENT;
	if (t && (!trunk_has_room(t) || (sip->o.max_calls && sip->trunk_legs >= sip->o.max_calls)))
		return GHL_EFULL;
	leg = leg_new(sip, false, a ? a->contacts : 1);
	if (!leg)
		return GHL_ENOMEM;
	leg->arg = leg_arg;
	if (t)
		rc = target_trunk(leg, o, t);
	else
		target_contacts(leg, a);
	if (rc == 0)
		rc = prepare(leg, o);
	if (rc == 0)
		rc = start_all(leg, o);
	if (rc < 0) {
		leg_forget(leg);
		return rc;
	}
	sip->stat.invites_out++;
	loop_timer_start(sip->loop, &leg->ring_timer, o->ring_ms ? o->ring_ms : RING_MS, on_ring_timer, leg);
	*out = leg;
	return 0;
}
