/*
 * demo_verdict.c - after the demo: every citizen's call must be in the list with an outcome its behaviour
 * allows, every recording whole, with the citizen's tone on the left and the right agent's on the right, and
 * the report's sums must be those of the calls.
 */
#include "demo.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define VOICE_DB -45.0 /* the tones are mixed at about -38 dB of full scale */
#define CROSS_DB -60.0

static void fault(struct demo *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct demo *d, const char *fmt, ...)
{
	va_list ap;

	d->faults++;
	(void)fprintf(stderr, "demo: FAULT: ");
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\n");
}

/* the citizen whose call this is: by its number, in the order in which it called */
static int citizen_of(const struct demo *d, const char *calling, bool *taken)
{
	size_t n = strlen(calling);

	for (int i = 0; i < DEMO_CITIZENS; i++) {
		size_t m = strlen(d->citizens[i].number);

		if (!taken[i] && n >= m && strcmp(calling + n - m, d->citizens[i].number) == 0) {
			taken[i] = true;
			return i;
		}
	}
	return -1;
}

static bool outcome_fits(enum demo_plan plan, enum ghl_call_disposition got)
{
	switch (plan) {
	case DEMO_GIVES_UP_MENU:
		return got == GHL_CALL_DIALOGUE || got == GHL_CALL_CANCELLED;
	case DEMO_GIVES_UP_QUEUE:
		return got == GHL_CALL_ABANDONED || got == GHL_CALL_ANSWERED || got == GHL_CALL_DIALOGUE;
	default:
		return got == GHL_CALL_ANSWERED;
	}
}

static void check_voices(struct demo *d, const struct ghl_call_info *c, int citizen, const char *path)
{
	unsigned tones[DEMO_AGENTS];
	struct demo_heard heard;

	for (int i = 0; i < DEMO_AGENTS; i++)
		tones[i] = d->agents[i].tone_hz;
	if (!demo_listen(path, demo_citizen_tone((unsigned)citizen), tones, DEMO_AGENTS, &heard)) {
		fault(d, "%s cannot be read", path);
		return;
	}
	if (heard.seconds > 2.5 && heard.citizen_db < VOICE_DB)
		fault(d, "%s: the citizen is not heard on the left (%.0f dB)", path, heard.citizen_db);
	if (c->disposition == GHL_CALL_ANSWERED && c->talk_ms > 2500) {
		if (heard.agent_db < VOICE_DB)
			fault(d, "%s: no agent is heard on the right (%.0f dB)", path, heard.agent_db);
		else if (strcmp(d->agents[heard.agent].name, c->agent) != 0)
			fault(d, "%s: the record says agent %s, the voice is %s's", path, c->agent,
				d->agents[heard.agent].name);
	}
	if (heard.cross_db > CROSS_DB)
		fault(d, "%s: one side is heard on the other (%.0f dB)", path, heard.cross_db);
}

static void check_recording(
	struct demo *d, const struct ghl_call_info *c, int citizen, char *verdict, size_t room)
{
	struct ghl_record_verdict v = GHL_RECORD_VERDICT_INIT;
	const struct ghl_record_info *r;
	struct ghl_list *l = NULL;
	int rc;

	(void)snprintf(verdict, room, "-");
	if (c->connected_at_us == 0)
		return;
	rc = ghl_record_verify(d->session, c->recording, &v);
	(void)snprintf(verdict, room, "%s", rc == 0 ? v.text : ghl_strerror(rc));
	if (rc < 0 || !v.whole) {
		fault(d, "recording %s: %s", c->recording, verdict);
		return;
	}
	if (ghl_record_info(d->session, c->recording, &l) < 0 || !(r = ghl_list_next(l))) {
		fault(d, "recording %s is not in the list", c->recording);
	} else {
		int64_t call_ms = (c->ended_at_us - c->connected_at_us) / 1000,
			heard_ms = (int64_t)(v.samples / (DEMO_RATE / 1000));

		if (r->missing_samples || heard_ms + 500 < call_ms)
			fault(d, "recording %s holds %lld ms of %lld ms, %llu samples missing", c->recording,
				(long long)heard_ms, (long long)call_ms,
				(unsigned long long)r->missing_samples);
		check_voices(d, c, citizen, r->path);
	}
	ghl_list_free(l);
}

static void show_call(const struct ghl_call_info *c, const char *verdict)
{
	char id[GHL_ID_TEXT_MAX];

	(void)printf("%-10s %-15s %-8s %-6s %-10s %6.1f %6.1f %6.1f  %-16s %s\n",
		ghl_id_text(c->call, id, sizeof(id)), c->calling, c->queue, c->agent,
		ghl_call_disposition_name(c->disposition), c->wait_ms / 1000.0, c->talk_ms / 1000.0,
		(double)(c->ended_at_us - c->started_at_us) / 1e6, c->recording, verdict);
}

struct sums {
	unsigned calls, answered, abandoned, queued;
	int64_t talk_ms;
};

static void check_calls(struct demo *d, struct sums *sums)
{
	struct ghl_call_filter filter = GHL_CALL_FILTER_INIT;
	const struct ghl_call_info *c;
	bool taken[DEMO_CITIZENS] = {false};
	struct ghl_list *l = NULL;
	char verdict[256];
	int citizen;

	if (ghl_call_list(d->session, &filter, &l) < 0) {
		fault(d, "the calls cannot be listed");
		return;
	}
	(void)printf("%-10s %-15s %-8s %-6s %-10s %6s %6s %6s  %-16s %s\n", "call", "calling", "queue",
		"agent", "outcome", "wait s", "talk s", "all s", "recording", "verified");
	while ((c = ghl_list_next(l))) {
		citizen = citizen_of(d, c->calling, taken);
		if (citizen < 0)
			fault(d, "%s called and is no citizen of the demo", c->calling);
		else if (!outcome_fits(d->citizens[citizen].plan, c->disposition))
			fault(d, "the call of %s ended as %s", c->calling,
				ghl_call_disposition_name(c->disposition));
		check_recording(d, c, citizen < 0 ? 0 : citizen, verdict, sizeof(verdict));
		show_call(c, verdict);
		sums->calls++;
		sums->answered += c->disposition == GHL_CALL_ANSWERED;
		sums->abandoned += c->disposition == GHL_CALL_ABANDONED;
		sums->queued += c->offered_at_us != 0;
		sums->talk_ms += c->talk_ms;
	}
	ghl_list_free(l);
	for (int i = 0; i < DEMO_CITIZENS; i++)
		if (!taken[i])
			fault(d, "the call of %s is not in the list", d->citizens[i].number);
}

static void check_report(struct demo *d, const struct sums *sums)
{
	struct ghl_report_opts opts = GHL_REPORT_OPTS_INIT;
	const struct ghl_report_calls_info *r;
	struct sums seen = {0};
	struct ghl_list *l = NULL;

	opts.by = GHL_REPORT_BY_QUEUE;
	opts.until_us = INT64_MAX;
	if (ghl_report_queues(d->session, &opts, NULL, &l) < 0) {
		fault(d, "the report cannot be made");
		return;
	}
	(void)printf("\n%-8s %-6s %8s %9s %9s %8s %9s %10s\n", "queue", "from", "offered", "answered",
		"gave up", "ASA s", "talk s", "in 15 s %");
	while ((r = ghl_list_next(l))) {
		(void)printf("%-8s %02d:%02d  %8lld %9lld %9lld", r->name, r->span.minute / 60,
			r->span.minute % 60, (long long)r->offered, (long long)r->answered,
			(long long)r->abandoned);
		if (r->answered)
			(void)printf(" %8.1f %9.1f %10.1f", (double)r->asa_ms / 1000,
				(double)r->avg_talk_ms / 1000, (double)r->in_time_rate / 100);
		(void)printf("\n");
		seen.queued += (unsigned)r->offered;
		seen.answered += (unsigned)r->answered;
		seen.abandoned += (unsigned)r->abandoned;
		seen.talk_ms += r->talk_ms;
	}
	ghl_list_free(l);
	if (seen.queued != sums->queued || seen.answered != sums->answered ||
		seen.abandoned != sums->abandoned || seen.talk_ms != sums->talk_ms)
		fault(d,
			"the report says offered %u, answered %u, gave up %u, talk %lld ms; the calls say "
			"%u, %u, %u, %lld",
			seen.queued, seen.answered, seen.abandoned, (long long)seen.talk_ms, sums->queued,
			sums->answered, sums->abandoned, (long long)sums->talk_ms);
}

void demo_verdict(struct demo *d)
{
	struct sums sums = {0};

	check_calls(d, &sums);
	check_report(d, &sums);
	for (int i = 0; i < DEMO_CITIZENS; i++)
		if (d->citizens[i].status != 0)
			fault(d, "sipp of %s ended with status %d, see its log in %s", d->citizens[i].number,
				d->citizens[i].status, d->dir);
	(void)printf("\n%u calls, %u answered, %u gave up while waiting; %s\n", sums.calls, sums.answered,
		sums.abandoned,
		d->faults ? "not everything is as it should be"
			  : "every recording is whole and holds the right voices");
}
