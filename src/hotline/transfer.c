/*
 * transfer.c - REFER: an agent's phone sends its caller on, blind (to an agent, a queue, a dialogue or a
 *number outside, as if it had dialled that itself) or to the party of its second call; a trunk that may (the
 *door has looked at allow_transfer) gives its place to a number the dial rules allow. RFC 3515, RFC 5589.
 *
 *	TALK --blind, to an agent or number--> the phone is parked --answered--> it is let go, its agent is
 *free |                                        +--not reached--> it talks again; or it has gone: cleared
 *	  +--blind, to a queue or dialogue--> it is let go at once
 *	  +--attended--> the other party comes in its place
 */
#include "hotline_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <string.h>

static uint16_t status_of(int rc)
{
	switch (rc) {
	case 0:
		return 200;
	case GHL_EPERM:
		return 403;
	case GHL_ENOENT:
		return 404;
	case GHL_ETIMEDOUT:
		return 480;
	case GHL_EINVAL:
		return 484;
	case GHL_EBUSY:
	case GHL_EREFUSED:
		return 486;
	default:
		return 503;
	}
}

/* The agent of a phone that has left the call, or is about to. */
static void free_agent(struct visit *v, enum visit_place place, struct agent *a)
{
	if (place == VISIT_TALK)
		acd_talk_ended(v->h->acd, call_id(v->call));
	else if (a)
		(void)agent_release(v->h->agents, a, true);
	if (call_direction(v->call) == GHL_CALL_OUTBOUND)
		visit_release_caller(v); /* that was the phone which dialled it */
}

static void park(struct visit *v, enum visit_place place, struct agent *a)
{
	v->parked_place = place == VISIT_NOWHERE ? VISIT_GONE : place;
	v->parked_agent = a;
}

static void let_go(struct visit *v)
{
	free_agent(v, v->parked_place, v->parked_agent);
	v->parked_place = VISIT_NOWHERE;
	v->parked_agent = NULL;
	call_parked_drop(v->call);
}

void visit_transfer_reached(struct visit *v)
{
	if (v->parked_place == VISIT_NOWHERE)
		return;
	call_refer_result(v->call, 200);
	let_go(v);
}

bool visit_transfer_failed(struct visit *v, int status)
{
	if (v->parked_place == VISIT_NOWHERE || call_over(v->call))
		return false;
	call_refer_result(v->call, status_of(status));
	call_stop(v->call);
	if (call_device_unpark(v->call) < 0)
		return false;
	v->place = v->parked_place;
	v->agent = v->parked_agent;
	v->parked_place = VISIT_NOWHERE;
	v->parked_agent = NULL;
	return true;
}

void visit_parked_left(struct visit *v)
{
	if (v->parked_place == VISIT_NOWHERE)
		return;
	free_agent(v, v->parked_place, v->parked_agent);
	park(v, VISIT_GONE, NULL);
}

/* Where it leads, and whether it may: before the phone is told that it is accepted. */
static int check_target(struct visit *v, const char *account, const char *target, char dest[CONFIG_DEST_MAX])
{
	struct call_way way;
	int rc;

	if (!plan_dest(v->h, target, dest))
		return GHL_ENOENT;
	if (!plan_leads_out(dest))
		return strncmp(dest, "agent:", 6) == 0 ? visit_agent_check(v, dest + 6) : 0;
	rc = plan_may_dial_out(v->h, agent_by_account(v->h->agents, account));
	return rc < 0 ? rc : calls_way(v->h->calls, dest + 6, target, &way);
}

/* It waits there for nobody in particular: nothing can fail any more that the phone would take back. */
static bool is_final(const char *dest)
{
	return strncmp(dest, "agent:", 6) != 0 && !plan_leads_out(dest);
}

static void send_on(struct visit *v, const char *target, const char *dest)
{
	park(v, v->place, v->agent);
	v->agent = NULL;
	v->place = VISIT_NOWHERE;
	v->hops = 0;
	(void)text_copy(v->number, sizeof(v->number), target);
	if (is_final(dest))
		visit_transfer_reached(v);
	visit_go(v, dest);
	v->number[0] = '\0';
}

static void blind(struct visit *v, const struct call_refer *r)
{
	char dest[CONFIG_DEST_MAX];
	int rc = check_target(v, r->account, r->target, dest);

	if (rc == 0 && v->parked_place != VISIT_NOWHERE)
		rc = GHL_EBUSY;
	if (rc == 0)
		rc = call_device_park(v->call);
	(void)call_refer_reply(v->call, rc < 0 ? status_of(rc) : 202);
	if (rc == 0)
		send_on(v, r->target, dest);
}

/* The agent of the other call's party goes with it; it is no longer the queue's. */
static void take_agent(struct visit *to, struct visit *from)
{
	struct agent *a = from->place == VISIT_DIRECT ? from->agent : NULL;

	if (from->place == VISIT_TALK) {
		a = agent_by_account(to->h->agents, call_device(from->call));
		acd_talk_ended(to->h->acd, call_id(from->call));
	} else if (a) {
		(void)agent_release(to->h->agents, a, false);
	}
	if (from->place == VISIT_TALK || from->place == VISIT_DIRECT)
		from->place = VISIT_NOWHERE;
	if (from->place == VISIT_NOWHERE)
		from->agent = NULL;
	to->agent = a && agent_connect(to->h->agents, a, call_id(to->call), GHL_AGENT_BUSY_EXT_IN) == 0
			    ? a
			    : NULL;
	to->place = to->agent ? VISIT_DIRECT : VISIT_OUTSIDE;
}

/* `to` keeps its citizen: it is the call whose device is the phone that has both. */
static int join(struct visit *to, struct visit *from)
{
	enum visit_place place = to->place;
	struct agent *a = to->agent;
	int rc;

	if (to->parked_place != VISIT_NOWHERE ||
		(from->place != VISIT_DIRECT && from->place != VISIT_TALK && from->place != VISIT_OUT &&
			from->place != VISIT_OUTSIDE))
		return GHL_ESTATE;
	rc = call_device_take(to->call, from->call);
	if (rc < 0)
		return rc;
	park(to, place, a);
	take_agent(to, from);
	return 0;
}

static void attended(struct visit *v, const struct call_refer *r)
{
	struct visit *other = r->other ? call_owner(r->other) : NULL;
	struct visit *to = r->by_device ? v : other, *from = r->by_device ? other : v;
	int rc = other ? 0 : GHL_ENOENT;

	(void)call_refer_reply(v->call, rc < 0 ? 404 : 202);
	if (rc < 0)
		return;
	rc = join(to, from);
	call_refer_result(v->call, rc < 0 ? 481 : 200);
	if (rc == 0)
		let_go(to);
}

static void by_trunk(struct visit *v, const struct call_refer *r)
{
	struct call_way way;
	int rc = r->attended ? GHL_ENOENT : calls_way(v->h->calls, r->trunk, r->target, &way);

	(void)call_refer_reply(v->call, rc < 0 ? status_of(rc) : 202);
	if (rc < 0)
		return;
	rc = call_replace(v->call, &way, 0);
	if (rc < 0)
		call_refer_result(v->call, status_of(rc));
}

void visit_on_refer(void *arg, struct call *c, const struct call_refer *r)
{
	struct visit *v = call_owner(c) ? call_owner(c) : visit_new(arg, c);

	log_info("hotline", "refer call=%llu by=\"%s\" to=\"%s\" attended=%d", (unsigned long long)call_id(c),
		r->account, r->target, r->attended);
	if (!v)
		(void)call_refer_reply(c, 503);
	else if (r->attended && r->account[0])
		attended(v, r);
	else if (!r->account[0])
		by_trunk(v, r);
	else if (r->by_device)
		blind(v, r);
	else
		(void)call_refer_reply(c, 403); /* who called in the house is all there is of its call */
}
