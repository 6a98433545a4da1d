/*
 * schema.c - the arguments of an operation against its table: an unknown name is refused with the one that
 * was probably meant, so that a misspelt option never does something else.
 */
#include "server_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const type_names[] = {"end", "text", "integer", "boolean", "id", "object", "list"};

const char *param_type_name(enum param_type type)
{
	return (size_t)type < sizeof(type_names) / sizeof(type_names[0]) ? type_names[type] : "?";
}

int caller_fail(struct caller *c, int code, const char *fmt, ...)
{
	va_list ap;

	memset(&c->err, 0, sizeof(c->err));
	c->err.code = code;
	va_start(ap, fmt);
	(void)vsnprintf(c->err.text, sizeof(c->err.text), fmt, ap);
	va_end(ap);
	return code;
}

/* How far apart two names are: Levenshtein over at most 31 letters. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[32], n = (unsigned)strnlen(b, 31);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; i < 32 && a[i - 1]; i++) {
		unsigned corner = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static const char *nearer(const char *name, const char *candidate, unsigned *best, const char *found)
{
	unsigned d = distance(name, candidate);

	if (d >= *best || d > 1 + strlen(candidate) / 3)
		return found;
	*best = d;
	return candidate;
}

const char *operation_nearest(const char *name)
{
	size_t n;
	const struct operation *ops = operations(&n);
	const char *found = NULL;
	unsigned best = 32;

	for (size_t i = 0; i < n; i++)
		found = nearer(name, ops[i].name, &best, found);
	return found;
}

static const char *param_nearest(const struct operation *op, const char *name)
{
	const char *found = NULL;
	unsigned best = 32;

	for (const struct param *p = op->args; p->type != PARAM_END; p++)
		found = nearer(name, p->name, &best, found);
	return nearer(name, "as", &best, found);
}

static const struct param *param_find(const struct operation *op, const char *name)
{
	for (const struct param *p = op->args; p->type != PARAM_END; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static bool type_fits(const struct param *p, const json_t *v)
{
	switch (p->type) {
	case PARAM_TEXT:
		return json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v);
	case PARAM_INT:
		return json_is_integer(v) && json_integer_value(v) >= p->min &&
		       json_integer_value(v) <= p->max;
	case PARAM_BOOL:
		return json_is_boolean(v);
	case PARAM_ID:
		return json_is_string(v);
	case PARAM_OBJECT:
		return json_is_object(v);
	default:
		return json_is_array(v);
	}
}

static int wrong_type(struct caller *c, const struct param *p)
{
	(void)caller_fail(c, GHL_EINVAL, "%s: must be %s%s", p->name,
		p->type == PARAM_INT ? "an " : "of type ", param_type_name(p->type));
	if (p->type == PARAM_INT)
		(void)caller_fail(c, GHL_EINVAL, "%s: must be an integer from %lld to %lld", p->name,
			(long long)p->min, (long long)p->max);
	(void)snprintf(c->err.field, sizeof(c->err.field), "%s", p->name);
	return GHL_EINVAL;
}

static int unknown_name(struct caller *c, const struct operation *op, const char *name)
{
	const char *near = param_nearest(op, name);

	(void)caller_fail(c, GHL_EINVAL, "%s: \"%.64s\" is no argument%s%s%s", op->name, name,
		near ? "; \"" : "", near ? near : "", near ? "\"?" : "");
	(void)snprintf(c->err.field, sizeof(c->err.field), "%.63s", name);
	return GHL_EINVAL;
}

int operation_check(struct caller *c, const struct operation *op, const json_t *args)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)args, name, value)
	{
		const struct param *p = param_find(op, name);

		if (strcmp(name, "as") == 0 && json_is_string(value))
			continue;
		if (!p)
			return unknown_name(c, op, name);
		if (!type_fits(p, value))
			return wrong_type(c, p);
	}
	for (const struct param *p = op->args; p->type != PARAM_END; p++)
		if (p->required && !json_object_get(args, p->name)) {
			(void)caller_fail(c, GHL_EINVAL, "%s: \"%s\" is missing", op->name, p->name);
			(void)snprintf(c->err.field, sizeof(c->err.field), "%s", p->name);
			return GHL_EINVAL;
		}
	return 0;
}

const char *arg_text(const json_t *args, const char *name)
{
	return json_string_value(json_object_get(args, name));
}

int64_t arg_int(const json_t *args, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(args, name);

	return v ? json_integer_value(v) : otherwise;
}

bool arg_bool(const json_t *args, const char *name)
{
	return json_is_true(json_object_get(args, name));
}

int arg_id(struct caller *c, const json_t *args, const char *name, enum ghl_id_kind kind, uint64_t *out)
{
	const char *text = arg_text(args, name);

	if (text && ghl_id_parse(text, kind, out) == 0)
		return 0;
	return caller_fail(c, GHL_EINVAL, "%s: \"%.40s\" is no id of kind %s", name, text ? text : "",
		ghl_id_kind_name(kind));
}

static json_t *describe_params(const struct param *params)
{
	json_t *all = json_array();

	for (const struct param *p = params; p->type != PARAM_END; p++) {
		json_t *one = json_pack("{s:s, s:s, s:b, s:s}", "name", p->name, "type",
			param_type_name(p->type), "required", p->required, "help", p->help);

		if (p->type == PARAM_INT) {
			(void)json_object_set_new(one, "min", json_integer(p->min));
			(void)json_object_set_new(one, "max", json_integer(p->max));
		}
		(void)json_array_append_new(all, one);
	}
	return all;
}

json_t *operation_describe(const struct operation *op, const char *right)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", op->name, "function", op->function,
		"right", right, "help", op->help, "args", describe_params(op->args), "results",
		describe_params(op->results));
}
