/* SPDX-License-Identifier: Apache-2.0 */
/* Intrusive, circular, doubly linked lists. A node that is on no list points to itself. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list	*next, *prev;
};

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void
list_remove(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = n->prev = n;
}

/* At the end; n is on no list. */
static inline void
list_add(struct list *l, struct list *n)
{
	n->prev = l->prev;
	n->next = l;
	l->prev->next = n;
	l->prev = n;
}

/* At the front; n is on no list. */
static inline void
list_push(struct list *l, struct list *n)
{
	list_add(l->next, n);
}

static inline struct list *
list_first(struct list *l)
{
	return list_empty(l) ? NULL : l->next;
}

/* The node may be removed from the list inside the loop (but not its successor). */
#define LIST_EACH(l, n) \
	for (struct list *n = (l)->next, *n##_next = n->next; n != (l); \
	    n = n##_next, n##_next = n->next)

#endif
