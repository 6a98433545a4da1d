/*
 * check.c - ghl_hotline_check(): the chain, the indexes and the roll-ups of a store against its records.
 *
 *	call  <->  call_by_id, call_by_number        call, call_open  <->  recording  <->  recording_by_call
 *	call, agent_span, "agent-on/" in meta  ->  counted once more  =  rollup
 *
 * Works on a copy as of one instant, so that a running hotline goes on and nothing moves under the check.
 */
#include "check.h"
#include "config.h"

#include "base/error.h"
#include "report/report.h"

#include <govhotline/hotline.h>
#include <govhotline/store.h>

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ITEMS_A_READ 1000

int check_bad(struct check *c, enum store_table t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(c->err, GHL_ECORRUPT, "%s: %s", store_table_name(t), text);
}

bool check_has(struct check *c, enum store_table t, const void *key, size_t klen)
{
	const void *value;
	size_t len;

	return store_get(c->read, t, key, klen, &value, &len, NULL) == 0;
}

bool check_instant(int64_t at_us)
{
	return at_us >= 0 && at_us < 10000000000000000;
}

struct walk {
	struct check *c;
	check_item_fn *fn;
	unsigned seen;
	uint8_t next[STORE_KEY_MAX];
	size_t next_len;
	bool more;
};

static int on_item(void *arg, const struct store_item *item)
{
	struct walk *w = arg;

	if (w->seen == ITEMS_A_READ) {
		memcpy(w->next, item->key, item->klen);
		w->next_len = item->klen;
		w->more = true;
		return 1;
	}
	w->seen++;
	return w->fn(w->c, item);
}

/* A thread that holds a read may not commit: so by turns. */
static int walk_some(struct walk *w, struct store *in, enum store_table table)
{
	struct check *c = w->c;
	int rc;

	w->seen = 0;
	w->more = false;
	c->batch = store_batch_new();
	rc = c->batch ? store_read_begin(in, &c->read) : GHL_ENOMEM;
	if (rc == 0) {
		rc = store_range(c->read, table, w->next, w->next_len, NULL, 0, false, on_item, w);
		store_read_end(c->read);
	}
	if (rc < 0) {
		store_batch_free(c->batch);
		return rc;
	}
	return store_commit(c->scratch, c->batch, NULL);
}

int check_walk(struct check *c, struct store *in, enum store_table table, check_item_fn *fn)
{
	struct walk w = {.c = c, .fn = fn};
	int rc;

	do {
		rc = walk_some(&w, in, table);
	} while (rc == 0 && w.more);
	return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int check_all(struct check *c)
{
	static check_item_fn *const fns[STORE_TABLES] = {[STORE_META] = check_meta,
		[STORE_NAME] = check_name,
		[STORE_CALL] = check_call,
		[STORE_CALL_BY_ID] = check_call_by_id,
		[STORE_CALL_BY_NUMBER] = check_call_by_number,
		[STORE_CALL_OPEN] = check_call_open,
		[STORE_RECORDING] = check_recording,
		[STORE_RECORDING_BY_CALL] = check_recording_by_call,
		[STORE_AGENT_SPAN] = check_agent_span};
	int rc = 0;

	for (unsigned t = 0; t < STORE_TABLES && rc == 0; t++)
		if (fns[t])
			rc = check_walk(c, c->store, (enum store_table)t, fns[t]);
	return rc < 0 ? rc : check_rollups(c);
}

/* In UTC: a local quarter is one of UTC too, whatever the zone was called when it was counted. */
static int with_report(struct check *c)
{
	struct report_opts opts = {0};
	struct report *report = NULL;
	int rc;

	clock_init_virtual(&c->clock, 0); /* long ago: no bin is sealed yet */
	c->core = (struct core){.store = c->scratch, .clock = &c->clock};
	rc = report_create(&report, &c->core, &opts, c->err);
	if (rc == 0)
		rc = check_all(c);
	report_destroy(report);
	return rc;
}

static int with_stores(struct check *c, const struct config *config, const char *dir)
{
	struct store_opts opts = {.no_sync = true}, reading = {.read_only = true};
	char copy[CONFIG_PATH_MAX + 64], scratch[CONFIG_PATH_MAX + 64];
	int rc;

	(void)snprintf(copy, sizeof(copy), "%s/copy", dir);
	(void)snprintf(scratch, sizeof(scratch), "%s/scratch", dir);
	clock_init_virtual(&c->clock, 0);
	opts.clock = &c->clock;
	rc = ghl_db_backup(config->paths.store, copy, c->err);
	if (rc == 0)
		rc = store_open(&c->store, copy, &reading, c->err);
	if (rc == 0)
		rc = store_open(&c->scratch, scratch, &opts, c->err);
	if (rc == 0)
		rc = store_check(c->store, NULL, NULL, NULL, NULL, c->err);
	if (rc == 0)
		rc = with_report(c);
	if (c->scratch)
		store_close(c->scratch);
	if (c->store)
		store_close(c->store);
	return rc;
}

static int with_folder(const struct config *config, struct ghl_error *err)
{
	struct check c = {.err = err};
	const char *top = getenv("TMPDIR");
	char dir[CONFIG_PATH_MAX];
	int rc;

	(void)snprintf(dir, sizeof(dir), "%.200s/govhotline-check-XXXXXX", top && top[0] ? top : "/tmp");
	if (!mkdtemp(dir))
		return error_set(err, error_from_errno(errno), "%s: %s", dir, strerror(errno));
	rc = with_stores(&c, config, dir);
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return rc;
}

int ghl_hotline_check(const char *path, struct ghl_error *err)
{
	struct config *config = NULL;
	struct ghl_error first, own = {0};
	unsigned count = 0;
	int rc;

	if (!path)
		return error_field(err, GHL_EINVAL, "path", "missing");
	rc = config_load(path, &config, &first, 1, &count);
	if (rc < 0) {
		if (err)
			*err = first;
		return rc;
	}
	rc = with_folder(config, &own);
	config_unref(config);
	if (rc < 0 && !own.text[0])
		(void)error_set(&own, rc, "%s", ghl_strerror(rc));
	if (rc < 0 && err)
		*err = own;
	return rc;
}
