/* test_session.c - sessions, requests and their completions, waiting and closing. */
#include "fixture.h"

#include <poll.h>
#include <stdio.h>

static struct fixture f;

/* An operation that is completed when the test says so. */
static struct ticket *held[OPEN_MAX];
static unsigned held_count;

static void run_hold(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	held[held_count++] = t;
}

static void release_all(void *arg)
{
	for (unsigned i = 0; i < held_count; i++) {
		struct ghl_outcome o = GHL_OUTCOME_INIT;

		o.sip_status = 486;
		o.q850 = 17;
		o.status = GHL_EREFUSED;
		ticket_done_outcome(held[i], &o);
	}
	held_count = 0;
}

static void run_echo(struct core *core, const struct actor *actor, struct ticket *t, void *args)
{
	ticket_done(t, *(int *)args);
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

START_TEST(a_session_costs_at_most_4_kB_and_no_descriptor)
{
	fixture_start(&f);
	ck_assert_uint_le(sizeof(struct ghl_session), 4096);
	ck_assert_int_eq(f.owner->fd, -1);
	fixture_stop(&f);
}
END_TEST

START_TEST(ten_thousand_sessions_open_and_the_next_is_refused)
{
	static struct ghl_session *all[SESSIONS_MAX];
	struct ghl_session *one = NULL;
	struct actor owner;

	fixture_start(&f);
	access_actor_owner(f.core.access, &owner);
	for (unsigned i = 0; i < SESSIONS_MAX - 1; i++)
		ck_assert_int_eq(session_create(&f.core, &owner, &all[i]), 0);
	ck_assert_int_eq(session_create(&f.core, &owner, &one), GHL_EFULL);
	ghl_session_close(all[0]);
	ck_assert_int_eq(session_create(&f.core, &owner, &all[0]), 0);
	for (unsigned i = 0; i < SESSIONS_MAX - 1; i++)
		ghl_session_close(all[i]);
	fixture_stop(&f);
}
END_TEST

START_TEST(without_a_request_the_outcome_is_returned)
{
	int good = 0, bad = GHL_ESTATE;
	struct ghl_outcome o = GHL_OUTCOME_INIT;

	fixture_start(&f);
	ck_assert_int_eq(session_submit(f.owner, NULL, run_echo, &good, sizeof(good), NULL), 0);
	ck_assert_int_eq(session_submit(f.owner, NULL, run_echo, &bad, sizeof(bad), &o), GHL_ESTATE);
	ck_assert_str_eq(o.text, ghl_strerror(GHL_ESTATE));
	fixture_stop(&f);
}
END_TEST

START_TEST(request_wait_takes_only_its_own_completion)
{
	ghl_request a, b;
	int first = GHL_EBUSY, second = GHL_EEXIST;
	struct ghl_outcome o = GHL_OUTCOME_INIT;
	struct ghl_event *e;

	fixture_start(&f);
	ck_assert_int_eq(session_submit(f.owner, &a, run_echo, &first, sizeof(first), NULL), 0);
	ck_assert_int_eq(session_submit(f.owner, &b, run_echo, &second, sizeof(second), NULL), 0);
	ck_assert_int_eq(ghl_request_wait(f.owner, b, -1, &o), 1);
	ck_assert_int_eq(o.status, GHL_EEXIST);
	ck_assert_int_eq(ghl_request_wait(f.owner, b, 0, &o), GHL_ENOENT);
	e = fixture_next(f.owner);
	ck_assert_int_eq(ghl_event_type(e), GHL_EV_COMPLETED);
	ck_assert_uint_eq((uint64_t)ghl_event_int(e, GHL_F_REQUEST), a);
	ck_assert_int_eq(ghl_event_int(e, GHL_F_STATUS), GHL_EBUSY);
	ghl_event_free(e);
	ck_assert_int_eq(ghl_request_wait(f.owner, a, 0, &o), GHL_ENOENT);
	fixture_stop(&f);
}
END_TEST

START_TEST(no_completion_is_lost_with_4096_open_and_the_next_is_refused)
{
	static ghl_request reqs[OPEN_MAX];
	ghl_request more;
	struct ghl_outcome o = GHL_OUTCOME_INIT;

	fixture_start(&f);
	f.core.stream->limits.queue_max = 1; /* full of news: completions have places of their own */
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", GHL_FROM_NOW, NULL), 0);
	for (unsigned i = 0; i < OPEN_MAX; i++)
		ck_assert_int_eq(session_submit(f.owner, &reqs[i], run_hold, NULL, 0, NULL), 0);
	ck_assert_int_eq(session_submit(f.owner, &more, run_hold, NULL, 0, NULL), GHL_EAGAIN);
	fixture_tell(&f, 0, 10);
	fixture_on_loop(&f, release_all, NULL);
	for (unsigned i = OPEN_MAX; i-- > 0;) {
		ck_assert_int_eq(ghl_request_wait(f.owner, reqs[i], 0, &o), 1);
		ck_assert_int_eq(o.sip_status, 486);
	}
	ck_assert_int_eq(fixture_take(f.owner, NULL), GHL_EV_DELIVERED);
	ck_assert_int_eq(fixture_take(f.owner, NULL), GHL_EV_OVERFLOW);
	fixture_stop(&f);
}
END_TEST

START_TEST(a_wait_ends_when_its_time_is_over)
{
	struct ghl_event *e = NULL;
	ghl_request req;

	fixture_start(&f);
	ck_assert_int_eq(session_submit(f.owner, &req, run_hold, NULL, 0, NULL), 0);
	ck_assert_int_eq(ghl_request_wait(f.owner, req, 5, NULL), 0);
	ck_assert_int_eq(ghl_event_wait(f.owner, 5, &e), 0);
	ck_assert_ptr_null(e);
	fixture_on_loop(&f, release_all, NULL);
	fixture_stop(&f);
}
END_TEST

enum waiting { WAIT_EVENT, WAIT_REQUEST, WAIT_SUBMIT, WAITERS };
static ghl_request awaited;

static void *wait_for_something(void *arg)
{
	struct ghl_event *e = NULL;

	switch ((enum waiting)(intptr_t)arg) {
	case WAIT_EVENT:
		return (void *)(intptr_t)ghl_event_wait(f.owner, -1, &e);
	case WAIT_REQUEST:
		return (void *)(intptr_t)ghl_request_wait(f.owner, awaited, -1, NULL);
	default:
		return (void *)(intptr_t)session_submit(f.owner, NULL, run_hold, NULL, 0, NULL);
	}
}

static void await_references(unsigned n)
{
	while (atomic_load(&f.owner->refs) < n)
		fixture_on_loop(&f, NULL, NULL);
}

START_TEST(closing_wakes_everyone_who_waits)
{
	pthread_t threads[WAITERS];
	void *rc;

	fixture_start(&f);
	ck_assert_int_eq(session_submit(f.owner, &awaited, run_hold, NULL, 0, NULL), 0);
	for (intptr_t i = 0; i < WAITERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_for_something, (void *)i), 0);
	await_references(6); /* ours, two tickets, three waiters */
	ghl_session_close(f.owner);
	f.owner = NULL;
	for (unsigned i = 0; i < WAITERS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &rc), 0);
		ck_assert_int_eq((int)(intptr_t)rc, GHL_ECLOSED);
	}
	fixture_on_loop(&f, release_all, NULL);
	fixture_stop(&f);
}
END_TEST

START_TEST(the_descriptor_is_readable_exactly_while_something_waits)
{
	int fd, ok = 0;
	ghl_request req;
	struct ghl_event *e;

	fixture_start(&f);
	fd = ghl_event_fd(f.owner);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ghl_event_fd(f.owner), fd);
	ck_assert(!readable(fd));
	ck_assert_int_eq(ghl_monitor_start(f.owner, "", GHL_FROM_NOW, NULL), 0);
	fixture_tell(&f, 1, 2);
	ck_assert(readable(fd));
	ck_assert_int_eq(ghl_event_next(f.owner, &e), 1);
	ghl_event_free(e);
	ck_assert(readable(fd));
	ck_assert_int_eq(ghl_event_next(f.owner, &e), 1);
	ghl_event_free(e);
	ck_assert(!readable(fd));
	ck_assert_int_eq(session_submit(f.owner, &req, run_echo, &ok, sizeof(ok), NULL), 0);
	ck_assert_int_eq(ghl_request_wait(f.owner, req, -1, NULL), 1);
	ck_assert(!readable(fd));
	fixture_stop(&f);
}
END_TEST

static int ask(struct core *core, const struct actor *actor, void *args)
{
	ck_assert(loop_on_thread(core->loop));
	*(int *)args += 1;
	return 42;
}

START_TEST(a_query_runs_on_the_loop_and_returns_its_value)
{
	int asked = 0;

	fixture_start(&f);
	ck_assert_int_eq(session_query(f.owner, ask, &asked), 42);
	ck_assert_int_eq(asked, 1);
	fixture_stop(&f);
}
END_TEST

START_TEST(a_list_gives_its_items_texts_and_cursor)
{
	struct item {
		uint32_t size;
		const char *text;
	};
	struct ghl_list *l;
	char name[32];
	const struct item *it;
	unsigned n = 0;

	ck_assert_int_eq(list_new(&l, sizeof(struct item)), 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct item *x = list_add(l);

		(void)snprintf(name, sizeof(name), "item %u", i);
		x->text = list_text(l, name);
	}
	list_cursor_set(l, "item 999");
	ck_assert_uint_eq(ghl_list_count(l), 1000);
	while ((it = ghl_list_next(l))) {
		(void)snprintf(name, sizeof(name), "item %u", n++);
		ck_assert_uint_eq(it->size, sizeof(struct item));
		ck_assert_str_eq(it->text, name);
	}
	ck_assert_uint_eq(n, 1000);
	ghl_list_rewind(l);
	ck_assert_ptr_nonnull(ghl_list_next(l));
	ck_assert_str_eq(ghl_list_cursor(l), "item 999");
	ghl_list_free(l);
}
END_TEST

TEST_SUITE(session_suite, 60, a_session_costs_at_most_4_kB_and_no_descriptor,
	ten_thousand_sessions_open_and_the_next_is_refused, without_a_request_the_outcome_is_returned,
	request_wait_takes_only_its_own_completion,
	no_completion_is_lost_with_4096_open_and_the_next_is_refused, a_wait_ends_when_its_time_is_over,
	closing_wakes_everyone_who_waits, the_descriptor_is_readable_exactly_while_something_waits,
	a_query_runs_on_the_loop_and_returns_its_value, a_list_gives_its_items_texts_and_cursor)
