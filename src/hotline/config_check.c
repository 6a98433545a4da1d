/*
 * config_check.c - what no single setting can know: names that must exist, settings that must agree with each
 * other.
 */
#include "config_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct names {
	const char **list;
	size_t count;
};

static bool names_of(const struct config *c, const char *section, struct names *out)
{
	const struct config_section *s = config_section(section);

	out->count = config_items(c, s);
	out->list = calloc(out->count + 1, sizeof(*out->list));
	for (size_t i = 0; out->list && i < out->count; i++)
		out->list[i] = config_item(c, s, i);
	return out->list != NULL;
}

/* The section a destination's kind is looked up in. */
static const char *section_of(const char *kind)
{
	if (strcmp(kind, "queue") == 0)
		return "queues";
	if (strcmp(kind, "trunk") == 0)
		return "trunks";
	return strcmp(kind, "agent") == 0 ? "agents" : "dialogues";
}

/* What is one of: "agent", for a section "agents". */
static void say_missing(const struct config *c, const char *section, const char *name, char *why, size_t room)
{
	int one = (int)strlen(section) - 1;
	const char *near = NULL;
	struct names names;

	if (names_of(c, section, &names))
		near = text_nearest(name, names.list, names.count);
	if (near)
		(void)snprintf(why, room, "%.*s \"%s\" is not defined; \"%s\"?", one, section, name, near);
	else
		(void)snprintf(why, room, "%.*s \"%s\" is not defined", one, section, name);
	free(names.list);
}

bool config_dest_missing(const struct config *c, const char *dest, char *why, size_t room)
{
	char kind[16], name[CONFIG_NAME_MAX];

	if (!config_dest_split(dest, kind, name) || config_find(c, section_of(kind), name))
		return false;
	say_missing(c, section_of(kind), name, why, room);
	return true;
}

/* Every name, as "section/name". */
static bool index_names(struct config *c)
{
	char key[CONFIG_NAME_MAX + 24];

	for (size_t i = 0; i < config_section_count; i++) {
		const struct config_section *s = &config_sections[i];

		for (size_t n = 0; s->shape == CONFIG_NAMED && n < config_items(c, s); n++) {
			(void)snprintf(key, sizeof(key), "%s/%s", s->key, (const char *)config_item(c, s, n));
			if (map_put_text(&c->index, key, config_item(c, s, n)) < 0)
				return false;
		}
	}
	return true;
}

void config_names_check(struct config_reader *r)
{
	char kind[16], name[CONFIG_NAME_MAX];
	const char *section;
	char why[320];

	if (!index_names(r->config)) {
		problem_at(r->problems, 0, 0, "", "no memory");
		return;
	}
	for (size_t i = 0; i < r->pending_count; i++) {
		const struct config_pending *p = &r->pending[i];

		section = p->key->refers;
		(void)text_copy(name, sizeof(name), p->node->text);
		if (p->key->type == CONFIG_DEST && config_dest_split(p->node->text, kind, name))
			section = section_of(kind);
		if (config_find(r->config, section, name))
			continue;
		say_missing(r->config, section, name, why, sizeof(why));
		problem_at(r->problems, p->node->line, p->node->column, p->path, "%s", why);
	}
}

struct rules {
	struct config_reader *r;
	const struct config *c;
	const struct yaml_node *root;
};

/* A complaint at the nearest place there is; none where the item has been complained about already. */
static void rule_broken(const struct rules *k, const char *section, const char *item, const char *key,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
static void rule_broken(
	const struct rules *k, const char *section, const char *item, const char *key, const char *fmt, ...)
{
	const struct yaml_node *at = config_place(k->root, section, item, key),
			       *whole = config_place(k->root, section, item, NULL);
	char text[512];
	va_list ap;

	if (whole && map_get(&k->r->wrong, (uintptr_t)whole))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problem_at(k->r->problems, at ? at->line : 0, at ? at->column : 0, key ? key : section, "%s", text);
}

static void check_sip(const struct rules *k)
{
	const struct config_sip *sip = &k->c->sip;
	bool tls = false;

	if (sip->register_min_s > sip->register_max_s)
		rule_broken(
			k, "sip", NULL, "register_min", "sip.register_min is greater than sip.register_max");
	for (uint32_t i = 0; i < sip->listens; i++)
		tls |= sip->listen[i].transport == SIP_TLS;
	if (!tls && sip->tls_verify != SIP_TLS_VERIFY_NONE)
		rule_broken(k, "sip", NULL, "tls_verify",
			"sip.tls_verify is %s, but sip.listen has no tls: address to verify at",
			sip_tls_verify_name(sip->tls_verify));
	if (tls && !sip->tls_dir[0])
		rule_broken(k, "sip", NULL, "listen",
			"to listen with TLS, sip.tls_dir must name the folder of the certificate");
	if (sip->listens == 0)
		rule_broken(k, "sip", NULL, "listen", "sip.listen names no address");
}

static void check_media(const struct rules *k)
{
	const struct config_media *m = &k->c->media;

	if (!m->port_min != !m->port_max)
		rule_broken(k, "media", NULL, m->port_min ? "port_min" : "port_max",
			"media.port_min and media.port_max are given together, or neither is");
	else if (m->port_min && (m->port_min < 1024 || m->port_min % 2 || m->port_max < m->port_min + 1))
		rule_broken(k, "media", NULL, "port_min",
			"media ports %u to %u: the first must be even and at least 1024, the last greater",
			m->port_min, m->port_max);
	if (m->jitter_min_ms > m->jitter_max_ms)
		rule_broken(
			k, "media", NULL, "jitter_min", "media.jitter_min is greater than media.jitter_max");
}

static void check_paths_and_limits(const struct rules *k)
{
	const struct config_limits *l = &k->c->limits;

	if (strlen(k->c->paths.control) > 107)
		rule_broken(k, "paths", NULL, "control",
			"the control socket's path is longer than 107 bytes: %s", k->c->paths.control);
	if (l->disk_alarm_bytes < l->disk_reserve_bytes)
		rule_broken(k, "limits", NULL, "disk_alarm",
			"limits.disk_alarm is less than limits.disk_reserve");
	if (k->r->files && k->c->site.time_zone[0]) {
		char path[CONFIG_PATH_MAX];

		if (!config_path_join(path, sizeof(path), "/usr/share/zoneinfo", k->c->site.time_zone) ||
			access(path, R_OK) < 0)
			rule_broken(k, "site", NULL, "time_zone", "there is no time zone \"%s\" (%s)",
				k->c->site.time_zone, path);
	}
}

static void check_trunk(const struct rules *k, const struct config_trunk *t)
{
	const char *name = t->sip.name;

	if (!t->sip.sources[0][0] && !t->sip.proxy[0])
		rule_broken(k, "trunks", name, NULL,
			"trunk \"%s\" has neither sources nor proxy: no call can come or go", name);
	if (t->sip.registers && (!t->sip.proxy[0] || !t->sip.user[0]))
		rule_broken(k, "trunks", name, "registers",
			"trunk \"%s\" registers, so it needs proxy and user", name);
	if ((t->password[0] != 0) + (t->password_file[0] != 0) + (t->password_env[0] != 0) > 1)
		rule_broken(k, "trunks", name, NULL,
			"trunk \"%s\": give one of password, password_file and password_env, not several",
			name);
}

static void check_account(const struct rules *k, const struct config_account *a)
{
	bool ha1 = a->secret.ha1_md5[0] || a->secret.ha1_sha256[0];
	int ways = (a->password[0] != 0) + (a->password_file[0] != 0) + ha1;

	if (ways == 0)
		rule_broken(k, "accounts", a->name, NULL,
			"account \"%s\" needs a password, password_file, ha1_md5 or ha1_sha256", a->name);
	else if (ways > 1)
		rule_broken(k, "accounts", a->name, NULL,
			"account \"%s\": give one of password, password_file and ha1_.., not several",
			a->name);
}

/* An agent without an account takes that of its own name. */
static void check_agent(const struct rules *k, struct agent_config *a)
{
	if (a->account[0])
		return;
	if (config_account(k->c, a->name))
		(void)text_copy(a->account, sizeof(a->account), a->name);
	else
		rule_broken(k, "agents", a->name, NULL, "agent \"%s\" needs an account: none is named \"%s\"",
			a->name, a->name);
}

/* Every skill some agent has, once for each agent that has it. */
static bool skills_of(const struct config *c, struct names *out)
{
	size_t n = 0;

	for (size_t i = 0; i < c->agent_count; i++)
		n += c->agents[i].skill_count;
	out->count = 0;
	out->list = calloc(n + 1, sizeof(*out->list));
	for (size_t i = 0; out->list && i < c->agent_count; i++)
		for (unsigned s = 0; s < c->agents[i].skill_count; s++)
			out->list[out->count++] = c->agents[i].skills[s];
	return out->list != NULL;
}

static void check_skill(const struct rules *k, const struct acd_queue_config *q, const struct names *skills)
{
	const char *near;

	for (size_t i = 0; i < skills->count; i++)
		if (strcmp(skills->list[i], q->skill) == 0)
			return;
	near = text_nearest(q->skill, skills->list, skills->count);
	if (near)
		rule_broken(k, "queues", q->name, "skill", "no agent has the skill \"%s\"; \"%s\"?", q->skill,
			near);
	else
		rule_broken(k, "queues", q->name, "skill", "no agent has the skill \"%s\"", q->skill);
}

/* Queues whose overflow leads back to them would pass a call round for ever. */
static void check_overflow(const struct rules *k, const struct acd_queue_config *first)
{
	const struct acd_queue_config *q = first;
	char kind[16], name[CONFIG_NAME_MAX];

	for (size_t steps = 0; q && steps <= k->c->queue_count; steps++) {
		if (!config_dest_split(q->overflow, kind, name) || strcmp(kind, "queue") != 0)
			return;
		q = config_queue(k->c, name);
		if (q == first) {
			rule_broken(k, "queues", first->name, "overflow",
				"queue \"%s\" overflows in a circle, back to itself", first->name);
			return;
		}
	}
}

/* Out by a trunk: it must lead out, and for what a trunk may bring it must say so. */
static void check_way_out(
	const struct rules *k, const struct config_route *route, const struct yaml_node *node)
{
	char kind[16], name[CONFIG_NAME_MAX];
	const struct config_trunk *t;
	const char *why = NULL;

	if (!config_dest_split(route->to, kind, name) || strcmp(kind, "trunk") != 0)
		return;
	t = config_trunk(k->c, name);
	if (t && !t->sip.proxy[0])
		why = "has no proxy: no call can leave by it";
	else if (t && !t->route_out && strcmp(route->trunk, "-") != 0)
		why = "does not say route_out: calls from trunks may not leave by it";
	node = config_place(node, "to", NULL, NULL);
	if (why)
		problem_at(k->r->problems, node ? node->line : 0, node ? node->column : 0, "to",
			"trunk \"%s\" %s", name, why);
}

static void check_route(const struct rules *k, const struct config_route *route, const struct yaml_node *node)
{
	struct names names;
	const char *near;
	bool known = !route->trunk[0] || strcmp(route->trunk, "-") == 0;

	for (size_t i = 0; i < k->c->trunk_count && !known; i++)
		known = text_match(route->trunk, k->c->trunks[i].sip.name);
	if (known || !names_of(k->c, "trunks", &names))
		return;
	node = config_place(node, "trunk", NULL, NULL);
	near = text_nearest(route->trunk, names.list, names.count);
	problem_at(k->r->problems, node ? node->line : 0, node ? node->column : 0, "trunk",
		"trunk \"%s\" is not defined%s%s%s", route->trunk, near ? "; \"" : "", near ? near : "",
		near ? "\"?" : "");
	free(names.list);
}

static void check_routes(const struct rules *k)
{
	const struct yaml_node *routes =
		k->root && k->root->kind == YAML_IS_MAP ? yaml_tree_get(k->root, "routes") : NULL;
	const struct yaml_node *node = routes ? routes->first : NULL;

	for (size_t i = 0; i < k->c->route_count; i++, node = node ? node->next : NULL) {
		check_route(k, &k->c->routes[i], node);
		check_way_out(k, &k->c->routes[i], node);
	}
}

static void check_queues(const struct rules *k)
{
	struct names skills;

	for (size_t i = 0; i < k->c->queue_count; i++)
		check_overflow(k, &k->c->queues[i]);
	if (k->c->agent_count == 0 || !skills_of(k->c, &skills))
		return;
	for (size_t i = 0; i < k->c->queue_count; i++)
		if (k->c->queues[i].skill[0])
			check_skill(k, &k->c->queues[i], &skills);
	free(skills.list);
}

void config_rules_check(struct config_reader *r, const struct yaml_node *root)
{
	struct config *c = r->config;
	struct rules k = {r, c, root};

	if (!c->paths.control[0])
		(void)config_path_join(
			c->paths.control, sizeof(c->paths.control), c->paths.store, "control.sock");
	check_sip(&k);
	check_media(&k);
	check_paths_and_limits(&k);
	for (size_t i = 0; i < c->trunk_count; i++)
		check_trunk(&k, &c->trunks[i]);
	for (size_t i = 0; i < c->account_count; i++)
		check_account(&k, &c->accounts[i]);
	for (size_t i = 0; i < c->agent_count; i++)
		check_agent(&k, &c->agents[i]);
	check_queues(&k);
	check_routes(&k);
}
