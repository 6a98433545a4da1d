/* test_ivr.c - main of the interpreter's tests. */
#include <testing.h>

Suite *suite_blocks(void);
Suite *suite_draft(void);
Suite *suite_collect(void);
Suite *suite_dialogue(void);
Suite *suite_document(void);
Suite *suite_scope(void);
Suite *suite_sim(void);
Suite *suite_worker(void);

TEST_MAIN(suite_blocks(), suite_draft(), suite_scope(), suite_dialogue(), suite_document(), suite_collect(),
	suite_sim(), suite_worker())
