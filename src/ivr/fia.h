/*
 * ivr/fia.h - one dialogue's position in its documents: the form interpretation algorithm of VoiceXML 2.0
 * Appendix C and what it runs. Everything here is called on a worker, by one thread at a time; nothing of it
 * knows the loop.
 */
#ifndef IVR_FIA_H
#define IVR_FIA_H

#include "script.h"
#include "turn.h"

struct counter { /* how often an event occurred in an item or form */
	struct counter *next;
	const char *event;
	unsigned count;
};

struct item {
	const struct node *node; /* block, field, transfer, or the menu itself */
	const char *name;        /* its variable; NULL: `filled` stands for it */
	bool filled;
	unsigned prompts; /* the prompt counter less one */
	struct counter *events;
};

/* What to do next instead of selecting an item. */
enum jump_kind { JUMP_NONE, JUMP_EVENT, JUMP_ITEM, JUMP_DIALOG, JUMP_EXIT, JUMP_DISCONNECT };
const char *jump_kind_name(enum jump_kind k);
struct jump {
	enum jump_kind kind;
	const struct node *at;       /* the element that asked for it: for places in messages */
	const char *event, *message; /* in the turn's arena */
	struct item *item;
	struct ivr_document *doc; /* owned; NULL: stay in the document */
	const struct node *dialog;
};

struct fia {
	struct ivr *ivr;
	struct ivr_document *start; /* owned: where the dialogue begins */
	struct ivr_document *doc;   /* owned; NULL before the first turn */
	struct ivr_document *root;  /* owned; the same as doc when it has no root document */
	struct script *script;
	struct turn turn;
	struct jump jump;
	const struct node *dialog;
	struct arena dialog_arena; /* items and counters of this visit of the dialog */
	struct item *items;
	unsigned item_count;
	struct item *current; /* being visited; NULL while the form is set up */
	struct counter *form_events;
	unsigned steps; /* since the last input */
	unsigned steps_max;
	bool quiet; /* a handler ran and asked for no reprompt */
	bool reprompt;
	bool hung_up;    /* nobody hears or answers any more */
	bool disconnect; /* the document asked for that */
	bool ending;     /* the last prompts are playing */
	struct text exit_json;
	struct ghl_error err;
};

/* fia.c: begins, or takes an input, and runs to the next wait: f->turn holds the outcome. */
void fia_begin(struct fia *f);
void fia_input(struct fia *f, const struct ivr_input *input);
void fia_finish(struct fia *f);
/* The dialogue cannot go on: it ends with this error, past every handler. */
void fia_fatal(struct fia *f, int code, const struct node *at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* True when the script went well; else the event is on its way. */
bool fia_script_ok(struct fia *f, const struct node *at, enum script_result r);
bool fia_cond(struct fia *f, const struct node *n); /* its cond attribute; false also after an error */
struct item *fia_item(struct fia *f, const char *name);
/* Its variable is defined. */
bool fia_item_filled(struct fia *f, struct item *i);

/* transition.c */
void jump_event(struct fia *f, const struct node *at, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* "#id", "FILE", "FILE#id" */
void jump_uri(struct fia *f, const struct node *at, const char *uri);
void jump_item(struct fia *f, const struct node *at, const char *name);
/* The attribute, or the value of the one that holds an expression; in the turn's arena. NULL: absent, or an
 * error is on its way. */
const char *attr_or_expr(struct fia *f, const struct node *n, const char *attr, const char *expr_attr);
/* event/eventexpr with message/messageexpr of throw and choice. */
void jump_throw(struct fia *f, const struct node *n);
bool enter_document(struct fia *f, struct ivr_document *doc, const struct node *at);
void enter_dialog(struct fia *f, const struct node *dialog);

/* exec.c: until the end or a jump. */
void exec_content(struct fia *f, const struct node *holder);
/* The same in a new anonymous scope. */
void exec_scoped(struct fia *f, const struct node *holder);
void exec_var(struct fia *f, const struct node *n, enum script_scope scope);

/* event.c */
void event_dispatch(struct fia *f, const struct jump *j);
bool event_matches(const char *pattern, const char *event);

/* prompt.c */
void prompt_queue_item(struct fia *f, struct item *i);
void prompt_queue(struct fia *f, const struct node *prompt);
/* A run of text, audio and value from `first` on, until something else; returns that. */
const struct node *prompt_queue_run(struct fia *f, const struct node *first);
/* The n-th choice's key, "" when it has none. */
void menu_keys(const struct node *menu, const struct node *choice, char *out, size_t room);
void node_words(const struct node *n, struct text *out);

/* input.c */
void wait_input(struct fia *f, struct item *i);
void wait_transfer(struct fia *f, struct item *i);
void take_input(struct fia *f, const struct ivr_input *input);
void take_transfer(struct fia *f, const struct ivr_input *input);

/* property.c: VoiceXML 2.0 section 6.3 */
const char *property_get(const struct fia *f, const struct node *n, const char *name);
uint32_t property_ms(const struct fia *f, const struct node *n, const char *name);

#endif
