/*
 * fuzz_vxml.c - any bytes as a VoiceXML document: refused with a place, or compiled and run for a few turns
 * with small budgets, the caller's keys taken from the bytes too. Files it names are not there.
 */
#include "ivr/ivr.h"

#include <stdlib.h>
#include <string.h>

#define TURNS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct guest {
	struct ivr_dialogue *dialogue;
	bool waits, listens, over;
};

static void on_turn(
	void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen)
{
	struct guest *g = arg;

	for (unsigned i = 0; i < count; i++)
		if (prompts[i].count && !prompts[i].segments)
			abort();
	g->waits = true;
	g->listens = listen != NULL;
}

static void on_transfer(void *arg, const struct ivr_prompt *prompts, unsigned count, const char *dest,
	bool bridge, uint32_t connect_ms, uint32_t max_ms)
{
	(void)bridge, (void)connect_ms, (void)max_ms;
	if (!strchr(dest, ':'))
		abort();
	on_turn(arg, prompts, count, NULL);
}

static void on_ended(void *arg, bool disconnect, const char *exit_json, const struct ghl_error *err)
{
	(void)disconnect;
	if (!exit_json || (err && !*err->text))
		abort();
	((struct guest *)arg)->over = true;
}

static const struct ivr_platform platform = {.turn = on_turn, .transfer = on_transfer, .ended = on_ended};

static void answer(struct guest *g, uint8_t how)
{
	char key[2] = {"0123456789*#"[how % 12], '\0'};
	struct ivr_input input = {.kind = IVR_IN_DTMF, .text = key, .outcome = "busy"};

	if (!g->listens)
		input.kind = how & 1 ? IVR_IN_TRANSFER : IVR_IN_NOINPUT;
	else if (how >= 128)
		input.kind = how & 1 ? IVR_IN_NOINPUT : IVR_IN_SAY;
	g->waits = false;
	ivr_dialogue_input(g->dialogue, &input);
}

static void run(
	struct ivr *ivr, struct loop *loop, struct ivr_document *doc, const uint8_t *data, size_t size)
{
	struct guest g = {NULL};

	if (ivr_dialogue_start(ivr, doc, NULL, &platform, &g, &g.dialogue) < 0)
		return;
	loop_drain(loop);
	for (unsigned i = 0; i < TURNS && !g.over; i++) {
		if (!g.waits)
			abort();
		answer(&g, size ? data[i * 7 % size] : 0);
		loop_drain(loop);
	}
	if (!g.over)
		ivr_dialogue_abandon(g.dialogue);
	loop_drain(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ivr_opts opts = {
		.turn_cpu_ms = 20, .heap_bytes = 1 << 20, .fia_turns = 50, .document_bytes = 65536};
	struct ivr_document *doc = NULL;
	struct ghl_error err = {0};
	struct ghl_clock clock;
	struct ivr *ivr;

	clock_init_virtual(&clock, 0);
	if (loop_create_virtual(&opts.loop, &clock) < 0)
		return 0;
	if (ivr_create(&ivr, &opts, NULL) == 0) {
		if (ivr_document_parse(ivr, "fuzz.vxml", (const char *)data, size, &doc, &err) == 0)
			run(ivr, opts.loop, doc, data, size);
		else if (strncmp(err.text, "fuzz.vxml", 9) != 0)
			abort();
		ivr_document_unref(doc);
		ivr_destroy(ivr);
	}
	loop_destroy(opts.loop);
	return 0;
}
