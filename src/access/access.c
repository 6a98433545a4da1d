/*
 * access.c - who may do what, decided at each call: deny by default. The built-in principals (owner, timer, a
 * dialogue) have fixed ids at the upper end of the counter, where no store ever gets to; all others are
 * looked up anew each time, so that a role taken away is gone at once.
 */
#include "access_priv.h"

#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILT_IN(n) (((uint64_t)1 << 48) - (n))

int access_create(struct access **out, struct store *store, struct loop *loop, struct ghl_error *err)
{
	struct access *a = calloc(1, sizeof(*a));
	int rc;

	if (!a)
		return GHL_ENOMEM;
	a->store = store;
	a->loop = loop;
	(void)pthread_rwlock_init(&a->lock, NULL);
	rc = audit_init(a);
	if (rc == 0)
		rc = access_reload(a);
	if (rc < 0) {
		access_destroy(a);
		return rc;
	}
	*out = a;
	return 0;
}

void access_destroy(struct access *a)
{
	if (!a)
		return;
	audit_finish(a);
	principals_finish(&a->stored);
	principals_finish(&a->configured);
	(void)pthread_rwlock_destroy(&a->lock);
	free(a);
}

static void built_in(struct actor *out, unsigned n, const char *name, uint32_t roles)
{
	*out = (struct actor){.id = id_make(GHL_ID_PRINCIPAL, 0, BUILT_IN(n)), .roles = roles};
	(void)text_copy(out->name, sizeof(out->name), name);
}

void access_actor_owner(struct access *a, struct actor *out)
{
	built_in(out, 1, "owner", GHL_ROLE_OWNER);
}

void access_actor_timer(struct access *a, struct actor *out)
{
	built_in(out, 2, "timer", GHL_ROLE_TIMER);
}

void access_actor_ivr(struct access *a, const char *dialogue, struct actor *out)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "ivr:%s", dialogue);
	built_in(out, 3, name, GHL_ROLE_DIALOGUE);
}

static bool is_built_in(ghl_principal id)
{
	return id >= id_make(GHL_ID_PRINCIPAL, 0, BUILT_IN(3)) &&
	       id <= id_make(GHL_ID_PRINCIPAL, 0, BUILT_IN(1));
}

int access_actor_named(struct access *a, const char *name, struct actor *out)
{
	const struct access_principal *p;

	if (strcmp(name, "owner") == 0) {
		access_actor_owner(a, out);
		return 0;
	}
	(void)pthread_rwlock_rdlock(&a->lock);
	p = map_get_text(&a->stored.by_name, name);
	if (!p)
		p = map_get_text(&a->configured.by_name, name);
	if (p) {
		*out = (struct actor){.id = p->id, .roles = p->roles};
		(void)text_copy(out->name, sizeof(out->name), p->name);
		(void)text_copy(out->group, sizeof(out->group), p->group);
		(void)text_copy(out->agent, sizeof(out->agent), p->agent);
	}
	(void)pthread_rwlock_unlock(&a->lock);
	return p ? 0 : GHL_ENOENT;
}

static bool has_user(const struct access_principal *p, const char *login)
{
	for (unsigned i = 0; i < sizeof(p->users) / sizeof(p->users[0]); i++)
		if (p->users[i][0] && strcmp(p->users[i], login) == 0)
			return true;
	return false;
}

int access_actor_user(struct access *a, const char *login, struct actor *out)
{
	char name[64] = "";

	(void)pthread_rwlock_rdlock(&a->lock);
	for (size_t i = 0; i < a->configured.count && !name[0]; i++)
		if (has_user(&a->configured.items[i], login))
			(void)text_copy(name, sizeof(name), a->configured.items[i].name);
	(void)pthread_rwlock_unlock(&a->lock);
	return name[0] ? access_actor_named(a, name, out) : GHL_ENOENT;
}

bool principal_now(struct access *a, const struct actor *actor, struct access_principal *out)
{
	const struct access_principal *p;

	if (is_built_in(actor->id)) {
		*out = (struct access_principal){.id = actor->id, .roles = actor->roles};
		return true;
	}
	(void)pthread_rwlock_rdlock(&a->lock);
	p = map_get(&a->stored.by_id, actor->id);
	if (!p)
		p = map_get(&a->configured.by_id, actor->id);
	if (p)
		*out = *p;
	(void)pthread_rwlock_unlock(&a->lock);
	return p != NULL;
}

uint32_t access_roles_now(struct access *a, const struct actor *actor)
{
	struct access_principal p;

	return principal_now(a, actor, &p) ? p.roles : 0;
}

int access_check(struct access *a, const struct actor *actor, enum access_function fn)
{
	enum access_right right = access_function_right(fn);

	if (access_right_roles(right) == UINT32_MAX || access_roles_have(access_roles_now(a, actor), right))
		return 0;
	audit_refusal(a, actor, fn);
	return GHL_EPERM;
}

/* What each role reaches: an agent itself, a supervisor its group and what is nobody's, the others all. */
static bool in_scope(
	const struct access_principal *p, enum access_right right, const char *group, const char *agent)
{
	uint32_t roles = access_right_roles(right) & p->roles;

	if (roles & ~(uint32_t)(GHL_ROLE_SUPERVISOR | GHL_ROLE_AGENT))
		return true;
	if ((roles & GHL_ROLE_SUPERVISOR) && (!p->group[0] || !group[0] || strcmp(p->group, group) == 0))
		return true;
	return (roles & GHL_ROLE_AGENT) && agent[0] && strcmp(p->agent, agent) == 0;
}

bool access_sees(struct access *a, const struct actor *actor, enum access_right right, const char *group,
	const char *agent)
{
	struct access_principal p;

	return principal_now(a, actor, &p) && in_scope(&p, right, group ? group : "", agent ? agent : "");
}

int access_check_scope(struct access *a, const struct actor *actor, enum access_function fn,
	const char *group, const char *agent)
{
	if (access_right_roles(access_function_right(fn)) == UINT32_MAX ||
		access_sees(a, actor, access_function_right(fn), group, agent))
		return 0;
	audit_refusal(a, actor, fn);
	return GHL_EPERM;
}
