/*
 * apart.h - processes beside a test that may be killed: the real `govhotline serve`, a watcher at its control
 * socket, a crowd of citizens and agents' phones that keeps it busy, and processes that take serials from its
 * store. All but the first are this program, run again.
 *
 * What they tell, a line each, on the pipe `fd`:
 *	port N                         the watcher: the hotline takes calls there
 *	started CALL SERIAL            the watcher: a fact the hotline told
 *	cleared CALL SERIAL            so too; or the answer, when the watcher cleared the call itself
 *	recorded CALL SERIAL           so too: the recording's end
 *	talk NUMBER INSTANT            the crowd: a citizen was answered; UTC in microseconds
 *	bye NUMBER INSTANT             the crowd: that citizen hangs up
 *	late 0 MICROSECONDS            the crowd: its own media thread was woken more than APART_STALL_US
 *	                               late; the watcher: the hotline's was
 *	took ID SERIAL                 a taker: both are its own, durably
 */
#ifndef APART_H
#define APART_H

#include "fixture.h"

#include <sys/types.h>

#define APART_STALL_US 200000

struct apart {
	pid_t pid;
	int fd;
	size_t used, seen;
	char told[1 << 20]; /* all lines so far */
};

/* main() begins with this: it returns when the program is the test itself. */
void apart_main(int argc, char **argv);

struct apart_serve {
	const char *config;
	const char *beside; /* a folder for its log and the socket of its readiness; not on the disk below */
	const char *disk;   /* NULL, or the tree that is under the power-loss shim */
	const char *image;  /* what survives of that */
	int limit_ms;       /* to be ready */
	bool no_sync;       /* under the shim: LMDB is opened with MDB_NOSYNC */
};
/* Starts `govhotline serve` and waits until it has told that it is ready (sd_notify(3)). It has no lines. */
void apart_serve(struct apart *a, const struct apart_serve *how);
/* A watcher at a control socket: it tells facts and keeps the agents 1001 .. 1005 ready. It ends, with
   status 0, when the hotline's end of the socket is gone and all that was told is read. */
void apart_watch(struct apart *a, const char *control);
/* `stay` citizens whose calls last, `go` whose calls come and go, and the phones 1001 .. 1005. The calling
   numbers are counted from `first` on. */
void apart_crowd(struct apart *a, uint16_t port, unsigned stay, unsigned go, uint64_t first);
/* Takes `count` ids of calls and serials of orders from a store, each durably, and then rests. */
void apart_take(struct apart *a, const char *store, unsigned count);
/* The next line, without its end, lent until the next call; NULL when there is none within the limit. The
   process may be gone: what it told before can still be read. */
char *apart_line(struct apart *a, int limit_ms);
/* Waits for its end after this signal (0: none); the status waitpid() tells. Its lines can still be read. */
int apart_end(struct apart *a, int sig);
void apart_close(struct apart *a);

/* --- watch.c --- */
/* The watcher's own work. Returns when the hotline has gone. */
void watch_hotline(const char *control);

#endif
