/* test_media.c - the program of this folder's suites. */
#include <testing.h>

Suite *jitter_suite(void);
Suite *law_suite(void);
Suite *packets_suite(void);
Suite *ports_suite(void);
Suite *recordings_suite(void);
Suite *sounds_suite(void);

TEST_MAIN(law_suite(), packets_suite(), jitter_suite(), ports_suite(), recordings_suite(), sounds_suite())
