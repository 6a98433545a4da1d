/* ivr/arena.h - memory that is given back all at once: a document's, a dialog's, a turn's. Not thread-safe.
 */
#ifndef IVR_ARENA_H
#define IVR_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *blocks;
	size_t bytes; /* asked for so far */
	bool failed;  /* an allocation failed; stays set until arena_finish() */
};

/* Zeroed memory is an empty arena. */
void arena_finish(struct arena *a);
/* Zeroed, aligned for any object; NULL when there is no memory. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy; NULL when there is no memory. */
char *arena_bytes(struct arena *a, const char *s, size_t len);
char *arena_text(struct arena *a, const char *s);

#endif
