/*
 * info.c - digits by INFO within a dialog (RFC 6086; application/dtmf-relay and application/dtmf), both ways.
 */
#include "sip_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#define DIGITS       "0123456789*#ABCD"
#define DURATION_MS  160
#define DURATION_MAX 10000

/* "10" is * and "11" is # where a number is meant (RFC 4733 event codes). */
static char digit_of(const char *text, size_t len)
{
	if (len == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
		return DIGITS[10 + text[1] - '0'];
	if (len != 1 || !*text)
		return 0;
	return strchr(DIGITS, *text) ? *text : *text >= 'a' && *text <= 'd' ? (char)(*text - 'a' + 'A') : 0;
}

/* The value of "Name=value" in lines; NULL when absent. */
static const char *relay_field(const char *body, const char *name, size_t *len)
{
	size_t n = strlen(name);

	for (const char *line = body; line && *line; line = strpbrk(line, "\r\n")) {
		line += strspn(line, "\r\n \t");
		if (strncasecmp(line, name, n) != 0)
			continue;
		line += n + strspn(line + n, " \t");
		if (*line != '=')
			continue;
		line += 1 + strspn(line + 1, " \t");
		*len = strcspn(line, " \t\r\n");
		return line;
	}
	return NULL;
}

static char read_relay(const char *body, uint32_t *duration_ms)
{
	size_t len = 0, n = 0;
	const char *signal = relay_field(body, "Signal", &len), *duration = relay_field(body, "Duration", &n);
	unsigned long ms = duration && n ? strtoul(duration, NULL, 10) : 0;

	*duration_ms = ms ? (uint32_t)(ms > DURATION_MAX ? DURATION_MAX : ms) : DURATION_MS;
	return signal ? digit_of(signal, len) : 0;
}

int info_on_request(struct sip_leg *leg, nta_incoming_t *irq, const sip_t *m)
{
	const char *type =
		m->sip_content_type && m->sip_content_type->c_type ? m->sip_content_type->c_type : "";
	char body[256] = "", digit = 0;
	uint32_t duration_ms = DURATION_MS;

	(void)irq;
	if (m->sip_payload && m->sip_payload->pl_len && m->sip_payload->pl_len < sizeof(body))
		memcpy(body, m->sip_payload->pl_data, m->sip_payload->pl_len);
	if (!strcasecmp(type, "application/dtmf-relay"))
		digit = read_relay(body, &duration_ms);
	else if (!strcasecmp(type, "application/dtmf"))
		digit = digit_of(body, strcspn(body, " \r\n"));
	else
		return *type ? 415 : 200;
	if (!digit)
		return 400;
	if (leg->state == LEG_UP && leg->sip->o.handlers.on_info_digit)
		leg->sip->o.handlers.on_info_digit(leg->arg, leg, digit, duration_ms);
	return 200;
}

static int on_plain_response(void *arg, nta_outgoing_t *request, const sip_t *m)
{
	(void)arg;
	(void)m;
	if (nta_outgoing_status(request) >= 200)
		nta_outgoing_destroy(request);
	return 0;
}

int sip_leg_info_digit(struct sip_leg *leg, char digit, uint32_t duration_ms)
{
	char body[64];

	if (!digit || !strchr(DIGITS, digit))
		return GHL_EINVAL;
	if (leg->state != LEG_UP)
		return GHL_ESTATE;
	(void)snprintf(body, sizeof(body), "Signal=%c\r\nDuration=%u\r\n", digit,
		(unsigned)(duration_ms ? duration_ms : DURATION_MS));
	return leg_request(leg->dialog, on_plain_response, SIP_METHOD_INFO,
		       SIPTAG_CONTENT_TYPE_STR("application/dtmf-relay"), SIPTAG_PAYLOAD_STR(body), TAG_END())
		       ? 0
		       : GHL_EIO;
}
