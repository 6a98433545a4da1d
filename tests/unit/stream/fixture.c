/* fixture.c - the house around a session. */
#include "fixture.h"

static void *loop_thread(void *arg)
{
	loop_run(arg);
	return NULL;
}

void fixture_start(struct fixture *f)
{
	struct store_opts opts = {0};
	struct actor owner;

	memset(f, 0, sizeof(*f));
	clock_init_real(&f->clock);
	f->core.clock = &f->clock;
	ck_assert_int_eq(loop_create(&f->core.loop, &f->clock), 0);
	opts.loop = f->core.loop;
	opts.clock = &f->clock;
	opts.no_sync = true;
	ck_assert_int_eq(store_open(&f->core.store, testing_folder(), &opts, NULL), 0);
	ck_assert_int_eq(access_create(&f->core.access, f->core.store, f->core.loop, NULL), 0);
	ck_assert_int_eq(stream_create(&f->core.stream, &f->core, NULL), 0);
	loop_release(f->core.loop);
	ck_assert_int_eq(pthread_create(&f->thread, NULL, loop_thread, f->core.loop), 0);
	fixture_on_loop(f, NULL, NULL);
	access_actor_owner(f->core.access, &owner);
	ck_assert_int_eq(session_create(&f->core, &owner, &f->owner), 0);
}

void fixture_stop(struct fixture *f)
{
	ghl_session_close(f->owner);
	stream_close_sessions(f->core.stream);
	loop_stop(f->core.loop);
	ck_assert_int_eq(pthread_join(f->thread, NULL), 0);
	stream_destroy(f->core.stream);
	store_close(f->core.store);
	access_destroy(f->core.access);
	loop_destroy(f->core.loop);
}

struct visit {
	struct loop_task task;
	loop_fn *fn;
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
};

static void run_visit(void *arg)
{
	struct visit *v = arg;

	if (v->fn)
		v->fn(v->arg);
	(void)pthread_mutex_lock(&v->lock);
	v->is_done = true;
	(void)pthread_cond_signal(&v->done);
	(void)pthread_mutex_unlock(&v->lock);
}

void fixture_on_loop(struct fixture *f, loop_fn *fn, void *arg)
{
	struct visit v = {.fn = fn, .arg = arg};

	(void)pthread_mutex_init(&v.lock, NULL);
	(void)pthread_cond_init(&v.done, NULL);
	loop_post_task(f->core.loop, &v.task, run_visit, &v);
	(void)pthread_mutex_lock(&v.lock);
	while (!v.is_done)
		(void)pthread_cond_wait(&v.done, &v.lock);
	(void)pthread_mutex_unlock(&v.lock);
	(void)pthread_cond_destroy(&v.done);
	(void)pthread_mutex_destroy(&v.lock);
}

struct series {
	struct fixture *f;
	int64_t from, n;
};

static void tell_series(void *arg)
{
	struct series *s = arg;

	for (int64_t i = 0; i < s->n; i++) {
		struct event_draft d;

		event_draft_init(&d, GHL_EV_DELIVERED);
		event_draft_int(&d, GHL_F_POSITION, s->from + i);
		event_draft_text(&d, GHL_F_AGENT, "1001");
		event_draft_text(&d, GHL_F_GROUP, "water");
		stream_tell(&s->f->core, &d);
	}
	stream_flush(s->f->core.stream);
}

void fixture_tell(struct fixture *f, int64_t from, int64_t n)
{
	struct series s = {f, from, n};

	fixture_on_loop(f, tell_series, &s);
}

static bool told_up_to(struct fixture *f, uint64_t seq)
{
	bool told;

	(void)pthread_mutex_lock(&f->core.stream->lock);
	told = f->core.stream->told.fact >= seq;
	(void)pthread_mutex_unlock(&f->core.stream->lock);
	return told;
}

void fixture_fact(struct fixture *f, int64_t from, int64_t n)
{
	struct store_batch *b = store_batch_new();
	struct store_result result;

	for (int64_t i = 0; i < n; i++) {
		struct event_draft d;

		event_draft_init(&d, GHL_EV_ALARM);
		event_draft_int(&d, GHL_F_POSITION, from + i);
		event_draft_text(&d, GHL_F_TEXT, "a disk is getting full");
		stream_fact(&f->core, b, &f->owner->actor, &d);
	}
	ck_assert_int_eq(store_commit(f->core.store, b, &result), 0);
	while (!told_up_to(f, result.last_seq))
		fixture_on_loop(f, NULL, NULL);
}

struct ghl_session *fixture_session(
	struct fixture *f, const char *name, uint32_t roles, const char *group, const char *agent)
{
	struct ghl_principal_opts opts = GHL_PRINCIPAL_OPTS_INIT;
	struct ghl_session *s = NULL;

	opts.roles = roles;
	opts.group = group;
	opts.agent = agent;
	ck_assert_int_eq(ghl_access_principal_set(f->owner, name, &opts, NULL), 0);
	ck_assert_int_eq(ghl_session_open_as(f->owner, name, &s), 0);
	return s;
}

struct ghl_event *fixture_next(struct ghl_session *s)
{
	struct ghl_event *e = NULL;

	ck_assert_int_eq(ghl_event_wait(s, 20000, &e), 1);
	return e;
}

enum ghl_event_type fixture_take(struct ghl_session *s, int64_t *n)
{
	struct ghl_event *e = fixture_next(s);
	enum ghl_event_type type = ghl_event_type(e);

	if (n)
		*n = ghl_event_int(e, GHL_F_POSITION);
	ghl_event_free(e);
	return type;
}
