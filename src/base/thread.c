/* thread.c - a library must not take a signal that the program waits for: its threads are born with all of
 * them blocked. */
#include "thread.h"

#include "error.h"

#include <signal.h>

int thread_start(pthread_t *out, const char *name, size_t stack_bytes, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;
	pthread_attr_t attr;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_attr_init(&attr);
	if (stack_bytes)
		(void)pthread_attr_setstacksize(&attr, stack_bytes);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(out, &attr, fn, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	if (rc != 0)
		return GHL_EAGAIN;
	(void)pthread_setname_np(*out, name);
	return 0;
}
