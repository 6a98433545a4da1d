/* testing.h - what every unit test program shares: its main, temporary folders and a few assertions. */
#ifndef TESTING_H
#define TESTING_H

#include <check.h>
#include <stdint.h>

/* A program's suites: `TEST_MAIN(suite_a(), suite_b())` after the cases, in one file a program. */
int testing_run(Suite *const *suites, int n);

#define TEST_MAIN(...)                                                                                       \
	int main(void)                                                                                       \
	{                                                                                                    \
		Suite *suites[] = {__VA_ARGS__};                                                             \
		return testing_run(suites, (int)(sizeof(suites) / sizeof(suites[0])));                       \
	}

/* A suite with one case set: SUITE(name, case1, case2, ..) defines Suite *name(void). */
#define TEST_SUITE(name, limit_s, ...)                                                                       \
	Suite *name(void);                                                                                   \
	Suite *name(void)                                                                                    \
	{                                                                                                    \
		Suite *s = suite_create(#name);                                                              \
		TCase *t = tcase_create(#name);                                                              \
		const TTest *cases[] = {__VA_ARGS__};                                                        \
		tcase_set_timeout(t, (limit_s)*testing_slowness());                                          \
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)                              \
			tcase_add_test(t, cases[i]);                                                         \
		suite_add_tcase(s, t);                                                                       \
		return s;                                                                                    \
	}

/* How much longer than plain code this run may take: 1, or more under a sanitizer or valgrind
 * (GHL_TEST_SLOWNESS). */
double testing_slowness(void);

/* How often to repeat a random step: n, and fewer where the run is slow (never below a fiftieth). */
int testing_rounds(int n);

/* A new empty folder under $TMPDIR or /tmp; static buffer; removed with all it holds when the process that
 * made it ends normally. */
const char *testing_folder(void);
/* Removes a folder and all below it. */
void testing_remove_tree(const char *path);
/* Reproducible noise: xorshift64*, from GHL_TEST_SEED or a fixed seed that is printed on failure. */
uint64_t testing_random(void);
/* A whole decimal number; the case fails when the text is none. */
uint64_t testing_number(const char *text);

#endif
