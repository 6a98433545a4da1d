/* acd/bits.h - a set of small numbers. */
#ifndef ACD_BITS_H
#define ACD_BITS_H

#include <govhotline/error.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bits {
	uint64_t *words;
	unsigned count; /* words */
};

static inline void bits_finish(struct bits *b)
{
	free(b->words);
	*b = (struct bits){0};
}

/* Room for 0..n-1, all out. */
static inline int bits_reset(struct bits *b, unsigned n)
{
	unsigned count = n / 64 + 1;
	uint64_t *words = realloc(b->words, count * sizeof(*words));

	if (!words)
		return GHL_ENOMEM;
	memset(words, 0, count * sizeof(*words));
	b->words = words;
	b->count = count;
	return 0;
}

static inline void bits_put(struct bits *b, unsigned i, bool in)
{
	uint64_t bit = 1ULL << i % 64;

	if (in)
		b->words[i / 64] |= bit;
	else
		b->words[i / 64] &= ~bit;
}

static inline bool bits_has(const struct bits *b, unsigned i)
{
	return b->words[i / 64] >> i % 64 & 1;
}

#endif
