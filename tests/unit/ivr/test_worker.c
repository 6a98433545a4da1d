/* test_worker.c - dialogues on a real loop with worker threads: budgets, written-off workers, many at once,
 * leaving in every state. */
#include <testing.h>

#include "ivr/ivr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
	struct ghl_clock clock;
	struct loop *loop;
	struct ivr *ivr;
};

struct guest {
	struct ivr_dialogue *dialogue;
	unsigned listens, ended;
	int code;
};

static void on_turn(
	void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen)
{
	struct guest *g = arg;
	struct ivr_input input = {.kind = listen ? IVR_IN_DTMF : IVR_IN_NOINPUT, .text = "1"};

	(void)prompts, (void)count;
	g->listens++;
	ivr_dialogue_input(g->dialogue, &input);
}

static void on_turn_stay(
	void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen)
{
	(void)prompts, (void)count, (void)listen;
	((struct guest *)arg)->listens++;
}

static void on_ended(void *arg, bool disconnect, const char *exit_json, const struct ghl_error *err)
{
	struct guest *g = arg;

	(void)disconnect, (void)exit_json;
	g->ended++;
	g->code = err ? err->code : 0;
}

static const struct ivr_platform answers = {.turn = on_turn, .ended = on_ended};
static const struct ivr_platform stays = {.turn = on_turn_stay, .ended = on_ended};

static void world_begin(struct world *w, struct ivr_opts opts)
{
	clock_init_real(&w->clock);
	ck_assert_int_eq(loop_create(&w->loop, &w->clock), 0);
	opts.loop = w->loop;
	ck_assert_int_eq(ivr_create(&w->ivr, &opts, NULL), 0);
}

static void world_end(struct world *w)
{
	ivr_destroy(w->ivr);
	loop_destroy(w->loop);
}

static struct ivr_document *parse(struct world *w, const char *form)
{
	struct ivr_document *d;
	char xml[2048];
	int n = snprintf(xml, sizeof(xml), "<vxml version='2.1'><form>%s</form></vxml>", form);

	ck_assert_int_eq(ivr_document_parse(w->ivr, "w.vxml", xml, (size_t)n, &d, NULL), 0);
	return d;
}

static int start(struct world *w, const char *form, const struct ivr_platform *platform, struct guest *g)
{
	struct ivr_document *d = parse(w, form);
	int rc = ivr_dialogue_start(w->ivr, d, NULL, platform, g, &g->dialogue);

	ivr_document_unref(d);
	return rc;
}

static void until_ended(struct world *w, const struct guest *g)
{
	while (!g->ended)
		loop_step(w->loop, 100);
}

#define FIELD "<field type='digits?length=1'>key</field>"
/* Native code, which no interrupt reaches: so many searches of a long array. */
#define STUCK                                                                                                \
	"<block><log expr='(function(){var a=[],b=[],n=%u;a.length=99999;b.length=n;"                        \
	"for(var i=0;i!=n;i++)b[i]=\"x\";b.forEach(Array.prototype.indexOf,a)})()'/></block>"

START_TEST(a_script_that_does_not_end_loses_its_caller_and_no_other)
{
	static const char *const greedy[] = {"(function(){while(1);})()",
		"(function(){while(1)try{while(1);}finally{continue}})()",
		"/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')",
		"(function(){var a=[];a.length=4e8;return a.join()})()"};
	char form[512];
	struct world w;

	world_begin(
		&w, (struct ivr_opts){.workers = 2, .turn_wall_ms = (uint32_t)(5000 * testing_slowness())});
	for (unsigned i = 0; i < sizeof(greedy) / sizeof(greedy[0]); i++) {
		struct guest bad = {0}, good = {0};

		(void)snprintf(form, sizeof(form), "<block><log expr=\"%s\"/></block>", greedy[i]);
		ck_assert_int_eq(start(&w, form, &answers, &bad), 0);
		ck_assert_int_eq(start(&w, FIELD FIELD "<block/>", &answers, &good), 0);
		until_ended(&w, &good);
		until_ended(&w, &bad);
		ck_assert_int_eq(good.code, 0);
		ck_assert_int_ne(bad.code, 0);
	}
	world_end(&w);
}
END_TEST

/* How many searches keep a worker busy for so long here. */
static unsigned searches_in(int64_t cpu_us)
{
	enum { TRIED = 2 };
	struct guest g = {0};
	struct ivr_stat stat;
	char form[512];
	struct world w;

	world_begin(&w,
		(struct ivr_opts){
			.workers = 1, .turn_wall_ms = 60000, .turn_cpu_ms = 600000, .heap_bytes = 16 << 20});
	(void)snprintf(form, sizeof(form), STUCK, (unsigned)TRIED);
	ck_assert_int_eq(start(&w, form, &answers, &g), 0);
	until_ended(&w, &g);
	ivr_stat(w.ivr, &stat);
	world_end(&w);
	ck_assert_int_gt(stat.cpu_us, 0);
	return (unsigned)(TRIED * cpu_us / stat.cpu_us) + 1;
}

START_TEST(a_worker_that_does_not_come_back_is_replaced_and_bounded)
{
	struct guest stuck[3] = {{0}}, refused = {0}, good = {0};
	uint32_t wall_ms = (uint32_t)(100 + 50 * testing_slowness());
	struct ivr_stat stat;
	char form[512];
	struct world w;

	(void)snprintf(form, sizeof(form), STUCK, searches_in((int64_t)wall_ms * 1000 * 8));
	world_begin(&w, (struct ivr_opts){.workers = 1,
				.turn_wall_ms = wall_ms,
				.turn_cpu_ms = 600000,
				.heap_bytes = 16 << 20,
				.write_offs = 3});
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(start(&w, form, &answers, &stuck[i]), 0);
		until_ended(&w, &stuck[i]);
		ck_assert_int_eq(stuck[i].code, GHL_ETIMEDOUT);
		if (i == 1) {
			ck_assert_int_eq(start(&w, FIELD, &answers, &good), 0);
			until_ended(&w, &good);
			ck_assert_int_eq(good.code, 0);
		}
	}
	ck_assert_int_eq(start(&w, FIELD, &answers, &refused), GHL_EFULL);
	do {
		loop_step(w.loop, 10);
		ivr_stat(w.ivr, &stat);
	} while (stat.written_off);
	memset(&good, 0, sizeof(good));
	ck_assert_int_eq(start(&w, FIELD, &answers, &good), 0);
	until_ended(&w, &good);
	world_end(&w);
}
END_TEST

START_TEST(a_caller_may_leave_in_every_state)
{
	struct guest guests[60] = {{0}};
	struct ivr_stat stat;
	struct world w;

	world_begin(&w, (struct ivr_opts){.workers = 2, .turn_wall_ms = 60000});
	for (unsigned i = 0; i < 60; i++)
		ck_assert_int_eq(start(&w, FIELD, &stays, &guests[i]), 0);
	for (unsigned i = 0; i < 20; i++)
		ivr_dialogue_abandon(guests[i].dialogue); /* queued or running */
	while (guests[59].listens == 0)
		loop_step(w.loop, 100);
	for (unsigned i = 20; i < 40; i++)
		ivr_dialogue_abandon(guests[i].dialogue); /* mostly waiting */
	for (unsigned i = 40; i < 60; i++)
		ivr_dialogue_input(guests[i].dialogue, &(struct ivr_input){.kind = IVR_IN_HANGUP});
	do {
		loop_step(w.loop, 100);
		ivr_stat(w.ivr, &stat);
	} while (stat.dialogues);
	for (unsigned i = 0; i < 60; i++)
		ck_assert_uint_eq(guests[i].ended, i >= 40);
	world_end(&w);
}
END_TEST

START_TEST(the_house_may_close_with_dialogues_under_way)
{
	struct guest guests[40] = {{0}};
	struct world w;

	world_begin(&w, (struct ivr_opts){.workers = 2});
	for (unsigned i = 0; i < 40; i++)
		ck_assert_int_eq(start(&w, FIELD FIELD FIELD, &answers, &guests[i]), 0);
	loop_step(w.loop, 100);
	world_end(&w);
}
END_TEST

START_TEST(many_dialogues_side_by_side_all_end_well)
{
	enum { AT_ONCE = 100 };
	static struct guest guests[AT_ONCE];
	unsigned all = (unsigned)testing_rounds(2000), started = 0, done = 0;
	struct ivr_document *d;
	struct world w;

	world_begin(&w, (struct ivr_opts){.workers = 2, .turn_wall_ms = 60000});
	d = parse(&w, FIELD FIELD "<block><exit expr='1'/></block>");
	memset(guests, 0, sizeof(guests));
	while (done < all) {
		for (unsigned i = 0; i < AT_ONCE; i++) {
			struct guest *g = &guests[i];

			if (g->ended) {
				ck_assert_int_eq(g->code, 0);
				ck_assert_uint_eq(g->listens, 2);
				done++;
				memset(g, 0, sizeof(*g));
			}
			if (!g->dialogue && started < all) {
				ck_assert_int_eq(
					ivr_dialogue_start(w.ivr, d, NULL, &answers, g, &g->dialogue), 0);
				started++;
			}
		}
		loop_step(w.loop, 100);
	}
	ivr_document_unref(d);
	world_end(&w);
}
END_TEST

TEST_SUITE(suite_worker, 100, a_script_that_does_not_end_loses_its_caller_and_no_other,
	a_worker_that_does_not_come_back_is_replaced_and_bounded, a_caller_may_leave_in_every_state,
	the_house_may_close_with_dialogues_under_way, many_dialogues_side_by_side_all_end_well)
