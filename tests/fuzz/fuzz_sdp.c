/* fuzz_sdp.c - sdp_parse_text(): what it takes must print and read back as the same session, and be
 * answerable line by line. */
#include "sip/sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sdp_local us = {.address = "127.0.0.1",
	.port = 4000,
	.codecs = {SDP_PCMA, SDP_PCMU},
	.codec_count = 2,
	.telephone_event = true};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sdp one, two, answer;
	struct sdp_agreed agreed;
	char text[16384];
	int n;

	if (sdp_parse_text(&one, (const char *)data, size, NULL) < 0)
		return 0;
	n = sdp_print(&one, text, sizeof(text));
	if (n < 0 || n > 8192)
		return 0; /* longer than what is taken: static names were written out */
	if (sdp_parse_text(&two, text, (size_t)n, NULL) < 0 || two.medias != one.medias)
		abort();
	(void)sdp_answer_make(&answer, &one, &us, &agreed);
	if (answer.medias != one.medias)
		abort();
	return 0;
}
