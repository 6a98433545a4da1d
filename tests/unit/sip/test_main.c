/* test_main.c - the suites of the sip module. */
#include <testing.h>

Suite *suite_auth(void);
Suite *suite_call(void);
Suite *suite_phone(void);
Suite *suite_raw(void);
Suite *suite_sdp(void);
Suite *suite_session(void);
Suite *suite_tls(void);
Suite *suite_torture(void);

TEST_MAIN(suite_auth(), suite_call(), suite_phone(), suite_raw(), suite_sdp(), suite_session(), suite_tls(),
	suite_torture())
