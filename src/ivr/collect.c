/*
 * collect.c - keys to one input, by VoiceXML 2.0 Appendix D. A pure machine: time and keys come in, a state
 * comes out.
 *
 *     COLLECTING --key: whole, nothing may follow---------------------> COLLECTED
 *         |      --the same, with a termchar and a termtimeout: wait--> COLLECTED at termchar or time-out;
 * NOMATCH at another key |      --termchar, or time-out between keys-----------------> COLLECTED, or NOMATCH
 * when it is not whole |      --key: cannot become anything------------------------> NOMATCH | --time-out
 * before the first key----------------------> COLLECT_NOINPUT
 */
#include "ivr.h"

#include <string.h>

static void wait_ms(struct ivr_collector *c, uint32_t ms, int64_t now_us)
{
	c->deadline_us = now_us + (int64_t)ms * 1000;
	if (!c->deadline_us)
		c->deadline_us = 1;
}

static enum ivr_collect_state finish(struct ivr_collector *c, enum ivr_collect_state state)
{
	c->deadline_us = 0;
	return c->state = state;
}

static bool is_whole(const struct ivr_collector *c, bool *more)
{
	bool whole = c->listen->complete ? c->listen->complete(c->listen->grammar, c->digits, more)
					 : (*more = true);

	if (c->count + 1 >= sizeof(c->digits) || (c->listen->max_digits && c->count >= c->listen->max_digits))
		*more = false;
	return whole;
}

void ivr_collect_start(
	struct ivr_collector *c, const struct ivr_listen *listen, int64_t now_us, bool timer_running)
{
	memset(c, 0, sizeof(*c));
	c->listen = listen;
	if (timer_running)
		wait_ms(c, listen->timeout_ms, now_us);
}

void ivr_collect_prompts_done(struct ivr_collector *c, int64_t now_us)
{
	if (c->state == IVR_COLLECTING && !c->count && !c->deadline_us)
		wait_ms(c, c->listen->timeout_ms, now_us);
}

static enum ivr_collect_state judge(struct ivr_collector *c)
{
	bool more;

	return finish(c, is_whole(c, &more) ? IVR_COLLECTED : IVR_COLLECT_NOMATCH);
}

enum ivr_collect_state ivr_collect_digit(struct ivr_collector *c, char digit, int64_t now_us)
{
	bool more = false, whole;

	if (c->state != IVR_COLLECTING)
		return c->state;
	if (c->listen->termchar && digit == c->listen->termchar)
		return judge(c);
	(void)is_whole(c, &more);
	if (!more) /* the last possible key was there: this one is too many */
		return finish(c, IVR_COLLECT_NOMATCH);
	c->digits[c->count++] = digit;
	whole = is_whole(c, &more);
	if (!whole && !more)
		return finish(c, IVR_COLLECT_NOMATCH);
	if (!more && (!c->listen->termchar || !c->listen->term_ms))
		return finish(c, IVR_COLLECTED);
	wait_ms(c, more ? c->listen->interdigit_ms : c->listen->term_ms, now_us);
	return c->state;
}

enum ivr_collect_state ivr_collect_time(struct ivr_collector *c, int64_t now_us)
{
	if (c->state != IVR_COLLECTING || !c->deadline_us || now_us < c->deadline_us)
		return c->state;
	return c->count ? judge(c) : finish(c, IVR_COLLECT_NOINPUT);
}
