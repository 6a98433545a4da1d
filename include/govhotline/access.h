/* govhotline/access.h - principals, their roles, and what each role may do. */
#ifndef GOVHOTLINE_ACCESS_H
#define GOVHOTLINE_ACCESS_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a principal is; bits, several may be set. The numbers never change: they stand in the store. */
enum ghl_role {
	GHL_ROLE_NONE = 0,
	GHL_ROLE_OWNER = 1,      /* the hotline's owner: everything */
	GHL_ROLE_SUPERVISOR = 2, /* leads the agents of one group, or of all where the group is "" */
	GHL_ROLE_AGENT = 4,      /* answers calls; acts on itself and its own calls */
	GHL_ROLE_READER = 8,     /* reads calls, states, recordings and reports; changes nothing */
	GHL_ROLE_DIALOGUE = 16,  /* a dialogue, "ivr:NAME": acts on the call it speaks with */
	GHL_ROLE_TIMER = 32      /* the engine itself, "timer" */
};

/** All roles that a principal of the store may hold. */
#define GHL_ROLES_GRANTABLE (GHL_ROLE_OWNER | GHL_ROLE_SUPERVISOR | GHL_ROLE_AGENT | GHL_ROLE_READER)

/** A principal. */
struct ghl_principal_info {
	uint32_t size;  /* sizeof(struct ghl_principal_info) */
	uint32_t roles; /* bits of enum ghl_role; 0: revoked */
	ghl_principal id;
	const char *name;     /* "owner", "agent:1001" */
	const char *group;    /* a supervisor's scope; "" : every group */
	const char *agent;    /* the agent it is; "" for none */
	uint32_t from_config; /* 1: stands in the configuration, 0: in the store */
};

/** What a principal shall be. */
struct ghl_principal_opts {
	uint32_t size;     /* sizeof(struct ghl_principal_opts) */
	uint32_t roles;    /* bits of GHL_ROLES_GRANTABLE; 0 revokes everything, at once */
	const char *group; /* [A-Za-z0-9_.-]{0,63}; NULL as "" */
	const char *agent; /* [A-Za-z0-9_.-]{0,63}; NULL as "" */
};

/** Initial value: no role. */
#define GHL_PRINCIPAL_OPTS_INIT                                                                              \
	{                                                                                                    \
		sizeof(struct ghl_principal_opts), 0, 0, 0                                                   \
	}

/** A public function and the right it needs. */
struct ghl_function_info {
	uint32_t size;        /* sizeof(struct ghl_function_info) */
	uint32_t roles;       /* bits of enum ghl_role: who has the right */
	const char *function; /* "ghl_call_clear" */
	const char *right;    /* "call.clear" */
};

/**
 * The name of a role: "owner", "supervisor", "agent", "reader", "dialogue", "timer".
 *
 * Any thread.
 *
 * @param[in] role  one role
 * @return static text; "none" for 0, "?" for anything else
 */
GHL_API const char *ghl_role_name(enum ghl_role role);

/**
 * Make a principal, or give one other roles. What it does from now on is judged by these; open sessions too.
 *
 * @param[in]  s     session
 * @param[in]  name  [A-Za-z0-9_.:-]{1,63}; not "owner", "timer" or "ivr:.."
 * @param[in]  opts  what it shall be
 * @param[out] req   the request; NULL waits until it is durable. The outcome's id is the principal's
 * @return 0; GHL_EPERM no right "access.manage"; GHL_EINVAL a name or role is outside its range; GHL_ENOMEM;
 * GHL_ESPACE; GHL_EIO; GHL_EAGAIN 4,096 requests are open; GHL_ECLOSED
 */
GHL_API int ghl_access_principal_set(
	struct ghl_session *s, const char *name, const struct ghl_principal_opts *opts, ghl_request *req);

/**
 * The principals in order of name: `const struct ghl_principal_info`.
 *
 * @param[in]  s       session
 * @param[in]  cursor  NULL or "" for the first page, else ghl_list_cursor() of the page before
 * @param[out] out     the result, yours: ghl_list_free()
 * @return 0; GHL_EPERM no right "access.read"; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_access_principal_list(struct ghl_session *s, const char *cursor, struct ghl_list **out);

/**
 * The one table of functions and rights: `const struct ghl_function_info`.
 *
 * @param[in]  s    session
 * @param[out] out  the result, yours: ghl_list_free()
 * @return 0; GHL_EPERM no right "access.read"; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_access_function_list(struct ghl_session *s, struct ghl_list **out);

#ifdef __cplusplus
}
#endif

#endif
