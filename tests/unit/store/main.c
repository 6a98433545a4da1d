/* main.c - the suites of the store. */
#include "testing.h"

Suite *store_core(void);
Suite *store_care(void);

TEST_MAIN(store_core(), store_care())
