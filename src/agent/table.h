/*
 * agent/table.h - the state machine of an agent, as a table. Pure.
 *
 *	            login                  ready                 reserve              connect
 *	LOGGED_OFF --------> NOT_READY <----------> READY ---------------> RINGING ------------> BUSY
 *	     ^                  |  ^      not ready   ^                     |   |                 |  |
 *	     |  logout          |  |                  |  unreserve          |   | rona, lost      |  | release
 *with after-call work
 *	     +------------------+  +------------------+---------------------+   v                 |  v
 *	       (also READY, ACW)   |                  ^                      NOT_READY            | ACW
 *	                           |                  |       release: what it was before,        |  |
 *	                           +------------------+------- or what is pending ----------------+  |
 *	                           +------------------+------- wrapped up, ready, not ready ---------+
 *
 * While a call rings or is talked on, what the agent or a supervisor asks for is kept as pending, and made
 *when it ends. Calls of no queue connect from NOT_READY, READY and ACW too.
 */
#ifndef AGENT_TABLE_H
#define AGENT_TABLE_H

#include <govhotline/agent.h>

enum agent_event {
	AGENT_EV_LOGIN,
	AGENT_EV_LOGOUT,    /* asked for */
	AGENT_EV_READY,     /* asked for */
	AGENT_EV_NOT_READY, /* asked for */
	AGENT_EV_ACW,       /* asked for */
	AGENT_EV_RESERVE,
	AGENT_EV_UNRESERVE, /* the call went elsewhere */
	AGENT_EV_RONA,      /* it did not answer, or refused */
	AGENT_EV_LOST,      /* the phone's registration is gone */
	AGENT_EV_CONNECT,
	AGENT_EV_RELEASE,
	AGENT_EV_RELEASE_ACW,
	AGENT_EV_WRAPPED_UP, /* the wrap-up time has passed */
	AGENT_EVENTS
};
const char *agent_event_name(enum agent_event ev);

enum agent_action {
	AGENT_REFUSE, /* no such move: GHL_ESTATE */
	AGENT_STAY,   /* fine, and nothing changes */
	AGENT_PEND,   /* remember it until the call ends */
	AGENT_GO,     /* to `next` */
	AGENT_SETTLE, /* to what is pending, else `next` */
	AGENT_RESUME  /* to what is pending, else what it was before the call */
};

struct agent_move {
	enum agent_action action;
	enum ghl_agent_state next;
};

struct agent_move agent_move(enum ghl_agent_state state, enum agent_event ev);

#endif
