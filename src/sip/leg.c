/*
 * leg.c - a leg: one INVITE dialog (RFC 3261 sections 12, 13, 15) as a state machine; what both directions
 * share, and its end.
 *
 *   inbound                                              outbound
 *   OFFERED --answer--> ANSWERED --ACK--> UP             CALLING --2xx--> UP
 *      |                   | end                            | end
 *      |                   v                                v
 *      |                CLOSING (BYE waits for the ACK)  CANCELLING (waits for the final responses)
 *      |                   |                                |
 *      +-------------------+---- over, from any state ------+----> OVER
 *
 * OVER is entered once; on_ended and the freeing follow on the loop's next turn, so no handler runs inside a
 * call of sip_*.
 */
#include "sip_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/su_tagarg.h>
#include <sofia-sip/url.h>

static const char *const state_names[] = {
	[LEG_OFFERED] = "offered",
	[LEG_ANSWERED] = "answered",
	[LEG_CLOSING] = "closing",
	[LEG_CALLING] = "calling",
	[LEG_CANCELLING] = "cancelling",
	[LEG_UP] = "up",
	[LEG_OVER] = "over",
};

static const char *const event_names[] = {
	[LEG_EV_ANSWER] = "answer",
	[LEG_EV_ACK] = "ack",
	[LEG_EV_ACCEPTED] = "accepted",
	[LEG_EV_END] = "end",
	[LEG_EV_OVER] = "over",
};

const char *leg_state_name(enum leg_state s)
{
	return (unsigned)s < sizeof(state_names) / sizeof(state_names[0]) ? state_names[s] : "?";
}

const char *leg_event_name(enum leg_event e)
{
	return (unsigned)e < sizeof(event_names) / sizeof(event_names[0]) ? event_names[e] : "?";
}

static const struct {
	enum leg_state from;
	enum leg_event event;
	enum leg_state to;
} moves[] = {
	{LEG_OFFERED, LEG_EV_ANSWER, LEG_ANSWERED},
	{LEG_OFFERED, LEG_EV_OVER, LEG_OVER},
	{LEG_ANSWERED, LEG_EV_ACK, LEG_UP},
	{LEG_ANSWERED, LEG_EV_END, LEG_CLOSING},
	{LEG_ANSWERED, LEG_EV_OVER, LEG_OVER},
	{LEG_CLOSING, LEG_EV_OVER, LEG_OVER},
	{LEG_CALLING, LEG_EV_ACCEPTED, LEG_UP},
	{LEG_CALLING, LEG_EV_END, LEG_CANCELLING},
	{LEG_CALLING, LEG_EV_OVER, LEG_OVER},
	{LEG_CANCELLING, LEG_EV_OVER, LEG_OVER},
	{LEG_UP, LEG_EV_OVER, LEG_OVER},
};

static void check(const struct sip_leg *leg)
{
	assert(leg->inbound ? leg->state != LEG_CALLING && leg->state != LEG_CANCELLING
			    : leg->state != LEG_OFFERED && leg->state != LEG_ANSWERED &&
				      leg->state != LEG_CLOSING);
	assert(leg->state != LEG_UP || leg->dialog);
	(void)leg;
}

int leg_move(struct sip_leg *leg, enum leg_event event)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		if (moves[i].from != leg->state || moves[i].event != event)
			continue;
		log_debug("sip", "leg call_id=\"%s\" from=%s event=%s to=%s", leg->call_id,
			leg_state_name(leg->state), leg_event_name(event), leg_state_name(moves[i].to));
		leg->state = moves[i].to;
		check(leg);
		return 0;
	}
	return GHL_ESTATE;
}

struct sip_leg *leg_new(struct sip *sip, bool inbound, unsigned branches)
{
	struct sip_leg *leg = calloc(1, sizeof(*leg));

	if (!leg)
		return NULL;
	leg->branch = calloc(branches, sizeof(*leg->branch));
	if (!leg->branch) {
		free(leg);
		return NULL;
	}
	leg->sip = sip;
	leg->inbound = inbound;
	leg->state = inbound ? LEG_OFFERED : LEG_CALLING;
	leg->branches = branches;
	for (unsigned i = 0; i < branches; i++)
		leg->branch[i].leg = leg;
	if (inbound)
		leg->dialog = leg->branch;
	list_append(&sip->legs, &leg->node);
	sip->stat.legs++;
	return leg;
}

static void stop_timers(struct sip_leg *leg)
{
	loop_timer_stop(leg->sip->loop, &leg->ring_timer);
	loop_timer_stop(leg->sip->loop, &leg->glare_timer);
	loop_timer_stop(leg->sip->loop, &leg->session_timer);
}

/* An offer of the peer that nobody will answer now. */
static void drop_requests(struct sip_leg *leg)
{
	nta_incoming_t *waiting[] = {leg->reoffer_in, leg->refer_in};

	for (int i = 0; i < 2; i++) {
		if (waiting[i] && nta_incoming_status(waiting[i]) < 200)
			(void)nta_incoming_treply(waiting[i], 487, "Request Terminated", TAG_END());
		nta_incoming_destroy(waiting[i]);
	}
	nta_outgoing_destroy(leg->reoffer_out);
	nta_outgoing_destroy(leg->refresh);
	nta_incoming_destroy(leg->invite);
	leg->reoffer_in = leg->refer_in = leg->invite = NULL;
	leg->reoffer_out = leg->refresh = NULL;
}

void leg_forget(struct sip_leg *leg)
{
	struct sip *sip = leg->sip;

	drop_requests(leg);
	for (unsigned i = 0; i < leg->branches; i++) {
		nta_outgoing_destroy(leg->branch[i].invite);
		nta_leg_destroy(leg->branch[i].dialog);
		for (unsigned k = 0; k < FORKS_MAX; k++)
			nta_leg_destroy(leg->branch[i].fork[k].dialog);
	}
	if (leg->trunk)
		trunk_give(leg->trunk);
	list_remove(&leg->node);
	sip->stat.legs--;
	free(leg->local_sdp);
	free(leg->early_sdp);
	free(leg->reoffer_sdp);
	free(leg->from);
	free(leg->extra_header);
	free(leg->branch);
	free(leg);
}

static void tell_over(struct sip_leg *leg)
{
	leg->sip->o.handlers.on_ended(leg->arg, leg, &leg->end);
	leg_forget(leg);
}

static void on_over(void *arg)
{
	tell_over(arg);
}

void leg_over(struct sip_leg *leg, enum sip_end_cause cause, uint16_t status, uint8_t q850, const char *text)
{
	if (leg_move(leg, LEG_EV_OVER) < 0)
		return;
	stop_timers(leg);
	(void)text_copy(leg->end_text, sizeof(leg->end_text), text ? text : "");
	if (!text_is_utf8(leg->end_text, strlen(leg->end_text)))
		leg->end_text[0] = 0;
	leg->end = (struct sip_end){.cause = cause,
		.status = status,
		.q850 = q850 ? q850 : 16,
		.text = leg->end_text,
		.target = leg->end_target};
	loop_post_task(leg->sip->loop, &leg->over_task, on_over, leg);
}

void leg_over_now(struct sip_leg *leg)
{
	if (leg->state == LEG_CLOSING)
		leg_bye(leg, leg->dialog, leg->local_q850);
	leg_over(leg, SIP_END_LOCAL, 0, leg->local_q850, "");
}

int leg_keep_text(char **to, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return GHL_ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

int leg_keep_sdp(struct sip_leg *leg, const struct sdp *sdp)
{
	char text[4096];
	int n = sdp_print(sdp, text, sizeof(text));

	return n < 0 ? n : leg_keep_text(&leg->local_sdp, text);
}

nta_leg_t *leg_fork(struct branch *b, const sip_t *m)
{
	return nta_leg_tcreate(b->leg->sip->nta, leg_on_request, b, SIPTAG_CALL_ID(m->sip_call_id),
		SIPTAG_FROM(m->sip_from), SIPTAG_TO(m->sip_to), SIPTAG_CSEQ(m->sip_cseq), TAG_END());
}

/* The early dialog with that tag becomes the branch's; or one is made. */
static nta_leg_t *take_fork(struct branch *b, const sip_t *m)
{
	for (unsigned i = 0; i < FORKS_MAX; i++) {
		nta_leg_t *dialog = b->fork[i].dialog;

		if (!dialog || strcasecmp(b->fork[i].tag, m->sip_to->a_tag) != 0)
			continue;
		b->fork[i].dialog = NULL;
		return dialog;
	}
	return leg_fork(b, m);
}

/* A response that makes or confirms the dialog: its tag, route set and target. Another fork's tag makes a
 * dialog of its own. */
void leg_set_route(struct branch *b, const sip_t *m)
{
	const char *tag = nta_leg_get_rtag(b->dialog);
	const sip_contact_t *contact = contact_is_good(m) ? m->sip_contact : NULL;

	if (!m->sip_to->a_tag)
		return;
	if (tag && strcasecmp(tag, m->sip_to->a_tag) != 0) {
		nta_leg_t *other = take_fork(b, m);

		if (!other)
			return;
		nta_leg_destroy(b->dialog);
		b->dialog = other;
		b->routed = false;
	}
	if (!tag)
		(void)nta_leg_rtag(b->dialog, m->sip_to->a_tag);
	(void)nta_leg_client_reroute(
		b->dialog, m->sip_record_route, contact, !b->routed || m->sip_status->st_status >= 200);
	b->routed = true;
	if (m->sip_record_route)
		b->route[0] = 0;
}

nta_outgoing_t *leg_request(struct branch *b, nta_response_f *on_response, sip_method_t method,
	const char *name, tag_type_t tag, tag_value_t value, ...)
{
	const sip_contact_t *target = NULL;
	const sip_route_t *route = NULL;
	char uri[SIP_URI_MAX], login[1024];
	const char *to = b->target;
	nta_outgoing_t *request;
	ta_list ta;

	(void)nta_leg_get_route(b->dialog, &route, &target);
	if (target && url_e(NULL, 0, target->m_url) < SIP_URI_MAX) {
		(void)url_e(uri, sizeof(uri), target->m_url);
		to = uri;
	}
	login_header(&b->login, b->leg->trunk ? &b->leg->trunk->cfg : NULL, name, to, login, sizeof(login));
	ta_start(ta, tag, value);
	request = nta_outgoing_tcreate(b->dialog, on_response, b, b->route[0] ? as_url(b->route) : NULL,
		method, name, target ? NULL : as_url(to), SIPTAG_USER_AGENT_STR(b->leg->sip->o.user_agent),
		TAG_IF(login[0] && method != sip_method_ack, SIPTAG_HEADER_STR(login)), ta_tags(ta));
	(void)ta_end(ta);
	return request;
}

void leg_ack(struct branch *b, uint32_t cseq)
{
	sip_cseq_t cs[1];

	sip_cseq_init(cs);
	cs->cs_seq = cseq;
	cs->cs_method = sip_method_ack;
	cs->cs_method_name = "ACK";
	nta_outgoing_destroy(leg_request(b, NULL, SIP_METHOD_ACK, SIPTAG_CSEQ(cs), TAG_END()));
}

void leg_bye(struct sip_leg *leg, struct branch *b, uint8_t q850)
{
	char reason[32];

	(void)leg;
	nta_outgoing_destroy(leg_request(
		b, NULL, SIP_METHOD_BYE, SIPTAG_REASON_STR(reason_text(q850, reason)), TAG_END()));
}

int sip_leg_end(struct sip_leg *leg, uint8_t q850)
{
	if (leg->state == LEG_OVER || leg->state == LEG_CANCELLING || leg->state == LEG_CLOSING)
		return GHL_ESTATE;
	leg->local_q850 = q850 ? q850 : 16;
	if (leg->state == LEG_UP) {
		leg_bye(leg, leg->dialog, leg->local_q850);
		leg_over(leg, SIP_END_LOCAL, 0, leg->local_q850, "");
		return 0;
	}
	return leg->inbound ? leg_in_end(leg, leg->local_q850) : leg_out_end(leg, leg->local_q850);
}

static void on_bye(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m)
{
	(void)nta_incoming_treply(irq, 200, "OK", TAG_END());
	if (leg->state == LEG_CLOSING)
		leg_over(leg, SIP_END_LOCAL, 0, leg->local_q850, "");
	else
		leg_over(leg, leg->refer_open ? SIP_END_TRANSFERRED : SIP_END_NORMAL, 0, q850_of(m, 0), "");
}

/* A request within the dialog. What it returns is sent as the reply; 0: it was or will be replied to. */
int leg_on_request(void *arg, nta_leg_t *dialog, nta_incoming_t *irq, const sip_t *m)
{
	struct branch *b = arg;
	struct sip_leg *leg = b->leg;
	sip_method_t method = m->sip_request->rq_method;

	(void)dialog;
	if (method == sip_method_ack) {
		nta_incoming_destroy(irq);
		return 0;
	}
	if (leg->state == LEG_OVER || b != leg->dialog)
		return 481;
	switch (method) {
	case sip_method_invite:
		return reoffer_on_invite(leg, irq, m);
	case sip_method_update:
		return reoffer_on_update(leg, irq, m);
	case sip_method_bye:
		on_bye(leg, irq, m);
		nta_incoming_destroy(irq);
		return 0;
	case sip_method_info:
		return info_on_request(leg, irq, m);
	case sip_method_refer:
		return refer_on_request(leg, irq, m);
	case sip_method_options:
		(void)nta_incoming_treply(
			irq, 200, "OK", SIPTAG_ALLOW_STR(ALLOW), SIPTAG_SUPPORTED_STR(SUPPORTED), TAG_END());
		nta_incoming_destroy(irq);
		return 0;
	case sip_method_notify:
	case sip_method_cancel:
		return 481;
	default:
		return 501;
	}
}

void sip_leg_arg_set(struct sip_leg *leg, void *leg_arg)
{
	leg->arg = leg_arg;
}

void *sip_leg_arg(const struct sip_leg *leg)
{
	return leg->arg;
}

const char *sip_leg_call_id(const struct sip_leg *leg)
{
	return leg->call_id;
}
