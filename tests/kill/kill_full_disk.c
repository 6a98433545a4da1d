/*
 * kill_full_disk.c - free space below the reserve: what each policy does with a new call, that the alarm is
 * told, and that nothing of what was kept before is lost.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static struct town town;

/* The same hotline with a reserve that no disk can spare. */
static void restart_full(void)
{
	char text[8192], *at;
	size_t n;
	FILE *f;

	town_stop(&town);
	f = fopen(town.config, "r+");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	at = strstr(text, "disk_reserve: 16MiB, disk_alarm: 32MiB");
	ck_assert_ptr_nonnull(at);
	memcpy(at, "disk_reserve: 99TiB, disk_alarm: 99TiB", 38);
	rewind(f);
	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
	town_start(&town);
}

static void call_and_hang_up(struct person *p)
{
	unsigned before = town_events(&town, GHL_EV_CALL_CLEARED);

	person_call(p, "12345");
	TOWN_UNTIL(&town, p->talks == 1);
	person_hang_up(p);
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_CALL_CLEARED) > before && !p->leg && !p->port);
}

/* One call while there is room, so that there is something to lose. */
static void open_town(const char *more)
{
	struct town_opts opts = {.more = more};

	town_open(&town, &opts);
	call_and_hang_up(town_citizen(&town, "13811111111", 441));
}

static bool alarm_told(const char *name)
{
	for (unsigned i = 0; i < town.event_count; i++)
		if (ghl_event_type(town.events[i]) == GHL_EV_ALARM &&
			strcmp(ghl_event_text(town.events[i], GHL_F_NAME), name) == 0)
			return true;
	return false;
}

START_TEST(on_a_full_disk_the_policy_refuse_answers_503_with_an_alarm_and_keeps_what_was)
{
	struct person *late;

	open_town("record: {on_full: refuse}\n");
	restart_full();
	late = town_citizen(&town, "13822222222", 441);
	person_call(late, "12345");
	TOWN_UNTIL(&town, late->ended == 1);
	ck_assert_uint_eq(late->talks, 0);
	ck_assert_uint_eq(late->last_status, 503);
	TOWN_UNTIL(&town, alarm_told("record.space"));
	ck_assert_uint_eq(town_past_calls(&town), 1);
	town_close(&town);
}
END_TEST

START_TEST(on_a_full_disk_the_policy_unrecorded_takes_the_call_with_an_alarm_and_keeps_its_record)
{
	const struct ghl_record_info *rec;
	const struct ghl_call_info *call;
	struct ghl_list *calls, *recs;

	open_town("record: {on_full: unrecorded}\n");
	restart_full();
	call_and_hang_up(town_citizen(&town, "13822222222", 441));
	ck_assert(alarm_told("record.space"));
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_RECORDING_VOID));
	ck_assert_uint_eq(town_past_calls(&town), 2);
	call = town_last_call(&town, &calls);
	ck_assert_str_eq(call->calling, "+8613822222222");
	ck_assert_int_eq(ghl_record_info(town.owner, call->recording, &recs), 0);
	rec = ghl_list_next(recs);
	ck_assert_int_eq(rec->state, GHL_RECORD_VOID);
	ck_assert_str_ne(rec->reason, "");
	ghl_list_free(recs);
	ghl_list_free(calls);
	town_close(&town);
}
END_TEST

TEST_SUITE(kill_full_disk, 60, on_a_full_disk_the_policy_refuse_answers_503_with_an_alarm_and_keeps_what_was,
	on_a_full_disk_the_policy_unrecorded_takes_the_call_with_an_alarm_and_keeps_its_record)

TEST_MAIN(kill_full_disk())
