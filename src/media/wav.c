/*
 * wav.c - RIFF/WAVE headers of recordings (Multimedia Programming Interface 1.0, RFC 2361 for A-law), their
 * repair and hash.
 *
 *   PCM16   RIFF n WAVE | fmt 16 | data n                44 bytes
 *   A-law   RIFF n WAVE | fmt 18 | fact 4 | data n       58 bytes
 *
 * Reads only what it writes: prompts are libsndfile's.
 */
#include "wav.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define CHANNELS    2
#define RATE        8000
#define FORMAT_PCM  1
#define FORMAT_ALAW 6
#define HASH_BLOCK  65536

const char *media_wav_name(enum media_wav f)
{
	static const char *const names[] = {"pcm16", "alaw"};

	return (unsigned)f < 2 ? names[f] : "?";
}

static uint8_t *put(uint8_t *p, uint32_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		*p++ = (uint8_t)(v >> 8 * i);
	return p;
}

static uint8_t *put_text(uint8_t *p, const char *four)
{
	memcpy(p, four, 4);
	return p + 4;
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

size_t wav_build(uint8_t to[WAV_HEADER_MAX], enum media_wav format, uint32_t data_bytes)
{
	bool alaw = format == MEDIA_WAV_ALAW;
	uint32_t width = alaw ? 1 : 2, header = alaw ? 58 : 44;
	uint8_t *p = put(put_text(to, "RIFF"), header - 8 + data_bytes, 4);

	p = put(put_text(put_text(p, "WAVE"), "fmt "), alaw ? 18 : 16, 4);
	p = put(p, alaw ? FORMAT_ALAW : FORMAT_PCM, 2);
	p = put(p, CHANNELS, 2);
	p = put(p, RATE, 4);
	p = put(p, RATE * CHANNELS * width, 4);
	p = put(p, CHANNELS * width, 2);
	p = put(p, width * 8, 2);
	if (alaw) {
		p = put(p, 0, 2);
		p = put(put(put_text(p, "fact"), 4, 4), data_bytes / (CHANNELS * width), 4);
	}
	p = put(put_text(p, "data"), data_bytes, 4);
	return (size_t)(p - to);
}

/* The same header, its lengths apart. */
static bool matches(const uint8_t *data, size_t n, enum media_wav format, struct wav_facts *f)
{
	uint8_t like[WAV_HEADER_MAX];
	size_t bytes = wav_build(like, format, 0);

	if (n < bytes)
		return false;
	f->format = format;
	f->header_bytes = (uint32_t)bytes;
	f->data_bytes = get32(data + bytes - 4);
	f->block = format == MEDIA_WAV_ALAW ? 2 : 4;
	(void)wav_build(like, format, f->data_bytes);
	memcpy(like + 4, data + 4, 4);
	if (format == MEDIA_WAV_ALAW)
		memcpy(like + 46, data + 46, 4);
	return memcmp(like, data, bytes) == 0;
}

int wav_parse(struct wav_facts *f, const uint8_t *data, size_t n)
{
	if (matches(data, n, MEDIA_WAV_PCM16, f) || matches(data, n, MEDIA_WAV_ALAW, f))
		return 0;
	return GHL_ECORRUPT;
}

static int read_facts(int fd, const char *path, struct wav_facts *f, uint64_t *size, struct ghl_error *err)
{
	uint8_t head[WAV_HEADER_MAX];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	struct stat st;

	if (n < 0 || fstat(fd, &st) < 0)
		return error_at(
			err, error_from_errno(errno), path, 0, 0, "cannot be read: %s", strerror(errno));
	if (wav_parse(f, head, (size_t)n) < 0)
		return error_at(err, GHL_ECORRUPT, path, 0, 0, "is no recording of ours");
	*size = (uint64_t)st.st_size;
	return 0;
}

/* Of a file that it cannot open it tells: nothing, in blocks of a byte. */
static int open_wav(const char *path, int flags, struct wav_facts *f, uint64_t *size, struct ghl_error *err)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK), rc;

	*f = (struct wav_facts){.block = 1};
	*size = 0;
	if (fd < 0)
		return error_at(
			err, error_from_errno(errno), path, 0, 0, "cannot be opened: %s", strerror(errno));
	rc = read_facts(fd, path, f, size, err);
	if (rc == 0)
		return fd;
	(void)close(fd);
	return rc;
}

static int make_whole(int fd, const struct wav_facts *f, uint32_t data_bytes)
{
	uint8_t head[WAV_HEADER_MAX];
	size_t n = wav_build(head, f->format, data_bytes);

	if (ftruncate(fd, (off_t)f->header_bytes + data_bytes) < 0 || pwrite(fd, head, n, 0) != (ssize_t)n ||
		fdatasync(fd) < 0)
		return error_from_errno(errno);
	return 0;
}

int media_wav_repair(const char *path, uint64_t *samples, struct ghl_error *err)
{
	struct wav_facts f;
	uint64_t size, data;
	int fd = open_wav(path, O_RDWR, &f, &size, err), rc = 0;

	if (fd < 0)
		return fd;
	data = size - f.header_bytes;
	if (data > WAV_DATA_MAX)
		data = WAV_DATA_MAX;
	data -= data % f.block;
	if (f.header_bytes + data != size || f.data_bytes != data)
		rc = make_whole(fd, &f, (uint32_t)data);
	(void)close(fd);
	if (rc < 0)
		return error_at(err, rc, path, 0, 0, "cannot be repaired: %s", ghl_strerror(rc));
	*samples = data / f.block;
	return 0;
}

static int hash_all(int fd, uint8_t hash[32])
{
	crypto_generichash_state state;
	uint8_t block[HASH_BLOCK];
	off_t at = 0;
	ssize_t n;

	(void)crypto_generichash_init(&state, NULL, 0, 32);
	while ((n = pread(fd, block, sizeof(block), at)) > 0) {
		(void)crypto_generichash_update(&state, block, (size_t)n);
		at += n;
	}
	(void)crypto_generichash_final(&state, hash, 32);
	return n < 0 ? error_from_errno(errno) : 0;
}

int media_wav_hash(const char *path, uint8_t hash[32], uint64_t *samples, struct ghl_error *err)
{
	struct wav_facts f;
	uint64_t size;
	int fd = open_wav(path, O_RDONLY, &f, &size, err), rc;

	if (fd < 0)
		return fd;
	rc = hash_all(fd, hash);
	(void)close(fd);
	if (rc < 0)
		return error_at(err, rc, path, 0, 0, "cannot be read: %s", ghl_strerror(rc));
	*samples = f.data_bytes / f.block;
	return 0;
}
