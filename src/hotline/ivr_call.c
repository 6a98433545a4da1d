/*
 * ivr_call.c - the real struct ivr_platform: a VoiceXML dialogue on a call. Prompts become sounds, digits go
 * through the collector (VoiceXML 2.0, Appendix D); keys pressed between two inputs wait for the next one
 * (type-ahead, 4.1.8), unless a prompt without barge-in deletes them (4.1.5). A transfer leaves for a queue
 * or an agent. The dialogue itself runs on workers; here is the loop's side only.
 */
#include "hotline_priv.h"

#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void reply(struct visit *v, enum ivr_input_kind kind, const char *text)
{
	struct ivr_input input = {.kind = kind, .text = text, .outcome = ""};

	v->deaf = false;
	if (v->dialogue)
		ivr_dialogue_input(v->dialogue, &input);
}

static void stop_collecting(struct visit *v)
{
	loop_timer_stop(v->h->core.loop, &v->timer);
	v->collecting = v->listens = false;
}

static void collected(struct visit *v, enum ivr_collect_state state)
{
	char digits[sizeof(v->collector.digits)];

	(void)text_copy(digits, sizeof(digits), v->collector.digits);
	stop_collecting(v);
	visit_quiet(v);
	call_stop(v->call);
	if (state == IVR_COLLECTED)
		reply(v, IVR_IN_DTMF, digits);
	else
		reply(v, state == IVR_COLLECT_NOMATCH ? IVR_IN_NOMATCH : IVR_IN_NOINPUT, digits);
}

static void on_deadline(void *arg);

static void go_on(struct visit *v, enum ivr_collect_state state)
{
	int64_t left_us = v->collector.deadline_us - loop_now_us(v->h->core.loop);

	if (state != IVR_COLLECTING) {
		collected(v, state);
		return;
	}
	loop_timer_stop(v->h->core.loop, &v->timer);
	if (v->collector.deadline_us)
		loop_timer_start(v->h->core.loop, &v->timer,
			left_us > 0 ? (uint64_t)(left_us + 999) / 1000 : 0, on_deadline, v);
}

static void on_deadline(void *arg)
{
	struct visit *v = arg;

	go_on(v, ivr_collect_time(&v->collector, loop_now_us(v->h->core.loop)));
}

/* The key interrupts what plays, and what is still being loaded. */
static void collect(struct visit *v, char digit)
{
	if (!v->listen.secret)
		call_digit_tell(v->call, digit);
	visit_quiet(v);
	call_stop(v->call);
	go_on(v, ivr_collect_digit(&v->collector, digit, loop_now_us(v->h->core.loop)));
}

void visit_dialogue_digit(struct visit *v, char digit)
{
	if (v->collecting)
		collect(v, digit);
	else if (!v->deaf && v->ahead_count < AHEAD_MAX)
		v->ahead[v->ahead_count++] = digit;
}

void visit_dialogue_listen(struct visit *v, bool timer_running)
{
	unsigned used = 0;

	if (!v->listens || v->collecting)
		return;
	v->collecting = true;
	v->deaf = false;
	ivr_collect_start(&v->collector, &v->listen, loop_now_us(v->h->core.loop), timer_running);
	while (v->collecting && used < v->ahead_count)
		collect(v, v->ahead[used++]);
	v->ahead_count -= used;
	memmove(v->ahead, v->ahead + used, v->ahead_count);
	if (v->collecting)
		go_on(v, v->collector.state);
}

static void prompts_over(struct visit *v)
{
	if (!v->listens) {
		reply(v, IVR_IN_NOINPUT, "");
	} else if (!v->collecting) { /* the last prompt was one without barge-in */
		visit_dialogue_listen(v, true);
	} else {
		ivr_collect_prompts_done(&v->collector, loop_now_us(v->h->core.loop));
		go_on(v, v->collector.state);
	}
}

static void to_item(const struct ivr_segment *s, struct sound_item *item)
{
	*item = (struct sound_item){.kind = SOUND_TEXT,
		.text = s->text,
		.fallback = s->text,
		.language = s->language,
		.ms = s->break_ms};
	if (s->kind == IVR_AUDIO) {
		item->kind = SOUND_FILE;
		item->text = s->src;
	} else if (s->kind == IVR_BREAK) {
		item->kind = SOUND_SILENCE;
	}
}

/* All segments in order; *tail_from is where the trailing prompts with barge-in begin. */
static unsigned to_items(
	const struct ivr_prompt *prompts, unsigned count, struct sound_item *items, unsigned *tail_from)
{
	unsigned n = 0;

	*tail_from = 0;
	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = 0; k < prompts[i].count && n < SOUNDS_MAX; k++)
			to_item(&prompts[i].segments[k], &items[n++]);
		if (!prompts[i].bargein)
			*tail_from = n;
	}
	return n;
}

static void on_turn(
	void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen)
{
	struct visit *v = arg;
	struct sound_item items[SOUNDS_MAX];
	unsigned tail_from, n = to_items(prompts, count, items, &tail_from);
	bool typed_ahead = listen && listen->dtmf && tail_from == 0 && v->ahead_count > 0;

	v->listens = listen && listen->dtmf;
	if (v->listens)
		v->listen = *listen;
	v->deaf = tail_from > 0;
	if (v->deaf)
		v->ahead_count = 0;
	else
		visit_dialogue_listen(v, false);
	if (!typed_ahead)
		visit_play(v, items, n, listen ? tail_from : n, false, prompts_over);
}

static void leave_for(struct visit *v)
{
	char dest[CONFIG_DEST_MAX];

	(void)text_copy(dest, sizeof(dest), v->transfer_to);
	v->ahead_count = 0;
	if (!v->bridged)
		visit_dialogue_abandon(v);
	visit_go(v, dest);
}

static void on_transfer(void *arg, const struct ivr_prompt *prompts, unsigned count, const char *dest,
	bool bridge, uint32_t connect_timeout_ms, uint32_t max_ms)
{
	struct visit *v = arg;
	struct sound_item items[SOUNDS_MAX];
	unsigned tail_from, n = to_items(prompts, count, items, &tail_from);

	(void)connect_timeout_ms; /* a queue has its own limits */
	(void)max_ms;
	v->listens = false;
	v->bridged = bridge;
	(void)text_copy(v->transfer_to, sizeof(v->transfer_to), dest);
	visit_play(v, items, n, n, false, leave_for);
}

static void on_record(void *arg, const struct ivr_prompt *prompts, unsigned count, uint32_t max_ms,
	uint32_t final_silence_ms, bool beep)
{
	struct visit *v = arg;

	(void)prompts;
	(void)count;
	(void)max_ms;
	(void)final_silence_ms;
	(void)beep;
	log_warn("hotline", "dialogue=%s: <record> is not carried by this platform", v->dialogue_name);
	reply(v, IVR_IN_NOINPUT, "");
}

static void tell(struct visit *v, const char *state, const char *text)
{
	struct event_draft d;

	event_draft_init(&d, GHL_EV_DIALOGUE);
	event_draft_id(&d, GHL_F_CALL, call_id(v->call));
	event_draft_text(&d, GHL_F_DIALOGUE, v->dialogue_name);
	event_draft_text(&d, GHL_F_STATE, state);
	event_draft_text(&d, GHL_F_TEXT, text);
	stream_tell(&v->h->core, &d);
}

static void on_log(void *arg, const char *text)
{
	tell(arg, "log", text);
}

static const char *on_data_get(void *arg, const char *key, char *room, size_t size)
{
	struct visit *v = arg;

	return call_data_get(v->call, key, room, size);
}

static void on_data_set(void *arg, const char *key, const char *value)
{
	struct visit *v = arg;

	if (call_data_set(v->call, key, value) < 0)
		log_warn("hotline", "dialogue=%s key=\"%s\" not kept", v->dialogue_name, key);
}

static const char *fallback_of(const struct visit *v)
{
	const struct config_dialogue *d = config_dialogue(v->cfg, v->dialogue_name);

	return d && d->fallback[0] ? d->fallback : v->cfg->ivr.fallback;
}

static void on_ended(void *arg, bool disconnect, const char *exit_json, const struct ghl_error *err)
{
	struct visit *v = arg;

	v->dialogue = NULL;
	v->ahead_count = 0;
	stop_collecting(v);
	visit_quiet(v);
	tell(v, err ? "error" : disconnect ? "disconnect" : "exit", err ? err->text : exit_json);
	if (err)
		log_error("hotline", "dialogue=%s error=\"%s\"", v->dialogue_name, err->text);
	if (err && fallback_of(v)[0])
		visit_go(v, fallback_of(v));
	else
		visit_clear(v, err ? GHL_CAUSE_INTERNAL_ERROR : GHL_CAUSE_DIALOGUE_ENDED);
}

static const struct ivr_platform platform = {.turn = on_turn,
	.transfer = on_transfer,
	.record = on_record,
	.log = on_log,
	.data_get = on_data_get,
	.data_set = on_data_set,
	.ended = on_ended};

int visit_dialogue_start(struct visit *v, const char *name)
{
	struct ivr_document *doc = map_get_text(&v->documents->by_name, name);
	char id[GHL_ID_TEXT_MAX];
	struct ivr_session_vars vars = {.calling = call_calling(v->call),
		.calling_name = call_calling_name(v->call),
		.called = call_called(v->call),
		.call_id = ghl_id_text(call_id(v->call), id, sizeof(id)),
		.connection_protocol = "sip"};
	struct call_route_facts *f = call_route_facts(v->call);
	int rc;

	if (!doc)
		return GHL_ENOENT;
	(void)text_copy(v->dialogue_name, sizeof(v->dialogue_name), name);
	if (!f->dialogue[0])
		(void)text_copy(f->dialogue, sizeof(f->dialogue), name);
	rc = ivr_dialogue_start(v->h->ivr, doc, &vars, &platform, v, &v->dialogue);
	if (rc < 0)
		return rc;
	v->place = VISIT_DIALOGUE;
	tell(v, "begun", "");
	return 0;
}

void visit_dialogue_abandon(struct visit *v)
{
	struct ivr_dialogue *d = v->dialogue;

	v->dialogue = NULL;
	v->bridged = false;
	v->ahead_count = 0;
	stop_collecting(v);
	if (d)
		ivr_dialogue_abandon(d);
}

void visit_dialogue_resume(struct visit *v, const char *outcome, uint32_t talk_ms)
{
	struct ivr_input input = {
		.kind = IVR_IN_TRANSFER, .text = "", .outcome = outcome, .duration_ms = talk_ms};

	v->place = VISIT_DIALOGUE;
	v->bridged = false;
	ivr_dialogue_input(v->dialogue, &input);
}
