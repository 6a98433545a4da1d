/* ops_hotline.c - operations on the hotline as a whole: its figures, its configuration, the day so far. */
#include "operations.h"

#include <govhotline/hotline.h>

#include <string.h>

int op_status(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	json_t *ports;
	int rc = ghl_hotline_status(c->acting, &st);

	(void)args;
	if (rc < 0)
		return rc;
	*result = row_json(&st, &item_status);
	ports = json_array();
	for (uint32_t i = 0; i < st.sip_listens && i < GHL_HOTLINE_LISTENS; i++)
		(void)json_array_append_new(ports, json_integer(st.sip_ports[i]));
	(void)json_object_set_new(*result, "sip_ports", ports);
	return *result ? 0 : GHL_ENOMEM;
}

/* Always the file the hotline was opened with: who may apply it may not thereby choose what the server reads.
 */
int op_config_apply(struct caller *c, const json_t *args, json_t **result)
{
	struct ghl_error err;
	int rc;

	(void)args;
	(void)result;
	memset(&err, 0, sizeof(err));
	rc = ghl_hotline_config_apply(c->acting, NULL, NULL, &err);
	return rc < 0 && err.text[0] ? caller_fail(c, rc, "%s", err.text) : rc;
}
