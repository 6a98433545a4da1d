/*
 * access/access.h - principals, roles, rights, and the one table right x function; audit of refusals.
 *
 * Deny by default. Every public function that takes a session asks access_check() first, with its own row of
 * functions.def, before it looks at arguments or existence. Any thread; the tables are read under a
 * read-write lock, never held while calling out.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "store/store.h"

#include <govhotline/access.h>

struct access;

/* The rights: rights.def has X(RIGHT_CALL_CLEAR, "call.clear", roles..) a line. */
enum access_right {
#define X(symbol, name, roles) symbol,
#include "access/rights.def"
#undef X
	ACCESS_RIGHTS
};
const char *access_right_name(enum access_right r);

/* The functions: functions.def has X(ghl_call_clear, RIGHT_CALL_CLEAR) a line, one for each public function
 * with a session. */
enum access_function {
#define X(function, right) ACCESS_FN_##function,
#include "access/functions.def"
#undef X
	ACCESS_FUNCTIONS
};
const char *access_function_name(enum access_function f);
enum access_right access_function_right(enum access_function f);

/* Who acts; copied into every operation. */
struct actor {
	ghl_principal id;
	char name[64];  /* "owner", "agent:1001", "ivr:main", "timer" */
	uint32_t roles; /* bits of enum ghl_role */
	char group[64]; /* the group of a supervisor's scope; "" for none */
	char agent[64]; /* the agent a principal is; "" for none */
};

/* Loads the principals. The loop is where refusals are written as facts. */
int access_create(struct access **out, struct store *store, struct loop *loop, struct ghl_error *err);
void access_destroy(struct access *a);
/* Bits of enum ghl_role that hold the right; UINT32_MAX: whoever has a session. */
uint32_t access_right_roles(enum access_right r);
bool access_roles_have(uint32_t roles, enum access_right r);
/* The built-in principals. */
void access_actor_owner(struct access *a, struct actor *out);
void access_actor_timer(struct access *a, struct actor *out);
void access_actor_ivr(struct access *a, const char *dialogue, struct actor *out);
/* GHL_ENOENT */
int access_actor_named(struct access *a, const char *name, struct actor *out);
/* The principal of a login name. GHL_ENOENT */
int access_actor_user(struct access *a, const char *login, struct actor *out);
/* The roles this principal has now. */
uint32_t access_roles_now(struct access *a, const struct actor *actor);
/* 0 or GHL_EPERM, and then the refusal is audited (rate-aggregated facts GHL_EV_REFUSED). Roles are looked up
 * anew by id: revoking acts at once. */
int access_check(struct access *a, const struct actor *actor, enum access_function fn);
/* For scopes: may this actor act on an object of this group / agent? Owner and unscoped roles: everywhere.
 * GHL_EPERM as above. */
int access_check_scope(struct access *a, const struct actor *actor, enum access_function fn,
	const char *group, const char *agent);
/* The same for reading: no refusal is told. group and agent may be NULL: nobody's. An agent sees itself, a
   supervisor its group and what is nobody's, everyone else all that the right covers. */
bool access_sees(struct access *a, const struct actor *actor, enum access_right right, const char *group,
	const char *agent);

/* --- principals --- */
struct access_principal {
	ghl_principal id;
	char name[64];
	uint32_t roles;
	char group[64];
	char agent[64];
	bool from_config;  /* stands in the configuration, not in the store */
	char users[8][32]; /* login names that are this principal at the control socket; configuration only */
};
/* [A-Za-z0-9_.:-]{1,63} */
bool access_name_valid(const char *name);
/* [A-Za-z0-9_.-]{0,63} */
bool access_label_valid(const char *label);
/* The principals the configuration names ("agent:1001" ..): replaces the set before. One of the store with
   that name goes first. Ids are made where they are 0: that may wait for a commit. */
int access_configure(struct access *a, const struct access_principal *set, size_t n, struct ghl_error *err);
/* Puts the principal into the batch, with a new id where it has none. After the commit:
 * access_principal_apply(). */
int access_principal_put(struct access *a, struct store_batch *b, struct access_principal *p);
void access_principal_apply(struct access *a, const struct access_principal *p);
/* Reads the store's principals again: another process has changed one. */
int access_reload(struct access *a);
/* In order of name, from the first after `after`; returns how many, at most room. */
size_t access_principals(struct access *a, const char *after, struct access_principal *out, size_t room);

/* --- audit --- */
struct access_refusal {
	struct actor actor;
	enum access_function function;
	uint64_t count;
	int64_t from_us, until_us; /* UTC */
};
/* Who writes refusals down: on the loop, the first of a pair (principal, function) at once, those of the next
 * 10 s together. */
typedef void access_audit_fn(void *arg, const struct access_refusal *r);
void access_audit_set(struct access *a, access_audit_fn *fn, void *arg);

#endif
