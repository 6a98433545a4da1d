/* agent.c - one agent: what it is now, and the moves that people and the engine ask for. */
#include "agent_priv.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

ghl_agent agent_id(const struct agent *a)
{
	return a->id;
}

const struct agent_config *agent_config(const struct agent *a)
{
	return &a->config;
}

const char *agent_account(const struct agent *a)
{
	return a->account;
}

enum ghl_agent_state agent_state(const struct agent *a)
{
	return a->state;
}

int64_t agent_state_since_us(const struct agent *a)
{
	return a->since_mono_us;
}

int64_t agent_idle_since_us(const struct agent *a)
{
	return a->idle_mono_us;
}

const char *agent_reason(const struct agent *a)
{
	return a->reason;
}

ghl_call agent_call(const struct agent *a)
{
	return a->call;
}

uint32_t agent_calls(const struct agent *a)
{
	return a->calls;
}

int64_t agent_talk_ms(const struct agent *a)
{
	return a->talk_ms;
}

void agent_owner_set(struct agent *a, void *owner)
{
	a->owner = owner;
}

void *agent_owner(const struct agent *a)
{
	return a->owner;
}

int agent_login(struct agents *as, struct agent *a, const char *account, const struct actor *actor)
{
	const char *seat = account && *account ? account : a->config.account;
	const struct agent *other;

	if (a->removed)
		return GHL_ENOENT;
	if (!*seat || strlen(seat) >= sizeof(a->account))
		return error_invalid("seat", "agent \"%s\" has no phone account of its own", a->config.name);
	if (a->state != GHL_AGENT_LOGGED_OFF)
		return error_note(
			GHL_ESTATE, "", "agent \"%s\" is logged on at \"%s\"", a->config.name, a->account);
	other = map_get_text(&as->by_account, seat);
	if (other)
		return error_note(
			GHL_EEXIST, "seat", "agent \"%s\" sits at \"%s\"", other->config.name, seat);
	if (map_put_text(&as->by_account, seat, a) < 0)
		return GHL_ENOMEM;
	(void)text_copy(a->account, sizeof(a->account), seat);
	return agent_do(a, AGENT_EV_LOGIN, "login", actor);
}

int agent_state_set(struct agents *as, struct agent *a, enum ghl_agent_state state, const char *reason,
	const struct actor *actor)
{
	static const enum agent_event asked[] = {
		[GHL_AGENT_LOGGED_OFF] = AGENT_EV_LOGOUT,
		[GHL_AGENT_NOT_READY] = AGENT_EV_NOT_READY,
		[GHL_AGENT_READY] = AGENT_EV_READY,
		[GHL_AGENT_RINGING] = AGENT_EVENTS,
		[GHL_AGENT_BUSY] = AGENT_EVENTS,
		[GHL_AGENT_ACW] = AGENT_EV_ACW,
	};

	(void)as;
	if ((unsigned)state >= sizeof(asked) / sizeof(asked[0]) || asked[state] == AGENT_EVENTS)
		return error_invalid("state", "\"%s\" cannot be asked for", ghl_agent_state_name(state));
	if (reason && (strlen(reason) >= REASON_MAX || !text_is_utf8(reason, strlen(reason))))
		return error_invalid("reason", "longer than %d bytes, or not UTF-8", REASON_MAX - 1);
	if (agent_move(a->state, asked[state]).action != AGENT_REFUSE)
		a->was_ready = false;
	return agent_do(a, asked[state], reason, actor);
}

static void coming(struct agent *a, ghl_call call, enum ghl_agent_busy busy, const char *queue)
{
	a->coming.call = call;
	a->coming.busy = busy;
	(void)text_copy(a->coming.queue, sizeof(a->coming.queue), queue);
}

int agent_reserve(struct agents *as, struct agent *a, ghl_call call, const char *queue)
{
	(void)as;
	if (!call)
		return GHL_EINVAL;
	coming(a, call, GHL_AGENT_BUSY_NONE, queue ? queue : "");
	return agent_do(a, AGENT_EV_RESERVE, NULL, NULL);
}

int agent_unreserve(struct agents *as, struct agent *a, const char *reason)
{
	(void)as;
	return agent_do(a, reason && *reason ? AGENT_EV_RONA : AGENT_EV_UNRESERVE, reason, NULL);
}

int agent_connect(struct agents *as, struct agent *a, ghl_call call, enum ghl_agent_busy kind)
{
	bool rang = a->state == GHL_AGENT_RINGING;
	char queue[64] = "";
	int rc;

	(void)as;
	if (!call || kind == GHL_AGENT_BUSY_NONE)
		return GHL_EINVAL;
	if (agent_move(a->state, AGENT_EV_CONNECT).action == AGENT_REFUSE)
		return GHL_ESTATE;
	a->before = rang ? GHL_AGENT_READY : a->state;
	memcpy(a->before_reason, rang ? "" : a->reason, rang ? 1 : sizeof(a->before_reason));
	memcpy(a->before_queue, a->queue, sizeof(a->before_queue));
	if (kind == GHL_AGENT_BUSY_ACD)
		memcpy(queue, a->coming.queue, sizeof(queue));
	coming(a, call, kind, queue);
	rc = agent_do(a, AGENT_EV_CONNECT, NULL, NULL);
	if (rc == 0 && kind == GHL_AGENT_BUSY_ACD)
		a->calls++;
	return rc;
}

int agent_release(struct agents *as, struct agent *a, bool acw)
{
	bool wraps_up = acw && (a->config.wrapup_manual || a->config.wrapup_ms > 0);

	(void)as;
	return agent_do(a, wraps_up ? AGENT_EV_RELEASE_ACW : AGENT_EV_RELEASE, NULL, NULL);
}

void agent_device_lost(struct agents *as, const char *account)
{
	struct agent *a = map_get_text(&as->by_account, account);

	if (!a || a->lost)
		return;
	a->lost = true;
	a->was_ready = a->state == GHL_AGENT_READY || (a->state == GHL_AGENT_RINGING && !a->has_pending);
	(void)agent_do(a, AGENT_EV_LOST, "lost", NULL);
}

void agent_device_back(struct agents *as, const char *account)
{
	struct agent *a = map_get_text(&as->by_account, account);

	if (!a || !a->lost)
		return;
	a->lost = false;
	if (a->was_ready && a->state == GHL_AGENT_NOT_READY)
		(void)agent_do(a, AGENT_EV_READY, NULL, NULL);
	a->was_ready = false;
}
