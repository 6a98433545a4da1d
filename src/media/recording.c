/*
 * recording.c - a recording as the loop and the media thread see it: started, fed 50 times a second, ended,
 * told.
 *
 * The media thread only copies frames into a ring; a frame that finds it full is counted and becomes silence
 * in the file, so the sample clock holds. The file is recorder.c's.
 */
#include "media_priv.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

/* --- media thread --- */

void recording_put(
	struct media_recording *r, const struct frame *left, const struct frame *right, int64_t utc_us)
{
	struct recorded *to;

	if (!r->started_at_us)
		r->started_at_us = utc_us;
	to = ring_push_place(&r->frames);
	if (!to) {
		r->gap++;
		return;
	}
	to->gap = r->gap;
	to->left = *left;
	to->right = *right;
	r->gap = 0;
	ring_push_done(&r->frames);
}

void recording_skip(struct media_recording *r, uint32_t frames)
{
	r->gap += frames;
}

void recording_end(struct media_recording *r)
{
	atomic_store_explicit(&r->ended, true, memory_order_release);
}

/* --- loop thread --- */

/* Free bytes where `path` will lie: of its nearest folder that exists. */
static uint64_t free_bytes(const char *path)
{
	struct statvfs fs;
	char folder[512];
	char *slash;

	if (strlen(path) >= sizeof(folder))
		return 0;
	strcpy(folder, path);
	while ((slash = strrchr(folder, '/'))) {
		slash[slash == folder] = '\0';
		if (statvfs(folder, &fs) == 0)
			return (uint64_t)fs.f_bavail * fs.f_frsize;
		if (slash == folder)
			return 0;
	}
	return statvfs(".", &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
}

/* Plenty is believed for a second. */
static bool has_space(struct media *m, const char *path)
{
	int64_t now_us = clock_mono_us(m->clock);
	uint64_t bytes;

	if (m->plenty_until_us > now_us)
		return true;
	bytes = free_bytes(path);
	m->plenty_until_us = bytes / 2 >= m->opts.disk_reserve_bytes ? now_us + 1000000 : 0;
	return bytes >= m->opts.disk_reserve_bytes;
}

static void recording_free(struct media_recording *r)
{
	ring_finish(&r->frames);
	free(r->path);
	free(r);
}

int media_record_start(
	struct media_port *p, const char *path, enum media_wav format, struct media_recording **out)
{
	struct media *m = p->media;
	struct media_recording *r;

	if (p->closing || p->recording)
		return GHL_ESTATE;
	if (!has_space(m, path))
		return GHL_ESPACE;
	r = calloc(1, sizeof(*r));
	if (!r)
		return GHL_ENOMEM;
	r->path = strdup(path);
	if (!r->path || ring_init(&r->frames, RECORDING_RING_FRAMES, sizeof(struct recorded)) < 0) {
		recording_free(r);
		return GHL_ENOMEM;
	}
	r->recorder = m->recorder;
	r->loop = m->loop;
	r->format = format;
	r->fd = -1;
	r->port = p;
	p->recording = r;
	recorder_add(m->recorder, r);
	port_order(p, ORDER_RECORD, r, 0);
	*out = r;
	return 0;
}

static void tell(struct media_recording *r)
{
	struct media_recording_done facts = r->facts;
	media_record_done_fn *done = r->done;
	void *arg = r->arg;

	recording_free(r);
	done(arg, &facts);
}

static void on_finished(void *arg)
{
	struct media_recording *r = arg;

	r->finished = true;
	if (r->done)
		tell(r);
}

void recording_finished(struct media_recording *r, struct loop *loop)
{
	loop_post_task(loop, &r->task, on_finished, r);
}

void recording_detach(struct media_recording *r)
{
	r->port->recording = NULL;
	r->port = NULL;
}

void media_record_stop(struct media_recording *r, media_record_done_fn *done, void *arg)
{
	struct media_port *p = r->port;

	r->done = done;
	r->arg = arg;
	if (p) {
		recording_detach(r);
		port_order(p, ORDER_RECORD_END, NULL, 0);
	} else if (r->finished) { /* its port closed long ago: nothing else would tell */
		loop_post_task(r->loop, &r->task, on_finished, r);
	}
}
