/* test_document.c - refused documents name their places; root documents and files are found, compiled once
 * and shared. */
#include <testing.h>

#include "talk.h"

#include <stdio.h>
#include <string.h>

#define HAS(text, part) ck_assert_msg(strstr(text, part) != NULL, "%s", text)

START_TEST(every_mistake_is_named_in_one_run)
{
	const char *why = refusal(
		"<vxml version='2.1' xmlns='http://www.w3.org/2001/vxml'>\n"
		" <form>\n  <blok>x</blok>\n  <field name='f' typ='digits'/>\n  <block><goto/></block>\n"
		"  <block><goto next='#nowhere'/></block>\n </form>\n</vxml>");

	HAS(why, "t.vxml:3:3: element <blok> is not known; <block>?");
	HAS(why, "t.vxml:4:3: <field> has no attribute \"typ\"; \"type\"?");
	HAS(why, "t.vxml:5:10: <goto> needs one of: next expr nextitem expritem");
	HAS(why, "t.vxml:6:10: <goto> goes to \"#nowhere\"");
}
END_TEST

START_TEST(a_bad_document_is_refused_where_it_is_bad)
{
	static const struct {
		const char *body, *why;
	} bad[] = {
		{"<form><record name='r'/></form>", "element <record> is not supported yet"},
		{"<form><block><script>1</script></block></form>", "element <script> is not supported yet"},
		{"<form><field name='d' type='date'/></form>", "not supported yet"},
		{"<form><field name='d' type='dates'/></form>", "no such builtin type"},
		{"<form><field name='d' type='digits?length=0'/></form>", "length"},
		{"<form><block><field name='x' type='digits'/></block></form>",
			"<field> may not stand in <block>"},
		{"<form>text</form>", "text may not stand in <form>"},
		{"<form><block name='a'/><block name='a'/></form>", "used twice"},
		{"<form id='a'/><form id='a'/>", "used twice"},
		{"<form><block name='1a'/></form>", "no ECMAScript name"},
		{"<form><transfer dest='water'/></form>", "queue:NAME"},
		{"<form><block><prompt timeout='5'>x</prompt></block></form>", "no time"},
		{"<form><block><prompt bargein='maybe'>x</prompt></block></form>", "none of: true false"},
		{"<form><block><if cond='1'>x<else/>y<elseif cond='2'/></if></block></form>",
			"stands behind <else>"},
		{"<menu><prompt>x</prompt></menu>", "no <choice>"},
		{"<menu><choice dtmf='x' next='#a'/></menu>", "keys"},
		{"<form><catch count='0'/></form>", "no number from 1"},
		{"<form><block>&lol;</block></form>", "XML"},
		{"<form><block></form>", "XML"},
	};
	char xml[1024];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(xml, sizeof(xml), VXML_HEAD "%s</vxml>", bad[i].body);
		HAS(refusal(xml), bad[i].why);
		HAS(refusal(xml), "t.vxml:1");
	}
}
END_TEST

START_TEST(entities_and_depth_are_refused)
{
	static char deep[20000];
	size_t n;

	HAS(refusal("<!DOCTYPE vxml [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><vxml "
		    "version='2.1'><form><block>&a;</block></form></vxml>"),
		"declares no entities");
	n = (size_t)snprintf(deep, sizeof(deep), VXML_HEAD "<form><block>");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(deep + n, sizeof(deep) - n, "<if cond='1'>");
	HAS(refusal(deep), "nested more than 64 deep");
	HAS(refusal(""), "empty");
}
END_TEST

static void put(const char *folder, const char *name, const char *body, const char *attrs)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	(void)fprintf(f, "<vxml version='2.1' xmlns='http://www.w3.org/2001/vxml' %s>%s</vxml>", attrs, body);
	(void)fclose(f);
}

static struct ivr *new_ivr(struct loop **loop, struct ghl_clock *clock)
{
	struct ivr_opts opts = {.loop = NULL};
	struct ivr *ivr;

	clock_init_virtual(clock, 0);
	ck_assert_int_eq(loop_create_virtual(loop, clock), 0);
	opts.loop = *loop;
	ck_assert_int_eq(ivr_create(&ivr, &opts, NULL), 0);
	return ivr;
}

START_TEST(a_file_is_compiled_once_until_it_changes)
{
	const char *folder = testing_folder();
	struct ivr_document *a, *b, *c, *none = NULL;
	struct ghl_clock clock;
	struct loop *loop;
	struct ivr *ivr = new_ivr(&loop, &clock);
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/a.vxml", folder);
	put(folder, "a.vxml", "<form/>", "");
	ck_assert_int_eq(ivr_document_open(ivr, path, &a, NULL), 0);
	ck_assert_int_eq(ivr_document_open(ivr, path, &b, NULL), 0);
	ck_assert_ptr_eq(a, b);
	put(folder, "a.vxml", "<form id='changed'/>", "");
	ck_assert_int_eq(ivr_document_open(ivr, path, &c, NULL), 0);
	ck_assert_ptr_ne(a, c);
	put(folder, "a.vxml", "<broken/>", "");
	ck_assert_int_eq(ivr_document_open(ivr, path, &none, NULL), GHL_EPARSE);
	ck_assert_int_eq(ivr_document_open(ivr, "/nowhere/x.vxml", &none, NULL), GHL_ENOENT);
	ivr_document_unref(a);
	ivr_document_unref(b);
	ivr_document_unref(c);
	ivr_destroy(ivr);
	loop_destroy(loop);
}
END_TEST

static void count_target(void *arg, const char *target, unsigned line, unsigned column)
{
	ck_assert_str_eq(target, "queue:water");
	ck_assert_uint_eq(line, 1);
	ck_assert_uint_gt(column, 1);
	(*(int *)arg)++;
}

START_TEST(targets_are_told_for_checking)
{
	const char *xml = VXML_HEAD "<form><transfer dest='queue:water'/></form></vxml>";
	struct ivr_document *d;
	struct ghl_clock clock;
	struct loop *loop;
	struct ivr *ivr = new_ivr(&loop, &clock);
	int n = 0;

	ck_assert_int_eq(ivr_document_parse(ivr, "t", xml, strlen(xml), &d, NULL), 0);
	ivr_document_targets(d, count_target, &n);
	ck_assert_int_eq(n, 1);
	ivr_document_unref(d);
	ivr_destroy(ivr);
	loop_destroy(loop);
}
END_TEST

TEST_SUITE(suite_document, 60, every_mistake_is_named_in_one_run, a_bad_document_is_refused_where_it_is_bad,
	entities_and_depth_are_refused, a_file_is_compiled_once_until_it_changes,
	targets_are_told_for_checking)
