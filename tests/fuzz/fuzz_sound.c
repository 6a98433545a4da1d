/* fuzz_sound.c - prompt files, from any byte to 8 kHz samples; small ones, so that a header's promise is what
 * is tried. */
#include "media/media_priv.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGEST 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct ghl_clock clock;
	static struct media media = {.clock = &clock}; /* nothing of it but these and its cache is touched */
	struct media_sound *sound;
	char path[64];
	int fd;

	if (n > LARGEST)
		return 0;
	fd = memfd_create("prompt", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	sound_cache_init(&media.cache);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (media_sound_open(&media, path, &sound, NULL) == 0)
		media_sound_unref(sound);
	sound_cache_finish(&media.cache);
	(void)close(fd);
	return 0;
}
