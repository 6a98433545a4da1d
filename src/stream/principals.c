/*
 * principals.c - the public functions of access: they stand here because they take a session. Changes and
 * refusals become facts.
 */
#include "stream_priv.h"

#include "base/argument.h"
#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 1000

static void refused_written(void *arg, const struct store_result *result)
{
	if (result->status < 0)
		log_error("access", "refusal-not-written status=%s", ghl_error_code_name(result->status));
}

void stream_refused(void *arg, const struct access_refusal *r)
{
	struct core *core = arg;
	struct store_batch *b = store_batch_new();
	struct event_draft d;

	if (!b)
		return;
	event_draft_init(&d, GHL_EV_REFUSED);
	event_draft_text(&d, GHL_F_PRINCIPAL, r->actor.name);
	event_draft_text(&d, GHL_F_FUNCTION, access_function_name(r->function));
	event_draft_int(&d, GHL_F_COUNT, (int64_t)r->count);
	event_draft_int(&d, GHL_F_FROM_US, r->from_us);
	event_draft_int(&d, GHL_F_UNTIL_US, r->until_us);
	stream_fact(core, b, &r->actor, &d);
	store_commit_async(core->store, b, refused_written, NULL);
}

struct change {
	struct ticket *ticket;
	struct core *core;
	struct access_principal principal;
};

static void on_changed(void *arg, const struct store_result *result)
{
	struct change *c = arg;
	struct ghl_outcome o = GHL_OUTCOME_INIT;

	o.status = result->status;
	o.id = result->status == 0 ? c->principal.id : 0;
	if (result->status == 0)
		access_principal_apply(c->core->access, &c->principal);
	ticket_done_outcome(c->ticket, &o);
}

/* "agent supervisor" */
static void role_names(uint32_t roles, char *out, size_t room)
{
	struct text t;

	text_init(&t);
	for (uint32_t bit = 1; bit <= roles; bit <<= 1)
		if (roles & bit)
			text_fmt(&t, "%s%s", t.len ? " " : "", ghl_role_name((enum ghl_role)bit));
	(void)text_copy(out, room, text_str(&t));
	text_finish(&t);
}

static void run_set(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	struct change *c = args;
	struct store_batch *b = store_batch_new();
	struct event_draft d;
	char roles[80];

	if (!b) {
		ticket_done(t, GHL_ENOMEM);
		return;
	}
	c->ticket = t;
	c->core = core;
	role_names(c->principal.roles, roles, sizeof(roles));
	event_draft_init(&d, GHL_EV_PRINCIPAL_CHANGED);
	event_draft_text(&d, GHL_F_NAME, c->principal.name);
	event_draft_text(&d, GHL_F_VALUE, roles);
	event_draft_text(&d, GHL_F_GROUP, c->principal.group);
	event_draft_text(&d, GHL_F_AGENT, c->principal.agent);
	stream_fact(core, b, actor, &d);
	access_principal_put(core->access, b, &c->principal);
	store_commit_async(core->store, b, on_changed, c);
}

static bool reserved_name(const char *name)
{
	return strcmp(name, "owner") == 0 || strcmp(name, "timer") == 0 || strncmp(name, "ivr:", 4) == 0;
}

static int fill_principal(struct access_principal *p, const char *name, const struct ghl_principal_opts *opts)
{
	const char *group = opts->group ? opts->group : "", *agent = opts->agent ? opts->agent : "";

	if (!access_name_valid(name))
		return error_invalid("name", "\"%.64s\" is not [A-Za-z0-9_.:-]{1,63}", name);
	if (reserved_name(name))
		return error_invalid("name", "\"%s\" is the hotline's own", name);
	if (!access_label_valid(group))
		return error_invalid("group", "\"%.64s\" is not [A-Za-z0-9_.-]{0,63}", group);
	if (!access_label_valid(agent))
		return error_invalid("agent", "\"%.64s\" is not [A-Za-z0-9_.-]{0,63}", agent);
	if (opts->roles & ~(uint32_t)GHL_ROLES_GRANTABLE)
		return error_invalid("roles", "0x%x holds what no principal may have", opts->roles);
	p->roles = opts->roles;
	(void)text_copy(p->name, sizeof(p->name), name);
	(void)text_copy(p->group, sizeof(p->group), group);
	(void)text_copy(p->agent, sizeof(p->agent), agent);
	return 0;
}

int ghl_access_principal_set(
	struct ghl_session *s, const char *name, const struct ghl_principal_opts *opts, ghl_request *req)
{
	struct change c = {0};
	int rc = session_enter(s, ACCESS_FN_ghl_access_principal_set);

	if (rc < 0)
		return rc;
	if (argument_given("name", name) < 0 || argument_given("opts", opts) < 0 ||
		argument_size("opts", opts->size, sizeof(*opts)) < 0)
		return GHL_EINVAL;
	rc = fill_principal(&c.principal, name, opts);
	if (rc < 0)
		return rc;
	rc = store_name_take(s->core->store, GHL_ID_PRINCIPAL, name, &c.principal.id);
	if (rc < 0)
		return rc;
	return session_submit(s, req, run_set, &c, sizeof(c), NULL);
}

static int add_principal(struct ghl_list *l, const struct access_principal *p)
{
	struct ghl_principal_info *info = list_add(l);

	if (!info)
		return GHL_ENOMEM;
	info->id = p->id;
	info->roles = p->roles;
	info->from_config = p->from_config;
	info->name = list_text(l, p->name);
	info->group = list_text(l, p->group);
	info->agent = list_text(l, p->agent);
	return info->name && info->group && info->agent ? 0 : GHL_ENOMEM;
}

int ghl_access_principal_list(struct ghl_session *s, const char *cursor, struct ghl_list **out)
{
	struct access_principal *page;
	struct ghl_list *l = NULL;
	size_t n = 0;
	int rc = session_enter(s, ACCESS_FN_ghl_access_principal_list);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0)
		return GHL_EINVAL;
	page = calloc(PAGE + 1, sizeof(*page));
	rc = page ? list_new(&l, sizeof(struct ghl_principal_info)) : GHL_ENOMEM;
	if (rc == 0)
		n = access_principals(s->core->access, cursor ? cursor : "", page, PAGE + 1);
	for (size_t i = 0; rc == 0 && i < n && i < PAGE; i++)
		rc = add_principal(l, &page[i]);
	if (rc == 0 && n > PAGE)
		list_cursor_set(l, page[PAGE - 1].name);
	free(page);
	return list_give(l, rc, out);
}

int ghl_access_function_list(struct ghl_session *s, struct ghl_list **out)
{
	struct ghl_list *l;
	int rc = session_enter(s, ACCESS_FN_ghl_access_function_list);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0)
		return GHL_EINVAL;
	rc = list_new(&l, sizeof(struct ghl_function_info));
	for (unsigned i = 0; rc == 0 && i < ACCESS_FUNCTIONS; i++) {
		enum access_right right = access_function_right((enum access_function)i);
		struct ghl_function_info *info = list_add(l);

		if (!info) {
			ghl_list_free(l);
			return GHL_ENOMEM;
		}
		info->roles = access_right_roles(right);
		info->function = access_function_name((enum access_function)i);
		info->right = access_right_name(right);
	}
	if (rc == 0)
		*out = l;
	return rc;
}
