/* base/text.h - a growing byte buffer with a sticky failure, and small text checks. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *s;    /* always ends in NUL once something was added */
	size_t len; /* without the NUL */
	size_t room;
	bool failed; /* an allocation failed; everything after it was dropped */
};

void text_init(struct text *t);
void text_finish(struct text *t);
void text_clear(struct text *t);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *p, size_t n);
void text_add_char(struct text *t, char c);
void text_fmt(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vfmt(struct text *t, const char *fmt, va_list ap);
/* Takes the buffer out: the caller frees it. NULL when an allocation had failed. */
char *text_take(struct text *t);
/* What was gathered so far; "" when nothing was. */
const char *text_str(const struct text *t);

/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates. */
bool text_is_utf8(const char *s, size_t len);
/* Copies at most room-1 bytes, cut at a UTF-8 boundary; always ends in NUL. Returns false when it was cut. */
bool text_copy(char *to, size_t room, const char *from);
/* A whole decimal number in [min, max], nothing after it. False leaves *out alone. */
bool text_to_int(const char *s, int64_t min, int64_t max, int64_t *out);
/* Reads a number of 1 to `most` (at most 9) decimal digits, no sign, and moves `*s` behind it. False: no
 * digit is there. */
bool text_take_number(const char **s, unsigned most, unsigned *out);
/* Reads "2026-11-23", "2026-11-23T09:15" or "2026-11-23 09:15:30" (ISO 8601's, ranges unchecked): how many
 * numbers there are, 3, 5 or 6; 0: it is no such text. What is not there is 0. */
unsigned text_date(const char *s, unsigned v[6]);
/* Shell-like pattern with * and ?, for names. */
bool text_match(const char *pattern, const char *s);
/* Edit distance (Damerau-Levenshtein, restricted), at most `limit` + 1; for "did you mean". */
unsigned text_distance(const char *a, const char *b, unsigned limit);
/* The nearest of `names` within a third of the length, or NULL. */
const char *text_nearest(const char *s, const char *const *names, size_t n);
/* Instants: "2026-11-23T10:22:25.123456Z" into `out` (at least 32 bytes). */
char *text_utc(int64_t at_us, char out[32]);

#endif
