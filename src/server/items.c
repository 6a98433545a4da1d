/* items.c - the members of every public item, by their own names. */
#include "rows.h"

static const char *call_state_name(int n)
{
	return ghl_call_state_name((enum ghl_call_state)n);
}

static const char *conn_state_name(int n)
{
	return ghl_conn_state_name((enum ghl_conn_state)n);
}

static const char *direction_name(int n)
{
	return ghl_call_direction_name((enum ghl_call_direction)n);
}

static const char *cause_name(int n)
{
	return ghl_call_cause_name((enum ghl_call_cause)n);
}

static const char *disposition_name(int n)
{
	return ghl_call_disposition_name((enum ghl_call_disposition)n);
}

static const char *agent_state_name(int n)
{
	return ghl_agent_state_name((enum ghl_agent_state)n);
}

static const char *busy_name(int n)
{
	return ghl_agent_busy_name((enum ghl_agent_busy)n);
}

static const char *rule_name(int n)
{
	return ghl_acd_rule_name((enum ghl_acd_rule)n);
}

static const char *record_state_name(int n)
{
	return ghl_record_state_name((enum ghl_record_state)n);
}

static const char *by_name(int n)
{
	return ghl_report_by_name((enum ghl_report_by)n);
}

#define M(member, how)                                                                                       \
	{                                                                                                    \
#member, how, offsetof(struct ITEM, member), NULL                                            \
	}
#define E(member, name)                                                                                      \
	{                                                                                                    \
#member, MEMBER_ENUM, offsetof(struct ITEM, member), name##_name                             \
	}
#define S(member, how)                                                                                       \
	{                                                                                                    \
#member, how, offsetof(struct ITEM, span.member), NULL                                       \
	}

#define ITEM ghl_agent_info
static const struct member agent_members[] = {E(state, agent_state), E(busy, busy), E(pending, agent_state),
	M(id, MEMBER_ID), M(call, MEMBER_ID), M(name, MEMBER_TEXT), M(display, MEMBER_TEXT),
	M(group, MEMBER_TEXT), M(seat, MEMBER_TEXT), M(reason, MEMBER_TEXT), M(pending_reason, MEMBER_TEXT),
	M(skills, MEMBER_TEXT), M(state_since_us, MEMBER_I64), M(logged_on_at_us, MEMBER_I64),
	M(state_ms, MEMBER_I64), M(idle_ms, MEMBER_I64), M(calls, MEMBER_U32)};
#undef ITEM

#define ITEM ghl_call_info
static const struct member call_members[] = {M(call, MEMBER_ID), E(state, call_state),
	E(direction, direction), E(disposition, disposition), E(cause, cause), M(citizen, MEMBER_ID),
	E(citizen_state, conn_state), M(device, MEMBER_ID), E(device_state, conn_state),
	M(calling, MEMBER_TEXT), M(calling_name, MEMBER_TEXT), M(called, MEMBER_TEXT), M(trunk, MEMBER_TEXT),
	M(account, MEMBER_TEXT), M(dialogue, MEMBER_TEXT), M(queue, MEMBER_TEXT), M(agent, MEMBER_TEXT),
	M(group, MEMBER_TEXT), M(seat, MEMBER_TEXT), M(recording, MEMBER_TEXT), M(data, MEMBER_JSON),
	M(stays, MEMBER_JSON), M(source, MEMBER_TEXT), M(started_at_us, MEMBER_I64),
	M(connected_at_us, MEMBER_I64), M(offered_at_us, MEMBER_I64), M(answered_at_us, MEMBER_I64),
	M(ended_at_us, MEMBER_I64), M(wait_ms, MEMBER_U32), M(ring_ms, MEMBER_U32), M(talk_ms, MEMBER_U32),
	M(hold_ms, MEMBER_U32), M(acw_ms, MEMBER_U32), M(threshold_ms, MEMBER_U32), M(waiting, MEMBER_U32),
	M(sip_status, MEMBER_U16), M(q850, MEMBER_U16), M(lost_packets, MEMBER_U32), M(jitter_us, MEMBER_U32),
	M(round_trip_us, MEMBER_U32)};
#undef ITEM

#define ITEM ghl_db_info
static const struct member db_members[] = {M(schema, MEMBER_U32), M(facts, MEMBER_U64), M(calls, MEMBER_U64),
	M(recordings, MEMBER_U64), M(entries, MEMBER_U64), M(map_bytes, MEMBER_U64),
	M(used_bytes, MEMBER_U64), M(free_disk_bytes, MEMBER_U64)};
#undef ITEM

#define ITEM ghl_acd_queue_info
static const struct member queue_members[] = {E(rule, rule), M(id, MEMBER_ID), M(name, MEMBER_TEXT),
	M(display, MEMBER_TEXT), M(skill, MEMBER_TEXT), M(waiting, MEMBER_U32), M(ringing, MEMBER_U32),
	M(talking, MEMBER_U32), M(agents_on, MEMBER_U32), M(agents_ready, MEMBER_U32),
	M(max_waiting, MEMBER_U32), M(service_level_ms, MEMBER_U32), M(expected_wait_ms, MEMBER_U32),
	M(oldest_wait_ms, MEMBER_I64), M(offered, MEMBER_U64), M(answered, MEMBER_U64),
	M(abandoned, MEMBER_U64), M(outflow, MEMBER_U64), M(dequeued, MEMBER_U64)};
#undef ITEM

#define ITEM ghl_record_info
static const struct member record_members[] = {M(recording, MEMBER_ID), M(call, MEMBER_ID),
	E(state, record_state), M(serial, MEMBER_TEXT), M(path, MEMBER_TEXT), M(reason, MEMBER_TEXT),
	M(hash, MEMBER_TEXT), M(facts, MEMBER_JSON), M(started_at_us, MEMBER_I64), M(ended_at_us, MEMBER_I64),
	M(samples, MEMBER_U64), M(bytes, MEMBER_U64), M(missing_samples, MEMBER_U64)};
#undef ITEM

#define ITEM ghl_report_agents_info
static const struct member report_agents_members[] = {E(by, by), M(name, MEMBER_TEXT), S(from_us, MEMBER_I64),
	S(until_us, MEMBER_I64), S(date, MEMBER_U32), S(minute, MEMBER_U32), S(total, MEMBER_BOOL),
	S(correction, MEMBER_BOOL), S(threshold_changed, MEMBER_BOOL), M(staffed_ms, MEMBER_I64),
	M(not_ready_ms, MEMBER_I64), M(ready_ms, MEMBER_I64), M(ringing_ms, MEMBER_I64),
	M(busy_acd_ms, MEMBER_I64), M(busy_ext_in_ms, MEMBER_I64), M(busy_ext_out_ms, MEMBER_I64),
	M(acw_ms, MEMBER_I64), M(offered, MEMBER_I64), M(answered, MEMBER_I64), M(lost, MEMBER_I64),
	M(ext_in, MEMBER_I64), M(ext_out, MEMBER_I64), M(ext_ms, MEMBER_I64), M(talk_ms, MEMBER_I64),
	M(hold_ms, MEMBER_I64), M(call_acw_ms, MEMBER_I64), M(answered_wait_ms, MEMBER_I64),
	M(max_wait_ms, MEMBER_I64), M(logins, MEMBER_I64), M(avg_talk_ms, MEMBER_I64),
	M(avg_ext_ms, MEMBER_I64), M(avg_acw_ms, MEMBER_I64), M(asa_ms, MEMBER_I64), M(aht_ms, MEMBER_I64),
	M(answer_rate, MEMBER_I64), M(loss_rate, MEMBER_I64), M(occupancy, MEMBER_I64),
	M(acd_time, MEMBER_I64), M(avg_staffed_milli, MEMBER_I64)};
#undef ITEM

#define ITEM ghl_report_calls_info
static const struct member report_calls_members[] = {E(by, by), M(name, MEMBER_TEXT), S(from_us, MEMBER_I64),
	S(until_us, MEMBER_I64), S(date, MEMBER_U32), S(minute, MEMBER_U32), S(total, MEMBER_BOOL),
	S(correction, MEMBER_BOOL), S(threshold_changed, MEMBER_BOOL), M(calls, MEMBER_I64),
	M(offered, MEMBER_I64), M(answered, MEMBER_I64), M(abandoned, MEMBER_I64),
	M(abandoned_short, MEMBER_I64), M(outflow, MEMBER_I64), M(dequeued, MEMBER_I64),
	M(inflow, MEMBER_I64), M(lost, MEMBER_I64), M(blocked, MEMBER_I64), M(accepted, MEMBER_I64),
	M(accepted_15s, MEMBER_I64), M(abandoned_in_time, MEMBER_I64), M(passed, MEMBER_I64),
	M(threshold_ms, MEMBER_I64), M(answered_wait_ms, MEMBER_I64), M(abandoned_wait_ms, MEMBER_I64),
	M(left_wait_ms, MEMBER_I64), M(ring_ms, MEMBER_I64), M(talk_ms, MEMBER_I64), M(hold_ms, MEMBER_I64),
	M(acw_ms, MEMBER_I64), M(duration_ms, MEMBER_I64), M(waiting_ms, MEMBER_I64),
	M(max_wait_ms, MEMBER_I64), M(max_waiting, MEMBER_I64), M(asa_ms, MEMBER_I64),
	M(mean_wait_ms, MEMBER_I64), M(avg_talk_ms, MEMBER_I64), M(avg_talk_hold_ms, MEMBER_I64),
	M(avg_acw_ms, MEMBER_I64), M(avg_abandon_ms, MEMBER_I64), M(aht_ms, MEMBER_I64),
	M(mean_waiting_milli, MEMBER_I64), M(answer_rate, MEMBER_I64), M(loss_rate, MEMBER_I64),
	M(blocking_rate, MEMBER_I64), M(in_time_rate, MEMBER_I64), M(sl_bcms, MEMBER_I64),
	M(sl_ignore, MEMBER_I64), M(sl_negative, MEMBER_I64), M(sl_positive, MEMBER_I64),
	M(sl_perf, MEMBER_I64), M(sl_perf2, MEMBER_I64)};
#undef ITEM

#define ITEM ghl_hotline_status
static const struct member status_members[] = {M(engine, MEMBER_BOOL), M(started_at_us, MEMBER_I64),
	M(now_us, MEMBER_I64), M(calls, MEMBER_U32), M(calls_in_dialogue, MEMBER_U32),
	M(calls_waiting, MEMBER_U32), M(calls_ringing, MEMBER_U32), M(calls_talking, MEMBER_U32),
	M(calls_today, MEMBER_U64), M(agents_logged_on, MEMBER_U32), M(agents_ready, MEMBER_U32),
	M(agents_busy, MEMBER_U32), M(agents_acw, MEMBER_U32), M(agents_not_ready, MEMBER_U32),
	M(phones_registered, MEMBER_U32), M(trunks, MEMBER_U32), M(trunks_up, MEMBER_U32),
	M(recordings, MEMBER_U32), M(dialogues, MEMBER_U32), M(media_late_us, MEMBER_U32),
	M(refused_overload, MEMBER_U64), M(refused_stranger, MEMBER_U64), M(refused_auth, MEMBER_U64),
	M(facts, MEMBER_U64), M(store_bytes, MEMBER_U64), M(free_bytes, MEMBER_U64),
	M(space_low, MEMBER_BOOL), M(sip_listens, MEMBER_U32)};
#undef ITEM

const struct item item_agent = {agent_members, sizeof(agent_members) / sizeof(agent_members[0])};
const struct item item_call = {call_members, sizeof(call_members) / sizeof(call_members[0])};
const struct item item_db = {db_members, sizeof(db_members) / sizeof(db_members[0])};
const struct item item_queue = {queue_members, sizeof(queue_members) / sizeof(queue_members[0])};
const struct item item_record = {record_members, sizeof(record_members) / sizeof(record_members[0])};
const struct item item_report_agents = {
	report_agents_members, sizeof(report_agents_members) / sizeof(report_agents_members[0])};
const struct item item_report_calls = {
	report_calls_members, sizeof(report_calls_members) / sizeof(report_calls_members[0])};
const struct item item_status = {status_members, sizeof(status_members) / sizeof(status_members[0])};
