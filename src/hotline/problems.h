/* hotline/problems.h - the mistakes of one file, gathered with their places, told in order. */
#ifndef HOTLINE_PROBLEMS_H
#define HOTLINE_PROBLEMS_H

#include <govhotline/error.h>

struct problems {
	const char *file;
	struct ghl_error *errs; /* the caller's room */
	unsigned room;
	unsigned count; /* told: at most room */
	unsigned seen;  /* also those for which there was no room */
};

/* `field` is the dotted path of the setting, "" where there is none. */
void problem_at(struct problems *p, unsigned line, unsigned column, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Orders them by place. */
void problems_sort(struct problems *p);

#endif
