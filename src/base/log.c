/* log.c - one write(2) a line, so that lines of several threads and processes do not mix. */
#include "log.h"

#include "clock.h"
#include "text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const int journal_priority[] = {3, 4, 6, 7};
static atomic_int current = -1;

const char *log_level_name(enum log_level level)
{
	return (unsigned)level < 4 ? level_names[level] : "?";
}

void log_level_set(enum log_level level)
{
	atomic_store(&current, (int)level);
}

enum log_level log_level_get(void)
{
	int level = atomic_load(&current);
	const char *env;

	if (level >= 0)
		return (enum log_level)level;
	level = LOG_LEVEL_WARN;
	env = getenv("GHL_LOG");
	for (int i = 0; env && i < 4; i++)
		if (strcmp(env, level_names[i]) == 0)
			level = i;
	atomic_store(&current, level);
	return (enum log_level)level;
}

void log_line(enum log_level level, const char *module, const char *fmt, ...)
{
	char raw[1024], line[1400], stamp[32];
	struct ghl_clock clock;
	size_t n;
	va_list ap;

	if (level > log_level_get())
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	clock_init_real(&clock);
	if (getenv("JOURNAL_STREAM"))
		n = (size_t)snprintf(line, sizeof(line), "<%d>%s: ", journal_priority[level], module);
	else
		n = (size_t)snprintf(line, sizeof(line), "%s %s %s: ", text_utc(clock_utc_us(&clock), stamp),
			log_level_name(level), module);
	for (const unsigned char *p = (const unsigned char *)raw; *p && n + 6 < sizeof(line); p++) {
		if (*p < 0x20 || *p == 0x7f)
			n += (size_t)snprintf(line + n, 5, "\\x%02x", *p);
		else
			line[n++] = (char)*p;
	}
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return; /* nobody to tell */
}
