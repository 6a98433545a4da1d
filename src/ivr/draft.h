/* ivr/draft.h - the variables of a dialogue that has run no script yet: scopes and values whose expressions
 * stand on their own. Most menus of a hotline need no more; a script heap is made, and filled from here, when
 * one does. */
#ifndef IVR_DRAFT_H
#define IVR_DRAFT_H

#include "base/list.h"
#include "script.h"

struct draft_variable {
	struct list node;
	const char *name;
	const char *expr; /* NULL: declared and undefined */
};

struct draft_scope {
	bool open;
	enum script_scope holder; /* whose variables these are: itself, or the scope it shares */
	struct list variables;    /* in the order of their first declaration */
};

struct draft {
	struct draft_scope scopes[SCOPE_COUNT];
};

void draft_init(struct draft *d);
void draft_finish(struct draft *d);

/* Each of these tells whether it was done; where it was not, nothing is changed and a heap must do it. */
bool draft_open(struct draft *d, enum script_scope scope);
bool draft_share(struct draft *d, enum script_scope scope, enum script_scope with);
bool draft_close(struct draft *d, enum script_scope scope);
/* `expr` is copied. It must depend on nothing and have no effect: it is run when the heap is made, or never.
 */
bool draft_declare(struct draft *d, enum script_scope scope, const char *name, const char *expr);
bool draft_is_defined(const struct draft *d, enum script_scope scope, const char *name, bool *out);

/* Whether an author's expression is a plain number, truth value or text: such a one depends on nothing. */
bool draft_is_literal(const char *expr);

#endif
