/*
 * kill_serve.c - `govhotline serve` with 50 calls up, and more coming and going, is killed or loses its power
 * at random instants, again and again on one folder. What it had told at its control socket must be there:
 * records, ends, recordings with their sound, a whole chain, and no id or serial twice, while eight other
 * processes take some too. GHL_TEST_KILLS: how often (5).
 */
#include "ledger.h"

#include "base/clock.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MS  20000
#define FIRST    13800000000u /* calling numbers */
#define A_ROUND  10000u       /* of them */
#define TAKERS   8
#define TAKES    50 /* of each in a round */
#define A_FOLDER 25 /* rounds on one folder, each of which reads the whole log */

static struct town town; /* folder and configuration; the store is opened here to look at it */
static struct apart hotline, watcher, crowd, takers[TAKERS];
static unsigned round_no;
static int64_t ended_at_us;
static char beside[256]; /* what is no part of the disk: logs, sockets */
static char image[256];  /* what a power loss leaves; "" where only the process is killed */

static int64_t now_us(void)
{
	struct ghl_clock clock;

	clock_init_real(&clock);
	return clock_utc_us(&clock);
}

/* --- rounds --- */

static void begin(bool powerloss)
{
	struct town_opts opts = {.limits = "max_calls_per_s: 0"};
	char paths[300];

	memset(&town, 0, sizeof(town));
	image[0] = '\0';
	if (powerloss)
		(void)snprintf(image, sizeof(image), "%s", testing_folder());
	(void)snprintf(beside, sizeof(beside), "%s", testing_folder());
	(void)snprintf(paths, sizeof(paths), "control: %s/control", beside);
	opts.paths = paths;
	town_prepare(&town, &opts);
	ledger_begin(&town);
	round_no = 0;
}

static void finish(void)
{
	ledger_finish();
	if (image[0])
		testing_remove_tree(image);
	testing_remove_tree(beside);
	testing_remove_tree(town.folder);
}

static void start_hotline(bool no_sync)
{
	struct apart_serve how = {.config = town.config,
		.beside = beside,
		.disk = image[0] ? town.folder : NULL,
		.image = image,
		.limit_ms = (int)(LINE_MS * testing_slowness()),
		.no_sync = no_sync};
	char control[300];
	const char *line;

	apart_serve(&hotline, &how);
	(void)snprintf(control, sizeof(control), "%s/control", beside);
	apart_watch(&watcher, control);
	line = apart_line(&watcher, LINE_MS);
	ck_assert_ptr_nonnull(line);
	ck_assert_msg(strncmp(line, "port ", 5) == 0, "%s", line);
	town.port = (uint16_t)testing_number(line + 5);
}

static void start_crowd(unsigned stay, unsigned go)
{
	ledger_round(round_no);
	apart_crowd(&crowd, town.port, stay, go, FIRST + (uint64_t)round_no * A_ROUND);
}

static void start_takers(void)
{
	char store[300];

	(void)snprintf(store, sizeof(store), "%s/store", town.folder);
	for (unsigned i = 0; i < TAKERS; i++)
		apart_take(&takers[i], store, TAKES);
}

static void until_answered(unsigned n)
{
	while (ledger_talks() < n)
		ck_assert_msg(ledger_hear(&crowd, LINE_MS), "%u of %u calls are up", ledger_talks(), n);
}

/* Whatever the machine's speed: so many lines told, and a moment. */
static void until_told(unsigned lines)
{
	while (lines--)
		ck_assert(ledger_hear(&watcher, LINE_MS));
	(void)poll(NULL, 0, (int)(testing_random() % 50));
}

static void end_beside(struct apart *a, const char *who)
{
	int status = apart_end(a, SIGKILL);

	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the %s ended by itself: %#x", who,
		(unsigned)status);
	ledger_hear_rest(a);
	apart_close(a);
}

static void end_takers(void)
{
	for (unsigned i = 0; i < TAKERS; i++)
		end_beside(&takers[i], "taker");
}

static void end_hotline(int sig)
{
	int status;

	ended_at_us = now_us();
	status = apart_end(&hotline, sig);
	if (sig == SIGKILL)
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "serve ended with %#x",
			(unsigned)status);
	apart_close(&hotline);
	status = apart_end(&watcher, 0);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the watcher ended with %#x",
		(unsigned)status);
	ledger_hear_rest(&watcher);
	apart_close(&watcher);
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
	if (!image[0])
		start_takers();
	if (round_no % 3 == 2) {
		until_answered(1 + (unsigned)(testing_random() % stay));
	} else {
		until_answered(stay + go);
		until_told(stay + 6 * go + (unsigned)(testing_random() % (6 * go)));
	}
	end_hotline(SIGKILL);
	end_beside(&crowd, "crowd");
	if (image[0])
		restart_from_image();
	else
		end_takers();
}

static void check_store(double may_miss_s)
{
	struct ghl_error err = {0};
	char store[300];

	(void)snprintf(store, sizeof(store), "%s/store", town.folder);
	ck_assert_msg(ghl_db_check(store, &err) == 0, "%s", err.text);
	ledger_look(ended_at_us, may_miss_s);
}

static unsigned kills(void)
{
	const char *s = getenv("GHL_TEST_KILLS");

	return s ? (unsigned)strtoul(s, NULL, 10) : 5;
}

/* After the last of them it takes a call as before. */
static void rounds(unsigned count, unsigned stay, unsigned go, double may_miss_s)
{
	start_hotline(false);
	for (round_no = 0; round_no < count; round_no++) {
		live_and_die(stay, go);
		start_hotline(false);
		check_store(may_miss_s);
	}
	start_crowd(1, 0);
	until_answered(1);
	end_hotline(SIGTERM);
	end_beside(&crowd, "crowd");
	ck_assert_uint_gt(ledger_seconds(), 0);
}

static void all_rounds(bool powerloss, unsigned stay, unsigned go, double may_miss_s)
{
	for (unsigned left = kills(), n; left > 0; left -= n) {
		n = left < A_FOLDER ? left : A_FOLDER;
		begin(powerloss);
		rounds(n, stay, go, may_miss_s);
		finish();
	}
}

START_TEST(killed_with_50_calls_up_serve_keeps_all_it_told_and_their_sound_up_to_2_s_before)
{
	all_rounds(false, 50, 14, 2);
}
END_TEST

START_TEST(after_a_power_loss_all_that_was_told_is_there)
{
	all_rounds(true, 10, 6, 3);
}
END_TEST

/* In a process of its own: what was never synced may be no store at all, and LMDB falls over such a one. */
static bool lost_or_broken(void)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(ledger_lost() != 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static bool lost_in_a_power_loss(bool no_sync)
{
	bool lost;

	begin(true);
	start_hotline(no_sync);
	start_crowd(10, 6);
	until_answered(16);
	until_told(20);
	end_hotline(SIGKILL);
	end_beside(&crowd, "crowd");
	restart_from_image();
	lost = lost_or_broken();
	finish();
	return lost;
}

START_TEST(without_syncs_of_the_store_a_power_loss_loses_what_was_told)
{
	ck_assert(!lost_in_a_power_loss(false));
	ck_assert(lost_in_a_power_loss(true));
}
END_TEST

static void check_second_engine(void)
{
	struct ghl_error err = {0};

	ck_assert_int_eq(ghl_hotline_open(&town.hotline, town.config, GHL_OPEN_ENGINE, &err), GHL_EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "engine.lock"));
}

/* Of the store in use, beside it, and restored. */
static void back_up(char restored[300])
{
	char store[300], backup[300];
	struct ghl_error err = {0};

	(void)snprintf(store, sizeof(store), "%s/store", town.folder);
	(void)snprintf(backup, sizeof(backup), "%s/backup", beside);
	(void)snprintf(restored, 300, "%s/restored", beside);
	ck_assert_msg(ghl_db_backup(store, backup, &err) == 0, "%s", err.text);
	ck_assert_msg(ghl_db_restore(backup, restored, &err) == 0, "%s", err.text);
}

START_TEST(a_backup_of_a_busy_hotline_is_its_store_at_one_instant)
{
	char restored[300];

	begin(false);
	start_hotline(false);
	start_crowd(10, 20);
	until_answered(30);
	until_told(20);
	back_up(restored);
	until_told(20);
	end_hotline(SIGTERM);
	end_beside(&crowd, "crowd");
	ledger_compare(restored);
	finish();
}
END_TEST

START_TEST(a_stop_under_load_ends_every_call_with_its_record_and_a_second_engine_is_refused)
{
	begin(false);
	start_hotline(false);
	start_crowd(20, 10);
	until_answered(30);
	check_second_engine();
	until_told(60);
	end_hotline(SIGTERM);
	end_beside(&crowd, "crowd");
	start_hotline(false);
	check_store(0);
	end_hotline(SIGTERM);
	ck_assert_uint_ge(ledger_stopped(), 20);
	finish();
}
END_TEST

static Suite *kill_serve(void)
{
	Suite *s = suite_create("kill_serve");
	TCase *t = tcase_create("kill_serve");

	tcase_set_timeout(t, (60 + 20 * kills()) * testing_slowness());
	tcase_add_test(t, killed_with_50_calls_up_serve_keeps_all_it_told_and_their_sound_up_to_2_s_before);
	tcase_add_test(t, after_a_power_loss_all_that_was_told_is_there);
	tcase_add_test(t, without_syncs_of_the_store_a_power_loss_loses_what_was_told);
	tcase_add_test(t, a_backup_of_a_busy_hotline_is_its_store_at_one_instant);
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
