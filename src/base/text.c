/* text.c - text buffers and small text checks. */
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void text_init(struct text *t)
{
	memset(t, 0, sizeof(*t));
}

void text_finish(struct text *t)
{
	free(t->s);
	text_init(t);
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->failed = false;
	if (t->s)
		t->s[0] = 0;
}

static bool make_room(struct text *t, size_t more)
{
	size_t room = t->room ? t->room : 64;
	char *s;

	if (t->failed)
		return false;
	if (t->len + more + 1 <= t->room)
		return true;
	while (room < t->len + more + 1)
		room *= 2;
	s = realloc(t->s, room);
	if (!s) {
		t->failed = true;
		return false;
	}
	t->s = s;
	t->room = room;
	return true;
}

void text_add_bytes(struct text *t, const void *p, size_t n)
{
	if (!make_room(t, n))
		return;
	if (n)
		memcpy(t->s + t->len, p, n);
	t->len += n;
	t->s[t->len] = 0;
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_add_char(struct text *t, char c)
{
	text_add_bytes(t, &c, 1);
}

void text_vfmt(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !make_room(t, (size_t)n))
		return;
	(void)vsnprintf(t->s + t->len, (size_t)n + 1, fmt, ap);
	t->len += (size_t)n;
}

void text_fmt(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vfmt(t, fmt, ap);
	va_end(ap);
}

char *text_take(struct text *t)
{
	char *s;

	if (!make_room(t, 0)) {
		text_finish(t);
		return NULL;
	}
	t->s[t->len] = 0;
	s = t->s;
	text_init(t);
	return s;
}

const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

/* the length of the well-formed sequence at p, 0 when there is none */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80                   ? 1
		   : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		   : (p[0] & 0xf0) == 0xe0       ? 3
		   : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
						 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

bool text_is_utf8(const char *s, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_len((const unsigned char *)s + i, len - i);
		if (n == 0)
			return false;
	}
	return true;
}

bool text_copy(char *to, size_t room, const char *from)
{
	size_t n = strlen(from);
	bool whole = n < room;

	if (!whole) {
		n = room - 1;
		while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(to, from, n);
	to[n] = 0;
	return whole;
}

bool text_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long v;

	if (!s || !((*s >= '0' && *s <= '9') || (*s == '-' && s[1] >= '0' && s[1] <= '9')))
		return false;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end || v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool text_take_number(const char **s, unsigned most, unsigned *out)
{
	const char *first = *s;

	for (*out = 0; most && **s >= '0' && **s <= '9'; most--, (*s)++)
		*out = *out * 10 + (unsigned)(**s - '0');
	return *s != first;
}

unsigned text_date(const char *s, unsigned v[6])
{
	static const char *const behind[] = {"-", "-", "T ", ":", ":"};
	unsigned n = 0;

	memset(v, 0, 6 * sizeof(*v));
	while (text_take_number(&s, n ? 2 : 4, &v[n])) {
		n++;
		if (!*s)
			return n == 3 || n >= 5 ? n : 0;
		if (n == 6 || !strchr(behind[n - 1], *s++))
			return 0;
	}
	return 0;
}

bool text_match(const char *pattern, const char *s)
{
	const char *star = NULL, *back = NULL;

	while (*s) {
		if (*pattern == '*') {
			star = ++pattern;
			back = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star;
			s = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == 0;
}

#define DISTANCE_MAX 64

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
	unsigned row[3][DISTANCE_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > DISTANCE_MAX || m > DISTANCE_MAX)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = row[i % 3], *up = row[(i - 1) % 3], *upup = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				upup[j - 2] + 1 < best)
				best = upup[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m] > limit ? limit + 1 : row[n % 3][m];
}

const char *text_nearest(const char *s, const char *const *names, size_t n)
{
	unsigned limit = (unsigned)(strlen(s) / 3 + 1), best = limit + 1, d;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		d = text_distance(s, names[i], limit);
		if (d < best) {
			best = d;
			found = names[i];
		}
	}
	return found;
}

char *text_utc(int64_t at_us, char out[32])
{
	int64_t sec = at_us / 1000000, us = at_us % 1000000;
	char wide[96];
	time_t t;
	struct tm tm;

	if (us < 0) {
		us += 1000000;
		sec--;
	}
	t = (time_t)sec;
	if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
		memset(&tm, 0, sizeof(tm));
	(void)snprintf(wide, sizeof(wide), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)us);
	(void)memcpy(out, wide, 31);
	out[31] = 0;
	return out;
}
