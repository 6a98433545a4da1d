/* property.c - properties by VoiceXML 2.0 section 6.3: the nearest element that sets one, then the root
 * document, then the default. */
#include "fia.h"

#include <string.h>

static const struct {
	const char *name, *value;
} defaults[] = {
	{"bargein", "true"}, {"timeout", "5s"}, {"interdigittimeout", "3s"}, {"termtimeout", "0s"},
	{"termchar", "#"}, {"inputmodes", "dtmf voice"},
	{"govhotline.secret", "false"}, /* ours: the keys of this input are told to nobody */
};

static const char *find(const struct node *n, const char *name)
{
	for (; n; n = n->parent)
		for (const struct node *c = n->first; c; c = c->next)
			if (c->element == EL_PROPERTY && node_attr_is(c, "name", name))
				return node_attr(c, "value");
	return NULL;
}

const char *property_get(const struct fia *f, const struct node *n, const char *name)
{
	const char *v = find(n, name);

	if (!v && f->root != f->doc)
		v = find(f->root->root, name);
	for (unsigned i = 0; !v && i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!strcmp(defaults[i].name, name))
			return defaults[i].value;
	return v ? v : "";
}

uint32_t property_ms(const struct fia *f, const struct node *n, const char *name)
{
	uint32_t ms = 0;

	(void)vxml_duration(property_get(f, n, name), &ms);
	return ms;
}
