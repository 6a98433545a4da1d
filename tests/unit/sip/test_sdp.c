/* test_sdp.c - reading, writing and answering session descriptions. */
#include <testing.h>

#include "sip/sdp.h"

#include <stdio.h>
#include <string.h>

#define HEAD "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n"
#define C    "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"

static int parse(struct sdp *out, const char *text)
{
	return sdp_parse_text(out, text, strlen(text), NULL);
}

START_TEST(the_example_of_a_phone_is_read_whole)
{
	struct sdp s;

	ck_assert_int_eq(
		parse(&s, "v=0\r\no=alice 2890844526 2890844527 IN IP4 host.example.com\r\ns= \r\nc=IN IP4 "
			  "192.0.2.1\r\n"
			  "t=0 0\r\nm=audio 49170 RTP/AVP 8 0 97 101\r\na=rtpmap:97 iLBC/8000\r\na=fmtp:101 "
			  "0-15\r\n"
			  "a=rtpmap:101 "
			  "telephone-event/8000\r\na=ptime:20\r\na=rtcp:49180\r\na=rtcp-mux\r\na=sendonly\r\n"
			  "m=video 51372 RTP/AVP 31\r\nc=IN IP6 2001:db8::1\r\na=unknown:x y z\r\nm=image "
			  "4000 udptl t38\r\n"
			  "a=T38FaxVersion:0\r\n"),
		0);
	ck_assert_uint_eq(s.session_id, 2890844526);
	ck_assert_uint_eq(s.session_version, 2890844527);
	ck_assert_uint_eq(s.medias, 3);
	ck_assert_int_eq(s.media[0].kind, SDP_AUDIO);
	ck_assert_uint_eq(s.media[0].formats, 4);
	ck_assert_int_eq(s.media[0].format[0].codec, SDP_PCMA);
	ck_assert_int_eq(s.media[0].format[2].codec, SDP_CODEC_OTHER);
	ck_assert_int_eq(s.media[0].format[3].codec, SDP_TELEPHONE_EVENT);
	ck_assert_str_eq(s.media[0].format[3].fmtp, "0-15");
	ck_assert_str_eq(s.media[0].address, "192.0.2.1");
	ck_assert_uint_eq(s.media[0].rtcp_port, 49180);
	ck_assert(s.media[0].rtcp_mux);
	ck_assert_int_eq(s.media[0].direction, SDP_SENDONLY);
	ck_assert_str_eq(s.media[1].address, "2001:db8::1");
	ck_assert(s.media[1].ipv6);
	ck_assert_int_eq(s.media[1].direction, SDP_SENDRECV);
	ck_assert_int_eq(s.media[2].proto, SDP_UDPTL);
	ck_assert_str_eq(s.media[2].format_text, "t38");
}
END_TEST

START_TEST(bare_line_feeds_and_a_missing_last_end_are_taken)
{
	struct sdp s;

	ck_assert_int_eq(
		parse(&s,
			"v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4 RTP/AVP 0"),
		0);
	ck_assert_uint_eq(s.media[0].port, 4);
}
END_TEST

START_TEST(what_breaks_the_grammar_is_refused)
{
	static const char *const bad[] = {
		"",
		"v=0\r\n",
		"o=- 1 2 IN IP4 192.0.2.1\r\nv=0\r\ns=-\r\n",
		"v=1\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n",
		HEAD "v=0\r\n",
		HEAD "c=IN IP4 host.example.com\r\n",
		HEAD "c=IN IP4 224.2.1.1/127\r\n",
		HEAD "c=IN IP4 224.2.1.1\r\n",
		HEAD "c=IN IP6 ff02::1\r\n",
		HEAD "c=IN IP4 192.0.2.300\r\n",
		HEAD "c=IN IP6 192.0.2.3\r\n",
		HEAD "m=audio 4000 RTP/AVP 0\r\n",
		HEAD C "m=audio 65536 RTP/AVP 0\r\n",
		HEAD C "m=audio -1 RTP/AVP 0\r\n",
		HEAD C "m=audio 4000/2 RTP/AVP 0\r\n",
		HEAD C "m=audio 4000 RTP/AVP 128\r\n",
		HEAD C "m=audio 4000 RTP/AVP 0 0\r\n",
		HEAD C "m=audio 4000 RTP/AVP\r\n",
		HEAD C "m=audio 4000 RTP/AVP 0 \r\n",
		HEAD C "m=audio 4000 TCP/\xc4/MSRP *\r\n",
		HEAD C "m=audio 4000 RTP/AVP 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\r\n",
		HEAD C "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU\r\n",
		HEAD C "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/99999999999\r\n",
		HEAD C "m=audio 4000 RTP/AVP 0\r\na=ptime:0\r\n",
		HEAD C "m=audio 4000 RTP/AVP 0\r\na=rtcp:70000\r\n",
		HEAD C "a=\r\n",
		HEAD C "x=1\r\n",
		HEAD C "a\r\n",
		HEAD C "\r\nm=audio 4000 RTP/AVP 0\r\n",
		HEAD C "a=x:\001\r\n",
		"v=0\r\no=- 99999999999999999999999 2 IN IP4 192.0.2.1\r\ns=-\r\n",
	};
	struct sdp s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(&s, bad[i]) == GHL_EPARSE, "taken: %s", bad[i]);
	ck_assert_int_eq(
		sdp_parse_text(&s, HEAD "a=x\0y\r\n", sizeof(HEAD "a=x\0y\r\n") - 1, NULL), GHL_EPARSE);
}
END_TEST

START_TEST(an_error_names_line_and_column)
{
	struct ghl_error err;
	struct sdp s;
	const char *text = HEAD "c=IN IP9 192.0.2.1\r\n";

	ck_assert_int_eq(sdp_parse_text(&s, text, strlen(text), &err), GHL_EPARSE);
	ck_assert_uint_eq(err.line, 4);
	ck_assert_uint_ge(err.column, 6);
}
END_TEST

START_TEST(more_than_8_media_lines_or_8_kb_are_refused)
{
	char text[9000] = HEAD C;
	struct sdp s;

	for (int i = 0; i < 8; i++)
		(void)strcat(text, "m=audio 4000 RTP/AVP 0\r\n");
	ck_assert_int_eq(parse(&s, text), 0);
	(void)strcat(text, "m=audio 4000 RTP/AVP 0\r\n");
	ck_assert_int_eq(parse(&s, text), GHL_EPARSE);
	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(sdp_parse_text(&s, text, 8193, NULL), GHL_EPARSE);
}
END_TEST

static void random_media(struct sdp_media *m, const struct sdp *s)
{
	static const char *const protos[] = {"RTP/AVP", "RTP/SAVP"};

	memset(m, 0, sizeof(*m));
	m->kind = testing_random() % 2 ? SDP_AUDIO : SDP_VIDEO;
	(void)snprintf(m->kind_text, sizeof(m->kind_text), "%s", m->kind == SDP_AUDIO ? "audio" : "video");
	m->proto = testing_random() % 2 ? SDP_RTP_AVP : SDP_RTP_SAVP;
	(void)snprintf(m->proto_text, sizeof(m->proto_text), "%s", protos[m->proto == SDP_RTP_SAVP]);
	m->port = (uint16_t)(testing_random() % 65000 + 1);
	m->rtcp_port = testing_random() % 3 ? (uint16_t)(m->port + 1) : (uint16_t)(testing_random() % 65536);
	m->rtcp_mux = testing_random() % 2;
	m->direction = (enum sdp_direction)(testing_random() % 4);
	m->ptime_ms = (uint16_t)(testing_random() % 3 * 10);
	m->ipv6 = s->ipv6;
	memcpy(m->address, s->address, sizeof(m->address));
	if (testing_random() % 4 == 0) {
		m->ipv6 = true;
		(void)snprintf(
			m->address, sizeof(m->address), "2001:db8::%x", (unsigned)(testing_random() % 65536));
	}
	m->formats = (unsigned)(testing_random() % 16 + 1);
	for (unsigned i = 0; i < m->formats; i++) {
		struct sdp_format *f = &m->format[i];

		f->payload_type = (uint8_t)(20 + i * 6 + testing_random() % 6);
		f->codec = SDP_CODEC_OTHER;
		f->rate = (uint32_t)(testing_random() % 48000 + 1);
		(void)snprintf(f->name, sizeof(f->name), "x-%u", (unsigned)(testing_random() % 1000));
		if (testing_random() % 3 == 0)
			(void)snprintf(f->fmtp, sizeof(f->fmtp), "mode=%u; a=b",
				(unsigned)(testing_random() % 1000));
		(void)snprintf(m->format_text + strlen(m->format_text),
			sizeof(m->format_text) - strlen(m->format_text), i ? " %u" : "%u",
			(unsigned)f->payload_type);
	}
}

static void random_sdp(struct sdp *s)
{
	memset(s, 0, sizeof(*s));
	s->session_id = testing_random();
	s->session_version = testing_random();
	(void)snprintf(s->address, sizeof(s->address), "192.0.2.%u", (unsigned)(testing_random() % 256));
	s->medias = (unsigned)(testing_random() % 9);
	for (unsigned i = 0; i < s->medias; i++)
		random_media(&s->media[i], s);
}

START_TEST(an_odd_attribute_of_a_medium_that_is_refused_does_no_harm)
{
	static struct sdp s;

	ck_assert_int_eq(parse(&s, HEAD C "m=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\n"
					  "a=rtpmap:31 LPC\r\n"), /* of RFC 4475 */
		0);
	ck_assert_uint_eq(s.medias, 2);
	ck_assert_int_eq(s.media[1].kind, SDP_VIDEO);
}
END_TEST

START_TEST(what_is_printed_reads_back_the_same)
{
	static struct sdp s, back;
	char text[8192];
	int n;

	for (int i = 0; i < 2000; i++) {
		random_sdp(&s);
		n = sdp_print(&s, text, sizeof(text));
		if (n < 0)
			continue; /* longer than any we take */
		ck_assert_int_eq(sdp_parse_text(&back, text, (size_t)n, NULL), 0);
		/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) both were zeroed whole */
		ck_assert_msg(memcmp(&s, &back, sizeof(s)) == 0, "%s", text);
	}
}
END_TEST

START_TEST(too_small_a_room_is_refused_at_every_size)
{
	struct sdp s;
	char text[512];
	int n;

	ck_assert_int_eq(parse(&s, HEAD C "m=audio 4000 RTP/AVP 0\r\n"), 0);
	n = sdp_print(&s, text, sizeof(text));
	ck_assert_int_gt(n, 0);
	for (int room = 0; room <= n; room++)
		ck_assert_int_eq(sdp_print(&s, text, (size_t)room), GHL_EINVAL);
	ck_assert_int_eq(sdp_print(&s, text, (size_t)n + 1), n);
}
END_TEST

static const struct sdp_local us = {.address = "198.51.100.7",
	.port = 30000,
	.codecs = {SDP_PCMA, SDP_PCMU},
	.codec_count = 2,
	.telephone_event = true,
	.session_id = 5,
	.session_version = 6};

START_TEST(an_answer_has_one_line_for_each_of_the_offers)
{
	static struct sdp offer, answer;
	struct sdp_agreed agreed;
	unsigned taken;

	for (int i = 0; i < 2000; i++) {
		random_sdp(&offer);
		for (unsigned k = 0; k < offer.medias; k++)
			if (testing_random() % 2)
				offer.media[k].format[0].codec = testing_random() % 2 ? SDP_PCMA : SDP_PCMU;
		taken = 0;
		if (sdp_answer_make(&answer, &offer, &us, &agreed) == 0)
			taken = 1;
		ck_assert_uint_eq(answer.medias, offer.medias);
		for (unsigned k = 0; k < answer.medias; k++) {
			ck_assert_str_eq(answer.media[k].kind_text, offer.media[k].kind_text);
			ck_assert_str_eq(answer.media[k].proto_text, offer.media[k].proto_text);
			taken -= answer.media[k].port != 0;
		}
		ck_assert_uint_eq(taken, 0);
	}
}
END_TEST

START_TEST(the_offerers_first_wish_among_ours_is_taken)
{
	struct sdp offer, answer;
	struct sdp_agreed agreed;

	ck_assert_int_eq(parse(&offer, HEAD C "m=video 6000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 18 0 8 97\r\n"
					      "a=rtpmap:97 telephone-event/8000\r\n"),
		0);
	ck_assert_int_eq(sdp_answer_make(&answer, &offer, &us, &agreed), 0);
	ck_assert_int_eq(agreed.codec, SDP_PCMU);
	ck_assert(agreed.telephone_event);
	ck_assert_uint_eq(agreed.event_payload_type, 97);
	ck_assert_uint_eq(answer.media[0].port, 0);
	ck_assert_uint_eq(answer.media[1].port, 30000);
	ck_assert_str_eq(answer.media[1].format_text, "0 97");
}
END_TEST

START_TEST(nothing_in_common_is_unsupported)
{
	struct sdp offer, answer;
	struct sdp_agreed agreed;

	ck_assert_int_eq(
		parse(&offer, HEAD C
			"m=audio 4000 RTP/AVP 18\r\nm=audio 4000 RTP/SAVP 8\r\nm=audio 0 RTP/AVP 8\r\n"),
		0);
	ck_assert_int_eq(sdp_answer_make(&answer, &offer, &us, &agreed), GHL_EUNSUPPORTED);
}
END_TEST

START_TEST(the_answers_direction_fits_the_offers)
{
	static const struct {
		const char *offered;
		enum sdp_direction ours;
	} rows[] = {{"sendrecv", SDP_SENDRECV}, {"sendonly", SDP_RECVONLY}, {"recvonly", SDP_SENDONLY},
		{"inactive", SDP_INACTIVE}};
	struct sdp offer, answer;
	struct sdp_agreed agreed;
	char text[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(
			text, sizeof(text), HEAD C "m=audio 4000 RTP/AVP 8\r\na=%s\r\n", rows[i].offered);
		ck_assert_int_eq(parse(&offer, text), 0);
		ck_assert_int_eq(sdp_answer_make(&answer, &offer, &us, &agreed), 0);
		ck_assert_int_eq(agreed.direction, rows[i].ours);
		ck_assert_int_eq(answer.media[0].direction, rows[i].ours);
	}
	ck_assert_int_eq(parse(&offer, HEAD "c=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"), 0);
	ck_assert_int_eq(sdp_answer_make(&answer, &offer, &us, &agreed), 0);
	ck_assert_int_eq(agreed.direction, SDP_RECVONLY); /* hold as RFC 2543 had it */
}
END_TEST

START_TEST(an_answer_that_refuses_or_invents_is_unsupported)
{
	struct sdp offer, answer;
	struct sdp_agreed agreed;

	sdp_offer_make(&offer, &us);
	ck_assert_int_eq(sdp_answer_make(&answer, &offer, &us, &agreed), 0);
	ck_assert_int_eq(sdp_answer_read(&answer, &us, &agreed), 0);
	ck_assert_int_eq(agreed.codec, SDP_PCMA);
	answer.media[0].port = 0;
	ck_assert_int_eq(sdp_answer_read(&answer, &us, &agreed), GHL_EUNSUPPORTED);
	ck_assert_int_eq(parse(&answer, HEAD C "m=audio 4000 RTP/AVP 18\r\n"), 0);
	ck_assert_int_eq(sdp_answer_read(&answer, &us, &agreed), GHL_EUNSUPPORTED);
	ck_assert_int_eq(parse(&answer, HEAD C), 0);
	ck_assert_int_eq(sdp_answer_read(&answer, &us, &agreed), GHL_EUNSUPPORTED);
}
END_TEST

TEST_SUITE(sdp_suite, 20, the_example_of_a_phone_is_read_whole,
	bare_line_feeds_and_a_missing_last_end_are_taken, what_breaks_the_grammar_is_refused,
	an_error_names_line_and_column, more_than_8_media_lines_or_8_kb_are_refused,
	an_odd_attribute_of_a_medium_that_is_refused_does_no_harm, what_is_printed_reads_back_the_same,
	too_small_a_room_is_refused_at_every_size, an_answer_has_one_line_for_each_of_the_offers,
	the_offerers_first_wish_among_ours_is_taken, nothing_in_common_is_unsupported,
	the_answers_direction_fits_the_offers, an_answer_that_refuses_or_invents_is_unsupported)
