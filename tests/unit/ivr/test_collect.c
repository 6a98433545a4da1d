/* test_collect.c - digit collection against a naive reading of VoiceXML 2.0 Appendix D. */
#include <testing.h>

#include "ivr/ivr.h"

#include <string.h>

struct range {
	unsigned min, max;
};

static bool in_range(void *grammar, const char *digits, bool *more)
{
	const struct range *r = grammar;
	size_t n = strlen(digits);

	*more = n < r->max;
	return n >= r->min && n <= r->max;
}

/* Keys with the pauses before them, judged as a whole: which state, after how many keys, at what time. */
struct outcome {
	enum ivr_collect_state state;
	unsigned used;
	int64_t at_ms;
	char digits[64];
};

static struct outcome oracle(
	const struct ivr_listen *l, const struct range *r, const char *keys, const int *pause_ms, unsigned n)
{
	struct outcome o = {.state = IVR_COLLECTING};
	unsigned have = 0;
	int64_t limit = l->timeout_ms;

	for (unsigned i = 0;; i++) {
		if (i == n || pause_ms[i] >= limit) {
			o.at_ms += limit;
			o.state = !have            ? IVR_COLLECT_NOINPUT
				  : have >= r->min ? IVR_COLLECTED
						   : IVR_COLLECT_NOMATCH;
			return o;
		}
		o.at_ms += pause_ms[i];
		o.used++;
		if (l->termchar && keys[i] == l->termchar) {
			o.state = have >= r->min ? IVR_COLLECTED : IVR_COLLECT_NOMATCH;
			return o;
		}
		if (have == r->max) {
			o.state = IVR_COLLECT_NOMATCH;
			return o;
		}
		o.digits[have++] = keys[i];
		if (have == r->max && !(l->termchar && l->term_ms)) {
			o.state = IVR_COLLECTED;
			return o;
		}
		limit = have == r->max ? l->term_ms : l->interdigit_ms;
	}
}

static struct outcome collect(const struct ivr_listen *l, const char *keys, const int *pause_ms, unsigned n)
{
	struct outcome o = {.state = IVR_COLLECTING};
	struct ivr_collector c;
	int64_t now = 1000000, begin = now;

	ivr_collect_start(&c, l, now, true);
	for (unsigned i = 0; i < n && c.state == IVR_COLLECTING; i++) {
		int64_t key_at = now + (int64_t)pause_ms[i] * 1000;

		if (c.deadline_us <= key_at) {
			now = c.deadline_us;
			(void)ivr_collect_time(&c, now);
			break;
		}
		ck_assert_int_eq(ivr_collect_time(&c, key_at - 1), IVR_COLLECTING);
		now = key_at;
		o.used++;
		(void)ivr_collect_digit(&c, keys[i], now);
	}
	if (c.state == IVR_COLLECTING) {
		now = c.deadline_us;
		(void)ivr_collect_time(&c, now);
	}
	o.state = c.state;
	o.at_ms = (now - begin) / 1000;
	strcpy(o.digits, c.digits);
	return o;
}

START_TEST(collection_agrees_with_appendix_d)
{
	for (int round = 0; round < 20000; round++) {
		struct range r = {.min = 1 + (unsigned)(testing_random() % 3)};
		struct ivr_listen l = {
			.timeout_ms = 5000, .interdigit_ms = 3000, .complete = in_range, .grammar = &r};
		unsigned n = (unsigned)(testing_random() % 8);
		struct outcome want, got;
		char keys[8];
		int pauses[8];

		r.max = r.min + (unsigned)(testing_random() % 3);
		l.termchar = testing_random() % 2 ? '#' : 0;
		l.term_ms = testing_random() % 2 ? 1000 : 0;
		l.max_digits = testing_random() % 2 ? r.max : 0;
		for (unsigned i = 0; i < n; i++) {
			keys[i] = "01234#"[testing_random() % 6];
			pauses[i] = (int)(testing_random() % (testing_random() % 4 ? 900 : 6000));
		}
		want = oracle(&l, &r, keys, pauses, n);
		got = collect(&l, keys, pauses, n);
		ck_assert_int_eq(got.state, want.state);
		ck_assert_uint_eq(got.used, want.used);
		ck_assert_int_eq(got.at_ms, want.at_ms);
		ck_assert_str_eq(got.digits, want.digits);
	}
}
END_TEST

START_TEST(no_time_runs_before_the_prompts_are_done)
{
	struct range r = {1, 1};
	struct ivr_listen l = {.timeout_ms = 5000, .complete = in_range, .grammar = &r};
	struct ivr_collector c;

	ivr_collect_start(&c, &l, 0, false);
	ck_assert_int_eq(ivr_collect_time(&c, 3600000000LL), IVR_COLLECTING);
	ivr_collect_prompts_done(&c, 3600000000LL);
	ck_assert_int_eq(ivr_collect_time(&c, 3600000000LL + 4999999), IVR_COLLECTING);
	ck_assert_int_eq(ivr_collect_time(&c, 3600000000LL + 5000000), IVR_COLLECT_NOINPUT);
}
END_TEST

START_TEST(no_number_of_keys_leaves_the_buffer)
{
	struct ivr_listen l = {.timeout_ms = 5000, .interdigit_ms = 3000};
	struct ivr_collector c;

	ivr_collect_start(&c, &l, 0, true);
	for (int i = 0; i < 1000; i++)
		(void)ivr_collect_digit(&c, '1', i);
	ck_assert_uint_lt(strlen(c.digits), sizeof(c.digits));
	ck_assert_int_ne(c.state, IVR_COLLECTING);
}
END_TEST

TEST_SUITE(suite_collect, 60, collection_agrees_with_appendix_d, no_time_runs_before_the_prompts_are_done,
	no_number_of_keys_leaves_the_buffer)
