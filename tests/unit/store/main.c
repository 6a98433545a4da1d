/* main.c - the suites of the store. */
#include "testing.h"

Suite *store_core(void);
Suite *store_care(void);
Suite *store_fault(void);
Suite *store_many(void);
Suite *store_api(void);

TEST_MAIN(store_core(), store_care(), store_fault(), store_many(), store_api())
