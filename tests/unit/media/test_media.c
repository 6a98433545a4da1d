/* test_media.c - the program of this folder's suites. */
#include <testing.h>

Suite *ports_suite(void);

TEST_MAIN(ports_suite())
