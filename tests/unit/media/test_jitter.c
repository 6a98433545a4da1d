/* test_jitter.c - the jitter buffer and the ring: order, loss, jitter and drift in made-up time. */
#include "fixture.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

Suite *jitter_suite(void);

#define FILL 0xd5

/* Samples carry the number of their millisecond, so that every one can be told where it came from; never
 * loud. */
static uint8_t mark_of(uint32_t ms)
{
	return (uint8_t)(ms % 200 + 1) == FILL ? 0 : (uint8_t)(ms % 200 + 1);
}

static void make(uint8_t *to, uint32_t first_ms, unsigned ms)
{
	for (unsigned i = 0; i < ms * 8; i++)
		to[i] = mark_of(first_ms + i / 8);
}

/* A stream of `count` packets of ptime ms, each delayed by delay_of(); taken every 20 ms; what is heard is in
 * `heard`. */
struct stream {
	unsigned ptime, count;
	unsigned (*delay_ms)(unsigned packet);
	bool (*lost)(unsigned packet);
	uint8_t heard[200000];
	unsigned heard_ms, missing, late;
};

static unsigned no_delay(unsigned packet)
{
	(void)packet;
	return 3;
}

static bool no_loss(unsigned packet)
{
	(void)packet;
	return false;
}

static unsigned jitter_60(unsigned packet)
{
	return (unsigned)((packet * 2654435761u) >> 16) % 61;
}

static bool loss_5(unsigned packet)
{
	return packet > 10 && (packet * 40503u >> 4) % 20 == 0;
}

static void deliver(struct stream *s, struct jitter *j, unsigned now_ms)
{
	uint8_t data[8 * 60];

	for (unsigned p = 0; p < s->count; p++) {
		unsigned sent_ms = p * s->ptime;

		if (sent_ms + s->delay_ms(p) != now_ms || s->lost(p))
			continue;
		make(data, sent_ms, s->ptime);
		s->late += jitter_put(j, 123456789u + sent_ms * 8, data, s->ptime * 8) != JITTER_KEPT;
	}
}

static void run_stream(struct stream *s, struct jitter *j)
{
	uint8_t frame[MEDIA_FRAME_SAMPLES];

	for (unsigned now_ms = 0; now_ms < s->count * s->ptime + 300; now_ms++) {
		deliver(s, j, now_ms);
		if (now_ms % 20 != 10)
			continue;
		s->missing += jitter_take(j, frame) == JITTER_MISSING;
		for (unsigned i = 0; i < 20; i++)
			s->heard[s->heard_ms++] = frame[i * 8];
	}
}

static struct stream stream;
static struct jitter buffer;

static void begin(unsigned ptime, unsigned count, unsigned (*delay)(unsigned), bool (*lost)(unsigned))
{
	memset(&stream, 0, sizeof(stream));
	stream.ptime = ptime;
	stream.count = count;
	stream.delay_ms = delay;
	stream.lost = lost;
	jitter_init(&buffer, 20, 200);
	jitter_reset(&buffer, FILL);
	run_stream(&stream, &buffer);
}

/* How many of the marks, in their order, were heard, from the first to the last. */
static unsigned in_order(unsigned total_ms)
{
	unsigned at = 0, found = 0;

	for (unsigned ms = 0; ms < total_ms; ms++) {
		unsigned i = at;

		while (i < stream.heard_ms && i < at + 120 && stream.heard[i] != mark_of(ms))
			i++;
		if (i < stream.heard_ms && stream.heard[i] == mark_of(ms)) {
			at = i + 1;
			found++;
		}
	}
	return found;
}

START_TEST(an_even_stream_of_any_packet_length_passes_whole)
{
	static const unsigned ptimes[] = {5, 10, 20, 30, 40, 60};

	for (unsigned i = 0; i < sizeof(ptimes) / sizeof(ptimes[0]); i++) {
		unsigned count = 6000 / ptimes[i];

		begin(ptimes[i], count, no_delay, no_loss);
		ck_assert_uint_eq(stream.late, 0);
		ck_assert_uint_eq(in_order(count * ptimes[i]), count * ptimes[i]);
		ck_assert_uint_le(stream.missing, 16); /* the end of the run, and the wait for long packets */
	}
}
END_TEST

START_TEST(sixty_ms_of_jitter_lose_nothing)
{
	begin(20, 1000, jitter_60, no_loss);
	ck_assert_uint_eq(stream.late, 0);
	ck_assert_uint_eq(in_order(20000), 20000);
	ck_assert_uint_le(stream.missing, 16 + 4);
}
END_TEST

START_TEST(what_is_lost_is_missing_and_nothing_else)
{
	unsigned lost = 0;

	begin(20, 1000, no_delay, loss_5);
	for (unsigned p = 0; p < 1000; p++)
		lost += loss_5(p);
	ck_assert_uint_ge(lost, 30);
	ck_assert_uint_ge(stream.missing, lost);
	ck_assert_uint_le(stream.missing, lost + 16);
	ck_assert_uint_eq(in_order(20000), 20000 - lost * 20);
}
END_TEST

static unsigned jitter_first_second(unsigned packet)
{
	return packet < 50 ? jitter_60(packet) : 3;
}

START_TEST(the_delay_comes_down_again_when_the_network_calms)
{
	begin(20, 1500, jitter_first_second, no_loss);
	ck_assert_uint_eq(stream.late, 0);
	stream.count = 3000;
	for (int i = 0; i < JITTER_WINDOWS; i++)
		ck_assert_int_lt(buffer.lead[i] == INT32_MAX ? 0 : buffer.lead[i], 20 * 8 + 3 * 160);
	ck_assert_uint_le(jitter_depth_ms(&buffer), 60);
}
END_TEST

static unsigned half_a_second_late(unsigned packet)
{
	return packet == 100 ? 250 : 3;
}

START_TEST(a_packet_beyond_the_longest_delay_is_late)
{
	begin(20, 300, half_a_second_late, no_loss);
	ck_assert_uint_eq(stream.late, 1);
	ck_assert_uint_eq(in_order(6000), 5980);
}
END_TEST

START_TEST(a_stream_that_jumps_is_followed_at_its_second_packet)
{
	uint8_t data[160], frame[160];

	jitter_init(&buffer, 20, 200);
	jitter_reset(&buffer, FILL);
	make(data, 0, 20);
	ck_assert_int_eq(jitter_take(&buffer, frame), JITTER_IDLE);
	ck_assert_int_eq(jitter_put(&buffer, 0, data, 160), JITTER_KEPT);
	ck_assert_int_eq(jitter_put(&buffer, 1u << 30, data, 160), JITTER_NO_PLACE);
	ck_assert_int_eq(jitter_put(&buffer, (1u << 30) + 160, data, 160), JITTER_KEPT);
	ck_assert_int_eq(jitter_put(&buffer, 0, data, 0), JITTER_NO_PLACE);
	ck_assert_int_eq(jitter_take(&buffer, frame), JITTER_IDLE);
	ck_assert_int_eq(jitter_take(&buffer, frame), JITTER_FRAME);
	ck_assert_mem_eq(frame, data, 160);
}
END_TEST

START_TEST(noise_never_writes_beyond_the_buffer)
{
	uint8_t data[2000], frame[160];

	jitter_init(&buffer, 20, 5000);
	jitter_reset(&buffer, FILL);
	memset(data, 1, sizeof(data));
	for (int i = 0; i < testing_rounds(100000); i++) {
		uint32_t near = buffer.play_ts + (uint32_t)(testing_random() % 10000) - 5000;

		(void)jitter_put(&buffer, testing_random() % 4 ? near : (uint32_t)testing_random(), data,
			testing_random() % sizeof(data));
		(void)jitter_take(&buffer, frame);
		ck_assert_uint_le(jitter_depth_ms(&buffer), JITTER_ROOM / 8);
	}
}
END_TEST

static struct ring shared;

static void *write_numbers(void *arg)
{
	uint64_t count = *(uint64_t *)arg;

	for (uint64_t i = 0; i < count;)
		if (ring_push(&shared, &i))
			i++;
		else
			(void)sched_yield();
	return NULL;
}

START_TEST(a_ring_carries_every_item_in_order_between_threads)
{
	pthread_t thread;
	uint64_t got, want = 0, count = (uint64_t)testing_rounds(50000);

	ck_assert_int_eq(ring_init(&shared, 7, sizeof(got)), 0);
	ck_assert(!ring_pop(&shared, &got));
	ck_assert_int_eq(pthread_create(&thread, NULL, write_numbers, &count), 0);
	while (want < count) {
		ck_assert_uint_le(ring_used(&shared), 7);
		if (!ring_pop(&shared, &got)) {
			(void)sched_yield();
			continue;
		}
		ck_assert_uint_eq(got, want);
		want++;
	}
	(void)pthread_join(thread, NULL);
	ck_assert_uint_eq(ring_used(&shared), 0);
	ring_finish(&shared);
}
END_TEST

TEST_SUITE(jitter_suite, 30, an_even_stream_of_any_packet_length_passes_whole,
	sixty_ms_of_jitter_lose_nothing, what_is_lost_is_missing_and_nothing_else,
	the_delay_comes_down_again_when_the_network_calms, a_packet_beyond_the_longest_delay_is_late,
	a_stream_that_jumps_is_followed_at_its_second_packet, noise_never_writes_beyond_the_buffer,
	a_ring_carries_every_item_in_order_between_threads)
