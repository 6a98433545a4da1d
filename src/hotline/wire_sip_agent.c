/* wire_sip_agent.c - what sip tells of phones and trunks, to agents and to who watches; the secrets it asks
 * for. */
#include "hotline_priv.h"

#include <string.h>

void wire_registered(void *arg, const char *account, bool registered)
{
	struct ghl_hotline *h = arg;
	struct event_draft d;

	event_draft_init(&d, GHL_EV_DEVICE_STATE);
	event_draft_text(&d, GHL_F_DEVICE, account);
	event_draft_text(&d, GHL_F_STATE, registered ? "registered" : "lost");
	stream_tell(&h->core, &d);
	if (registered)
		agent_device_back(h->agents, account);
	else
		agent_device_lost(h->agents, account);
}

bool wire_phone_there(void *arg, const char *account)
{
	const struct ghl_hotline *h = arg;

	return sip_contacts(h->sip, account) > 0;
}

void wire_phone_of(void *arg, const char *account, const char **group, const char **agent)
{
	struct ghl_hotline *h = arg;
	struct agent *a = agent_by_account(h->agents, account), *other;

	for (size_t i = 0; !a && (other = agent_next(h->agents, &i));)
		if (strcmp(agent_config(other)->account, account) == 0)
			a = other;
	*group = a ? agent_config(a)->group : "";
	*agent = a ? agent_config(a)->name : "";
}

void wire_trunk_state(void *arg, const char *trunk, enum sip_trunk_state state, uint16_t status)
{
	struct ghl_hotline *h = arg;
	struct event_draft d;

	event_draft_init(&d, GHL_EV_TRUNK_STATE);
	event_draft_text(&d, GHL_F_TRUNK, trunk);
	event_draft_text(&d, GHL_F_STATE, sip_trunk_state_name(state));
	event_draft_int(&d, GHL_F_SIP_STATUS, status);
	stream_tell(&h->core, &d);
}

bool wire_secret_of(void *arg, const char *account, struct sip_secret *out)
{
	struct ghl_hotline *h = arg;
	const struct config_account *a = config_account(h->cfg, account);

	if (!a)
		return false;
	*out = a->secret;
	return true;
}
