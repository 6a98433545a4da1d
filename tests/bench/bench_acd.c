/*
 * bench_acd.c - the cost of a queue's decision: 1,000 agents with 3 of 50 skills each, 1,000 calls waiting in
 * 50 queues.
 *
 * One decision is: an agent has become ready, which call does it get; and: a call is first, which agent gets
 * it. The figure is CPU time of the pick alone, and of a whole turn: release, decision, offer, answer, with
 * all state kept. The yardstick is a naive search through the same agents.
 */
#include "acd/acd.h"
#include "base/clock.h"
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENTS  1000
#define WAITING 1000
#define SKILLS  50
#define TURNS   100000

struct world {
	struct ghl_clock clock;
	struct core core;
	struct agents *agents;
	struct acd *acd;
	uint64_t next_call;
	ghl_call talking[TURNS + AGENTS + WAITING];
	unsigned answered, ended;
};

static uint64_t noise(void)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static struct world w;

static int on_ring(void *arg, ghl_call call, const char *account, uint32_t ring_ms)
{
	(void)arg;
	(void)ring_ms;
	acd_rung(w.acd, call, account, 0);
	return 0;
}

static void on_answered(void *arg, ghl_call call, struct agent *a, const struct acd_queue_config *q,
	int64_t offered_at_us, uint32_t wait_ms, uint32_t ring_ms)
{
	(void)arg;
	(void)a;
	(void)q;
	(void)offered_at_us;
	(void)wait_ms;
	(void)ring_ms;
	w.talking[w.answered++] = call;
}

static void join(void)
{
	char queue[16];

	(void)snprintf(queue, sizeof(queue), "q%d", (int)(noise() % SKILLS));
	if (acd_join(w.acd, id_make(GHL_ID_CALL, 0, ++w.next_call), queue, 0) < 0)
		abort();
}

static void build(void)
{
	static struct agent_config agents[AGENTS];
	static struct acd_queue_config queues[SKILLS];

	for (int i = 0; i < AGENTS; i++) {
		(void)snprintf(agents[i].name, sizeof(agents[i].name), "%d", i);
		(void)snprintf(agents[i].account, sizeof(agents[i].account), "s%d", i);
		agents[i].skill_count = 3;
		for (int k = 0; k < 3; k++)
			(void)snprintf(agents[i].skills[k], 64, "k%d", (int)(noise() % SKILLS));
	}
	for (int i = 0; i < SKILLS; i++) {
		(void)snprintf(queues[i].name, sizeof(queues[i].name), "q%d", i);
		(void)snprintf(queues[i].skill, sizeof(queues[i].skill), "k%d", i);
	}
	if (agents_configure(w.agents, agents, AGENTS, NULL) < 0 ||
		acd_configure(w.acd, queues, SKILLS, NULL) < 0)
		abort();
}

static void log_on(void)
{
	struct agent *a;

	for (size_t i = 0; (a = agent_next(w.agents, &i));) {
		clock_advance(&w.clock, 1000);
		if (agent_login(w.agents, a, NULL, NULL) < 0 ||
			agent_state_set(w.agents, a, GHL_AGENT_READY, NULL, NULL) < 0)
			abort();
	}
	loop_drain(w.core.loop);
}

static bool has_skill(const struct agent_config *c, const char *skill)
{
	for (unsigned i = 0; i < c->skill_count; i++)
		if (strcmp(c->skills[i], skill) == 0)
			return true;
	return false;
}

static struct agent *naive_pick(const char *skill)
{
	struct agent *a, *best = NULL;

	for (size_t i = 0; (a = agent_next(w.agents, &i));)
		if (agent_state(a) == GHL_AGENT_READY && has_skill(agent_config(a), skill) &&
			(!best || agent_idle_since_us(a) < agent_idle_since_us(best)))
			best = a;
	return best;
}

/* all agents ready: the most a pick has to look at */
static void measure_pick(void)
{
	int64_t start_us = clock_thread_cpu_us();
	char name[16];
	double ours_ns, naive_ns;

	for (int i = 0; i < 200000; i++) {
		(void)snprintf(name, sizeof(name), "q%d", i % SKILLS);
		if (!acd_pick(w.acd, name))
			abort();
	}
	ours_ns = (double)(clock_thread_cpu_us() - start_us) / 200;
	start_us = clock_thread_cpu_us();
	for (int i = 0; i < 2000; i++) {
		char skill[16];

		(void)snprintf(name, sizeof(name), "q%d", i % SKILLS);
		(void)snprintf(skill, sizeof(skill), "k%d", i % SKILLS);
		if (naive_pick(skill) != acd_pick(w.acd, name))
			abort();
	}
	naive_ns = (double)(clock_thread_cpu_us() - start_us) / 2;
	printf("acd_pick_ns %.0f  naive_pick_ns %.0f  (1,000 agents ready, 50 skills)\n", ours_ns, naive_ns);
}

/* all agents talk, 1,000 calls wait: one agent is released, and gets its next call */
static void measure_turn(void)
{
	int64_t start_us;
	double us;

	while (w.answered < AGENTS / 2)
		for (int i = 0; i < 100; i++, loop_drain(w.core.loop))
			join();
	for (int i = 0; i < WAITING; i++)
		join();
	loop_drain(w.core.loop);
	start_us = clock_thread_cpu_us();
	for (int i = 0; i < TURNS; i++) {
		join();
		clock_advance(&w.clock, 1000);
		if (w.ended < w.answered)
			acd_talk_ended(w.acd, w.talking[w.ended++]);
		loop_drain(w.core.loop);
	}
	us = (double)(clock_thread_cpu_us() - start_us) / TURNS;
	printf("acd_turn_us %.2f  (joins, release, decision, offer, answer; %u answered of %u turns)\n", us,
		w.answered, TURNS);
}

int main(void)
{
	static const struct acd_port port = {.ring = on_ring, .answered = on_answered};

	clock_init_virtual(&w.clock, 1790000000000000LL);
	if (loop_create_virtual(&w.core.loop, &w.clock) < 0)
		return 1;
	w.core.clock = &w.clock;
	if (agents_create(&w.agents, &w.core, NULL) < 0 || acd_create(&w.acd, &w.core, w.agents, NULL) < 0)
		return 1;
	acd_port_set(w.acd, &port, NULL);
	build();
	log_on();
	measure_pick();
	measure_turn();
	acd_destroy(w.acd);
	agents_destroy(w.agents);
	loop_destroy(w.core.loop);
	return 0;
}
