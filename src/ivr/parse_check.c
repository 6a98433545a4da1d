/*
 * parse_check.c - what attributes and names must say once the tree stands: durations, booleans, choices of
 * one attribute out of several, names used twice, dialogs that a goto names but nobody wrote, digits of a
 * choice. Expressions are checked when they run, as the Recommendation has it: an error in one is an event,
 * error.semantic.
 */
#include "model.h"

#include "base/map.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct checker {
	struct parse *parse;
	unsigned next_index; /* of the next form item */
	struct map seen;
};

static void complain(struct checker *c, const struct node *n, const char *fmt, const char *what)
{
	char text[256];

	(void)text_copy(text, sizeof(text), what);
	parse_error(c->parse, GHL_EPARSE, n->line, n->column, fmt, n->info->name, text);
}

static bool is_one_of(const char *list, const char *v)
{
	size_t n = strlen(v);

	for (const char *p = list; n && (p = strstr(p, v)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

static const struct {
	const char *attr, *values;
} enumerated[] = {
	{"bargein", "true false"},
	{"bridge", "true false"},
	{"modal", "true false"},
	{"mode", "all any"},
	{"bargeintype", "speech hotword"},
	{"accept", "exact approximate"},
	{"scope", "dialog document"},
	{"version", "2.0 2.1"},
};

static const char *const durations[] = {"timeout", "connecttimeout", "maxtime", "fetchtimeout", "time"};

static void check_values(struct checker *c, const struct node *n)
{
	const char *v;
	char fmt[128];
	uint32_t ms;

	for (unsigned i = 0; i < sizeof(enumerated) / sizeof(enumerated[0]); i++) {
		v = node_attr(n, enumerated[i].attr);
		if (!v || is_one_of(enumerated[i].values, v))
			continue;
		(void)snprintf(fmt, sizeof(fmt), "<%%s> %s=\"%%s\" is none of: %s", enumerated[i].attr,
			enumerated[i].values);
		complain(c, n, fmt, v);
	}
	for (unsigned i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		v = node_attr(n, durations[i]);
		if (v && !vxml_duration(v, &ms)) {
			(void)snprintf(fmt, sizeof(fmt),
				"<%%s> %s=\"%%s\" is no time such as 5s or 300ms, up to an hour",
				durations[i]);
			complain(c, n, fmt, v);
		}
	}
}

static void check_count(struct checker *c, const struct node *n)
{
	const char *v = node_attr(n, "count");
	int64_t count;

	if (v && !text_to_int(v, 1, 1000000, &count))
		complain(c, n, "<%s> count=\"%s\" is no number from 1", v);
}

/* At most, or exactly, one attribute of a list. */
static void check_one(struct checker *c, const struct node *n, bool needed, const char *list)
{
	char name[32];
	bool ignored;
	unsigned have = 0;

	for (const char *pos = list; element_next_attr(&pos, name, sizeof(name), &ignored);)
		have += node_attr(n, name) != NULL;
	if (have > 1)
		complain(c, n, "<%s> has more than one of: %s", list);
	if (!have && needed)
		complain(c, n, "<%s> needs one of: %s", list);
}

static void check_dialog_name(struct checker *c, const struct node *n, const char *uri)
{
	if (uri && *uri == '#' && !document_dialog(c->parse->doc, uri + 1))
		complain(c, n, "<%s> goes to \"%s\", but no form or menu has that id", uri);
}

static void check_goto(struct checker *c, const struct node *n)
{
	const char *item = node_attr(n, "nextitem");
	const struct node *form = n;

	check_one(c, n, true, "next expr nextitem expritem");
	check_dialog_name(c, n, node_attr(n, "next"));
	while (form && form->element != EL_FORM && form->element != EL_VXML)
		form = form->parent;
	if (!item || !form || form->element != EL_FORM)
		return;
	for (const struct node *i = form->first; i; i = i->next)
		if (node_is_item(i) && node_attr_is(i, "name", item))
			return;
	complain(c, n, "<%s> goes to the item \"%s\", which this form does not have", item);
}

static void check_choice(struct checker *c, const struct node *n)
{
	const char *dtmf = node_attr(n, "dtmf");

	check_one(c, n, true, "next expr event eventexpr");
	check_one(c, n, false, "message messageexpr");
	check_dialog_name(c, n, node_attr(n, "next"));
	if (dtmf && (!*dtmf || dtmf[strspn(dtmf, "0123456789*#ABCD ")]))
		complain(c, n, "<%s> dtmf=\"%s\" holds more than the keys 0-9, *, # and A-D", dtmf);
}

static void check_transfer(struct checker *c, const struct node *n)
{
	static const char *const known[] = {"queue:", "agent:", "tel:", "sip:", "sips:"};
	const char *dest = node_attr(n, "dest"), *type = node_attr(n, "type");

	check_one(c, n, true, "dest destexpr");
	check_one(c, n, false, "bridge type");
	if (type && !strcmp(type, "consultation"))
		parse_error(c->parse, GHL_EUNSUPPORTED, n->line, n->column,
			"transfer type=\"consultation\" is not supported yet");
	else if (type && !is_one_of("blind bridge", type))
		complain(c, n, "<%s> type=\"%s\" is none of: blind bridge consultation", type);
	if (!dest)
		return;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(dest, known[i], strlen(known[i])) && dest[strlen(known[i])])
			return;
	complain(c, n, "<%s> dest=\"%s\" is none of: queue:NAME agent:NAME tel:NUMBER sip:ADDRESS", dest);
}

static void check_field(struct checker *c, const struct node *n)
{
	const char *type = node_attr(n, "type"), *wrong = type ? builtin_check(type) : NULL;

	if (!type)
		parse_error(c->parse, GHL_EPARSE, n->line, n->column,
			"<field> has no type and no grammar: nothing could fill it");
	else if (wrong)
		parse_error(c->parse, strstr(wrong, "yet") ? GHL_EUNSUPPORTED : GHL_EPARSE, n->line,
			n->column, "field type=\"%.100s\": %s", type, wrong);
}

static void check_filled(struct checker *c, const struct node *n)
{
	if (n->parent->element != EL_FORM && (node_attr(n, "mode") || node_attr(n, "namelist")))
		complain(c, n, "<%s> in <%s> takes neither mode nor namelist", n->parent->info->name);
}

static void check_branch(struct checker *c, const struct node *n)
{
	for (const struct node *later = n->next; n->element == EL_ELSE && later; later = later->next)
		if (later->element == EL_ELSE || later->element == EL_ELSEIF)
			complain(c, later, "<%s> stands behind %s", "<else>");
}

/* ECMAScript's IdentifierName in ASCII, and any letter beyond it. */
static bool is_identifier(const char *s)
{
	if (!*s || strchr("0123456789", *s))
		return false;
	for (; *s; s++)
		if (!((unsigned char)*s >= 0x80 || *s == '_' || *s == '$' || (*s >= '0' && *s <= '9') ||
			    ((*s | 32) >= 'a' && (*s | 32) <= 'z')))
			return false;
	return true;
}

static void check_name(struct checker *c, struct node *n)
{
	const char *name = node_attr(n, "name");

	n->index = c->next_index++;
	if (!name)
		return;
	if (!is_identifier(name))
		complain(c, n, "<%s> name=\"%s\" is no ECMAScript name", name);
	else if (map_get_text(&c->seen, name))
		complain(c, n, "<%s> name=\"%s\" is used twice in this form", name);
	else
		(void)map_put_text(&c->seen, name, n);
}

static void check_dialog(struct checker *c, const struct node *n)
{
	const char *id = node_attr(n, "id");

	if (id && document_dialog(c->parse->doc, id) != n)
		complain(c, n, "<%s> id=\"%s\" is used twice", id);
	c->next_index = 0;
	map_finish(&c->seen);
	map_init(&c->seen);
}

static void check_menu(struct checker *c, const struct node *n)
{
	const char *v = node_attr(n, "dtmf");

	check_dialog(c, n);
	if (v && !is_one_of("true false", v))
		complain(c, n, "<%s> dtmf=\"%s\" is none of: true false", v);
	if (!node_child(n, EL_CHOICE))
		parse_error(c->parse, GHL_EPARSE, n->line, n->column, "<menu> has no <choice>");
}

static void check_element(struct checker *c, struct node *n)
{
	switch (n->element) {
	case EL_FORM:
		check_dialog(c, n);
		break;
	case EL_MENU:
		check_menu(c, n);
		break;
	case EL_CHOICE:
		check_choice(c, n);
		break;
	case EL_GOTO:
		check_goto(c, n);
		break;
	case EL_TRANSFER:
		check_transfer(c, n);
		break;
	case EL_FIELD:
		check_field(c, n);
		break;
	case EL_FILLED:
		check_filled(c, n);
		break;
	case EL_ELSE:
	case EL_ELSEIF:
		check_branch(c, n);
		break;
	case EL_AUDIO:
		check_one(c, n, true, "src expr");
		break;
	case EL_EXIT:
		check_one(c, n, false, "expr namelist");
		break;
	case EL_THROW:
		check_one(c, n, true, "event eventexpr");
		check_one(c, n, false, "message messageexpr");
		break;
	default:
		break;
	}
	if (node_is_item(n))
		check_name(c, n);
}

static void check_below(struct checker *c, struct node *n)
{
	if (n->element != EL_META)
		check_values(c, n);
	check_count(c, n);
	check_element(c, n);
	for (struct node *child = n->first; child; child = child->next)
		check_below(c, child);
}

void parse_check(struct parse *p)
{
	struct checker c = {.parse = p};

	map_init(&c.seen);
	check_below(&c, p->doc->root);
	map_finish(&c.seen);
}
