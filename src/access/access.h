/*
 * access/access.h - principals, roles, rights, and the one table right x function; audit of refusals.
 *
 * Deny by default. Every public function that takes a session asks access_check() first, with its own row of functions.def, before it
 * looks at arguments or existence. Any thread; the tables are read under a read-write lock, never held while calling out.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "store/store.h"

#include <govhotline/access.h>

struct access;

/* The rights: rights.def has X(RIGHT_CALL_CLEAR, "call.clear", roles..) a line. */
enum access_right {
#define X(symbol, name, roles) symbol,
#include "rights.def"
#undef X
	ACCESS_RIGHTS
};
const char *access_right_name(enum access_right r);

/* The functions: functions.def has X(ghl_call_clear, RIGHT_CALL_CLEAR) a line, one for each public function with a session. */
enum access_function {
#define X(function, right) ACCESS_FN_##function,
#include "functions.def"
#undef X
	ACCESS_FUNCTIONS
};
const char *access_function_name(enum access_function f);
enum access_right access_function_right(enum access_function f);

/* Who acts; copied into every operation. */
struct actor {
	ghl_principal id;
	char name[64];      /* "owner", "agent:1001", "ivr:main", "timer" */
	uint32_t roles;     /* bits of enum ghl_role */
	char group[64];     /* the group of a supervisor's scope; "" for none */
	char agent[64];     /* the agent a principal is; "" for none */
};

int access_create(struct access **out, struct store *store, struct loop *loop, struct ghl_error *err);
void access_destroy(struct access *a);
/* The built-in principals. */
void access_actor_owner(struct access *a, struct actor *out);
void access_actor_timer(struct access *a, struct actor *out);
void access_actor_ivr(struct access *a, const char *dialogue, struct actor *out);
/* GHL_ENOENT */
int access_actor_named(struct access *a, const char *name, struct actor *out);
/* 0 or GHL_EPERM, and then the refusal is audited (rate-aggregated facts GHL_EV_REFUSED). Roles are looked up anew by id: revoking acts at once. */
int access_check(struct access *a, const struct actor *actor, enum access_function fn);
/* For scopes: may this actor act on an object of this group / agent? Owner and unscoped roles: everywhere. GHL_EPERM as above. */
int access_check_scope(struct access *a, const struct actor *actor, enum access_function fn, const char *group, const char *agent);

#endif
