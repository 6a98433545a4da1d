/* map.c - hash map; deletion shifts the following run back, so there are no tombstones. */
#include "map.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ (x >> 33);
}

static uint64_t text_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 0x100000001b3ULL;
	return h;
}

void map_init(struct map *m)
{
	memset(m, 0, sizeof(*m));
}

void map_finish(struct map *m)
{
	if (m->slots)
		for (size_t i = 0; i <= m->mask; i++)
			free(m->slots[i].text);
	free(m->slots);
	map_init(m);
}

static bool same(const struct map_entry *e, uint64_t num, const char *text)
{
	if (e->num != num)
		return false;
	return text ? e->text && strcmp(e->text, text) == 0 : !e->text;
}

/* the slot of the key, or the free slot where it would stand */
static size_t find(const struct map *m, uint64_t num, const char *text)
{
	size_t i = mix(num) & m->mask;

	while (m->slots[i].value && !same(&m->slots[i], num, text))
		i = (i + 1) & m->mask;
	return i;
}

static int grow(struct map *m)
{
	size_t n = m->slots ? (m->mask + 1) * 2 : 16;
	struct map old = *m;

	if (m->slots && m->used * 4 < (m->mask + 1) * 3)
		return 0;
	m->slots = calloc(n, sizeof(*m->slots));
	if (!m->slots) {
		*m = old;
		return GHL_ENOMEM;
	}
	m->mask = n - 1;
	for (size_t i = 0; old.slots && i <= old.mask; i++)
		if (old.slots[i].value)
			m->slots[find(m, old.slots[i].num, old.slots[i].text)] = old.slots[i];
	free(old.slots);
	return 0;
}

static int put(struct map *m, uint64_t num, const char *text, void *value)
{
	struct map_entry *e;
	char *copy = NULL;
	int rc = grow(m);

	if (rc < 0)
		return rc;
	e = &m->slots[find(m, num, text)];
	if (e->value) {
		e->value = value;
		return 0;
	}
	if (text && !(copy = strdup(text)))
		return GHL_ENOMEM;
	e->num = num;
	e->text = copy;
	e->value = value;
	m->used++;
	return 0;
}

static void *take(struct map *m, uint64_t num, const char *text)
{
	size_t i, j, home;
	void *value;

	if (!m->slots)
		return NULL;
	i = find(m, num, text);
	value = m->slots[i].value;
	if (!value)
		return NULL;
	free(m->slots[i].text);
	m->used--;
	for (j = (i + 1) & m->mask; m->slots[j].value; j = (j + 1) & m->mask) {
		home = mix(m->slots[j].num) & m->mask;
		if (((j - home) & m->mask) >= ((j - i) & m->mask)) {
			m->slots[i] = m->slots[j];
			i = j;
		}
	}
	memset(&m->slots[i], 0, sizeof(m->slots[i]));
	return value;
}

int map_put(struct map *m, uint64_t key, void *value)
{
	return put(m, key, NULL, value);
}

int map_put_text(struct map *m, const char *key, void *value)
{
	return put(m, text_hash(key), key, value);
}

void *map_get(const struct map *m, uint64_t key)
{
	return m->slots ? m->slots[find(m, key, NULL)].value : NULL;
}

void *map_get_text(const struct map *m, const char *key)
{
	return m->slots ? m->slots[find(m, text_hash(key), key)].value : NULL;
}

void *map_take(struct map *m, uint64_t key)
{
	return take(m, key, NULL);
}

void *map_take_text(struct map *m, const char *key)
{
	return take(m, text_hash(key), key);
}

void *map_next(const struct map *m, size_t *pos)
{
	while (m->slots && *pos <= m->mask) {
		void *value = m->slots[(*pos)++].value;

		if (value)
			return value;
	}
	return NULL;
}
