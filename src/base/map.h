/* base/map.h - a hash map from a 64-bit number or a text to a pointer (open addressing, linear probing). Not
 * thread-safe. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
	uint64_t num; /* the number, or the hash of the text */
	char *text;   /* owned copy; NULL in a number map */
	void *value;  /* NULL marks a free slot */
};

struct map {
	struct map_entry *slots;
	size_t mask; /* slots - 1; 0 while empty */
	size_t used;
};

void map_init(struct map *m);
/* Frees the keys, not the values. */
void map_finish(struct map *m);

/* Put replaces; `value` must not be NULL. GHL_ENOMEM leaves the map as it was. */
int map_put(struct map *m, uint64_t key, void *value);
int map_put_text(struct map *m, const char *key, void *value);
void *map_get(const struct map *m, uint64_t key);
void *map_get_text(const struct map *m, const char *key);
/* The value that was there, or NULL. */
void *map_take(struct map *m, uint64_t key);
void *map_take_text(struct map *m, const char *key);

/* Walk: `for (size_t i = 0; (v = map_next(m, &i));)`; no put or take on the way. */
void *map_next(const struct map *m, size_t *pos);

#endif
