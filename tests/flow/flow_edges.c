/*
 * flow_edges.c - the rare ways of a call, over real SIP and RTP: an INVITE without SDP, a phone that is lost
 * while it rings, a CANCEL that crosses the answer, and who holds while the other side goes.
 */
#include "fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct town town;

static uint32_t calls_up(void)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;

	ck_assert_int_eq(ghl_hotline_status(town.owner, &st), 0);
	return st.calls;
}

static struct person *call_in(const char *number)
{
	struct person *p = town_citizen(&town, number, 441);

	person_call(p, "12345");
	TOWN_UNTIL(&town, p->talks == 1);
	return p;
}

/* --- a caller that lets us offer, by bare sockets --- */

static int bare_socket(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(inet_pton(AF_INET, "127.0.0.2", &at.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static void bare_send(
	int fd, uint16_t own, const char *method, unsigned cseq, const char *to_tag, const char *body)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(town.port)};
	char text[2048];
	int n = snprintf(text, sizeof(text),
		"%s sip:12345@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:%u;branch=z9hG4bK%s%u\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:13812345678@127.0.0.2>;tag=late\r\n"
		"To: <sip:12345@127.0.0.1>%s\r\nCall-ID: late-offer\r\nCSeq: %u %s\r\n"
		"Contact: <sip:13812345678@127.0.0.2:%u>\r\n%sContent-Length: %u\r\n\r\n%s",
		method, own, method, cseq, to_tag, cseq, method, own,
		body[0] ? "Content-Type: application/sdp\r\n" : "", (unsigned)strlen(body), body);

	ck_assert_int_eq(inet_pton(AF_INET, "127.0.0.1", &at.sin_addr), 1);
	ck_assert_int_eq(sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&at, sizeof(at)), n);
}

/* True when something has come; it stands in `in`. */
static bool bare_receive(int fd, char *in, size_t room)
{
	ssize_t n = recv(fd, in, room - 1, 0);

	in[n > 0 ? n : 0] = 0;
	return n > 0;
}

START_TEST(a_caller_without_sdp_gets_our_offer_and_hears_us_after_its_ack)
{
	char in[8192], tag[128] = "", sdp[256];
	uint16_t own, media;
	int sip, rtp;

	town_open(&town, NULL);
	sip = bare_socket(&own);
	rtp = bare_socket(&media);
	bare_send(sip, own, "INVITE", 1, "", "");
	TOWN_UNTIL(&town, bare_receive(sip, in, sizeof(in)) && strncmp(in, "SIP/2.0 200", 11) == 0);
	ck_assert_ptr_nonnull(strstr(in, "m=audio "));
	(void)sscanf(strstr(in, "\r\nTo:"), "\r\nTo: <sip:12345@127.0.0.1>%127[^\r]", tag);
	(void)snprintf(sdp, sizeof(sdp),
		"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
		"m=audio %u RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n",
		media);
	town_run_ms(&town, 100);
	ck_assert(!bare_receive(rtp, in, sizeof(in))); /* it has not said where to */
	bare_send(sip, own, "ACK", 1, tag, sdp);
	TOWN_UNTIL(&town, bare_receive(rtp, in, sizeof(in)));
	ck_assert_uint_eq((unsigned char)in[0], 0x80);
	ck_assert_uint_eq((unsigned char)in[1] & 0x7f, 8);
	bare_send(sip, own, "BYE", 2, tag, "");
	town_until_over(&town, 1);
	(void)close(sip);
	(void)close(rtp);
	town_close(&town);
}
END_TEST

START_TEST(a_phone_lost_while_it_rings_leaves_the_call_to_the_next_agent)
{
	struct person *lost, *next, *citizen;
	char reason[64];

	town_open(&town, NULL);
	lost = town_agent(&town, "1001", 0);
	lost->answers = false;
	citizen = call_in("13812345678");
	person_press(citizen, "1");
	TOWN_UNTIL(&town, lost->rung == 1);
	ck_assert_int_eq(sip_trunks_set(lost->sip, NULL, 0, NULL), 0); /* it takes its contact away */
	TOWN_UNTIL(&town, town_agent_is(&town, "1001", reason) == GHL_AGENT_NOT_READY);
	ck_assert_str_eq(reason, "lost");
	next = town_agent(&town, "1002", 0);
	TOWN_UNTIL(&town, next->talks == 1);
	person_hang_up(citizen);
	town_until_over(&town, 1);
	town_close(&town);
}
END_TEST

START_TEST(an_answer_that_crosses_our_cancel_leaves_no_talk_and_a_free_agent)
{
	struct person *agent, *citizen;

	town_open(&town, NULL);
	agent = town_agent(&town, "1001", 0);
	agent->early = true;
	citizen = call_in("13812345678");
	person_press(citizen, "1");
	TOWN_UNTIL(&town, agent->rung == 1);
	town_run_ms(&town, 100);
	person_hang_up(citizen);
	for (int64_t end = town_limit_us(&town);
		calls_up() > 0;) /* the town stands still: the CANCEL waits there */
		ck_assert_int_lt(town_now_us(&town), end);
	person_answer(agent);
	TOWN_UNTIL(&town, agent->ended == 1);
	town_until_over(&town, 1);
	ck_assert_uint_eq(town_events(&town, GHL_EV_ESTABLISHED), 0);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	town_close(&town);
}
END_TEST

START_TEST(a_citizen_on_hold_whose_agent_leaves_is_sent_on_and_may_resume)
{
	struct town_opts opts = {
		.dialogue = "<?xml version=\"1.0\"?>\n"
			    "<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\"><form>\n"
			    "<transfer name=\"a\" dest=\"agent:1001\" bridge=\"true\"/>\n"
			    "<transfer name=\"b\" dest=\"agent:1002\" bridge=\"false\"/></form></vxml>\n"};
	struct person *first, *second, *citizen;

	town_open(&town, &opts);
	first = town_agent(&town, "1001", 0);
	second = town_agent(&town, "1002", 1200);
	citizen = call_in("13812345678");
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == 1);
	person_hold(citizen, true);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_HELD));
	person_hang_up(first);
	TOWN_UNTIL(&town, town_events(&town, GHL_EV_ESTABLISHED) == 2);
	ck_assert_uint_eq(second->talks, 1);
	person_hold(citizen, false);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_RETRIEVED));
	person_hang_up(second);
	TOWN_UNTIL(&town, citizen->ended == 1);
	town_until_over(&town, 1);
	town_close(&town);
}
END_TEST

START_TEST(a_phone_that_leaves_while_it_holds_ends_the_hold_with_it)
{
	struct person *agent, *citizen;
	const struct ghl_call_info *call;
	struct ghl_list *l;

	town_open(&town, NULL);
	agent = town_agent(&town, "1001", 0);
	citizen = call_in("13812345678");
	person_press(citizen, "1");
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_ESTABLISHED) && agent->talks == 1);
	person_hold(agent, true);
	TOWN_UNTIL(&town, town_event(&town, GHL_EV_HELD));
	town_run_ms(&town, 300);
	person_hang_up(agent);
	TOWN_UNTIL(&town, citizen->ended == 1);
	town_until_over(&town, 1);
	call = town_last_call(&town, &l);
	ck_assert_uint_ge(call->hold_ms, 250);
	ck_assert_int_eq(call->cause, GHL_CAUSE_NORMAL_CLEARING);
	ghl_list_free(l);
	ck_assert_int_eq(town_agent_is(&town, "1001", NULL), GHL_AGENT_READY);
	town_close(&town);
}
END_TEST

TEST_SUITE(flow_edges, 60, a_caller_without_sdp_gets_our_offer_and_hears_us_after_its_ack,
	a_phone_lost_while_it_rings_leaves_the_call_to_the_next_agent,
	an_answer_that_crosses_our_cancel_leaves_no_talk_and_a_free_agent,
	a_citizen_on_hold_whose_agent_leaves_is_sent_on_and_may_resume,
	a_phone_that_leaves_while_it_holds_ends_the_hold_with_it)

TEST_MAIN(flow_edges())
