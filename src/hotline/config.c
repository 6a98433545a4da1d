/*
 * config.c - a configuration's life: loaded and checked as a whole, counted, looked things up in. How
 * settings look in the file is config_schema.c's business; who acts on them, hotline's.
 */
#include "config_schema.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config *config_new(const struct config_source *source)
{
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->refs = 1;
	map_init(&c->index);
	(void)text_copy(c->file, sizeof(c->file), source->name);
	(void)text_copy(c->dir, sizeof(c->dir), source->dir);
	return c;
}

/* Wipes what was secret in the tree too. */
static void tree_wipe(struct yaml_node *node)
{
	for (struct yaml_node *n = node ? node->first : NULL; n; n = n->next)
		tree_wipe(n);
	if (node && node->text)
		explicit_bzero(node->text, strlen(node->text));
}

static struct config *read_all(const struct config_source *source, struct problems *problems)
{
	struct config_reader r = {.config = config_new(source), .problems = problems, .files = source->files};
	struct yaml_node *root;

	if (!r.config) {
		problem_at(problems, 0, 0, "", "no memory");
		return NULL;
	}
	map_init(&r.wrong);
	root = yaml_tree_parse(source->text, source->len, problems);
	config_tree_read(&r, root);
	config_names_check(&r);
	config_rules_check(&r, root);
	config_secrets_resolve(&r, root);
	tree_wipe(root);
	yaml_tree_free(root);
	map_finish(&r.wrong);
	free(r.pending);
	return r.config;
}

int config_parse(const struct config_source *source, struct config **out, struct ghl_error *errs,
	unsigned room, unsigned *count)
{
	struct problems problems = {.file = source->name,
		.errs = errs,
		.room = room < CONFIG_ERRORS_MAX ? room : CONFIG_ERRORS_MAX};
	struct config *c = NULL;

	if (source->len > CONFIG_FILE_MAX)
		problem_at(&problems, 0, 0, "", "the file is larger than %u MiB", CONFIG_FILE_MAX >> 20);
	else
		c = read_all(source, &problems);
	problems_sort(&problems);
	*count = problems.count;
	if (problems.seen) {
		config_unref(c);
		return GHL_EPARSE;
	}
	*out = c;
	return 0;
}

struct config *config_default(void)
{
	static const struct config_source nothing = {.name = "(defaults)", .text = "", .dir = ""};
	struct config *c = NULL;
	struct ghl_error err;
	unsigned count;

	return config_parse(&nothing, &c, &err, 1, &count) < 0 ? NULL : c;
}

/* The whole file, at most one byte more than is allowed. NULL with errno. */
static char *file_read(int fd, size_t *len)
{
	size_t room = CONFIG_FILE_MAX + 1;
	char *text = malloc(room + 1);
	ssize_t n = 1;

	*len = 0;
	while (text && n > 0 && *len < room) {
		n = read(fd, text + *len, room - *len);
		if (n > 0)
			*len += (size_t)n;
	}
	if (n < 0) {
		free(text);
		return NULL;
	}
	return text;
}

static char *path_read(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	int why;

	if (fd < 0)
		return NULL;
	text = file_read(fd, len);
	why = errno;
	(void)close(fd);
	errno = why;
	return text;
}

/* The absolute folder a file lies in. */
static bool folder_of(const char *path, char *out, size_t room)
{
	char *whole = realpath(path, NULL);
	char *slash = whole ? strrchr(whole, '/') : NULL;
	bool fits;

	if (!slash) {
		free(whole);
		return false;
	}
	slash[slash == whole] = 0;
	fits = text_copy(out, room, whole);
	free(whole);
	return fits;
}

int config_load(const char *path, struct config **out, struct ghl_error *errs, unsigned room, unsigned *count)
{
	struct config_source source = {.name = path, .files = true};
	char dir[CONFIG_PATH_MAX];
	char *text;
	int rc;

	*count = 0;
	text = path_read(path, &source.len);
	if (!text || !folder_of(path, dir, sizeof(dir))) {
		rc = text ? GHL_EINVAL : error_from_errno(errno);
		if (room > 0)
			(void)error_at(&errs[(*count)++], rc, path, 0, 0, "%s",
				text ? "its folder's path is too long" : strerror(errno));
		free(text);
		return rc;
	}
	source.text = text;
	source.dir = dir;
	rc = config_parse(&source, out, errs, room, count);
	explicit_bzero(text, source.len);
	free(text);
	return rc;
}

struct config *config_ref(struct config *c)
{
	(void)__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void config_unref(struct config *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < c->trunk_count; i++)
		explicit_bzero(&c->trunks[i], sizeof(c->trunks[i]));
	for (size_t i = 0; i < c->account_count; i++)
		explicit_bzero(&c->accounts[i], sizeof(c->accounts[i]));
	for (size_t i = 0; i < config_section_count; i++)
		if (config_sections[i].shape != CONFIG_ONE)
			free(config_item(c, &config_sections[i], 0));
	map_finish(&c->index);
	free(c);
}

const void *config_find(const struct config *c, const char *section, const char *name)
{
	char key[CONFIG_NAME_MAX + 24];

	if (strlen(name) >= CONFIG_NAME_MAX)
		return NULL;
	(void)snprintf(key, sizeof(key), "%s/%s", section, name);
	return map_get_text(&c->index, key);
}

const struct config_trunk *config_trunk(const struct config *c, const char *name)
{
	return config_find(c, "trunks", name);
}

const struct config_account *config_account(const struct config *c, const char *name)
{
	return config_find(c, "accounts", name);
}

const struct agent_config *config_agent(const struct config *c, const char *name)
{
	return config_find(c, "agents", name);
}

const struct acd_queue_config *config_queue(const struct config *c, const char *name)
{
	return config_find(c, "queues", name);
}

const struct config_dialogue *config_dialogue(const struct config *c, const char *name)
{
	return config_find(c, "dialogues", name);
}

const struct config_route *config_route(const struct config *c, const char *trunk, const char *called)
{
	for (size_t i = 0; i < c->route_count; i++) {
		const struct config_route *r = &c->routes[i];
		bool phones_only = strcmp(r->trunk, "-") == 0;
		bool from =
			phones_only ? !trunk[0] : !r->trunk[0] || (trunk[0] && text_match(r->trunk, trunk));

		if (from && text_match(r->called, called))
			return r;
	}
	return NULL;
}

bool config_dest_split(const char *dest, char kind[16], char name[CONFIG_NAME_MAX])
{
	static const char *const kinds[] = {"queue", "dialogue", "agent", "trunk"};
	size_t len;

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		len = strlen(kinds[i]);
		if (strncmp(dest, kinds[i], len) == 0 && dest[len] == ':' && dest[len + 1]) {
			(void)text_copy(kind, 16, kinds[i]);
			return text_copy(name, CONFIG_NAME_MAX, dest + len + 1);
		}
	}
	return false;
}

static const char *items_differ(const struct config_section *s, const void *a, const void *b)
{
	for (size_t i = 0; i < s->key_count; i++)
		if (memcmp((const char *)a + s->keys[i].at, (const char *)b + s->keys[i].at,
			    s->keys[i].size) != 0)
			return s->keys[i].key;
	return NULL;
}

const char *config_restart_key(
	const struct config *running, const struct config *next, char room[CONFIG_NAME_MAX])
{
	const char *key;

	for (size_t i = 0; i < config_section_count; i++) {
		const struct config_section *s = &config_sections[i];

		key = s->restart ? items_differ(s, config_item(running, s, 0), config_item(next, s, 0))
				 : NULL;
		if (!key)
			continue;
		(void)snprintf(room, CONFIG_NAME_MAX, "%s.%s", s->key, key);
		return room;
	}
	return NULL;
}
