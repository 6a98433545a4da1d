/*
 * monitor.c - tells who talks to whom: opens a hotline, logs an agent on where one is named, watches one
 * event, prints it until interrupted. `monitor [HOTLINE.yaml [AGENT]]`
 */
#include <govhotline/govhotline.h>

#include <stdio.h>

int main(int argc, char **argv)
{
	struct ghl_hotline *h = NULL;
	struct ghl_session *s = NULL;
	struct ghl_event *e;
	struct ghl_error err;
	ghl_agent agent;

	if (ghl_hotline_open(&h, argc > 1 ? argv[1] : "hotline.yaml", GHL_OPEN_ENGINE, &err) < 0 ||
		ghl_hotline_start(h, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		ghl_hotline_close(h);
		return 1;
	}
	if (ghl_session_open_local(h, &s) < 0)
		return 1;
	if (argc > 2 &&
		(ghl_agent_find(s, argv[2], &agent) < 0 || ghl_agent_login(s, agent, NULL, NULL) < 0 ||
			ghl_agent_state_set(s, agent, GHL_AGENT_READY, NULL, NULL) < 0))
		return 1;
	if (ghl_monitor_start(s, "event=established", GHL_FROM_NOW, NULL) < 0)
		return 1;
	while (ghl_event_wait(s, -1, &e) == 1) {
		(void)printf(
			"%s talks to %s\n", ghl_event_text(e, GHL_F_CALLING), ghl_event_text(e, GHL_F_AGENT));
		ghl_event_free(e);
	}
	ghl_session_close(s);
	ghl_hotline_close(h);
	return 0;
}
