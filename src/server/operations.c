/* operations.c - the one table of operations: name, the public function behind it (and so its right),
 * arguments, results, handler. */
#include "operations.h"

#include <string.h>

#define ARGS(...)    ((const struct param[]){__VA_ARGS__ __VA_OPT__(, ){0}})
#define RESULTS(...) ARGS(__VA_ARGS__)
#define NEEDED       true
#define MAY          false

#define AGENT_ARG                                                                                            \
	{                                                                                                    \
		"agent", PARAM_TEXT, NEEDED, 0, 0, "the operator's number"                                   \
	}
#define CALL_ARG                                                                                             \
	{                                                                                                    \
		"call", PARAM_ID, NEEDED, 0, 0, "call-4821, or its number"                                   \
	}
#define ITEMS(what)                                                                                          \
	{                                                                                                    \
		"items", PARAM_LIST, NEEDED, 0, 0, what                                                      \
	}
#define CURSOR                                                                                               \
	{                                                                                                    \
		"cursor", PARAM_TEXT, NEEDED, 0, 0, "of the next page; empty at the end"                     \
	}
#define PATTERN_ARGS                                                                                         \
	{"pattern", PARAM_TEXT, MAY, 0, 0, "names, with * and ?"},                                           \
	{                                                                                                    \
		"cursor", PARAM_TEXT, MAY, 0, 0, "that of the page before"                                   \
	}

static const struct operation table[] = {
	{"session.whoami", "ghl_session_principal", "Who this connection is.", ARGS(),
		RESULTS({"principal", PARAM_TEXT, NEEDED, 0, 0, "its name"}), op_session_whoami},
	{"session.as", "ghl_session_open_as",
		"Go on as another principal; there is no way back but a new connection.",
		ARGS({"principal", PARAM_TEXT, NEEDED, 0, 0, "its name, such as agent:1001"}),
		RESULTS({"principal", PARAM_TEXT, NEEDED, 0, 0, "its name"}), op_session_as},
	{"status", "ghl_hotline_status", "One screen's worth of figures.", ARGS(),
		RESULTS({"calls", PARAM_INT, NEEDED, 0, 0,
			"up now; and the other members of struct ghl_hotline_status"}),
		op_status},
	{"config.apply", "ghl_hotline_config_apply", "Take the configuration file as it is now.", ARGS(),
		RESULTS(), op_config_apply},
	{"call.list", "ghl_call_list", "Calls, past or live.",
		ARGS({"live", PARAM_BOOL, MAY, 0, 0, "those that are up now"},
			{"newest_first", PARAM_BOOL, MAY, 0, 0, "past calls"},
			{"from_us", PARAM_INT, MAY, 0, INT64_MAX,
				"started at or after this instant, microseconds UTC"},
			{"until_us", PARAM_INT, MAY, 0, INT64_MAX, "and before this one"},
			{"number", PARAM_TEXT, MAY, 0, 0, "calling or called party"},
			{"queue", PARAM_TEXT, MAY, 0, 0, "the last queue"},
			{"agent", PARAM_TEXT, MAY, 0, 0, "who answered"},
			{"trunk", PARAM_TEXT, MAY, 0, 0, "by which it came"},
			{"limit", PARAM_INT, MAY, 1, 1000, "items a page"},
			{"cursor", PARAM_TEXT, MAY, 0, 0, "that of the page before"}),
		RESULTS(ITEMS("as struct ghl_call_info"), CURSOR), op_call_list},
	{"call.show", "ghl_call_info", "One call, live or past.", ARGS(CALL_ARG),
		RESULTS({"call", PARAM_ID, NEEDED, 0, 0, "and the other members of struct ghl_call_info"}),
		op_call_show},
	{"call.clear", "ghl_call_clear", "End a call; answered when its record is durable (CSTA ClearCall).",
		ARGS(CALL_ARG), RESULTS(), op_call_clear},
	{"call.make", "ghl_call_make", "Ring a phone, then call a number and join them (CSTA MakeCall).",
		ARGS({"account", PARAM_TEXT, NEEDED, 0, 0, "the phone"},
			{"called", PARAM_TEXT, NEEDED, 0, 0, "the number"},
			{"trunk", PARAM_TEXT, MAY, 0, 0, "go out by it"}),
		RESULTS({"call", PARAM_ID, NEEDED, 0, 0, "the new call"}), op_call_make},
	{"call.dial", "ghl_call_dial", "The same from the phone of the principal's own agent.",
		ARGS({"called", PARAM_TEXT, NEEDED, 0, 0, "the number"},
			{"trunk", PARAM_TEXT, MAY, 0, 0, "go out by it"}),
		RESULTS({"call", PARAM_ID, NEEDED, 0, 0, "the new call"}), op_call_dial},
	{"agent.list", "ghl_agent_list", "Agents as they are now.", ARGS(PATTERN_ARGS),
		RESULTS(ITEMS("as struct ghl_agent_info"), CURSOR), op_agent_list},
	{"agent.login", "ghl_agent_login", "Log an agent on at a seat.",
		ARGS(AGENT_ARG, {"seat", PARAM_TEXT, MAY, 0, 0,
					"the phone's account; not given: the agent's usual one"}),
		RESULTS(), op_agent_login},
	{"agent.state", "ghl_agent_state_set",
		"Change an agent's state; on a call it is kept until its end (CSTA SetAgentState).",
		ARGS(AGENT_ARG, {"state", PARAM_TEXT, NEEDED, 0, 0, "ready, not_ready, acw or logged_off"},
			{"reason", PARAM_TEXT, MAY, 0, 0, "why not ready"}),
		RESULTS(), op_agent_state},
	{"queue.list", "ghl_acd_queue_list", "Queues as they are now.", ARGS(PATTERN_ARGS),
		RESULTS(ITEMS("as struct ghl_acd_queue_info"), CURSOR), op_queue_list},
	{"event.tail", "ghl_monitor_start",
		"Send matching events as notifications \"event\" until the connection closes.",
		ARGS({"filter", PARAM_TEXT, MAY, 0, 0, "as ghl_monitor_start() takes it"},
			{"snapshot", PARAM_BOOL, MAY, 0, 0, "begin with what stands now"},
			{"resume", PARAM_TEXT, MAY, 0, 0,
				"the \"resume\" of the last event that was seen, or a fact's number"}),
		RESULTS({"monitor", PARAM_ID, NEEDED, 0, 0, "the monitor its events carry"}), op_event_tail},
	{"store.poke", "ghl_event_poke", "Look at the log now: this process has committed something.", ARGS(),
		RESULTS(), op_store_poke},
	{"server.operations", "ghl_access_function_list", "This table.", ARGS(),
		RESULTS({"operations", PARAM_LIST, NEEDED, 0, 0,
			"every operation with right, arguments and results"}),
		op_server_operations},
};

const struct operation *operations(size_t *n)
{
	*n = sizeof(table) / sizeof(table[0]);
	return table;
}

const struct operation *operation_find(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}
