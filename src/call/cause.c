/*
 * cause.c - why calls end: SIP ends as CSTA causes (ECMA-269, EventCause), causes as Q.850 (ITU-T Q.850, RFC
 * 3398), the disposition of a call for reports; and every name table of govhotline/call.h.
 */
#include "call_priv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *ghl_call_state_name(enum ghl_call_state state)
{
	static const char *const names[] = {"null", "initiated", "offered", "dialogue", "queued", "delivered",
		"established", "held", "cleared"};

	return (unsigned)state < COUNT(names) ? names[state] : "?";
}

const char *ghl_conn_state_name(enum ghl_conn_state state)
{
	static const char *const names[] = {
		"null", "initiated", "alerting", "connected", "hold", "queued", "fail"};

	return (unsigned)state < COUNT(names) ? names[state] : "?";
}

const char *ghl_call_direction_name(enum ghl_call_direction direction)
{
	static const char *const names[] = {"none", "inbound", "outbound", "internal"};

	return (unsigned)direction < COUNT(names) ? names[direction] : "?";
}

const char *ghl_call_cause_name(enum ghl_call_cause cause)
{
	static const char *const names[] = {"none", "normalClearing", "callCancelled", "busy",
		"callNotAnswered", "callRejected", "destNotObtainable", "destOutOfOrder",
		"incompatibleDestination", "invalidNumberFormat", "networkCongestion", "networkOutOfOrder",
		"networkNotObtainable", "resourcesNotAvailable", "redirected", "transfer", "overflow",
		"noAvailableAgents", "queueTimeOverflow", "forcedClear", "mediaLost", "dialogueEnded",
		"shutdown", "interrupted", "noRoute", "noSpace", "internalError"};

	return (unsigned)cause < COUNT(names) ? names[cause] : "?";
}

const char *ghl_call_disposition_name(enum ghl_call_disposition disposition)
{
	static const char *const names[] = {"unknown", "answered", "abandoned", "dialogue", "outflow",
		"dequeued", "refused", "cancelled", "no_answer", "busy", "failed", "interrupted"};

	return (unsigned)disposition < COUNT(names) ? names[disposition] : "?";
}

static enum ghl_call_cause cause_of_refusal(uint16_t status)
{
	switch (status) {
	case 486:
	case 600:
		return GHL_CAUSE_BUSY;
	case 408:
	case 480:
		return GHL_CAUSE_CALL_NOT_ANSWERED;
	case 404:
	case 604:
		return GHL_CAUSE_DEST_NOT_OBTAINABLE;
	case 484:
		return GHL_CAUSE_INVALID_NUMBER;
	case 488:
	case 606:
		return GHL_CAUSE_INCOMPATIBLE_DESTINATION;
	case 502:
	case 503:
		return GHL_CAUSE_NETWORK_CONGESTION;
	default:
		return status >= 500 && status < 600 ? GHL_CAUSE_NETWORK_OUT_OF_ORDER
						     : GHL_CAUSE_CALL_REJECTED;
	}
}

enum ghl_call_cause cause_of_end(const struct sip_end *end)
{
	switch (end->cause) {
	case SIP_END_CANCELLED:
		return GHL_CAUSE_CALL_CANCELLED;
	case SIP_END_REFUSED:
		return cause_of_refusal(end->status);
	case SIP_END_TIMEOUT:
		return GHL_CAUSE_CALL_NOT_ANSWERED;
	case SIP_END_TRANSFERRED:
		return GHL_CAUSE_TRANSFER;
	default:
		return GHL_CAUSE_NORMAL_CLEARING;
	}
}

uint8_t cause_q850(enum ghl_call_cause cause)
{
	static const struct {
		enum ghl_call_cause cause;
		uint8_t q850;
	} table[] = {{GHL_CAUSE_BUSY, 17}, {GHL_CAUSE_CALL_NOT_ANSWERED, 19}, {GHL_CAUSE_CALL_REJECTED, 21},
		{GHL_CAUSE_INVALID_NUMBER, 28}, {GHL_CAUSE_NO_ROUTE, 3}, {GHL_CAUSE_NO_SPACE, 42},
		{GHL_CAUSE_DEST_NOT_OBTAINABLE, 1}, {GHL_CAUSE_DEST_OUT_OF_ORDER, 27},
		{GHL_CAUSE_INCOMPATIBLE_DESTINATION, 88}, {GHL_CAUSE_NETWORK_CONGESTION, 42},
		{GHL_CAUSE_NETWORK_OUT_OF_ORDER, 38}, {GHL_CAUSE_NETWORK_NOT_OBTAINABLE, 3},
		{GHL_CAUSE_OVERFLOW, 34}, {GHL_CAUSE_RESOURCES_NOT_AVAILABLE, 47}, {GHL_CAUSE_SHUTDOWN, 41},
		{GHL_CAUSE_MEDIA_LOST, 102}, {GHL_CAUSE_INTERNAL_ERROR, 41}};

	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].cause == cause)
			return table[i].q850;
	return 16;
}

static enum ghl_call_disposition outbound_disposition(const struct call *c)
{
	switch (c->cause) {
	case GHL_CAUSE_BUSY:
		return GHL_CALL_BUSY;
	case GHL_CAUSE_CALL_NOT_ANSWERED:
		return GHL_CALL_NO_ANSWER;
	case GHL_CAUSE_CALL_CANCELLED:
	case GHL_CAUSE_NORMAL_CLEARING:
	case GHL_CAUSE_FORCED_CLEAR:
		return GHL_CALL_CANCELLED;
	default:
		return GHL_CALL_FAILED;
	}
}

enum ghl_call_disposition call_disposition(const struct call *c)
{
	if (c->facts.disposition != GHL_CALL_UNKNOWN)
		return c->facts.disposition;
	if (c->answered_at_us)
		return GHL_CALL_ANSWERED;
	if (c->direction == GHL_CALL_OUTBOUND)
		return outbound_disposition(c);
	if (c->rejected)
		return GHL_CALL_REFUSED;
	if (!c->connected_at_us)
		return GHL_CALL_CANCELLED;
	return c->cause == GHL_CAUSE_MEDIA_LOST ? GHL_CALL_FAILED : GHL_CALL_DIALOGUE;
}
