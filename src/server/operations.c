/* operations.c - the one table of operations: name, the public function behind it (and so its right),
 * arguments, results, handler. */
#include "operations.h"

#include <string.h>

#define ARGS(...)    ((const struct param[]){__VA_ARGS__ __VA_OPT__(, ){0}})
#define RESULTS(...) ARGS(__VA_ARGS__)
#define NEEDED       true
#define MAY          false

static const struct operation table[] = {
	{"session.whoami", "ghl_session_principal", "Who this connection is.", ARGS(),
		RESULTS({"principal", PARAM_TEXT, NEEDED, 0, 0, "its name"}), op_session_whoami},
	{"session.as", "ghl_session_open_as",
		"Go on as another principal; there is no way back but a new connection.",
		ARGS({"principal", PARAM_TEXT, NEEDED, 0, 0, "its name, such as agent:1001"}),
		RESULTS({"principal", PARAM_TEXT, NEEDED, 0, 0, "its name"}), op_session_as},
	{"event.tail", "ghl_monitor_start",
		"Send matching events as notifications \"event\" until the connection closes.",
		ARGS({"filter", PARAM_TEXT, MAY, 0, 0, "as ghl_monitor_start() takes it"},
			{"snapshot", PARAM_BOOL, MAY, 0, 0, "begin with what stands now"},
			{"resume", PARAM_TEXT, MAY, 0, 0, "the \"resume\" of the last event that was seen"}),
		RESULTS({"monitor", PARAM_ID, NEEDED, 0, 0, "the monitor its events carry"}), op_event_tail},
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
