/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection's buffer, borrowed from the process's pool while there is something in it. Bytes are
 * taken at `from` and added at `to`; bytes below `floor` are pinned (a parsed head whose spans are
 * in use) and stay where they are.
 */
#ifndef NET_BUF_H
#define NET_BUF_H

#include <stdint.h>

#include "base/span.h"

struct buf {
	char		*p;		/* NULL: none held */
	uint32_t	 cap, floor, from, to;
};

enum { BUF_SMALL = 4096, BUF_NORMAL = 16384, BUF_LARGE = 65536 };

/*
 * The size to ask for when n bytes have to fit: one of the above, or n itself where that is more.
 */
static inline uint32_t
buf_fit(size_t n)
{
	return n <= BUF_SMALL ? BUF_SMALL : n <= BUF_NORMAL ? BUF_NORMAL : n <= BUF_LARGE ?
	    BUF_LARGE : (uint32_t)n;
}

/*
 * Makes sure that memory of at least `cap` (one of the above, or up to 1 MB) is held; existing
 * bytes are kept but may move (floor must be 0 or cap enough).
 */
void		 buf_need(struct buf *b, uint32_t cap);
void		 buf_give(struct buf *b);	/* buf_drop of one that holds memory */

/* Gives the memory back; the buffer is empty. Inline: most that are dropped hold nothing. */
static inline void
buf_drop(struct buf *b)
{
	if (b->p != NULL)
		buf_give(b);
	else
		b->cap = b->floor = b->from = b->to = 0;
}

/* Gives the memory back if nothing is in it and nothing is pinned. */
void		 buf_tidy(struct buf *b);

static inline struct span
buf_span(const struct buf *b)
{
	return span_at(b->p + b->from, b->to - b->from);
}

static inline uint32_t
buf_used(const struct buf *b)
{
	return b->to - b->from;
}

/*
 * Room at the end; when empty, starts again at the floor. Moves unread bytes down to the floor if
 * that is the only way to get room.
 */
uint32_t	 buf_space(struct buf *b);

static inline void
buf_took(struct buf *b, size_t n)
{
	b->from += (uint32_t)n;
	if (b->from == b->to)
		b->from = b->to = b->floor;
}

#endif
