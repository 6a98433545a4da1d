/*
 * data.c - call data (row 10a, CSTA Associate Data): texts that travel with a call. Written on the loop; read
 * from dialogue workers too, hence the lock.
 */
#include "call_priv.h"

#include "base/error.h"
#include "base/text.h"

#include <govhotline/event.h>

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void call_data_init(struct call *c)
{
	(void)pthread_mutex_init(&c->lock, NULL);
}

void call_data_finish(struct call *c)
{
	for (unsigned i = 0; i < c->data_count; i++) {
		free(c->data[i].key);
		free(c->data[i].value);
	}
	(void)pthread_mutex_destroy(&c->lock);
}

static bool key_valid(const char *key)
{
	size_t n = key ? strlen(key) : 0;

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)key[i]) && !strchr("_.-", key[i]))
			return false;
	return n >= 1 && n <= CALL_DATA_KEY_MAX;
}

static struct datum *find(struct call *c, const char *key)
{
	for (unsigned i = 0; i < c->data_count; i++)
		if (strcmp(c->data[i].key, key) == 0)
			return &c->data[i];
	return NULL;
}

static void drop(struct call *c, struct datum *d)
{
	free(d->key);
	free(d->value);
	*d = c->data[--c->data_count];
}

static int add(struct call *c, const char *key, char *value)
{
	char *copy;

	if (c->data_count == CALL_DATA_MAX)
		return GHL_EFULL;
	copy = strdup(key);
	if (!copy)
		return GHL_ENOMEM;
	c->data[c->data_count++] = (struct datum){copy, value};
	return 0;
}

static int set_locked(struct call *c, const char *key, const char *value)
{
	struct datum *d = find(c, key);
	char *copy;
	int rc = 0;

	if (!value[0]) {
		if (d)
			drop(c, d);
		return 0;
	}
	copy = strdup(value);
	if (!copy)
		return GHL_ENOMEM;
	if (d) {
		free(d->value);
		d->value = copy;
		return 0;
	}
	rc = add(c, key, copy);
	if (rc < 0)
		free(copy);
	return rc;
}

static bool value_valid(const char *value)
{
	size_t n = value ? strlen(value) : CALL_DATA_VALUE_MAX + 1;

	return n <= CALL_DATA_VALUE_MAX && text_is_utf8(value, n);
}

int call_data_set(struct call *c, const char *key, const char *value)
{
	struct event_draft d;
	int rc;

	if (!key_valid(key))
		return error_invalid("key", "\"%.64s\" is not [A-Za-z0-9_.-]{1,64}", key ? key : "");
	if (!value_valid(value))
		return error_invalid("value", "longer than %d bytes, or not UTF-8", CALL_DATA_VALUE_MAX);
	(void)pthread_mutex_lock(&c->lock);
	rc = set_locked(c, key, value);
	(void)pthread_mutex_unlock(&c->lock);
	if (rc < 0)
		return rc;
	call_draft(&d, GHL_EV_CALL_INFO, c);
	event_draft_text(&d, GHL_F_KEY, key);
	event_draft_text(&d, GHL_F_VALUE, value);
	stream_tell(c->cs->core, &d);
	return 0;
}

int call_data_parse(const char *json, json_t **out)
{
	json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, NULL), *value;
	const char *key, *wrong = NULL;

	if (!json_is_object(o) || json_object_size(o) > CALL_DATA_MAX) {
		json_decref(o);
		return error_invalid("data", "not a JSON object of at most %d texts", CALL_DATA_MAX);
	}
	json_object_foreach(o, key, value)
	{
		if (!key_valid(key) || !value_valid(json_string_value(value)))
			wrong = key;
	}
	if (wrong) {
		(void)error_invalid("data", "\"%.64s\" is no key, or its value no text of at most %d bytes",
			wrong, CALL_DATA_VALUE_MAX);
		json_decref(o);
		return GHL_EINVAL;
	}
	*out = o;
	return 0;
}

int call_data_take(struct call *c, const json_t *data)
{
	const char *key;
	json_t *value;
	int rc = 0;

	json_object_foreach((json_t *)data, key, value)
	{
		if (rc == 0)
			rc = call_data_set(c, key, json_string_value(value));
	}
	return rc;
}

const char *call_data_get(struct call *c, const char *key, char *room, size_t size)
{
	const char *found = NULL;
	struct datum *d;

	(void)pthread_mutex_lock(&c->lock);
	d = find(c, key);
	if (d) {
		(void)text_copy(room, size, d->value);
		found = room;
	}
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

char *call_data_json(struct call *c)
{
	json_t *o = json_object();
	char *text;

	for (unsigned i = 0; o && i < c->data_count; i++)
		(void)json_object_set_new(o, c->data[i].key, json_string(c->data[i].value));
	text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(o);
	return text;
}
