/*
 * govhotline/agent.h - agents: their states (ECMA-269 agent states), who they are, and changing them.
 *
 * An agent is one operator. It sits at one seat (a phone account) at a time, and every moment from log-on to
 * log-off belongs to exactly one state, so that the spans of its states sum to its staffed time. Ended spans
 * are facts: GHL_EV_AGENT_SPAN.
 */
#ifndef GOVHOTLINE_AGENT_H
#define GOVHOTLINE_AGENT_H

#include <govhotline/id.h>
#include <govhotline/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What an agent is doing (ECMA-269 agent states; RINGING is the vendors' addition). The numbers never
 * change: they stand in the log. */
enum ghl_agent_state {
	GHL_AGENT_LOGGED_OFF = 0, /**< agentNull: signed off */
	GHL_AGENT_NOT_READY = 1,  /**< agentNotReady, AUX: at the seat, takes no calls; a reason says why */
	GHL_AGENT_READY = 2,      /**< agentReady, AVAIL: waits for a call */
	GHL_AGENT_RINGING = 3,    /**< a call of a queue rings at the seat */
	GHL_AGENT_BUSY = 4,       /**< agentBusy: talks; enum ghl_agent_busy tells the kind */
	GHL_AGENT_ACW = 5         /**< agentWorkingAfterCall */
};

/** The kind of call a busy agent is on (TAPI BUSYACD, BUSYINCOMING, BUSYOUTBOUND). The numbers never change.
 */
enum ghl_agent_busy {
	GHL_AGENT_BUSY_NONE = 0,
	GHL_AGENT_BUSY_ACD = 1,    /**< a call of a queue */
	GHL_AGENT_BUSY_EXT_IN = 2, /**< a call that came to the seat's own number */
	GHL_AGENT_BUSY_EXT_OUT = 3 /**< a call the agent made */
};

/** An agent as it is now; an item of ghl_agent_list(). Texts live as long as the list. */
struct ghl_agent_info {
	uint32_t size; /**< sizeof(struct ghl_agent_info) */
	enum ghl_agent_state state;
	enum ghl_agent_busy busy; /**< GHL_AGENT_BUSY_NONE unless the state is GHL_AGENT_BUSY */
	enum ghl_agent_state
		pending; /**< the state asked for while on a call; the same as `state` when none is */
	ghl_agent id;
	ghl_call call;    /**< the call it rings for or talks on; 0: none */
	const char *name; /**< the operator's number: "1001" */
	const char *display;
	const char *group;
	const char *seat;   /**< the account it is logged on at; "" when logged off */
	const char *reason; /**< of the state; "" for none */
	const char *pending_reason;
	const char *skills;      /**< "water tax"; "" for none */
	int64_t state_since_us;  /**< instant, UTC */
	int64_t logged_on_at_us; /**< instant, UTC; 0 when logged off */
	int64_t state_ms;        /**< how long it has been in this state */
	int64_t idle_ms; /**< since its last call of a queue, or since it logged on: the longest-idle order */
	uint32_t calls;  /**< calls of queues it answered since it logged on */
};

/** "logged_off", "not_ready", "ready", "ringing", "busy", "acw"; "?" for an unknown number. Any thread. */
GHL_API const char *ghl_agent_state_name(enum ghl_agent_state state);
/** "none", "acd", "ext_in", "ext_out"; "?" for an unknown number. Any thread. */
GHL_API const char *ghl_agent_busy_name(enum ghl_agent_busy busy);

/**
 * Find an agent by its name.
 *
 * Any thread but the loop's. Needs the engine.
 *
 * @param[in]  s     session
 * @param[in]  name  the operator's number as configured
 * @param[out] out   its id, the same for ever; untouched on failure
 * @return 0; GHL_EPERM no right "agent.read"; GHL_ENOENT no such agent; GHL_ESTATE this process runs no
 * engine; GHL_EINVAL; GHL_ECLOSED
 */
GHL_API int ghl_agent_find(struct ghl_session *s, const char *name, ghl_agent *out);

/**
 * Log an agent on at a seat (ECMA-269 Set Agent State, loggedOn).
 *
 * It becomes NOT_READY with the reason "login". GHL_EV_AGENT_LOGGED_ON follows when that is durable.
 *
 * @param[in]  s      session: the agent itself, or who may act for its group
 * @param[in]  agent  the agent
 * @param[in]  seat   the phone account it sits at; NULL or "" takes the configured one
 * @param[out] req    NULL waits until it is durable; else the request, and GHL_EV_COMPLETED carries the
 * outcome
 * @return 0; GHL_EPERM no right "agent.login", or not for this agent; GHL_ENOENT no such agent; GHL_ESTATE it
 * is logged on already (one operator sits at one seat), or this process runs no engine; GHL_EEXIST somebody
 * else sits at that seat; GHL_EINVAL not an agent's id, or no seat is known; GHL_EAGAIN too many requests;
 * GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_agent_login(struct ghl_session *s, ghl_agent agent, const char *seat, ghl_request *req);

/**
 * Change an agent's state (ECMA-269 Set Agent State).
 *
 * READY, NOT_READY, ACW and LOGGED_OFF can be asked for. While a call rings or is talked on, the change is
 * kept as pending and made when it ends; a later one replaces it. NOT_READY again with another reason begins
 * a new span. READY for an agent whose phone is not registered is NOT_READY with the reason "lost" until it
 * registers, and READY then. An agent may change its own state, a supervisor that of its group's agents.
 *
 * @param[in]  s       session
 * @param[in]  agent   the agent
 * @param[in]  state   the state asked for
 * @param[in]  reason  UTF-8, at most 63 bytes: "break", "meeting", "training", "meal" or a word of the site's
 * own; NULL or "" for none
 * @param[out] req     as ghl_agent_login()
 * @return 0 changed, or kept as pending; GHL_EPERM no right "agent.state", or not for this agent; GHL_ENOENT;
 * GHL_ESTATE the agent is logged off, or this process runs no engine; GHL_EINVAL the state cannot be asked
 * for, or the reason is too long or no UTF-8; GHL_EAGAIN; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_agent_state_set(struct ghl_session *s, ghl_agent agent, enum ghl_agent_state state,
	const char *reason, ghl_request *req);

/**
 * The agents as they are now, in the order of their names (ECMA-269 Get Agent State for each).
 *
 * Any thread but the loop's. Only agents within the session's scope are listed.
 *
 * @param[in]  s        session
 * @param[in]  pattern  of the name, with * and ?; NULL for all
 * @param[in]  cursor   NULL or "" for the first page; else ghl_list_cursor() of the page before
 * @param[out] out      items are `const struct ghl_agent_info *`; yours: ghl_list_free(); untouched on
 * failure
 * @return 0; GHL_EPERM no right "agent.read"; GHL_ESTATE this process runs no engine; GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_agent_list(
	struct ghl_session *s, const char *pattern, const char *cursor, struct ghl_list **out);

/**
 * One agent as it is now (ECMA-269 Get Agent State).
 *
 * @param[in]  s      session
 * @param[in]  agent  the agent
 * @param[out] out    a list of one `const struct ghl_agent_info *`; yours: ghl_list_free(); untouched on
 * failure
 * @return 0; GHL_EPERM no right "agent.read"; GHL_ENOENT; GHL_EINVAL not an agent's id; GHL_ESTATE;
 * GHL_ENOMEM; GHL_ECLOSED
 */
GHL_API int ghl_agent_get(struct ghl_session *s, ghl_agent agent, struct ghl_list **out);

#ifdef __cplusplus
}
#endif

#endif
