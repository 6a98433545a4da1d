/*
 * agent.c - the SIP agent: its sockets, its life, and where a request goes that belongs to no dialog.
 *
 *        packet -> nta: retransmission, transaction or dialog we know? -> the leg
 *                  else on_message() here, with nothing allocated for it yet -> door.c (INVITE), register.c
 * (REGISTER), or a reply without a transaction
 *
 * So what is refused (overload, strangers, guesses) costs no handle, dialog or transaction. RFC 3261
 * sections 8.2, 11.
 */
#include "sip_priv.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <malloc.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>

#define SWEEP_MS      1000
#define QUIET_S       35
#define CLOSE_MS      2000
#define CLOSE_STEP_MS 10

static const char *const trunk_state_names[] = {
	[SIP_TRUNK_UNKNOWN] = "unknown",
	[SIP_TRUNK_UP] = "up",
	[SIP_TRUNK_DOWN] = "down",
	[SIP_TRUNK_REFUSED] = "refused",
};

static const char *const end_cause_names[] = {
	[SIP_END_NORMAL] = "normal",
	[SIP_END_CANCELLED] = "cancelled",
	[SIP_END_REFUSED] = "refused",
	[SIP_END_TIMEOUT] = "timeout",
	[SIP_END_LOCAL] = "local",
	[SIP_END_TRANSFERRED] = "transferred",
};

const char *sip_trunk_state_name(enum sip_trunk_state s)
{
	return (unsigned)s < sizeof(trunk_state_names) / sizeof(trunk_state_names[0]) ? trunk_state_names[s]
										      : "?";
}

const char *sip_end_cause_name(enum sip_end_cause c)
{
	return (unsigned)c < sizeof(end_cause_names) / sizeof(end_cause_names[0]) ? end_cause_names[c] : "?";
}

const char *sip_tls_verify_name(enum sip_tls_verify v)
{
	static const char *const names[] = {"none", "out", "both"};

	return (unsigned)v < sizeof(names) / sizeof(names[0]) ? names[v] : "?";
}

static void on_options(struct sip *sip, msg_t *msg, const sip_t *m)
{
	if (!scheme_is_known(m)) {
		reply_stateless(sip, msg, 416, "Unsupported URI Scheme", NULL);
		return;
	}
	(void)nta_msg_treply(sip->nta, msg, 200, "OK", SIPTAG_ALLOW_STR(ALLOW),
		SIPTAG_SUPPORTED_STR(SUPPORTED),
		SIPTAG_ACCEPT_STR("application/sdp, application/dtmf-relay, application/dtmf"),
		SIPTAG_SERVER_STR(sip->o.user_agent), TAG_END());
}

/* A request outside every dialog we know, or a stray response. */
static int on_message(struct sip *sip, nta_agent_t *nta, msg_t *msg, sip_t *m)
{
	(void)nta;
	if (!m->sip_request || m->sip_request->rq_method == sip_method_ack) {
		nta_msg_discard(sip->nta, msg);
		return 0;
	}
	if (m->sip_to->a_tag) {
		reply_stateless(sip, msg, 481, "Call/Transaction Does Not Exist", NULL);
		return 0;
	}
	switch (m->sip_request->rq_method) {
	case sip_method_invite:
		door_invite(sip, msg, m);
		break;
	case sip_method_register:
		register_request(sip, msg, m);
		break;
	case sip_method_options:
		on_options(sip, msg, m);
		break;
	case sip_method_cancel:
	case sip_method_bye:
	case sip_method_prack:
	case sip_method_update:
		reply_stateless(sip, msg, 481, "Call/Transaction Does Not Exist", NULL);
		break;
	default:
		reply_stateless(sip, msg, m->sip_request->rq_method == sip_method_unknown ? 501 : 405,
			m->sip_request->rq_method == sip_method_unknown ? "Not Implemented"
									: "Method Not Allowed",
			NULL);
	}
	return 0;
}

static void on_registered(void *arg, const char *account, bool registered)
{
	struct sip *sip = arg;

	if (sip->o.handlers.on_registered && !sip->closing)
		sip->o.handlers.on_registered(sip->o.arg, account, registered);
}

/*
 * The stack holds a finished transaction for 32 s (RFC 3261 timers D and J), some 27 KiB a call; what it then
 * frees lies among what still lives, so the allocator keeps the pages. They go back once a busy time is over,
 * not during it: it takes milliseconds.
 */
static void trim_when_quiet(struct sip *sip)
{
	sip->quiet_s = sip->stat.legs ? 0 : sip->quiet_s + 1;
	if (sip->quiet_s == QUIET_S)
		(void)malloc_trim(0);
}

static void on_sweep(void *arg)
{
	struct sip *sip = arg;

	registrar_expire(&sip->registrar, loop_now_us(sip->loop));
	trim_when_quiet(sip);
	loop_timer_start(sip->loop, &sip->sweep_timer, SWEEP_MS, on_sweep, sip);
}

static const unsigned verify_policies[] = {
	[SIP_TLS_VERIFY_NONE] = TPTLS_VERIFY_NONE,
	[SIP_TLS_VERIFY_OUT] = TPTLS_VERIFY_SUBJECTS_OUT,
	[SIP_TLS_VERIFY_BOTH] = TPTLS_VERIFY_SUBJECTS_OUT | TPTLS_VERIFY_INCOMING,
};

static unsigned newest_port(const struct sip *sip, unsigned before)
{
	const tport_t *tp = tport_primaries(nta_agent_tports(sip->nta));
	unsigned port = 0;

	for (unsigned i = 0; tp; tp = tport_next(tp), i++)
		if (i >= before && tport_name(tp)->tpn_port)
			port = (unsigned)strtoul(tport_name(tp)->tpn_port, NULL, 10);
	return port;
}

static unsigned count_tports(const struct sip *sip)
{
	const tport_t *all = nta_agent_tports(sip->nta), *tp = all ? tport_primaries(all) : NULL;
	unsigned n = 0;

	for (; tp; tp = tport_next(tp))
		n++;
	return n;
}

static int add_listen(struct sip *sip, unsigned i, struct ghl_error *err)
{
	const struct sip_listen *l = &sip->o.listen[i];
	bool tls = l->transport == SIP_TLS;
	const char *scheme = tls ? "sips" : "sip";
	unsigned before = count_tports(sip);
	char url[128], port[8] = "*";
	bool six = strchr(l->address, ':') != NULL;

	if (l->port)
		(void)snprintf(port, sizeof(port), "%u", (unsigned)l->port);
	(void)snprintf(url, sizeof(url), six ? "%s:[%s]:%s;transport=%s" : "%s:%s:%s;transport=%s", scheme,
		l->address, port, sip_transport_name(l->transport));
	if (nta_agent_add_tport(sip->nta, as_url(url), TPTAG_SERVER(1), TPTAG_REUSE(1),
		    TAG_IF(tls, TPTAG_CERTIFICATE(sip->o.tls_cert_dir)),
		    TAG_IF(tls, TPTAG_TLS_VERIFY_POLICY(verify_policies[sip->o.tls_verify])), TAG_END()) < 0)
		return error_field(err, GHL_EIO, "sip.listen", "cannot listen on %s", url);
	sip->bound[i] = (uint16_t)newest_port(sip, before);
	return 0;
}

static void set_defaults(struct sip_opts *o)
{
	o->retry_after_s = o->retry_after_s ? o->retry_after_s : 5;
	o->session_expires_s = o->session_expires_s ? o->session_expires_s : 1800;
	o->session_min_s = o->session_min_s ? o->session_min_s : SESSION_MIN_S;
	if (o->session_expires_s < o->session_min_s)
		o->session_expires_s = o->session_min_s;
	o->register_min_s = o->register_min_s ? o->register_min_s : 60;
	o->register_max_s = o->register_max_s ? o->register_max_s : 3600;
	o->guess_limit = o->guess_limit ? o->guess_limit : 10;
	o->t1_ms = o->t1_ms ? o->t1_ms : NTA_SIP_T1;
	if (!o->user_agent[0])
		(void)text_copy(o->user_agent, sizeof(o->user_agent), "libgovhotline/0.1.0");
}

extern su_log_t nta_log[], tport_log[]; /* of Sofia; in no header of it */

/* Sofia would write every refused packet to stderr. */
static void quieten(void)
{
	su_log_set_level(nta_log, 0);
	su_log_set_level(tport_log, 0);
	su_log_set_level(su_log_default, 0);
}

static void init(struct sip *sip, const struct sip_opts *opts)
{
	uint64_t seed = 0;

	sip->o = *opts;
	sip->loop = opts->loop;
	set_defaults(&sip->o);
	list_init(&sip->legs);
	list_init(&sip->trunks);
	list_init(&sip->old_trunks);
	list_init(&sip->pings);
	(void)RAND_bytes((unsigned char *)&seed, sizeof(seed));
	digest_nonces_init(&sip->nonces, sip->o.nonce_key);
	throttle_init(&sip->throttle, sip->o.guess_limit, seed);
	rate_init(&sip->rate, sip->o.max_calls_per_s, loop_now_us(sip->loop));
	registrar_init(&sip->registrar, sip->o.register_min_s, sip->o.register_max_s, on_registered, sip);
}

/* The timers of RFC 3261 table 4 all follow T1, so that a test of them is quick. */
static nta_agent_t *create_nta(struct sip *sip)
{
	unsigned t1_ms = sip->o.t1_ms;

	return nta_agent_create(loop_su_root(sip->loop), (url_string_t *)-1, on_message, sip, NTATAG_UA(1),
		NTATAG_MERGE_482(1), NTATAG_CLIENT_RPORT(1), NTATAG_SERVER_RPORT(2), NTATAG_SIP_T1(t1_ms),
		NTATAG_SIP_T2(8 * t1_ms), NTATAG_SIP_T4(10 * t1_ms), NTATAG_SIP_T1X64(64 * t1_ms),
		NTATAG_MAXSIZE(65535), TAG_END());
}

int sip_create(struct sip **out, const struct sip_opts *opts, struct ghl_error *err)
{
	struct sip *sip;
	int rc = 0;

	if (!opts->handlers.secret_of || !opts->handlers.on_invite || !opts->handlers.on_ended ||
		opts->listens == 0)
		return error_set(err, GHL_EINVAL, "sip: handlers and an address to listen on are needed");
	if (!loop_su_root(opts->loop))
		return error_set(err, GHL_EINVAL, "sip: needs a real loop");
	sip = calloc(1, sizeof(*sip));
	if (!sip)
		return error_set(err, GHL_ENOMEM, "no memory");
	init(sip, opts);
	quieten();
	sip->nta = create_nta(sip);
	if (!sip->nta)
		rc = error_set(err, GHL_EIO, "sip: the stack did not start");
	for (unsigned i = 0; rc == 0 && i < sip->o.listens; i++)
		rc = add_listen(sip, i, err);
	if (rc < 0) {
		sip_destroy(sip);
		return rc;
	}
	loop_timer_start(sip->loop, &sip->sweep_timer, SWEEP_MS, on_sweep, sip);
	*out = sip;
	return 0;
}

uint16_t sip_bound(const struct sip *sip, unsigned i)
{
	return i < sip->o.listens ? sip->bound[i] : 0;
}

/* Waits for the last BYEs, CANCELs and REGISTERs to be answered, as long as it is patient. */
static void on_close_step(void *arg)
{
	struct sip *sip = arg;
	bool late = loop_now_us(sip->loop) >= sip->close_by_us;
	struct list *n, *tmp;

	if (late)
		LIST_EACH(n, tmp, &sip->legs)
	leg_over_now(container_of(n, struct sip_leg, node));
	if (list_empty(&sip->legs) && (late || !trunks_busy(sip))) {
		trunks_free(sip);
		sip->done(sip->done_arg);
		return;
	}
	loop_timer_start(sip->loop, &sip->close_timer, CLOSE_STEP_MS, on_close_step, sip);
}

void sip_shutdown(struct sip *sip, loop_fn *done, void *arg)
{
	struct list *n, *tmp;

	sip->closing = true;
	sip->done = done;
	sip->done_arg = arg;
	sip->close_by_us = loop_now_us(sip->loop) + (int64_t)CLOSE_MS * 1000;
	loop_timer_stop(sip->loop, &sip->sweep_timer);
	LIST_EACH(n, tmp, &sip->legs)
	(void)sip_leg_end(container_of(n, struct sip_leg, node), 16);
	trunks_close(sip);
	pings_close(sip);
	loop_timer_start(sip->loop, &sip->close_timer, CLOSE_STEP_MS, on_close_step, sip);
}

void sip_destroy(struct sip *sip)
{
	if (!sip)
		return;
	loop_timer_stop(sip->loop, &sip->sweep_timer);
	loop_timer_stop(sip->loop, &sip->close_timer);
	trunks_free(sip);
	registrar_finish(&sip->registrar);
	if (sip->nta)
		nta_agent_destroy(sip->nta);
	free(sip);
}

void sip_stat(const struct sip *sip, struct sip_stat *out)
{
	usize_t bad = 0;

	*out = sip->stat;
	(void)nta_agent_get_stats(sip->nta, NTATAG_S_BAD_MESSAGE_REF(bad), TAG_END());
	out->bad_messages += bad;
	out->registered_accounts = (unsigned)sip->registrar.accounts.used;
}
