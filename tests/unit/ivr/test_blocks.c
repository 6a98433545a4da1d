/* test_blocks.c - a script heap's memory against a naive picture of it. */
#include <testing.h>

#include "ivr/blocks.h"

#include <string.h>

#define PLACES 300

struct place {
	unsigned char *p;
	size_t size;
	unsigned char mark;
};

static void put(struct place *at, unsigned char *p, size_t size, unsigned char mark)
{
	at->p = p;
	at->size = size;
	at->mark = mark;
	memset(p, mark, size);
}

static void whole(const struct place *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (at->p[i] != at->mark)
			ck_abort_msg("byte %zu of %zu changed", i, size);
}

START_TEST(blocks_keep_what_is_in_them_and_are_counted)
{
	static struct place places[PLACES];
	struct blocks b;
	size_t used = 0;

	blocks_init(&b, 120000);
	for (int step = 0; step < 30000; step++) {
		struct place *at = &places[testing_random() % PLACES];
		size_t size = testing_random() % (testing_random() % 8 ? 700 : 9000);
		size_t wanted = used - at->size + size;
		unsigned char *p = blocks_resize(&b, at->p, size);

		if (p) {
			struct place moved = {p, size, at->mark};

			whole(&moved, at->size < size ? at->size : size);
			put(at, p, size, (unsigned char)step);
			used = wanted;
		} else if (size == 0) {
			used -= at->size;
			*at = (struct place){0};
		} else {
			ck_assert_uint_gt(wanted, b.limit);
			whole(at, at->size);
		}
		ck_assert_uint_eq(b.used, used);
		ck_assert_uint_le(b.used, b.limit);
	}
	blocks_finish(&b);
	ck_assert_uint_eq(b.used, 0);
	memset(places, 0, sizeof(places));
}
END_TEST

START_TEST(blocks_beyond_the_limit_are_refused)
{
	struct blocks b;
	void *p;

	blocks_init(&b, 1000);
	p = blocks_take(&b, 900);
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_null(blocks_take(&b, 101));
	ck_assert(b.full);
	ck_assert_ptr_nonnull(blocks_resize(&b, p, 1000));
	ck_assert_ptr_null(blocks_take(&b, 1));
	blocks_finish(&b);
}
END_TEST

TEST_SUITE(suite_blocks, 20, blocks_keep_what_is_in_them_and_are_counted, blocks_beyond_the_limit_are_refused)
