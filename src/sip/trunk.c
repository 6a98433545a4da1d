/*
 * trunk.c - trunks: which one a packet comes from, their limits, our own registration there (RFC 3261
 * section 10.2) with digest, and OPTIONS pings (section 11) for as long as they are configured.
 *
 * A trunk that legs still hold outlives its configuration until the last of them ends; so does one that has
 * still to take its contact away (an expiry of 0). One that is configured again as it was goes on as it was.
 */
#include "sip_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#define RETRY_MS        30000 /* after a registration that failed */
#define PING_TIMEOUT_MS 5000

struct ping {
	struct list node;
	struct sip *sip;
	nta_leg_t *leg;
	nta_outgoing_t *request;
	int64_t sent_us;
	struct timer timer;
	void (*done)(void *arg, uint16_t status, int64_t rtt_us);
	void *arg;
};

struct trunk *trunk_by_name(const struct sip *sip, const char *name)
{
	for (struct list *n = sip->trunks.next; n != &sip->trunks; n = n->next)
		if (strcmp(container_of(n, struct trunk, node)->cfg.name, name) == 0)
			return container_of(n, struct trunk, node);
	return NULL;
}

struct trunk *trunk_by_source(const struct sip *sip, const uint8_t address[16])
{
	for (struct list *n = sip->trunks.next; n != &sip->trunks; n = n->next) {
		struct trunk *t = container_of(n, struct trunk, node);

		for (unsigned i = 0; i < t->sources; i++)
			if (network_has(&t->source[i], address))
				return t;
	}
	return NULL;
}

bool trunk_has_room(const struct trunk *t)
{
	return t->cfg.max_calls == 0 || t->legs < t->cfg.max_calls;
}

static void trunk_stop(struct trunk *t)
{
	loop_timer_stop(t->sip->loop, &t->register_timer);
	loop_timer_stop(t->sip->loop, &t->options_timer);
	nta_outgoing_destroy(t->registering);
	t->registering = NULL;
	if (t->registration)
		nta_leg_destroy(t->registration);
	t->registration = NULL;
}

static void trunk_free(struct trunk *t)
{
	trunk_stop(t);
	list_remove(&t->node);
	free(t);
}

static void free_when_done(struct trunk *t)
{
	if (t->dropped && t->legs == 0 && !t->registering)
		trunk_free(t);
}

void trunk_take(struct trunk *t)
{
	t->legs++;
	t->sip->trunk_legs++;
}

void trunk_give(struct trunk *t)
{
	t->legs--;
	t->sip->trunk_legs--;
	free_when_done(t);
}

void trunk_state_set(struct trunk *t, enum sip_trunk_state state, uint16_t status)
{
	struct sip *sip = t->sip;

	if (t->state == state)
		return;
	t->state = state;
	log_info("sip", "trunk name=\"%s\" state=%s status=%u", t->cfg.name, sip_trunk_state_name(state),
		(unsigned)status);
	if (sip->o.handlers.on_trunk_state && !sip->closing && !t->dropped)
		sip->o.handlers.on_trunk_state(sip->o.arg, t->cfg.name, state, status);
}

static void on_register_timer(void *arg);

static void register_again(struct trunk *t, uint64_t after_ms)
{
	if (!t->sip->closing && !t->dropped)
		loop_timer_start(t->sip->loop, &t->register_timer, after_ms, on_register_timer, t);
}

/* What the registrar granted our contact; the smallest of what it lists, for it may list others' too. */
static uint32_t granted_s(const struct trunk *t, const sip_t *m)
{
	int64_t s = t->cfg.register_s, one;

	if (m->sip_expires && m->sip_expires->ex_delta > 0 && (int64_t)m->sip_expires->ex_delta < s)
		s = (int64_t)m->sip_expires->ex_delta;
	for (const sip_contact_t *c = m->sip_contact; c; c = c->m_next)
		if (text_to_int(c->m_expires, 1, UINT32_MAX, &one) && one < s)
			s = one;
	return (uint32_t)s;
}

static void send_register(struct trunk *t, uint32_t expires_s);

static void on_register_done(struct trunk *t, unsigned status, const sip_t *m)
{
	if ((status == 401 || status == 407) && m && t->tries++ < 2 && login_read(&t->login, m)) {
		send_register(t, t->asked_s);
		return;
	}
	t->tries = 0;
	if (!t->asked_s)
		return; /* whatever it said: nothing follows */
	t->registered = status < 300 && m;
	if (t->registered) {
		trunk_state_set(t, SIP_TRUNK_UP, (uint16_t)status);
		register_again(t, (uint64_t)granted_s(t, m) * 900);
	} else {
		trunk_state_set(t, status == 408 || status >= 500 ? SIP_TRUNK_DOWN : SIP_TRUNK_REFUSED,
			(uint16_t)status);
		register_again(t, RETRY_MS);
	}
}

/* The message lives as long as the request. */
static int on_register_response(void *arg, nta_outgoing_t *request, const sip_t *m)
{
	struct trunk *t = arg;
	unsigned status = (unsigned)nta_outgoing_status(request);

	if (status < 200)
		return 0;
	t->registering = NULL;
	on_register_done(t, status, m);
	nta_outgoing_destroy(request);
	free_when_done(t);
	return 0;
}

static nta_leg_t *registration_leg(struct trunk *t)
{
	char us[SIP_URI_MAX], address[SIP_URI_MAX + 4];
	nta_leg_t *leg;

	if (!uri_with_user(t->cfg.proxy, t->cfg.user, us))
		return NULL;
	(void)snprintf(address, sizeof(address), "<%s>", us);
	leg = nta_leg_tcreate(
		t->sip->nta, NULL, NULL, SIPTAG_FROM_STR(address), SIPTAG_TO_STR(address), TAG_END());
	if (leg)
		(void)nta_leg_tag(leg, NULL);
	return leg;
}

static void send_register(struct trunk *t, uint32_t expires_s)
{
	char uri[SIP_URI_MAX], contact[SIP_URI_MAX], ours[SIP_URI_MAX], named[SIP_URI_MAX + 4], expires[12],
		login[1024];
	bool ipv6;
	enum sip_transport transport = uri_transport(t->cfg.proxy, &ipv6);

	if (!t->registration)
		t->registration = registration_leg(t);
	if (!t->registration || !uri_with_user(t->cfg.proxy, "", uri))
		return;
	contact_text(t->sip, transport, ipv6, "", contact);
	if (!uri_with_user(contact, t->cfg.user, ours))
		return;
	t->asked_s = expires_s;
	(void)snprintf(named, sizeof(named), "<%s>", ours);
	(void)snprintf(expires, sizeof(expires), "%u", (unsigned)expires_s);
	login_header(&t->login, &t->cfg, "REGISTER", uri, login, sizeof(login));
	t->registering = nta_outgoing_tcreate(t->registration, on_register_response, t, NULL,
		SIP_METHOD_REGISTER, as_url(uri), SIPTAG_CONTACT_STR(named), SIPTAG_EXPIRES_STR(expires),
		SIPTAG_USER_AGENT_STR(t->sip->o.user_agent), TAG_IF(login[0], SIPTAG_HEADER_STR(login)),
		TAG_END());
	if (!t->registering)
		register_again(t, RETRY_MS);
}

static void on_register_timer(void *arg)
{
	struct trunk *t = arg;

	if (!t->registering)
		send_register(t, t->cfg.register_s);
}

static void ping_free(struct ping *p)
{
	loop_timer_stop(p->sip->loop, &p->timer);
	list_remove(&p->node);
	nta_outgoing_destroy(p->request);
	nta_leg_destroy(p->leg);
	free(p);
}

static void ping_end(struct ping *p, uint16_t status)
{
	void (*done)(void *arg, uint16_t status, int64_t rtt_us) = p->done;
	int64_t rtt_us = loop_now_us(p->sip->loop) - p->sent_us;
	void *arg = p->arg;

	ping_free(p);
	done(arg, status, status ? rtt_us : 0);
}

/* What nta makes up itself on a timeout or a send failure is no answer. */
static int on_ping_response(void *arg, nta_outgoing_t *request, const sip_t *m)
{
	int status = nta_outgoing_status(request);

	if (status >= 200)
		ping_end(arg, m && !nta_sip_is_internal(m) ? (uint16_t)status : 0);
	return 0;
}

static void on_ping_timer(void *arg)
{
	ping_end(arg, 0);
}

int sip_ping(struct sip *sip, const char *uri, uint32_t timeout_ms,
	void (*done)(void *arg, uint16_t status, int64_t rtt_us), void *arg)
{
	char contact[SIP_URI_MAX], from[SIP_URI_MAX + 4], to[SIP_URI_MAX + 4];
	bool ipv6;
	enum sip_transport transport = uri_transport(uri, &ipv6);
	struct ping *p;

	if (strlen(uri) >= SIP_URI_MAX || sip->closing)
		return GHL_EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return GHL_ENOMEM;
	*p = (struct ping){.sip = sip, .done = done, .arg = arg, .sent_us = loop_now_us(sip->loop)};
	contact_text(sip, transport, ipv6, "", contact);
	(void)snprintf(from, sizeof(from), "<%s>", contact);
	(void)snprintf(to, sizeof(to), "<%s>", uri);
	p->leg = nta_leg_tcreate(sip->nta, NULL, NULL, SIPTAG_FROM_STR(from), SIPTAG_TO_STR(to), TAG_END());
	if (p->leg)
		(void)nta_leg_tag(p->leg, NULL);
	if (p->leg)
		p->request = nta_outgoing_tcreate(p->leg, on_ping_response, p, NULL, SIP_METHOD_OPTIONS,
			as_url(uri), SIPTAG_USER_AGENT_STR(sip->o.user_agent), SIPTAG_CONTACT_STR(from),
			TAG_END());
	if (!p->request) {
		if (p->leg)
			nta_leg_destroy(p->leg);
		free(p);
		return GHL_EINVAL;
	}
	list_append(&sip->pings, &p->node);
	loop_timer_start(sip->loop, &p->timer, timeout_ms, on_ping_timer, p);
	return 0;
}

void pings_close(struct sip *sip)
{
	struct list *n;

	while ((n = list_take(&sip->pings)))
		ping_free(container_of(n, struct ping, node));
}

static void on_options_timer(void *arg);

/* The trunk may have gone meanwhile: it is found again by name. A trunk that registers takes its state from
 * that. */
static void on_trunk_ping(void *arg, uint16_t status, int64_t rtt_us)
{
	struct trunk *t = arg;

	(void)rtt_us;
	if (!t->cfg.registers || !status)
		trunk_state_set(t, status ? SIP_TRUNK_UP : SIP_TRUNK_DOWN, status);
	loop_timer_start(
		t->sip->loop, &t->options_timer, (uint64_t)t->cfg.options_s * 1000, on_options_timer, t);
}

static void on_options_timer(void *arg)
{
	struct trunk *t = arg;

	if (sip_ping(t->sip, t->cfg.proxy, PING_TIMEOUT_MS, on_trunk_ping, t) < 0)
		trunk_state_set(t, SIP_TRUNK_DOWN, 0);
}

static void trunk_start(struct trunk *t)
{
	t->started = true;
	if (t->cfg.registers)
		register_again(t, 0);
	if (t->cfg.options_s && t->cfg.proxy[0])
		loop_timer_start(t->sip->loop, &t->options_timer, 0, on_options_timer, t);
}

static int trunk_new(struct sip *sip, const struct sip_trunk *cfg, struct list *to, struct ghl_error *err)
{
	struct trunk *t = calloc(1, sizeof(*t));

	if (!t)
		return error_set(err, GHL_ENOMEM, "no memory");
	t->sip = sip;
	t->cfg = t->given = *cfg;
	if (t->cfg.register_s < 60)
		t->cfg.register_s = 3600;
	list_append(to, &t->node);
	for (; t->sources < SOURCES_MAX && cfg->sources[t->sources][0]; t->sources++)
		if (!network_parse(&t->source[t->sources], cfg->sources[t->sources]))
			return error_field(err, GHL_EINVAL, "sources",
				"trunk %s: \"%s\" is no address or network", cfg->name,
				cfg->sources[t->sources]);
	if (cfg->proxy[0] && strncmp(cfg->proxy, "sip:", 4) != 0 && strncmp(cfg->proxy, "sips:", 5) != 0)
		return error_field(
			err, GHL_EINVAL, "proxy", "trunk %s: \"%s\" is no SIP URI", cfg->name, cfg->proxy);
	return 0;
}

/* No ping of a trunk survives it. */
static void forget_pings(struct trunk *t)
{
	struct list *n, *tmp;

	LIST_EACH(n, tmp, &t->sip->pings)
	{
		struct ping *p = container_of(n, struct ping, node);

		if (p->done == on_trunk_ping && p->arg == t)
			ping_free(p);
	}
}

static void drop(struct trunk *t, bool take_away)
{
	bool there = t->registered || t->registering;

	t->dropped = true;
	forget_pings(t);
	trunk_stop(t);
	list_append(&t->sip->old_trunks, &t->node);
	if (take_away && there)
		send_register(t, 0);
	free_when_done(t);
}

/* The contact we have at `old` is renewed by one of these. */
static bool has_successor(const struct trunk *old, const struct list *trunks)
{
	for (const struct list *n = trunks->next; n != trunks; n = n->next) {
		const struct sip_trunk *cfg = &container_of(n, struct trunk, node)->cfg;

		if (cfg->registers && strcmp(cfg->proxy, old->cfg.proxy) == 0 &&
			strcmp(cfg->user, old->cfg.user) == 0)
			return true;
	}
	return false;
}

static void drop_all(struct list *trunks, bool take_away)
{
	struct list *n;

	while ((n = list_take(trunks)))
		drop(container_of(n, struct trunk, node), take_away);
}

/* The trunk in force that is configured just so; NULL: none. */
static struct trunk *find_same(const struct sip *sip, const struct sip_trunk *cfg)
{
	struct trunk *t = trunk_by_name(sip, cfg->name);

	/* Where only padding differs it registers anew.
	 * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
	return t && memcmp(&t->given, cfg, sizeof(*cfg)) == 0 ? t : NULL;
}

/* In the order given: the old one where nothing has changed, else the new one. */
static void take_over(struct sip *sip, struct list *fresh)
{
	struct list result, *n, *tmp;

	list_init(&result);
	while ((n = list_take(fresh))) {
		struct trunk *t = container_of(n, struct trunk, node), *same = find_same(sip, &t->given);

		if (same) {
			free(t);
			list_remove(&same->node);
			t = same;
		}
		list_append(&result, &t->node);
	}
	LIST_EACH(n, tmp, &sip->trunks)
	{
		struct trunk *old = container_of(n, struct trunk, node);

		list_remove(&old->node);
		drop(old, !has_successor(old, &result));
	}
	while ((n = list_take(&result))) {
		list_append(&sip->trunks, n);
		if (!container_of(n, struct trunk, node)->started)
			trunk_start(container_of(n, struct trunk, node));
	}
}

int sip_trunks_set(struct sip *sip, const struct sip_trunk *trunks, size_t n, struct ghl_error *err)
{
	struct list fresh, *node;
	int rc = 0;

	list_init(&fresh);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = trunk_new(sip, &trunks[i], &fresh, err);
	if (rc == 0)
		take_over(sip, &fresh);
	while ((node = list_take(&fresh)))
		free(container_of(node, struct trunk, node));
	return rc;
}

enum sip_trunk_state sip_trunk_state(const struct sip *sip, const char *trunk)
{
	const struct trunk *t = trunk_by_name(sip, trunk);

	return t ? t->state : SIP_TRUNK_UNKNOWN;
}

const char *sip_trunk_own(const struct sip *sip, const char *trunk)
{
	const struct trunk *t = trunk_by_name(sip, trunk);

	return t && t->cfg.proxy[0] ? t->cfg.user : NULL;
}

unsigned sip_trunk_calls(const struct sip *sip, const char *trunk)
{
	const struct trunk *t = trunk_by_name(sip, trunk);

	return t ? t->legs : 0;
}

void trunks_close(struct sip *sip)
{
	for (struct list *n = sip->trunks.next; n != &sip->trunks; n = n->next) {
		struct trunk *t = container_of(n, struct trunk, node);

		loop_timer_stop(sip->loop, &t->register_timer);
		loop_timer_stop(sip->loop, &t->options_timer);
		if (t->registered && !t->registering)
			send_register(t, 0);
	}
}

static bool any_busy(const struct list *trunks)
{
	for (const struct list *n = trunks->next; n != trunks; n = n->next)
		if (container_of(n, struct trunk, node)->registering)
			return true;
	return false;
}

bool trunks_busy(const struct sip *sip)
{
	return any_busy(&sip->trunks) || any_busy(&sip->old_trunks);
}

void trunks_free(struct sip *sip)
{
	struct list *n;

	drop_all(&sip->trunks, false);
	while ((n = list_take(&sip->old_trunks)))
		trunk_free(container_of(n, struct trunk, node));
}
