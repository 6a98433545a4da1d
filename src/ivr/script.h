/*
 * ivr/script.h - one ECMAScript heap (Duktape) under limits: bytes, CPU time a turn, cancellation from
 * another thread. Everything here runs protected: no script error, memory shortage or time-out leaves by
 * another way than the returned code. The heap is made when the first expression must be run (draft.h).
 */
#ifndef IVR_SCRIPT_H
#define IVR_SCRIPT_H

#include "base/clock.h"
#include "base/text.h"

#include <stdatomic.h>

struct script;

/* VoiceXML 2.0 section 5.1.2; an inner one shadows the outer ones. */
enum script_scope {
	SCOPE_SESSION,
	SCOPE_APPLICATION,
	SCOPE_DOCUMENT,
	SCOPE_DIALOG,
	SCOPE_ANONYMOUS,
	SCOPE_COUNT
};
const char *script_scope_name(enum script_scope s);

enum script_result {
	SCRIPT_OK,
	SCRIPT_ERROR,  /* the script failed: script_error() says why */
	SCRIPT_BUDGET, /* CPU time was spent or the dialogue was cancelled */
	SCRIPT_MEMORY  /* the heap is full */
};
const char *script_result_name(enum script_result r);

struct script_limits {
	size_t heap_bytes;
	int64_t turn_cpu_us;
	const struct ghl_clock *clock; /* what Date reads */
	const atomic_bool *cancel;
};
/* GHL_ENOMEM. */
int script_create(struct script **out, const struct script_limits *limits);
void script_destroy(struct script *s);
/* The budget starts anew. */
void script_turn_begin(struct script *s);
/* 0 while no heap was needed. */
size_t script_heap_bytes(const struct script *s);
/* Why the last call failed; lent until the next call. */
const char *script_error(const struct script *s);

/* An empty object takes the scope's place. */
enum script_result script_scope_open(struct script *s, enum script_scope scope);
/* The scope becomes another name of the one above it: application, in a document that is its own root. */
enum script_result script_scope_share(struct script *s, enum script_scope scope, enum script_scope with);
enum script_result script_scope_close(struct script *s, enum script_scope scope);

/* Expressions run in the chain of open scopes. */
enum script_result script_bool(struct script *s, const char *expr, bool *out);
enum script_result script_string(struct script *s, const char *expr, struct text *out);
enum script_result script_json(struct script *s, const char *expr, struct text *out);
/* Declares in one scope; expr NULL: undefined, unless it is declared there already. */
enum script_result script_declare(
	struct script *s, enum script_scope scope, const char *name, const char *expr);
/* The same for an expression made here that depends on nothing and has no effect: it may be run later, or
 * never. */
enum script_result script_declare_value(
	struct script *s, enum script_scope scope, const char *name, const char *expr);
/* The left side must be declared, and no session variable. */
enum script_result script_assign(struct script *s, const char *target, const char *expr);
enum script_result script_is_defined(struct script *s, enum script_scope scope, const char *name, bool *out);
/* Whether the text is an expression at all: nothing is run. */
enum script_result script_compiles(struct script *s, const char *expr);

/* hotline.data(key) in scripts asks this. */
typedef const char *script_data_fn(void *arg, const char *key, char *room, size_t size);
enum script_result script_data_install(struct script *s, script_data_fn *fn, void *arg);

/* A text as an ECMAScript (and JSON) literal. */
void script_quote(struct text *out, const char *s);

#endif
