/* index.c - the index of ready agents: classes of equal skills, a heap a rule, bits for what is where. */
#include "acd_priv.h"

#include <string.h>

static bool has_skill(const struct agent_config *c, const char *skill)
{
	for (unsigned i = 0; i < c->skill_count; i++)
		if (strcmp(c->skills[i], skill) == 0)
			return true;
	return !*skill;
}

static bool same_skills(const struct agent_config *a, const struct agent_config *b)
{
	if (a->skill_count != b->skill_count)
		return false;
	for (unsigned i = 0; i < a->skill_count; i++)
		if (!has_skill(b, a->skills[i]) || !has_skill(a, b->skills[i]))
			return false;
	return true;
}

void index_clear(struct acd *acd)
{
	struct list *pos, *tmp;

	for (unsigned i = 0; i < acd->class_count; i++) {
		for (int r = 0; r < RULES; r++)
			heap_finish(&acd->classes[i]->ready[r]);
		bits_finish(&acd->classes[i]->queues);
		free(acd->classes[i]);
	}
	free(acd->classes);
	acd->classes = NULL;
	acd->class_count = 0;
	LIST_EACH(pos, tmp, &acd->agents_list)
	{
		struct acd_agent *sa = container_of(pos, struct acd_agent, node);

		sa->cls = NULL;
		sa->on = false;
		memset(sa->ready, 0, sizeof(sa->ready));
	}
}

static struct agent_class *class_of(struct acd *acd, const struct agent_config *c)
{
	struct agent_class *cls;

	for (unsigned i = 0; i < acd->class_count; i++)
		if (same_skills(acd->classes[i]->like, c))
			return acd->classes[i];
	cls = calloc(1, sizeof(*cls));
	if (!cls)
		return NULL;
	cls->index = acd->class_count;
	cls->like = c;
	acd->classes[acd->class_count++] = cls;
	return cls;
}

static struct acd_agent *agent_of(struct acd *acd, struct agent *a)
{
	struct acd_agent *sa = agent_owner(a);

	if (sa)
		return sa;
	sa = calloc(1, sizeof(*sa));
	if (!sa)
		return NULL;
	sa->agent = a;
	sa->ordinal = acd->next_ordinal++;
	list_append(&acd->agents_list, &sa->node);
	agent_owner_set(a, sa);
	return sa;
}

static int add_agent(struct acd *acd, struct agent *a)
{
	struct acd_agent *sa = agent_of(acd, a);
	struct agent_class *cls = sa ? class_of(acd, agent_config(a)) : NULL;

	if (!cls)
		return GHL_ENOMEM;
	sa->cls = cls;
	cls->members++;
	for (int r = 0; r < RULES; r++)
		if (heap_reserve(&cls->ready[r], cls->members) < 0)
			return GHL_ENOMEM;
	return 0;
}

/* which classes serve which queues */
static int connect_classes(struct acd *acd)
{
	int rc = bits_reset(&acd->ready, acd->class_count);

	for (unsigned c = 0; rc == 0 && c < acd->class_count; c++)
		rc = bits_reset(&acd->classes[c]->queues, acd->queue_count);
	for (unsigned i = 0; rc == 0 && i < acd->queue_count; i++) {
		struct acd_queue *q = acd->queues[i];

		rc = bits_reset(&q->classes, acd->class_count);
		for (unsigned c = 0; rc == 0 && c < acd->class_count; c++) {
			bool serves = has_skill(acd->classes[c]->like, q->config.skill);

			bits_put(&q->classes, c, serves);
			bits_put(&acd->classes[c]->queues, i, serves);
		}
	}
	return rc;
}

int index_rebuild(struct acd *acd)
{
	struct agent *a;
	size_t n = 0;
	int rc = 0;

	index_clear(acd);
	for (size_t i = 0; agent_next(acd->agents, &i);)
		n++;
	acd->classes = calloc(n + 1, sizeof(struct agent_class *));
	if (!acd->classes)
		return GHL_ENOMEM;
	for (size_t i = 0; rc == 0 && (a = agent_next(acd->agents, &i));)
		rc = add_agent(acd, a);
	if (rc == 0)
		rc = connect_classes(acd);
	if (rc == 0)
		rc = bits_reset(&acd->dirty, acd->queue_count);
	for (size_t i = 0; rc == 0 && (a = agent_next(acd->agents, &i));)
		index_on_state(acd, agent_owner(a), agent_state(a));
	for (unsigned i = 0; rc == 0 && i < acd->queue_count; i++)
		bits_put(&acd->dirty, i, true);
	return rc;
}

static int64_t rank(const struct agent *a, enum ghl_acd_rule rule)
{
	if (rule == GHL_ACD_FEWEST_CALLS)
		return agent_calls(a);
	return rule == GHL_ACD_LEAST_TALK ? agent_talk_ms(a) : agent_idle_since_us(a);
}

/* among agents of equal load the longest idle; among these the first configured */
static void fill_node(struct acd_agent *sa, enum ghl_acd_rule rule)
{
	struct heap_node *n = &sa->ready[rule];

	n->key = rank(sa->agent, rule);
	n->tie = rule == GHL_ACD_LONGEST_IDLE ? sa->ordinal : (uint64_t)agent_idle_since_us(sa->agent);
}

void index_on_state(struct acd *acd, struct acd_agent *sa, enum ghl_agent_state to)
{
	struct agent_class *cls = sa->cls;
	bool on = to != GHL_AGENT_LOGGED_OFF;

	if (!cls)
		return;
	if (on != sa->on)
		cls->on += on ? 1U : -1U;
	sa->on = on;
	for (enum ghl_acd_rule r = 0; r < RULES; r++) {
		heap_remove(&cls->ready[r], &sa->ready[r]);
		if (to == GHL_AGENT_READY) {
			fill_node(sa, r);
			heap_add(&cls->ready[r], &sa->ready[r]);
		}
	}
	bits_put(&acd->ready, cls->index, cls->ready[0].count > 0);
	if (to == GHL_AGENT_READY)
		for (unsigned w = 0; w < acd->dirty.count; w++)
			acd->dirty.words[w] |= cls->queues.words[w];
}

struct acd_agent *index_pick(const struct acd *acd, const struct acd_queue *q)
{
	enum ghl_acd_rule rule = q->config.rule;
	struct heap_node *best = NULL;

	for (unsigned w = 0; w < acd->ready.count; w++) {
		uint64_t both = acd->ready.words[w] & q->classes.words[w];

		for (; both; both &= both - 1) {
			unsigned c = w * 64 + (unsigned)__builtin_ctzll(both);
			struct heap_node *n = heap_first(&acd->classes[c]->ready[rule]);

			if (!best || heap_before(n, best))
				best = n;
		}
	}
	return best ? container_of(best, struct acd_agent, ready[rule]) : NULL;
}

unsigned queue_agents_on(const struct acd *acd, const struct acd_queue *q)
{
	unsigned n = 0;

	for (unsigned c = 0; c < acd->class_count; c++)
		n += bits_has(&q->classes, c) ? acd->classes[c]->on : 0;
	return n;
}

unsigned queue_agents_ready(const struct acd *acd, const struct acd_queue *q)
{
	unsigned n = 0;

	for (unsigned c = 0; c < acd->class_count; c++)
		n += bits_has(&q->classes, c) ? (unsigned)acd->classes[c]->ready[0].count : 0;
	return n;
}
