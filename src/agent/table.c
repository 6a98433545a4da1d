/* table.c - states, events, moves. What is not in the table is refused. */
#include "table.h"

#define OFF GHL_AGENT_LOGGED_OFF
#define GO(s)                                                                                                \
	{                                                                                                    \
		AGENT_GO, GHL_AGENT_##s                                                                      \
	}
#define SETTLE(s)                                                                                            \
	{                                                                                                    \
		AGENT_SETTLE, GHL_AGENT_##s                                                                  \
	}
#define STAY                                                                                                 \
	{                                                                                                    \
		AGENT_STAY, OFF                                                                              \
	}
#define PEND                                                                                                 \
	{                                                                                                    \
		AGENT_PEND, OFF                                                                              \
	}
#define RESUME                                                                                               \
	{                                                                                                    \
		AGENT_RESUME, OFF                                                                            \
	}

#define STATES (GHL_AGENT_ACW + 1)

static const struct agent_move moves[STATES][AGENT_EVENTS] = {
	[GHL_AGENT_LOGGED_OFF] =
		{
			[AGENT_EV_LOGIN] = GO(NOT_READY),
			[AGENT_EV_LOST] = STAY,
		},
	[GHL_AGENT_NOT_READY] =
		{
			[AGENT_EV_LOGOUT] = GO(LOGGED_OFF),
			[AGENT_EV_READY] = GO(READY),
			[AGENT_EV_NOT_READY] = GO(NOT_READY),
			[AGENT_EV_ACW] = GO(ACW),
			[AGENT_EV_LOST] = STAY,
			[AGENT_EV_CONNECT] = GO(BUSY),
		},
	[GHL_AGENT_READY] =
		{
			[AGENT_EV_LOGOUT] = GO(LOGGED_OFF),
			[AGENT_EV_READY] = STAY,
			[AGENT_EV_NOT_READY] = GO(NOT_READY),
			[AGENT_EV_ACW] = GO(ACW),
			[AGENT_EV_RESERVE] = GO(RINGING),
			[AGENT_EV_LOST] = GO(NOT_READY),
			[AGENT_EV_CONNECT] = GO(BUSY),
		},
	[GHL_AGENT_RINGING] =
		{
			[AGENT_EV_LOGOUT] = PEND,
			[AGENT_EV_READY] = PEND,
			[AGENT_EV_NOT_READY] = PEND,
			[AGENT_EV_ACW] = PEND,
			[AGENT_EV_UNRESERVE] = SETTLE(READY),
			[AGENT_EV_RONA] = SETTLE(NOT_READY),
			[AGENT_EV_LOST] = SETTLE(NOT_READY),
			[AGENT_EV_CONNECT] = GO(BUSY),
		},
	[GHL_AGENT_BUSY] =
		{
			[AGENT_EV_LOGOUT] = PEND,
			[AGENT_EV_READY] = PEND,
			[AGENT_EV_NOT_READY] = PEND,
			[AGENT_EV_ACW] = PEND,
			[AGENT_EV_LOST] = STAY,
			[AGENT_EV_RELEASE] = RESUME,
			[AGENT_EV_RELEASE_ACW] = SETTLE(ACW),
		},
	[GHL_AGENT_ACW] =
		{
			[AGENT_EV_LOGOUT] = GO(LOGGED_OFF),
			[AGENT_EV_READY] = GO(READY),
			[AGENT_EV_NOT_READY] = GO(NOT_READY),
			[AGENT_EV_ACW] = STAY,
			[AGENT_EV_LOST] = STAY,
			[AGENT_EV_CONNECT] = GO(BUSY),
			[AGENT_EV_WRAPPED_UP] = GO(READY),
		},
};

struct agent_move agent_move(enum ghl_agent_state state, enum agent_event ev)
{
	static const struct agent_move refuse = {AGENT_REFUSE, OFF};

	return (unsigned)state < STATES && (unsigned)ev < AGENT_EVENTS ? moves[state][ev] : refuse;
}

const char *agent_event_name(enum agent_event ev)
{
	static const char *const names[] = {"login", "logout", "ready", "not_ready", "acw", "reserve",
		"unreserve", "rona", "lost", "connect", "release", "release_acw", "wrapped_up"};

	return (unsigned)ev < AGENT_EVENTS ? names[ev] : "?";
}

const char *ghl_agent_state_name(enum ghl_agent_state state)
{
	static const char *const names[] = {"logged_off", "not_ready", "ready", "ringing", "busy", "acw"};

	return (unsigned)state < STATES ? names[state] : "?";
}

const char *ghl_agent_busy_name(enum ghl_agent_busy busy)
{
	static const char *const names[] = {"none", "acd", "ext_in", "ext_out"};

	return (unsigned)busy <= GHL_AGENT_BUSY_EXT_OUT ? names[busy] : "?";
}
