/*
 * json.c - an event as one line of JSON (RFC 8259): "event", "at" (RFC 3339), "at_us", "position", "monitor",
 * then its fields by name. Ids are decimal strings, because a JSON reader may hold numbers as doubles. Texts
 * of the event are UTF-8; a byte that is not is written as U+FFFD.
 */
#include "event.h"

#include <inttypes.h>
#include <string.h>

/* Bytes of the UTF-8 character at s; 0: not well-formed. */
static size_t char_len(const char *s)
{
	for (size_t n = 1; n <= 4 && (n == 1 || s[n - 1]); n++)
		if (text_is_utf8(s, n))
			return n;
	return 0;
}

static void add_escaped(struct text *t, unsigned char c)
{
	static const char shorts[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
	const char *at = c ? strchr(shorts, c) : NULL;

	if (at)
		text_fmt(t, "\\%c", names[at - shorts]);
	else
		text_fmt(t, "\\u%04x", c);
}

static void add_string(struct text *t, const char *s)
{
	text_add_char(t, '"');
	while (*s) {
		size_t n = char_len(s);

		if (n == 0)
			text_add(t, "\xef\xbf\xbd");
		else if (n == 1 && ((unsigned char)*s < 0x20 || *s == '"' || *s == '\\'))
			add_escaped(t, (unsigned char)*s);
		else
			text_add_bytes(t, s, n);
		s += n ? n : 1;
	}
	text_add_char(t, '"');
}

static void add_value(struct text *t, const struct event_body *b, const struct event_value *v)
{
	text_fmt(t, ",\"%s\":", ghl_event_field_name((enum ghl_event_field)v->field));
	if (v->kind == GHL_FIELD_TEXT)
		add_string(t, b->pool.s + v->at);
	else if (v->kind == GHL_FIELD_ID)
		text_fmt(t, "\"%" PRIu64 "\"", (uint64_t)v->num);
	else
		text_fmt(t, "%" PRId64, v->num);
}

static void add_head(struct text *t, const struct ghl_event *e)
{
	const struct event_body *b = e->body;
	char at[32];

	text_fmt(t, "{\"event\":\"%s\",\"at\":\"%s\",\"at_us\":%" PRId64, ghl_event_type_name(b->type),
		text_utc(b->at_us, at), b->at_us);
	if (e->monitor)
		text_fmt(t, ",\"monitor\":\"%" PRIu64 "\"", e->monitor);
	if (b->position.fact || b->position.epoch)
		text_fmt(t, ",\"resume\":\"%" PRIu64 ".%" PRIu64 ".%" PRIu64 "\"", b->position.fact,
			b->position.epoch, b->position.live);
}

const char *ghl_event_json(struct ghl_event *e)
{
	struct text t;

	if (e->json)
		return e->json;
	text_init(&t);
	add_head(&t, e);
	for (unsigned i = 0; i < e->body->count; i++)
		if (strcmp(ghl_event_field_name((enum ghl_event_field)e->body->values[i].field), "?") != 0)
			add_value(&t, e->body, &e->body->values[i]);
	text_add_char(&t, '}');
	e->json = text_take(&t);
	text_finish(&t);
	return e->json;
}
