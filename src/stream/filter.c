/*
 * filter.c - what a monitor wants: "name=pattern" terms joined by spaces, all of which must match. A term
 *about something an event does not have (its queue, say) does not match it, except that "*" matches
 *everything. What a snapshot tells is matched by all terms but "event" and "kind", which are about news.
 *
 *	filter = *SP [term *(1*SP term) *SP]
 *	term   = ("event" / "call" / "agent" / "queue" / "trunk" / "group" / "kind") "=" 1*(any character but
 *SP)
 */
#include "stream_priv.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[FILTER_NAMES] = {"event", "call", "agent", "queue", "trunk", "group", "kind"};

static int parse_name(const char *s, size_t len, enum filter_name *out)
{
	for (unsigned i = 0; i < FILTER_NAMES; i++)
		if (strlen(names[i]) == len && memcmp(names[i], s, len) == 0) {
			*out = (enum filter_name)i;
			return 0;
		}
	return error_invalid("filter",
		"\"%.*s\" is no name; event, call, agent, queue, trunk, group or kind?", (int)len, s);
}

static int parse_term(struct filter *f, char *term)
{
	char *eq = strchr(term, '=');
	struct filter_term *t = &f->terms[f->count];

	if (!eq || !eq[1])
		return error_invalid("filter", "\"%s\" is not name=pattern", term);
	if (f->count == FILTER_TERMS)
		return error_invalid("filter", "more than %d terms", FILTER_TERMS);
	if (parse_name(term, (size_t)(eq - term), &t->name) < 0)
		return GHL_EINVAL;
	t->pattern = eq + 1;
	f->count++;
	if (t->name == FILTER_KIND) {
		f->facts = f->facts && text_match(t->pattern, "fact");
		f->live = f->live && text_match(t->pattern, "live");
	}
	return 0;
}

int filter_parse(struct filter *f, const char *text)
{
	char *save = NULL;
	int rc = 0;

	*f = (struct filter){.facts = true, .live = true};
	if (!text || strnlen(text, FILTER_MAX + 1) > FILTER_MAX || !text_is_utf8(text, strlen(text)))
		return error_invalid("filter", "missing, longer than %d bytes, or not UTF-8", FILTER_MAX);
	f->text = strdup(text);
	if (!f->text)
		return GHL_ENOMEM;
	for (char *t = strtok_r(f->text, " ", &save); t && rc == 0; t = strtok_r(NULL, " ", &save))
		rc = parse_term(f, t);
	if (rc < 0)
		filter_finish(f);
	return rc;
}

void filter_finish(struct filter *f)
{
	free(f->text);
	f->text = NULL;
	f->count = 0;
}

static bool match_call(const char *pattern, const struct event_body *b)
{
	const struct event_value *v = body_value(b, GHL_F_CALL);
	uint64_t id = v ? (uint64_t)v->num : b->ids[0];
	char text[GHL_ID_TEXT_MAX], number[24];

	if (id == 0)
		return false;
	(void)snprintf(number, sizeof(number), "%" PRIu64, id);
	return text_match(pattern, ghl_id_text(id, text, sizeof(text))) || text_match(pattern, number);
}

static bool match_field(const char *pattern, const struct event_body *b, enum ghl_event_field f)
{
	const char *s = body_text(b, f);

	return *s && text_match(pattern, s);
}

static bool match_term(const struct filter_term *t, const struct event_body *b)
{
	static const enum ghl_event_field fields[FILTER_NAMES] = {
		[FILTER_AGENT] = GHL_F_AGENT,
		[FILTER_QUEUE] = GHL_F_QUEUE,
		[FILTER_TRUNK] = GHL_F_TRUNK,
		[FILTER_GROUP] = GHL_F_GROUP,
	};

	bool snapshot = (int)b->type >= 2000;

	if (strcmp(t->pattern, "*") == 0 || (snapshot && (t->name == FILTER_EVENT || t->name == FILTER_KIND)))
		return true;
	switch (t->name) {
	case FILTER_EVENT:
		return text_match(t->pattern, ghl_event_type_name(b->type));
	case FILTER_KIND:
		return text_match(t->pattern, event_is_fact(b->type) ? "fact" : "live");
	case FILTER_CALL:
		return match_call(t->pattern, b);
	default:
		return match_field(t->pattern, b, fields[t->name]);
	}
}

bool filter_match(const struct filter *f, const struct event_body *b)
{
	for (unsigned i = 0; i < f->count && b->type != GHL_EV_SNAP_END; i++)
		if (!match_term(&f->terms[i], b))
			return false;
	return true;
}
