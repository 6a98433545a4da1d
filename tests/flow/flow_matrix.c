/*
 * flow_matrix.c - the table right x function, proved: for each row a builder of a valid call on a running
 * hotline. Who has the right changes the state, or is told something; who has not gets GHL_EPERM, and neither
 * the log (but for the audit) nor anything live has moved. A row without a builder does not compile; a
 * function without a row fails check_functions.py.
 */
#include "fixture.h"

#include "access/access.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
	struct town town;
	struct person *agent;
	ghl_agent agent_id;
	ghl_call call;   /* live, established with the agent */
	ghl_conn phone;  /* the agent's connection in it */
	char serial[32]; /* of a recording that is complete */
	unsigned calls, tries;
	bool changes; /* what this builder must bring about */
};

static struct world w;

/* --- preparing, as the owner --- */

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

static void clear_calls(void)
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

static void need_agent(enum ghl_agent_state state)
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

static void need_call(void)
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

/* In the dialogue, so that it may be put into a queue, and nobody is free to take it out. */
static void need_dialogue(void)
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
}

static void need_quiet_phone(void)
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
static char *picture(uint64_t since)
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

static uint64_t facts_now(void)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	ck_assert_int_eq(ghl_hotline_status(w.town.owner, &st), 0);
	return st.facts;
}

/* What the preparation set going is in the log: a commit of ours comes right after the last of them, twice.
 */
static void settle(void)
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

/* --- the builders: prepare(), then a valid call --- */

typedef void prepare_fn(void);
typedef int try_fn(struct ghl_session *s);

static void prepare_logged_off(void)
{
	clear_calls();
	need_agent(GHL_AGENT_LOGGED_OFF);
}

static void prepare_not_ready(void)
{
	clear_calls();
	need_agent(GHL_AGENT_NOT_READY);
}

/* A list that must hold something. */
static int filled(int rc, struct ghl_list *l)
{
	if (rc < 0)
		return rc;
	ck_assert_ptr_nonnull(ghl_list_next(l));
	ghl_list_free(l);
	return 0;
}

static int try_ghl_session_open_as(struct ghl_session *s)
{
	struct ghl_session *other = NULL;
	int rc = ghl_session_open_as(s, "agent:1002", &other);

	if (rc == 0)
		ck_assert_str_eq(ghl_session_principal(other), "agent:1002");
	ghl_session_close(other);
	return rc;
}

static int try_ghl_session_open_user(struct ghl_session *s)
{
	struct ghl_session *other = NULL;
	int rc = ghl_session_open_user(s, "nobody", &other);

	if (rc == 0)
		ck_assert_str_eq(ghl_session_principal(other), "desk");
	ghl_session_close(other);
	return rc;
}

static int try_ghl_server_start(struct ghl_session *s)
{
	struct ghl_server *server = NULL;
	char path[300];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/matrix.sock", w.town.folder);
	rc = ghl_server_start(&server, s, path, NULL);
	ghl_server_stop(server);
	return rc;
}

static int try_ghl_session_close(struct ghl_session *s)
{
	struct ghl_session *again = NULL;
	int rc = ghl_session_open_as(w.town.owner, ghl_session_principal(s), &again);

	ghl_session_close(again);
	return rc;
}

static int try_ghl_session_principal(struct ghl_session *s)
{
	return strncmp(ghl_session_principal(s), "matrix", 6) == 0 ? 0 : GHL_ENOENT;
}

/* It has made none: that is what it is told, not that it may not ask. */
static int try_ghl_request_wait(struct ghl_session *s)
{
	int rc = ghl_request_wait(s, (uint64_t)GHL_ID_REQUEST << 57 | 1, 0, NULL);

	return rc == GHL_ENOENT ? 0 : rc;
}

static int try_ghl_event_fd(struct ghl_session *s)
{
	return ghl_event_fd(s);
}

static int try_ghl_event_next(struct ghl_session *s)
{
	struct ghl_event *e;

	return ghl_event_next(s, &e);
}

static int try_ghl_event_wait(struct ghl_session *s)
{
	struct ghl_event *e;

	return ghl_event_wait(s, 0, &e);
}

static int try_ghl_event_poke(struct ghl_session *s)
{
	return ghl_event_poke(s);
}

static int try_ghl_monitor_start(struct ghl_session *s)
{
	ghl_monitor m = 0;
	int rc = ghl_monitor_start(s, "event=none", GHL_FROM_NOW, &m);

	if (rc == 0)
		ck_assert_int_eq(ghl_monitor_stop(s, m), 0);
	return rc;
}

static int try_ghl_monitor_snapshot(struct ghl_session *s)
{
	struct ghl_event *e = NULL;
	ghl_monitor m = 0;
	int rc = ghl_monitor_snapshot(s, "kind=fact", &m);

	if (rc < 0)
		return rc;
	do {
		ghl_event_free(e);
		ck_assert_int_eq(ghl_event_next(s, &e), 1);
	} while (ghl_event_type(e) != GHL_EV_SNAP_END);
	ghl_event_free(e);
	return ghl_monitor_stop(s, m);
}

static int try_ghl_monitor_stop(struct ghl_session *s)
{
	int rc = ghl_monitor_stop(s, (uint64_t)GHL_ID_MONITOR << 57 | 1);

	return rc == GHL_ENOENT ? 0 : rc;
}

static int try_ghl_access_principal_set(struct ghl_session *s)
{
	struct ghl_principal_opts opts = GHL_PRINCIPAL_OPTS_INIT;
	char name[32];

	w.changes = true;
	(void)snprintf(name, sizeof(name), "made-%u", w.tries);
	opts.roles = GHL_ROLE_READER;
	return ghl_access_principal_set(s, name, &opts, NULL);
}

static int try_ghl_access_principal_list(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_access_principal_list(s, NULL, &l);

	return filled(rc, l);
}

static int try_ghl_access_function_list(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_access_function_list(s, &l);

	return filled(rc, l);
}

static int try_ghl_agent_find(struct ghl_session *s)
{
	ghl_agent id = 0;
	int rc = ghl_agent_find(s, "1001", &id);

	ck_assert(rc < 0 || id == w.agent_id);
	return rc;
}

static int try_ghl_agent_login(struct ghl_session *s)
{
	w.changes = true;
	return ghl_agent_login(s, w.agent_id, NULL, NULL);
}

static int try_ghl_agent_state_set(struct ghl_session *s)
{
	w.changes = true;
	return ghl_agent_state_set(s, w.agent_id, GHL_AGENT_READY, NULL, NULL);
}

static int try_ghl_agent_list(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_agent_list(s, NULL, NULL, &l);

	return filled(rc, l);
}

static int try_ghl_agent_get(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_agent_get(s, w.agent_id, &l);

	return filled(rc, l);
}

static int try_ghl_acd_queue_list(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_acd_queue_list(s, NULL, NULL, &l);

	return filled(rc, l);
}

static ghl_queue water(void)
{
	struct ghl_list *l = NULL;
	const struct ghl_acd_queue_info *q;
	ghl_queue id;

	ck_assert_int_eq(ghl_acd_queue_list(w.town.owner, "water", NULL, &l), 0);
	q = ghl_list_next(l);
	id = q->id;
	ghl_list_free(l);
	return id;
}

static int try_ghl_acd_queue_get(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_acd_queue_get(s, water(), &l);

	return filled(rc, l);
}

static int try_ghl_report_instant(struct ghl_session *s)
{
	int64_t at = 0;
	int rc = ghl_report_instant(s, "2026-11-23", &at);

	ck_assert(rc < 0 || at > 0);
	return rc;
}

static struct ghl_report_opts today(void)
{
	struct ghl_report_opts o = GHL_REPORT_OPTS_INIT;
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	ck_assert_int_eq(ghl_hotline_status(w.town.owner, &st), 0);
	o.by = GHL_REPORT_BY_ALL;
	o.from_us = st.now_us - st.now_us % 3600000000LL;
	o.until_us = o.from_us + 2 * 3600000000LL;
	return o;
}

static int try_ghl_report_calls(struct ghl_session *s)
{
	struct ghl_report_opts o = today();
	struct ghl_list *l = NULL;
	int rc = ghl_report_calls(s, &o, NULL, &l);

	return filled(rc, l);
}

static int try_ghl_report_queues(struct ghl_session *s)
{
	struct ghl_report_opts o = today();
	struct ghl_list *l = NULL;
	int rc = ghl_report_queues(s, &o, NULL, &l);

	return filled(rc, l);
}

static int try_ghl_report_agents(struct ghl_session *s)
{
	struct ghl_report_opts o = today();
	struct ghl_list *l = NULL;
	int rc = ghl_report_agents(s, &o, NULL, &l);

	return filled(rc, l);
}

static int try_ghl_report_now(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_report_now(s, &l);

	return filled(rc, l);
}

static int try_ghl_record_list(struct ghl_session *s)
{
	struct ghl_record_filter f = GHL_RECORD_FILTER_INIT;
	struct ghl_list *l = NULL;
	int rc = ghl_record_list(s, &f, &l);

	return filled(rc, l);
}

static int try_ghl_record_info(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_record_info(s, w.serial, &l);

	return filled(rc, l);
}

static int try_ghl_record_verify(struct ghl_session *s)
{
	struct ghl_record_verdict v = GHL_RECORD_VERDICT_INIT;
	int rc = ghl_record_verify(s, w.serial, &v);

	ck_assert(rc < 0 || v.whole);
	return rc;
}

static int try_ghl_record_export(struct ghl_session *s)
{
	char dir[300], file[400];
	int rc;

	(void)snprintf(dir, sizeof(dir), "%s/export-%u", w.town.folder, w.tries);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	rc = ghl_record_export(s, w.serial, dir, NULL);
	(void)snprintf(file, sizeof(file), "%s/%s.wav", dir, w.serial);
	ck_assert((access(file, F_OK) == 0) == (rc == 0));
	return rc;
}

static int try_ghl_call_list(struct ghl_session *s)
{
	struct ghl_call_filter f = GHL_CALL_FILTER_INIT;
	struct ghl_list *l = NULL;
	int rc;

	f.live = true;
	rc = ghl_call_list(s, &f, &l);
	return filled(rc, l);
}

static int try_ghl_call_info(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_call_info(s, w.call, &l);

	return filled(rc, l);
}

/* The request is complete when the phone is being rung; the call's start is told a little later. */
static int until_started(int rc, unsigned before)
{
	if (rc == 0)
		TOWN_UNTIL(&w.town, town_events(&w.town, GHL_EV_CALL_STARTED) > before);
	return rc;
}

static int try_ghl_call_make(struct ghl_session *s)
{
	unsigned before = town_events(&w.town, GHL_EV_CALL_STARTED);

	w.changes = true;
	return until_started(ghl_call_make(s, "1001", "13900000000", NULL, NULL, NULL), before);
}

static int try_ghl_call_dial(struct ghl_session *s)
{
	unsigned before = town_events(&w.town, GHL_EV_CALL_STARTED);

	w.changes = true;
	return until_started(ghl_call_dial(s, "13900000000", NULL, NULL, NULL), before);
}

/* A hotline answers its calls at once, so none is left to answer: that is what it is told, not that it may
 * not. */
static int try_ghl_call_answer(struct ghl_session *s)
{
	int rc = ghl_call_answer(s, w.call, NULL);

	return rc == GHL_ESTATE ? 0 : rc;
}

static int try_ghl_call_conn_clear(struct ghl_session *s)
{
	w.changes = true;
	return ghl_call_conn_clear(s, w.phone, NULL);
}

static int try_ghl_call_clear(struct ghl_session *s)
{
	w.changes = true;
	return ghl_call_clear(s, w.call, NULL);
}

static int try_ghl_call_data_set(struct ghl_session *s)
{
	char value[16];

	w.changes = true;
	(void)snprintf(value, sizeof(value), "%u", w.tries);
	return ghl_call_data_set(s, w.call, "matrix", value, NULL);
}

static int try_ghl_call_data_get(struct ghl_session *s)
{
	char value[16] = "";
	int rc;

	ck_assert_int_eq(ghl_call_data_set(w.town.owner, w.call, "stands", "here", NULL), 0);
	rc = ghl_call_data_get(s, w.call, "stands", value, sizeof(value));
	ck_assert(rc < 0 || strcmp(value, "here") == 0);
	return rc;
}

static int try_ghl_call_import(struct ghl_session *s)
{
	struct ghl_call_import_result r = GHL_CALL_IMPORT_RESULT_INIT;
	char path[300];
	FILE *csv;
	int rc;

	w.changes = true;
	(void)snprintf(path, sizeof(path), "%s/old.csv", w.town.folder);
	csv = fopen(path, "w");
	ck_assert_ptr_nonnull(csv);
	(void)fprintf(csv, "id,started_at,ended_at\n%u,2026-01-01T00:00:00Z,2026-01-01T00:01:00Z\n", w.tries);
	(void)fclose(csv);
	rc = ghl_call_import(s, path, NULL, &r, NULL, 0);
	ck_assert(rc < 0 || r.imported == 1);
	return rc;
}

static int try_ghl_acd_queue_join(struct ghl_session *s)
{
	w.changes = true;
	return ghl_acd_queue_join(s, w.call, "water", NULL, NULL);
}

static int try_ghl_hotline_status(struct ghl_session *s)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	int rc = ghl_hotline_status(s, &st);

	ck_assert(rc < 0 || st.engine);
	return rc;
}

static int try_ghl_hotline_config_apply(struct ghl_session *s)
{
	w.changes = true;
	return ghl_hotline_config_apply(s, NULL, NULL, NULL);
}

/* --- the table --- */

static const struct row {
	const char *name;
	enum access_function fn;
	try_fn *attempt;
} rows[] = {
#define X(function, right) {#function, ACCESS_FN_##function, try_##function},
#include "access/functions.def"
#undef X
};

/* What must stand for the call to be valid; not named: nothing. */
static prepare_fn *const preparations[ACCESS_FUNCTIONS] = {
	[ACCESS_FN_ghl_agent_login] = prepare_logged_off,
	[ACCESS_FN_ghl_agent_state_set] = prepare_not_ready,
	[ACCESS_FN_ghl_record_verify] = clear_calls,
	[ACCESS_FN_ghl_record_export] = clear_calls,
	[ACCESS_FN_ghl_report_calls] = clear_calls,
	[ACCESS_FN_ghl_call_list] = need_call,
	[ACCESS_FN_ghl_call_info] = need_call,
	[ACCESS_FN_ghl_call_make] = need_quiet_phone,
	[ACCESS_FN_ghl_call_dial] = need_quiet_phone,
	[ACCESS_FN_ghl_call_answer] = need_call,
	[ACCESS_FN_ghl_call_conn_clear] = need_call,
	[ACCESS_FN_ghl_call_clear] = need_call,
	[ACCESS_FN_ghl_call_data_set] = need_call,
	[ACCESS_FN_ghl_call_data_get] = need_call,
	[ACCESS_FN_ghl_acd_queue_join] = need_dialogue,
};

static const uint32_t roles[] = {
	GHL_ROLE_OWNER, GHL_ROLE_SUPERVISOR, GHL_ROLE_AGENT, GHL_ROLE_READER, GHL_ROLE_NONE};

/* Every principal is the agent 1001 of the hall, so that only the role decides. */
static struct ghl_session *session_of(uint32_t role)
{
	struct ghl_principal_opts opts = GHL_PRINCIPAL_OPTS_INIT;
	struct ghl_session *s = NULL;
	char name[40];

	(void)snprintf(name, sizeof(name), "matrix-%s", ghl_role_name((enum ghl_role)role));
	opts.roles = role;
	opts.group = "hall";
	opts.agent = "1001";
	ck_assert_int_eq(ghl_access_principal_set(w.town.owner, name, &opts, NULL), 0);
	ck_assert_int_eq(ghl_session_open_as(w.town.owner, name, &s), 0);
	return s;
}

static bool may(uint32_t role, enum access_function fn)
{
	return access_roles_have(role, access_function_right(fn));
}

static void try_one(const struct row *row, uint32_t role)
{
	struct ghl_session *s = session_of(role);
	char *before, *after;
	uint64_t since;
	int rc;

	if (preparations[row->fn])
		preparations[row->fn]();
	settle();
	w.tries++;
	w.changes = false;
	since = facts_now();
	before = picture(since);
	rc = row->attempt(s);
	after = picture(since);
	if (may(role, row->fn)) {
		ck_assert_msg(rc >= 0, "%s as %s: %s", row->name, ghl_role_name((enum ghl_role)role),
			ghl_error_code_name(rc));
		ck_assert_msg(!w.changes || strcmp(before, after) != 0, "%s as %s changes nothing", row->name,
			ghl_role_name((enum ghl_role)role));
	} else {
		ck_assert_msg(rc == GHL_EPERM, "%s as %s: %s", row->name, ghl_role_name((enum ghl_role)role),
			ghl_error_code_name(rc));
		ck_assert_msg(strcmp(before, after) == 0, "%s as %s:\n%s\nbecame\n%s", row->name,
			ghl_role_name((enum ghl_role)role), before, after);
	}
	free(before);
	free(after);
	ghl_session_close(s);
}

static void world_open(void)
{
	static const struct town_opts opts = {.route = "dialogue:main\", called: \"777",
		.more = "  - {trunk: line, to: \"queue:water\"}\nprincipals:\n  desk: {roles: [reader], "
			"users: [nobody]}\n"};

	memset(&w, 0, sizeof(w));
	town_open(&w.town, &opts);
	w.agent = town_agent(&w.town, "1001", 0);
	ck_assert_int_eq(ghl_agent_find(w.town.owner, "1001", &w.agent_id), 0);
	need_call();
	clear_calls();
}

START_TEST(who_has_the_right_is_served_and_who_has_not_changes_nothing)
{
	world_open();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned k = 0; k < sizeof(roles) / sizeof(roles[0]); k++)
			try_one(&rows[i], roles[k]);
	clear_calls();
	town_close(&w.town);
}
END_TEST

TEST_SUITE(matrix_suite, 120, who_has_the_right_is_served_and_who_has_not_changes_nothing)
TEST_MAIN(matrix_suite())
