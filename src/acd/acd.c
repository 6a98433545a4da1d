/* acd.c - the set of queues: creation, live configuration, what agents' moves mean here. */
#include "acd_priv.h"

#include "base/error.h"
#include "base/id.h"

#include <stdlib.h>
#include <string.h>

const char *acd_leave_name(enum acd_leave l)
{
	static const char *const names[] = {"answered", "abandoned", "outflow", "dequeued"};

	return (unsigned)l < sizeof(names) / sizeof(names[0]) ? names[l] : "?";
}

static void on_state(void *arg, struct agent *a, enum ghl_agent_state from, enum ghl_agent_state to)
{
	struct acd *acd = arg;
	struct acd_agent *sa = agent_owner(a);

	if (!sa)
		return;
	index_on_state(acd, sa, to);
	if (from == GHL_AGENT_RINGING && to != GHL_AGENT_BUSY && sa->ticket)
		ticket_lost(sa->ticket);
	dispatch_soon(acd);
}

static void on_roster(void *arg)
{
	struct acd *acd = arg;

	if (index_rebuild(acd) == 0)
		dispatch_soon(acd);
}

int acd_create(struct acd **out, struct core *core, struct agents *agents, struct ghl_error *err)
{
	struct acd *acd = calloc(1, sizeof(*acd));
	int rc;

	if (!acd)
		return error_set(err, GHL_ENOMEM, "no memory for queues");
	acd->core = core;
	acd->agents = agents;
	map_init(&acd->by_name);
	map_init(&acd->tickets);
	list_init(&acd->agents_list);
	if (core->access)
		access_actor_timer(core->access, &acd->engine);
	rc = index_rebuild(acd);
	if (rc < 0) {
		acd_destroy(acd);
		return error_set(err, rc, "no memory for queues");
	}
	agents_handlers_set(
		agents, &(struct agent_handlers){.on_state = on_state, .on_roster = on_roster, .arg = acd});
	core->slot[CORE_ACD] = acd;
	*out = acd;
	return 0;
}

static void free_queue(struct acd_queue *q)
{
	heap_finish(&q->waiting);
	bits_finish(&q->classes);
	free(q);
}

/* posted work must not find it gone: the loop runs dry first, or the task is taken as run */
void acd_destroy(struct acd *acd)
{
	struct acd_ticket *t;
	struct list *n;

	if (!acd)
		return;
	if (acd->core->slot[CORE_ACD] == acd)
		acd->core->slot[CORE_ACD] = NULL;
	agents_handlers_set(acd->agents, &(struct agent_handlers){0});
	for (size_t i = 0; (t = map_next(&acd->tickets, &i));) {
		loop_timer_stop(acd->core->loop, &t->max_wait);
		free(t);
	}
	index_clear(acd);
	while ((n = list_take(&acd->agents_list))) {
		struct acd_agent *sa = container_of(n, struct acd_agent, node);

		agent_owner_set(sa->agent, NULL);
		free(sa);
	}
	for (unsigned i = 0; i < acd->queue_count; i++)
		free_queue(acd->queues[i]);
	free(acd->queues);
	bits_finish(&acd->ready);
	bits_finish(&acd->dirty);
	map_finish(&acd->by_name);
	map_finish(&acd->tickets);
	free(acd);
}

void acd_port_set(struct acd *acd, const struct acd_port *port, void *arg)
{
	acd->port = *port;
	acd->port_arg = arg;
}

static int check_configs(const struct acd_queue_config *configs, size_t n, struct ghl_error *err)
{
	struct map names;
	int rc = 0;

	map_init(&names);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!configs[i].name[0] || (unsigned)configs[i].rule >= RULES)
			rc = error_set(err, GHL_EINVAL, "a queue has no name, or a rule that is none");
		else if (map_get_text(&names, configs[i].name))
			rc = error_set(err, GHL_EINVAL, "queue \"%s\" is named twice", configs[i].name);
		else
			rc = map_put_text(&names, configs[i].name, &names);
	}
	map_finish(&names);
	return rc;
}

static struct acd_queue *queue_new(struct acd *acd, const char *name)
{
	struct acd_queue *q = calloc(1, sizeof(*q));
	struct acd_queue **all = realloc(acd->queues, (acd->queue_count + 1) * sizeof(struct acd_queue *));

	if (all)
		acd->queues = all;
	if (!q || !all)
		goto out;
	list_init(&q->tickets);
	q->index = acd->queue_count;
	q->id = acd->core->store ? store_name_id(acd->core->store, GHL_ID_QUEUE, name)
				 : id_make(GHL_ID_QUEUE, 0, acd->queue_count + 1);
	if (!q->id || map_put_text(&acd->by_name, name, q) < 0)
		goto out;
	acd->queues[acd->queue_count++] = q;
	return q;
out:
	free(q);
	return NULL;
}

int acd_configure(struct acd *acd, const struct acd_queue_config *configs, size_t n, struct ghl_error *err)
{
	int rc = check_configs(configs, n, err);

	if (rc < 0)
		return rc;
	/* first everything that can fail */
	for (size_t i = 0; i < n; i++) {
		if (!map_get_text(&acd->by_name, configs[i].name)) {
			struct acd_queue *q = queue_new(acd, configs[i].name);

			if (!q)
				return error_set(
					err, GHL_ENOMEM, "no memory for queue \"%s\"", configs[i].name);
			q->closed = true;
			q->config = configs[i];
		}
	}
	for (unsigned i = 0; i < acd->queue_count; i++)
		acd->queues[i]->closed = true;
	for (size_t i = 0; i < n; i++) {
		struct acd_queue *q = map_get_text(&acd->by_name, configs[i].name);

		q->config = configs[i];
		q->closed = false;
	}
	rc = index_rebuild(acd);
	dispatch_soon(acd);
	return rc < 0 ? error_set(err, rc, "queues: %s", ghl_strerror(rc)) : 0;
}
