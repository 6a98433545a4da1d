/* now_list.c - the real-time view as a list. */
#include "now.h"
#include "rollup.h"

#include "base/argument.h"
#include "base/clock.h"
#include "stream/session.h"

#include <stdlib.h>

struct now_args {
	struct ghl_list *list;
};

static int add_row(struct ghl_list *l, const struct now_row *row, int64_t at_us)
{
	struct ghl_report_now_info *o = list_add(l);
	const int64_t *f = row->figures;

	if (!o || !(o->queue = list_text(l, row->queue)))
		return GHL_ENOMEM;
	o->waiting = row->waiting;
	o->available = row->available;
	o->answered = f[CF_ANSWERED];
	o->abandoned = f[CF_ABANDONED];
	o->outflow = f[CF_OUTFLOW];
	o->dequeued = f[CF_DEQUEUED];
	o->calls = o->waiting + o->answered + o->abandoned + o->outflow + o->dequeued;
	o->oldest_wait_ms = row->oldest_us == INT64_MAX ? -1 : (at_us - row->oldest_us) / 1000;
	o->max_wait_ms = f[CF_MAX_WAIT_MS];
	o->answered_wait_ms = f[CF_ANSWERED_WAIT_MS];
	o->abandoned_wait_ms = f[CF_ABANDONED_WAIT_MS];
	o->asa_ms = figures_ratio(o->answered_wait_ms, o->answered, 1);
	o->avg_abandon_ms = figures_ratio(o->abandoned_wait_ms, o->abandoned, 1);
	return 0;
}

static int fill(struct core *core, const struct actor *actor, void *arg)
{
	struct now_args *args = arg;
	struct report *r = core->slot[CORE_REPORT];
	int64_t at_us = clock_utc_us(core->clock);
	struct now_row *rows = NULL;
	int n, rc = 0;

	(void)actor;
	if (!r || !r->now)
		return GHL_ESTATE;
	n = now_rows(r->now, at_us, &rows);
	for (int i = 0; rc == 0 && i < n; i++)
		rc = add_row(args->list, &rows[i], at_us);
	free(rows);
	return n < 0 ? n : rc;
}

int ghl_report_now(struct ghl_session *s, struct ghl_list **out)
{
	struct now_args args = {0};
	int rc = session_enter(s, ACCESS_FN_ghl_report_now);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0)
		return GHL_EINVAL;
	rc = list_new(&args.list, sizeof(struct ghl_report_now_info));
	if (rc == 0)
		rc = session_query(s, fill, &args);
	return list_give(args.list, rc, out);
}
