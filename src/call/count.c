/*
 * count.c - what a call's record means to the reports: the one place, so that whoever keeps a record (the end
 * of a call, a crash, an import) and whoever counts them again agree.
 */
#include "count.h"

#include "base/text.h"

#include <govhotline/call.h>

static void stay_of(const Ghl__CallStay *from, struct report_stay *to)
{
	(void)text_copy(to->queue, sizeof(to->queue), from->queue);
	to->offered_at_us = from->offered_at_us;
	to->wait_ms = from->wait_ms;
	to->threshold_ms = from->threshold_ms;
	to->waiting = from->waiting;
	to->dequeued = from->dequeued;
}

bool call_count(const Ghl__CallRecord *r, struct call_count *out)
{
	unsigned stays = r->n_stays < CALL_STAYS_MAX ? (unsigned)r->n_stays : CALL_STAYS_MAX;

	if (r->direction != GHL_CALL_INBOUND)
		return false;
	for (unsigned i = 0; i < stays; i++)
		stay_of(r->stays[i], &out->stays[i]);
	out->call = (struct report_call){.started_at_us = r->started_at_us,
		.ended_at_us = r->ended_at_us,
		.offered_at_us = r->offered_at_us,
		.answered_at_us = r->answered_at_us,
		.wait_ms = r->wait_ms,
		.ring_ms = r->ring_ms,
		.talk_ms = r->talk_ms,
		.hold_ms = r->hold_ms,
		.acw_ms = r->source[0] ? r->acw_ms : 0, /* of our own calls the agent's span tells it */
		.threshold_ms = r->threshold_ms,
		.waiting = r->waiting,
		.end = (enum report_end)r->end,
		.queue = r->queue,
		.agent = r->agent,
		.seat = r->seat,
		.group = r->group,
		.trunk = r->trunk,
		.stays = out->stays,
		.stay_count = stays,
		.history = r->source[0] != '\0',
		.counted_at_us = r->counted_at_us};
	return true;
}
