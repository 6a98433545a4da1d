/*
 * kill_serve.c - an engine with 50 calls up, and more coming and going, is killed or loses its power at
 * random instants, again and again on one folder. What it had told must be there: records, ends, recordings
 * with their sound, a whole chain, and no id or serial twice. GHL_TEST_KILLS: how often (5).
 */
#include "apart.h"

#include "base/clock.h"
#include "base/map.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LINE_MS     20000
#define FIRST       13800000000u /* calling numbers */
#define A_ROUND     10000u       /* of them */
#define TONE_DB     (-35)
#define SETTLE_US   500000 /* until the first packets have been heard */
#define SAMPLES_SEC 8000   /* a second */

/* A call, as the hotline told it and as the log tells it. */
struct seen {
	ghl_call call;
	char serial[20];
	unsigned round;
	bool told_started, told_cleared, told_recorded;
	unsigned started, cleared; /* facts in the log */
	/* as the records tell */
	enum ghl_call_disposition disposition;
	enum ghl_call_cause cause;
	enum ghl_record_state recording;
};

/* A citizen's call that was answered. */
struct talk {
	uint64_t number;
	unsigned round;
	int64_t at_us;
	bool found;
};

static struct town town; /* folder and configuration; the store is opened here to look at it */
static struct apart hotline, crowd;
static struct map calls, serials, talks;
static unsigned round_no, talks_now;
static int64_t ended_at_us;
static unsigned checked_s; /* seconds of sound that had to be there */

static double slack_us(double seconds)
{
	return seconds * 1e6 * testing_slowness();
}

static int64_t now_us(void)
{
	struct ghl_clock clock;

	clock_init_real(&clock);
	return clock_utc_us(&clock);
}

/* --- what was told --- */

static struct seen *seen_of(ghl_call call)
{
	struct seen *s = map_get(&calls, call);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	ck_assert_ptr_nonnull(s);
	s->call = call;
	s->round = round_no;
	ck_assert_int_eq(map_put(&calls, call, s), 0);
	return s;
}

/* A serial belongs to one call for ever. */
static void serial_of(struct seen *s, const char *serial)
{
	uint64_t number = strtoull(serial, NULL, 10);
	const struct seen *owner = map_get(&serials, number);

	ck_assert_msg(!owner || owner == s, "serial %s twice", serial);
	ck_assert_msg(!s->serial[0] || strcmp(s->serial, serial) == 0, "%s and %s", s->serial, serial);
	(void)snprintf(s->serial, sizeof(s->serial), "%s", serial);
	ck_assert_int_eq(map_put(&serials, number, s), 0);
}

static void on_fact_told(const char *what, ghl_call call, const char *serial)
{
	struct seen *s = seen_of(call);

	serial_of(s, serial);
	if (strcmp(what, "started") == 0) {
		ck_assert_msg(!s->told_started, "id %llu twice", (unsigned long long)call);
		s->told_started = true;
	}
	s->told_cleared |= strcmp(what, "cleared") == 0;
	s->told_recorded |= strcmp(what, "recorded") == 0;
}

static void on_talk(uint64_t number, int64_t at_us)
{
	struct talk *t = calloc(1, sizeof(*t));

	ck_assert_ptr_nonnull(t);
	*t = (struct talk){.number = number, .round = round_no, .at_us = at_us};
	ck_assert_ptr_null(map_get(&talks, number));
	ck_assert_int_eq(map_put(&talks, number, t), 0);
	talks_now++;
}

/* False: there is no line within the limit. */
static bool hear(struct apart *a, int limit_ms)
{
	const char *line = apart_line(a, limit_ms);
	char what[16], who[24], text[40];

	if (!line)
		return false;
	ck_assert_msg(sscanf(line, "%15s %23s %39s", what, who, text) == 3, "%s", line);
	if (strcmp(what, "talk") == 0)
		on_talk(testing_number(who), strtoll(text, NULL, 10));
	else
		on_fact_told(what, testing_number(who), text);
	return true;
}

static void hear_rest(struct apart *a)
{
	while (hear(a, 0))
		continue;
}

/* --- what is there --- */

static void on_fact(const struct ghl_event *e)
{
	enum ghl_event_type type = ghl_event_type(e);
	struct seen *s;

	if (type != GHL_EV_CALL_STARTED && type != GHL_EV_CALL_CLEARED)
		return;
	s = seen_of((ghl_call)ghl_event_int(e, GHL_F_CALL));
	serial_of(s, ghl_event_text(e, GHL_F_SERIAL));
	s->started += type == GHL_EV_CALL_STARTED;
	s->cleared += type == GHL_EV_CALL_CLEARED;
	ck_assert_uint_eq(s->started, 1);
	ck_assert_uint_le(s->cleared, 1);
}

/* The whole log from its first fact. */
static void read_log(void)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	struct ghl_position at = {0};
	struct ghl_event *e;
	struct seen *s;

	for (size_t i = 0; (s = map_next(&calls, &i));)
		s->started = s->cleared = 0;
	ck_assert_int_eq(ghl_hotline_status(town.owner, &st), 0);
	ck_assert_int_eq(ghl_monitor_start(town.owner, "kind=fact", &at, NULL), 0);
	while (at.fact < st.facts) {
		ck_assert_int_eq(ghl_event_wait(town.owner, LINE_MS, &e), 1);
		on_fact(e);
		ghl_event_position(e, &at);
		ghl_event_free(e);
	}
}

/* The citizen's tone in every second of it. */
static void check_sound(const char *path, double seconds)
{
	for (double at = SETTLE_US / 1e6; at + 1 <= seconds; at++) {
		ck_assert_double_ge(wav_tone_db(path, 0, 441, at, at + 1), TONE_DB);
		checked_s++;
	}
}

static void check_recording(struct seen *s, const struct ghl_call_info *call, double may_miss_s)
{
	struct talk *t = map_get(&talks, strtoull(call->calling + 3, NULL, 10)); /* +86 */
	struct ghl_record_verdict verdict = GHL_RECORD_VERDICT_INIT;
	const struct ghl_record_info *rec;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &l), 0);
	rec = ghl_list_next(l);
	ck_assert_int_ne(rec->state, GHL_RECORD_RUNNING);
	ck_assert_int_ne(rec->state, GHL_RECORD_DAMAGED);
	ck_assert_uint_eq(rec->call, call->call);
	s->recording = rec->state;
	if (s->told_recorded)
		ck_assert_int_ne(rec->state, GHL_RECORD_INTERRUPTED);
	if (rec->state != GHL_RECORD_VOID) {
		ck_assert_msg(ghl_record_verify(town.owner, rec->serial, &verdict) == 0, "%s: %s",
			rec->serial, verdict.text);
		check_sound(rec->path, (double)rec->samples / SAMPLES_SEC);
	}
	if (t)
		t->found = true;
	if (t && call->disposition == GHL_CALL_INTERRUPTED)
		ck_assert_msg((double)rec->samples * 1e6 / SAMPLES_SEC >=
				      (double)(ended_at_us - t->at_us) - slack_us(may_miss_s),
			"%s holds %.1f s of %.1f", rec->serial, (double)rec->samples / SAMPLES_SEC,
			(double)(ended_at_us - t->at_us) / 1e6);
	ghl_list_free(l);
}

static void check_call(struct seen *s, double may_miss_s)
{
	const struct ghl_call_info *call;
	struct ghl_list *l;

	ck_assert_int_eq(ghl_call_info(town.owner, s->call, &l), 0);
	call = ghl_list_next(l);
	ck_assert_int_eq(call->state, GHL_CALL_STATE_CLEARED);
	ck_assert_str_eq(call->recording, s->serial);
	s->disposition = call->disposition;
	s->cause = call->cause;
	if (s->told_cleared)
		ck_assert_int_ne(call->disposition, GHL_CALL_INTERRUPTED);
	check_recording(s, call, may_miss_s);
	ghl_list_free(l);
}

/* Every serial is accounted for: they follow one another without a gap. */
static void check_serials(void)
{
	struct ghl_record_filter f = GHL_RECORD_FILTER_INIT;
	const struct ghl_record_info *rec;
	char last[20] = "", cursor[512] = "";
	struct ghl_list *l;

	do {
		f.cursor = cursor[0] ? cursor : NULL;
		ck_assert_int_eq(ghl_record_list(town.owner, &f, &l), 0);
		while ((rec = ghl_list_next(l))) {
			if (strncmp(last, rec->serial, 8) == 0)
				ck_assert_uint_eq(
					testing_number(rec->serial + 9), testing_number(last + 9) + 1);
			else
				ck_assert_uint_eq(testing_number(rec->serial + 9), 1);
			(void)snprintf(last, sizeof(last), "%s", rec->serial);
		}
		(void)snprintf(cursor, sizeof(cursor), "%s", ghl_list_cursor(l));
		ghl_list_free(l);
	} while (cursor[0]);
}

static void look_into_store(double may_miss_s)
{
	struct ghl_error err = {0};
	struct seen *s;
	struct talk *t;

	ck_assert_msg(
		ghl_hotline_open(&town.hotline, town.config, GHL_OPEN_STORE, &err) == 0, "%s", err.text);
	ck_assert_int_eq(ghl_hotline_start(town.hotline, &err), 0);
	ck_assert_int_eq(ghl_session_open_local(town.hotline, &town.owner), 0);
	read_log();
	for (size_t i = 0; (s = map_next(&calls, &i));) {
		ck_assert_msg(s->started == 1, "%llu was told and is lost", (unsigned long long)s->call);
		ck_assert_uint_eq(s->cleared, 1);
		if (s->round == round_no)
			check_call(s, may_miss_s);
	}
	for (size_t i = 0; (t = map_next(&talks, &i));)
		ck_assert_msg(t->round != round_no || t->found, "%llu was answered and is lost",
			(unsigned long long)t->number);
	check_serials();
	town_stop(&town);
}

/* --- rounds --- */

static char image[256]; /* what a power loss leaves; "" where only the process is killed */

static void begin(bool powerloss)
{
	struct town_opts opts = {.limits = "max_calls_per_s: 0"};

	memset(&town, 0, sizeof(town));
	image[0] = '\0';
	if (powerloss) {
		ck_assert_ptr_nonnull(getenv("GHL_POWERLOSS_SHIM"));
		(void)snprintf(image, sizeof(image), "%s", testing_folder());
	}
	town_prepare(&town, &opts);
	map_init(&calls);
	map_init(&serials);
	map_init(&talks);
	round_no = talks_now = checked_s = 0;
}

static void free_values(struct map *m)
{
	void *v;

	for (size_t i = 0; (v = map_next(m, &i));)
		free(v);
	map_finish(m);
}

static void finish(void)
{
	map_finish(&serials);
	free_values(&calls);
	free_values(&talks);
	if (image[0])
		testing_remove_tree(image);
}

static void start_hotline(void)
{
	const char *line;

	apart_hotline(&hotline, town.config, image[0] ? town.folder : NULL, image);
	line = apart_line(&hotline, LINE_MS);
	ck_assert_ptr_nonnull(line);
	ck_assert_msg(strncmp(line, "port ", 5) == 0, "%s", line);
	town.port = (uint16_t)testing_number(line + 5);
}

static void start_crowd(unsigned stay, unsigned go)
{
	talks_now = 0;
	apart_crowd(&crowd, town.port, stay, go, FIRST + (uint64_t)round_no * A_ROUND);
}

static void until_answered(unsigned n)
{
	while (talks_now < n)
		ck_assert_msg(hear(&crowd, LINE_MS), "%u of %u calls are up", talks_now, n);
}

/* Whatever the machine's speed: so many lines told, and a moment. */
static void until_told(unsigned lines)
{
	while (lines--)
		ck_assert(hear(&hotline, LINE_MS));
	(void)poll(NULL, 0, (int)(testing_random() % 50));
}

static void end_crowd(void)
{
	int status = apart_end(&crowd, SIGKILL);

	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the crowd ended by itself: %#x",
		(unsigned)status);
	hear_rest(&crowd);
	apart_close(&crowd);
}

static void end_hotline(int sig)
{
	int status;

	ended_at_us = now_us();
	status = apart_end(&hotline, sig);
	if (sig == SIGKILL)
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	hear_rest(&hotline);
	apart_close(&hotline);
}

/* The power comes back: what is there now is what the image holds. */
static void restart_from_image(void)
{
	char cmd[900];

	testing_remove_tree(town.folder);
	(void)snprintf(cmd, sizeof(cmd), "cp -r '%s/tree' '%s' && rm -rf '%s'/*", image, town.folder, image);
	ck_assert_int_eq(system(cmd), 0);
}

/* Every third time while the calls are only coming up. */
static void live_and_die(unsigned stay, unsigned go)
{
	start_crowd(stay, go);
	if (round_no % 3 == 2) {
		until_answered(1 + (unsigned)(testing_random() % stay));
	} else {
		until_answered(stay + go);
		until_told(stay + 7 * go + (unsigned)(testing_random() % (6 * go)));
	}
	end_hotline(SIGKILL);
	end_crowd();
	if (image[0])
		restart_from_image();
}

static void check_store(double may_miss_s)
{
	struct ghl_error err = {0};
	char store[300];

	(void)snprintf(store, sizeof(store), "%s/store", town.folder);
	ck_assert_msg(ghl_db_check(store, &err) == 0, "%s", err.text);
	look_into_store(may_miss_s);
}

static unsigned kills(void)
{
	const char *s = getenv("GHL_TEST_KILLS");

	return s ? (unsigned)strtoul(s, NULL, 10) : 5;
}

static void all_rounds(unsigned stay, unsigned go, double may_miss_s)
{
	start_hotline();
	for (round_no = 0; round_no < kills(); round_no++) {
		live_and_die(stay, go);
		start_hotline();
		check_store(may_miss_s);
	}
	end_hotline(SIGTERM);
	ck_assert_uint_gt(checked_s, 0);
	finish();
}

START_TEST(killed_with_50_calls_up_the_engine_keeps_all_it_told_and_their_sound_up_to_2_s_before)
{
	begin(false);
	all_rounds(50, 14, 2);
}
END_TEST

START_TEST(after_a_power_loss_all_that_was_told_is_there)
{
	begin(true);
	all_rounds(10, 6, 3);
}
END_TEST

static void check_second_engine(void)
{
	struct ghl_error err = {0};

	ck_assert_int_eq(ghl_hotline_open(&town.hotline, town.config, GHL_OPEN_ENGINE, &err), GHL_EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "engine.lock"));
}

START_TEST(a_stop_under_load_ends_every_call_with_its_record_and_a_second_engine_is_refused)
{
	struct seen *s;
	unsigned up = 0;

	begin(false);
	start_hotline();
	start_crowd(20, 10);
	until_answered(30);
	check_second_engine();
	until_told(60);
	end_hotline(SIGTERM);
	end_crowd();
	start_hotline();
	check_store(0);
	end_hotline(SIGTERM);
	for (size_t i = 0; (s = map_next(&calls, &i));) {
		ck_assert_int_ne(s->disposition, GHL_CALL_INTERRUPTED);
		ck_assert_int_ne(s->recording, GHL_RECORD_INTERRUPTED);
		up += s->cause == GHL_CAUSE_SHUTDOWN;
	}
	ck_assert_uint_ge(up, 20);
	finish();
}
END_TEST

static Suite *kill_serve(void)
{
	Suite *s = suite_create("kill_serve");
	TCase *t = tcase_create("kill_serve");

	tcase_set_timeout(t, (60 + 20 * kills()) * testing_slowness());
	tcase_add_test(
		t, killed_with_50_calls_up_the_engine_keeps_all_it_told_and_their_sound_up_to_2_s_before);
	tcase_add_test(t, after_a_power_loss_all_that_was_told_is_there);
	tcase_add_test(t, a_stop_under_load_ends_every_call_with_its_record_and_a_second_engine_is_refused);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	Suite *suites[1];

	apart_main(argc, argv);
	suites[0] = kill_serve();
	return testing_run(suites, 1);
}
