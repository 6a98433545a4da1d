/*
 * base/argument.h - the checks of a public function's arguments. Each returns 0, or GHL_EINVAL and notes the
 * argument by its name for ghl_error_last().
 */
#ifndef BASE_ARGUMENT_H
#define BASE_ARGUMENT_H

#include <govhotline/id.h>

#include <stddef.h>
#include <stdint.h>

/* Not NULL. */
int argument_given(const char *field, const void *p);
/* An id of that kind. */
int argument_id(const char *field, uint64_t id, enum ghl_id_kind kind);
/* A number in [min, max]. */
int argument_range(const char *field, int64_t value, int64_t min, int64_t max);
/* The size that stands first in a public struct: that of this version. */
int argument_size(const char *field, uint32_t size, size_t wanted);
/* Copies a text that must be there and fit. */
int argument_text(const char *field, char *to, size_t room, const char *from);
/* The same; NULL is taken as "". */
int argument_text_or_none(const char *field, char *to, size_t room, const char *from);

#endif
