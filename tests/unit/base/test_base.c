/* test_base.c - wheel, loop, map, ids, texts, errors. */
#include <testing.h>

#include "base/error.h"
#include "base/id.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct probe {
	struct timer timer;
	struct loop *loop;
	uint64_t due_ms;
	uint64_t *last_ms;
	int *fired;
};

static void on_probe(void *arg)
{
	struct probe *p = arg;
	uint64_t now = (uint64_t)(loop_now_us(p->loop) / 1000);

	ck_assert_uint_eq(now, p->due_ms);
	ck_assert_uint_ge(p->due_ms, *p->last_ms);
	*p->last_ms = p->due_ms;
	(*p->fired)++;
}

START_TEST(timers_fire_at_their_due_time_in_order)
{
	struct ghl_clock clock;
	struct loop *loop;
	struct probe probes[500];
	uint64_t last = 0, span;
	int fired = 0, stopped = 0;

	clock_init_virtual(&clock, 0);
	ck_assert_int_eq(loop_create_virtual(&loop, &clock), 0);
	memset(probes, 0, sizeof(probes));
	for (int i = 0; i < 500; i++) {
		struct probe *p = &probes[i];

		span = (uint64_t)1 << (testing_random() % 31);
		p->loop = loop;
		p->last_ms = &last;
		p->fired = &fired;
		p->due_ms = 1000 + 1 + testing_random() % span;
		loop_timer_start(loop, &p->timer, p->due_ms - 1000, on_probe, p);
	}
	for (int i = 0; i < 500; i += 7, stopped++)
		loop_timer_stop(loop, &probes[i].timer);
	loop_advance(loop, ((int64_t)1 << 31) * 1000);
	ck_assert_int_eq(fired, 500 - stopped);
	loop_destroy(loop);
}
END_TEST

static void count_up(void *arg)
{
	(*(int *)arg)++;
}

static void *post_many(void *arg)
{
	struct loop *loop = ((void **)arg)[0];

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(loop_post(loop, count_up, ((void **)arg)[1]), 0);
	return NULL;
}

START_TEST(work_posted_from_threads_runs_on_the_loop)
{
	struct ghl_clock clock;
	struct loop *loop;
	pthread_t threads[4];
	int count = 0;
	void *arg[2];

	clock_init_real(&clock);
	ck_assert_int_eq(loop_create(&loop, &clock), 0);
	arg[0] = loop;
	arg[1] = &count;
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, post_many, arg), 0);
	while (count < 4000)
		loop_step(loop, 100);
	for (int i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_int_eq(count, 4000);
	loop_destroy(loop);
}
END_TEST

START_TEST(map_agrees_with_an_array)
{
	static void *truth[512];
	struct map m;
	int marks[2];
	size_t n = 0, i = 0, seen = 0;

	map_init(&m);
	for (int step = 0; step < 20000; step++) {
		uint64_t key = testing_random() % 512;

		if (testing_random() % 2) {
			truth[key] = &marks[step % 2];
			ck_assert_int_eq(map_put(&m, key * 0x1000, truth[key]), 0);
		} else {
			ck_assert_ptr_eq(map_take(&m, key * 0x1000), truth[key]);
			truth[key] = NULL;
		}
	}
	for (uint64_t k = 0; k < 512; k++) {
		ck_assert_ptr_eq(map_get(&m, k * 0x1000), truth[k]);
		n += truth[k] != NULL;
	}
	while (map_next(&m, &i))
		seen++;
	ck_assert_uint_eq(seen, n);
	ck_assert_int_eq(map_put_text(&m, "water", &n), 0);
	ck_assert_ptr_eq(map_get_text(&m, "water"), &n);
	ck_assert_ptr_null(map_get_text(&m, "watr"));
	ck_assert_ptr_eq(map_take_text(&m, "water"), &n);
	map_finish(&m);
}
END_TEST

START_TEST(ids_read_back_as_they_are_printed)
{
	char text[GHL_ID_TEXT_MAX];
	uint64_t id = id_make(GHL_ID_CALL, 0, 4821), back = 0;

	ck_assert_str_eq(ghl_id_text(id, text, sizeof(text)), "call-4821");
	ck_assert_int_eq(ghl_id_parse(text, GHL_ID_CALL, &back), 0);
	ck_assert_uint_eq(back, id);
	ck_assert_int_eq(ghl_id_parse("call-4821", GHL_ID_AGENT, &back), GHL_EINVAL);
	ck_assert_int_eq(ghl_id_parse("call-", GHL_ID_CALL, &back), GHL_EINVAL);
	ck_assert_int_eq(ghl_id_parse("call-0", GHL_ID_CALL, &back), GHL_EINVAL);
	ck_assert_int_eq(ghl_id_parse("call-1x", GHL_ID_CALL, &back), GHL_EINVAL);
	id = id_make(GHL_ID_AGENT, 3, 7);
	ck_assert_str_eq(ghl_id_text(id, text, sizeof(text)), "agent-3.7");
	ck_assert_int_eq(ghl_id_parse(text, GHL_ID_NONE, &back), 0);
	ck_assert_uint_eq(back, id);
	ck_assert_int_eq(id_check(id, GHL_ID_CALL), GHL_EINVAL);
}
END_TEST

START_TEST(utf8_is_checked_as_rfc_3629_has_it)
{
	ck_assert(text_is_utf8("\xe6\xb0\xb4", 3));
	ck_assert(text_is_utf8("\xf0\x9f\x98\x80", 4));
	ck_assert(!text_is_utf8("\xc0\xaf", 2));
	ck_assert(!text_is_utf8("\xed\xa0\x80", 3));
	ck_assert(!text_is_utf8("\xf4\x90\x80\x80", 4));
	ck_assert(!text_is_utf8("\xe6\xb0", 2));
}
END_TEST

START_TEST(dates_are_read_to_their_last_character)
{
	static const char *const none[] = {"", "2026", "2026-11", "2026-11-23T09", "2026-11-23T",
		"2026-11-23Z", "2026-11-23T09:15:30.5", "+026-11-23", "2026- 1-23", "2026-11-233",
		"2026-11-23T09:15:30:1"};
	unsigned v[6];

	ck_assert_uint_eq(text_date("2026-11-23", v), 3);
	ck_assert(v[0] == 2026 && v[1] == 11 && v[2] == 23 && v[3] == 0 && v[4] == 0 && v[5] == 0);
	ck_assert_uint_eq(text_date("2026-11-23T09:15", v), 5);
	ck_assert(v[3] == 9 && v[4] == 15 && v[5] == 0);
	ck_assert_uint_eq(text_date("2026-11-23 09:15:30", v), 6);
	ck_assert(v[3] == 9 && v[4] == 15 && v[5] == 30);
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_msg(text_date(none[i], v) == 0, "%s", none[i]);
}
END_TEST

START_TEST(the_nearest_name_is_proposed)
{
	static const char *const names[] = {"water", "tax", "housing"};

	ck_assert_str_eq(text_nearest("watr", names, 3), "water");
	ck_assert_str_eq(text_nearest("hosuing", names, 3), "housing");
	ck_assert_ptr_null(text_nearest("electricity", names, 3));
}
END_TEST

START_TEST(errors_carry_their_place)
{
	struct ghl_error err;

	ck_assert_int_eq(
		error_at(&err, GHL_EPARSE, "hotline.yaml", 42, 7, "queue \"%s\" is not defined", "watr"),
		GHL_EPARSE);
	ck_assert_str_eq(err.text, "hotline.yaml:42:7: queue \"watr\" is not defined");
	ck_assert_uint_eq(err.line, 42);
	ck_assert_str_eq(ghl_error_code_name(GHL_EBUSY), "GHL_EBUSY");
	ck_assert_str_eq(ghl_error_code_name(1), "GHL_E?");
	ck_assert_str_eq(ghl_strerror(-99), "unknown error");
}
END_TEST

TEST_SUITE(base_suite, 20, timers_fire_at_their_due_time_in_order, work_posted_from_threads_runs_on_the_loop,
	map_agrees_with_an_array, ids_read_back_as_they_are_printed, utf8_is_checked_as_rfc_3629_has_it,
	dates_are_read_to_their_last_character, the_nearest_name_is_proposed, errors_carry_their_place)

TEST_MAIN(base_suite())
