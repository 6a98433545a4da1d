/* agents.c - who the agents are: configuration, looking up, creation and end. */
#include "agent_priv.h"

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int agents_create(struct agents **out, struct core *core, struct ghl_error *err)
{
	struct agents *as = calloc(1, sizeof(*as));
	int rc = 0;

	if (!as)
		return error_set(err, GHL_ENOMEM, "no memory for agents");
	as->core = core;
	map_init(&as->by_name);
	map_init(&as->by_id);
	map_init(&as->by_account);
	if (core->access)
		access_actor_timer(core->access, &as->engine);
	if (core->store)
		rc = spans_recover(as, err);
	if (rc < 0) {
		agents_destroy(as);
		return rc;
	}
	core->slot[CORE_AGENT] = as;
	*out = as;
	return 0;
}

void agents_destroy(struct agents *as)
{
	struct agent *a;

	if (!as)
		return;
	if (as->core->slot[CORE_AGENT] == as)
		as->core->slot[CORE_AGENT] = NULL;
	loop_timer_stop(as->core->loop, &as->edge);
	loop_timer_stop(as->core->loop, &as->alive);
	for (size_t i = 0; (a = map_next(&as->by_id, &i));) {
		loop_timer_stop(as->core->loop, &a->wrapup);
		free(a);
	}
	map_finish(&as->by_name);
	map_finish(&as->by_id);
	map_finish(&as->by_account);
	free(as);
}

struct closing {
	loop_fn *done;
	void *arg;
};

static void on_closed(void *arg, const struct store_result *result)
{
	struct closing *c = arg;

	(void)result;
	c->done(c->arg);
	free(c);
}

void agents_close_spans(struct agents *as, loop_fn *done, void *arg)
{
	struct closing *c = malloc(sizeof(*c));
	struct agent *a;

	as->shared = as->core->store ? store_batch_new() : NULL;
	for (size_t i = 0; (a = map_next(&as->by_id, &i));) {
		if (a->state == GHL_AGENT_BUSY)
			(void)agent_do(a, AGENT_EV_RELEASE, "shutdown", NULL);
		else if (a->state == GHL_AGENT_RINGING)
			(void)agent_do(a, AGENT_EV_UNRESERVE, "shutdown", NULL);
		if (a->state != GHL_AGENT_LOGGED_OFF)
			(void)agent_do(a, AGENT_EV_LOGOUT, "shutdown", NULL);
	}
	if (c && as->shared) {
		store_batch_vital(as->shared);
		*c = (struct closing){done, arg};
		store_commit_async(as->core->store, as->shared, on_closed, c);
	} else {
		free(c);
		store_batch_free(as->shared);
		(void)loop_post(as->core->loop, done, arg);
	}
	as->shared = NULL;
}

void agents_handlers_set(struct agents *as, const struct agent_handlers *h)
{
	as->handlers = *h;
}

void agents_phones_set(struct agents *as, agent_phone_fn *there, void *arg)
{
	as->phone_there = there;
	as->phone_arg = arg;
}

static int check_configs(const struct agent_config *configs, size_t n, struct ghl_error *err)
{
	struct map names;
	int rc = 0;

	map_init(&names);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!configs[i].name[0])
			rc = error_set(err, GHL_EINVAL, "an agent has no name");
		else if (map_get_text(&names, configs[i].name))
			rc = error_set(err, GHL_EINVAL, "agent \"%s\" is named twice", configs[i].name);
		else
			rc = map_put_text(&names, configs[i].name, &names);
	}
	map_finish(&names);
	return rc;
}

static struct agent *agent_new(struct agents *as, const char *name)
{
	struct agent *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->as = as;
	a->removed = true; /* until it stands in by_name */
	a->id = as->core->store ? store_name_id(as->core->store, GHL_ID_AGENT, name)
				: id_make(GHL_ID_AGENT, 0, as->by_id.used + 1);
	if (!a->id || map_put(&as->by_id, a->id, a) < 0) {
		free(a);
		return NULL;
	}
	return a;
}

/* removed before: the permanent id is the same */
static struct agent *agent_again(struct agents *as, const char *name)
{
	struct agent *a;

	for (size_t i = 0; (a = map_next(&as->by_id, &i));)
		if (strcmp(a->config.name, name) == 0)
			return a;
	return NULL;
}

static int configure_one(struct agents *as, const struct agent_config *c)
{
	struct agent *a = map_get_text(&as->by_name, c->name);

	if (!a)
		a = agent_again(as, c->name);
	if (!a)
		a = agent_new(as, c->name);
	if (!a || map_put_text(&as->by_name, c->name, a) < 0)
		return GHL_ENOMEM;
	a->removed = false;
	a->config = *c;
	return 0;
}

static void remove_others(struct agents *as)
{
	struct agent *a;

	for (size_t i = 0; (a = map_next(&as->by_id, &i));) {
		if (!a->removed)
			continue;
		(void)map_take_text(&as->by_name, a->config.name);
		if (a->state != GHL_AGENT_LOGGED_OFF)
			(void)agent_do(a, AGENT_EV_LOGOUT, "removed", NULL);
	}
}

int agents_configure(struct agents *as, const struct agent_config *configs, size_t n, struct ghl_error *err)
{
	struct agent *a;
	int rc = check_configs(configs, n, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; (a = map_next(&as->by_id, &i));)
		a->removed = true;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = configure_one(as, &configs[i]);
	if (rc < 0) {
		for (size_t i = 0; (a = map_next(&as->by_name, &i));)
			a->removed = false;
		return error_set(err, rc, "agents: %s", ghl_strerror(rc));
	}
	remove_others(as);
	if (as->handlers.on_roster)
		as->handlers.on_roster(as->handlers.arg);
	return 0;
}

struct agent *agent_next(struct agents *as, size_t *pos)
{
	return map_next(&as->by_name, pos);
}

struct agent *agent_by_name(struct agents *as, const char *name)
{
	return map_get_text(&as->by_name, name);
}

const char *agent_nearest(struct agents *as, const char *name)
{
	unsigned best = (unsigned)(strlen(name) / 3 + 2), d;
	const char *found = NULL;
	const struct agent *a;

	for (size_t i = 0; (a = map_next(&as->by_name, &i));) {
		d = text_distance(name, a->config.name, best);
		if (d >= best)
			continue;
		best = d;
		found = a->config.name;
	}
	return found;
}

struct agent *agent_by_id(struct agents *as, ghl_agent id)
{
	struct agent *a = map_get(&as->by_id, id);

	return a && !a->removed ? a : NULL;
}

struct agent *agent_by_account(struct agents *as, const char *account)
{
	return map_get_text(&as->by_account, account);
}
