/*
 * core.i - the public API for Python, as functions with C's own names in the extension module govhotline.core.
 *
 * Ids are ints, opaque structs are pointers, outputs come after the status in a tuple; every change is asked for with a request,
 * so nothing here waits but what is named under %thread, where the GIL is released. The package beside this file makes it pleasant.
 */
%module(package="govhotline") core

%{
#include <govhotline/agent.h>
#include <govhotline/acd.h>
#include <govhotline/call.h>
#include <govhotline/event.h>
#include <govhotline/govhotline.h>
#include <govhotline/hotline.h>
#include <govhotline/record.h>
#include <govhotline/report.h>
%}

%include <stdint.i>
#define GHL_API
%nothread;
%thread ghl_hotline_open;
%thread ghl_hotline_start;
%thread ghl_hotline_stop;
%thread ghl_hotline_close;
%thread ghl_session_close;
%thread ghl_session_open_local;
%thread ghl_session_open_as;
%thread ghl_monitor_start;
%thread ghl_monitor_snapshot;
%thread ghl_hotline_status;
%thread call_list;
%thread ghl_call_info;
%thread record_list;
%thread ghl_record_info;
%thread ghl_record_verify;
%thread ghl_record_export;
%thread ghl_agent_list;
%thread ghl_agent_find;
%thread ghl_acd_queue_list;
%thread ghl_report_now;
%thread report;

/* --- outputs: the status first, then what was made --- */
%typemap(in, numinputs=0) ghl_request *req (ghl_request made = 0) "$1 = &made;"
%typemap(argout) ghl_request *req { $result = SWIG_Python_AppendOutput($result, PyLong_FromUnsignedLongLong(*$1)); }

%define OUT_ID(type, name)
%typemap(in, numinputs=0) type *name (type made = 0) "$1 = &made;"
%typemap(argout) type *name { $result = SWIG_Python_AppendOutput($result, PyLong_FromUnsignedLongLong(*$1)); }
%enddef
OUT_ID(ghl_call, call)
OUT_ID(ghl_monitor, out)
OUT_ID(ghl_agent, out)

%define OUT_POINTER(type)
%typemap(in, numinputs=0) type **out (type *made = NULL) "$1 = &made;"
%typemap(argout) type **out { $result = SWIG_Python_AppendOutput($result, SWIG_NewPointerObj(*$1, $*1_descriptor, 0)); }
%enddef
OUT_POINTER(struct ghl_hotline)
OUT_POINTER(struct ghl_session)
OUT_POINTER(struct ghl_event)
OUT_POINTER(struct ghl_list)

%typemap(in, numinputs=0) struct ghl_error *err (struct ghl_error why) { memset(&why, 0, sizeof(why)); $1 = &why; }
%typemap(argout) struct ghl_error *err { $result = SWIG_Python_AppendOutput($result, PyUnicode_DecodeUTF8($1->text, (Py_ssize_t)strlen($1->text), "replace")); }

%typemap(in, numinputs=0) struct ghl_outcome *out (struct ghl_outcome got = GHL_OUTCOME_INIT) "$1 = &got;"
%typemap(argout) struct ghl_outcome *out {
	$result = SWIG_Python_AppendOutput($result, Py_BuildValue("(iiiKs)", $1->status, (int)$1->sip_status, (int)$1->q850,
		(unsigned long long)$1->id, $1->text));
}

/* --- the headers as they are --- */
%ignore ghl_error_last;
%ignore ghl_event_fields;
%ignore ghl_id_text;
%ignore ghl_id_parse;
%ignore ghl_call_list;
%ignore ghl_record_list;
%ignore ghl_call_data_get;
%ignore ghl_call_make;
%ignore ghl_call_dial;
%ignore ghl_report_calls;
%ignore ghl_report_queues;
%ignore ghl_report_agents;
%ignore ghl_report_instant;
%include "api.i"

%constant long long GHL_REPORT_BLANK = INT64_MIN;

/* --- what has options or a struct to fill: the same functions with plain parameters --- */
%thread call_make;
%{
#include "tables.h"
%}
%inline %{
static int monitor_from_now(struct ghl_session *s, const char *filter, ghl_monitor *out)
{
	return ghl_monitor_start(s, filter, GHL_FROM_NOW, out);
}

static int monitor_from(struct ghl_session *s, const char *filter, uint64_t fact, uint64_t epoch, uint64_t live, ghl_monitor *out)
{
	struct ghl_position from = {fact, epoch, live};

	return ghl_monitor_start(s, filter, &from, out);
}

static PyObject *error_last(int code)
{
	struct ghl_error why;

	return PyUnicode_FromString(ghl_error_last(&why) == code ? why.text : "");
}

static PyObject *event_position(const struct ghl_event *e)
{
	struct ghl_position p;

	ghl_event_position(e, &p);
	return Py_BuildValue("(KKK)", (unsigned long long)p.fact, (unsigned long long)p.epoch, (unsigned long long)p.live);
}

static PyObject *event_dict(const struct ghl_event *e)
{
	return event_fields(e);
}

static PyObject *status(struct ghl_session *s)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	int rc = ghl_hotline_status(s, &st);

	return Py_BuildValue("(iN)", rc, item_dict(ghl_hotline_status_members,
		sizeof(ghl_hotline_status_members) / sizeof(ghl_hotline_status_members[0]), &st));
}

static int call_list(struct ghl_session *s, bool live, int64_t from_us, int64_t until_us, const char *number, const char *queue,
	const char *agent, bool newest_first, const char *cursor, struct ghl_list **out)
{
	struct ghl_call_filter f = GHL_CALL_FILTER_INIT;

	f.live = live;
	f.from_us = from_us;
	f.until_us = until_us;
	f.number = *number ? number : NULL;
	f.queue = *queue ? queue : NULL;
	f.agent = *agent ? agent : NULL;
	f.newest_first = newest_first;
	f.cursor = *cursor ? cursor : NULL;
	return ghl_call_list(s, &f, out);
}

static int record_list(struct ghl_session *s, const char *since, const char *until, ghl_call call, const char *cursor,
	struct ghl_list **out)
{
	struct ghl_record_filter f = GHL_RECORD_FILTER_INIT;

	f.from = *since ? since : NULL;
	f.until = *until ? until : NULL;
	f.call = call;
	f.cursor = *cursor ? cursor : NULL;
	return ghl_record_list(s, &f, out);
}

static int call_make(struct ghl_session *s, const char *account, const char *called, uint32_t ring_ms, ghl_request *req)
{
	struct ghl_call_make_opts o = GHL_CALL_MAKE_OPTS_INIT;

	o.ring_ms = ring_ms;
	return ghl_call_make(s, account, called, &o, req, NULL);
}

static int call_dial(struct ghl_session *s, const char *called, uint32_t ring_ms, ghl_request *req)
{
	struct ghl_call_make_opts o = GHL_CALL_MAKE_OPTS_INIT;

	o.ring_ms = ring_ms;
	return ghl_call_dial(s, called, &o, req, NULL);
}
%}

PyObject *ghl_call_info_dicts(struct ghl_list *l);
PyObject *ghl_record_info_dicts(struct ghl_list *l);
PyObject *ghl_agent_info_dicts(struct ghl_list *l);
PyObject *ghl_acd_queue_info_dicts(struct ghl_list *l);
PyObject *ghl_report_calls_info_dicts(struct ghl_list *l);
PyObject *ghl_report_agents_info_dicts(struct ghl_list *l);
PyObject *ghl_report_now_info_dicts(struct ghl_list *l);

%inline %{
static int report(struct ghl_session *s, const char *what, int by, int interval, int basis, int64_t from_us, int64_t until_us,
	const char *name, bool total, const char *cursor, struct ghl_list **out)
{
	struct ghl_report_opts o = GHL_REPORT_OPTS_INIT;
	const char *page = *cursor ? cursor : NULL;

	o.by = (enum ghl_report_by)by;
	o.interval = (enum ghl_report_interval)interval;
	o.basis = (enum ghl_report_basis)basis;
	o.from_us = from_us;
	o.until_us = until_us;
	o.name = *name ? name : NULL;
	o.total = total;
	if (strcmp(what, "agents") == 0)
		return ghl_report_agents(s, &o, page, out);
	return strcmp(what, "queues") == 0 ? ghl_report_queues(s, &o, page, out) : ghl_report_calls(s, &o, page, out);
}
%}
