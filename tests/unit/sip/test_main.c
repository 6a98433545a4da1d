/* test_main.c - the suites of the sip module. */
#include <testing.h>

Suite *suite_call(void);

TEST_MAIN(suite_call())
