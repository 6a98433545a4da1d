/*
 * hotline.c - a hotline opened, started, stopped and closed: configuration, engine.lock, store, access,
 * stream, and the loop thread. What the engine is made of stands in engine.c.
 */
#include "hotline_priv.h"

#include "base/thread.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct core *hotline_core(struct ghl_hotline *h)
{
	return h ? &h->core : NULL;
}

const char *ghl_hotline_dir(const struct ghl_hotline *h)
{
	return h ? h->dir : "";
}

/* All mistakes in one text, the first one's place in the fields. */
static int load_config(struct ghl_hotline *h, const char *path, struct ghl_error *err)
{
	struct ghl_error mistakes[CONFIG_ERRORS_MAX];
	struct text all;
	unsigned n = 0;
	int rc = config_load(path, &h->cfg, mistakes, CONFIG_ERRORS_MAX, &n);

	if (rc == 0 || !err || n == 0)
		return rc;
	text_init(&all);
	for (unsigned i = 0; i < n; i++) {
		text_add(&all, i ? "\n" : "");
		text_add(&all, mistakes[i].text);
	}
	*err = mistakes[0];
	(void)text_copy(err->text, sizeof(err->text), text_str(&all));
	text_finish(&all);
	return rc;
}

static int make_folder(const char *path, struct ghl_error *err)
{
	char part[CONFIG_PATH_MAX];
	struct stat st;

	(void)text_copy(part, sizeof(part), path);
	for (char *p = strchr(part + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(part, 0750);
		*p = '/';
	}
	if (mkdir(path, 0750) < 0 && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
		return error_set(err, error_from_errno(errno), "%s: %s", path, strerror(errno));
	return 0;
}

/* One engine a store: the lock goes with the process, however it ends. */
static int take_lock(struct ghl_hotline *h, struct ghl_error *err)
{
	char path[CONFIG_PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/engine.lock", h->dir);
	h->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (h->lock_fd < 0)
		return error_set(err, error_from_errno(errno), "%s: %s", path, strerror(errno));
	if (flock(h->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	(void)close(h->lock_fd);
	h->lock_fd = -1;
	return error_set(err, GHL_EBUSY, "%s: another process runs the engine", path);
}

static void on_space_kept(void *arg, const struct store_result *result)
{
	(void)arg;
	if (result->status < 0) /* on a full disk that may be so: the log line and the status tell it */
		log_error("hotline", "alarm not kept error=%s", ghl_error_code_name(result->status));
}

static void tell_space(struct ghl_hotline *h, uint64_t free_bytes, bool low)
{
	struct store_batch *b = store_batch_new();
	struct event_draft d;
	struct actor timer;

	if (!b)
		return;
	access_actor_timer(h->core.access, &timer);
	event_draft_init(&d, low ? GHL_EV_ALARM : GHL_EV_ALARM_CLEARED);
	event_draft_text(&d, GHL_F_NAME, "store.space");
	event_draft_text(&d, GHL_F_SEVERITY, "critical");
	event_draft_int(&d, GHL_F_FREE_BYTES, (int64_t)free_bytes);
	store_batch_vital(b);
	stream_fact(&h->core, b, &timer, &d);
	store_commit_async(h->core.store, b, on_space_kept, NULL);
}

static void on_space(void *arg, uint64_t free_bytes, bool low)
{
	struct ghl_hotline *h = arg;

	h->space_low = low;
	log_warn("hotline", "space %s free_bytes=%llu", low ? "low" : "enough",
		(unsigned long long)free_bytes);
	if (h->core.stream && h->core.engine)
		tell_space(h, free_bytes, low);
}

static int open_store(struct ghl_hotline *h, struct ghl_error *err)
{
	struct store_opts opts = {.loop = h->core.loop,
		.clock = &h->clock,
		.node = h->cfg->site.node,
		.reserve_bytes = h->cfg->limits.disk_reserve_bytes,
		.alarm_bytes = h->cfg->limits.disk_alarm_bytes,
		.on_space = on_space,
		.arg = h};

	return store_open(&h->core.store, h->dir, &opts, err);
}

static int make_loop(struct ghl_hotline *h, struct ghl_error *err)
{
	if (loop_create(&h->core.loop, &h->clock) < 0)
		return error_set(err, GHL_EIO, "no event loop can be made");
	loop_release(h->core.loop); /* its own thread takes it */
	return 0;
}

static int open_all(struct ghl_hotline *h, const char *path, bool existing, struct ghl_error *err)
{
	int rc = load_config(h, path, err);

	if (rc < 0)
		return rc;
	if (existing && !store_exists(h->cfg->paths.store))
		return error_set(err, GHL_ENOENT, "%s: there is no store yet", h->cfg->paths.store);
	(void)text_copy(h->path, sizeof(h->path), path);
	(void)text_copy(h->dir, sizeof(h->dir), h->cfg->paths.store);
	log_level_set(h->cfg->log.level);
	rc = make_folder(h->dir, err);
	if (rc == 0 && h->core.engine)
		rc = make_folder(h->cfg->paths.recordings, err);
	if (rc == 0 && h->core.engine)
		rc = make_folder(h->cfg->paths.cache, err);
	if (rc == 0 && h->core.engine)
		rc = take_lock(h, err);
	if (rc == 0)
		rc = make_loop(h, err);
	if (rc == 0)
		rc = open_store(h, err);
	if (rc == 0)
		rc = access_create(&h->core.access, h->core.store, h->core.loop, err);
	if (rc == 0)
		rc = stream_create(&h->core.stream, &h->core, err);
	if (rc == 0 && snapshot_begin(h) < 0)
		rc = error_set(err, GHL_ENOMEM, "no memory for a hotline");
	return rc;
}

int ghl_hotline_open(struct ghl_hotline **out, const char *path, int flags, struct ghl_error *err)
{
	int kind = flags & ~GHL_OPEN_EXISTING, rc;
	struct ghl_hotline *h;

	if (!out || !path)
		return error_field(err, GHL_EINVAL, out ? "path" : "out", "missing");
	if (kind != GHL_OPEN_STORE && kind != GHL_OPEN_ENGINE)
		return error_field(err, GHL_EINVAL, "flags", "%d is not of enum ghl_open_flags", flags);
	h = calloc(1, sizeof(*h));
	if (!h)
		return error_set(err, GHL_ENOMEM, "no memory for a hotline");
	h->lock_fd = -1;
	h->core.engine = kind == GHL_OPEN_ENGINE;
	h->core.clock = &h->clock;
	h->core.slot[CORE_HOTLINE] = h;
	clock_init_real(&h->clock);
	(void)sem_init(&h->ready, 0, 0);
	rc = open_all(h, path, flags & GHL_OPEN_EXISTING, err);
	if (rc < 0) {
		ghl_hotline_close(h);
		return rc;
	}
	*out = h;
	return 0;
}

static void bring_up(void *arg)
{
	struct ghl_hotline *h = arg;

	h->up_status = engine_up_on_loop(h, &h->up_error);
	(void)sem_post(&h->ready);
}

static void bring_down(void *arg)
{
	engine_down_on_loop(arg);
}

static void *loop_thread(void *arg)
{
	struct ghl_hotline *h = arg;

	loop_run(h->core.loop);
	return NULL;
}

static int start_thread(struct ghl_hotline *h, struct ghl_error *err)
{
	int rc;

	if (thread_start(&h->thread, "ghl-loop", 0, loop_thread, h) < 0) {
		engine_down(h);
		return error_set(err, GHL_EIO, "no thread can be started");
	}
	h->running = true;
	loop_post_task(h->core.loop, &h->turn, bring_up, h);
	while (sem_wait(&h->ready) < 0 && errno == EINTR)
		continue;
	rc = h->up_status;
	if (rc < 0) {
		if (err)
			*err = h->up_error;
		(void)ghl_hotline_stop(h);
	}
	return rc;
}

int ghl_hotline_start(struct ghl_hotline *h, struct ghl_error *err)
{
	int rc;

	if (!h)
		return error_field(err, GHL_EINVAL, "h", "missing");
	if (h->running)
		return error_set(err, GHL_ESTATE, "the hotline runs already");
	rc = engine_up(h, err);
	if (rc < 0) {
		engine_down(h);
		return rc;
	}
	return start_thread(h, err);
}

int ghl_hotline_stop(struct ghl_hotline *h)
{
	if (!h || !h->running)
		return GHL_ESTATE;
	loop_post_task(h->core.loop, &h->turn, bring_down, h);
	(void)pthread_join(h->thread, NULL);
	h->running = false;
	engine_down(h);
	return 0;
}

void ghl_hotline_close(struct ghl_hotline *h)
{
	if (!h)
		return;
	if (h->core.stream)
		stream_close_sessions(h->core.stream);
	if (h->running)
		(void)ghl_hotline_stop(h);
	stream_destroy(h->core.stream);
	access_destroy(h->core.access);
	if (h->core.store)
		store_close(h->core.store);
	loop_destroy(h->core.loop);
	if (h->lock_fd >= 0)
		(void)close(h->lock_fd);
	config_unref(h->cfg);
	(void)sem_destroy(&h->ready);
	free(h);
}
