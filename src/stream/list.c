/* list.c - query results: items of one struct in one block, their texts in chunks that never move. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 4096

struct chunk {
	struct chunk *next;
	size_t used, room;
	char s[];
};

struct ghl_list {
	size_t item_size, count, room, next;
	char *items;
	struct chunk *chunks;
	const char *cursor;
};

int list_new(struct ghl_list **out, size_t item_size)
{
	struct ghl_list *l = calloc(1, sizeof(*l));

	if (!l)
		return GHL_ENOMEM;
	l->item_size = item_size;
	l->cursor = "";
	*out = l;
	return 0;
}

void *list_add(struct ghl_list *l)
{
	size_t room = l->room ? l->room * 2 : 16;
	uint32_t size = (uint32_t)l->item_size;
	char *item;

	if (l->count == l->room) {
		void *p = realloc(l->items, room * l->item_size);

		if (!p)
			return NULL;
		l->items = p;
		l->room = room;
	}
	item = memset(l->items + l->count++ * l->item_size, 0, l->item_size);
	return memcpy(item, &size, sizeof(size));
}

static struct chunk *chunk_for(struct ghl_list *l, size_t n)
{
	size_t room = n > CHUNK ? n : CHUNK;
	struct chunk *c = l->chunks;

	if (c && c->room - c->used >= n)
		return c;
	c = malloc(sizeof(*c) + room);
	if (!c)
		return NULL;
	c->used = 0;
	c->room = room;
	c->next = l->chunks;
	return l->chunks = c;
}

const char *list_text(struct ghl_list *l, const char *s)
{
	size_t n = s ? strlen(s) + 1 : 0;
	struct chunk *c;
	char *to;

	if (n <= 1)
		return "";
	c = chunk_for(l, n);
	if (!c)
		return NULL;
	to = memcpy(c->s + c->used, s, n);
	c->used += n;
	return to;
}

void list_cursor_set(struct ghl_list *l, const char *cursor)
{
	const char *s = list_text(l, cursor);

	l->cursor = s ? s : "";
}

int list_give(struct ghl_list *l, int rc, struct ghl_list **out)
{
	if (rc < 0)
		ghl_list_free(l);
	else
		*out = l;
	return rc < 0 ? rc : 0;
}

const void *ghl_list_next(struct ghl_list *l)
{
	return l->next < l->count ? l->items + l->next++ * l->item_size : NULL;
}

void ghl_list_rewind(struct ghl_list *l)
{
	l->next = 0;
}

size_t ghl_list_count(const struct ghl_list *l)
{
	return l->count;
}

const char *ghl_list_cursor(const struct ghl_list *l)
{
	return l->cursor;
}

void ghl_list_free(struct ghl_list *l)
{
	struct chunk *c;

	if (!l)
		return;
	while ((c = l->chunks)) {
		l->chunks = c->next;
		free(c);
	}
	free(l->items);
	free(l);
}
