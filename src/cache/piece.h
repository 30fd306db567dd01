/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers for pieces of stored bodies that were read: of one size, from a small spare list. In the
 * loop's thread.
 */
#ifndef CACHE_PIECE_H
#define CACHE_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum { PIECE_BYTES = 64 * 1024 };

struct piece {
	char		*p;		/* NULL: none; PIECE_BYTES */
	uint64_t	 from;		/* in the body as stored */
	size_t		 n;
};

void		 piece_take(struct piece *p, uint64_t from);	/* it had none; n is 0 */
void		 piece_give(struct piece *p);			/* it had one */
static inline void
piece_drop(struct piece *p)				/* harmless when it has none */
{
	if (p->p != NULL)
		piece_give(p);
}
void		 piece_trim(void);				/* the spare ones are given back */

static inline bool
piece_has(const struct piece *p, uint64_t pos)
{
	return p->p != NULL && pos >= p->from && pos - p->from < p->n;
}

/* From pos on, which it has. */
static inline struct span
piece_span(const struct piece *p, uint64_t pos)
{
	return span_at(p->p + (pos - p->from), p->n - (size_t)(pos - p->from));
}

#endif
