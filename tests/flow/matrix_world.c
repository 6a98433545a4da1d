/* matrix_world.c - what a valid call needs, made by the owner; and a picture of everything that may not move
 * when one is refused. */
#include "matrix.h"

#include "base/text.h"
#include "call/call.h"
#include "stream/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct world w;

static void all_calls_kept(void)
{
	struct town *t = &w.town;

	TOWN_UNTIL(t, town_events(t, GHL_EV_CALL_CLEARED) == town_events(t, GHL_EV_CALL_STARTED));
	TOWN_UNTIL(t, town_events(t, GHL_EV_RECORDING_ENDED) + town_events(t, GHL_EV_RECORDING_VOID) >=
			      town_events(t, GHL_EV_RECORDING_STARTED));
	TOWN_UNTIL(t, !w.agent->port);
}

static struct ghl_list *live_calls(void)
{
	struct ghl_call_filter f = GHL_CALL_FILTER_INIT;
	struct ghl_list *l = NULL;

	f.live = true;
	ck_assert_int_eq(ghl_call_list(w.town.owner, &f, &l), 0);
	return l;
}

static uint32_t waiting(void)
{
	const struct ghl_acd_queue_info *q;
	struct ghl_list *l;
	uint32_t n;

	ck_assert_int_eq(ghl_acd_queue_list(w.town.owner, "water", NULL, &l), 0);
	q = ghl_list_next(l);
	n = q->waiting;
	ghl_list_free(l);
	return n;
}

void clear_calls(void)
{
	struct ghl_list *l = live_calls();
	const struct ghl_call_info *c;
	char reason[64];

	while ((c = ghl_list_next(l))) {
		int rc = ghl_call_clear(w.town.owner, c->call, NULL);

		ck_assert(rc == 0 || rc == GHL_ENOENT);
	}
	ghl_list_free(l);
	w.call = 0;
	all_calls_kept();
	TOWN_UNTIL(&w.town, waiting() == 0);
	TOWN_UNTIL(&w.town, town_agent_is(&w.town, "1001", reason) <= GHL_AGENT_READY);
}

void need_agent(enum ghl_agent_state state)
{
	char reason[64];

	if (town_agent_is(&w.town, "1001", reason) == GHL_AGENT_LOGGED_OFF && state != GHL_AGENT_LOGGED_OFF)
		ck_assert_int_eq(ghl_agent_login(w.town.owner, w.agent_id, NULL, NULL), 0);
	if (town_agent_is(&w.town, "1001", reason) != state)
		town_agent_state(&w.town, "1001", state);
}

static bool still_up(void)
{
	struct ghl_list *l = live_calls();
	const struct ghl_call_info *c;
	bool up = false;

	while ((c = ghl_list_next(l)))
		up = up || (c->call == w.call && c->state == GHL_CALL_STATE_ESTABLISHED);
	ghl_list_free(l);
	return up;
}

void need_call(void)
{
	struct town *t = &w.town;
	unsigned before = town_events(t, GHL_EV_ESTABLISHED);
	const struct ghl_call_info *c;
	struct ghl_list *l;
	char number[16];

	if (w.call && still_up())
		return;
	clear_calls();
	need_agent(GHL_AGENT_READY);
	w.agent->answers = true;
	(void)snprintf(number, sizeof(number), "138%08u", ++w.calls);
	person_call(town_citizen(t, number, 0), "12345");
	TOWN_UNTIL(t, town_events(t, GHL_EV_ESTABLISHED) > before);
	w.call = (ghl_call)ghl_event_int(town_event(t, GHL_EV_ESTABLISHED), GHL_F_CALL);
	ck_assert_int_eq(ghl_call_info(t->owner, w.call, &l), 0);
	c = ghl_list_next(l);
	w.phone = c->device;
	(void)snprintf(w.serial, sizeof(w.serial), "%s", c->recording);
	ghl_list_free(l);
}

/* On the loop: as after a talk with that agent. */
static int give_call(struct core *core, const struct actor *actor, void *agent)
{
	struct call *c = call_by_id(core->slot[CORE_CALL], w.call);

	(void)actor;
	if (!c)
		return GHL_ENOENT;
	(void)text_copy(call_route_facts(c)->group, sizeof(call_route_facts(c)->group), "hall");
	(void)text_copy(call_route_facts(c)->agent, sizeof(call_route_facts(c)->agent), agent);
	return 0;
}

void call_is_of(const char *agent)
{
	char name[16];

	(void)text_copy(name, sizeof(name), agent);
	ck_assert_int_eq(session_query(w.town.owner, give_call, name), 0);
}

/* In the dialogue, so that it may be put into a queue, and nobody is free to take it out. */
void need_dialogue(void)
{
	struct town *t = &w.town;
	unsigned before = town_events(t, GHL_EV_CALL_STARTED);
	struct person *citizen;
	char number[16];

	clear_calls();
	need_agent(GHL_AGENT_NOT_READY);
	(void)snprintf(number, sizeof(number), "138%08u", ++w.calls);
	citizen = town_citizen(t, number, 0);
	person_call(citizen, "777");
	TOWN_UNTIL(t, citizen->talks == 1 && town_events(t, GHL_EV_CALL_STARTED) > before);
	w.call = (ghl_call)ghl_event_int(town_event(t, GHL_EV_CALL_STARTED), GHL_F_CALL);
	call_is_of("1001");
}

void need_quiet_phone(void)
{
	clear_calls();
	need_agent(GHL_AGENT_READY);
	w.agent->answers = false;
}

/* --- what stands: to be compared --- */

static void add_facts(struct text *t, uint64_t since)
{
	struct ghl_position from = {.fact = since};
	struct ghl_session *s;
	struct ghl_event *e;

	ck_assert_int_eq(ghl_session_open_local(w.town.hotline, &s), 0);
	ck_assert_int_eq(ghl_monitor_start(s, "kind=fact", &from, NULL), 0);
	while (ghl_event_next(s, &e) == 1) {
		if (ghl_event_type(e) != GHL_EV_REFUSED)
			text_fmt(t, "fact %s\n", ghl_event_json(e));
		ghl_event_free(e);
	}
	ghl_session_close(s);
}

static void add_agents(struct text *t)
{
	const struct ghl_agent_info *a;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_agent_list(w.town.owner, NULL, NULL, &l), 0);
	while ((a = ghl_list_next(l)))
		text_fmt(t, "agent %s %s %s %s\n", a->name, a->seat, ghl_agent_state_name(a->state),
			a->reason);
	ghl_list_free(l);
}

static void add_queues(struct text *t)
{
	const struct ghl_acd_queue_info *q;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_acd_queue_list(w.town.owner, NULL, NULL, &l), 0);
	while ((q = ghl_list_next(l)))
		text_fmt(t, "queue %s waiting %u\n", q->name, q->waiting);
	ghl_list_free(l);
}

static void add_principals(struct text *t)
{
	const struct ghl_principal_info *p;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_access_principal_list(w.town.owner, NULL, &l), 0);
	while ((p = ghl_list_next(l)))
		text_fmt(t, "principal %s %u\n", p->name, p->roles);
	ghl_list_free(l);
}

/* Everything that a function could have moved; to be freed. */
char *picture(uint64_t since)
{
	struct ghl_list *l = live_calls();
	const struct ghl_call_info *c;
	struct text t;

	text_init(&t);
	text_add(&t, "");
	while ((c = ghl_list_next(l)))
		text_fmt(&t, "call %" PRIu64 " %s %d %d %s %s\n", c->call, ghl_call_state_name(c->state),
			c->citizen_state, c->device_state, c->queue, c->data);
	ghl_list_free(l);
	add_agents(&t);
	add_queues(&t);
	add_principals(&t);
	add_facts(&t, since);
	return text_take(&t);
}

uint64_t facts_now(void)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	ck_assert_int_eq(ghl_hotline_status(w.town.owner, &st), 0);
	return st.facts;
}

/* What the preparation set going is in the log: a commit of ours comes right after the last of them, twice.
 */
void settle(void)
{
	struct ghl_principal_opts opts = GHL_PRINCIPAL_OPTS_INIT;
	int64_t end = town_limit_us(&w.town);
	unsigned quiet = 0;

	while (quiet < 2) {
		uint64_t before = facts_now();

		town_step(&w.town);
		ck_assert_int_eq(ghl_access_principal_set(w.town.owner, "settle", &opts, NULL), 0);
		quiet = facts_now() == before + 1 ? quiet + 1 : 0;
		ck_assert(town_now_us(&w.town) < end);
	}
}
