/* ops_session.c - operations about the connection itself: who it is, its events, what can be asked. */
#include "operations.h"

#include <govhotline/access.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_SLICE_MS 200

int caller_wait(struct caller *c, ghl_request req, struct ghl_outcome *out)
{
	int rc;

	while ((rc = ghl_request_wait(c->acting, req, WAIT_SLICE_MS, out)) == 0)
		if (atomic_load(c->stop))
			return caller_fail(c, GHL_ECLOSED, "the hotline is ending");
	if (rc == 1 && out->status < 0 && out->text[0]) {
		(void)caller_fail(c, out->status, "%s", out->text);
		(void)snprintf(c->err.field, sizeof(c->err.field), "%s", out->field);
	}
	return rc == 1 ? out->status : rc;
}

int op_session_as(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_session *s;
	int rc;

	if (c->acting != c->session)
		return caller_fail(c, GHL_EINVAL, "session.as takes no \"as\"");
	if (c->tailing)
		return caller_fail(c, GHL_ESTATE, "the connection tails events already");
	rc = ghl_session_open_as(c->session, arg_text(args, "principal"), &s);
	if (rc < 0)
		return caller_fail(c, rc,
			rc == GHL_ENOENT ? "there is no principal \"%.64s\"" : "\"%.64s\": %s",
			arg_text(args, "principal"), ghl_strerror(rc));
	ghl_session_close(c->session);
	c->session = c->acting = s;
	return op_session_whoami(c, args, result);
}

int op_session_whoami(struct caller *c, const json_t *args, json_t **result)
{
	*result = json_pack("{s:s}", "principal", ghl_session_principal(c->acting));
	return *result ? 0 : GHL_ENOMEM;
}

/* Up to the end or a full stop; *p stands behind it. */
static bool read_number(const char **p, uint64_t *out)
{
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	errno = 0;
	*out = strtoull(*p, &end, 10);
	*p = end + (*end == '.');
	return errno == 0 && (*end == 0 || *end == '.');
}

/* "FACT.EPOCH.LIVE", as events carry it; "FACT" alone: the log from there, and live events from now on */
static int read_position(struct caller *c, const char *text, struct ghl_position *out)
{
	const char *p = text;
	bool ok;

	*out = (struct ghl_position){0};
	ok = read_number(&p, &out->fact);
	if (ok && *p)
		ok = read_number(&p, &out->epoch) && read_number(&p, &out->live);
	if (ok && !*p && p[-1] != '.')
		return 0;
	return caller_fail(c, GHL_EINVAL, "resume: \"%.64s\" is no position FACT or FACT.EPOCH.LIVE", text);
}

int op_event_tail(struct caller *c, const json_t *args, json_t **result)
{
	const char *filter = arg_text(args, "filter"), *resume = arg_text(args, "resume");
	struct ghl_position from;
	ghl_monitor m;
	char id[24];
	int rc;

	if (c->acting != c->session)
		return caller_fail(c, GHL_EINVAL, "event.tail takes no \"as\": use session.as before it");
	if (resume && arg_bool(args, "snapshot"))
		return caller_fail(c, GHL_EINVAL, "resume and snapshot exclude each other");
	rc = resume ? read_position(c, resume, &from) : 0;
	if (rc < 0)
		return rc;
	if (arg_bool(args, "snapshot"))
		rc = ghl_monitor_snapshot(c->session, filter ? filter : "", &m);
	else
		rc = ghl_monitor_start(c->session, filter ? filter : "", resume ? &from : GHL_FROM_NOW, &m);
	if (rc < 0)
		return rc;
	c->tailing = true;
	(void)snprintf(id, sizeof(id), "%" PRIu64, m);
	*result = json_pack("{s:s}", "monitor", id);
	return *result ? 0 : GHL_ENOMEM;
}

int op_store_poke(struct caller *c, const json_t *args, json_t **result)
{
	return ghl_event_poke(c->acting);
}

static const char *right_of(struct ghl_list *functions, const char *name)
{
	const struct ghl_function_info *f;

	ghl_list_rewind(functions);
	while ((f = ghl_list_next(functions)))
		if (strcmp(f->function, name) == 0)
			return f->right;
	return "?";
}

int op_server_operations(struct caller *c, const json_t *args, json_t **result)
{
	size_t n;
	const struct operation *ops = operations(&n);
	struct ghl_list *functions = NULL;
	json_t *all = json_array();
	int rc = ghl_access_function_list(c->acting, &functions);

	if (rc < 0) {
		json_decref(all);
		return rc;
	}
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
			all, operation_describe(&ops[i], right_of(functions, ops[i].function)));
	ghl_list_free(functions);
	*result = json_pack("{s:o}", "operations", all);
	return *result ? 0 : GHL_ENOMEM;
}
