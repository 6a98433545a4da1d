/*
 * ivr_sim.c - the simulated platform of `govhotline ivr run`: a dialogue on a virtual clock, its prompts as
 * lines, the caller typed. A time-out passes at once, or takes as long as it says. No sound is made and no
 * call is placed.
 *
 * Protocol (jsonl), one object a line. Out: {"event":"prompt","text":..,"bargein":..},
 * {"event":"listen","timeout_ms":..,"modes":[..]},
 * {"event":"log","text":..}, {"event":"data","key":..,"value":..},
 * {"event":"transfer","dest":..,"bridge":..},
 * {"event":"exit","value":..}, {"event":"error","text":..}. In, after listen: {"dtmf":"12#"}, {"say":".."},
 * {"noinput":true},
 * {"nomatch":true}, {"hangup":true}; after transfer: {"transfer":"busy","duration_ms":0}. The end of input is
 * a hang-up.
 *
 * Typed: keys (0-9 * # A-D), words, an empty line for silence, "hangup"; after a transfer the outcome's name.
 */
#include "ivr.h"

#include "base/error.h"
#include "base/map.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 65536

enum sim_wait { SIM_RUNNING, SIM_LISTENS, SIM_PLAYED, SIM_TRANSFERS, SIM_OVER };

struct sim {
	const struct ivr_sim_opts *opts;
	struct ghl_clock clock, real;
	struct loop *loop;
	struct ivr *ivr;
	struct ivr_dialogue *dialogue;
	enum sim_wait wait;
	struct ivr_listen listen; /* its grammar is lent until the reply */
	struct map data;          /* call data: char * */
	char in[LINE_MAX_BYTES];
	size_t in_len;
	struct ghl_error err; /* why the dialogue ended; code 0: it ended well */
};

static void write_all(int fd, const char *s, size_t n)
{
	ssize_t done;

	while (n) {
		done = write(fd, s, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return; /* the reader is gone: the dialogue goes on to its end */
		s += done;
		n -= (size_t)done;
	}
}

static void say_line(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say_line(struct sim *s, const char *fmt, ...)
{
	struct text line;
	va_list ap;

	text_init(&line);
	va_start(ap, fmt);
	text_vfmt(&line, fmt, ap);
	va_end(ap);
	text_add_char(&line, '\n');
	write_all(s->opts->out_fd, text_str(&line), line.len);
	text_finish(&line);
}

/* Takes the object over. */
static void say_json(struct sim *s, json_t *o)
{
	char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (line)
		say_line(s, "%s", line);
	free(line);
	json_decref(o);
}

/* Text that is no UTF-8 cannot stand in JSON. */
static const char *safe(const char *s)
{
	return text_is_utf8(s, strlen(s)) ? s : "?";
}

static void add_segment(struct text *out, const struct ivr_segment *seg)
{
	const char *slash = seg->src ? strrchr(seg->src, '/') : NULL;

	if (seg->kind == IVR_BREAK)
		return;
	if (out->len)
		text_add_char(out, ' ');
	if (seg->kind == IVR_AUDIO && !*seg->text)
		text_fmt(out, "[%s]", slash ? slash + 1 : seg->src);
	else
		text_add(out, seg->text);
}

static void say_prompts(struct sim *s, const struct ivr_prompt *prompts, unsigned count)
{
	struct text words;

	for (unsigned i = 0; i < count; i++) {
		text_init(&words);
		for (unsigned n = 0; n < prompts[i].count; n++)
			add_segment(&words, &prompts[i].segments[n]);
		if (s->opts->jsonl)
			say_json(s, json_pack("{sssssb}", "event", "prompt", "text", safe(text_str(&words)),
					    "bargein", prompts[i].bargein));
		else if (words.len)
			say_line(s, "%s", words.s);
		text_finish(&words);
	}
}

static void say_listen(struct sim *s, const struct ivr_listen *l)
{
	json_t *modes = json_array();

	if (l->dtmf)
		(void)json_array_append_new(modes, json_string("dtmf"));
	if (l->voice)
		(void)json_array_append_new(modes, json_string("voice"));
	say_json(s, json_pack("{sssIso}", "event", "listen", "timeout_ms", (json_int_t)l->timeout_ms, "modes",
			    modes));
}

static void on_turn(
	void *arg, const struct ivr_prompt *prompts, unsigned count, const struct ivr_listen *listen)
{
	struct sim *s = arg;

	say_prompts(s, prompts, count);
	s->wait = listen ? SIM_LISTENS : SIM_PLAYED;
	if (!listen)
		return;
	s->listen = *listen;
	if (s->opts->jsonl)
		say_listen(s, listen);
}

static void on_transfer(void *arg, const struct ivr_prompt *prompts, unsigned count, const char *dest,
	bool bridge, uint32_t connect_timeout_ms, uint32_t max_ms)
{
	struct sim *s = arg;

	(void)connect_timeout_ms, (void)max_ms;
	say_prompts(s, prompts, count);
	s->wait = SIM_TRANSFERS;
	if (s->opts->jsonl)
		say_json(s, json_pack("{sssssb}", "event", "transfer", "dest", safe(dest), "bridge", bridge));
	else
		say_line(s, "-- transfer to %s (%s)", dest, bridge ? "bridge" : "blind");
}

static void on_record(void *arg, const struct ivr_prompt *prompts, unsigned count, uint32_t max_ms,
	uint32_t final_silence_ms, bool beep)
{
	struct sim *s = arg;

	(void)final_silence_ms, (void)beep;
	say_prompts(s, prompts, count);
	s->wait = SIM_LISTENS;
	memset(&s->listen, 0, sizeof(s->listen));
	say_json(s, json_pack("{sssI}", "event", "record", "max_ms", (json_int_t)max_ms));
}

static void on_log(void *arg, const char *text)
{
	struct sim *s = arg;

	if (s->opts->jsonl)
		say_json(s, json_pack("{ssss}", "event", "log", "text", safe(text)));
	else
		say_line(s, "-- log: %s", text);
}

static const char *on_data_get(void *arg, const char *key, char *room, size_t size)
{
	const char *v = map_get_text(&((struct sim *)arg)->data, key);

	if (!v)
		return NULL;
	(void)text_copy(room, size, v);
	return room;
}

static void on_data_set(void *arg, const char *key, const char *value)
{
	struct sim *s = arg;
	char *copy = strdup(value);

	free(map_take_text(&s->data, key));
	if (copy && map_put_text(&s->data, key, copy) < 0)
		free(copy);
	if (s->opts->jsonl)
		say_json(s, json_pack("{ssssss}", "event", "data", "key", safe(key), "value", safe(value)));
	else
		say_line(s, "-- data: %s=%s", key, value);
}

static void on_ended(void *arg, bool disconnect, const char *exit_json, const struct ghl_error *err)
{
	struct sim *s = arg;
	json_t *value = *exit_json ? json_loads(exit_json, JSON_DECODE_ANY, NULL) : NULL;

	s->wait = SIM_OVER;
	if (err)
		s->err = *err;
	if (err && s->opts->jsonl)
		say_json(s, json_pack("{ssss}", "event", "error", "text", safe(err->text)));
	else if (!err && s->opts->jsonl)
		say_json(s, json_pack("{ssso}", "event", "exit", "value",
				    value ? json_incref(value) : json_null()));
	else if (!err)
		say_line(
			s, "-- %s%s%s", disconnect ? "disconnect" : "exit", *exit_json ? " " : "", exit_json);
	json_decref(value);
}

static const struct ivr_platform platform = {
	on_turn, on_transfer, on_record, on_log, on_data_get, on_data_set, on_ended};

/* False: nothing came in time (real time only). */
static bool wait_readable(struct sim *s)
{
	struct pollfd p = {.fd = s->opts->in_fd, .events = POLLIN};
	int64_t before = clock_mono_us(&s->real);
	int ms = s->opts->real_time && s->wait == SIM_LISTENS ? (int)s->listen.timeout_ms : -1, n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	if (s->opts->real_time)
		loop_advance(s->loop, clock_mono_us(&s->real) - before);
	return n != 0;
}

enum line_result { LINE_GOT, LINE_TIME, LINE_END };

/* A line without its end in `line`; one that is too long is an end. */
static enum line_result read_line(struct sim *s, char *line)
{
	char *end;
	ssize_t n;
	size_t len;

	while (!(end = memchr(s->in, '\n', s->in_len))) {
		if (s->in_len == sizeof(s->in))
			return LINE_END;
		if (!wait_readable(s))
			return LINE_TIME;
		n = read(s->opts->in_fd, s->in + s->in_len, sizeof(s->in) - s->in_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return LINE_END;
		s->in_len += (size_t)n;
	}
	len = (size_t)(end - s->in);
	memcpy(line, s->in, len);
	line[len] = '\0';
	if (len && line[len - 1] == '\r')
		line[len - 1] = '\0';
	s->in_len -= len + 1;
	memmove(s->in, end + 1, s->in_len);
	return LINE_GOT;
}

/* Keys pressed without a pause, then silence for as long as the collection takes. */
static void press_keys(struct sim *s, const char *keys)
{
	struct ivr_input input = {.kind = IVR_IN_DTMF};
	struct ivr_collector c;
	enum ivr_collect_state state = IVR_COLLECTING;

	ivr_collect_start(&c, &s->listen, loop_now_us(s->loop), true);
	for (; *keys && state == IVR_COLLECTING; keys++)
		if (strchr("0123456789*#ABCDabcd", *keys))
			state = ivr_collect_digit(&c, *keys, loop_now_us(s->loop));
	while (state == IVR_COLLECTING) {
		loop_advance(s->loop, c.deadline_us - loop_now_us(s->loop));
		state = ivr_collect_time(&c, loop_now_us(s->loop));
	}
	if (state != IVR_COLLECTED)
		input.kind = state == IVR_COLLECT_NOINPUT ? IVR_IN_NOINPUT : IVR_IN_NOMATCH;
	input.text = c.digits;
	ivr_dialogue_input(s->dialogue, &input);
}

static void send(struct sim *s, enum ivr_input_kind kind, const char *text)
{
	struct ivr_input input = {.kind = kind, .text = text};

	ivr_dialogue_input(s->dialogue, &input);
}

static void send_outcome(struct sim *s, const char *outcome, json_int_t duration_ms)
{
	struct ivr_input input = {
		.kind = IVR_IN_TRANSFER, .outcome = outcome, .duration_ms = (uint32_t)duration_ms};

	ivr_dialogue_input(s->dialogue, &input);
}

static void take_json(struct sim *s, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *dtmf = json_string_value(json_object_get(o, "dtmf")),
		   *words = json_string_value(json_object_get(o, "say"));
	const char *outcome = json_string_value(json_object_get(o, "transfer"));

	if (json_is_true(json_object_get(o, "hangup")) || !o)
		send(s, IVR_IN_HANGUP, NULL);
	else if (s->wait == SIM_TRANSFERS)
		send_outcome(s, outcome ? outcome : "unknown",
			json_integer_value(json_object_get(o, "duration_ms")));
	else if (dtmf)
		press_keys(s, dtmf);
	else if (words)
		send(s, IVR_IN_SAY, words);
	else
		send(s, json_is_true(json_object_get(o, "nomatch")) ? IVR_IN_NOMATCH : IVR_IN_NOINPUT, NULL);
	json_decref(o);
}

static void take_typed(struct sim *s, const char *line)
{
	if (!strcmp(line, "hangup"))
		send(s, IVR_IN_HANGUP, NULL);
	else if (s->wait == SIM_TRANSFERS)
		send_outcome(s, *line ? line : "far_end_disconnect", 0);
	else if (!*line)
		send(s, IVR_IN_NOINPUT, NULL);
	else if (!line[strspn(line, "0123456789*#ABCD ")])
		press_keys(s, line);
	else
		send(s, IVR_IN_SAY, line);
}

static void take_line(struct sim *s)
{
	static const struct ivr_listen none;
	char line[LINE_MAX_BYTES];
	enum line_result r = read_line(s, line);

	if (r == LINE_END)
		send(s, IVR_IN_HANGUP, NULL);
	else if (r == LINE_TIME)
		send(s, IVR_IN_NOINPUT, NULL);
	else if (s->opts->jsonl)
		take_json(s, line);
	else
		take_typed(s, line);
	s->listen = none;
}

/* The dialogue answers in posted work: each round ends waiting, or over. */
static void converse(struct sim *s)
{
	for (;;) {
		s->wait = SIM_RUNNING;
		while (s->wait == SIM_RUNNING)
			loop_drain(s->loop);
		if (s->wait == SIM_OVER)
			return;
		if (s->wait == SIM_PLAYED)
			send(s, IVR_IN_NOINPUT, NULL);
		else
			take_line(s);
	}
}

static int prepare(struct sim *s, struct ivr_document **doc, struct ghl_error *err)
{
	struct ivr_opts opts = {.loop = NULL};
	int rc;

	clock_init_real(&s->real);
	clock_init_virtual(&s->clock, clock_utc_us(&s->real));
	map_init(&s->data);
	rc = loop_create_virtual(&s->loop, &s->clock);
	if (rc < 0)
		return error_set(err, rc, "%s", ghl_strerror(rc));
	opts.loop = s->loop;
	rc = ivr_create(&s->ivr, &opts, err);
	return rc < 0 ? rc : ivr_document_open(s->ivr, s->opts->path, doc, err);
}

static void finish_data(struct map *m)
{
	char *v;

	for (size_t i = 0; (v = map_next(m, &i));)
		free(v);
	map_finish(m);
}

int ivr_sim_run(const struct ivr_sim_opts *opts, struct ghl_error *err)
{
	static const struct ivr_session_vars vars = {
		"sip:caller@simulated", "", "sip:hotline@simulated", "simulated", "sip"};
	struct sim *s = calloc(1, sizeof(*s));
	struct ivr_document *doc = NULL;
	struct ghl_error why = {0};
	int rc;

	if (!s)
		return error_set(err, GHL_ENOMEM, "no memory");
	s->opts = opts;
	rc = prepare(s, &doc, &why);
	if (rc < 0 && opts->jsonl)
		say_json(s, json_pack("{ssss}", "event", "error", "text", safe(why.text)));
	if (!rc)
		rc = ivr_dialogue_start(s->ivr, doc, &vars, &platform, s, &s->dialogue);
	if (!rc) {
		converse(s);
		why = s->err;
	}
	if (err)
		*err = why;
	ivr_document_unref(doc);
	ivr_destroy(s->ivr);
	loop_destroy(s->loop);
	finish_data(&s->data);
	free(s);
	return rc;
}
