/* replay.c - runs a fuzz target over every file of a folder: the corpus as an ordinary test. Fails when the
 * folder holds nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)

static int replay(const char *folder, const char *name, uint8_t *room)
{
	char path[4096];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f)
		return -1;
	n = fread(room, 1, INPUT_MAX, f);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(room, n);
	return 0;
}

int main(int argc, char **argv)
{
	uint8_t *room = malloc(INPUT_MAX);
	struct dirent *e;
	int count = 0;
	DIR *d = argc > 1 ? opendir(argv[1]) : NULL;

	if (!d || !room) {
		(void)fprintf(stderr, "no corpus folder\n");
		free(room);
		return 1;
	}
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && replay(argv[1], e->d_name, room) == 0)
			count++;
	(void)closedir(d);
	free(room);
	(void)printf("%d inputs\n", count);
	return count ? 0 : 1;
}
