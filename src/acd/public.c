/* public.c - the functions of govhotline/acd.h: the right, the arguments, then the loop. */
#include "acd_priv.h"

#include "base/argument.h"
#include "base/text.h"
#include "stream/session.h"

#include <stdlib.h>
#include <string.h>

#define PAGE         1000
#define PRIORITY_MAX 1000

const char *ghl_acd_rule_name(enum ghl_acd_rule rule)
{
	static const char *const names[] = {"longest_idle", "fewest_calls", "least_talk"};

	return (unsigned)rule < RULES ? names[rule] : "?";
}

struct list_args {
	ghl_queue id; /* 0: all that match */
	const char *pattern, *cursor;
	struct ghl_list *list;
};

static void fill_counts(const struct acd *acd, const struct acd_queue *q, struct ghl_acd_queue_info *o)
{
	o->waiting = q->count;
	o->ringing = q->ringing;
	o->talking = q->talking;
	o->agents_on = queue_agents_on(acd, q);
	o->agents_ready = queue_agents_ready(acd, q);
	o->expected_wait_ms = o->agents_ready ? 0 : expected_wait_ms(acd, q, (unsigned)q->waiting.count + 1);
	o->oldest_wait_ms = -1;
	if (!list_empty(&q->tickets))
		o->oldest_wait_ms =
			(loop_now_us(acd->core->loop) -
				container_of(q->tickets.next, struct acd_ticket, in_queue)->offered_us) /
			1000;
	o->offered = q->offered;
	o->answered = q->left[ACD_ANSWERED];
	o->abandoned = q->left[ACD_ABANDONED];
	o->outflow = q->left[ACD_OUTFLOW];
	o->dequeued = q->left[ACD_DEQUEUED];
}

static int add_info(struct ghl_list *l, const struct acd *acd, const struct acd_queue *q)
{
	struct ghl_acd_queue_info *o = list_add(l);

	if (!o)
		return GHL_ENOMEM;
	o->id = q->id;
	o->rule = q->config.rule;
	o->name = list_text(l, q->config.name);
	o->display = list_text(l, q->config.display);
	o->skill = list_text(l, q->config.skill);
	o->max_waiting = q->config.max_waiting;
	o->service_level_ms = q->config.service_level_ms ? q->config.service_level_ms : 15000;
	fill_counts(acd, q, o);
	return o->name && o->display && o->skill ? 0 : GHL_ENOMEM;
}

static bool wanted(const struct list_args *args, const struct acd_queue *q)
{
	if (q->closed || (args->id && args->id != q->id))
		return false;
	if (args->pattern && !text_match(args->pattern, q->config.name))
		return false;
	return !args->cursor || !*args->cursor || strcmp(q->config.name, args->cursor) > 0;
}

static int by_name(const void *pa, const void *pb)
{
	const struct acd_queue *const *a = pa, *const *b = pb;

	return strcmp((*a)->config.name, (*b)->config.name);
}

static int fill_page(const struct acd *acd, struct ghl_list *l, struct acd_queue **found, size_t n)
{
	int rc = 0;

	qsort(found, n, sizeof(struct acd_queue *), by_name);
	for (size_t i = 0; rc == 0 && i < n && i < PAGE; i++)
		rc = add_info(l, acd, found[i]);
	if (rc == 0 && n > PAGE)
		list_cursor_set(l, found[PAGE - 1]->config.name);
	return rc;
}

static int run_list(struct core *core, const struct actor *actor, void *p)
{
	struct list_args *args = p;
	struct acd *acd = core->slot[CORE_ACD];
	struct acd_queue **found;
	size_t n = 0;
	int rc;

	(void)actor;
	if (!acd)
		return GHL_ESTATE;
	found = calloc(acd->queue_count + 1, sizeof(struct acd_queue *));
	if (!found)
		return GHL_ENOMEM;
	for (unsigned i = 0; i < acd->queue_count; i++)
		if (wanted(args, acd->queues[i]))
			found[n++] = acd->queues[i];
	rc = args->id && n == 0 ? GHL_ENOENT : fill_page(acd, args->list, found, n);
	free(found);
	return rc;
}

static int list(struct ghl_session *s, struct list_args *args, struct ghl_list **out)
{
	int rc = list_new(&args->list, sizeof(struct ghl_acd_queue_info));

	if (rc == 0)
		rc = session_query(s, run_list, args);
	return list_give(args->list, rc, out);
}

int ghl_acd_queue_list(struct ghl_session *s, const char *pattern, const char *cursor, struct ghl_list **out)
{
	struct list_args args = {.pattern = pattern, .cursor = cursor};
	int rc = session_enter(s, ACCESS_FN_ghl_acd_queue_list);

	if (rc < 0)
		return rc;
	rc = argument_given("out", out);
	return rc < 0 ? rc : list(s, &args, out);
}

int ghl_acd_queue_get(struct ghl_session *s, ghl_queue queue, struct ghl_list **out)
{
	struct list_args args = {.id = queue};
	int rc = session_enter(s, ACCESS_FN_ghl_acd_queue_get);

	if (rc < 0)
		return rc;
	if (argument_id("queue", queue, GHL_ID_QUEUE) < 0 || argument_given("out", out) < 0)
		return GHL_EINVAL;
	return list(s, &args, out);
}

struct join_args {
	ghl_call call;
	char queue[64];
	uint32_t priority;
};

static int join(struct acd *acd, const struct actor *actor, const struct join_args *args)
{
	const struct acd_port *port = &acd->port;
	int rc = port->can_join ? port->can_join(acd->port_arg, args->call, actor) : 0;

	if (rc == 0)
		rc = acd_join(acd, args->call, args->queue, args->priority);
	if (rc == 0 && port->joined)
		port->joined(acd->port_arg, args->call);
	return rc;
}

static void run_join(struct core *core, const struct actor *actor, struct ticket *t, void *p)
{
	struct acd *acd = core->slot[CORE_ACD];

	ticket_done(t, acd ? join(acd, actor, p) : GHL_ESTATE);
}

int ghl_acd_queue_join(struct ghl_session *s, ghl_call call, const char *queue,
	const struct ghl_acd_join_opts *opts, ghl_request *req)
{
	struct join_args args = {.call = call};
	int rc = session_enter(s, ACCESS_FN_ghl_acd_queue_join);

	if (rc < 0)
		return rc;
	if (argument_id("call", call, GHL_ID_CALL) < 0 ||
		argument_text("queue", args.queue, sizeof(args.queue), queue) < 0)
		return GHL_EINVAL;
	if (opts && (argument_size("opts", opts->size, sizeof(*opts)) < 0 ||
			    argument_range("priority", opts->priority, 0, PRIORITY_MAX) < 0))
		return GHL_EINVAL;
	args.priority = opts ? opts->priority : 0;
	return session_submit(s, req, run_join, &args, sizeof(args), NULL);
}
