/* test_server.c - the control socket: JSON-RPC 2.0 by a peer that shares no code with it. */
#include "../stream/fixture.h"

#include <govhotline/server.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <valgrind/valgrind.h>

static struct fixture f;
static struct ghl_server *server;
static char path[100];

static void start(void)
{
	fixture_start(&f);
	(void)snprintf(path, sizeof(path), "%s/control.sock", store_dir(f.core.store));
	ck_assert_int_eq(ghl_server_start(&server, f.owner, path, NULL), 0);
}

static void stop(void)
{
	ghl_server_stop(server);
	ck_assert_int_ne(access(path, F_OK), 0);
	fixture_stop(&f);
}

static FILE *dial(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fdopen(fd, "r+");
}

static json_t *read_line(FILE *io)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n = getline(&line, &room, io);
	json_t *o;

	ck_assert_int_gt(n, 0);
	o = json_loadb(line, (size_t)n, 0, NULL);
	ck_assert_msg(o != NULL, "%s", line);
	free(line);
	return o;
}

static json_t *ask(FILE *io, const char *line)
{
	ck_assert_int_gt(fprintf(io, "%s\n", line), 0);
	ck_assert_int_eq(fflush(io), 0);
	return read_line(io);
}

static void expect_error(FILE *io, const char *line, int code, const char *text)
{
	json_t *o = ask(io, line), *e = json_object_get(o, "error");

	ck_assert_msg(
		json_integer_value(json_object_get(e, "code")) == code, "%s -> %s", line, json_dumps(o, 0));
	ck_assert_msg(strstr(json_string_value(json_object_get(e, "message")), text) != NULL, "%s",
		json_dumps(o, 0));
	json_decref(o);
}

START_TEST(a_request_is_answered_with_its_id)
{
	FILE *io;
	json_t *o;

	start();
	io = dial();
	o = ask(io, "{\"jsonrpc\":\"2.0\",\"id\":\"x7\",\"method\":\"session.whoami\"}");
	ck_assert_str_eq(json_string_value(json_object_get(o, "id")), "x7");
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(o, "result"), "principal")), "owner");
	json_decref(o);
	(void)fclose(io);
	stop();
}
END_TEST

START_TEST(bad_input_is_refused_and_the_connection_lives)
{
	char deep[80], *longest = malloc(300 * 1024 + 1);
	FILE *io;

	start();
	io = dial();
	expect_error(io, "{", -32700, "");
	expect_error(io, "{\"a\":1,\"a\":2}", -32700, "");
	expect_error(io, "[]", -32600, "batch");
	expect_error(io, "7", -32600, "");
	expect_error(io, "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"session.whoami\"}", -32600, "");
	expect_error(io, "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"session.whoami\"}", -32600, "");
	expect_error(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.whoami\",\"params\":[1]}",
		-32602, "object");
	expect_error(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sesion.whoami\"}", -32601,
		"\"session.whoami\"?");
	expect_error(io,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.tail\",\"params\":{\"filtr\":\"\"}}",
		-32602, "\"filter\"?");
	expect_error(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.tail\",\"params\":{\"filter\":7}}",
		-32602, "text");
	expect_error(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.as\"}", -32602, "missing");
	memset(deep, '[', sizeof(deep));
	deep[79] = 0;
	expect_error(io, deep, -32700, "deep");
	memset(longest, ' ', 300 * 1024);
	longest[300 * 1024] = 0;
	expect_error(io, longest, -32700, "long");
	json_decref(ask(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.whoami\"}"));
	free(longest);
	(void)fclose(io);
	stop();
}
END_TEST

START_TEST(a_batch_is_answered_as_one_and_notifications_are_not)
{
	FILE *io;
	json_t *o;

	start();
	io = dial();
	o = ask(io, "[{\"jsonrpc\":\"2.0\",\"method\":\"session.whoami\"},{\"jsonrpc\":\"2.0\",\"id\":2,"
		    "\"method\":\"session.whoami\"}]");
	ck_assert_uint_eq(json_array_size(o), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(o, 0), "id")), 2);
	json_decref(o);
	(void)fclose(io);
	stop();
}
END_TEST

START_TEST(the_owner_may_act_as_another_and_then_has_only_its_rights)
{
	FILE *io;

	start();
	ghl_session_close(fixture_session(&f, "agent:1001", GHL_ROLE_AGENT, "", "1001"));
	io = dial();
	expect_error(io,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.operations\",\"params\":{\"as\":\"agent:"
		"1001\"}}",
		-32000, "right");
	expect_error(io,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.as\",\"params\":{\"principal\":"
		"\"nobody\"}}",
		-32000, "nobody");
	json_decref(ask(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.as\",\"params\":{"
			    "\"principal\":\"agent:1001\"}}"));
	expect_error(io,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.as\",\"params\":{\"principal\":\"owner\"}"
		"}",
		-32000, "");
	(void)fclose(io);
	stop();
}
END_TEST

START_TEST(session_as_with_an_as_is_refused_and_the_connection_keeps_its_session)
{
	FILE *io;
	json_t *o;

	start();
	ghl_session_close(fixture_session(&f, "agent:1001", GHL_ROLE_AGENT, "", "1001"));
	io = dial();
	expect_error(io,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.as\",\"params\":{\"principal\":"
		"\"agent:1001\",\"as\":\"owner\"}}",
		-32602, "takes no");
	o = ask(io, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"session.whoami\"}");
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(o, "result"), "principal")), "owner");
	json_decref(o);
	(void)fclose(io);
	stop();
}
END_TEST

START_TEST(a_peer_that_never_reads_does_not_hold_the_end_up)
{
	struct ghl_clock clock;
	int64_t began_us;
	int waiting = 0;
	FILE *io;

	start();
	io = dial();
	for (unsigned i = 0; i < 200; i++)
		ck_assert_int_gt(
			fprintf(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.operations\"}\n"), 0);
	ck_assert_int_eq(fflush(io), 0);
	while (waiting < 64 * 1024)
		ck_assert_int_eq(ioctl(fileno(io), FIONREAD, &waiting), 0);
	clock_init_real(&clock);
	began_us = clock_mono_us(&clock);
	stop();
	ck_assert_int_lt(clock_mono_us(&clock) - began_us, 5000000);
	(void)fclose(io);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_left_alone)
{
	struct ghl_server *second = NULL;
	char file[120];
	FILE *io;

	start();
	(void)snprintf(file, sizeof(file), "%s.txt", path);
	io = fopen(file, "w");
	ck_assert_ptr_nonnull(io);
	(void)fclose(io);
	ck_assert_int_eq(ghl_server_start(&second, f.owner, file, NULL), GHL_EIO);
	ck_assert_int_eq(access(file, F_OK), 0);
	stop();
}
END_TEST

START_TEST(a_tail_sends_events_and_resumes_where_it_ended)
{
	char line[200], resume[80] = "";
	FILE *io;
	json_t *o, *p;

	start();
	io = dial();
	json_decref(ask(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.tail\",\"params\":{\"filter\":"
			    "\"event=delivered\"}}"));
	fixture_tell(&f, 1, 3);
	for (int i = 1; i <= 3; i++) {
		o = read_line(io);
		p = json_object_get(o, "params");
		ck_assert_str_eq(json_string_value(json_object_get(o, "method")), "event");
		ck_assert_int_eq(json_integer_value(json_object_get(p, "position")), i);
		(void)snprintf(resume, sizeof(resume), "%s", json_string_value(json_object_get(p, "resume")));
		json_decref(o);
	}
	(void)fclose(io);
	fixture_tell(&f, 4, 2);
	io = dial();
	(void)snprintf(line, sizeof(line),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"event.tail\",\"params\":{\"resume\":\"%s\"}}",
		resume);
	json_decref(ask(io, line));
	for (int i = 4; i <= 5; i++) {
		o = read_line(io);
		ck_assert_int_eq(
			json_integer_value(json_object_get(json_object_get(o, "params"), "position")), i);
		json_decref(o);
	}
	(void)fclose(io);
	stop();
}
END_TEST

START_TEST(the_table_describes_every_operation_with_its_right)
{
	FILE *io;
	json_t *o, *all;

	start();
	io = dial();
	o = ask(io, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.operations\"}");
	all = json_object_get(json_object_get(o, "result"), "operations");
	ck_assert_uint_ge(json_array_size(all), 4);
	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *op = json_array_get(all, i);

		ck_assert_str_ne(json_string_value(json_object_get(op, "right")), "?");
		ck_assert_str_ne(json_string_value(json_object_get(op, "help")), "");
	}
	json_decref(o);
	(void)fclose(io);
	stop();
}
END_TEST

START_TEST(sixty_four_connections_are_served_and_the_next_is_told_so)
{
	FILE *all[64], *one;
	json_t *o;

	start();
	for (unsigned i = 0; i < 64; i++) {
		all[i] = dial();
		json_decref(ask(all[i], "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.whoami\"}"));
	}
	one = dial();
	o = read_line(one);
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_object_get(json_object_get(o, "error"), "data"), "code")),
		GHL_EFULL);
	json_decref(o);
	(void)fclose(one);
	for (unsigned i = 0; i < 64; i++)
		(void)fclose(all[i]);
	stop();
}
END_TEST

/* The limit is that of the lowest free number: no descriptor can be made any more. */
static void take_all_descriptors(struct rlimit *before)
{
	struct rlimit none;
	int lowest = dup(0);

	(void)close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before), 0);
	none = (struct rlimit){(rlim_t)lowest, before->rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_lt(dup(0), 0);
}

/* Without the spare one the first would never be answered, and the thread spin. */
START_TEST(without_a_descriptor_who_knocks_is_told_so_and_others_are_served)
{
	static const char whoami[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.whoami\"}";
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct rlimit before;
	FILE *first, *io[4];
	json_t *o;
	int fds[4];

	if (RUNNING_ON_VALGRIND) /* it takes the connection itself before it says that there is no descriptor,
				    and drops it */
		return;
	start();
	first = dial();
	json_decref(ask(first, whoami));
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	for (unsigned i = 0; i < 4; i++)
		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
	take_all_descriptors(&before);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(connect(fds[i], (struct sockaddr *)&to, sizeof(to)), 0);
		io[i] = fdopen(fds[i], "r+");
		o = read_line(io[i]);
		ck_assert_str_eq(json_string_value(json_object_get(json_object_get(o, "error"), "message")),
			"no descriptor is left");
		json_decref(o);
	}
	json_decref(ask(first, whoami));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (unsigned i = 0; i < 4; i++)
		(void)fclose(io[i]);
	(void)fclose(first);
	first = dial();
	json_decref(ask(first, whoami));
	(void)fclose(first);
	stop();
}
END_TEST

START_TEST(a_dead_socket_is_replaced_and_a_live_one_is_not)
{
	struct ghl_server *second = NULL;
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;

	start();
	ck_assert_int_eq(ghl_server_start(&second, f.owner, path, NULL), GHL_EBUSY);
	ghl_server_stop(server);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
	ck_assert_int_eq(ghl_server_start(&server, f.owner, path, NULL), 0);
	stop();
}
END_TEST

TEST_SUITE(server_suite, 60, a_request_is_answered_with_its_id, bad_input_is_refused_and_the_connection_lives,
	a_batch_is_answered_as_one_and_notifications_are_not,
	the_owner_may_act_as_another_and_then_has_only_its_rights,
	a_tail_sends_events_and_resumes_where_it_ended, the_table_describes_every_operation_with_its_right,
	sixty_four_connections_are_served_and_the_next_is_told_so,
	without_a_descriptor_who_knocks_is_told_so_and_others_are_served,
	a_dead_socket_is_replaced_and_a_live_one_is_not,
	session_as_with_an_as_is_refused_and_the_connection_keeps_its_session,
	a_peer_that_never_reads_does_not_hold_the_end_up, a_file_that_is_no_socket_is_left_alone)
TEST_MAIN(server_suite())
