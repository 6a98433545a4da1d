/*
 * parse_xml.c - XML (1.0, namespaces) to the tree of model.h by libxml2's SAX2 interface: it gives each
 * element its line and column, refuses what the table of elements does not know, and goes on after an error
 * so that one run names all of them.
 *
 * No DTD is loaded, no entity is declared or fetched, and nothing is read but the text that was handed in.
 */
#include "model.h"

#include "base/error.h"
#include "base/text.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define VXML_NS "http://www.w3.org/2001/vxml"
#define OWN_NS  "urn:govhotline:vxml"

struct reader {
	struct parse *parse;
	xmlParserCtxtPtr xml;
	const char *text; /* the whole document */
	size_t len;
	size_t at; /* line and column are those of this offset */
	unsigned line, column;
	struct node *open;
	unsigned depth;
	unsigned skip; /* depth inside an element whose content is not read */
	struct text chars;
};

void parse_error(struct parse *p, int code, unsigned line, unsigned column, const char *fmt, ...)
{
	char what[512];
	struct ghl_error one;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)error_at(&one, code, p->doc->name, line, column, "%s", what);
	if (code != GHL_EUNSUPPORTED)
		p->only_unsupported = false;
	if (!p->err)
		p->errors++;
	else if (p->errors++ == 0)
		*p->err = one;
	else {
		n = strlen(p->err->text);
		(void)snprintf(p->err->text + n, sizeof(p->err->text) - n, "\n%s", one.text);
	}
}

/* The parser stands behind a start tag; '<' cannot stand inside one, so the tag began at the last '<' before
 * that. */
static void find_place(struct reader *r)
{
	long offset = xmlByteConsumed(r->xml);
	size_t to;

	if (offset <= 0 || (size_t)offset > r->len)
		return;
	to = (size_t)offset;
	while (to > 0 && r->text[--to] != '<')
		;
	for (; r->at < to; r->at++) {
		r->column += ((unsigned char)r->text[r->at] & 0xc0) != 0x80;
		if (r->text[r->at] == '\n') {
			r->line++;
			r->column = 1;
		}
	}
}

static struct node *add_node(struct reader *r, const struct element_info *info)
{
	struct node *n = arena_alloc(&r->parse->doc->arena, sizeof(*n));

	if (!n)
		return NULL;
	n->element = info->element;
	n->info = info;
	n->line = r->line;
	n->column = r->column;
	n->parent = r->open;
	if (!r->open)
		r->parse->doc->root = n;
	else if (r->open->last)
		r->open->last->next = n;
	else
		r->open->first = n;
	if (r->open) {
		r->open->last = n;
		n->lang = r->open->lang;
	}
	return n;
}

static bool is_blank(const char *s)
{
	return !s[strspn(s, " \t\r\n")];
}

static void flush_text(struct reader *r)
{
	struct node *n;

	if (r->open && r->chars.len && !is_blank(r->chars.s)) {
		if (!(r->open->info->holds & IN_TEXT))
			parse_error(r->parse, GHL_EPARSE, r->open->line, r->open->column,
				"text may not stand in <%s>", r->open->info->name);
		else if ((n = add_node(r, element_text())))
			n->text = arena_text(&r->parse->doc->arena, r->chars.s);
	}
	text_clear(&r->chars);
}

static void unknown_attr(struct reader *r, const struct node *n, const char *name)
{
	const char *pos = n->info->attrs, *near;
	char names[16][32];
	const char *list[16];
	unsigned count = 0;
	bool required;

	while (count < 16 && element_next_attr(&pos, names[count], sizeof(names[0]), &required)) {
		list[count] = names[count];
		count++;
	}
	near = count ? text_nearest(name, list, count) : NULL;
	parse_error(r->parse, GHL_EPARSE, n->line, n->column,
		near ? "<%s> has no attribute \"%s\"; \"%s\"?" : "<%s> has no attribute \"%s\"",
		n->info->name, name, near);
}

static void add_attr(struct reader *r, struct node *n, const xmlChar **a)
{
	struct arena *arena = &r->parse->doc->arena;
	const char *name = (const char *)a[0], *uri = (const char *)a[2];
	char *value = arena_bytes(arena, (const char *)a[3], (size_t)(a[4] - a[3]));
	struct attr *slot = (struct attr *)&n->attrs[n->attr_count];

	if (uri) {
		if (!strcmp(uri, "http://www.w3.org/XML/1998/namespace") && !strcmp(name, "lang"))
			n->lang = value;
		return; /* attributes of other namespaces mean nothing here: XML Namespaces 6.2 */
	}
	if (!element_has_attr(n->info, name)) {
		unknown_attr(r, n, name);
		return;
	}
	slot->name = arena_text(arena, name);
	slot->value = value;
	if (slot->name && slot->value)
		n->attr_count++;
}

static void check_required(struct reader *r, const struct node *n)
{
	const char *pos = n->info->attrs;
	char name[32];
	bool required;

	while (element_next_attr(&pos, name, sizeof(name), &required))
		if (required && !node_attr(n, name))
			parse_error(r->parse, GHL_EPARSE, n->line, n->column,
				"<%s> needs the attribute \"%s\"", n->info->name, name);
}

static const struct element_info *known_element(struct reader *r, const char *name, const char *uri)
{
	bool own = uri && !strcmp(uri, OWN_NS);
	const struct element_info *info = NULL;
	const char *near;

	if (own || !uri || !strcmp(uri, VXML_NS))
		info = element_find(name, own);
	if (info)
		return info;
	near = element_nearest(name);
	if (uri && !own && strcmp(uri, VXML_NS) != 0)
		parse_error(r->parse, GHL_EPARSE, r->line, r->column,
			"element <%s> is of a namespace that is not known: %s", name, uri);
	else if (near)
		parse_error(r->parse, GHL_EPARSE, r->line, r->column, "element <%s> is not known; <%s>?",
			name, near);
	else
		parse_error(r->parse, GHL_EPARSE, r->line, r->column, "element <%s> is not known", name);
	return NULL;
}

static bool may_stand(struct reader *r, const struct element_info *info)
{
	const struct node *in = r->open;

	if (!in) {
		if (info->element == EL_VXML)
			return true;
		parse_error(r->parse, GHL_EPARSE, r->line, r->column, "the document is not <vxml> but <%s>",
			info->name);
		return false;
	}
	if (info->is & in->info->holds)
		return true;
	parse_error(r->parse, GHL_EPARSE, r->line, r->column, "<%s> may not stand in <%s>", info->name,
		in->info->name);
	return false;
}

static bool is_accepted(struct reader *r, const struct element_info *info)
{
	if (!info || !may_stand(r, info))
		return false;
	if (r->depth > r->parse->depth_max) {
		parse_error(r->parse, GHL_EPARSE, r->line, r->column, "elements are nested more than %u deep",
			r->parse->depth_max);
		return false;
	}
	if (info->element == EL_REFUSED) {
		parse_error(r->parse, GHL_EUNSUPPORTED, r->line, r->column,
			"element <%s> is not supported yet", info->name);
		return false;
	}
	return true;
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int namespaces, const xmlChar **namespace_list, int attrs, int defaulted, const xmlChar **attr_list)
{
	struct reader *r = arg;
	const struct element_info *info;
	struct node *n;

	(void)prefix, (void)namespaces, (void)namespace_list, (void)defaulted;
	if (r->skip) {
		r->skip++;
		return;
	}
	flush_text(r);
	find_place(r);
	r->depth++;
	info = known_element(r, (const char *)name, (const char *)uri);
	n = is_accepted(r, info) ? add_node(r, info) : NULL;
	if (!n) {
		r->skip = 1;
		return;
	}
	n->attrs = arena_alloc(&r->parse->doc->arena, sizeof(struct attr) * (size_t)(attrs + 1));
	for (int i = 0; n->attrs && i < attrs; i++)
		add_attr(r, n, &attr_list[5 * i]);
	check_required(r, n);
	r->open = n;
	r->skip = info->holds & IN_ANY ? 1 : 0;
	if (r->skip)
		r->open = n->parent;
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reader *r = arg;

	(void)name, (void)prefix, (void)uri;
	if (r->skip) {
		if (--r->skip == 0)
			r->depth--;
		return;
	}
	flush_text(r);
	r->depth--;
	r->open = r->open->parent;
}

static void on_chars(void *arg, const xmlChar *s, int len)
{
	struct reader *r = arg;

	if (!r->skip && r->open)
		text_add_bytes(&r->chars, s, (size_t)len);
}

static void on_entity(void *arg, const xmlChar *name, int type, const xmlChar *public_id,
	const xmlChar *system_id, xmlChar *content)
{
	struct reader *r = arg;

	(void)type, (void)public_id, (void)system_id, (void)content;
	parse_error(r->parse, GHL_EPARSE, (unsigned)xmlSAX2GetLineNumber(r->xml), 0,
		"entity \"%s\": a document declares no entities", (const char *)name);
	xmlStopParser(r->xml);
}

static void on_xml_error(void *arg, xmlErrorPtr e)
{
	struct reader *r = arg;
	char what[256];

	if (e->level < XML_ERR_ERROR || e->code == XML_ERR_USER_STOP)
		return;
	(void)text_copy(what, sizeof(what), e->message ? e->message : "not well-formed");
	what[strcspn(what, "\r\n")] = '\0';
	parse_error(r->parse, GHL_EPARSE, e->line > 0 ? (unsigned)e->line : 1,
		e->int2 > 0 ? (unsigned)e->int2 : 0, "XML: %s", what);
}

static void init_xml(void)
{
	xmlInitParser();
}

static void init_handlers(xmlSAXHandler *sax)
{
	memset(sax, 0, sizeof(*sax));
	sax->initialized = XML_SAX2_MAGIC;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->characters = on_chars;
	sax->ignorableWhitespace = on_chars;
	sax->cdataBlock = on_chars;
	sax->entityDecl = on_entity;
	sax->serror = (xmlStructuredErrorFunc)on_xml_error;
}

void parse_xml(struct parse *p, const char *xml, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct reader r = {.parse = p, .text = xml, .len = len, .line = 1, .column = 1};
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *before_arg = xmlStructuredErrorContext;
	xmlSAXHandler sax;

	(void)pthread_once(&once, init_xml);
	init_handlers(&sax);
	r.xml = xmlCreateMemoryParserCtxt(xml, (int)len);
	if (!r.xml) {
		parse_error(p, len ? GHL_ENOMEM : GHL_EPARSE, 1, 1, "%s",
			len ? "no memory" : "the document is empty");
		return;
	}
	*r.xml->sax = sax;
	r.xml->userData = &r;
	(void)xmlCtxtUseOptions(
		r.xml, XML_PARSE_NONET | XML_PARSE_NOENT); /* the predefined ones: there are no others */
	xmlSetStructuredErrorFunc(&r, on_xml_error);       /* this thread's: else encoders write to stderr */
	(void)xmlParseDocument(r.xml);
	xmlSetStructuredErrorFunc(before_arg, before);
	p->xml_broken = !r.xml->wellFormed;
	if (!r.xml->wellFormed && !p->errors)
		parse_error(p, GHL_EPARSE, r.line, 0, "XML: not well-formed");
	if (r.xml->myDoc)
		xmlFreeDoc(r.xml->myDoc);
	xmlFreeParserCtxt(r.xml);
	text_finish(&r.chars);
}
