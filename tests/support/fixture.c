/* fixture.c - the town: see fixture.h. */
#include "fixture.h"

#include "base/text.h"

#include <math.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RATE     8000
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

static void fill_tone(int16_t *pcm, size_t n, unsigned hz)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lround(8000 * sin(2 * M_PI * hz * (double)i / RATE));
}

static void write_tone(const char *dir, const char *name, unsigned hz, double seconds)
{
	SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	size_t n = (size_t)(seconds * RATE);
	int16_t *pcm = calloc(n, sizeof(*pcm));
	char path[512];
	SNDFILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fill_tone(pcm, n, hz);
	f = sf_open(path, SFM_WRITE, &info);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(sf_write_short(f, pcm, (sf_count_t)n), (sf_count_t)n);
	(void)sf_close(f);
	free(pcm);
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
			"options: 0s}\n",
			sip_bound(t->far->sip, 0));
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
	text_fmt(&y, "routes:\n  - {trunk: line, to: \"%s\"}\n", o->route ? o->route : "dialogue:main");
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

static struct person *person_new(struct town *t, const char *address, const char *name, unsigned tone_hz);
static void line_set(struct person *p, bool registers);

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
		line_set(t->far, false);
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

/* --- people --- */

static void on_port_closed(void *arg, const struct media_report *report)
{
	struct person *p = arg;

	(void)report;
	p->port = NULL;
}

static void on_digit(void *arg, char digit)
{
	(void)arg;
	(void)digit;
}

static void on_digit_end(void *arg, char digit, uint32_t ms)
{
	(void)arg;
	(void)digit;
	(void)ms;
}

static void on_played(void *arg, uint64_t tag, bool stopped, uint32_t ms)
{
	(void)arg;
	(void)tag;
	(void)stopped;
	(void)ms;
}

static void on_timeout(void *arg)
{
	(void)arg;
}

static const struct media_port_handlers port_handlers = {
	on_digit, on_digit_end, on_played, on_timeout, on_port_closed};

static void open_port(struct person *p)
{
	ck_assert_ptr_null(p->port);
	ck_assert_int_eq(media_port_open(p->town->media, p->address, &port_handlers, p, &p->port), 0);
	p->local = (struct sdp_local){.port = media_port_number(p->port),
		.codecs = {SDP_PCMA, SDP_PCMU},
		.codec_count = 2,
		.telephone_event = true,
		.direction = SDP_SENDRECV,
		.session_id = 1,
		.session_version = 1};
	(void)text_copy(p->local.address, sizeof(p->local.address), p->address);
	if (p->town->deaf)
		return;
	(void)snprintf(p->heard_path, sizeof(p->heard_path), "%s/heard-%s-%u-%u.wav", p->town->folder,
		p->name, (unsigned)(p - p->town->people), p->talks);
	ck_assert_int_eq(media_record_start(p->port, p->heard_path, MEDIA_WAV_PCM16, &p->hears), 0);
}

static void talk(struct person *p)
{
	struct media_peer peer = {.port = p->agreed.port,
		.rtcp_port = p->agreed.rtcp_port,
		.codec = p->agreed.codec == SDP_PCMU ? MEDIA_PCMU : MEDIA_PCMA,
		.payload_type = p->agreed.payload_type,
		.events = p->agreed.telephone_event,
		.event_payload_type = p->agreed.event_payload_type,
		.send = true,
		.receive = true};
	static int16_t pcm[RATE];
	struct media_sound *tone;
	struct media_play play = {.sounds = &tone, .count = 1, .repeat = true};

	(void)text_copy(peer.address, sizeof(peer.address), p->agreed.address);
	media_port_peer_set(p->port, &peer);
	p->talks++;
	if (!p->tone_hz)
		return;
	fill_tone(pcm, RATE, p->tone_hz);
	ck_assert_int_eq(media_sound_from_pcm(pcm, RATE, &tone), 0);
	ck_assert_int_eq(media_port_play(p->port, &play), 0);
	media_sound_unref(tone);
}

static void on_invite(void *arg, struct sip_leg *leg, const struct sip_invite *invite)
{
	struct person *p = arg;
	struct sdp answer;

	if (p->port) { /* its last call is not quite over */
		ck_assert_int_eq(sip_leg_reject(leg, 486, NULL), 0);
		return;
	}
	p->rung++;
	(void)text_copy(p->shown, sizeof(p->shown), invite->calling);
	(void)text_copy(p->called, sizeof(p->called), invite->called);
	sip_leg_arg_set(leg, p);
	p->leg = leg;
	if (p->refuses) {
		ck_assert_int_eq(sip_leg_reject(leg, p->refuses, NULL), 0);
		return;
	}
	ck_assert_int_eq(sip_leg_ring(leg), 0);
	if (!p->answers)
		return;
	open_port(p);
	ck_assert_int_eq(sdp_answer_make(&answer, invite->offer, &p->local, &p->agreed), 0);
	ck_assert_int_eq(sip_leg_answer(leg, &answer), 0);
	talk(p);
}

static void on_ringing(void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *sdp)
{
	(void)leg_arg;
	(void)leg;
	(void)status;
	(void)sdp;
}

static void on_established(void *leg_arg, struct sip_leg *leg, const struct sdp *sdp)
{
	struct person *p = leg_arg;

	(void)leg;
	if (!sdp || p->talks)
		return;
	ck_assert_int_eq(sdp_answer_read(sdp, &p->local, &p->agreed), 0);
	talk(p);
}

static void on_reoffer(void *leg_arg, struct sip_leg *leg, const struct sdp *offer)
{
	struct person *p = leg_arg;
	struct sdp answer;

	p->reoffers++;
	ck_assert_int_eq(sdp_answer_make(&answer, offer, &p->local, &p->agreed), 0);
	ck_assert_int_eq(sip_leg_reoffer_answer(leg, &answer), 0);
}

static void on_reoffer_done(void *leg_arg, struct sip_leg *leg, uint16_t status, const struct sdp *answer)
{
	struct person *p = leg_arg;

	(void)leg;
	(void)answer;
	p->last_status = status;
	p->reoffers++;
}

static void on_info_digit(void *leg_arg, struct sip_leg *leg, char digit, uint32_t ms)
{
	(void)leg_arg;
	(void)leg;
	(void)digit;
	(void)ms;
}

static void on_refer(void *leg_arg, struct sip_leg *leg, const char *user, const char *to)
{
	(void)leg_arg;
	(void)user;
	(void)to;
	(void)sip_leg_refer_reply(leg, false);
}

static void on_heard(void *arg, const struct media_recording_done *done)
{
	struct person *p = arg;

	ck_assert_int_eq(done->status, 0);
	p->heard_done++;
}

void person_stop_listening(struct person *p)
{
	if (!p->hears)
		return;
	media_record_stop(p->hears, on_heard, p);
	p->hears = NULL;
}

static void on_ended(void *leg_arg, struct sip_leg *leg, const struct sip_end *end)
{
	struct person *p = leg_arg;

	(void)leg;
	if (!p)
		return;
	p->leg = NULL;
	p->ended++;
	p->last_status = end->status;
	person_stop_listening(p);
	if (p->port)
		media_port_close(p->port);
}

static void on_registered(void *arg, const char *account, bool registered)
{
	(void)arg;
	(void)account;
	(void)registered;
}

static void on_trunk_state(void *arg, const char *trunk, enum sip_trunk_state state, uint16_t status)
{
	struct person *p = arg;

	(void)trunk;
	(void)status;
	p->registered = state == SIP_TRUNK_UP;
}

static bool secret_of(void *arg, const char *account, struct sip_secret *out)
{
	(void)arg;
	(void)account;
	(void)out;
	return false;
}

static struct person *person_new(struct town *t, const char *address, const char *name, unsigned tone_hz)
{
	struct person *p = &t->people[t->people_count++];
	struct sip_opts opts = {.loop = t->loop,
		.handlers = {on_invite, on_ringing, on_established, on_reoffer, on_reoffer_done,
			on_info_digit, on_refer, on_ended, on_registered, on_trunk_state, secret_of, NULL},
		.arg = p,
		.listens = 1,
		.realm = "town",
		.t1_ms = 100};
	struct ghl_error err = {0};

	ck_assert_uint_le(t->people_count, TOWN_PEOPLE_MAX);
	p->town = t;
	p->tone_hz = tone_hz;
	(void)text_copy(p->address, sizeof(p->address), address);
	(void)text_copy(p->name, sizeof(p->name), name);
	(void)text_copy(opts.listen[0].address, sizeof(opts.listen[0].address), address);
	ck_assert_msg(sip_create(&p->sip, &opts, &err) == 0, "%s", err.text);
	return p;
}

static void line_set(struct person *p, bool registers)
{
	struct sip_trunk line = {.name = "line", .sources = {"127.0.0.1"}, .registers = registers};

	(void)snprintf(line.proxy, sizeof(line.proxy), "sip:127.0.0.1:%u", p->town->port);
	if (registers) {
		(void)text_copy(line.user, sizeof(line.user), p->name);
		(void)snprintf(line.password, sizeof(line.password), "secret-%s", p->name);
		line.register_s = 3600;
	}
	ck_assert_int_eq(sip_trunks_set(p->sip, &line, 1, NULL), 0);
}

struct person *town_citizen(struct town *t, const char *number, unsigned tone_hz)
{
	struct person *p = person_new(t, "127.0.0.2", number, tone_hz);

	line_set(p, false);
	return p;
}

struct person *town_stranger(struct town *t)
{
	struct person *p = person_new(t, "127.0.0.3", "13900000000", 0);

	line_set(p, false);
	return p;
}

static ghl_agent agent_of(struct town *t, const char *name)
{
	ghl_agent id = 0;

	ck_assert_int_eq(ghl_agent_find(t->owner, name, &id), 0);
	return id;
}

void town_agent_state(struct town *t, const char *agent, enum ghl_agent_state state)
{
	ck_assert_int_eq(ghl_agent_state_set(t->owner, agent_of(t, agent), state, "test", NULL), 0);
}

enum ghl_agent_state town_agent_is(struct town *t, const char *agent, char reason[64])
{
	struct ghl_list *l = NULL;
	const struct ghl_agent_info *i;
	enum ghl_agent_state state;

	ck_assert_int_eq(ghl_agent_get(t->owner, agent_of(t, agent), &l), 0);
	i = ghl_list_next(l);
	ck_assert_ptr_nonnull(i);
	state = i->state;
	if (reason)
		(void)text_copy(reason, 64, i->reason);
	ghl_list_free(l);
	return state;
}

enum ghl_agent_busy town_agent_busy(struct town *t, const char *agent)
{
	struct ghl_list *l = NULL;
	const struct ghl_agent_info *i;
	enum ghl_agent_busy busy;

	ck_assert_int_eq(ghl_agent_get(t->owner, agent_of(t, agent), &l), 0);
	i = ghl_list_next(l);
	ck_assert_ptr_nonnull(i);
	busy = i->busy;
	ghl_list_free(l);
	return busy;
}

struct person *town_phone(struct town *t, const char *account, unsigned tone_hz)
{
	struct person *p = person_new(t, "127.0.0.1", account, tone_hz);

	p->answers = true;
	line_set(p, true);
	TOWN_UNTIL(t, p->registered);
	return p;
}

struct person *town_agent(struct town *t, const char *name, unsigned tone_hz)
{
	struct person *p = town_phone(t, name, tone_hz);

	ck_assert_int_eq(ghl_agent_login(t->owner, agent_of(t, name), NULL, NULL), 0);
	town_agent_state(t, name, GHL_AGENT_READY);
	return p;
}

void person_call(struct person *p, const char *called)
{
	struct sip_call_opts opts = {
		.trunk = "line", .called = called, .calling = p->name, .calling_name = "", .ring_ms = 60000};
	struct sdp offer;

	open_port(p);
	sdp_offer_make(&offer, &p->local);
	opts.offer = &offer;
	p->talks = 0;
	ck_assert_int_eq(sip_leg_call(p->sip, &opts, p, &p->leg), 0);
}

void person_press(struct person *p, const char *digits)
{
	ck_assert_int_eq(media_port_digits_send(p->port, digits), 0);
}

void person_fall_silent(struct person *p)
{
	person_stop_listening(p);
	media_port_close(p->port);
	TOWN_UNTIL(p->town, !p->port);
}

void person_hang_up(struct person *p)
{
	ck_assert_ptr_nonnull(p->leg);
	ck_assert_int_eq(sip_leg_end(p->leg, 16), 0);
}

void person_hold(struct person *p, bool held)
{
	struct sdp offer;

	p->local.direction = held ? SDP_SENDONLY : SDP_SENDRECV;
	p->local.session_version++;
	sdp_offer_make(&offer, &p->local);
	ck_assert_int_eq(sip_leg_reoffer(p->leg, &offer), 0);
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

/* --- what a WAV holds --- */

static SNDFILE *wav_open(const char *path, SF_INFO *info)
{
	SNDFILE *f;

	memset(info, 0, sizeof(*info));
	f = sf_open(path, SFM_READ, info);
	ck_assert_msg(f != NULL, "%s: %s", path, sf_strerror(NULL));
	return f;
}

double wav_seconds(const char *path)
{
	SF_INFO info;
	SNDFILE *f = wav_open(path, &info);

	(void)sf_close(f);
	return (double)info.frames / info.samplerate;
}

double wav_tone_db(const char *path, unsigned channel, unsigned hz, double from_s, double until_s)
{
	SF_INFO info;
	SNDFILE *f = wav_open(path, &info);
	size_t n = (size_t)((until_s - from_s) * RATE);
	double *frames = calloc(n * (size_t)info.channels, sizeof(*frames));
	double w = 2 * M_PI * hz / RATE, s1 = 0, s2 = 0, power;

	ck_assert_uint_lt(channel, (unsigned)info.channels);
	ck_assert_int_ge(sf_seek(f, (sf_count_t)(from_s * RATE), SEEK_SET), 0);
	ck_assert_int_eq(sf_readf_double(f, frames, (sf_count_t)n), (sf_count_t)n);
	for (size_t i = 0; i < n; i++) {
		double hann = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)n), s0;

		s0 = hann * frames[i * (size_t)info.channels + channel] + 2 * cos(w) * s1 - s2;
		s2 = s1;
		s1 = s0;
	}
	power = (s1 * s1 + s2 * s2 - 2 * cos(w) * s1 * s2) / ((double)n * (double)n / 16);
	(void)sf_close(f);
	free(frames);
	return 10 * log10(power + 1e-20);
}
