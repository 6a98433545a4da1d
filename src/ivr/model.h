/*
 * ivr/model.h - a compiled document: a tree of elements whose names, attributes and places were checked,
 * never changed after it was made, so that any number of dialogues on any thread may run it.
 */
#ifndef IVR_MODEL_H
#define IVR_MODEL_H

#include "arena.h"
#include "ivr.h"

#include <stdatomic.h>

/* Elements that are run. Those that are only refused have EL_REFUSED in the table of elements.c. */
enum element {
	EL_REFUSED,
	EL_TEXT,
	EL_VXML,
	EL_FORM,
	EL_MENU,
	EL_CHOICE,
	EL_ENUMERATE,
	EL_BLOCK,
	EL_FIELD,
	EL_TRANSFER,
	EL_FILLED,
	EL_PROMPT,
	EL_AUDIO,
	EL_BREAK,
	EL_VALUE,
	EL_SPOKEN,
	EL_CATCH,
	EL_ERROR,
	EL_HELP,
	EL_NOINPUT,
	EL_NOMATCH,
	EL_VAR,
	EL_ASSIGN,
	EL_CLEAR,
	EL_IF,
	EL_ELSEIF,
	EL_ELSE,
	EL_GOTO,
	EL_EXIT,
	EL_DISCONNECT,
	EL_THROW,
	EL_REPROMPT,
	EL_LOG,
	EL_PROPERTY,
	EL_META,
	EL_CALL_DATA
};

/* What an element is to the one that holds it. */
enum {
	IN_DIALOG = 1 << 0, /* form, menu */
	IN_ITEM = 1 << 1,   /* form items */
	IN_EVENT = 1 << 2,  /* catch and its short forms */
	IN_EXEC = 1 << 3,   /* executable content */
	IN_SAY = 1 << 4,    /* audio, value, enumerate */
	IN_SSML = 1 << 5,   /* break and what speech synthesis reads */
	IN_TEXT = 1 << 6,   /* characters */
	IN_VAR = 1 << 7,
	IN_META = 1 << 8,
	IN_PROPERTY = 1 << 9,
	IN_GRAMMAR = 1 << 10,
	IN_FILLED = 1 << 11,
	IN_PROMPT = 1 << 12,
	IN_CHOICE = 1 << 13,
	IN_OPTION = 1 << 14,
	IN_BRANCH = 1 << 15, /* elseif, else */
	IN_SCRIPT = 1 << 16,
	IN_LINK = 1 << 17,
	IN_DESC = 1 << 18,
	IN_PARAM = 1 << 19,
	IN_VALUE = 1 << 20,
	IN_ANY = 1 << 21 /* whatever stands inside is skipped */
};

struct element_info {
	const char *name;
	enum element element;
	unsigned is;       /* IN_* */
	unsigned holds;    /* IN_* */
	const char *attrs; /* names between spaces; a '!' behind one that is required */
};

struct attr {
	const char *name; /* lent by the document's arena */
	const char *value;
};

struct node {
	enum element element;
	const struct element_info *info;
	unsigned line, column;
	unsigned index; /* form items: their place in the form */
	struct node *parent, *first, *last, *next;
	const char *text; /* EL_TEXT: characters as they stand */
	const char *lang; /* xml:lang in force */
	const struct attr *attrs;
	unsigned attr_count;
};

struct ivr_document {
	atomic_uint refs;
	struct arena arena;
	const char *name;   /* as it was opened: stands before places */
	const char *path;   /* absolute; the name again when it was no file */
	const char *folder; /* relative names start here; "" is the present folder */
	struct node *root;  /* vxml */
};

/* The element tables. */
const struct element_info *element_find(const char *name, bool own_namespace);
const struct element_info *element_text(void);
const char *element_nearest(const char *name);
bool element_has_attr(const struct element_info *info, const char *name);
/* Walks the attribute names: *pos starts at the table's text. False at the end. */
bool element_next_attr(const char **pos, char *name, size_t room, bool *required);

/* NULL where it is absent. */
const char *node_attr(const struct node *n, const char *name);
bool node_attr_is(const struct node *n, const char *name, const char *value);
const struct node *node_child(const struct node *n, enum element e);
/* A form item or menu: what has its own prompts, counters and event handlers. */
bool node_is_item(const struct node *n);
bool node_is_handler(const struct node *n);
/* The dialog of that id, or NULL; the first one for "". */
const struct node *document_dialog(const struct ivr_document *d, const char *id);

/* "1.5s", "300ms": milliseconds, at most an hour. */
bool vxml_duration(const char *s, uint32_t *ms);
/* A builtin grammar's name and parameters: NULL, or what is wrong with it. */
const char *builtin_check(const char *type);

/* parse_xml.c: the tree, or errors. parse_check.c: what the tree's attributes and names say. */
struct parse {
	struct ivr_document *doc;
	struct ghl_error *err;
	unsigned errors;
	bool only_unsupported; /* every error so far was of an element that is not supported yet */
	bool xml_broken;       /* the tree is not whole */
	uint32_t depth_max;
};
void parse_error(struct parse *p, int code, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void parse_xml(struct parse *p, const char *xml, size_t len);
void parse_check(struct parse *p);

#endif
