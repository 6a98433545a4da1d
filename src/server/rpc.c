/*
 * rpc.c - JSON-RPC 2.0 (jsonrpc.org/specification): one message, or a batch of at most 64, a line. Our own
 * failures are error -32000 with data {"code": GHL_E* number, "name": "GHL_EPERM", "field": ".."}.
 */
#include "server_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RPC_PARSE = -32700, RPC_REQUEST = -32600, RPC_METHOD = -32601, RPC_PARAMS = -32602, RPC_OWN = -32000 };

/* id is borrowed. */
static json_t *answer(const json_t *id, const char *key, json_t *value)
{
	return json_pack("{s:s, s:O?, s:o}", "jsonrpc", "2.0", "id", id, key, value);
}

static json_t *error_answer(const json_t *id, int code, const char *text, const struct ghl_error *err)
{
	json_t *e = json_pack("{s:i, s:s}", "code", code, "message", text);

	if (err && err->code) {
		json_t *data =
			json_pack("{s:i, s:s}", "code", err->code, "name", ghl_error_code_name(err->code));

		if (err->field[0])
			(void)json_object_set_new(data, "field", json_string(err->field));
		if (err->line)
			(void)json_object_set_new(data, "line", json_integer(err->line));
		(void)json_object_set_new(e, "data", data);
	}
	return answer(id, "error", e);
}

static json_t *failure(const json_t *id, struct caller *c, int rc)
{
	struct ghl_error why;

	if (!c->err.text[0] && ghl_error_last(&why) == rc)
		c->err = why;
	c->err.code = rc;
	if (!c->err.text[0])
		(void)snprintf(c->err.text, sizeof(c->err.text), "%s", ghl_strerror(rc));
	return error_answer(id, rc == GHL_EINVAL ? RPC_PARAMS : RPC_OWN, c->err.text, &c->err);
}

static json_t *no_method(const json_t *id, const char *name)
{
	const char *near = operation_nearest(name);
	char text[200];

	(void)snprintf(text, sizeof(text), "there is no operation \"%.64s\"%s%s%s", name, near ? "; \"" : "",
		near ? near : "", near ? "\"?" : "");
	return error_answer(id, RPC_METHOD, text, NULL);
}

static int act(struct caller *c, const struct operation *op, const json_t *args, json_t **result)
{
	const char *as = arg_text(args, "as");
	int rc;

	c->acting = c->session;
	if (as) {
		rc = ghl_session_open_as(c->session, as, &c->acting);
		if (rc < 0)
			return caller_fail(c, rc, "as \"%.64s\": %s", as, ghl_strerror(rc));
	}
	rc = op->fn(c, args, result);
	if (as)
		ghl_session_close(c->acting);
	c->acting = c->session;
	return rc;
}

static json_t *run(struct caller *c, const json_t *id, const char *method, const json_t *args)
{
	const struct operation *op = operation_find(method);
	json_t *result = NULL;
	int rc;

	if (!op)
		return no_method(id, method);
	memset(&c->err, 0, sizeof(c->err));
	rc = operation_check(c, op, args);
	if (rc == 0)
		rc = act(c, op, args, &result);
	return rc < 0 ? failure(id, c, rc) : answer(id, "result", result ? result : json_object());
}

static bool id_valid(const json_t *id)
{
	return !id || json_is_string(id) || json_is_number(id) || json_is_null(id);
}

/* NULL where no answer is due. */
static json_t *answer_one(struct caller *c, const json_t *message)
{
	const json_t *id = json_object_get(message, "id"), *args = json_object_get(message, "params");
	const char *version = json_string_value(json_object_get(message, "jsonrpc"));
	const char *method = json_string_value(json_object_get(message, "method"));
	json_t *none = NULL, *out;

	if (!json_is_object(message) || !version || strcmp(version, "2.0") != 0 || !method || !id_valid(id))
		return error_answer(NULL, RPC_REQUEST, "not a JSON-RPC 2.0 request", NULL);
	if (args && !json_is_object(args))
		return error_answer(id, RPC_PARAMS, "params must be an object", NULL);
	if (!args)
		args = none = json_object();
	out = run(c, id, method, args);
	json_decref(none);
	if (!id) {
		json_decref(out);
		return NULL;
	}
	return out;
}

static json_t *answer_batch(struct caller *c, const json_t *batch)
{
	json_t *all, *one;

	if (json_array_size(batch) == 0 || json_array_size(batch) > BATCH_MAX)
		return error_answer(NULL, RPC_REQUEST, "a batch holds 1 to 64 requests", NULL);
	all = json_array();
	for (size_t i = 0; i < json_array_size(batch); i++) {
		one = answer_one(c, json_array_get(batch, i));
		if (one)
			(void)json_array_append_new(all, one);
	}
	if (json_array_size(all) == 0) {
		json_decref(all);
		return NULL;
	}
	return all;
}

/* The parser recurses: what is nested too deep is refused before it. */
static bool depth_fits(const char *line, size_t len)
{
	unsigned depth = 0;
	bool in_text = false;

	for (size_t i = 0; i < len; i++) {
		if (in_text) {
			i += line[i] == '\\';
			in_text = i < len && line[i] != '"';
		} else if (line[i] == '"') {
			in_text = true;
		} else if (line[i] == '[' || line[i] == '{') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if ((line[i] == ']' || line[i] == '}') && depth > 0) {
			depth--;
		}
	}
	return true;
}

char *rpc_answer(struct caller *c, const char *line, size_t len)
{
	json_error_t where;
	json_t *message = NULL, *out;
	char *text;

	if (len > LINE_MAX_BYTES || !depth_fits(line, len))
		out = error_answer(NULL, RPC_PARSE, "the message is too long or nested too deep", NULL);
	else if (!(message = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where)))
		out = error_answer(NULL, RPC_PARSE, where.text, NULL);
	else
		out = json_is_array(message) ? answer_batch(c, message) : answer_one(c, message);
	json_decref(message);
	text = out ? json_dumps(out, JSON_COMPACT) : NULL;
	json_decref(out);
	return text;
}

char *rpc_event(struct ghl_event *e)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":";
	const char *json = ghl_event_json(e);
	size_t room = json ? sizeof(head) + strlen(json) + 2 : 0;
	char *line = json ? malloc(room) : NULL;

	if (line)
		(void)snprintf(line, room, "%s%s}", head, json);
	return line;
}
