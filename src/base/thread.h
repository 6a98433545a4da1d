/* base/thread.h - starting a thread of the library: named, and with every signal left to the program's own
 * threads. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* `name`: at most 15 bytes, as top and gdb show it. stack_bytes 0: the system's default. GHL_EAGAIN: the
 * system has no thread to give. */
int thread_start(pthread_t *out, const char *name, size_t stack_bytes, void *(*fn)(void *arg), void *arg);

#endif
