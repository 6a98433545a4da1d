/* test_sim.c - the public functions: the protocol of the simulated caller, and checking. */
#include <testing.h>

#include <govhotline/ivr.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char out[8192];

static void put(const char *path, const char *s)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(s, f), 0);
	(void)fclose(f);
}

static int run(const char *xml, const char *caller, unsigned flags, struct ghl_error *err)
{
	const char *folder = testing_folder();
	char doc[300], in[300], to[300];
	int in_fd, out_fd, rc;
	ssize_t n;

	(void)snprintf(doc, sizeof(doc), "%s/d.vxml", folder);
	(void)snprintf(in, sizeof(in), "%s/in", folder);
	(void)snprintf(to, sizeof(to), "%s/out", folder);
	put(doc, xml);
	put(in, caller);
	in_fd = open(in, O_RDONLY | O_CLOEXEC);
	out_fd = open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	rc = ghl_ivr_run(doc, flags, in_fd, out_fd, err);
	n = pread(out_fd, out, sizeof(out) - 1, 0);
	ck_assert_int_ge(n, 0);
	out[n] = '\0';
	(void)close(in_fd);
	(void)close(out_fd);
	return rc;
}

#define HEAD "<vxml version='2.1' xmlns='http://www.w3.org/2001/vxml'>"

START_TEST(the_json_protocol_is_as_documented)
{
	struct ghl_error err = {0};

	ck_assert_int_eq(
		run(HEAD "<form><field name='n' type='digits?length=2'>key<filled><log>got <value "
			 "expr='n'/></log></filled></field>"
			 "<transfer name='t' bridge='true' dest='queue:a'/><block><exit "
			 "expr='t'/></block></form></vxml>",
			"{\"noinput\":true}\n{\"dtmf\":\"12\"}\n{\"transfer\":\"busy\",\"duration_ms\":10}\n",
			GHL_IVR_JSONL, &err),
		0);
	ck_assert_int_eq(err.code, 0);
	ck_assert_str_eq(out, "{\"event\":\"prompt\",\"text\":\"key\",\"bargein\":true}\n"
			      "{\"event\":\"listen\",\"timeout_ms\":5000,\"modes\":[\"dtmf\"]}\n"
			      "{\"event\":\"prompt\",\"text\":\"key\",\"bargein\":true}\n"
			      "{\"event\":\"listen\",\"timeout_ms\":5000,\"modes\":[\"dtmf\"]}\n"
			      "{\"event\":\"log\",\"text\":\"got 12\"}\n"
			      "{\"event\":\"transfer\",\"dest\":\"queue:a\",\"bridge\":true}\n"
			      "{\"event\":\"exit\",\"value\":\"busy\"}\n");
}
END_TEST

START_TEST(a_typed_caller_reads_and_answers_text)
{
	ck_assert_int_eq(run(HEAD "<form><field name='n' type='boolean'>sure</field><block><exit "
				  "expr='n'/></block></form></vxml>",
				 "\nyes\n", 0, NULL),
		0);
	ck_assert_str_eq(out, "sure\nsure\n-- exit true\n");
}
END_TEST

START_TEST(the_end_of_input_is_a_hangup)
{
	ck_assert_int_eq(run(HEAD "<form><field name='n' type='boolean'>sure</field></form></vxml>", "",
				 GHL_IVR_JSONL, NULL),
		0);
	ck_assert_ptr_nonnull(strstr(out, "{\"event\":\"exit\",\"value\":null}\n"));
}
END_TEST

START_TEST(refused_documents_and_ended_dialogues_tell_why)
{
	struct ghl_error err = {0};

	ck_assert_int_eq(run(HEAD "<form>\n <blok/></form></vxml>", "", GHL_IVR_JSONL, &err), GHL_EPARSE);
	ck_assert_uint_eq(err.line, 2);
	ck_assert_uint_eq(err.column, 2);
	ck_assert_ptr_nonnull(strstr(out, "{\"event\":\"error\",\"text\":"));
	ck_assert_int_eq(run(HEAD "<form><record name='r'/></form></vxml>", "", 0, &err), GHL_EUNSUPPORTED);
	ck_assert_int_eq(
		run(HEAD "<form><block><log expr='x'/></block></form></vxml>", "", GHL_IVR_JSONL, &err), 0);
	ck_assert_int_eq(err.code, GHL_ESTATE);
	ck_assert_ptr_nonnull(strstr(out, "error.semantic"));
	ck_assert_int_eq(ghl_ivr_run(NULL, 0, 0, 1, &err), GHL_EINVAL);
	ck_assert_int_eq(ghl_ivr_run("x", 64, 0, 1, &err), GHL_EINVAL);
}
END_TEST

START_TEST(checking_finds_what_running_would_refuse)
{
	const char *folder = testing_folder();
	struct ghl_error err = {0};
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/c.vxml", folder);
	put(path, HEAD "<form><block>fine</block></form></vxml>");
	ck_assert_int_eq(ghl_ivr_check(path, &err), 0);
	put(path, HEAD "<form><block><prompt timeout='soon'>x</prompt></block></form></vxml>");
	ck_assert_int_eq(ghl_ivr_check(path, &err), GHL_EPARSE);
	ck_assert_ptr_nonnull(strstr(err.text, "timeout=\"soon\""));
	ck_assert_int_eq(ghl_ivr_check("/nowhere.vxml", &err), GHL_ENOENT);
	ck_assert_int_eq(ghl_ivr_check(NULL, &err), GHL_EINVAL);
}
END_TEST

TEST_SUITE(suite_sim, 60, the_json_protocol_is_as_documented, a_typed_caller_reads_and_answers_text,
	the_end_of_input_is_a_hangup, refused_documents_and_ended_dialogues_tell_why,
	checking_finds_what_running_would_refuse)
