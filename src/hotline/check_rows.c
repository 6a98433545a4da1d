/* check_rows.c - recordings and their index, agents' spans, and what is under way: open recordings, agents
 * who are on. */
#include "check.h"

#include "base/text.h"
#include "store/schema/agent.pb-c.h"
#include "store/schema/recording.pb-c.h"

#include <govhotline/agent.h>
#include <govhotline/id.h>
#include <govhotline/record.h>

#include <stdio.h>
#include <string.h>

#define SPAN_KEY 17
#define AGENT_ON "agent-on/"
#define OPEN     "recording-open/"

static bool call_is_there(struct check *c, uint64_t call)
{
	uint8_t id[8];
	size_t n = store_key_u64(id, call);

	return check_has(c, STORE_CALL_BY_ID, id, n) || check_has(c, STORE_CALL_OPEN, id, n);
}

static bool is_open(struct check *c, const char *serial)
{
	char key[sizeof(OPEN) + STORE_SERIAL_LEN];

	(void)snprintf(key, sizeof(key), OPEN "%s", serial);
	return check_has(c, STORE_META, key, strlen(key));
}

static int check_row(struct check *c, const Ghl__RecordingRecord *r)
{
	uint8_t key[8 + STORE_SERIAL_LEN];
	char call[GHL_ID_TEXT_MAX];
	bool running = r->state == GHL_RECORD_RUNNING;

	memcpy(key + store_key_u64(key, r->call), r->serial, STORE_SERIAL_LEN);
	if (!check_has(c, STORE_RECORDING_BY_CALL, key, sizeof(key)))
		return check_bad(c, STORE_RECORDING, "%s has no entry in recording_by_call", r->serial);
	if (!call_is_there(c, r->call))
		return check_bad(c, STORE_RECORDING, "%s: there is no call %s", r->serial,
			ghl_id_text(r->call, call, sizeof(call)));
	if (running != is_open(c, r->serial))
		return check_bad(c, STORE_RECORDING, "%s is %s, and its mark in meta %s", r->serial,
			ghl_record_state_name((enum ghl_record_state)r->state),
			running ? "is missing" : "says it runs");
	if (check_id(c, STORE_RECORDING, r->recording) < 0)
		return GHL_ECORRUPT;
	return check_serial(c, STORE_RECORDING, 'R', r->serial);
}

int check_recording(struct check *c, const struct store_item *i)
{
	Ghl__RecordingRecord *r;
	int rc;

	if (i->klen != STORE_SERIAL_LEN)
		return check_bad(c, STORE_RECORDING, "a key of %zu bytes", i->klen);
	r = ghl__recording_record__unpack(NULL, i->vlen, i->value);
	if (!r || strlen(r->serial) != i->klen || memcmp(r->serial, i->key, i->klen) != 0)
		rc = check_bad(c, STORE_RECORDING, "%.*s cannot be read", (int)i->klen, (const char *)i->key);
	else
		rc = check_row(c, r);
	if (r)
		ghl__recording_record__free_unpacked(r, NULL);
	return rc;
}

int check_recording_by_call(struct check *c, const struct store_item *i)
{
	const uint8_t *serial = (const uint8_t *)i->key + 8;
	Ghl__RecordingRecord *r = NULL;
	const void *value;
	size_t len;
	bool fits;

	if (i->klen != 8 + STORE_SERIAL_LEN)
		return check_bad(c, STORE_RECORDING_BY_CALL, "a key of %zu bytes", i->klen);
	if (store_get(c->read, STORE_RECORDING, serial, STORE_SERIAL_LEN, &value, &len, NULL) == 0)
		r = ghl__recording_record__unpack(NULL, len, value);
	fits = r && r->call == store_key_read_u64(i->key);
	if (r)
		ghl__recording_record__free_unpacked(r, NULL);
	return fits ? 0
		    : check_bad(c, STORE_RECORDING_BY_CALL, "%.*s: there is no such recording of that call",
			      STORE_SERIAL_LEN, (const char *)serial);
}

/* The span up to an instant; a year is the longest anybody stays in one state. */
static bool makes_sense(const Ghl__AgentSpan *s, int64_t until_us)
{
	const int64_t longest_us = 366LL * 86400 * 1000000;

	return check_instant(s->started_at_us) && check_instant(until_us) && until_us >= s->started_at_us &&
	       until_us - s->started_at_us <= longest_us && s->state > GHL_AGENT_LOGGED_OFF &&
	       s->state <= GHL_AGENT_ACW;
}

static int bad_span(
	struct check *c, enum store_table t, uint64_t agent, int64_t started_at_us, const char *why)
{
	char room[GHL_ID_TEXT_MAX], at[32];

	return check_bad(c, t, "%s of %s: %s", ghl_id_text(agent, room, sizeof(room)),
		text_utc(started_at_us, at), why);
}

int check_agent_span(struct check *c, const struct store_item *i)
{
	uint64_t agent;
	int64_t at_us;
	Ghl__AgentSpan *s;
	int rc = 0;

	if (i->klen != SPAN_KEY)
		return check_bad(c, STORE_AGENT_SPAN, "a key of %zu bytes", i->klen);
	at_us = (int64_t)store_key_read_u64(i->key);
	agent = store_key_read_u64((const uint8_t *)i->key + 8);
	s = ghl__agent_span__unpack(NULL, i->vlen, i->value);
	if (!s)
		return bad_span(c, STORE_AGENT_SPAN, agent, at_us, "it cannot be read");
	if (s->agent != agent || s->started_at_us != at_us || !makes_sense(s, s->ended_at_us))
		rc = bad_span(c, STORE_AGENT_SPAN, agent, at_us, "it makes no sense");
	ghl__agent_span__free_unpacked(s, NULL);
	return rc;
}

/* Who is on. */
static int check_on(struct check *c, const struct store_item *i)
{
	Ghl__AgentOn *on = ghl__agent_on__unpack(NULL, i->vlen, i->value);
	uint64_t agent = 0;
	int rc = 0;

	if (i->klen == sizeof(AGENT_ON) - 1 + 8)
		agent = store_key_read_u64((const uint8_t *)i->key + sizeof(AGENT_ON) - 1);
	if (!on || !on->span || on->span->agent != agent)
		rc = bad_span(c, STORE_META, agent, 0, "who is on cannot be read");
	else if (on->booked_until_us && !makes_sense(on->span, on->booked_until_us))
		rc = bad_span(c, STORE_META, agent, on->span->started_at_us, "it makes no sense");
	if (on)
		ghl__agent_on__free_unpacked(on, NULL);
	return rc;
}

static bool begins(const struct store_item *i, const char *prefix)
{
	return i->klen >= strlen(prefix) && memcmp(i->key, prefix, strlen(prefix)) == 0;
}

int check_meta(struct check *c, const struct store_item *i)
{
	const char *serial = (const char *)i->key + sizeof(OPEN) - 1;

	if (begins(i, AGENT_ON))
		return check_on(c, i);
	if (begins(i, OPEN) && !check_has(c, STORE_RECORDING, serial, i->klen - (sizeof(OPEN) - 1)))
		return check_bad(c, STORE_META, "%.*s: there is no such recording", (int)i->klen,
			(const char *)i->key);
	return 0;
}
