/* test_media.c - the program of this folder's suites. */
#include <testing.h>

Suite *digits_suite(void);
Suite *disk_suite(void);
Suite *jitter_suite(void);
Suite *law_suite(void);
Suite *packets_suite(void);
Suite *ports_suite(void);
Suite *privacy_suite(void);
Suite *recordings_suite(void);
Suite *sounds_suite(void);

TEST_MAIN(law_suite(), packets_suite(), jitter_suite(), ports_suite(), digits_suite(), privacy_suite(),
	recordings_suite(), disk_suite(), sounds_suite())
