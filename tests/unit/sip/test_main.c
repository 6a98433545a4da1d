/* test_main.c - the suites of the sip module. */
#include <testing.h>

Suite *auth_suite(void);
Suite *call_suite(void);
Suite *phone_suite(void);
Suite *raw_suite(void);
Suite *sdp_suite(void);
Suite *session_suite(void);
Suite *tls_suite(void);
Suite *torture_suite(void);

TEST_MAIN(auth_suite(), call_suite(), phone_suite(), raw_suite(), sdp_suite(), session_suite(), tls_suite(),
	torture_suite())
