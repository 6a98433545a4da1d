/* operations.h - the handlers behind the one table of operations. Each calls public functions with the
 * caller's session. */
#ifndef SERVER_OPERATIONS_H
#define SERVER_OPERATIONS_H

#include "server_priv.h"

operation_fn op_session_as, op_session_whoami, op_event_tail, op_store_poke, op_server_operations;
operation_fn op_status, op_config_apply;
operation_fn op_call_list, op_call_show, op_call_clear, op_call_make, op_call_dial;
operation_fn op_agent_list, op_agent_login, op_agent_state, op_queue_list;

#endif
