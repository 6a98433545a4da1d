/* test_packets.c - RTP, RTCP and RFC 4733: vectors, round trips, and bytes of strangers. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

Suite *packets_suite(void);

START_TEST(a_header_reads_back_as_it_was_built)
{
	uint8_t data[16];
	struct rtp_packet in, out;

	for (int i = 0; i < 2000; i++) {
		in = (struct rtp_packet){.marker = testing_random() % 2,
			.payload_type = testing_random() % 128,
			.seq = (uint16_t)testing_random(),
			.ts = (uint32_t)testing_random(),
			.ssrc = (uint32_t)testing_random()};
		rtp_build(data, &in);
		ck_assert_int_eq(rtp_parse(&out, data, 15), 0);
		ck_assert(out.marker == in.marker && out.payload_type == in.payload_type &&
			  out.seq == in.seq && out.ts == in.ts && out.ssrc == in.ssrc);
		ck_assert_ptr_eq(out.payload, data + 12);
		ck_assert_uint_eq(out.len, 3);
	}
}
END_TEST

START_TEST(csrcs_extension_and_padding_are_stepped_over)
{
	uint8_t data[12 + 8 + 4 + 4 + 5 + 3] = {0xb2, 8, 0, 1};
	struct rtp_packet p;

	data[12 + 8 + 3] = 1; /* one word of extension */
	data[sizeof(data) - 1] = 3;
	ck_assert_int_eq(rtp_parse(&p, data, sizeof(data)), 0);
	ck_assert_ptr_eq(p.payload, data + 28);
	ck_assert_uint_eq(p.len, 5);
	data[sizeof(data) - 1] = 9;
	ck_assert_int_eq(rtp_parse(&p, data, sizeof(data)), GHL_EPARSE);
	data[sizeof(data) - 1] = 0;
	ck_assert_int_eq(rtp_parse(&p, data, sizeof(data)), GHL_EPARSE);
	data[12 + 8 + 2] = 1;
	ck_assert_int_eq(rtp_parse(&p, data, sizeof(data)), GHL_EPARSE);
	ck_assert_int_eq(rtp_parse(&p, data, 11), GHL_EPARSE);
}
END_TEST

/* The block is exactly as long as told, so that ASan sees one byte too many. */
static void read_noise(size_t n)
{
	uint8_t *data = malloc(n + (n == 0));
	struct rtp_packet p;
	struct rtcp_news rtcp;
	struct dtmf_event_rx rx = {0};
	struct dtmf_news news[DTMF_NEWS_MAX];

	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)testing_random();
	if (n && testing_random() % 2)
		data[0] = 0x80 | (data[0] & 0x3f);
	if (n > 1 && testing_random() % 2)
		data[1] = 200 + testing_random() % 4;
	if (n > 3 && testing_random() % 2)
		data[2] = 0, data[3] = (uint8_t)(testing_random() % 12);
	if (rtp_parse(&p, data, n) == 0) {
		ck_assert_uint_le(p.len, n);
		ck_assert(p.payload + p.len <= data + n);
	}
	(void)rtcp_parse(&rtcp, data, n, 1);
	ck_assert_uint_le(dtmf_event_receive(&rx, 5, data, n, news), DTMF_NEWS_MAX);
	free(data);
}

START_TEST(noise_is_never_read_beyond_its_end)
{
	for (int i = 0; i < 50000; i++)
		read_noise(testing_random() % 80);
}
END_TEST

START_TEST(lost_reordered_and_duplicate_packets_are_counted_as_a_list_would)
{
	for (int run = 0; run < 50; run++) {
		struct rtp_source s = {0};
		uint16_t first = (uint16_t)testing_random();
		bool seen[600] = {0};
		unsigned duplicates = 0, unique = 0, highest = 0;

		for (unsigned i = 0; i < 590; i++) {
			unsigned at = i == 0 ? 0 : i + testing_random() % 6;
			struct rtp_packet p = {.seq = (uint16_t)(first + at), .ts = at * 160, .ssrc = 1};
			enum rtp_place place;

			if (testing_random() % 10 == 0 && i > 0)
				continue;
			place = rtp_source_add(&s, &p, i * 20000);
			ck_assert_int_eq(place == RTP_DUPLICATE, seen[at]);
			duplicates += seen[at];
			unique += !seen[at];
			seen[at] = true;
			highest = at > highest ? at : highest;
		}
		ck_assert_uint_eq(s.duplicates, duplicates);
		ck_assert_uint_eq(rtp_source_lost(&s), highest + 1 - unique);
	}
}
END_TEST

START_TEST(a_jump_of_numbers_is_believed_at_its_second_packet)
{
	struct rtp_source s = {0};
	struct rtp_packet p = {.seq = 65530, .ssrc = 9};

	for (int i = 0; i < 10; i++, p.seq++)
		ck_assert_int_eq(rtp_source_add(&s, &p, i * 20000), RTP_NEXT);
	p.seq += 20000;
	ck_assert_int_eq(rtp_source_add(&s, &p, 0), RTP_STALE);
	p.seq++;
	ck_assert_int_eq(rtp_source_add(&s, &p, 0), RTP_RESTART);
	p.ssrc++;
	ck_assert_int_eq(rtp_source_add(&s, &p, 0), RTP_RESTART);
	ck_assert_uint_eq(rtp_source_lost(&s), 0);
}
END_TEST

START_TEST(jitter_follows_rfc_3550_appendix_a_8)
{
	struct rtp_source s = {0};
	double jitter = 0;

	for (int i = 0; i < 2000; i++) {
		struct rtp_packet p = {.seq = (uint16_t)i, .ts = (uint32_t)i * 160, .ssrc = 1};

		(void)rtp_source_add(&s, &p, (int64_t)i * 20000 + (i % 2) * 8000);
		if (i > 0)
			jitter += (8000 - jitter) / 16;
	}
	ck_assert_int_le(abs((int)rtp_source_jitter_us(&s) - (int)jitter), 200);
}
END_TEST

START_TEST(reports_read_back_as_they_were_built)
{
	uint8_t data[RTCP_ROOM];
	struct rtcp_ours o = {.ssrc = 0x11223344,
		.sender = true,
		.ntp = rtcp_ntp(1700000000123456),
		.has_source = true,
		.source_ssrc = 77,
		.fraction = 12,
		.lost = 345,
		.jitter = 67,
		.last_sr = 0xabcd1234,
		.since_sr = 65536,
		.cname = "abc@govhotline",
		.bye = true};
	size_t n = rtcp_build(data, &o);
	struct rtcp_news news;

	ck_assert_uint_eq(n % 4, 0);
	ck_assert(rtp_is_rtcp(data, n));
	ck_assert_int_eq(rtcp_parse(&news, data, n, 77), 0);
	ck_assert(news.sr && news.block && news.bye);
	ck_assert_uint_eq(news.ssrc, 0x11223344);
	ck_assert_uint_eq(news.sr_ntp, (uint32_t)(o.ntp >> 16));
	ck_assert_uint_eq(news.fraction, 12);
	ck_assert_int_eq(news.lost, 345);
	ck_assert_uint_eq(news.jitter, 67);
	ck_assert_uint_eq(rtcp_round_trip_us(&news, (uint64_t)(0xabcd1234u + 65536 + 3277) << 16),
		3277 * 1000000ull / 65536);
	ck_assert_int_eq(rtcp_parse(&news, data, n, 78), 0);
	ck_assert(!news.block);
	for (size_t cut = 1; cut < 52; cut++)
		ck_assert_int_eq(rtcp_parse(&news, data, cut, 77), GHL_EPARSE);
	ck_assert_uint_eq(rtcp_ntp(0) >> 32, 2208988800u); /* RFC 868 */
}
END_TEST

static unsigned feed(
	struct dtmf_event_rx *rx, uint32_t ts, char digit, bool end, uint16_t duration, char *log)
{
	struct dtmf_news news[DTMF_NEWS_MAX];
	uint8_t payload[DTMF_EVENT_BYTES];
	unsigned n;

	dtmf_event_build(payload, digit, end, duration);
	n = dtmf_event_receive(rx, ts, payload, sizeof(payload), news);
	for (unsigned i = 0; i < n; i++) {
		char one[3] = {news[i].kind == DTMF_DOWN ? '+' : '-', news[i].digit, 0};

		strcat(log, one);
	}
	return n;
}

START_TEST(a_digit_is_told_once_whatever_is_lost_repeated_or_late)
{
	struct dtmf_event_rx rx = {0};
	struct dtmf_news news[DTMF_NEWS_MAX];
	char log[64] = "";

	(void)feed(&rx, 1000, '5', false, 160, log);
	(void)feed(&rx, 1000, '5', false, 320, log);
	(void)feed(&rx, 1000, '5', true, 800, log);
	(void)feed(&rx, 1000, '5', true, 800, log);
	(void)feed(&rx, 1000, '5', false, 480, log);
	ck_assert_str_eq(log, "+5-5");
	(void)feed(&rx, 4000, '5', true, 800, log); /* only its end arrives */
	ck_assert_str_eq(log, "+5-5+5-5");
	(void)feed(&rx, 8000, '#', false, 160, log);
	(void)feed(&rx, 9000, '*', false, 160, log); /* the end of # is lost */
	(void)feed(&rx, 8000, '#', true, 800, log);
	ck_assert_str_eq(log, "+5-5+5-5+#-#+*");
	ck_assert_uint_eq(dtmf_event_pass(&rx, 180, news), 0);
	ck_assert_uint_eq(dtmf_event_pass(&rx, 20, news), 1);
	ck_assert_int_eq(news[0].kind, DTMF_UP);
	ck_assert_uint_eq(news[0].duration_ms, 20);
	ck_assert_uint_eq(feed(&rx, 9000, '*', true, 800, log), 0);
}
END_TEST

START_TEST(an_event_is_built_as_rfc_4733_draws_it)
{
	static const uint8_t want[4] = {11, 0x80 | 10, 0x03, 0x20};
	uint8_t got[4];

	dtmf_event_build(got, '#', true, 800);
	ck_assert_mem_eq(got, want, 4);
	ck_assert_int_eq(dtmf_event_code('D'), 15);
	ck_assert_int_eq(dtmf_event_code('E'), -1);
	ck_assert_int_eq(dtmf_event_code('\0'), -1);
}
END_TEST

START_TEST(every_enum_has_its_names)
{
	ck_assert_str_eq(media_codec_name(MEDIA_PCMA), "PCMA");
	ck_assert_str_eq(rtp_place_name(RTP_RESTART), "restart");
	ck_assert_str_eq(dtmf_news_kind_name(DTMF_UP), "up");
	ck_assert_str_eq(jitter_put_name(JITTER_NO_PLACE), "no-place");
	ck_assert_str_eq(jitter_take_name(JITTER_IDLE), "idle");
	ck_assert_str_eq(order_kind_name(ORDER_RECORD_END), "record-end");
	ck_assert_str_eq(report_kind_name(REPORT_BRIDGE_LEFT), "bridge-left");
	ck_assert_str_eq(latch_name(LATCH_FIXED), "fixed");
	ck_assert_str_eq(recording_state_name(RECORDING_DONE), "done");
	ck_assert_str_eq(media_wav_name(MEDIA_WAV_ALAW), "alaw");
	ck_assert_str_eq(media_wav_name((enum media_wav)9), "?");
}
END_TEST

TEST_SUITE(packets_suite, 20, a_header_reads_back_as_it_was_built,
	csrcs_extension_and_padding_are_stepped_over, noise_is_never_read_beyond_its_end,
	lost_reordered_and_duplicate_packets_are_counted_as_a_list_would,
	a_jump_of_numbers_is_believed_at_its_second_packet, jitter_follows_rfc_3550_appendix_a_8,
	reports_read_back_as_they_were_built, a_digit_is_told_once_whatever_is_lost_repeated_or_late,
	an_event_is_built_as_rfc_4733_draws_it, every_enum_has_its_names)
