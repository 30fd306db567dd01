/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of storebody know of each other; nobody else includes it. */
#ifndef CACHE_STOREBODY_INNER_H
#define CACHE_STOREBODY_INNER_H

#include "base/must.h"
#include "cache/storebody.h"

#define STOREBODY_TAG	TAG4('s', 'b', 'o', 'd')

/* ---- storebody_hold.c: extents ---- */

static inline bool
storebody_covers(const struct store_extent *e, uint64_t pos)
{
	return pos >= e->pos && pos - e->pos < e->len;
}

/*
 * The extent that has pos is held on STORE_HIT, its bytes are what was stored. WOULD_BLOCK: a
 * thread has to.
 */
enum store_got	 storebody_hold(struct storebody *b, uint64_t pos);
void		 storebody_let_go(struct storebody *b);
/* Such an extent can be given to sendfile from pos on. */
bool		 storebody_sendable(struct storebody *b, uint64_t pos);

/* ---- storebody_bring.c: bytes into memory ---- */

/* What stands in memory from b->pos on. */
struct span	 storebody_memory(const struct storebody *b);
/* A thread reads at b->pos. */
void		 storebody_read_now(struct storebody *b);
/* Nothing does: something does after this, or wake will come, or the body has failed. */
void		 storebody_bring(struct storebody *b);
/* A disk that had to be waited for once reads on while the piece is sent. */
void		 storebody_read_ahead(struct storebody *b);
/* What is being read is not wanted any more. */
void		 storebody_read_leave(struct storebody *b);

/* ---- storebody.c ---- */

void		 storebody_wake(struct storebody *b);
/* Wakes after a little while, as something was not to be had. */
void		 storebody_ask_later(struct storebody *b);

#endif
