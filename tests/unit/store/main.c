/* main.c - the suites of the store. */
#include "testing.h"

Suite *store_core(void);

TEST_MAIN(store_core())
