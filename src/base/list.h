/* base/list.h - an intrusive doubly linked list; the head is a node that is in no object. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Safe against removal of the current node. */
#define LIST_EACH(pos, tmp, head) for (pos = (head)->next; pos != (head) && (tmp = pos->next, 1); pos = tmp)

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_insert_before(struct list *at, struct list *node)
{
	node->next = at;
	node->prev = at->prev;
	at->prev->next = node;
	at->prev = node;
}

static inline void list_append(struct list *head, struct list *node)
{
	list_insert_before(head, node);
}

/* Leaves the node initialised, so removing twice does no harm. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* The first node taken off, or NULL. Writes the head by its own name, so clang's analyzer sees that the node
 * is off. */
static inline struct list *list_take(struct list *head)
{
	struct list *first = head->next;

	if (first == head)
		return NULL;
	head->next = first->next;
	first->next->prev = head;
	list_init(first);
	return first;
}

#endif
