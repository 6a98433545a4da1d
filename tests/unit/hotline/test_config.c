/* test_config.c - the configuration: every mistake with its place, all in one run; what is written reads back
 * the same. */
#include "hotline/config.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ghl_error errs[CONFIG_ERRORS_MAX];
static unsigned count;

static struct config *parse_in(const char *text, const char *dir, bool files)
{
	struct config_source source = {
		.name = "h.yaml", .text = text, .len = strlen(text), .dir = dir, .files = files};
	struct config *c = NULL;
	int rc;

	memset(errs, 0, sizeof(errs));
	rc = config_parse(&source, &c, errs, CONFIG_ERRORS_MAX, &count);
	ck_assert_int_eq(rc, count ? GHL_EPARSE : 0);
	ck_assert_msg((rc == 0) == (c != NULL), "%s", errs[0].text);
	return c;
}

static struct config *parse(const char *text)
{
	return parse_in(text, "/site", false);
}

static const char *const good =
	"site: {name: Water \"12345\" works, node: 3}\n"
	"dial: {area: '28', deny: ['+861*']}\n"
	"sip:\n  listen: ['udp:127.0.0.1:5060', 'tcp:[::1]:0']\n  realm: hall\n"
	"media: {port_min: 20000, port_max: 29999, timeout: 1min}\n"
	"record: {format: alaw, on_full: unrecorded}\n"
	"limits: {disk_reserve: 100MB}\n"
	"trunks:\n  carrier: {sources: [192.0.2.0/24, '2001:db8::/32'], proxy: 'sip:192.0.2.1', user: u, "
	"password: 'p\"\\w', registers: true}\n"
	"accounts:\n  '1001': {password: secret}\n  '1002': {ha1_md5: 0123456789abcdef0123456789abcdef}\n"
	"groups: {hall: {display: 大厅}}\n"
	"agents:\n  '1001': {group: hall, skills: [water, tax], wrapup: 90s}\n  mei: {account: '1002', "
	"skills: tax}\n"
	"queues:\n  water: {skill: water, overflow: 'queue:tax', announcement: 'text:请稍候', music: "
	"moh.wav, max_wait: 2min}\n  tax: {skill: tax}\n"
	"dialogues: {main: {file: main.vxml, fallback: 'agent:mei'}}\n"
	"routes:\n  - {called: '12345', trunk: carrier, to: 'dialogue:main'}\n  - {trunk: '-', called: 8*, "
	"to: 'queue:tax'}\n"
	"principals: {boss: {roles: [supervisor, reader], group: hall, users: [root]}}\n";

START_TEST(a_whole_configuration_is_read)
{
	struct config *c = parse(good);

	ck_assert_msg(c != NULL, "%s", errs[0].text);
	ck_assert_str_eq(c->site.name, "Water \"12345\" works");
	ck_assert_uint_eq(c->site.node, 3);
	ck_assert_uint_eq(c->sip.listens, 2);
	ck_assert_str_eq(c->sip.listen[1].address, "::1");
	ck_assert_int_eq(c->sip.listen[1].transport, SIP_TCP);
	ck_assert_uint_eq(c->media.timeout_ms, 60000);
	ck_assert_int_eq(c->record.format, MEDIA_WAV_ALAW);
	ck_assert_uint_eq(c->limits.disk_reserve_bytes, 100000000);
	ck_assert_str_eq(c->trunks[0].sip.sources[1], "2001:db8::/32");
	ck_assert_str_eq(c->trunks[0].sip.password, "p\"\\w");
	ck_assert_str_eq(config_agent(c, "1001")->account, "1001");
	ck_assert_uint_eq(config_agent(c, "1001")->skill_count, 2);
	ck_assert_uint_eq(config_agent(c, "mei")->skill_count, 1);
	ck_assert_str_eq(config_queue(c, "water")->announcement, "text:请稍候");
	ck_assert_str_eq(config_queue(c, "water")->music, "/site/prompts/moh.wav");
	ck_assert_uint_eq(config_queue(c, "tax")->service_level_ms, 15000);
	ck_assert_str_eq(config_dialogue(c, "main")->file, "/site/main.vxml");
	ck_assert_str_eq(c->paths.control, "/site/store/control.sock");
	ck_assert_str_eq(c->principals[0].roles[1], "reader");
	ck_assert_ptr_null(config_trunk(c, "water"));
	config_unref(c);
}
END_TEST

START_TEST(what_is_not_given_has_its_default)
{
	struct config *c = config_default();

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->dial.country, "86");
	ck_assert_str_eq(c->dial.international, "00");
	ck_assert_uint_eq(c->sip.listen[0].port, 5060);
	ck_assert_uint_eq(c->sip.session_expires_s, 1800);
	ck_assert_uint_eq(c->limits.max_calls, 2000);
	ck_assert_int_eq(c->log.level, LOG_LEVEL_WARN);
	ck_assert_uint_eq(c->queue_count, 0);
	config_unref(c);
}
END_TEST

/* Each mistake alone: its place and what is said. */
static const struct {
	const char *text, *says;
} mistakes[] = {
	{"site: {nmae: x}", "h.yaml:1:8: there is no setting \"nmae\" in site; \"name\"?"},
	{"quues: {}", "h.yaml:1:1: there is no setting \"quues\"; \"queues\"?"},
	{"zebra: 1", "h.yaml:1:1: there is no setting \"zebra\""},
	{"site: [1]", "h.yaml:1:7: site must be a mapping, here stands a list"},
	{"- 1", "h.yaml:1:1: the file must be a mapping, here stands a list"},
	{"routes: {}", "h.yaml:1:9: routes must be a list, here stands a mapping"},
	{"site: {node: ten}", "h.yaml:1:14: \"ten\" is not a whole number"},
	{"site: {node: 10}", "h.yaml:1:14: 10 is not in 0..9"},
	{"site: {name: [a]}", "h.yaml:1:14: site.name must be a single value, here stands a list"},
	{"site: {name: \"a\\nb\"}", "h.yaml:1:14: site.name holds a control character"},
	{"site: {time_zone: ../etc}",
		"h.yaml:1:19: \"../etc\" is not the name of a time zone (Asia/Shanghai)"},
	{"sip: {register_max: 3600}",
		"h.yaml:1:21: \"3600\" is not a duration with its unit (500ms, 20s, 2min, 1h)"},
	{"sip: {register_max: 1500ms}", "h.yaml:1:21: sip.register_max is told in whole seconds"},
	{"sip: {register_min: 2h}", "h.yaml:1:21: sip.register_min is greater than sip.register_max"},
	{"sip: {listen: 'udp:localhost:5060'}", "h.yaml:1:15: \"udp:localhost:5060\" is not an address to "
						"listen on (udp:127.0.0.1:5060, tls:[::1]:5061)"},
	{"sip: {listen: ['tls:127.0.0.1:5061']}",
		"h.yaml:1:15: to listen with TLS, sip.tls_dir must name the folder of the certificate"},
	{"sip: {listen: {a: b}}", "h.yaml:1:15: sip.listen must be a list, here stands a mapping"},
	{"sip: {listen: []}", "h.yaml:1:15: sip.listen names no address"},
	{"media: {port_min: 20000}",
		"h.yaml:1:19: media.port_min and media.port_max are given together, or neither is"},
	{"media: {port_min: 20001, port_max: 20100}", "h.yaml:1:19: media ports 20001 to 20100: the first "
						      "must be even and at least 1024, the last greater"},
	{"media: {timeout: 1d}", "h.yaml:1:18: \"1d\" is not in 1000ms..3600000ms"},
	{"record: {format: mp3}", "h.yaml:1:18: \"mp3\" is not a choice of record.format: pcm16, alaw"},
	{"record: {format: alow}", "h.yaml:1:18: \"alow\" is not a choice of record.format; \"alaw\"?"},
	{"limits: {disk_alarm: 5}", "h.yaml:1:22: \"5\" is not a size with its unit (512KiB, 256MiB, 2GiB)"},
	{"limits: {disk_alarm: 1MiB}", "h.yaml:1:22: limits.disk_alarm is less than limits.disk_reserve"},
	{"trunks: {a: {sources: 300.1.1.1}}",
		"h.yaml:1:23: \"300.1.1.1\" is not an address or network (192.0.2.0/24)"},
	{"trunks: {a: {sources: 10.0.0.0/33}}",
		"h.yaml:1:23: \"10.0.0.0/33\" has no prefix length after the / (192.0.2.0/24)"},
	{"trunks: {a: {}}", "h.yaml:1:13: trunk \"a\" has neither sources nor proxy: no call can come or go"},
	{"trunks: {a: {proxy: host}}",
		"h.yaml:1:21: \"host\" is not a SIP address (sip:HOST[:PORT][;transport=tcp])"},
	{"trunks: {a: {sources: 10.0.0.1, registers: true}}",
		"h.yaml:1:44: trunk \"a\" registers, so it needs proxy and user"},
	{"trunks: {a: {sources: 10.0.0.1, registers: yes}}",
		"h.yaml:1:44: \"yes\" is neither true nor false"},
	{"trunks: {a: {sources: 10.0.0.1, password: p, password_env: P}}",
		"h.yaml:1:13: trunk \"a\": give one of password, password_file and password_env, not "
		"several"},
	{"trunks: {'a b': {sources: 10.0.0.1}}",
		"h.yaml:1:10: the name \"a b\" in trunks holds a space or one of : * ? = , / \\ ' \""},
	{"accounts: {x: {}}",
		"h.yaml:1:15: account \"x\" needs a password, password_file, ha1_md5 or ha1_sha256"},
	{"accounts: {x: {ha1_md5: ABC}}", "h.yaml:1:25: \"ABC\" is not 32 lower-case hexadecimal digits"},
	{"agents: {'7': {}}", "h.yaml:1:15: agent \"7\" needs an account: none is named \"7\""},
	{"queues: {water: {}}\nroutes: [{to: 'queue:watr'}]",
		"h.yaml:2:15: queue \"watr\" is not defined; \"water\"?"},
	{"routes: [{to: 'queue:watr'}]", "h.yaml:1:15: queue \"watr\" is not defined"},
	{"routes: [{to: 'water'}]", "h.yaml:1:15: \"water\" is not a destination (queue:NAME, dialogue:NAME, "
				    "agent:NAME or trunk:NAME)"},
	{"routes: [{called: '1'}]", "h.yaml:1:10: routes[1] lacks \"to\""},
	{"queues: {a: {}}\ntrunks: {carrier: {sources: '::1'}}\nroutes: [{trunk: carier, to: 'queue:a'}]",
		"h.yaml:3:18: trunk \"carier\" is not defined; \"carrier\"?"},
	{"queues: {a: {overflow: 'agent:b'}}",
		"h.yaml:1:24: a call cannot go to a agent here; queues.a.overflow takes: queue dialogue"},
	{"queues: {a: {overflow: 'queue:a'}}",
		"h.yaml:1:24: queue \"a\" overflows in a circle, back to itself"},
	{"dialogues: {main: {}}", "h.yaml:1:19: dialogues.main lacks \"file\""},
	{"principals: {p: {roles: [suprvisor]}}",
		"h.yaml:1:26: \"suprvisor\" is not a choice of principals.p.roles; \"supervisor\"?"},
	{"site: {node: 1, node: 2}",
		"h.yaml:1:17: \"node\" stands here a second time; the first is on line 1"},
	{"site: &s {node: 1}", "h.yaml:1:7: anchors (&name) are not allowed; write it out"},
	{"site: {node: !!int 1}", "h.yaml:1:14: tags (!name) are not allowed"},
	{"site: {node: 1}\n---\nsite: {}", "h.yaml:2:1: a second document begins here; only one is read"},
	{"site: {? [a] : b}", "h.yaml:1:10: a key must be a single value"},
};

START_TEST(each_mistake_names_its_place_and_what_would_be_right)
{
	ck_assert_ptr_null(parse(mistakes[_i].text));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(errs[0].text, mistakes[_i].says);
}
END_TEST

START_TEST(a_skill_nobody_has_is_a_mistake)
{
	ck_assert_ptr_null(parse("accounts: {'1': {password: x}}\nagents: {'1': {skills: "
				 "[water]}}\nqueues:\n  q: {skill: watr}\n"));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(errs[0].text, "h.yaml:4:14: no agent has the skill \"watr\"; \"water\"?");
}
END_TEST

START_TEST(an_overflow_circle_over_three_queues_is_found)
{
	ck_assert_ptr_null(parse("queues:\n  a: {overflow: 'queue:b'}\n  b: {overflow: 'queue:c'}\n  c: "
				 "{overflow: 'queue:a'}\n"
				 "  d: {overflow: 'queue:a'}\n"));
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(errs[2].line, 4);
}
END_TEST

START_TEST(all_mistakes_are_told_in_one_run_in_the_order_of_the_file)
{
	ck_assert_ptr_null(parse("routes:\n- {to: 'queue:watr'}\nsite: {node: 77}\nsip: {reelm: x}\nqueues: "
				 "{water: {ring: 3}}\n"));
	ck_assert_uint_eq(count, 4);
	for (unsigned i = 0; i < count; i++)
		ck_assert_uint_eq(errs[i].line, i + 2);
}
END_TEST

START_TEST(no_more_than_fifty_mistakes_are_told)
{
	struct text t;

	text_init(&t);
	for (int i = 0; i < 80; i++)
		text_fmt(&t, "wrong%d: 1\n", i);
	ck_assert_ptr_null(parse(text_str(&t)));
	ck_assert_uint_eq(count, CONFIG_ERRORS_MAX);
	text_finish(&t);
}
END_TEST

START_TEST(broken_yaml_tells_where_it_broke)
{
	ck_assert_ptr_null(parse("site:\n  name: 'open\n"));
	ck_assert_uint_ge(count, 1);
	ck_assert_uint_eq(errs[count - 1].line, 3);
	ck_assert_ptr_null(parse("site:\n  name: \xff\xfe\n"));
	ck_assert_uint_eq(errs[0].line, 2);
	ck_assert_uint_eq(errs[0].column, 9);
}
END_TEST

START_TEST(nesting_has_its_limit)
{
	struct text t;

	text_init(&t);
	for (int i = 0; i < 1000; i++)
		text_add_char(&t, '[');
	ck_assert_ptr_null(parse(text_str(&t)));
	ck_assert_str_eq(errs[count - 1].text, "h.yaml:1:33: more than 32 levels deep");
	text_finish(&t);
}
END_TEST

START_TEST(aliases_cannot_blow_up)
{
	ck_assert_ptr_null(parse("site: &a {name: x}\ndial: *a\n"));
	ck_assert_uint_ge(count, 2);
	ck_assert_str_eq(errs[1].text, "h.yaml:2:7: aliases (*name) are not allowed; write it out");
}
END_TEST

static void same_items(const struct config *a, const struct config *b)
{
	ck_assert_mem_eq(&a->site, &b->site, offsetof(struct config, trunks) - offsetof(struct config, site));
#define SAME(list, n)                                                                                        \
	do {                                                                                                 \
		ck_assert_uint_eq(a->n, b->n);                                                               \
		ck_assert_mem_eq(a->list, b->list, a->n * sizeof(*a->list));                                 \
	} while (0)
	SAME(trunks, trunk_count);
	SAME(accounts, account_count);
	SAME(groups, group_count);
	SAME(agents, agent_count);
	SAME(queues, queue_count);
	SAME(dialogues, dialogue_count);
	SAME(routes, route_count);
	SAME(principals, principal_count);
#undef SAME
}

START_TEST(what_is_shown_as_effective_reads_back_to_the_same_configuration)
{
	struct config *c = parse(good), *again;
	struct text t, twice;

	text_init(&t);
	text_init(&twice);
	config_write(c, true, &t);
	again = parse_in(text_str(&t), "/elsewhere", false);
	ck_assert_msg(again != NULL, "%s\n%s", errs[0].text, text_str(&t));
	same_items(c, again);
	config_write(again, true, &twice);
	ck_assert_str_eq(text_str(&t), text_str(&twice));
	text_finish(&t);
	text_finish(&twice);
	config_unref(c);
	config_unref(again);
}
END_TEST

START_TEST(secrets_are_not_shown_unless_asked_for)
{
	struct config *c = parse(good);
	struct text t;

	text_init(&t);
	config_write(c, false, &t);
	ck_assert_ptr_null(strstr(text_str(&t), "ha1_md5"));
	ck_assert_ptr_null(strstr(text_str(&t), "password"));
	text_finish(&t);
	config_unref(c);
}
END_TEST

START_TEST(a_password_is_kept_as_ha1_only)
{
	/* RFC 2617 3.5 and RFC 7616 3.9.1: user Mufasa */
	struct config *c =
		parse("sip: {realm: testrealm@host.com}\naccounts: {Mufasa: {password: 'Circle Of Life'}}\n");

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->accounts[0].secret.ha1_md5, "939e7578ed9e3c518a452acee763bce9");
	ck_assert(c->accounts[0].secret.has_md5 && !c->accounts[0].secret.has_sha256);
	ck_assert_str_eq(c->accounts[0].password, "");
	config_unref(c);
	c = parse("sip: {realm: http-auth@example.org, digest: both}\naccounts: {Mufasa: {password: Circle "
		  "of Life}}\n");
	ck_assert(c->accounts[0].secret.has_md5 && c->accounts[0].secret.has_sha256);
	ck_assert_str_eq(c->accounts[0].secret.ha1_sha256,
		"7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
	config_unref(c);
}
END_TEST

static void put_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	(void)fputs(text, f);
	(void)fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(a_password_file_must_be_private_and_its_first_line_is_the_password)
{
	static const char text[] = "trunks: {t: {sources: '::1', password_file: pw}}\n";
	const char *dir = testing_folder();
	struct config *c;

	ck_assert_ptr_null(parse_in(text, dir, true));
	ck_assert_uint_eq(errs[0].column, 45);
	put_file(dir, "pw", "s3cret\nrest\n", 0644);
	ck_assert_ptr_null(parse_in(text, dir, true));
	ck_assert_ptr_nonnull(strstr(errs[0].text, "others may read this password"));
	put_file(dir, "pw", "s3cret\nrest\n", 0640);
	c = parse_in(text, dir, true);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->trunks[0].sip.password, "s3cret");
	config_unref(c);
}
END_TEST

START_TEST(a_password_may_stand_in_the_environment)
{
	static const char text[] = "trunks: {t: {sources: '::1', password_env: GHL_TEST_TRUNK}}\n";
	struct config *c;

	(void)unsetenv("GHL_TEST_TRUNK");
	ck_assert_ptr_null(parse_in(text, "/", true));
	(void)setenv("GHL_TEST_TRUNK", "from env", 1);
	c = parse_in(text, "/", true);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->trunks[0].sip.password, "from env");
	config_unref(c);
}
END_TEST

START_TEST(files_that_are_named_must_be_there)
{
	const char *dir = testing_folder();
	char path[512];
	struct config *c = NULL;

	put_file(
		dir, "h.yaml", "dialogues: {main: {file: main.vxml}}\nqueues: {q: {music: moh.wav}}\n", 0600);
	(void)snprintf(path, sizeof(path), "%s/h.yaml", dir);
	ck_assert_int_eq(config_load(path, &c, errs, CONFIG_ERRORS_MAX, &count), GHL_EPARSE);
	ck_assert_uint_eq(count, 2);
	ck_assert_ptr_nonnull(strstr(errs[0].text, "h.yaml:1:26: there is no file "));
	put_file(dir, "main.vxml", "", 0600);
	put_file(dir, "h.yaml", "dialogues: {main: {file: main.vxml}}\n", 0600);
	ck_assert_int_eq(config_load(path, &c, errs, CONFIG_ERRORS_MAX, &count), 0);
	ck_assert_str_eq(c->file, path);
	config_unref(c);
	ck_assert_int_eq(config_load("/nowhere.yaml", &c, errs, CONFIG_ERRORS_MAX, &count), GHL_ENOENT);
	ck_assert_str_eq(errs[0].text, "/nowhere.yaml: No such file or directory");
}
END_TEST

START_TEST(the_first_route_that_matches_wins)
{
	struct config *c = parse(good);

	ck_assert_str_eq(config_route(c, "carrier", "12345")->to, "dialogue:main");
	ck_assert_ptr_null(config_route(c, "other", "12345"));
	ck_assert_ptr_null(config_route(c, "carrier", "8001"));
	ck_assert_str_eq(config_route(c, "", "8001")->to, "queue:tax");
	config_unref(c);
}
END_TEST

START_TEST(what_needs_a_restart_is_named)
{
	struct config *a = parse("queues: {a: {}}\nsip: {realm: x}"),
		      *b = parse("queues: {b: {}}\nsip: {realm: x}");
	struct config *c = parse("sip: {realm: y}");
	char room[CONFIG_NAME_MAX];

	ck_assert_ptr_null(config_restart_key(a, b, room));
	ck_assert_str_eq(config_restart_key(a, c, room), "sip.realm");
	config_unref(a);
	config_unref(b);
	config_unref(c);
}
END_TEST

START_TEST(the_reference_explains_every_section)
{
	static const char *const sections[] = {
		"## site", "## sip", "## trunks", "## queues", "## principals"};
	struct text t;

	text_init(&t);
	config_reference(&t);
	for (unsigned i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		ck_assert_ptr_nonnull(strstr(text_str(&t), sections[i]));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "| `ring` | duration 1s..5min | `20s` |"));
	text_finish(&t);
}
END_TEST

Suite *config_suite(void);
Suite *config_suite(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");
	const TTest *cases[] = {a_whole_configuration_is_read, what_is_not_given_has_its_default,
		a_skill_nobody_has_is_a_mistake, an_overflow_circle_over_three_queues_is_found,
		all_mistakes_are_told_in_one_run_in_the_order_of_the_file,
		no_more_than_fifty_mistakes_are_told, broken_yaml_tells_where_it_broke, nesting_has_its_limit,
		aliases_cannot_blow_up, what_is_shown_as_effective_reads_back_to_the_same_configuration,
		secrets_are_not_shown_unless_asked_for, a_password_is_kept_as_ha1_only,
		a_password_file_must_be_private_and_its_first_line_is_the_password,
		a_password_may_stand_in_the_environment, files_that_are_named_must_be_there,
		the_first_route_that_matches_wins, what_needs_a_restart_is_named,
		the_reference_explains_every_section};

	tcase_add_loop_test(t, each_mistake_names_its_place_and_what_would_be_right, 0,
		sizeof(mistakes) / sizeof(mistakes[0]));
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tcase_add_test(t, cases[i]);
	tcase_set_timeout(t, 20 * testing_slowness());
	suite_add_tcase(s, t);
	return s;
}

Suite *check_suite(void);
Suite *damage_suite(void);
Suite *start_suite(void);

TEST_MAIN(config_suite(), check_suite(), damage_suite(), start_suite())
