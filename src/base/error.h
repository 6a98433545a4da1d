/* base/error.h - filling a struct ghl_error. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <govhotline/error.h>

/* Each returns `code`, so that `return error_set(err, GHL_EINVAL, ...)` reads well. `err` may be NULL. */
int error_set(struct ghl_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Text becomes "where:line:column: message"; column 0 or line 0 are left out. */
int error_at(struct ghl_error *err, int code, const char *where, unsigned line, unsigned column,
	const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* Text becomes "field: message". */
int error_field(struct ghl_error *err, int code, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Why the public function that runs on this thread fails, for ghl_error_last(): for those that have no struct
 * ghl_error to fill. Each returns the code.
 */
int error_note(int code, const char *field, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int error_invalid(const char *field, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same of a text that was made elsewhere, and names its field already. */
int error_note_again(int code, const char *field, const char *text);
/* Nothing has failed yet: done where a public function begins. */
void error_forget(void);
/* What was noted since, code 0: nothing. Lent until the next note. */
const struct ghl_error *error_noted(void);

/* The GHL_E* code for an errno value. */
int error_from_errno(int errnum);

#endif
