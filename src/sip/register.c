/*
 * register.c - REGISTER requests of phones (RFC 3261 section 10.3): digest, the bindings of registrar.c, and
 * the reply with all of them.
 *
 * A contact is reached where its REGISTER came from, not where it says it lives, so phones behind NAT work
 * (RFC 3581). A 200 has a transaction, so that a retransmission is answered alike and its nonce count is not
 * taken for a replay.
 */
#include "sip_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/url.h>

static void reply_in_transaction(
	struct sip *sip, msg_t *msg, int status, const char *phrase, const char *contacts)
{
	char min[32];
	nta_incoming_t *irq = nta_incoming_create(sip->nta, NULL, msg, NULL, TAG_END());

	if (!irq)
		return;
	(void)snprintf(min, sizeof(min), "Min-Expires: %u", (unsigned)sip->registrar.min_s);
	(void)nta_incoming_treply(irq, status, phrase, SIPTAG_SERVER_STR(sip->o.user_agent),
		TAG_IF(contacts && *contacts, SIPTAG_CONTACT_STR(contacts)),
		TAG_IF(status == 423, SIPTAG_HEADER_STR(min)), TAG_END());
	nta_incoming_destroy(irq);
}

static uint32_t asked_expiry(const struct sip *sip, const sip_t *m, const sip_contact_t *c)
{
	int64_t s = sip->registrar.max_s;

	if (m->sip_expires)
		s = (int64_t)m->sip_expires->ex_delta;
	if (c->m_expires && !text_to_int(c->m_expires, 0, UINT32_MAX, &s))
		s = sip->registrar.max_s;
	return s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

static bool is_star(const sip_contact_t *c)
{
	return c->m_url->url_type == url_any;
}

/* All of it is checked before any of it is done (RFC 3261 10.3 step 7). Status, or 0. */
static int check_contacts(const struct sip *sip, const sip_t *m)
{
	uint32_t granted;

	for (const sip_contact_t *c = m->sip_contact; c; c = c->m_next) {
		if (is_star(c)) {
			if (c != m->sip_contact || c->m_next || !m->sip_expires ||
				m->sip_expires->ex_delta != 0)
				return 400;
			continue;
		}
		if ((c->m_url->url_type != url_sip && c->m_url->url_type != url_sips) ||
			!c->m_url->url_host || !*c->m_url->url_host)
			return 400;
		if (url_e(NULL, 0, c->m_url) >= SIP_URI_MAX)
			return 400;
		if (!registrar_expiry(&sip->registrar, asked_expiry(sip, m, c), &granted))
			return 423;
	}
	return 0;
}

static int apply_contacts(struct sip *sip, const sip_t *m, const struct source *from, const char *account)
{
	char uri[SIP_URI_MAX];
	struct registrar_change change = {.uri = uri,
		.route = from->route,
		.call_id = m->sip_call_id->i_id,
		.cseq = m->sip_cseq->cs_seq};
	int rc = 0;

	for (const sip_contact_t *c = m->sip_contact; c && rc == 0; c = c->m_next) {
		if (is_star(c)) {
			registrar_clear(&sip->registrar, account);
			continue;
		}
		(void)url_e(uri, sizeof(uri), c->m_url);
		(void)registrar_expiry(&sip->registrar, asked_expiry(sip, m, c), &change.expires_s);
		rc = registrar_apply(&sip->registrar, account, &change, loop_now_us(sip->loop));
	}
	return rc == 0 ? 0 : rc == GHL_EFULL ? 403 : 500;
}

static void list_contacts(struct sip *sip, const char *account, struct text *out)
{
	const struct registrar_account *a = registrar_find(&sip->registrar, account);
	int64_t now_us = loop_now_us(sip->loop);

	for (unsigned i = 0; a && i < a->contacts; i++)
		text_fmt(out, "%s<%s>;expires=%d", i ? ", " : "", a->contact[i].uri,
			(int)((a->contact[i].expires_at_us - now_us + 999999) / 1000000));
}

void register_request(struct sip *sip, msg_t *msg, const sip_t *m)
{
	char account[SIP_USER_MAX];
	struct source from;
	struct text contacts;
	int status;

	if (!source_of(sip, msg, &from)) {
		nta_msg_discard(sip->nta, msg);
		return;
	}
	if (!auth_require(sip, msg, m, &from, account))
		return;
	text_init(&contacts);
	status = m->sip_to->a_url->url_user && strcmp(m->sip_to->a_url->url_user, account) == 0
			 ? check_contacts(sip, m)
			 : 403;
	if (status == 0)
		status = apply_contacts(sip, m, &from, account);
	if (status == 0)
		list_contacts(sip, account, &contacts);
	reply_in_transaction(sip, msg, status ? status : 200,
		status == 0     ? "OK"
		: status == 423 ? "Interval Too Brief"
		: status == 400 ? "Bad Contact"
				: "Refused",
		text_str(&contacts));
	text_finish(&contacts);
}

unsigned sip_contacts(const struct sip *sip, const char *account)
{
	const struct registrar_account *a = registrar_find(&sip->registrar, account);

	return a ? a->contacts : 0;
}

unsigned sip_contacts_list(
	const struct sip *sip, const char *account, char (*out)[SIP_URI_MAX], unsigned room)
{
	const struct registrar_account *a = registrar_find(&sip->registrar, account);
	unsigned n = 0;

	for (; a && n < a->contacts && n < room; n++)
		(void)snprintf(out[n], SIP_URI_MAX, "%.230s;expires=%d", a->contact[n].uri,
			(int)((a->contact[n].expires_at_us - loop_now_us(sip->loop)) / 1000000));
	return n;
}

void sip_account_forget(struct sip *sip, const char *account)
{
	registrar_clear(&sip->registrar, account);
}
