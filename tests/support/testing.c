/* testing.c - main, temporary folders, reproducible noise. */
#include "testing.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[256];
static uint64_t noise;

double testing_slowness(void)
{
	const char *s = getenv("GHL_TEST_SLOWNESS");
	double d = s ? strtod(s, NULL) : 1.0;

	return d >= 1.0 ? d : 1.0;
}

int testing_rounds(int n)
{
	double slow = testing_slowness();

	return (int)(n / (slow > 50 ? 50 : slow));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void testing_remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static pid_t folder_owner;

static void clean(void)
{
	if (folder[0] && folder_owner == getpid())
		testing_remove_tree(folder);
}

const char *testing_folder(void)
{
	const char *top = getenv("TMPDIR");

	(void)snprintf(folder, sizeof(folder), "%s/ghl-test-XXXXXX", top ? top : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		abort();
	}
	folder_owner = getpid();
	(void)atexit(clean);
	return folder;
}

uint64_t testing_number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 10);

	ck_assert_msg(end != text && !*end, "\"%s\" is no number", text);
	return v;
}

uint64_t testing_random(void)
{
	const char *seed = getenv("GHL_TEST_SEED");

	if (!noise)
		noise = seed ? strtoull(seed, NULL, 0) | 1 : 0x9e3779b97f4a7c15ULL;
	noise ^= noise >> 12;
	noise ^= noise << 25;
	noise ^= noise >> 27;
	return noise * 0x2545f4914f6cdd1dULL;
}

int testing_run(Suite *const *suites, int n)
{
	SRunner *r = srunner_create(suites[0]);
	int failed;

	for (int i = 1; i < n; i++)
		srunner_add_suite(r, suites[i]);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	if (failed)
		(void)fprintf(stderr, "GHL_TEST_SEED=%s\n",
			getenv("GHL_TEST_SEED") ? getenv("GHL_TEST_SEED") : "(fixed)");
	srunner_free(r);
	return failed ? 1 : 0;
}
