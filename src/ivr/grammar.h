/*
 * ivr/grammar.h - what a caller may key or say, behind one small interface: the active grammars of a wait are
 * a set, asked with the keys so far, and at the end for a meaning. Builtin types (VoiceXML 2.0 Appendix P),
 * keys and phrases of choices now.
 */
#ifndef IVR_GRAMMAR_H
#define IVR_GRAMMAR_H

#include "model.h"

#include "base/text.h"

enum grammar_kind { GRAMMAR_DIGITS, GRAMMAR_BOOLEAN, GRAMMAR_KEYS, GRAMMAR_PHRASE };
const char *grammar_kind_name(enum grammar_kind k);

struct grammar {
	struct grammar *next;
	enum grammar_kind kind;
	unsigned min, max;       /* digits */
	char yes, no;            /* boolean */
	const char *text;        /* keys, or the phrase; lent */
	const struct node *node; /* the choice it belongs to, or NULL */
};

/* In order of precedence; immutable once the wait has begun. */
struct grammar_set {
	struct grammar *first, *last;
};

/* NULL: no memory. The grammar lives in the arena; lent texts must outlive it. */
struct grammar *grammar_add(struct grammar_set *set, struct arena *a, enum grammar_kind kind);
/* type is checked by builtin_check() already. */
void grammar_add_builtin(struct grammar_set *set, struct arena *a, const char *type);

/* struct ivr_listen's question; `set` is a struct grammar_set. */
bool grammar_complete(void *set, const char *digits, bool *more);
/* The most keys any of them takes. */
unsigned grammar_max_digits(const struct grammar_set *set);
/* The first that matches whole, or NULL; the meaning as an ECMAScript expression. */
const struct grammar *grammar_match_dtmf(
	const struct grammar_set *set, const char *digits, struct text *meaning);
const struct grammar *grammar_match_speech(
	const struct grammar_set *set, const char *words, struct text *meaning);
bool grammar_has_speech(const struct grammar_set *set);

#endif
