/* problems.c - gathers the mistakes of one file. What is a mistake is decided by who calls. */
#include "problems.h"

#include "base/error.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void problem_at(struct problems *p, unsigned line, unsigned column, const char *field, const char *fmt, ...)
{
	char text[768];
	struct ghl_error *err;
	va_list ap;

	p->seen++;
	if (p->count >= p->room)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err = &p->errs[p->count++];
	(void)error_at(err, GHL_EPARSE, p->file, line, column, "%s", text);
	(void)text_copy(err->field, sizeof(err->field), field);
}

static int by_place(const void *a, const void *b)
{
	const struct ghl_error *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

void problems_sort(struct problems *p)
{
	if (p->count > 1)
		qsort(p->errs, p->count, sizeof(*p->errs), by_place);
}
