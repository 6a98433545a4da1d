/*
 * script.c - Duktape under limits. A heap counts what it takes and refuses beyond its limit; the interrupt of
 * the build's own Duktape (see meson.build) asks script_interrupt() whether the turn's CPU time is spent.
 * Native code of Duktape (regular expressions, array functions) is not interrupted: it is bounded by the
 * build's limits, and what still runs over is left to worker.c.
 */
#include "script.h"

#include "scope.h"

#include <duktape.h>

#include <govhotline/error.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const scope_names[SCOPE_COUNT] = {
	"session", "application", "document", "dialog", "anonymous"};

const char *script_scope_name(enum script_scope s)
{
	return s < SCOPE_COUNT ? scope_names[s] : "?";
}

const char *script_result_name(enum script_result r)
{
	static const char *const names[] = {"ok", "error", "budget", "memory"};

	return r <= SCRIPT_MEMORY ? names[r] : "?";
}

static void *heap_alloc(void *udata, duk_size_t size)
{
	return blocks_take(&((struct script *)udata)->heap, size);
}

static void heap_free(void *udata, void *p)
{
	blocks_give(&((struct script *)udata)->heap, p);
}

static void *heap_realloc(void *udata, void *p, duk_size_t size)
{
	return blocks_resize(&((struct script *)udata)->heap, p, size);
}

/* Duktape has nothing to go on with after this; only an error outside protected calls leads here, and there
 * is none. */
static void on_fatal(void *udata, const char *msg)
{
	(void)udata;
	(void)fprintf(stderr, "govhotline: script heap: %s\n", msg);
	abort();
}

int script_interrupt(void *udata)
{
	struct script *s = udata;

	if (!s->spent)
		s->spent = clock_thread_cpu_us() > s->deadline_cpu_us ||
			   (s->limits.cancel && atomic_load(s->limits.cancel));
	return s->spent;
}

double script_now_ms(void *duk)
{
	duk_memory_functions funcs;
	struct script *s;

	duk_get_memory_functions(duk, &funcs);
	s = funcs.udata;
	return floor((double)clock_utc_us(s->limits.clock) / 1000.0);
}

void script_turn_begin(struct script *s)
{
	s->spent = false;
	s->heap.full = false;
	s->deadline_cpu_us = clock_thread_cpu_us() + s->limits.turn_cpu_us;
}

static duk_ret_t describe(duk_context *duk, void *arg)
{
	(void)arg;
	(void)duk_safe_to_string(duk, -1);
	return 1;
}

enum script_result script_fail(struct script *s)
{
	const char *why;

	text_clear(&s->error);
	if (s->spent) {
		duk_pop(s->duk);
		text_add(&s->error, "the script used up its time");
		return SCRIPT_BUDGET;
	}
	(void)duk_safe_call(s->duk, describe, NULL, 1, 1);
	why = duk_get_string(s->duk, -1);
	text_add(&s->error, why ? why : "an error that has no text");
	duk_pop(s->duk);
	if (s->heap.full) {
		s->heap.full = false;
		return SCRIPT_MEMORY;
	}
	return SCRIPT_ERROR;
}

enum script_result script_call(struct script *s, script_step *step, struct script_args *args)
{
	enum script_result r = script_wake(s);

	if (r != SCRIPT_OK)
		return r;
	args->script = s;
	s->heap.full = false;
	if (duk_safe_call(s->duk, step, args, 0, 1) != DUK_EXEC_SUCCESS)
		return script_fail(s);
	duk_pop(s->duk);
	return args->out && args->out->failed ? SCRIPT_MEMORY : SCRIPT_OK;
}

static duk_ret_t call_data_get(duk_context *duk)
{
	duk_memory_functions funcs;
	struct script *s;
	char room[1024];
	const char *v;

	duk_get_memory_functions(duk, &funcs);
	s = funcs.udata;
	v = s->data_fn ? s->data_fn(s->data_arg, duk_require_string(duk, 0), room, sizeof(room)) : NULL;
	if (!v)
		return 0;
	(void)duk_push_string(duk, v);
	return 1;
}

static duk_ret_t put_data(duk_context *duk, void *arg)
{
	(void)arg;
	(void)duk_push_object(duk);
	(void)duk_push_c_function(duk, call_data_get, 1);
	(void)duk_put_prop_string(duk, -2, "data");
	duk_freeze(duk, -1);
	(void)duk_put_global_string(duk, "hotline");
	return 0;
}

static enum script_result install_data(struct script *s)
{
	struct script_args args = {NULL};

	return script_call(s, put_data, &args);
}

enum script_result script_data_install(struct script *s, script_data_fn *fn, void *arg)
{
	s->data_fn = fn;
	s->data_arg = arg;
	return s->duk ? install_data(s) : SCRIPT_OK;
}

int script_create(struct script **out, const struct script_limits *limits)
{
	struct script *s = calloc(1, sizeof(*s));

	if (!s)
		return GHL_ENOMEM;
	s->limits = *limits;
	blocks_init(&s->heap, limits->heap_bytes);
	draft_init(&s->draft);
	(void)draft_open(&s->draft, SCOPE_SESSION);
	script_turn_begin(s);
	*out = s;
	return 0;
}

void script_destroy(struct script *s)
{
	if (!s)
		return;
	draft_finish(&s->draft);
	blocks_finish(&s->heap);
	text_finish(&s->error);
	free(s);
}

/* A heap that cannot be filled is thrown away: the draft is as it was. */
static enum script_result discard_heap(struct script *s, enum script_result r)
{
	blocks_finish(&s->heap);
	s->duk = NULL;
	memset(s->scopes, 0, sizeof(s->scopes));
	return r;
}

static enum script_result make_heap(struct script *s)
{
	enum script_result r;

	s->duk = duk_create_heap(heap_alloc, heap_realloc, heap_free, s, on_fatal);
	if (!s->duk) {
		text_clear(&s->error);
		text_add(&s->error, "no memory for the script heap");
		return discard_heap(s, SCRIPT_MEMORY);
	}
	r = scope_fill(s);
	if (r == SCRIPT_OK && s->data_fn)
		r = install_data(s);
	if (r != SCRIPT_OK)
		return discard_heap(s, r);
	draft_finish(&s->draft);
	return SCRIPT_OK;
}

/* Making the heap is no script's work: the turn's budget stands still. */
enum script_result script_wake(struct script *s)
{
	enum script_result r;
	int64_t left_us;

	if (s->duk)
		return SCRIPT_OK;
	left_us = s->deadline_cpu_us - clock_thread_cpu_us();
	s->deadline_cpu_us = INT64_MAX;
	r = make_heap(s);
	s->deadline_cpu_us = clock_thread_cpu_us() + left_us;
	return r;
}

size_t script_heap_bytes(const struct script *s)
{
	return s->heap.used;
}

const char *script_error(const struct script *s)
{
	return text_str(&s->error);
}

void script_quote(struct text *out, const char *s)
{
	text_add_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_fmt(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			text_fmt(out, "\\u%04x", (unsigned)*s);
		else
			text_add_char(out, *s);
	}
	text_add_char(out, '"');
}
