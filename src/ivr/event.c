/*
 * event.c - events to handlers by VoiceXML 2.0 section 5.2: counters, names matched by prefix, scope order,
 * cond, count, and what happens where a document handles nothing (section 5.2.5). No error ends a dialogue in
 * silence: the platform is told event, place and message.
 */
#include "fia.h"

#include "base/error.h"

#include <string.h>

bool event_matches(const char *pattern, const char *event)
{
	size_t n = strlen(pattern);

	while (n && pattern[n - 1] == '.')
		n--;
	return !n || (!strncmp(pattern, event, n) && (event[n] == '.' || !event[n]));
}

static struct counter **counters(struct fia *f)
{
	return f->current ? &f->current->events : &f->form_events;
}

static void count_event(struct fia *f, const char *event)
{
	struct counter **list = counters(f), *c = *list;

	while (c && strcmp(c->event, event) != 0)
		c = c->next;
	if (!c) {
		c = arena_alloc(&f->dialog_arena, sizeof(*c));
		if (!c)
			return;
		c->event = arena_text(&f->dialog_arena, event);
		if (!c->event)
			return;
		c->next = *list;
		*list = c;
	}
	c->count++;
}

static unsigned occurred(struct fia *f, const char *pattern)
{
	unsigned n = 0;

	for (const struct counter *c = *counters(f); c; c = c->next)
		if (event_matches(pattern, c->event))
			n += c->count;
	return n;
}

/* The name in a handler's event attribute that matches, in `out`. */
static bool matched_name(const struct node *handler, const char *event, char *out, size_t room)
{
	const char *s = handler->element == EL_CATCH ? node_attr(handler, "event") : handler->info->name;
	size_t n;

	if (!s)
		s = ".";
	for (s += strspn(s, " \t\r\n"); *s; s += n, s += strspn(s, " \t\r\n")) {
		n = strcspn(s, " \t\r\n");
		if (n >= room)
			continue;
		memcpy(out, s, n);
		out[n] = '\0';
		if (event_matches(out, event))
			return true;
	}
	return false;
}

static unsigned handler_count(const struct node *n)
{
	const char *v = node_attr(n, "count");
	int64_t count = 1;

	if (v)
		(void)text_to_int(v, 1, 1000000, &count);
	return (unsigned)count;
}

struct search {
	const char *event;
	const struct node *found;
	unsigned count;
};

/* A later one is better only with a higher count: scope order, then document order. */
static void search_in(struct fia *f, const struct node *scope, struct search *s)
{
	char name[128];
	unsigned count;

	for (const struct node *n = scope->first; n && !f->jump.kind; n = n->next) {
		if (!node_is_handler(n) || !matched_name(n, s->event, name, sizeof(name)))
			continue;
		count = handler_count(n);
		if (count <= occurred(f, name) && count > s->count && fia_cond(f, n)) {
			s->found = n;
			s->count = count;
		}
	}
}

static const struct node *find_handler(struct fia *f, const char *event)
{
	struct search s = {.event = event};

	if (f->current && f->current->node != f->dialog)
		search_in(f, f->current->node, &s);
	if (f->dialog)
		search_in(f, f->dialog, &s);
	search_in(f, f->doc->root, &s);
	if (f->root != f->doc)
		search_in(f, f->root->root, &s);
	return f->jump.kind ? NULL : s.found;
}

enum default_action { ACT_NONE, ACT_REPROMPT, ACT_EXIT, ACT_FAIL };

static const struct {
	const char *event;
	enum default_action action;
} defaults[] = {
	{"cancel", ACT_NONE},
	{"exit", ACT_EXIT},
	{"help", ACT_REPROMPT},
	{"noinput", ACT_REPROMPT},
	{"nomatch", ACT_REPROMPT},
	{"maxspeechtimeout", ACT_REPROMPT},
	{"connection.disconnect", ACT_EXIT},
};

static void fail_unhandled(struct fia *f, const struct jump *j)
{
	const char *name = f->doc ? f->doc->name : f->start->name;

	(void)error_at(&f->err, !strncmp(j->event, "error.badfetch", 14) ? GHL_ENOENT : GHL_ESTATE, name,
		j->at ? j->at->line : 0, 0, "%s%s%s", j->event, *j->message ? ": " : "", j->message);
	f->jump.kind = JUMP_EXIT;
}

static void default_handler(struct fia *f, const struct jump *j)
{
	enum default_action action = ACT_FAIL;

	for (unsigned i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (event_matches(defaults[i].event, j->event)) {
			action = defaults[i].action;
			break;
		}
	if (action == ACT_FAIL)
		fail_unhandled(f, j);
	if (action == ACT_EXIT)
		f->jump.kind = JUMP_EXIT;
	f->quiet = action == ACT_NONE;
}

static bool declare_event(struct fia *f, const struct jump *j)
{
	struct text expr;
	bool ok;

	text_init(&expr);
	script_quote(&expr, j->event);
	ok = fia_script_ok(f, j->at, script_scope_open(f->script, SCOPE_ANONYMOUS)) &&
	     fia_script_ok(
		     f, j->at, script_declare_value(f->script, SCOPE_ANONYMOUS, "_event", text_str(&expr)));
	text_clear(&expr);
	if (*j->message)
		script_quote(&expr, j->message);
	else
		text_add(&expr, "undefined");
	ok = ok && fia_script_ok(f, j->at,
			   script_declare_value(f->script, SCOPE_ANONYMOUS, "_message", text_str(&expr)));
	text_finish(&expr);
	return ok;
}

void event_dispatch(struct fia *f, const struct jump *j)
{
	const struct node *handler;

	count_event(f, j->event);
	if (!declare_event(f, j))
		return;
	handler = find_handler(f, j->event);
	if (f->jump.kind)
		return;
	if (!handler) {
		default_handler(f, j);
		return;
	}
	f->reprompt = false;
	exec_content(f, handler);
	f->quiet = !f->reprompt;
}
