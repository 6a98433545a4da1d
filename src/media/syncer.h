/* media/syncer.h - the thread that waits for the disk, so that the recorder thread never does. */
#ifndef MEDIA_SYNCER_H
#define MEDIA_SYNCER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct synced {
	dev_t device;
	int status; /* 0, or a negative error code */
};

/* How a file system is made durable: syncfs(2) but for tests of slow disks. */
typedef int syncer_sync_fn(int fd);

struct syncer;
int syncer_create(struct syncer **out);
/* Does first what was asked. */
void syncer_destroy(struct syncer *s);
void syncer_sync_set(struct syncer *s, syncer_sync_fn *fn);
int64_t syncer_cpu_us(const struct syncer *s);

/* The recorder thread. A descriptor stays open until a sync asked after it was last named here is told. */
/* These bytes may go to the disk already. A hint: dropped when too many wait. */
void syncer_write_behind(struct syncer *s, int fd, off_t from, off_t bytes);
/* All that was written to the file system of `fd` until now shall become durable. False: too many wait. */
bool syncer_ask(struct syncer *s, int fd, dev_t device);
/* Starts the thread on what was asked since the last call. */
void syncer_wake(struct syncer *s);
/* False: no sync was completed since the last. */
bool syncer_told(struct syncer *s, struct synced *out);

#endif
