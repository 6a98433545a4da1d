/* media/recorder.h - recordings: frames from a media thread, a file from the recorder thread, the outcome to
 * the loop. */
#ifndef MEDIA_RECORDER_H
#define MEDIA_RECORDER_H

#include "media.h"
#include "ring.h"

#include "base/list.h"

#include <sys/types.h>

#include <sodium.h>

/* 20 ms of one direction. */
struct frame {
	uint8_t code[MEDIA_FRAME_SAMPLES];
	uint8_t codec; /* enum media_codec */
	bool idle;     /* nothing comes: silence that a bridge need not pass on */
};

#define RECORDING_RING_FRAMES 160 /* 3.2 s */

struct recorded {
	uint32_t gap; /* frames that had no place, before this one */
	struct frame left, right;
};

enum recording_state {
	RECORDING_NEW,
	RECORDING_WRITING,
	RECORDING_FAILED,
	RECORDING_SYNCING,
	RECORDING_HASHING,
	RECORDING_DONE
};
const char *recording_state_name(enum recording_state s);

struct media_recording {
	struct list node; /* recorder's; or its incoming list */
	struct recorder *recorder;
	char *path;
	enum media_wav format;

	struct ring frames;    /* media thread -> recorder thread */
	uint32_t gap;          /* media thread: frames without place until now */
	int64_t started_at_us; /* media thread, before the first frame */
	atomic_bool ended;     /* media thread: no frame follows */

	/* recorder thread */
	enum recording_state state;
	int fd;
	dev_t device;
	bool dirty;   /* written since the last sync was asked */
	off_t behind; /* the disk was told to write until here */
	uint32_t data_bytes;
	int64_t due_us;  /* when the next block is written */
	uint64_t hashed; /* bytes */
	crypto_generichash_state *hash;
	struct media_recording_done facts;

	/* loop thread */
	struct loop *loop;
	struct loop_task task;
	struct media_port *port; /* NULL: closed, or stopped */
	bool finished;           /* the file is complete */
	media_record_done_fn *done;
	void *arg;
};

struct recorder;
struct media;
int recorder_create(struct recorder **out, struct media *m);
/* Every leg has ended its recording. Finishes every file. */
void recorder_destroy(struct recorder *r);
void recorder_add(struct recorder *r, struct media_recording *rec);
int64_t recorder_cpu_us(const struct recorder *r);
unsigned recorder_count(const struct recorder *r);
/* How bytes reach the disk: pwrite(2) but for tests of slow and failing disks. */
typedef ssize_t recorder_write_fn(int fd, const void *data, size_t n, off_t at);
void recorder_write_set(struct recorder *r, recorder_write_fn *fn);
/* How a file system is made durable: syncfs(2) but for tests. */
typedef int recorder_sync_fn(int fd);
void recorder_sync_set(struct recorder *r, recorder_sync_fn *fn);

/* Media thread. */
void recording_put(
	struct media_recording *r, const struct frame *left, const struct frame *right, int64_t utc_us);
void recording_skip(struct media_recording *r, uint32_t frames);
void recording_end(struct media_recording *r);
/* Recorder thread: the file is complete. */
void recording_finished(struct media_recording *r, struct loop *loop);
/* Loop thread: its port closes. */
void recording_detach(struct media_recording *r);

#endif
