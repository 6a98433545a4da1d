/*
 * recorder.c - the recorder thread: blocks of frames become WAV files, one sync a second makes all of them
 * durable. It never waits for a sync: that is syncer.c's.
 *
 *   NEW --file made--> WRITING --ended, last block--> SYNCING --synced--> HASHING --> DONE, told to the loop
 *    |                    | no space, I/O error, 4 GiB   |                                  ^
 *    +--------> FAILED <--+------------------------------+                                  |
 *                 +---------------- ended (what was written is hashed) ---------------------+
 *
 * The header is written with every block, so that a file cut by a crash is right up to its last block. The
 * hash is taken of the whole finished file in slices: the header's lengths stand before the data and are
 * known last, and one slice a turn is read, for the disk may be slow. Slowness here never reaches a call: the
 * frames wait in the recording's ring, and what finds no place there is counted.
 */
#include "media_priv.h"

#include "g711.h"
#include "syncer.h"
#include "wav.h"

#include "base/thread.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TURN_MS     20
#define SYNC_US     1000000
#define DEVICES     8 /* file systems synced in one go */
#define HASH_SLICE  (1u << 20)
#define PAGE        4096
#define BLOCK_BYTES (RECORDING_RING_FRAMES * MEDIA_FRAME_SAMPLES * 4)
#define STAGGER     37 /* turns; a prime spreads recordings that start together */

struct recorder {
	struct media *media;
	struct syncer *syncer;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* guards `incoming` */
	struct list incoming;
	struct list recordings; /* recorder thread */
	_Atomic(recorder_write_fn *) write_at;
	atomic_bool stop;
	atomic_uint count;
	_Atomic int64_t cpu_us;
	int64_t sync_due_us, now_us;
	unsigned started;
	unsigned syncing; /* syncs asked and not told */
	bool hashing;     /* a slice was read in this turn */
	size_t used;      /* of block */
	uint8_t block[BLOCK_BYTES];
	uint8_t slice[HASH_SLICE];
};

const char *recording_state_name(enum recording_state s)
{
	static const char *const names[] = {"new", "writing", "failed", "syncing", "hashing", "done"};

	return (unsigned)s < sizeof(names) / sizeof(names[0]) ? names[s] : "?";
}

/* --- one file --- */

static void fail(struct media_recording *rec, int status)
{
	log_error("media", "recording-failed path=\"%s\" status=%s", rec->path, ghl_error_code_name(status));
	rec->facts.status = status;
	rec->state = RECORDING_FAILED;
}

static void make_folders(const char *path)
{
	char folder[512];

	if (strlen(path) >= sizeof(folder))
		return; /* opening the file tells */
	strcpy(folder, path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(folder, 0750);
		*slash = '/';
	}
}

static int write_all(struct recorder *r, int fd, const uint8_t *data, size_t n, off_t at)
{
	recorder_write_fn *write_at = atomic_load(&r->write_at);

	while (n > 0) {
		ssize_t done = write_at(fd, data, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? error_from_errno(errno) : GHL_EIO;
		data += done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int write_header(struct recorder *r, struct media_recording *rec)
{
	uint8_t head[WAV_HEADER_MAX];
	size_t n = wav_build(head, rec->format, rec->data_bytes);

	rec->dirty = true;
	return write_all(r, rec->fd, head, n, 0);
}

static int create_file(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
}

static void open_file(struct recorder *r, struct media_recording *rec)
{
	struct stat st;
	int rc;

	rec->fd = create_file(rec->path);
	if (rec->fd < 0 && errno == ENOENT) {
		make_folders(rec->path);
		rec->fd = create_file(rec->path);
	}
	if (rec->fd < 0 || fstat(rec->fd, &st) < 0) {
		fail(rec, error_from_errno(errno));
		return;
	}
	rec->device = st.st_dev;
	rec->state = RECORDING_WRITING;
	rc = write_header(r, rec);
	if (rc < 0)
		fail(rec, rc);
}

static uint32_t sample_bytes(const struct media_recording *rec)
{
	return rec->format == MEDIA_WAV_ALAW ? 2 : 4;
}

/* The whole pages written by now; the last one will be written once more. */
static void write_behind(struct recorder *r, struct media_recording *rec, off_t end)
{
	off_t whole = end - end % PAGE;

	syncer_write_behind(r->syncer, rec->fd, rec->behind, whole - rec->behind);
	rec->behind = whole;
}

static void write_block(struct recorder *r, struct media_recording *rec)
{
	uint8_t head[WAV_HEADER_MAX];
	size_t at = wav_build(head, rec->format, 0) + rec->data_bytes;
	int rc = 0;

	if (rec->state == RECORDING_WRITING && r->used > 0) {
		if (r->used > WAV_DATA_MAX - rec->data_bytes)
			rc = GHL_EFULL;
		else
			rc = write_all(r, rec->fd, r->block, r->used, (off_t)at);
		if (rc == 0) {
			rec->data_bytes += (uint32_t)r->used;
			write_behind(r, rec, (off_t)(at + r->used));
		}
	}
	r->used = 0;
	if (rc < 0)
		fail(rec, rc);
}

/* Interleaves: left, right. */
static void put_frame(struct recorder *r, struct media_recording *rec, const struct recorded *f)
{
	uint8_t *to = r->block + r->used;

	if (rec->format == MEDIA_WAV_ALAW) {
		struct frame left = f->left, right = f->right;

		law_transcode((enum media_codec)left.codec, MEDIA_PCMA, left.code, MEDIA_FRAME_SAMPLES);
		law_transcode((enum media_codec)right.codec, MEDIA_PCMA, right.code, MEDIA_FRAME_SAMPLES);
		for (unsigned i = 0; i < MEDIA_FRAME_SAMPLES; i++) {
			to[2 * i] = left.code[i];
			to[2 * i + 1] = right.code[i];
		}
	} else {
		int16_t left[MEDIA_FRAME_SAMPLES], right[MEDIA_FRAME_SAMPLES];

		law_decode((enum media_codec)f->left.codec, f->left.code, left, MEDIA_FRAME_SAMPLES);
		law_decode((enum media_codec)f->right.codec, f->right.code, right, MEDIA_FRAME_SAMPLES);
		for (unsigned i = 0; i < MEDIA_FRAME_SAMPLES; i++) {
			to[4 * i] = (uint8_t)left[i];
			to[4 * i + 1] = (uint8_t)(left[i] >> 8);
			to[4 * i + 2] = (uint8_t)right[i];
			to[4 * i + 3] = (uint8_t)(right[i] >> 8);
		}
	}
	r->used += MEDIA_FRAME_SAMPLES * sample_bytes(rec);
	if (r->used + (size_t)MEDIA_FRAME_SAMPLES * 4 > BLOCK_BYTES)
		write_block(r, rec);
}

static void put_gap(struct recorder *r, struct media_recording *rec, uint32_t frames)
{
	struct recorded silence = {.left.codec = MEDIA_PCMU, .right.codec = MEDIA_PCMU};

	if (frames == 0)
		return;
	memset(silence.left.code, law_silence(MEDIA_PCMU), sizeof(silence.left.code));
	memset(silence.right.code, law_silence(MEDIA_PCMU), sizeof(silence.right.code));
	rec->facts.missing_samples += (uint64_t)frames * MEDIA_FRAME_SAMPLES;
	for (; frames; frames--)
		put_frame(r, rec, &silence);
}

static void drain(struct recorder *r, struct media_recording *rec)
{
	uint32_t before = rec->data_bytes;
	const struct recorded *f;
	int rc;

	for (unsigned n = 0; n < RECORDING_RING_FRAMES && (f = ring_pop_place(&rec->frames)); n++) {
		put_gap(r, rec, f->gap);
		put_frame(r, rec, f);
		ring_pop_done(&rec->frames);
	}
	write_block(r, rec);
	if (rec->state != RECORDING_WRITING || rec->data_bytes == before)
		return;
	rc = write_header(r, rec);
	if (rc < 0)
		fail(rec, rc);
}

/* Nothing comes any more: the last frames, and those after them that had no place. */
static void finish_data(struct recorder *r, struct media_recording *rec)
{
	int rc;

	while (ring_used(&rec->frames) > 0)
		drain(r, rec);
	put_gap(r, rec, rec->gap);
	write_block(r, rec);
	rec->facts.started_at_us = rec->started_at_us;
	if (rec->fd < 0) {
		rec->state = RECORDING_DONE;
		return;
	}
	rc = write_header(r, rec);
	if (rc < 0 && rec->state == RECORDING_WRITING)
		fail(rec, rc);
	rec->state = RECORDING_SYNCING;
}

static void begin_hash(struct media_recording *rec)
{
	rec->hash = aligned_alloc(64, (sizeof(*rec->hash) + 63) / 64 * 64);
	if (!rec->hash) {
		fail(rec, GHL_ENOMEM);
		rec->state = RECORDING_DONE;
		return;
	}
	(void)crypto_generichash_init(rec->hash, NULL, 0, sizeof(rec->facts.hash));
	rec->state = RECORDING_HASHING;
}

static void hash_slice(struct recorder *r, struct media_recording *rec)
{
	ssize_t n = pread(rec->fd, r->slice, HASH_SLICE, (off_t)rec->hashed);

	if (n > 0) {
		(void)crypto_generichash_update(rec->hash, r->slice, (size_t)n);
		rec->hashed += (uint64_t)n;
		return;
	}
	if (n < 0)
		fail(rec, error_from_errno(errno));
	(void)crypto_generichash_final(rec->hash, rec->facts.hash, sizeof(rec->facts.hash));
	rec->state = RECORDING_DONE;
}

/* --- all of them --- */

static void take_new(struct recorder *r)
{
	struct list *n;

	(void)pthread_mutex_lock(&r->lock);
	while ((n = list_take(&r->incoming))) {
		struct media_recording *rec = container_of(n, struct media_recording, node);
		uint32_t block_us = r->media->opts.record_block_ms * 1000;

		rec->due_us = r->now_us + block_us / STAGGER * (r->started++ % STAGGER);
		list_append(&r->recordings, n);
	}
	(void)pthread_mutex_unlock(&r->lock);
}

static void finish(struct recorder *r, struct media_recording *rec)
{
	struct stat st;

	if (rec->fd >= 0) {
		rec->facts.bytes = fstat(rec->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
		(void)close(rec->fd);
	}
	rec->facts.samples = rec->data_bytes / sample_bytes(rec);
	free(rec->hash);
	list_remove(&rec->node);
	(void)atomic_fetch_sub(&r->count, 1);
	recording_finished(rec, r->media->loop);
}

static void write_due(struct recorder *r, struct media_recording *rec)
{
	if (atomic_load_explicit(&rec->ended, memory_order_acquire)) {
		finish_data(r, rec);
		return;
	}
	if (rec->due_us > r->now_us && ring_used(&rec->frames) < RECORDING_RING_FRAMES / 2)
		return;
	while (rec->due_us <= r->now_us)
		rec->due_us += (int64_t)r->media->opts.record_block_ms * 1000;
	drain(r, rec);
}

/* True: there is more to do at once. */
static bool step(struct recorder *r, struct media_recording *rec)
{
	switch (rec->state) {
	case RECORDING_NEW:
		open_file(r, rec);
		return true;
	case RECORDING_WRITING:
	case RECORDING_FAILED:
		write_due(r, rec);
		return false;
	case RECORDING_SYNCING:
		return false;
	case RECORDING_HASHING:
		if (!r->hashing)
			hash_slice(r, rec);
		r->hashing = true;
		return true;
	case RECORDING_DONE:
		finish(r, rec);
		return false;
	}
	return false;
}

/* Asks that all that was written to one file system become durable. */
static void ask_sync(struct recorder *r, struct media_recording *first)
{
	struct list *pos, *tmp;

	if (r->syncing == DEVICES || !syncer_ask(r->syncer, first->fd, first->device))
		return;
	r->syncing++;
	LIST_EACH(pos, tmp, &r->recordings)
	{
		struct media_recording *rec = container_of(pos, struct media_recording, node);

		if (rec->fd >= 0 && rec->device == first->device)
			rec->dirty = false;
	}
}

/* A file system is synced: who ended before that was asked, and so wrote nothing since, goes on. */
static void on_synced(struct recorder *r, const struct synced *result)
{
	struct list *pos, *tmp;

	r->syncing--;
	LIST_EACH(pos, tmp, &r->recordings)
	{
		struct media_recording *rec = container_of(pos, struct media_recording, node);

		if (rec->fd < 0 || rec->device != result->device)
			continue;
		if (result->status < 0 && rec->facts.status == 0)
			rec->facts.status = result->status;
		if (rec->state == RECORDING_SYNCING && !rec->dirty)
			begin_hash(rec);
	}
}

/* One round of syncs at a time, so that none can be told for another. */
static void sync_all(struct recorder *r)
{
	struct list *pos, *tmp;

	if (r->syncing > 0 || (r->now_us < r->sync_due_us && !atomic_load(&r->stop)))
		return;
	LIST_EACH(pos, tmp, &r->recordings)
	{
		struct media_recording *rec = container_of(pos, struct media_recording, node);

		if (rec->fd >= 0 && rec->dirty)
			ask_sync(r, rec);
	}
	r->sync_due_us = r->now_us + SYNC_US;
	atomic_store_explicit(
		&r->cpu_us, clock_thread_cpu_us() + syncer_cpu_us(r->syncer), memory_order_relaxed);
}

static bool turn(struct recorder *r)
{
	bool more = false;
	struct list *pos, *tmp;
	struct synced result;

	r->now_us = clock_mono_us(r->media->clock);
	r->hashing = false;
	take_new(r);
	while (syncer_told(r->syncer, &result))
		on_synced(r, &result);
	LIST_EACH(pos, tmp, &r->recordings)
	more |= step(r, container_of(pos, struct media_recording, node));
	sync_all(r);
	syncer_wake(r->syncer);
	return more;
}

static void *run(void *arg)
{
	struct recorder *r = arg;
	struct timespec rest = {.tv_nsec = TURN_MS * 1000000L};

	while (!atomic_load(&r->stop) || atomic_load(&r->count) > 0)
		if (!turn(r))
			(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
	return NULL;
}

/* --- loop thread --- */

int recorder_create(struct recorder **out, struct media *m)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		return GHL_ENOMEM;
	r->media = m;
	(void)pthread_mutex_init(&r->lock, NULL);
	list_init(&r->incoming);
	list_init(&r->recordings);
	atomic_init(&r->write_at, pwrite);
	*out = r;
	if (syncer_create(&r->syncer) < 0)
		return GHL_ENOMEM;
	r->running = thread_start(&r->thread, "ghl-recorder", 0, run, r) == 0;
	return r->running ? 0 : GHL_ENOMEM;
}

void recorder_destroy(struct recorder *r)
{
	if (!r)
		return;
	atomic_store(&r->stop, true);
	if (r->running)
		(void)pthread_join(r->thread, NULL);
	syncer_destroy(r->syncer);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

void recorder_add(struct recorder *r, struct media_recording *rec)
{
	(void)atomic_fetch_add(&r->count, 1);
	(void)pthread_mutex_lock(&r->lock);
	list_append(&r->incoming, &rec->node);
	(void)pthread_mutex_unlock(&r->lock);
}

int64_t recorder_cpu_us(const struct recorder *r)
{
	return atomic_load(&r->cpu_us);
}

unsigned recorder_count(const struct recorder *r)
{
	return atomic_load(&r->count);
}

void recorder_write_set(struct recorder *r, recorder_write_fn *fn)
{
	atomic_store(&r->write_at, fn);
}

void recorder_sync_set(struct recorder *r, recorder_sync_fn *fn)
{
	syncer_sync_set(r->syncer, fn);
}
