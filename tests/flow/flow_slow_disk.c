/*
 * flow_slow_disk.c - a disk that takes no byte for longer than a recording's ring holds: the call goes on,
 * what is missing stands in the recording's row, and an alarm stands until a later recording is whole.
 */
#include "fixture.h"

#include "hotline/hotline_priv.h"
#include "media/media_priv.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static Suite *flow_slow_disk(void);

static struct town town;
static atomic_bool stalled;

static ssize_t stalling_write(int fd, const void *data, size_t n, off_t at)
{
	while (atomic_load(&stalled))
		(void)usleep(1000);
	return pwrite(fd, data, n, at);
}

static unsigned told(enum ghl_event_type type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < town.event_count; i++)
		n += ghl_event_type(town.events[i]) == type &&
		     strcmp(ghl_event_text(town.events[i], GHL_F_NAME), "record.gap") == 0;
	return n;
}

/* What is missing of the recording of the last call. */
static uint64_t call_for(const char *number, unsigned stalled_ms, unsigned calls)
{
	struct person *p = town_citizen(&town, number, 441);
	const struct ghl_call_info *call;
	struct ghl_list *list, *recs;
	uint64_t missing;

	person_call(p, "12345");
	TOWN_UNTIL(&town, p->talks == 1);
	atomic_store(&stalled, stalled_ms > 0);
	town_run_ms(&town, stalled_ms + 200);
	atomic_store(&stalled, false);
	ck_assert_uint_eq(p->ended, 0);
	person_hang_up(p);
	town_until_over(&town, calls);
	call = town_last_call(&town, &list);
	ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &recs), 0);
	missing = ((const struct ghl_record_info *)ghl_list_next(recs))->missing_samples;
	ghl_list_free(recs);
	ghl_list_free(list);
	return missing;
}

START_TEST(sound_that_a_stalled_disk_cost_is_told_by_row_and_alarm_until_a_recording_is_whole)
{
	town_open(&town, &(struct town_opts){0});
	recorder_write_set(town.hotline->media->recorder, stalling_write);
	ck_assert_uint_eq(call_for("13811111111", 0, 1), 0);
	ck_assert_uint_eq(told(GHL_EV_ALARM), 0);
	ck_assert_uint_ge(call_for("13822222222", 5000, 2), 500 * 8);
	TOWN_UNTIL(&town, told(GHL_EV_ALARM) == 1);
	ck_assert_uint_eq(told(GHL_EV_ALARM_CLEARED), 0);
	ck_assert_uint_eq(call_for("13833333333", 0, 3), 0);
	TOWN_UNTIL(&town, told(GHL_EV_ALARM_CLEARED) == 1);
	ck_assert_uint_eq(told(GHL_EV_ALARM), 1);
	town_close(&town);
}
END_TEST

TEST_SUITE(flow_slow_disk, 60,
	sound_that_a_stalled_disk_cost_is_told_by_row_and_alarm_until_a_recording_is_whole)

TEST_MAIN(flow_slow_disk())
