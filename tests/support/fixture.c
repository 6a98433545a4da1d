/* fixture.c - the town itself: its configuration, the hotline in it, its events; the people are in people.c.
 * See fixture.h. */
#include "fixture.h"
#include "wav.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT_US 20000000

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void write_tone(const char *dir, const char *name, unsigned hz, double seconds)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	wav_tone_write(path, hz, seconds);
}

static const char menu[] =
	"<?xml version=\"1.0\"?>\n"
	"<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\">\n"
	" <form id=\"menu\">\n"
	"  <field name=\"key\" type=\"digits?length=1\">\n"
	"   <prompt timeout=\"5s\"><audio src=\"menu.wav\"/></prompt>\n"
	"   <noinput count=\"3\"><disconnect/></noinput>\n"
	"   <filled><if cond=\"key == '1'\"><goto next=\"#water\"/><else/><clear/></if></filled>\n"
	"  </field>\n"
	" </form>\n"
	" <form id=\"water\"><transfer name=\"t\" dest=\"queue:water\" bridge=\"false\"/></form>\n"
	"</vxml>\n";

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static void write_config(struct town *t, const struct town_opts *o)
{
	static const struct town_opts usual;
	struct text y;

	o = o ? o : &usual;
	text_init(&y);
	text_fmt(&y, "site: {name: test, time_zone: UTC}\n");
	text_fmt(&y, "dial: {country: \"86\", area: \"28\", national: \"0\", international: \"00\"}\n");
	text_fmt(&y, "paths: {store: store, recordings: recordings, prompts: ., cache: cache, %s}\n",
		or_empty(o->paths));
	text_fmt(&y, "sip: {listen: [\"udp:127.0.0.1:0\"]}\n");
	text_fmt(&y, "media: {address: 127.0.0.1, %s}\n", or_empty(o->media));
	text_fmt(&y, "limits: {disk_reserve: 16MiB, disk_alarm: 32MiB, %s}\n", or_empty(o->limits));
	text_fmt(&y, "trunks:\n  line: {sources: [127.0.0.2], options: 0s}\n");
	if (t->far)
		text_fmt(&y,
			"  out: {sources: [127.0.0.4], proxy: \"sip:127.0.0.4:%u\", user: \"12345\", "
			"options: 0s, %s}\n",
			sip_bound(t->far->sip, 0), or_empty(o->out_keys));
	text_fmt(&y, "groups: {hall: {}}\naccounts:\n");
	for (int i = 1; i <= 5; i++)
		text_fmt(&y, "  \"100%d\": {password: \"secret-100%d\"}\n", i, i);
	text_fmt(&y, "agents:\n");
	for (int i = 1; i <= 5; i++)
		text_fmt(&y, "  \"100%d\": {group: hall, account: \"100%d\", skills: [water], %s}\n", i, i,
			or_empty(o->agent));
	text_fmt(&y, "queues:\n  water: {skill: water, music: music.wav, %s}\n", or_empty(o->queue));
	text_fmt(&y, "dialogues:\n  main: {file: main.vxml}\n");
	if (o->after)
		text_fmt(&y, "  after: {file: after.vxml}\n");
	text_fmt(&y, "routes:\n%s  - {trunk: line, to: \"%s\", %s}\n", or_empty(o->routes),
		o->route ? o->route : "dialogue:main", or_empty(o->route_keys));
	text_add(&y, or_empty(o->more));
	ck_assert(!y.failed);
	write_file(t->folder, "hotline.yaml", text_str(&y));
	text_finish(&y);
}

void town_file(struct town *t, const char *name, const char *text)
{
	write_file(t->folder, name, text);
}

void town_start(struct town *t)
{
	struct ghl_hotline_status st = GHL_HOTLINE_STATUS_INIT;
	struct ghl_error err = {0};

	ck_assert_msg(ghl_hotline_open(&t->hotline, t->config, GHL_OPEN_ENGINE, &err) == 0, "%s", err.text);
	ck_assert_msg(ghl_hotline_start(t->hotline, &err) == 0, "%s", err.text);
	ck_assert_int_eq(ghl_session_open_local(t->hotline, &t->owner), 0);
	ck_assert_int_eq(ghl_monitor_start(t->owner, "", GHL_FROM_NOW, NULL), 0);
	ck_assert_int_eq(ghl_hotline_status(t->owner, &st), 0);
	ck_assert(st.engine);
	t->port = st.sip_ports[0];
}

void town_prepare(struct town *t, const struct town_opts *opts)
{
	memset(t, 0, sizeof(*t));
	(void)text_copy(t->folder, sizeof(t->folder), testing_folder());
	(void)snprintf(t->config, sizeof(t->config), "%s/hotline.yaml", t->folder);
	write_file(t->folder, "main.vxml", opts && opts->dialogue ? opts->dialogue : menu);
	if (opts && opts->after)
		write_file(t->folder, "after.vxml", opts->after);
	write_tone(t->folder, "menu.wav", 700, 1.0);
	write_tone(t->folder, "music.wav", 550, 2.0);
	write_config(t, opts);
}

void town_people(struct town *t)
{
	struct media_opts media = {.threads = 1, .timeout_ms = 30000};

	clock_init_real(&t->clock);
	ck_assert_int_eq(loop_create(&t->loop, &t->clock), 0);
	media.loop = t->loop;
	ck_assert_int_eq(media_create(&t->media, &media, NULL), 0);
}

void town_open(struct town *t, const struct town_opts *opts)
{
	town_prepare(t, opts);
	town_people(t);
	if (opts && opts->out) { /* its port is known now */
		t->far = person_new(t, "127.0.0.4", "far", 1500);
		write_config(t, opts);
	}
	town_start(t);
	if (t->far)
		person_line_set(t->far, false);
}

/* Whatever was tested: afterwards chain, indexes and roll-ups must agree with the records. */
void town_stop(struct town *t)
{
	struct ghl_error err = {0};

	ck_assert_int_eq(ghl_hotline_stop(t->hotline), 0);
	ghl_session_close(t->owner);
	ghl_hotline_close(t->hotline);
	t->hotline = NULL;
	t->owner = NULL;
	ck_assert_msg(ghl_hotline_check(t->config, &err) == 0, "%s", err.text);
}

void town_restart(struct town *t)
{
	town_stop(t);
	town_start(t);
}

static void take_events(struct town *t)
{
	struct ghl_event *e;

	while (t->owner && ghl_event_next(t->owner, &e) == 1) {
		ck_assert_uint_lt(t->event_count, 4096);
		t->events[t->event_count++] = e;
	}
}

void town_step(struct town *t)
{
	loop_step(t->loop, 2);
	take_events(t);
}

int64_t town_now_us(const struct town *t)
{
	return clock_mono_us(&t->clock);
}

int64_t town_limit_us(const struct town *t)
{
	return town_now_us(t) + (int64_t)(LIMIT_US * testing_slowness());
}

void town_until_over(struct town *t, unsigned calls)
{
	TOWN_UNTIL(t, town_events(t, GHL_EV_CALL_CLEARED) == calls);
	TOWN_UNTIL(
		t, town_events(t, GHL_EV_RECORDING_ENDED) + town_events(t, GHL_EV_RECORDING_VOID) == calls);
}

void town_run_ms(struct town *t, unsigned ms)
{
	int64_t end = town_now_us(t) + (int64_t)ms * 1000;

	while (town_now_us(t) < end)
		town_step(t);
}

const struct ghl_event *town_event(const struct town *t, enum ghl_event_type type)
{
	for (unsigned i = t->event_count; i-- > 0;)
		if (ghl_event_type(t->events[i]) == type)
			return t->events[i];
	return NULL;
}

unsigned town_events(const struct town *t, enum ghl_event_type type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->event_count; i++)
		n += ghl_event_type(t->events[i]) == type;
	return n;
}

static void on_down(void *arg)
{
	*(unsigned *)arg += 1;
}

void town_close(struct town *t)
{
	unsigned down = 0;

	if (t->hotline)
		town_stop(t);
	for (unsigned i = 0; i < t->people_count; i++) {
		person_stop_listening(&t->people[i]);
		sip_shutdown(t->people[i].sip, on_down, &down);
	}
	TOWN_UNTIL(t, down == t->people_count);
	for (unsigned i = 0; i < t->people_count; i++) {
		TOWN_UNTIL(t, !t->people[i].port);
		sip_destroy(t->people[i].sip);
	}
	media_destroy(t->media);
	loop_destroy(t->loop);
	for (unsigned i = 0; i < t->event_count; i++)
		ghl_event_free(t->events[i]);
}

unsigned town_past_calls(struct town *t)
{
	struct ghl_list *l;
	unsigned n = 0;

	ck_assert_int_eq(ghl_call_list(t->owner, NULL, &l), 0);
	while (ghl_list_next(l))
		n++;
	ghl_list_free(l);
	return n;
}

const struct ghl_call_info *town_last_call(struct town *t, struct ghl_list **list)
{
	struct ghl_call_filter f = GHL_CALL_FILTER_INIT;
	const struct ghl_call_info *i;

	f.newest_first = true;
	f.limit = 1;
	ck_assert_int_eq(ghl_call_list(t->owner, &f, list), 0);
	i = ghl_list_next(*list);
	ck_assert_ptr_nonnull(i);
	return i;
}
