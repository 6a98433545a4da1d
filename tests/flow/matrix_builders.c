/*
 * matrix_builders.c - for each row of functions.def a valid call by a session; what it answers is looked at,
 * and what it must change is announced in w.changes.
 */
#include "matrix.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void prepare_logged_off(void)
{
	clear_calls();
	need_agent(GHL_AGENT_LOGGED_OFF);
}

void prepare_not_ready(void)
{
	clear_calls();
	need_agent(GHL_AGENT_NOT_READY);
}

void prepare_data(void)
{
	need_call();
	ck_assert_int_eq(ghl_call_data_set(w.town.owner, w.call, "stands", "here", NULL), 0);
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

int try_ghl_session_open_as(struct ghl_session *s)
{
	struct ghl_session *other = NULL;
	int rc = ghl_session_open_as(s, "agent:1002", &other);

	if (rc == 0)
		ck_assert_str_eq(ghl_session_principal(other), "agent:1002");
	ghl_session_close(other);
	return rc;
}

int try_ghl_session_open_user(struct ghl_session *s)
{
	struct ghl_session *other = NULL;
	int rc = ghl_session_open_user(s, "nobody", &other);

	if (rc == 0)
		ck_assert_str_eq(ghl_session_principal(other), "desk");
	ghl_session_close(other);
	return rc;
}

int try_ghl_server_start(struct ghl_session *s)
{
	struct ghl_server *server = NULL;
	char path[300];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/matrix.sock", w.town.folder);
	rc = ghl_server_start(&server, s, path, NULL);
	ghl_server_stop(server);
	return rc;
}

int try_ghl_session_close(struct ghl_session *s)
{
	struct ghl_session *again = NULL;
	int rc = ghl_session_open_as(w.town.owner, ghl_session_principal(s), &again);

	ghl_session_close(again);
	return rc;
}

int try_ghl_session_principal(struct ghl_session *s)
{
	return strncmp(ghl_session_principal(s), "matrix", 6) == 0 ? 0 : GHL_ENOENT;
}

/* It has made none: that is what it is told, not that it may not ask. */
int try_ghl_request_wait(struct ghl_session *s)
{
	int rc = ghl_request_wait(s, (uint64_t)GHL_ID_REQUEST << 57 | 1, 0, NULL);

	return rc == GHL_ENOENT ? 0 : rc;
}

int try_ghl_event_fd(struct ghl_session *s)
{
	return ghl_event_fd(s);
}

int try_ghl_event_next(struct ghl_session *s)
{
	struct ghl_event *e;

	return ghl_event_next(s, &e);
}

int try_ghl_event_wait(struct ghl_session *s)
{
	struct ghl_event *e;

	return ghl_event_wait(s, 0, &e);
}

int try_ghl_event_poke(struct ghl_session *s)
{
	return ghl_event_poke(s);
}

int try_ghl_monitor_start(struct ghl_session *s)
{
	ghl_monitor m = 0;
	int rc = ghl_monitor_start(s, "event=none", GHL_FROM_NOW, &m);

	if (rc == 0)
		ck_assert_int_eq(ghl_monitor_stop(s, m), 0);
	return rc;
}

int try_ghl_monitor_snapshot(struct ghl_session *s)
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

int try_ghl_monitor_stop(struct ghl_session *s)
{
	int rc = ghl_monitor_stop(s, (uint64_t)GHL_ID_MONITOR << 57 | 1);

	return rc == GHL_ENOENT ? 0 : rc;
}

int try_ghl_access_principal_set(struct ghl_session *s)
{
	struct ghl_principal_opts opts = GHL_PRINCIPAL_OPTS_INIT;
	char name[32];

	w.changes = true;
	(void)snprintf(name, sizeof(name), "made-%u", w.tries);
	opts.roles = GHL_ROLE_READER;
	return ghl_access_principal_set(s, name, &opts, NULL);
}

int try_ghl_access_principal_list(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_access_principal_list(s, NULL, &l);

	return filled(rc, l);
}

int try_ghl_access_function_list(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_access_function_list(s, &l);

	return filled(rc, l);
}

int try_ghl_agent_find(struct ghl_session *s)
{
	ghl_agent id = 0;
	int rc = ghl_agent_find(s, "1001", &id);

	ck_assert(rc < 0 || id == w.agent_id);
	return rc;
}

int try_ghl_agent_login(struct ghl_session *s)
{
	w.changes = true;
	return ghl_agent_login(s, w.agent_id, NULL, NULL);
}

int try_ghl_agent_state_set(struct ghl_session *s)
{
	w.changes = true;
	return ghl_agent_state_set(s, w.agent_id, GHL_AGENT_READY, NULL, NULL);
}

int try_ghl_agent_list(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_agent_list(s, NULL, NULL, &l);

	return filled(rc, l);
}

int try_ghl_agent_get(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_agent_get(s, w.agent_id, &l);

	return filled(rc, l);
}

int try_ghl_acd_queue_list(struct ghl_session *s)
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

int try_ghl_acd_queue_get(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_acd_queue_get(s, water(), &l);

	return filled(rc, l);
}

int try_ghl_report_instant(struct ghl_session *s)
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

int try_ghl_report_calls(struct ghl_session *s)
{
	struct ghl_report_opts o = today();
	struct ghl_list *l = NULL;
	int rc = ghl_report_calls(s, &o, NULL, &l);

	return filled(rc, l);
}

int try_ghl_report_queues(struct ghl_session *s)
{
	struct ghl_report_opts o = today();
	struct ghl_list *l = NULL;
	int rc = ghl_report_queues(s, &o, NULL, &l);

	return filled(rc, l);
}

int try_ghl_report_agents(struct ghl_session *s)
{
	struct ghl_report_opts o = today();
	struct ghl_list *l = NULL;
	int rc = ghl_report_agents(s, &o, NULL, &l);

	return filled(rc, l);
}

int try_ghl_report_now(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_report_now(s, &l);

	return filled(rc, l);
}

int try_ghl_record_list(struct ghl_session *s)
{
	struct ghl_record_filter f = GHL_RECORD_FILTER_INIT;
	struct ghl_list *l = NULL;
	int rc = ghl_record_list(s, &f, &l);

	return filled(rc, l);
}

int try_ghl_record_info(struct ghl_session *s)
{
	struct ghl_list *l = NULL;
	int rc = ghl_record_info(s, w.serial, &l);

	return filled(rc, l);
}

int try_ghl_record_verify(struct ghl_session *s)
{
	struct ghl_record_verdict v = GHL_RECORD_VERDICT_INIT;
	int rc = ghl_record_verify(s, w.serial, &v);

	ck_assert(rc < 0 || v.whole);
	return rc;
}

int try_ghl_record_export(struct ghl_session *s)
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

int try_ghl_call_list(struct ghl_session *s)
{
	struct ghl_call_filter f = GHL_CALL_FILTER_INIT;
	struct ghl_list *l = NULL;
	int rc;

	f.live = true;
	rc = ghl_call_list(s, &f, &l);
	return filled(rc, l);
}

int try_ghl_call_info(struct ghl_session *s)
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

int try_ghl_call_make(struct ghl_session *s)
{
	unsigned before = town_events(&w.town, GHL_EV_CALL_STARTED);

	w.changes = true;
	return until_started(ghl_call_make(s, "1001", "13900000000", NULL, NULL, NULL), before);
}

int try_ghl_call_dial(struct ghl_session *s)
{
	unsigned before = town_events(&w.town, GHL_EV_CALL_STARTED);

	w.changes = true;
	return until_started(ghl_call_dial(s, "13900000000", NULL, NULL, NULL), before);
}

/* A hotline answers its calls at once, so none is left to answer: that is what it is told, not that it may
 * not. */
int try_ghl_call_answer(struct ghl_session *s)
{
	int rc = ghl_call_answer(s, w.call, NULL);

	return rc == GHL_ESTATE ? 0 : rc;
}

int try_ghl_call_conn_clear(struct ghl_session *s)
{
	w.changes = true;
	return ghl_call_conn_clear(s, w.phone, NULL);
}

int try_ghl_call_clear(struct ghl_session *s)
{
	w.changes = true;
	return ghl_call_clear(s, w.call, NULL);
}

int try_ghl_call_data_set(struct ghl_session *s)
{
	char value[16];

	w.changes = true;
	(void)snprintf(value, sizeof(value), "%u", w.tries);
	return ghl_call_data_set(s, w.call, "matrix", value, NULL);
}

int try_ghl_call_data_get(struct ghl_session *s)
{
	char value[16] = "";
	int rc = ghl_call_data_get(s, w.call, "stands", value, sizeof(value));

	ck_assert(rc < 0 || strcmp(value, "here") == 0);
	return rc;
}

int try_ghl_call_import(struct ghl_session *s)
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

int try_ghl_acd_queue_join(struct ghl_session *s)
{
	w.changes = true;
	return ghl_acd_queue_join(s, w.call, "water", NULL, NULL);
}

int try_ghl_hotline_status(struct ghl_session *s)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	int rc = ghl_hotline_status(s, &st);

	ck_assert(rc < 0 || st.engine);
	return rc;
}

int try_ghl_hotline_config_apply(struct ghl_session *s)
{
	w.changes = true;
	return ghl_hotline_config_apply(s, NULL, NULL, NULL);
}
