/* status.c - ghl_hotline_status(): one screen's worth of figures, gathered on the loop. */
#include "hotline_priv.h"

#include "base/argument.h"

static void count_agents(struct ghl_hotline *h, struct ghl_hotline_status *out)
{
	struct agent *a;

	for (size_t i = 0; (a = agent_next(h->agents, &i));) {
		enum ghl_agent_state s = agent_state(a);

		out->agents_logged_on += s != GHL_AGENT_LOGGED_OFF;
		out->agents_ready += s == GHL_AGENT_READY;
		out->agents_busy += s == GHL_AGENT_BUSY || s == GHL_AGENT_RINGING;
		out->agents_acw += s == GHL_AGENT_ACW;
		out->agents_not_ready += s == GHL_AGENT_NOT_READY;
	}
}

static void count_calls(struct ghl_hotline *h, struct ghl_hotline_status *out)
{
	uint32_t today = report_local_date(&h->core, out->now_us);

	if (today != h->today) {
		h->calls_at_midnight = h->today ? calls_started(h->calls) : 0;
		h->today = today;
	}
	out->calls = calls_count(h->calls);
	out->calls_in_dialogue = calls_in_state(h->calls, GHL_CALL_STATE_DIALOGUE);
	out->calls_waiting = calls_in_state(h->calls, GHL_CALL_STATE_QUEUED);
	out->calls_ringing = calls_in_state(h->calls, GHL_CALL_STATE_DELIVERED);
	out->calls_talking = calls_in_state(h->calls, GHL_CALL_STATE_ESTABLISHED) +
			     calls_in_state(h->calls, GHL_CALL_STATE_HELD);
	out->calls_today = calls_started(h->calls) - h->calls_at_midnight;
}

static void count_lines(struct ghl_hotline *h, struct ghl_hotline_status *out)
{
	struct sip_stat st;

	sip_stat(h->sip, &st);
	out->phones_registered = st.registered_accounts;
	out->refused_overload = st.refused_overload;
	out->refused_stranger = st.refused_stranger;
	out->refused_auth = st.refused_auth;
	out->trunks = (uint32_t)h->cfg->trunk_count;
	for (size_t i = 0; i < h->cfg->trunk_count; i++) {
		enum sip_trunk_state s = sip_trunk_state(h->sip, h->cfg->trunks[i].sip.name);

		out->trunks_up += s == SIP_TRUNK_UP || s == SIP_TRUNK_UNKNOWN;
	}
	out->sip_listens = h->cfg->sip.listens;
	for (unsigned i = 0; i < out->sip_listens && i < GHL_HOTLINE_LISTENS; i++)
		out->sip_ports[i] = sip_bound(h->sip, i);
}

static int gather(struct core *core, const struct actor *actor, void *args)
{
	struct ghl_hotline *h = core->slot[CORE_HOTLINE];
	struct ghl_hotline_status *out = args;
	struct media_stat media;
	struct ivr_stat ivr;

	(void)actor;
	out->now_us = loop_utc_us(core->loop);
	out->space_low = h->space_low;
	if (!core->engine || !h->sip || !h->calls)
		return 0;
	out->engine = true;
	out->started_at_us = h->started_at_us;
	count_calls(h, out);
	count_agents(h, out);
	count_lines(h, out);
	media_stat(h->media, &media);
	ivr_stat(h->ivr, &ivr);
	out->recordings = records_running(h->records);
	out->media_late_us = media.worst_late_us;
	out->dialogues = ivr.dialogues;
	return 0;
}

int ghl_hotline_status(struct ghl_session *s, struct ghl_hotline_status *out)
{
	struct store_stat st;
	int rc = session_enter(s, ACCESS_FN_ghl_hotline_status);

	if (rc < 0)
		return rc;
	if (argument_given("out", out) < 0 || argument_size("out", out->size, sizeof(*out)) < 0)
		return GHL_EINVAL;
	*out = (struct ghl_hotline_status)GHL_HOTLINE_STATUS_INIT;
	rc = session_query(s, gather, out);
	if (rc == 0)
		rc = store_stat(session_core(s)->store, &st);
	if (rc != 0)
		return rc;
	out->facts = st.facts;
	out->store_bytes = st.used_bytes;
	out->free_bytes = st.free_disk_bytes;
	return 0;
}
