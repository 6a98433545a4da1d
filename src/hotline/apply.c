/*
 * apply.c - a configuration put to work: what may wait for the disk (ids of names, principals, documents)
 * before, what swaps on the loop after. Calls under way keep the snapshot they began with; a configuration
 * that is not whole is refused whole.
 */
#include "hotline_priv.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint32_t roles_of(const struct config_principal *p)
{
	static const struct {
		const char *name;
		uint32_t role;
	} table[] = {{"owner", GHL_ROLE_OWNER}, {"supervisor", GHL_ROLE_SUPERVISOR},
		{"agent", GHL_ROLE_AGENT}, {"reader", GHL_ROLE_READER}};
	uint32_t roles = 0;

	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < sizeof(table) / sizeof(table[0]); k++)
			if (strcmp(p->roles[i], table[k].name) == 0)
				roles |= table[k].role;
	return roles;
}

static void principal_of_agent(const struct agent_config *a, struct access_principal *out)
{
	*out = (struct access_principal){.roles = GHL_ROLE_AGENT, .from_config = true};
	(void)snprintf(out->name, sizeof(out->name), "agent:%.57s", a->name);
	(void)text_copy(out->group, sizeof(out->group), a->group);
	(void)text_copy(out->agent, sizeof(out->agent), a->name);
}

static bool named(const struct access_principal *set, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(set[i].name, name) == 0)
			return true;
	return false;
}

/* The principals the configuration names, and one "agent:NAME" for each agent that has none of that name. */
int apply_principals(struct ghl_hotline *h, const struct config *cfg, struct ghl_error *err)
{
	size_t n = 0, room = cfg->principal_count + cfg->agent_count;
	struct access_principal *set = calloc(room ? room : 1, sizeof(*set));
	int rc;

	if (!set)
		return error_set(err, GHL_ENOMEM, "no memory for principals");
	for (size_t i = 0; i < cfg->principal_count; i++) {
		const struct config_principal *p = &cfg->principals[i];
		struct access_principal *a = &set[n++];

		a->roles = roles_of(p);
		a->from_config = true;
		(void)text_copy(a->name, sizeof(a->name), p->name);
		(void)text_copy(a->group, sizeof(a->group), p->group);
		(void)text_copy(a->agent, sizeof(a->agent), p->agent);
		_Static_assert(sizeof(a->users) == sizeof(p->users), "the same login names");
		memcpy(a->users, p->users, sizeof(a->users));
	}
	for (size_t i = 0; i < cfg->agent_count; i++) {
		principal_of_agent(&cfg->agents[i], &set[n]);
		if (!named(set, n, set[n].name))
			n++;
	}
	rc = access_configure(h->core.access, set, n, err);
	free(set);
	return rc;
}

int apply_ahead(struct ghl_hotline *h, const struct config *cfg, struct ghl_error *err)
{
	struct store *s = h->core.store;
	bool whole = true;

	for (size_t i = 0; i < cfg->queue_count; i++)
		whole &= store_name_id(s, GHL_ID_QUEUE, cfg->queues[i].name) != 0;
	for (size_t i = 0; i < cfg->agent_count; i++)
		whole &= store_name_id(s, GHL_ID_AGENT, cfg->agents[i].name) != 0;
	for (size_t i = 0; i < cfg->trunk_count; i++)
		whole &= store_name_id(s, GHL_ID_TRUNK, cfg->trunks[i].sip.name) != 0;
	for (size_t i = 0; i < cfg->group_count; i++)
		whole &= store_name_id(s, GHL_ID_GROUP, cfg->groups[i].name) != 0;
	if (!whole)
		return error_set(err, GHL_EIO, "the store could not keep the names of the configuration");
	return apply_principals(h, cfg, err);
}

/* Where the system would send from: what SDP tells when media listens on every address (RFC 8866 5.7 wants
 * one). */
static void own_address(bool ipv6, char *out, size_t room)
{
	struct sockaddr_in to4 = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0xc0000201)}};
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	struct sockaddr_storage from = {0};
	socklen_t len = sizeof(from);
	int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	(void)text_copy(out, room, ipv6 ? "::1" : "127.0.0.1");
	if (fd < 0)
		return;
	(void)inet_pton(AF_INET6, "2001:db8::1", &to6.sin6_addr);
	rc = ipv6 ? connect(fd, (struct sockaddr *)&to6, sizeof(to6))
		  : connect(fd, (struct sockaddr *)&to4, sizeof(to4));
	if (rc == 0 && getsockname(fd, (struct sockaddr *)&from, &len) == 0)
		(void)getnameinfo(
			(struct sockaddr *)&from, len, out, (socklen_t)room, NULL, 0, NI_NUMERICHOST);
	(void)close(fd);
}

static void media_addresses(const struct config *cfg, struct call_opts *out)
{
	bool any4 = strcmp(cfg->media.address, "0.0.0.0") == 0, any6 = strcmp(cfg->media.address, "::") == 0;

	(void)text_copy(out->media_address, sizeof(out->media_address), cfg->media.address);
	(void)text_copy(out->public_address, sizeof(out->public_address), cfg->sip.public_address);
	if (!out->public_address[0] && (any4 || any6))
		own_address(any6, out->public_address, sizeof(out->public_address));
}

void apply_call_opts(const struct config *cfg, struct call_opts *out)
{
	const struct config_dial *d = &cfg->dial;

	memset(out, 0, sizeof(*out));
	media_addresses(cfg, out);
	(void)text_copy(out->numbers.country, sizeof(out->numbers.country), d->country);
	(void)text_copy(out->numbers.area, sizeof(out->numbers.area), d->area);
	(void)text_copy(out->numbers.national, sizeof(out->numbers.national), d->national);
	(void)text_copy(out->numbers.international, sizeof(out->numbers.international), d->international);
	memcpy(out->numbers.allow, d->allow, sizeof(out->numbers.allow));
	memcpy(out->numbers.deny, d->deny, sizeof(out->numbers.deny));
	out->admit_max = cfg->limits.max_calls;
	for (size_t i = 0; i < cfg->trunk_count && !out->out_trunk[0]; i++)
		if (cfg->trunks[i].sip.proxy[0])
			(void)text_copy(out->out_trunk, sizeof(out->out_trunk), cfg->trunks[i].sip.name);
}

static int apply_trunks(struct ghl_hotline *h, const struct config *cfg, struct ghl_error *err)
{
	struct sip_trunk *set = calloc(cfg->trunk_count ? cfg->trunk_count : 1, sizeof(*set));
	int rc;

	if (!set)
		return error_set(err, GHL_ENOMEM, "no memory for trunks");
	for (size_t i = 0; i < cfg->trunk_count; i++)
		set[i] = cfg->trunks[i].sip;
	rc = sip_trunks_set(h->sip, set, cfg->trunk_count, err);
	free(set);
	return rc;
}

static void forget_accounts(struct ghl_hotline *h, const struct config *cfg)
{
	for (size_t i = 0; i < h->cfg->account_count; i++)
		if (!config_account(cfg, h->cfg->accounts[i].name))
			sip_account_forget(h->sip, h->cfg->accounts[i].name);
}

int apply_live(struct ghl_hotline *h, const struct config *cfg, struct ghl_error *err)
{
	struct call_opts opts;
	int rc = agents_configure(h->agents, cfg->agents, cfg->agent_count, err);

	if (rc == 0)
		rc = acd_configure(h->acd, cfg->queues, cfg->queue_count, err);
	if (rc == 0)
		rc = apply_trunks(h, cfg, err);
	if (rc < 0)
		return rc;
	apply_call_opts(cfg, &opts);
	calls_opts_set(h->calls, &opts);
	records_policy_set(h->records, cfg->record.on_full);
	forget_accounts(h, cfg);
	log_level_set(cfg->log.level);
	return 0;
}

/* --- ghl_hotline_config_apply() --- */

struct apply_args {
	struct config *next;
	struct documents *documents;
};

static void commit_applied(struct ghl_hotline *h, const struct actor *actor, struct ticket *t)
{
	struct store_batch *b = store_batch_new();
	struct event_draft d;

	if (!b) {
		ticket_done(t, GHL_ENOMEM);
		return;
	}
	event_draft_init(&d, GHL_EV_CONFIG_APPLIED);
	event_draft_text(&d, GHL_F_PATH, h->cfg->file);
	event_draft_text(&d, GHL_F_PRINCIPAL, actor->name);
	stream_fact(&h->core, b, actor, &d);
	ticket_commit(t, &h->core, b);
}

static void apply_args_drop(void *args)
{
	struct apply_args *a = args;

	documents_unref(a->documents);
	config_unref(a->next);
}

static void run_apply(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct ghl_hotline *h = core->slot[CORE_HOTLINE];
	struct apply_args *a = args;
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	struct ghl_error err = {0};

	outcome.status = apply_live(h, a->next, &err);
	if (outcome.status < 0) {
		(void)apply_live(h, h->cfg, NULL);
		(void)text_copy(outcome.text, sizeof(outcome.text), err.text);
		apply_args_drop(a);
		ticket_done_outcome(t, &outcome);
		return;
	}
	documents_unref(h->documents);
	h->documents = a->documents;
	config_unref(h->cfg);
	h->cfg = a->next;
	commit_applied(h, actor, t);
}

/* The configuration is the loop's: another change may put it away at any moment. */
static int lend_config(struct core *core, const struct actor *actor, void *out)
{
	struct ghl_hotline *h = core->slot[CORE_HOTLINE];

	(void)actor;
	if (!h->sip)
		return GHL_ESTATE;
	*(struct config **)out = config_ref(h->cfg);
	return 0;
}

/* `now` is what it would replace. */
static int load(const char *path, const struct config *now, struct config **out, struct ghl_error *err)
{
	struct ghl_error mistakes[CONFIG_ERRORS_MAX];
	char key[CONFIG_NAME_MAX];
	unsigned n = 0;
	int rc = config_load(path, out, mistakes, CONFIG_ERRORS_MAX, &n);
	const char *fixed;

	if (rc < 0) {
		if (err)
			*err = mistakes[0];
		return rc;
	}
	fixed = config_restart_key(now, *out, key);
	if (!fixed)
		return 0;
	config_unref(*out);
	return error_field(err, GHL_ESTATE, fixed, "cannot change while the hotline runs");
}

int ghl_hotline_config_apply(struct ghl_session *s, const char *path, ghl_request *req, struct ghl_error *err)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	struct config *now = NULL;
	struct apply_args args;
	struct ghl_hotline *h;
	unsigned told;
	int rc = session_enter(s, ACCESS_FN_ghl_hotline_config_apply);

	if (rc < 0)
		return error_set(err, rc, "%s", ghl_strerror(rc));
	h = session_core(s)->slot[CORE_HOTLINE];
	rc = session_query(s, lend_config, &now);
	if (rc < 0)
		return error_set(
			err, rc, "%s", rc == GHL_ESTATE ? "the engine does not run here" : ghl_strerror(rc));
	rc = load(path ? path : h->path, now, &args.next, err);
	config_unref(now);
	if (rc < 0)
		return rc;
	rc = documents_open(h->ivr, args.next, &args.documents, err, err ? 1 : 0, &told);
	if (rc == 0) {
		rc = apply_ahead(h, args.next, err);
		if (rc < 0)
			documents_unref(args.documents);
	}
	if (rc < 0) {
		config_unref(args.next);
		return rc;
	}
	rc = session_submit_owned(s, req, run_apply, apply_args_drop, &args, sizeof(args), &outcome);
	if (rc < 0 && outcome.text[0])
		(void)error_set(err, rc, "%s", outcome.text);
	return rc;
}
