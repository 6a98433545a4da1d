/* talk.c - see talk.h. */
#include "talk.h"

#include "base/text.h"

#include <testing.h>

#include <stdio.h>
#include <string.h>

enum talk_wait { TALK_NOTHING, TALK_INPUT, TALK_PLAYED, TALK_OVER };

struct talk {
	struct text out;
	struct ivr_dialogue *dialogue;
	struct loop *loop;
	struct ivr_listen listen;
	enum talk_wait wait;
};

static char result[65536];

static void add(struct talk *t, const char *head, const char *s)
{
	text_fmt(&t->out, "%s%s%s", t->out.len ? "|" : "", head, s);
}

static void add_prompts(struct talk *t, const struct ivr_prompt *prompts, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		add(t, prompts[i].bargein ? "" : "~", "");
		for (unsigned n = 0; n < prompts[i].count; n++) {
			const struct ivr_segment *s = &prompts[i].segments[n];
			const char *file = s->src ? strrchr(s->src, '/') : NULL;

			if (s->kind == IVR_BREAK)
				text_fmt(&t->out, "<%u ms>", s->break_ms);
			else if (s->kind == IVR_AUDIO)
				text_fmt(&t->out, "<%s>", file ? file + 1 : s->src);
			else
				text_fmt(&t->out, "%s%s%s", s->text, *s->language ? "@" : "", s->language);
		}
	}
}

static void on_turn(
	void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen)
{
	struct talk *t = arg;

	add_prompts(t, prompts, count);
	t->wait = listen ? TALK_INPUT : TALK_PLAYED;
	if (!listen)
		return;
	add(t, "LISTEN", "");
	t->listen = *listen;
}

static void on_transfer(void *arg, const struct ivr_prompt *prompts, unsigned count, const char *dest,
	bool bridge, uint32_t connect_ms, uint32_t max_ms)
{
	struct talk *t = arg;

	(void)connect_ms, (void)max_ms;
	add_prompts(t, prompts, count);
	add(t, bridge ? "BRIDGE " : "QUEUE ", dest);
	t->wait = TALK_INPUT;
}

static void on_log(void *arg, const char *text)
{
	add(arg, "LOG ", text);
}

static const char *on_data_get(void *arg, const char *key, char *room, size_t size)
{
	(void)arg, (void)room, (void)size;
	return strcmp(key, "known") == 0 ? "value" : NULL;
}

static void on_data_set(void *arg, const char *key, const char *value)
{
	add(arg, "DATA ", key);
	text_fmt(&((struct talk *)arg)->out, "=%s", value);
}

static void on_ended(void *arg, bool disconnect, const char *exit_json, const struct ghl_error *err)
{
	struct talk *t = arg;

	add(t, err ? "ERROR " : disconnect ? "BYE " : "EXIT ", err ? err->text : exit_json);
	t->wait = TALK_OVER;
}

static const struct ivr_platform platform = {
	on_turn, on_transfer, NULL, on_log, on_data_get, on_data_set, on_ended};

static void send(struct talk *t, enum ivr_input_kind kind, const char *text)
{
	struct ivr_input input = {.kind = kind, .text = text, .outcome = text, .duration_ms = 1500};

	t->wait = TALK_NOTHING;
	ivr_dialogue_input(t->dialogue, &input);
}

static void press(struct talk *t, const char *keys)
{
	struct ivr_collector c;
	enum ivr_collect_state state = IVR_COLLECTING;
	int64_t now = 1;

	ivr_collect_start(&c, &t->listen, now, true);
	while (*keys && state == IVR_COLLECTING)
		state = ivr_collect_digit(&c, *keys++, ++now);
	if (state == IVR_COLLECTING)
		state = ivr_collect_time(&c, c.deadline_us);
	send(t, state == IVR_COLLECTED ? IVR_IN_DTMF : IVR_IN_NOMATCH, c.digits);
}

static void act(struct talk *t, const char *word)
{
	if (!strcmp(word, "-"))
		send(t, IVR_IN_NOINPUT, NULL);
	else if (!strcmp(word, "?"))
		send(t, IVR_IN_NOMATCH, "7");
	else if (!strcmp(word, "!"))
		send(t, IVR_IN_HANGUP, NULL);
	else if (!strncmp(word, "say:", 4))
		send(t, IVR_IN_SAY, word + 4);
	else if (!strncmp(word, "t:", 2))
		send(t, IVR_IN_TRANSFER, word + 2);
	else
		press(t, word);
}

static void converse(struct talk *t, const char *caller)
{
	char word[64];
	size_t n;

	for (;;) {
		loop_drain(t->loop);
		if (t->wait == TALK_OVER)
			return;
		ck_assert_int_ne(t->wait, TALK_NOTHING);
		if (t->wait == TALK_PLAYED) {
			send(t, IVR_IN_NOINPUT, NULL);
			continue;
		}
		caller += strspn(caller, " ");
		n = strcspn(caller, " ");
		ck_assert_uint_lt(n, sizeof(word));
		memcpy(word, n ? caller : "!", n ? n : 1);
		word[n ? n : 1] = '\0';
		caller += n;
		if (!strcmp(word, "abandon")) {
			ivr_dialogue_abandon(t->dialogue);
			loop_drain(t->loop);
			return;
		}
		act(t, word);
	}
}

const char *talk(const char *xml, const char *caller)
{
	static const struct ivr_session_vars vars = {
		"sip:100@example.org", "Li", "sip:12345@example.org", "call-7", "sip"};
	struct ivr_opts opts = {.fia_turns = 200, .turn_cpu_ms = (uint32_t)(100 * testing_slowness())};
	struct talk t = {.wait = TALK_NOTHING};
	struct ivr_document *doc = NULL;
	struct ghl_error err = {0};
	struct ghl_clock clock;
	struct ivr *ivr;

	clock_init_virtual(&clock, 1700000000000000);
	ck_assert_int_eq(loop_create_virtual(&t.loop, &clock), 0);
	opts.loop = t.loop;
	ck_assert_int_eq(ivr_create(&ivr, &opts, NULL), 0);
	text_init(&t.out);
	if (ivr_document_parse(ivr, "t.vxml", xml, strlen(xml), &doc, &err) < 0)
		add(&t, "REFUSED ", err.text);
	else {
		ck_assert_int_eq(ivr_dialogue_start(ivr, doc, &vars, &platform, &t, &t.dialogue), 0);
		converse(&t, caller);
	}
	ivr_document_unref(doc);
	ivr_destroy(ivr);
	loop_destroy(t.loop);
	(void)text_copy(result, sizeof(result), text_str(&t.out));
	text_finish(&t.out);
	return result;
}

const char *talk_body(const char *body, const char *caller)
{
	static char xml[65536];

	(void)snprintf(xml, sizeof(xml), VXML_HEAD "%s</vxml>", body);
	return talk(xml, caller);
}

const char *talk_form(const char *form, const char *caller)
{
	static char body[60000];

	(void)snprintf(body, sizeof(body), "<form>%s</form>", form);
	return talk_body(body, caller);
}

const char *refusal(const char *xml)
{
	const char *r = talk(xml, "");

	return !strncmp(r, "REFUSED ", 8) ? r + 8 : "";
}
