/*
 * elements.c - the elements of VoiceXML 2.0 (Appendix O) and 2.1, what may stand in what, and their
 * attributes. The model is that of the schema, with the order of children left free as the schema leaves it.
 * Elements that this build does not run yet are listed too, so that a document that uses one is told so
 * instead of being told that the element does not exist.
 */
#include "model.h"

#include "base/text.h"

#include <string.h>

#define IN_CODE   (IN_EXEC | IN_SAY | IN_TEXT)
#define IN_SPEECH (IN_SAY | IN_SSML | IN_TEXT)
#define IN_INPUT  (IN_SAY | IN_TEXT | IN_EVENT | IN_FILLED | IN_GRAMMAR | IN_LINK | IN_PROMPT | IN_PROPERTY)
#define CATCHES   "event count cond"
#define COUNTS    "count cond"
#define FETCHES   " fetchaudio fetchhint fetchtimeout maxage maxstale"

static const struct element_info text_info = {"text", EL_TEXT, IN_TEXT, 0, ""};

static const struct element_info elements[] = {
	{"assign", EL_ASSIGN, IN_EXEC, 0, "name! expr!"},
	{"audio", EL_AUDIO, IN_SAY, IN_SPEECH | IN_DESC, "src expr" FETCHES},
	{"block", EL_BLOCK, IN_ITEM, IN_CODE, "name expr cond"},
	{"break", EL_BREAK, IN_SSML, 0, "time strength size"},
	{"catch", EL_CATCH, IN_EVENT, IN_CODE, CATCHES},
	{"choice", EL_CHOICE, IN_CHOICE, IN_TEXT | IN_GRAMMAR,
		"dtmf accept next expr event eventexpr message messageexpr" FETCHES},
	{"clear", EL_CLEAR, IN_EXEC, 0, "namelist"},
	{"data", EL_REFUSED, IN_EXEC | IN_VAR, IN_ANY, ""},
	{"desc", EL_META, IN_DESC, IN_TEXT, ""},
	{"disconnect", EL_DISCONNECT, IN_EXEC, 0, ""},
	{"else", EL_ELSE, IN_BRANCH, 0, ""},
	{"elseif", EL_ELSEIF, IN_BRANCH, 0, "cond!"},
	{"emphasis", EL_SPOKEN, IN_SSML, IN_SPEECH, "level"},
	{"enumerate", EL_ENUMERATE, IN_SAY, IN_SPEECH, ""},
	{"error", EL_ERROR, IN_EVENT, IN_CODE, COUNTS},
	{"exit", EL_EXIT, IN_EXEC, 0, "expr namelist"},
	{"field", EL_FIELD, IN_ITEM, IN_INPUT | IN_OPTION, "name expr cond type slot modal"},
	{"filled", EL_FILLED, IN_FILLED, IN_CODE, "mode namelist"},
	{"foreach", EL_REFUSED, IN_EXEC | IN_SSML, IN_ANY, ""},
	{"form", EL_FORM, IN_DIALOG,
		IN_ITEM | IN_EVENT | IN_FILLED | IN_GRAMMAR | IN_LINK | IN_PROPERTY | IN_SCRIPT | IN_VAR,
		"id scope"},
	{"goto", EL_GOTO, IN_EXEC, 0, "next expr nextitem expritem" FETCHES},
	{"grammar", EL_REFUSED, IN_GRAMMAR, IN_ANY, ""},
	{"help", EL_HELP, IN_EVENT, IN_CODE, COUNTS},
	{"if", EL_IF, IN_EXEC, IN_CODE | IN_BRANCH, "cond!"},
	{"initial", EL_REFUSED, IN_ITEM, IN_ANY, ""},
	{"link", EL_REFUSED, IN_LINK, IN_ANY, ""},
	{"log", EL_LOG, IN_EXEC, IN_TEXT | IN_VALUE, "label expr"},
	{"mark", EL_REFUSED, IN_SSML, IN_ANY, ""},
	{"menu", EL_MENU, IN_DIALOG, IN_SAY | IN_TEXT | IN_CHOICE | IN_PROMPT | IN_PROPERTY | IN_EVENT,
		"id scope accept dtmf"},
	{"meta", EL_META, IN_META, 0, "name content http-equiv"},
	{"metadata", EL_META, IN_META, IN_ANY, ""},
	{"noinput", EL_NOINPUT, IN_EVENT, IN_CODE, COUNTS},
	{"nomatch", EL_NOMATCH, IN_EVENT, IN_CODE, COUNTS},
	{"object", EL_REFUSED, IN_ITEM, IN_ANY, ""},
	{"option", EL_REFUSED, IN_OPTION, IN_ANY, ""},
	{"p", EL_SPOKEN, IN_SSML, IN_SPEECH, ""},
	{"param", EL_REFUSED, IN_PARAM, IN_ANY, ""},
	{"phoneme", EL_REFUSED, IN_SSML, IN_ANY, ""},
	{"prompt", EL_PROMPT, IN_EXEC | IN_PROMPT, IN_SPEECH, "bargein bargeintype cond count timeout"},
	{"property", EL_PROPERTY, IN_PROPERTY, 0, "name! value!"},
	{"prosody", EL_SPOKEN, IN_SSML, IN_SPEECH, "pitch contour range rate duration volume"},
	{"record", EL_REFUSED, IN_ITEM, IN_ANY, ""},
	{"reprompt", EL_REPROMPT, IN_EXEC, 0, ""},
	{"return", EL_REFUSED, IN_EXEC, IN_ANY, ""},
	{"s", EL_SPOKEN, IN_SSML, IN_SPEECH, ""},
	{"say-as", EL_REFUSED, IN_SSML, IN_ANY, ""},
	{"script", EL_REFUSED, IN_EXEC | IN_SCRIPT, IN_ANY, ""},
	{"sub", EL_REFUSED, IN_SSML, IN_ANY, ""},
	{"subdialog", EL_REFUSED, IN_ITEM, IN_ANY, ""},
	{"submit", EL_REFUSED, IN_EXEC, IN_ANY, ""},
	{"throw", EL_THROW, IN_EXEC, 0, "event eventexpr message messageexpr"},
	{"transfer", EL_TRANSFER, IN_ITEM, IN_INPUT,
		"name expr cond dest destexpr bridge type connecttimeout maxtime"},
	{"value", EL_VALUE, IN_SAY | IN_VALUE, 0, "expr!"},
	{"var", EL_VAR, IN_EXEC | IN_VAR, 0, "name! expr"},
	{"voice", EL_SPOKEN, IN_SSML, IN_SPEECH, "gender age variant name"},
	{"vxml", EL_VXML, 0, IN_DIALOG | IN_EVENT | IN_META | IN_VAR | IN_SCRIPT | IN_PROPERTY | IN_LINK,
		"version! application"},
};

/* xmlns "urn:govhotline:vxml": call data, which travels with the call */
static const struct element_info own_elements[] = {
	{"data", EL_CALL_DATA, IN_EXEC, 0, "name! expr!"},
};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

const struct element_info *element_find(const char *name, bool own_namespace)
{
	const struct element_info *table = own_namespace ? own_elements : elements;
	size_t n = own_namespace ? COUNT_OF(own_elements) : COUNT_OF(elements);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

const struct element_info *element_text(void)
{
	return &text_info;
}

const char *element_nearest(const char *name)
{
	const char *names[COUNT_OF(elements)];

	for (size_t i = 0; i < COUNT_OF(elements); i++)
		names[i] = elements[i].name;
	return text_nearest(name, names, COUNT_OF(elements));
}

bool element_next_attr(const char **pos, char *name, size_t room, bool *required)
{
	size_t n;

	*pos += strspn(*pos, " ");
	n = strcspn(*pos, " !");
	if (!n || n >= room)
		return false;
	memcpy(name, *pos, n);
	name[n] = '\0';
	*pos += n;
	*required = **pos == '!';
	*pos += *required;
	return true;
}

bool element_has_attr(const struct element_info *info, const char *name)
{
	const char *pos = info->attrs;
	char known[32];
	bool required;

	while (element_next_attr(&pos, known, sizeof(known), &required))
		if (!strcmp(known, name))
			return true;
	return false;
}
