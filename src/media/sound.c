/*
 * sound.c - prompts in memory: any file libsndfile reads, mixed to one channel, brought to 8 kHz once, shared
 * and counted.
 *
 * A cache by path holds them while the file's mtime and size stay; beyond CACHE_BYTES the oldest that nobody
 * plays goes. A file that was looked at within FRESH_US is not looked at again. Does not play.
 */
#include "media_priv.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sndfile.h>

#define CACHE_BYTES  (256u << 20)
#define FRESH_US     1000000
#define LONGEST_S    3600
#define MAX_CHANNELS 8
#define BLOCK_FRAMES 4096
#define RATE_MIN     1000
#define RATE_MAX     384000

/* --- one sound --- */

static struct media_sound *sound_new(size_t samples)
{
	struct media_sound *s = calloc(1, sizeof(*s) + samples * sizeof(s->pcm[0]));

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	s->samples = samples;
	return s;
}

int media_sound_from_pcm(const int16_t *pcm, size_t samples, struct media_sound **out)
{
	struct media_sound *s = sound_new(samples);

	if (!s)
		return GHL_ENOMEM;
	memcpy(s->pcm, pcm, samples * sizeof(*pcm));
	*out = s;
	return 0;
}

struct media_sound *media_sound_ref(struct media_sound *s)
{
	(void)atomic_fetch_add(&s->refs, 1);
	return s;
}

void media_sound_unref(struct media_sound *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	free(s->path);
	free(s);
}

uint32_t media_sound_ms(const struct media_sound *s)
{
	return (uint32_t)(s->samples / 8);
}

/* --- reading --- */

struct mono {
	float *samples;
	size_t count, room;
};

static int mono_add(struct mono *to, const float *frames, size_t n, unsigned channels)
{
	if (to->count + n > to->room) {
		size_t room = to->room ? to->room * 2 : 16 * BLOCK_FRAMES;
		float *more = realloc(to->samples, room * sizeof(*more));

		if (!more)
			return GHL_ENOMEM;
		to->samples = more;
		to->room = room;
	}
	for (size_t i = 0; i < n; i++) {
		float sum = 0;

		for (unsigned c = 0; c < channels; c++)
			sum += frames[i * channels + c];
		sum /= (float)channels;
		to->samples[to->count++] = isfinite(sum) ? sum : 0;
	}
	return 0;
}

/* The header's length is not believed: what can be read is what there is. */
static int read_frames(SNDFILE *file, const SF_INFO *info, struct mono *to)
{
	float block[BLOCK_FRAMES];
	sf_count_t n;
	int rc = 0;

	while (rc == 0 && (n = sf_readf_float(file, block, BLOCK_FRAMES / info->channels)) > 0) {
		rc = mono_add(to, block, (size_t)n, (unsigned)info->channels);
		if (to->count > (size_t)info->samplerate * LONGEST_S)
			rc = GHL_EUNSUPPORTED;
	}
	return rc;
}

static int convert(const struct mono *from, unsigned rate, struct media_sound **out)
{
	int16_t *pcm;
	size_t samples;
	int rc = resample_to_8k(from->samples, from->count, rate, &pcm, &samples);

	if (rc < 0)
		return rc;
	rc = media_sound_from_pcm(pcm, samples, out);
	free(pcm);
	return rc;
}

int sound_read(int fd, const char *name, struct media_sound **out, struct ghl_error *err)
{
	struct mono mono = {0};
	SF_INFO info = {0};
	SNDFILE *file = sf_open_fd(fd, SFM_READ, &info, SF_FALSE);
	int rc;

	if (!file) {
		(void)error_at(err, GHL_EPARSE, name, 0, 0, "no sound file: %s", sf_strerror(NULL));
		return GHL_EPARSE;
	}
	rc = GHL_EUNSUPPORTED;
	if (info.channels >= 1 && info.channels <= MAX_CHANNELS && info.samplerate >= RATE_MIN &&
		info.samplerate <= RATE_MAX)
		rc = read_frames(file, &info, &mono);
	if (rc == 0)
		rc = convert(&mono, (unsigned)info.samplerate, out);
	(void)sf_close(file);
	free(mono.samples);
	if (rc < 0)
		(void)error_at(err, rc, name, 0, 0, "%d channels at %d Hz: %s", info.channels,
			info.samplerate, ghl_strerror(rc));
	return rc;
}

/* --- the cache --- */

void sound_cache_init(struct sound_cache *c)
{
	(void)pthread_mutex_init(&c->lock, NULL);
	list_init(&c->sounds);
	c->bytes = 0;
}

static void forget(struct sound_cache *c, struct media_sound *s)
{
	list_remove(&s->node);
	c->bytes -= s->samples * sizeof(s->pcm[0]);
	media_sound_unref(s);
}

void sound_cache_finish(struct sound_cache *c)
{
	struct list *n;

	while ((n = list_take(&c->sounds)))
		media_sound_unref(container_of(n, struct media_sound, node));
	(void)pthread_mutex_destroy(&c->lock);
}

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* with the lock held; NULL: it is not there */
static struct media_sound *cache_find(struct sound_cache *c, const char *path)
{
	struct list *pos, *tmp;

	LIST_EACH(pos, tmp, &c->sounds)
	{
		struct media_sound *s = container_of(pos, struct media_sound, node);

		if (strcmp(s->path, path) == 0)
			return s;
	}
	return NULL;
}

/* A reference, or NULL; one whose file has changed is forgotten. */
static struct media_sound *cache_get(
	struct sound_cache *c, const char *path, const struct stat *st, int64_t now_us)
{
	struct media_sound *s;

	(void)pthread_mutex_lock(&c->lock);
	s = cache_find(c, path);
	if (s && (s->mtime_ns != mtime_ns(st) || s->size != st->st_size)) {
		forget(c, s);
		s = NULL;
	}
	if (s) {
		s->looked_us = now_us;
		(void)media_sound_ref(s);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return s;
}

struct media_sound *media_sound_known(struct media *m, const char *path)
{
	struct media_sound *s;

	(void)pthread_mutex_lock(&m->cache.lock);
	s = cache_find(&m->cache, path);
	if (s && clock_mono_us(m->clock) - s->looked_us < FRESH_US)
		(void)media_sound_ref(s);
	else
		s = NULL;
	(void)pthread_mutex_unlock(&m->cache.lock);
	return s;
}

static void cache_put(
	struct sound_cache *c, const char *path, const struct stat *st, struct media_sound *s, int64_t now_us)
{
	struct list *pos, *tmp;

	s->path = strdup(path);
	if (!s->path)
		return; /* not cached */
	s->mtime_ns = mtime_ns(st);
	s->size = st->st_size;
	s->looked_us = now_us;
	(void)pthread_mutex_lock(&c->lock);
	list_append(&c->sounds, &media_sound_ref(s)->node);
	c->bytes += s->samples * sizeof(s->pcm[0]);
	LIST_EACH(pos, tmp, &c->sounds)
	{
		struct media_sound *old = container_of(pos, struct media_sound, node);

		if (c->bytes <= CACHE_BYTES)
			break;
		if (atomic_load(&old->refs) == 1)
			forget(c, old);
	}
	(void)pthread_mutex_unlock(&c->lock);
}

static int open_regular(const char *path, struct stat *st, struct ghl_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	*st = (struct stat){0};
	if (fd < 0)
		return error_at(
			err, error_from_errno(errno), path, 0, 0, "cannot be read: %s", strerror(errno));
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	rc = error_at(err, GHL_EINVAL, path, 0, 0, "is no file");
	(void)close(fd);
	return rc;
}

int media_sound_open(struct media *m, const char *path, struct media_sound **out, struct ghl_error *err)
{
	int64_t now_us = clock_mono_us(m->clock);
	struct stat st;
	int fd = open_regular(path, &st, err), rc = 0;
	struct media_sound *s;

	if (fd < 0)
		return fd;
	s = cache_get(&m->cache, path, &st, now_us);
	if (!s) {
		rc = sound_read(fd, path, &s, err);
		if (rc == 0)
			cache_put(&m->cache, path, &st, s, now_us);
	}
	(void)close(fd);
	if (rc == 0)
		*out = s;
	return rc;
}
