/*
 * refer.c - the peer asks us to send its call elsewhere: REFER within a dialog (RFC 3515), blind or with
 * Replaces (RFC 3891, attended), and the NOTIFYs that tell how it comes out. A trunk that may not ask is
 * refused here; what else a target may be is decided above. REFER outside a dialog is not taken.
 */
#include "sip_priv.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/url.h>

/* The Replaces header the INVITE to the target would carry (RFC 3261 19.1.1); false: there is none. */
static bool replaces_of(const url_t *to, char *out, size_t room)
{
	char escaped[512];

	for (const char *h = to->url_headers; h; h = strchr(h, '&')) {
		h += *h == '&';
		if (strncasecmp(h, "Replaces=", 9) != 0)
			continue;
		if (snprintf(escaped, sizeof(escaped), "%.*s", (int)strcspn(h + 9, "&"), h + 9) >=
			(int)sizeof(escaped))
			return false;
		(void)url_unescape(escaped, escaped);
		return (size_t)snprintf(out, room, "%s", escaped) < room;
	}
	return false;
}

/* The leg of ours that a Replaces names; NULL: none that is up. */
static struct sip_leg *leg_replaced(const struct sip *sip, const char *text)
{
	su_home_t home[1] = {SU_HOME_INIT(home)};
	sip_replaces_t *r;
	struct branch *b = NULL;
	nta_leg_t *dialog;

	if (su_home_init(home) < 0)
		return NULL;
	r = sip_replaces_make(home, text);
	dialog = r && r->rp_call_id && r->rp_to_tag && r->rp_from_tag ? nta_leg_by_replaces(sip->nta, r)
								      : NULL;
	if (dialog)
		b = nta_leg_magic(dialog, leg_on_request);
	su_home_deinit(home);
	return b && b == b->leg->dialog && b->leg->state == LEG_UP ? b->leg : NULL;
}

/* Status to refuse it with, or 0. */
static int read_target(const sip_t *m, char user[SIP_USER_MAX], const url_t **out)
{
	const url_t *to = m->sip_refer_to ? m->sip_refer_to->r_url : NULL;
	const char *text;

	if (!to || (to->url_type != url_sip && to->url_type != url_sips && to->url_type != url_tel))
		return 400;
	text = to->url_type == url_tel ? to->url_host : to->url_user;
	if (!text || !*text || strlen(text) >= SIP_USER_MAX)
		return 400;
	(void)url_unescape(user, text);
	*out = to;
	return 0;
}

int refer_on_request(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m)
{
	char user[SIP_USER_MAX], replaces[512];
	struct sip_refer refer = {.user = user};
	const struct sip_leg *other;
	const url_t *to;
	int status = read_target(m, user, &to);

	if (status)
		return status;
	if ((leg->trunk && !leg->trunk->cfg.allow_transfer) || !leg->sip->o.handlers.on_refer)
		return 403;
	if (leg->state != LEG_UP || leg->refer_in || leg->refer_open)
		return 491;
	refer.attended = replaces_of(to, replaces, sizeof(replaces));
	other = refer.attended ? leg_replaced(leg->sip, replaces) : NULL;
	if (other)
		refer.other_arg = other->arg;
	leg->refer_in = irq;
	leg->refer_cseq = m->sip_cseq->cs_seq;
	leg->refers++;
	leg->sip->o.handlers.on_refer(leg->arg, leg, &refer);
	return 0;
}

static int on_notified(void *arg, nta_outgoing_t *request, const sip_t *m)
{
	(void)arg;
	(void)m;
	if (nta_outgoing_status(request) >= 200)
		nta_outgoing_destroy(request);
	return 0;
}

/* The id is needed from the second REFER of a dialog on (section 2.4.6). */
static int notify(struct sip_leg *leg, unsigned status, bool final)
{
	const char *phrase = sip_status_phrase((int)status);
	char body[128], contact[SIP_URI_MAX + 4], event[32] = "refer";

	(void)snprintf(body, sizeof(body), "SIP/2.0 %u %.64s\r\n", status, phrase ? phrase : "Unknown");
	(void)snprintf(contact, sizeof(contact), "<%s>", leg->dialog->contact);
	if (leg->refers > 1)
		(void)snprintf(event, sizeof(event), "refer;id=%u", (unsigned)leg->refer_cseq);
	return leg_request(leg->dialog, on_notified, SIP_METHOD_NOTIFY, SIPTAG_EVENT_STR(event),
		       SIPTAG_SUBSCRIPTION_STATE_STR(
			       final ? "terminated;reason=noresource" : "active;expires=60"),
		       SIPTAG_CONTACT_STR(contact), SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"),
		       SIPTAG_PAYLOAD_STR(body), TAG_END())
		       ? 0
		       : GHL_EIO;
}

int sip_leg_refer_reply(struct sip_leg *leg, uint16_t status)
{
	char contact[SIP_URI_MAX + 4];
	const char *phrase = sip_status_phrase(status);
	nta_incoming_t *irq = leg->refer_in;
	bool accepted = status == 202;

	if (!accepted && (status < 400 || status > 699))
		return GHL_EINVAL;
	if (!irq || leg->state != LEG_UP)
		return GHL_ESTATE;
	(void)snprintf(contact, sizeof(contact), "<%s>", leg->dialog->contact);
	(void)nta_incoming_treply(
		irq, status, phrase ? phrase : "Unknown", SIPTAG_CONTACT_STR(contact), TAG_END());
	leg->refer_in = NULL;
	leg->refer_open = accepted;
	nta_incoming_destroy(irq);
	return accepted ? notify(leg, 100, false) : 0;
}

int sip_leg_refer_result(struct sip_leg *leg, uint16_t status)
{
	if (!leg->refer_open || leg->state != LEG_UP)
		return GHL_ESTATE;
	leg->refer_open = false;
	return notify(leg, status, true);
}
