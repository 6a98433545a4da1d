/* config_api.c - the configuration file for programs that open no hotline: `config check`, `config show`,
 * `doctor`, clients. */
#include "config.h"

#include "base/argument.h"
#include "base/error.h"

#include <govhotline/config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

int ghl_config_check(const char *path, struct ghl_error *errs, uint32_t room, uint32_t *count)
{
	struct config *c = NULL;
	unsigned told = 0;
	int rc;

	if (argument_given("path", path) < 0 || argument_given("errs", errs) < 0 ||
		argument_given("count", count) < 0)
		return GHL_EINVAL;
	rc = config_load(path, &c, errs, room, &told);
	if (rc == 0)
		rc = documents_check(c, errs, room, &told);
	*count = told;
	config_unref(c);
	return rc;
}

static int load(const char *path, struct config **out, struct ghl_error *err)
{
	struct ghl_error first;
	unsigned count = 0;
	int rc = config_load(path, out, &first, 1, &count);

	if (rc < 0 && err) {
		*err = first;
		err->code = rc;
	}
	return rc;
}

static int write_all(int fd, const struct text *t)
{
	const char *p = text_str(t);
	size_t left = t->len;
	ssize_t n;

	if (t->failed)
		return GHL_ENOMEM;
	while (left > 0) {
		n = write(fd, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_from_errno(errno);
		p += n;
		left -= (size_t)n;
	}
	return 0;
}

int ghl_config_show(const char *path, int flags, int out_fd, struct ghl_error *err)
{
	struct config *c = NULL;
	struct text t;
	int rc;

	if (!path)
		return error_field(err, GHL_EINVAL, "path", "missing");
	if (flags & ~(GHL_CONFIG_SHOW_SECRETS | GHL_CONFIG_SHOW_JSON))
		return error_field(
			err, GHL_EINVAL, "flags", "%d is not of enum ghl_config_show_flags", flags);
	rc = load(path, &c, err);
	if (rc < 0)
		return rc;
	text_init(&t);
	if (flags & GHL_CONFIG_SHOW_JSON)
		config_write_json(c, flags & GHL_CONFIG_SHOW_SECRETS, &t);
	else
		config_write(c, flags & GHL_CONFIG_SHOW_SECRETS, &t);
	rc = write_all(out_fd, &t);
	if (rc < 0)
		(void)error_set(err, rc, "the configuration could not be written");
	explicit_bzero(t.s, t.len);
	text_finish(&t);
	config_unref(c);
	return rc;
}

int ghl_config_reference(int out_fd)
{
	struct text t;
	int rc;

	text_init(&t);
	config_reference(&t);
	rc = write_all(out_fd, &t);
	text_finish(&t);
	return rc;
}

static void info_lists(const struct config *c, struct ghl_config_info *out)
{
	static const char *const transports[] = {"udp", "tcp", "tls"};

	out->listens = c->sip.listens;
	for (unsigned i = 0; i < c->sip.listens && i < 8; i++) {
		(void)text_copy(out->listen[i].transport, sizeof(out->listen[i].transport),
			transports[c->sip.listen[i].transport]);
		(void)text_copy(
			out->listen[i].address, sizeof(out->listen[i].address), c->sip.listen[i].address);
		out->listen[i].port = c->sip.listen[i].port;
	}
	out->trunks = (uint32_t)c->trunk_count;
	for (size_t i = 0; i < c->trunk_count && i < 16; i++) {
		(void)text_copy(out->trunk[i].name, sizeof(out->trunk[i].name), c->trunks[i].sip.name);
		(void)text_copy(out->trunk[i].proxy, sizeof(out->trunk[i].proxy), c->trunks[i].sip.proxy);
	}
	out->agents = (uint32_t)c->agent_count;
	out->queues = (uint32_t)c->queue_count;
	out->dialogues = (uint32_t)c->dialogue_count;
}

int ghl_config_info(const char *path, struct ghl_config_info *out, struct ghl_error *err)
{
	struct config *c = NULL;
	int rc;

	if (!path)
		return error_field(err, GHL_EINVAL, "path", "missing");
	if (!out || out->size != sizeof(*out))
		return error_field(err, GHL_EINVAL, "out", "missing, or of another size");
	rc = load(path, &c, err);
	if (rc < 0)
		return rc;
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	out->node = c->site.node;
	(void)text_copy(out->site, sizeof(out->site), c->site.name);
	(void)text_copy(out->time_zone, sizeof(out->time_zone), c->site.time_zone);
	(void)text_copy(out->store, sizeof(out->store), c->paths.store);
	(void)text_copy(out->recordings, sizeof(out->recordings), c->paths.recordings);
	(void)text_copy(out->prompts, sizeof(out->prompts), c->paths.prompts);
	(void)text_copy(out->cache, sizeof(out->cache), c->paths.cache);
	(void)text_copy(out->control, sizeof(out->control), c->paths.control);
	(void)text_copy(out->media_address, sizeof(out->media_address), c->media.address);
	out->port_min = c->media.port_min;
	out->port_max = c->media.port_max;
	out->max_calls = c->limits.max_calls;
	out->disk_alarm_bytes = c->limits.disk_alarm_bytes;
	info_lists(c, out);
	config_unref(c);
	return 0;
}
