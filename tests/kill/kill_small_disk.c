/*
 * kill_small_disk.c - a real disk that fills up under a hotline: a tmpfs of 96 MiB in a mount namespace of
 * its own, and a file of ballast that is made larger and smaller. Where the system allows no such namespace
 * the tests are skipped, with the reason.
 */
#include "fixture.h"
#include "wav.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77 /* to meson */
#define MIB     (1ull << 20)
#define RESERVE (16 * MIB) /* of the fixture's configuration */
#define ALARM   (32 * MIB)

static struct town town;
static char disk[256]; /* where the tmpfs stands */

/* --- the disk --- */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* Root needs no user namespace; anybody else becomes root of one. */
static int enter_namespace(void)
{
	char map[64];
	unsigned uid = getuid();

	if (unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)) < 0)
		return -errno;
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	if (uid && !write_text("/proc/self/uid_map", map))
		return -errno;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

/* Why it cannot be; 0: it can. In a process of its own, for there is no way back. */
static int namespace_refused(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(-enter_namespace());
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINVAL;
}

static void make_disk(void)
{
	(void)snprintf(disk, sizeof(disk), "%s", testing_folder());
	ck_assert_int_eq(enter_namespace(), 0);
	ck_assert_int_eq(mount("tmpfs", disk, "tmpfs", 0, "size=96m"), 0);
	(void)setenv("TMPDIR", disk, 1); /* the town stands there */
}

static uint64_t free_bytes(void)
{
	struct statvfs v;

	ck_assert_int_eq(statvfs(disk, &v), 0);
	return (uint64_t)v.f_bavail * v.f_frsize;
}

/* Makes the ballast such that so much is free. */
static void leave_free(uint64_t want)
{
	char path[300];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/ballast", disk);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	for (unsigned tries = 0; free_bytes() != want && tries < 100; tries++) {
		uint64_t now = free_bytes();

		ck_assert_int_eq(fstat(fd, &st), 0);
		if (now < want)
			ck_assert_int_eq(ftruncate(fd, st.st_size - (off_t)(want - now)), 0);
		else
			(void)posix_fallocate(fd, st.st_size, (off_t)(now - want)); /* the others write too */
	}
	(void)close(fd);
}

/* --- the town --- */

static void open_town(struct town_opts *opts)
{
	make_disk();
	town_open(&town, opts);
	town.deaf = true; /* nobody's but the hotline's recordings */
}

/* The check copies the store: not to the small disk. */
static void close_town(void)
{
	(void)unsetenv("TMPDIR");
	town_close(&town);
}

static unsigned told(enum ghl_event_type type, const char *name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < town.event_count; i++)
		n += ghl_event_type(town.events[i]) == type &&
		     strcmp(ghl_event_text(town.events[i], GHL_F_NAME), name) == 0;
	return n;
}

/* The disk is looked at once a second at most. */
static void until_next_look(void)
{
	town_run_ms(&town, 1100);
}

static struct person *call_up(const char *number)
{
	struct person *p = town_citizen(&town, number, 441);

	person_call(p, "12345");
	TOWN_UNTIL(&town, p->talks == 1);
	return p;
}

static void end_call(struct person *p)
{
	unsigned before = town_events(&town, GHL_EV_CALL_CLEARED);

	person_hang_up(p);
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_CALL_CLEARED) > before && !p->leg && !p->port);
}

/* The recording of the last call: its state, and its seconds, which are whole where it says so. */
static enum ghl_record_state last_recording(double *seconds)
{
	struct ghl_record_verdict verdict = GHL_RECORD_VERDICT_INIT;
	struct ghl_list *calls, *recs;
	const struct ghl_call_info *call = town_last_call(&town, &calls);
	const struct ghl_record_info *rec;
	enum ghl_record_state state;

	ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &recs), 0);
	rec = ghl_list_next(recs);
	state = rec->state;
	*seconds = (double)rec->samples / 8000;
	if (state == GHL_RECORD_COMPLETE)
		ck_assert_msg(ghl_record_verify(town.owner, rec->serial, &verdict) == 0, "%s", verdict.text);
	if (*seconds > 1)
		ck_assert_double_gt(wav_tone_db(rec->path, 0, 441, 0.5, *seconds - 0.1), -20);
	ghl_list_free(recs);
	ghl_list_free(calls);
	return state;
}

static void expect_last_recording(enum ghl_record_state state, double at_least_s)
{
	double seconds;

	ck_assert_str_eq(ghl_record_state_name(last_recording(&seconds)), ghl_record_state_name(state));
	ck_assert_double_ge(seconds, at_least_s);
}

static void until_recordings(unsigned n)
{
	TOWN_UNTIL(&town,
		town_events(&town, GHL_EV_RECORDING_ENDED) + town_events(&town, GHL_EV_RECORDING_VOID) == n);
}

static bool space_low(void)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	ck_assert_int_eq(ghl_hotline_status(town.owner, &st), 0);
	return st.space_low;
}

/* Room again: both alarms are taken back, and a call is taken and recorded as before. */
static void expect_back_to_normal(void)
{
	unsigned recordings =
		town_events(&town, GHL_EV_RECORDING_ENDED) + town_events(&town, GHL_EV_RECORDING_VOID);
	struct person *p;

	leave_free(60 * MIB);
	TOWN_UNTIL(&town, told(GHL_EV_ALARM_CLEARED, "store.space") == 1);
	ck_assert(!space_low());
	until_next_look();
	p = call_up("13899999999");
	town_run_ms(&town, 1500);
	end_call(p);
	TOWN_UNTIL(&town, told(GHL_EV_ALARM_CLEARED, "record.space") == told(GHL_EV_ALARM, "record.space"));
	until_recordings(recordings + 1);
	expect_last_recording(GHL_RECORD_COMPLETE, 1.2);
}

static void fall_below_the_alarm(void)
{
	leave_free(ALARM - 2 * MIB);
	TOWN_UNTIL(&town, told(GHL_EV_ALARM, "store.space") == 1);
	ck_assert(space_low());
	ck_assert_uint_eq(told(GHL_EV_ALARM, "record.space"), 0);
}

/* --- the cases --- */

/* A change of facts that ends nothing. */
static int set_principal(void)
{
	struct ghl_principal_opts opts = GHL_PRINCIPAL_OPTS_INIT;

	opts.roles = GHL_ROLE_READER;
	return ghl_access_principal_set(town.owner, "nobody", &opts, NULL);
}

START_TEST(below_the_reserve_a_call_that_is_up_is_finished_whole_and_a_new_one_gets_503)
{
	struct person *up, *late;

	open_town(&(struct town_opts){.more = "record: {on_full: refuse}\n"});
	fall_below_the_alarm();
	end_call(call_up("13811111111")); /* there is room yet */
	up = call_up("13822222222");
	leave_free(RESERVE - 4 * MIB);
	until_next_look();
	late = town_citizen(&town, "13833333333", 441);
	person_call(late, "12345");
	TOWN_UNTIL(&town, late->ended == 1);
	ck_assert_uint_eq(late->last_status, 503);
	TOWN_UNTIL(&town, told(GHL_EV_ALARM, "record.space") == 1);
	town_run_ms(&town, 600);
	end_call(up);
	until_recordings(2);
	expect_last_recording(GHL_RECORD_COMPLETE, 1.5);
	ck_assert_uint_eq(town_past_calls(&town), 2);
	expect_back_to_normal();
	close_town();
}
END_TEST

START_TEST(below_the_reserve_an_unrecorded_call_is_taken_and_has_its_record)
{
	open_town(&(struct town_opts){.more = "record: {on_full: unrecorded}\n"});
	leave_free(RESERVE - 4 * MIB);
	TOWN_UNTIL(&town, space_low());
	end_call(call_up("13811111111"));
	TOWN_UNTIL(&town, told(GHL_EV_ALARM, "record.space") == 1);
	until_recordings(1);
	ck_assert_uint_eq(town_past_calls(&town), 1);
	expect_last_recording(GHL_RECORD_VOID, 0);
	expect_back_to_normal();
	ck_assert_uint_eq(town_past_calls(&town), 2);
	close_town();
}
END_TEST

START_TEST(below_the_reserve_the_hotline_makes_no_call_and_its_agent_is_free_again)
{
	struct ghl_session *agent;

	open_town(&(struct town_opts){.out = true});
	(void)town_agent(&town, "1001", 1000);
	ck_assert_int_eq(ghl_session_open_as(town.owner, "agent:1001", &agent), 0);
	leave_free(RESERVE - 4 * MIB);
	until_next_look();
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "13900000001", NULL, NULL, NULL), GHL_ESPACE);
	ck_assert_int_eq(ghl_call_dial(agent, "13900000001", NULL, NULL, NULL), GHL_ESPACE);
	TOWN_UNTIL(&town, town_agent_busy(&town, "1001") == GHL_AGENT_BUSY_NONE);
	ck_assert_uint_eq(town_past_calls(&town), 0);
	leave_free(60 * MIB);
	until_next_look();
	ck_assert_int_eq(ghl_call_make(town.owner, "1001", "13900000001", NULL, NULL, NULL), 0);
	TOWN_UNTIL(&town, town.far->rung == 1);
	ghl_session_close(agent);
	close_town();
}
END_TEST

START_TEST(on_a_disk_without_a_byte_left_calls_live_and_their_records_are_kept)
{
	struct person *up;

	open_town(&(struct town_opts){.more = "record: {on_full: refuse}\n"});
	up = call_up("13811111111");
	town_run_ms(&town, 2000);
	leave_free(0);
	TOWN_UNTIL(&town, told(GHL_EV_ALARM, "store.space") == 1);
	town_run_ms(&town, 2000);
	ck_assert_ptr_nonnull(up->leg);
	ck_assert_int_eq(set_principal(), GHL_ESPACE);
	end_call(up);
	until_recordings(1);
	expect_last_recording(GHL_RECORD_DAMAGED, 1);
	ck_assert_uint_eq(town_past_calls(&town), 1);
	expect_back_to_normal();
	ck_assert_uint_eq(town_past_calls(&town), 2);
	close_town();
}
END_TEST

TEST_SUITE(kill_small_disk, 60, below_the_reserve_a_call_that_is_up_is_finished_whole_and_a_new_one_gets_503,
	below_the_reserve_an_unrecorded_call_is_taken_and_has_its_record,
	below_the_reserve_the_hotline_makes_no_call_and_its_agent_is_free_again,
	on_a_disk_without_a_byte_left_calls_live_and_their_records_are_kept)

int main(void)
{
	int why = namespace_refused();
	Suite *suites[1];

	if (why != 0) {
		(void)fprintf(stderr, "skipped: the system allows no mount namespace: %s\n", strerror(why));
		return SKIPPED;
	}
	suites[0] = kill_small_disk();
	return testing_run(suites, 1);
}
