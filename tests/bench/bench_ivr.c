/*
 * bench_ivr.c - what dialogues cost: a script heap made and freed, a turn (input to next prompt) in CPU,
 * memory a dialogue. The raw limit beside it is an empty Duktape heap. Ends with 1 when a turn costs more
 * than 0.3 ms or a dialogue more than 256 kB.
 */
#include "ivr/ivr.h"
#include "ivr/script.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAPS     500
#define DIALOGUES 500
#define ROUNDS    20

static const char document[] =
	"<vxml version='2.1' xmlns='http://www.w3.org/2001/vxml'><var name='n' expr='0'/>"
	"<menu id='m'><prompt>For water press 1, for tax press 2, for housing press 3.</prompt>"
	"<choice dtmf='1' next='#water'>water</choice><choice dtmf='2' next='#tax'>tax</choice>"
	"<choice dtmf='3' event='help'>housing</choice><noinput><reprompt/></noinput></menu>"
	"<form id='water'><field name='account' type='digits?length=1'><prompt>Account <value "
	"expr='n'/>?</prompt>"
	"<filled><assign name='n' expr='n+1'/></filled></field><block><if cond='account==\"1\"'><goto "
	"next='#m'/><else/>"
	"<exit expr='account'/></if></block></form><form id='tax'><block><exit/></block></form></vxml>";

struct guest {
	struct ivr_dialogue *dialogue;
	unsigned turns;
};

static void on_turn(
	void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen)
{
	(void)prompts, (void)count, (void)listen;
	((struct guest *)arg)->turns++;
}

static void on_ended(void *arg, bool disconnect, const char *exit_json, const struct ghl_error *err)
{
	(void)arg, (void)disconnect, (void)exit_json;
	(void)fprintf(stderr, "a dialogue ended: %s\n", err ? err->text : "");
	exit(1);
}

static const struct ivr_platform platform = {.turn = on_turn, .ended = on_ended};

static double heap_ms(const struct ghl_clock *clock)
{
	struct script_limits limits = {.heap_bytes = 2 << 20, .turn_cpu_us = 1000000, .clock = clock};
	int64_t before = clock_thread_cpu_us();
	struct script *s;

	for (int i = 0; i < HEAPS; i++) {
		if (script_create(&s, &limits) < 0)
			exit(1);
		script_destroy(s);
	}
	return (double)(clock_thread_cpu_us() - before) / 1000.0 / HEAPS;
}

static size_t memory_used(void)
{
	return mallinfo2().uordblks + mallinfo2().hblkhd;
}

int main(void)
{
	static struct guest guests[DIALOGUES];
	const struct ivr_input one = {.kind = IVR_IN_DTMF, .text = "1"};
	struct ivr_opts opts = {.loop = NULL};
	struct ivr_document *doc;
	struct ghl_clock clock;
	struct ivr *ivr;
	int64_t begun_us, before;
	size_t memory;
	double turn_ms, dialogue_kb, start_ms;

	clock_init_virtual(&clock, 0);
	if (loop_create_virtual(&opts.loop, &clock) < 0 || ivr_create(&ivr, &opts, NULL) < 0 ||
		ivr_document_parse(ivr, "bench", document, sizeof(document) - 1, &doc, NULL) < 0)
		return 1;
	memory = memory_used();
	before = clock_thread_cpu_us();
	for (int i = 0; i < DIALOGUES; i++)
		if (ivr_dialogue_start(ivr, doc, NULL, &platform, &guests[i], &guests[i].dialogue) < 0)
			return 1;
	loop_drain(opts.loop);
	begun_us = clock_thread_cpu_us();
	start_ms = (double)(begun_us - before) / 1000.0 / DIALOGUES;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < DIALOGUES; i++)
			ivr_dialogue_input(guests[i].dialogue, &one);
		loop_drain(opts.loop);
	}
	turn_ms = (double)(clock_thread_cpu_us() - begun_us) / 1000.0 / (ROUNDS * DIALOGUES);
	dialogue_kb = (double)(memory_used() - memory) / 1024.0 / DIALOGUES;
	(void)printf("script heap made and freed (raw limit of a start): %.3f ms CPU\n", heap_ms(&clock));
	(void)printf("dialogue started to its first prompt: %.3f ms CPU\n", start_ms);
	(void)printf("turn, input to next prompt: %.3f ms CPU (must be <= 0.3)\n", turn_ms);
	(void)printf("memory a dialogue: %.0f kB after %d turns (must be <= 256)\n", dialogue_kb, ROUNDS);
	ivr_destroy(ivr);
	ivr_document_unref(doc);
	loop_destroy(opts.loop);
	return turn_ms > 0.3 || dialogue_kb > 256.0;
}
