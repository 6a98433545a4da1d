/* ops_call.c - operations on calls. */
#include "operations.h"

#include <govhotline/call.h>

#include <inttypes.h>

int op_call_list(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_call_filter f = GHL_CALL_FILTER_INIT;
	struct ghl_list *list = NULL;
	int rc;

	f.live = arg_bool(args, "live");
	f.newest_first = arg_bool(args, "newest_first");
	f.from_us = arg_int(args, "from_us", 0);
	f.until_us = arg_int(args, "until_us", 0);
	f.number = arg_text(args, "number");
	f.queue = arg_text(args, "queue");
	f.agent = arg_text(args, "agent");
	f.trunk = arg_text(args, "trunk");
	f.limit = (uint32_t)arg_int(args, "limit", 0);
	f.cursor = arg_text(args, "cursor");
	rc = ghl_call_list(c->acting, &f, &list);
	if (rc < 0)
		return rc;
	*result = rows_json(list, &item_call);
	return *result ? 0 : GHL_ENOMEM;
}

int op_call_show(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_list *list = NULL;
	ghl_call call = 0;
	int rc = arg_id(c, args, "call", GHL_ID_CALL, &call);

	if (rc == 0)
		rc = ghl_call_info(c->acting, call, &list);
	if (rc < 0)
		return rc;
	*result = row_json(ghl_list_next(list), &item_call);
	ghl_list_free(list);
	return *result ? 0 : GHL_ENOMEM;
}

int op_call_clear(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;
	ghl_request req = 0;
	ghl_call call = 0;
	int rc = arg_id(c, args, "call", GHL_ID_CALL, &call);

	(void)result;
	if (rc == 0)
		rc = ghl_call_clear(c->acting, call, &req);
	return rc < 0 ? rc : caller_wait(c, req, &outcome);
}

/* Waits until the phone's leg is under way; tells the call. */
static int made(struct caller *c, int rc, ghl_request req, json_t **result)
{
	struct ghl_outcome outcome = GHL_OUTCOME_INIT;

	if (rc == 0)
		rc = caller_wait(c, req, &outcome);
	if (rc < 0)
		return rc;
	*result = json_pack("{s:o}", "call", json_sprintf("%" PRIu64, outcome.id));
	return *result ? 0 : GHL_ENOMEM;
}

int op_call_make(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_call_make_opts opts = GHL_CALL_MAKE_OPTS_INIT;
	ghl_request req = 0;
	int rc;

	opts.trunk = arg_text(args, "trunk");
	rc = ghl_call_make(c->acting, arg_text(args, "account"), arg_text(args, "called"), &opts, &req, NULL);
	return made(c, rc, req, result);
}

int op_call_dial(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_call_make_opts opts = GHL_CALL_MAKE_OPTS_INIT;
	ghl_request req = 0;
	int rc;

	opts.trunk = arg_text(args, "trunk");
	rc = ghl_call_dial(c->acting, arg_text(args, "called"), &opts, &req, NULL);
	return made(c, rc, req, result);
}
