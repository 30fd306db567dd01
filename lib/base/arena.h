/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capped arena: what a transaction (or a settings snapshot) allocates dies with it, in one call.
 * Chunks of ARENA_CHUNK bytes come from a small free list of the process; larger requests get a
 * chunk of their own. Not for use by two threads.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum { ARENA_CHUNK = 4096 };

struct arena_chunk;

struct arena {
	char			*at, *end;	/* free bytes of the newest chunk */
	struct arena_chunk	*chunks;
	size_t			 used, cap;	/* bytes in chunks; the limit */
};

/* An empty arena that will take at most cap bytes. Holds no memory until the first allocation. */
void		 arena_init(struct arena *a, size_t cap);

/* Frees everything; the arena may be used again. */
void		 arena_reset(struct arena *a);

/* The slow way of arena_get: a new chunk. */
void		*arena_more(struct arena *a, size_t n);

/* n bytes aligned for any type, not zeroed; NULL when the cap is reached. */
static inline void *
arena_get(struct arena *a, size_t n)
{
	n = (n + 15) & ~(size_t)15;
	if (n <= (size_t)(a->end - a->at)) {
		void *p = a->at;

		a->at += n;
		return p;
	}
	return arena_more(a, n);
}

/* Zeroed. NULL when the cap is reached. */
void		*arena_zero(struct arena *a, size_t n);

/*
 * A copy of the bytes, NUL-terminated for convenience (the NUL is not counted); {NULL,0} at the
 * cap.
 */
struct span	 arena_span(struct arena *a, struct span s);

/* printf into the arena; {NULL,0} at the cap. */
struct span	 arena_printf(struct arena *a, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

#endif
