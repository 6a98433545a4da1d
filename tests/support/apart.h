/*
 * apart.h - processes beside a test that may be killed: a hotline that tells what it was told of, and a crowd
 * of citizens and agents' phones that keeps it busy. Both are this program, run again.
 *
 * What they tell, a line each, on the pipe `fd`:
 *	port N                          the hotline takes calls
 *	started | cleared CALL SERIAL   a fact the hotline's monitor was told of
 *	recorded CALL SERIAL            so too: the recording's end
 *	talk NUMBER INSTANT             a citizen was answered; UTC in microseconds
 */
#ifndef APART_H
#define APART_H

#include "fixture.h"

#include <sys/types.h>

struct apart {
	pid_t pid;
	int fd;
	size_t used, seen;
	char told[1 << 20]; /* all lines so far */
};

/* main() begins with this: it returns when the program is the test itself. */
void apart_main(int argc, char **argv);

/* A hotline on this configuration; with `disk` under the power-loss shim, `image` being what survives. */
void apart_hotline(struct apart *a, const char *config, const char *disk, const char *image);
/* `stay` citizens whose calls last, `go` whose calls come and go, and the phones 1001 .. 1005. The calling
   numbers are counted from `first` on. */
void apart_crowd(struct apart *a, uint16_t port, unsigned stay, unsigned go, uint64_t first);
/* The next line, without its end, lent until the next call; NULL when there is none within the limit. The
   process may be gone: what it told before can still be read. */
char *apart_line(struct apart *a, int limit_ms);
/* Ends it by this signal; the status waitpid() tells. Its lines can still be read. */
int apart_end(struct apart *a, int sig);
void apart_close(struct apart *a);

#endif
