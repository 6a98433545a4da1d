/* base/log.h - log lines: level, module and key=value text on stderr; with journald's <N> prefix under
 * systemd. Any thread. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* From GHL_LOG=error|warn|info|debug at first use; warn where it is unset. */
void log_level_set(enum log_level level);
enum log_level log_level_get(void);
const char *log_level_name(enum log_level level);

/* One line; `fmt` is "event key=value key=\"text\"". Control characters of foreign text are written as \xNN.
 */
void log_line(enum log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(module, ...) log_line(LOG_LEVEL_ERROR, module, __VA_ARGS__)
#define log_warn(module, ...)  log_line(LOG_LEVEL_WARN, module, __VA_ARGS__)
#define log_info(module, ...)  log_line(LOG_LEVEL_INFO, module, __VA_ARGS__)
#define log_debug(module, ...)                                                                               \
	do {                                                                                                 \
		if (log_level_get() >= LOG_LEVEL_DEBUG)                                                      \
			log_line(LOG_LEVEL_DEBUG, module, __VA_ARGS__);                                      \
	} while (0)

#endif
