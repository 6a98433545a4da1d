/* test_start.c - a hotline opened and started, and what keeps it from that. */
#include "testing.h"

#include <govhotline/govhotline.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char yaml[300], store[300];

static void write_configuration(void)
{
	const char *folder = testing_folder();
	FILE *f;

	(void)snprintf(yaml, sizeof(yaml), "%s/hotline.yaml", folder);
	(void)snprintf(store, sizeof(store), "%s/deep/store", folder);
	f = fopen(yaml, "w");
	ck_assert_ptr_nonnull(f);
	(void)fprintf(f, "site: {time_zone: UTC}\npaths: {store: deep/store}\nprincipals: {auditor: {roles: "
			 "[reader]}}\n");
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(who_opens_an_existing_store_makes_none)
{
	struct ghl_hotline *h = NULL;
	struct ghl_error err;

	write_configuration();
	ck_assert_int_eq(ghl_hotline_open(&h, yaml, GHL_OPEN_STORE | GHL_OPEN_EXISTING, &err), GHL_ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "there is no store yet"));
	ck_assert_int_ne(access(store, F_OK), 0);
	ck_assert_int_eq(ghl_hotline_open(&h, yaml, GHL_OPEN_EXISTING, &err), GHL_EINVAL);
	ck_assert_str_eq(err.field, "flags");
	ck_assert_int_eq(ghl_hotline_open(&h, yaml, GHL_OPEN_STORE, &err), 0);
	ghl_hotline_close(h);
	ck_assert_int_eq(ghl_hotline_open(&h, yaml, GHL_OPEN_STORE | GHL_OPEN_EXISTING, &err), 0);
	ghl_hotline_close(h);
}
END_TEST

START_TEST(configured_principals_are_known_to_a_process_without_the_engine)
{
	struct ghl_session *owner = NULL, *auditor = NULL;
	struct ghl_hotline *h = NULL;
	struct ghl_error err;

	write_configuration();
	ck_assert_int_eq(ghl_hotline_open(&h, yaml, GHL_OPEN_STORE, &err), 0);
	ck_assert_int_eq(ghl_hotline_start(h, &err), 0);
	ck_assert_int_eq(ghl_session_open_local(h, &owner), 0);
	ck_assert_int_eq(ghl_session_open_as(owner, "auditor", &auditor), 0);
	ck_assert_int_eq(ghl_event_poke(auditor), 0);
	ck_assert_int_eq(ghl_session_open_as(auditor, "owner", &owner), GHL_EPERM);
	ghl_session_close(auditor);
	ghl_session_close(owner);
	ghl_hotline_close(h);
}
END_TEST

/* A stack larger than the address space: no thread can be made. */
static void no_more_threads(pthread_attr_t *before)
{
	pthread_attr_t huge;

	ck_assert_int_eq(pthread_getattr_default_np(before), 0);
	ck_assert_int_eq(pthread_attr_init(&huge), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&huge, (size_t)1 << 48), 0);
	ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
	(void)pthread_attr_destroy(&huge);
}

START_TEST(a_hotline_whose_thread_cannot_start_says_so_and_starts_later)
{
	struct ghl_hotline *h = NULL;
	struct ghl_session *s = NULL;
	pthread_attr_t before;
	struct ghl_error err;
	ghl_request req = 0;

	write_configuration();
	ck_assert_int_eq(ghl_hotline_open(&h, yaml, GHL_OPEN_STORE, &err), 0);
	no_more_threads(&before);
	ck_assert_int_eq(ghl_hotline_start(h, &err), GHL_EIO);
	ck_assert_str_eq(err.text, "no thread can be started");
	ck_assert_int_eq(pthread_setattr_default_np(&before), 0);
	(void)pthread_attr_destroy(&before);
	ck_assert_int_eq(ghl_hotline_start(h, &err), 0);
	ck_assert_int_eq(ghl_session_open_local(h, &s), 0);
	ck_assert_int_eq(ghl_call_clear(s, 1, &req), GHL_EINVAL);
	ghl_session_close(s);
	ghl_hotline_close(h);
}
END_TEST

Suite *start_suite(void);
Suite *start_suite(void)
{
	Suite *s = suite_create("start");
	TCase *t = tcase_create("start");

	tcase_add_test(t, who_opens_an_existing_store_makes_none);
	tcase_add_test(t, configured_principals_are_known_to_a_process_without_the_engine);
	tcase_add_test(t, a_hotline_whose_thread_cannot_start_says_so_and_starts_later);
	suite_add_tcase(s, t);
	return s;
}
