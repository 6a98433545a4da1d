/*
 * dialogue.c - the loop's side of a dialogue: it sends turns to workers, hands their outcome to the platform,
 * and gets the caller out when a turn does not come back. `RUNNING` and the two after it have a turn under
 * way.
 *
 *      start                 done                    input
 *        +----> RUNNING -----------------> WAITING ----------> RUNNING
 *                 |  |  \  over, overrun      |
 *                 |  |   +-----------------> OVER (ended() was called)
 *                 |  abandon                  | abandon
 *                 |                           v
 *                 +---------> DETACHED --> LEAVING ----------> OVER (nothing is called)
 *                               done         done, over, overrun
 *
 * Timers: the wall timer of a turn (turn_wall_ms), counted from when a worker took it.
 */
#include "inside.h"

#include "base/error.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum dialogue_state {
	DIALOGUE_RUNNING,
	DIALOGUE_WAITING,
	DIALOGUE_DETACHED,
	DIALOGUE_LEAVING,
	DIALOGUE_OVER
};
enum dialogue_event { EV_INPUT, EV_DONE, EV_LAST, EV_ABANDON, EV_OVERRUN };

struct ivr_dialogue {
	struct list in_ivr;
	struct list letter;
	struct ivr *ivr;
	enum dialogue_state state;
	struct job job;
	struct timer wall;
	struct fia fia; /* the worker's while a turn is under way */
	bool begun;
	struct ivr_input input; /* of the next turn; its texts are ours */
	bool delivering;        /* the turn's texts are lent to the platform now */
	bool submit_waits;      /* the next turn begins when that is over */
	bool hangup_waits;      /* a hang-up that came while a turn ran */
	struct text session;    /* session.connection as an expression */
	struct ivr_platform platform;
	void *arg;
	pthread_mutex_t lock; /* guards attached, and the platform while data_get runs */
	bool attached;
	atomic_bool cancel;
};

static const char *state_name(enum dialogue_state s)
{
	static const char *const names[] = {"running", "waiting", "detached", "leaving", "over"};

	return s <= DIALOGUE_OVER ? names[s] : "?";
}

static void dialogue_free(struct ivr_dialogue *d)
{
	fia_finish(&d->fia);
	free((char *)d->input.text);
	free((char *)d->input.outcome);
	text_finish(&d->session);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

/* --- on a worker --- */

static const char *data_get(void *arg, const char *key, char *room, size_t size)
{
	struct ivr_dialogue *d = arg;
	const char *v = NULL;

	(void)pthread_mutex_lock(&d->lock);
	if (d->attached && d->platform.data_get)
		v = d->platform.data_get(d->arg, key, room, size);
	if (v && v != room) {
		(void)text_copy(room, size, v);
		v = room;
	}
	(void)pthread_mutex_unlock(&d->lock);
	return v;
}

static int make_script(struct ivr_dialogue *d)
{
	const struct ivr_opts *o = &d->ivr->opts;
	struct script_limits limits = {
		.heap_bytes = o->heap_bytes,
		.turn_cpu_us = (int64_t)o->turn_cpu_ms * 1000,
		.clock = loop_clock(o->loop),
		.cancel = &d->cancel,
	};
	int rc = script_create(&d->fia.script, &limits);

	if (rc < 0)
		return rc;
	if (script_declare_value(d->fia.script, SCOPE_SESSION, "connection", text_str(&d->session)) !=
			SCRIPT_OK ||
		script_data_install(d->fia.script, data_get, d) != SCRIPT_OK)
		return GHL_ENOMEM;
	return 0;
}

static void run_turn(struct ivr_dialogue *d)
{
	atomic_fetch_add(&d->ivr->turns, 1);
	if (d->begun) {
		fia_input(&d->fia, &d->input);
		return;
	}
	d->begun = true;
	if (make_script(d) == 0) {
		fia_begin(&d->fia);
		return;
	}
	turn_reset(&d->fia.turn);
	d->fia.turn.end = TURN_OVER;
	(void)error_set(&d->fia.turn.err, GHL_ENOMEM, "no memory for the dialogue's script heap");
}

static void on_run(struct job *j)
{
	run_turn(container_of(j, struct ivr_dialogue, job));
}

static void on_done(struct job *j)
{
	struct ivr_dialogue *d = container_of(j, struct ivr_dialogue, job);

	inbox_post(d->ivr->inbox, &d->letter);
}

static void on_discard(struct job *j)
{
	dialogue_free(container_of(j, struct ivr_dialogue, job));
}

/* --- on the loop --- */

static void handle(struct ivr_dialogue *d, enum dialogue_event e);

static void detach(struct ivr_dialogue *d)
{
	(void)pthread_mutex_lock(&d->lock);
	d->attached = false;
	(void)pthread_mutex_unlock(&d->lock);
}

static void link_dialogue(struct ivr_dialogue *d)
{
	list_append(&d->ivr->dialogues, &d->in_ivr);
	d->ivr->dialogue_count++;
}

static void unlink_dialogue(struct ivr_dialogue *d)
{
	loop_timer_stop(d->ivr->opts.loop, &d->wall);
	list_remove(&d->in_ivr);
	d->ivr->dialogue_count--;
}

static void on_wall(void *arg)
{
	struct ivr_dialogue *d = arg;
	int64_t age_us = crew_age_us(d->ivr->crew, &d->job),
		left_us = (int64_t)d->ivr->opts.turn_wall_ms * 1000;

	if (age_us >= left_us) {
		handle(d, EV_OVERRUN);
		return;
	}
	if (age_us > 0)
		left_us -= age_us;
	loop_timer_start(d->ivr->opts.loop, &d->wall, (uint64_t)(left_us / 1000 + 1), on_wall, d);
}

static void submit(struct ivr_dialogue *d)
{
	d->submit_waits = d->delivering;
	if (d->submit_waits)
		return;
	if (!d->ivr->crew) {
		inbox_post(d->ivr->inbox, &d->letter);
		return;
	}
	loop_timer_start(d->ivr->opts.loop, &d->wall, d->ivr->opts.turn_wall_ms, on_wall, d);
	(void)crew_submit(d->ivr->crew, &d->job); /* it is idle: the state machine has one turn at a time */
}

static void submit_hangup(struct ivr_dialogue *d)
{
	free((char *)d->input.text);
	free((char *)d->input.outcome);
	d->input = (struct ivr_input){.kind = IVR_IN_HANGUP};
	submit(d);
}

static void deliver(struct ivr_dialogue *d)
{
	if (d->hangup_waits) {
		d->hangup_waits = false;
		d->state = DIALOGUE_RUNNING;
		submit_hangup(d);
		return;
	}
	d->delivering = true; /* the platform may answer at once */
	turn_deliver(&d->fia.turn, &d->platform, d->arg);
	d->delivering = false;
	if (d->submit_waits)
		submit(d);
}

static void finish(struct ivr_dialogue *d)
{
	detach(d);
	unlink_dialogue(d);
	turn_deliver(&d->fia.turn, &d->platform, d->arg);
	dialogue_free(d);
}

static void drop(struct ivr_dialogue *d)
{
	unlink_dialogue(d);
	dialogue_free(d);
}

static void leave(struct ivr_dialogue *d)
{
	detach(d);
	submit_hangup(d);
}

static void attach(struct ivr_dialogue *d, bool attached)
{
	(void)pthread_mutex_lock(&d->lock);
	d->attached = attached;
	(void)pthread_mutex_unlock(&d->lock);
	atomic_store(&d->cancel, !attached);
}

/* Once it is written off the worker owns it and may free it at any time: everything is taken out before. */
static void write_off(struct ivr_dialogue *d)
{
	struct ivr *ivr = d->ivr;
	struct ivr_platform platform = d->platform;
	void *arg = d->arg;
	bool attached = d->attached;
	struct ghl_error err;

	(void)error_set(&err, GHL_ETIMEDOUT, "%s: a turn did not come back in %u ms", d->fia.start->name,
		ivr->opts.turn_wall_ms);
	unlink_dialogue(d);
	attach(d, false);
	if (!crew_write_off(ivr->crew, &d->job)) { /* it has just come back: its letter is on the way */
		attach(d, attached);
		link_dialogue(d);
		return;
	}
	log_warn("ivr", "worker written off why=\"%s\"", err.text);
	if (attached)
		platform.ended(arg, false, "", &err);
}

static const struct {
	bool allowed;
	enum dialogue_state next;
	void (*action)(struct ivr_dialogue *d);
} moves[DIALOGUE_OVER][EV_OVERRUN + 1] = {
	[DIALOGUE_RUNNING] =
		{
			[EV_DONE] = {true, DIALOGUE_WAITING, deliver},
			[EV_LAST] = {true, DIALOGUE_OVER, finish},
			[EV_ABANDON] = {true, DIALOGUE_DETACHED, detach},
			[EV_OVERRUN] = {true, DIALOGUE_RUNNING, write_off},
		},
	[DIALOGUE_WAITING] =
		{
			[EV_INPUT] = {true, DIALOGUE_RUNNING, submit},
			[EV_ABANDON] = {true, DIALOGUE_LEAVING, leave},
		},
	[DIALOGUE_DETACHED] =
		{
			[EV_DONE] = {true, DIALOGUE_LEAVING, submit_hangup},
			[EV_LAST] = {true, DIALOGUE_OVER, drop},
			[EV_OVERRUN] = {true, DIALOGUE_DETACHED, write_off},
		},
	[DIALOGUE_LEAVING] =
		{
			[EV_DONE] = {true, DIALOGUE_OVER, drop},
			[EV_LAST] = {true, DIALOGUE_OVER, drop},
			[EV_OVERRUN] = {true, DIALOGUE_LEAVING, write_off},
		},
};

/* The dialogue may be gone afterwards. What no row allows came too late and means nothing. */
static void handle(struct ivr_dialogue *d, enum dialogue_event e)
{
	enum dialogue_state from = d->state;

	assert(from < DIALOGUE_OVER);
	if (!moves[from][e].allowed)
		return;
	log_debug("ivr", "dialogue %p %s event %d", (void *)d, state_name(from), (int)e);
	d->state = moves[from][e].next;
	moves[from][e].action(d);
}

static void on_letter(void *arg, struct list *letter)
{
	struct ivr_dialogue *d = container_of(letter, struct ivr_dialogue, letter);
	struct ivr *ivr = arg;
	int64_t before = clock_thread_cpu_us();

	if (!ivr->crew) {
		run_turn(d);
		ivr->cpu_us += clock_thread_cpu_us() - before;
	}
	loop_timer_stop(ivr->opts.loop, &d->wall);
	handle(d, d->fia.turn.end == TURN_OVER ? EV_LAST : EV_DONE);
}

static void add_member(struct text *out, const char *head, const char *value, const char *tail)
{
	text_add(out, head);
	script_quote(out, value ? value : "");
	text_add(out, tail);
}

/* session.connection: section 5.1.4 */
static void describe_session(struct text *out, const struct ivr_session_vars *v)
{
	add_member(out, "{remote:{uri:", v->calling, ",");
	add_member(out, "name:", v->calling_name, "},");
	add_member(out, "local:{uri:", v->called, "},");
	add_member(out, "protocol:{name:", v->connection_protocol, "},");
	add_member(out, "id:", v->call_id, "}");
}

int ivr_dialogue_start(struct ivr *ivr, struct ivr_document *doc, const struct ivr_session_vars *vars,
	const struct ivr_platform *platform, void *arg, struct ivr_dialogue **out)
{
	static const struct ivr_session_vars nobody = {NULL};
	struct ivr_dialogue *d;

	if (ivr->crew && crew_written_off(ivr->crew) >= ivr->opts.write_offs)
		return GHL_EFULL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return GHL_ENOMEM;
	text_init(&d->session);
	describe_session(&d->session, vars ? vars : &nobody);
	if (d->session.failed) {
		free(d);
		return GHL_ENOMEM;
	}
	(void)pthread_mutex_init(&d->lock, NULL);
	list_init(&d->letter);
	d->ivr = ivr;
	d->platform = *platform;
	d->arg = arg;
	d->attached = true;
	d->fia.ivr = ivr;
	d->fia.steps_max = ivr->opts.fia_turns;
	d->fia.start = ivr_document_ref(doc);
	link_dialogue(d);
	*out = d;
	submit(d);
	return 0;
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

void ivr_dialogue_input(struct ivr_dialogue *d, const struct ivr_input *input)
{
	if (d->state == DIALOGUE_RUNNING && input->kind == IVR_IN_HANGUP)
		d->hangup_waits = true;
	if (d->state != DIALOGUE_WAITING)
		return;
	free((char *)d->input.text);
	free((char *)d->input.outcome);
	d->input = *input;
	d->input.text = copy(input->text);
	d->input.outcome = copy(input->outcome);
	handle(d, EV_INPUT);
}

void ivr_dialogue_abandon(struct ivr_dialogue *d)
{
	handle(d, EV_ABANDON);
}

static void apply_defaults(struct ivr_opts *o)
{
	o->workers = o->workers ? o->workers : 2;
	o->turn_cpu_ms = o->turn_cpu_ms ? o->turn_cpu_ms : 100;
	o->turn_wall_ms = o->turn_wall_ms ? o->turn_wall_ms : 200;
	o->heap_bytes = o->heap_bytes ? o->heap_bytes : 2U << 20;
	o->fia_turns = o->fia_turns ? o->fia_turns : 1000;
	o->document_bytes = o->document_bytes ? o->document_bytes : 1U << 20;
	o->document_depth = o->document_depth ? o->document_depth : 64;
	o->write_offs = o->write_offs ? o->write_offs : 8;
}

int ivr_create(struct ivr **out, const struct ivr_opts *opts, struct ghl_error *err)
{
	static const struct crew_fns fns = {.run = on_run, .done = on_done, .discard = on_discard};
	struct ivr *ivr = calloc(1, sizeof(*ivr));
	int rc;

	if (!ivr)
		return error_set(err, GHL_ENOMEM, "no memory");
	ivr->opts = *opts;
	apply_defaults(&ivr->opts);
	list_init(&ivr->dialogues);
	documents_init(ivr);
	rc = inbox_create(&ivr->inbox, opts->loop, on_letter, ivr);
	if (!rc && !loop_clock(opts->loop)->is_virtual)
		rc = crew_create(&ivr->crew, ivr->opts.workers, loop_clock(opts->loop), &fns);
	if (rc < 0) {
		ivr_destroy(ivr);
		return error_set(err, rc, "the dialogue workers cannot be started: %s", ghl_strerror(rc));
	}
	*out = ivr;
	return 0;
}

void ivr_destroy(struct ivr *ivr)
{
	struct list *pos, *tmp;

	if (!ivr)
		return;
	LIST_EACH(pos, tmp, &ivr->dialogues)
	atomic_store(&container_of(pos, struct ivr_dialogue, in_ivr)->cancel, true);
	crew_destroy(ivr->crew);
	inbox_close(ivr->inbox);
	LIST_EACH(pos, tmp, &ivr->dialogues)
	drop(container_of(pos, struct ivr_dialogue, in_ivr));
	documents_finish(ivr);
	free(ivr);
}

void ivr_stat(struct ivr *ivr, struct ivr_stat *out)
{
	*out = (struct ivr_stat){
		.dialogues = ivr->dialogue_count,
		.documents = documents_count(ivr),
		.written_off = ivr->crew ? crew_written_off(ivr->crew) : 0,
		.turns = atomic_load(&ivr->turns),
		.cpu_us = ivr->crew ? crew_cpu_us(ivr->crew) : ivr->cpu_us,
	};
}
