/*
 * config_value.c - one setting out of one YAML node, by its type. A wrong value is told with its place and
 * what would be right, and leaves the member as it was.
 */
#include "config_schema.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct value {
	struct config_reader *r;
	const struct config_key *key;
	const struct yaml_node *node;
	const char *path; /* dotted name of the setting */
	const char *text;
	char *to; /* the member, or an element of it */
	size_t room;
};

#define complain(v, ...)                                                                                     \
	problem_at((v)->r->problems, (v)->node->line, (v)->node->column, (v)->path, __VA_ARGS__)

static void propose(const struct value *v, const char *what, const char *const *names, size_t n)
{
	const char *near = text_nearest(v->text, names, n);
	struct text all;

	text_init(&all);
	for (size_t i = 0; i < n; i++)
		text_fmt(&all, "%s%s", i ? ", " : "", names[i]);
	if (near)
		complain(v, "\"%s\" is not %s %s; \"%s\"?", v->text, what, v->path, near);
	else
		complain(v, "\"%s\" is not %s %s: %s", v->text, what, v->path, text_str(&all));
	text_finish(&all);
}

static size_t names_count(const char *const *names)
{
	size_t n = 0;

	while (names[n])
		n++;
	return n;
}

static bool is_choice(const struct value *v, size_t *which)
{
	size_t n = names_count(v->key->choices);

	for (*which = 0; *which < n; (*which)++)
		if (strcmp(v->key->choices[*which], v->text) == 0)
			return true;
	propose(v, "a choice of", v->key->choices, n);
	return false;
}

static bool pending_add(const struct value *v)
{
	struct config_reader *r = v->r;

	if (r->pending_count == r->pending_room) {
		size_t room = r->pending_room ? 2 * r->pending_room : 64;
		struct config_pending *more = realloc(r->pending, room * sizeof(*more));

		if (!more)
			return false;
		r->pending = more;
		r->pending_room = room;
	}
	r->pending[r->pending_count] = (struct config_pending){.node = v->node, .key = v->key};
	(void)text_copy(r->pending[r->pending_count].path, sizeof(r->pending[0].path), v->path);
	r->pending_count++;
	return true;
}

/* Into v->to, with the checks every text has. */
static bool store_text(const struct value *v, const char *text)
{
	if (strlen(text) >= v->room) {
		complain(v, "%s is longer than %zu bytes", v->path, v->room - 1);
		return false;
	}
	memset(v->to, 0, v->room); /* snapshots are compared bytewise */
	(void)text_copy(v->to, v->room, text);
	return true;
}

static void read_text(const struct value *v)
{
	const char *wrong = v->text[0] && v->key->verify ? v->key->verify(v->text) : NULL;
	size_t which;

	if (wrong)
		complain(v, "\"%s\" %s", v->text, wrong);
	else if (v->key->choices && !is_choice(v, &which))
		return;
	else if (store_text(v, v->text) && v->text[0] && v->key->refers && !pending_add(v))
		complain(v, "no memory");
}

static void read_uint(const struct value *v)
{
	int64_t most = v->key->max         ? (int64_t)v->key->max
		       : v->key->size == 2 ? UINT16_MAX
					   : UINT32_MAX,
		n = 0;

	if (!text_to_int(v->text, INT64_MIN, INT64_MAX, &n))
		complain(v, "\"%s\" is not a whole number", v->text);
	else if (n < (int64_t)v->key->min || n > most)
		complain(v, "%" PRId64 " is not in %" PRIu64 "..%" PRId64, n, v->key->min, most);
	else if (v->key->size == sizeof(uint16_t))
		*(uint16_t *)v->to = (uint16_t)n;
	else
		*(uint32_t *)v->to = (uint32_t)n;
}

static void read_bool(const struct value *v)
{
	if (strcmp(v->text, "true") == 0)
		*(bool *)v->to = true;
	else if (strcmp(v->text, "false") == 0)
		*(bool *)v->to = false;
	else
		complain(v, "\"%s\" is neither true nor false", v->text);
}

struct unit {
	const char *name;
	uint64_t worth;
};
static const struct unit time_units[] = {
	{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
static const struct unit size_units[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"TiB", 1ULL << 40}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {"TB", 1000000000000}};

/* "20s" by its unit; a number without one is no quantity. */
static bool to_quantity(const char *s, const struct unit *units, size_t n, uint64_t *out)
{
	size_t digits = strspn(s, "0123456789");
	char number[16];
	int64_t value;

	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, s, digits);
	number[digits] = 0;
	s += digits + (s[digits] == ' ');
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, units[i].name) == 0 && text_to_int(number, 0, INT64_MAX, &value))
			return !__builtin_mul_overflow((uint64_t)value, units[i].worth, out);
	return false;
}

static void read_duration(const struct value *v)
{
	uint64_t in_s = v->key->type == CONFIG_DURATION_S ? 1000 : 1, ms;
	uint64_t most = v->key->max ? v->key->max : UINT32_MAX;

	if (!to_quantity(v->text, time_units, sizeof(time_units) / sizeof(time_units[0]), &ms))
		complain(v, "\"%s\" is not a duration with its unit (500ms, 20s, 2min, 1h)", v->text);
	else if (ms % in_s)
		complain(v, "%s is told in whole seconds", v->path);
	else if (ms / in_s < v->key->min || ms / in_s > most)
		complain(v, "\"%s\" is not in %" PRIu64 "%s..%" PRIu64 "%s", v->text, v->key->min,
			in_s == 1 ? "ms" : "s", most, in_s == 1 ? "ms" : "s");
	else
		*(uint32_t *)v->to = (uint32_t)(ms / in_s);
}

static void read_bytes(const struct value *v)
{
	uint64_t bytes;

	if (!to_quantity(v->text, size_units, sizeof(size_units) / sizeof(size_units[0]), &bytes))
		complain(v, "\"%s\" is not a size with its unit (512KiB, 256MiB, 2GiB)", v->text);
	else if (bytes < v->key->min || (v->key->max && bytes > v->key->max))
		complain(v, "\"%s\" is outside %" PRIu64 "..%" PRIu64 " bytes", v->text, v->key->min,
			v->key->max ? v->key->max : UINT64_MAX);
	else
		*(uint64_t *)v->to = bytes;
}

static void read_choice(const struct value *v)
{
	size_t which;

	if (is_choice(v, &which))
		*(unsigned *)v->to = (unsigned)which;
}

bool config_path_join(char *to, size_t room, const char *base, const char *path)
{
	struct text t;
	bool fits;

	text_init(&t);
	if (path[0] != '/' && base[0])
		text_fmt(&t, "%s/", base);
	text_add(&t, path[0] == '.' && path[1] == '/' ? path + 2 : path);
	fits = !t.failed && t.len < room;
	if (fits)
		(void)text_copy(to, room, text_str(&t));
	text_finish(&t);
	return fits;
}

static bool read_path(const struct value *v, const char *base)
{
	char whole[CONFIG_PATH_MAX];

	if (!v->text[0])
		return store_text(v, "");
	if (!config_path_join(whole, sizeof(whole), base, v->text)) {
		complain(v, "\"%s\" is too long a path below %s (%d bytes at most)", v->text, base,
			CONFIG_PATH_MAX - 1);
		return false;
	}
	return store_text(v, whole);
}

static void read_file(const struct value *v, const char *base)
{
	struct stat st;

	if (!read_path(v, base) || !v->text[0] || !v->r->files)
		return;
	if (stat(v->to, &st) < 0)
		complain(v, "there is no file %s", v->to);
	else if (!S_ISREG(st.st_mode))
		complain(v, "%s is not a file", v->to);
}

static void read_sound(const struct value *v)
{
	if (strncmp(v->text, "text:", 5) == 0)
		(void)store_text(v, v->text);
	else
		read_file(v, v->r->config->paths.prompts);
}

/* "udp:127.0.0.1:5060", "tls:[::1]:5061" */
static bool to_listen(const char *s, struct sip_listen *out)
{
	static const char *const names[] = {"udp:", "tcp:", "tls:"};
	size_t len;
	const char *colon;
	int64_t port;
	unsigned t = 0;

	while (t < 3 && strncmp(s, names[t], 4) != 0)
		t++;
	colon = strrchr(s, ':');
	if (t == 3 || colon < s + 5 || !text_to_int(colon + 1, 0, UINT16_MAX, &port))
		return false;
	s += 4;
	len = (size_t)(colon - s);
	if (s[0] == '[' && s[len - 1] == ']') {
		s++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(out->address))
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(out->address, s, len);
	out->transport = (enum sip_transport)t;
	out->port = (uint16_t)port;
	return config_is_address(out->address) == NULL;
}

static void read_listen(const struct value *v)
{
	struct sip_listen l;

	if (to_listen(v->text, &l))
		memcpy(v->to, &l, sizeof(l));
	else
		complain(v, "\"%s\" is not an address to listen on (udp:127.0.0.1:5060, tls:[::1]:5061)",
			v->text);
}

static void read_dest(const struct value *v)
{
	char kind[16], name[CONFIG_NAME_MAX];

	if (v->text[0] && !config_dest_split(v->text, kind, name))
		complain(v,
			"\"%s\" is not a destination (queue:NAME, dialogue:NAME, agent:NAME or trunk:NAME)",
			v->text);
	else if (v->text[0] && !strstr(v->key->refers, kind))
		complain(v, "a call cannot go to a %s here; %s takes: %s", kind, v->path, v->key->refers);
	else if (store_text(v, v->text) && v->text[0] && !pending_add(v))
		complain(v, "no memory");
}

static void read_document(const struct value *v)
{
	read_file(v, v->r->config->dir);
}

static void read_folder(const struct value *v)
{
	(void)read_path(v, v->r->config->dir);
}

static void read_one(const struct value *v)
{
	static void (*const readers[CONFIG_TYPES])(const struct value *) = {
		[CONFIG_TEXT] = read_text,
		[CONFIG_TEXTS] = read_text,
		[CONFIG_UINT] = read_uint,
		[CONFIG_BOOL] = read_bool,
		[CONFIG_DURATION_MS] = read_duration,
		[CONFIG_DURATION_S] = read_duration,
		[CONFIG_BYTES] = read_bytes,
		[CONFIG_CHOICE] = read_choice,
		[CONFIG_FILE] = read_document,
		[CONFIG_FOLDER] = read_folder,
		[CONFIG_SOUND] = read_sound,
		[CONFIG_LISTEN] = read_listen,
		[CONFIG_DEST] = read_dest,
	};

	if (config_is_plain(v->text))
		readers[v->key->type](v);
	else
		complain(v, "%s holds a control character", v->path);
}

static void read_list(struct value *v, const struct yaml_node *list, char *item)
{
	const struct yaml_node *n = list->kind == YAML_IS_LIST ? list->first : list;
	size_t most = v->key->size / v->key->width;
	uint32_t count = 0;

	memset(v->to, 0, v->key->size);
	v->room = v->key->width;
	for (; n; n = list->kind == YAML_IS_LIST ? n->next : NULL) {
		v->node = n;
		v->text = n->text;
		if (n->kind != YAML_IS_SCALAR || yaml_tree_empty(n)) {
			complain(v, "an entry of %s must be a single value", v->path);
		} else if (count == most) {
			complain(v, "%s takes at most %zu entries", v->path, most);
			break;
		} else {
			read_one(v);
			v->to += v->key->width;
			count++;
		}
	}
	if (v->key->count_at)
		*(uint32_t *)(item + v->key->count_at) = count;
}

void config_value_read(struct config_reader *r, const struct config_key *key, const struct yaml_node *node,
	const char *path, void *item)
{
	struct value v = {r, key, node, path, node->text, (char *)item + key->at, key->size};

	if (key->width)
		if (node->kind == YAML_IS_MAP)
			complain(&v, "%s must be a list, here stands a mapping", path);
		else
			read_list(&v, node, item);
	else if (node->kind != YAML_IS_SCALAR)
		complain(&v, "%s must be a single value, here stands %s", path, yaml_kind_name(node->kind));
	else
		read_one(&v);
}
