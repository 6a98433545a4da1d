/* demo_screen.c - the demo while it runs: queues, agents and citizens, drawn over the picture before on a
 * terminal. */
#include "demo.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const plan_names[] = {
	"talks and hangs up", "listens to the end", "gives up in the queue", "gives up in the menu"};

static unsigned lines;

static void line_end(bool terminal)
{
	(void)fprintf(stderr, terminal ? "\033[K\n" : "\n");
	lines++;
}

static void draw_queues(struct demo *d, bool terminal)
{
	struct ghl_list *l = NULL;
	const struct ghl_acd_queue_info *q;

	if (ghl_acd_queue_list(d->session, NULL, NULL, &l) < 0)
		return;
	while ((q = ghl_list_next(l))) {
		(void)fprintf(stderr,
			"  queue %-8s waiting %2u  ringing %u  talking %u  answered %3llu  gave up %2llu",
			q->name, (unsigned)(q->waiting - q->ringing), (unsigned)q->ringing,
			(unsigned)q->talking, (unsigned long long)q->answered,
			(unsigned long long)q->abandoned);
		line_end(terminal);
	}
	ghl_list_free(l);
}

static void draw_agents(struct demo *d, bool terminal)
{
	struct ghl_list *l = NULL;
	const struct ghl_agent_info *a;

	if (ghl_agent_list(d->session, NULL, NULL, &l) < 0)
		return;
	while ((a = ghl_list_next(l))) {
		(void)fprintf(stderr, "  agent %-5s %-8s %-10s %-6s for %3lld s  calls %u", a->name,
			a->display, ghl_agent_state_name(a->state), a->reason,
			(long long)(a->state_ms / 1000), (unsigned)a->calls);
		line_end(terminal);
	}
	ghl_list_free(l);
}

static void draw_citizens(struct demo *d, uint32_t at_ms, bool terminal)
{
	unsigned calling = 0, done = 0;

	for (int i = 0; i < DEMO_CITIZENS; i++) {
		calling += d->citizens[i].pid > 0 && d->citizens[i].status < 0;
		done += d->citizens[i].status >= 0;
	}
	(void)fprintf(stderr, "  %2u s  citizens: %u on the line, %u done, %u to come",
		(unsigned)(at_ms / 1000), calling, done, DEMO_CITIZENS - calling - done);
	line_end(terminal);
	if (!terminal)
		return;
	for (int i = 0; i < DEMO_CITIZENS; i++)
		if (d->citizens[i].pid > 0 && d->citizens[i].status < 0 && lines < 24) {
			(void)fprintf(stderr, "    %s  key %c  %s", d->citizens[i].number,
				d->citizens[i].key ? d->citizens[i].key : '-',
				plan_names[d->citizens[i].plan]);
			line_end(terminal);
		}
}

void demo_screen(struct demo *d, uint32_t at_ms, bool terminal, bool first)
{
	if (terminal && !first && lines)
		(void)fprintf(stderr, "\033[%uA", lines);
	lines = 0;
	if (terminal) {
		draw_queues(d, terminal);
		draw_agents(d, terminal);
	}
	draw_citizens(d, at_ms, terminal);
	if (terminal)
		(void)fprintf(stderr, "\033[J");
}
