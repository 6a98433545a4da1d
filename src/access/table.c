/* table.c - the names of rights and functions, and which roles hold which right: rights.def and functions.def
 * as tables. */
#include "access.h"

#define O      GHL_ROLE_OWNER
#define S      GHL_ROLE_SUPERVISOR
#define A      GHL_ROLE_AGENT
#define R      GHL_ROLE_READER
#define D      GHL_ROLE_DIALOGUE
#define T      GHL_ROLE_TIMER
#define ANYONE UINT32_MAX

static const struct right_row {
	const char *name;
	uint32_t roles;
} rights[] = {
#define X(symbol, name, roles) [symbol] = {name, roles},
#include "access/rights.def"
#undef X
};

static const struct function_row {
	const char *name;
	enum access_right right;
} functions[] = {
#define X(function, right) [ACCESS_FN_##function] = {#function, right},
#include "access/functions.def"
#undef X
};

static const char *const role_names[] = {"owner", "supervisor", "agent", "reader", "dialogue", "timer"};

const char *access_right_name(enum access_right r)
{
	return (unsigned)r < ACCESS_RIGHTS ? rights[r].name : "?";
}

uint32_t access_right_roles(enum access_right r)
{
	return (unsigned)r < ACCESS_RIGHTS ? rights[r].roles : 0;
}

bool access_roles_have(uint32_t roles, enum access_right r)
{
	uint32_t holders = access_right_roles(r);

	return holders == ANYONE || (holders & roles) != 0;
}

const char *access_function_name(enum access_function f)
{
	return (unsigned)f < ACCESS_FUNCTIONS ? functions[f].name : "?";
}

enum access_right access_function_right(enum access_function f)
{
	return (unsigned)f < ACCESS_FUNCTIONS ? functions[f].right : ACCESS_RIGHTS;
}

const char *ghl_role_name(enum ghl_role role)
{
	if (role == GHL_ROLE_NONE)
		return "none";
	for (unsigned i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++)
		if ((unsigned)role == 1u << i)
			return role_names[i];
	return "?";
}
