/*
 * server_priv.h - what the files of the server share. The server knows the public headers only: what it can
 * do, any program can.
 */
#ifndef SERVER_PRIV_H
#define SERVER_PRIV_H

#include "rows.h"

#include <govhotline/event.h>
#include <govhotline/server.h>

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>

#define LINE_MAX_BYTES  (256 * 1024)
#define DEPTH_MAX       16
#define BATCH_MAX       64
#define CONNECTIONS_MAX 64

/* --- who asks --- */
struct caller {
	struct ghl_session *session; /* the connection's */
	struct ghl_session *acting;  /* the one this request is done by: `session`, or that of its "as" */
	const atomic_bool *stop;     /* the server ends */
	bool tailing;                /* the session's events are sent as notifications */
	struct ghl_error err;        /* of the last failure */
};

/* Waits for a request, and gives up when the server ends. The outcome's status; its text in caller->err. */
int caller_wait(struct caller *c, ghl_request req, struct ghl_outcome *out);
/* Notes what went wrong; returns code. */
int caller_fail(struct caller *c, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* --- the table of operations --- */
enum param_type { PARAM_END, PARAM_TEXT, PARAM_INT, PARAM_BOOL, PARAM_ID, PARAM_OBJECT, PARAM_LIST };
const char *param_type_name(enum param_type type);

struct param {
	const char *name;
	enum param_type type;
	bool required;
	int64_t min, max; /* PARAM_INT */
	const char *help;
};

/* 0 and a new *result, or GHL_E* with caller->err. */
typedef int operation_fn(struct caller *c, const json_t *args, json_t **result);

struct operation {
	const char *name;
	const char *function; /* the public function behind it: its row of the rights table says who may */
	const char *help;
	const struct param *args;    /* up to PARAM_END */
	const struct param *results; /* likewise */
	operation_fn *fn;
};

/* Every operation; *n how many. */
const struct operation *operations(size_t *n);
const struct operation *operation_find(const char *name);
/* The name that was probably meant, or NULL. */
const char *operation_nearest(const char *name);
/* Checks args against the table: types, ranges, what is missing, what is unknown. 0 or GHL_EINVAL with
 * caller->err. */
int operation_check(struct caller *c, const struct operation *op, const json_t *args);
/* The table itself, for "server.operations". */
json_t *operation_describe(const struct operation *op, const char *right);

/* Reading checked arguments; absent ones give NULL, `otherwise`, 0. */
const char *arg_text(const json_t *args, const char *name);
int64_t arg_int(const json_t *args, const char *name, int64_t otherwise);
bool arg_bool(const json_t *args, const char *name);
/* "call-4821" or "14411.."; GHL_EINVAL with caller->err. */
int arg_id(struct caller *c, const json_t *args, const char *name, enum ghl_id_kind kind, uint64_t *out);

/* --- JSON-RPC 2.0 --- */
/* The answer to one line, to be freed; NULL where none is due (notifications). */
char *rpc_answer(struct caller *c, const char *line, size_t len);
/* A notification "event"; NULL: no memory. To be freed. */
char *rpc_event(struct ghl_event *e);

/* --- connections --- */
/* Serves until the peer goes or *stop; owns neither. wake_fd is readable when the server ends. */
void connection_serve(int fd, int wake_fd, struct ghl_session *owner, const atomic_bool *stop);

#endif
