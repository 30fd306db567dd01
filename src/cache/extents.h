/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes of a representation are there: a short list of extents in order, for 206 answers that
 * are combined (RFC 9111, 3.4).
 */
#ifndef CACHE_EXTENTS_H
#define CACHE_EXTENTS_H

#include "base/span.h"

enum { EXTENTS_MAX = 16 };

struct extent {
	uint64_t	 from, to;	/* to is the first byte not in it */
};

struct extents {
	struct extent	 e[EXTENTS_MAX];	/* rising, apart from each other, none empty */
	unsigned	 n;
};

/* False, with *x unchanged: it would need more than EXTENTS_MAX pieces, or from >= to. */
bool		 extents_add(struct extents *x, uint64_t from, uint64_t to);
/* Every byte of [from, to) is there. */
bool		 extents_has(const struct extents *x, uint64_t from, uint64_t to);
/* First gap of [from, to); false: there is none. */
bool		 extents_gap(const struct extents *x, uint64_t from, uint64_t to,
		    struct extent *gap);
/* Where byte pos, which is there, stands when all are laid end to end. */
uint64_t	 extents_place(const struct extents *x, uint64_t pos);
/* All bytes. */
uint64_t	 extents_total(const struct extents *x);
/* Of all laid end to end only the first n bytes remain. */
void		 extents_clip(struct extents *x, uint64_t n);
enum { EXTENTS_BYTES = 8 + EXTENTS_MAX * 16 };
/* As bytes, of this machine; returns how many, at most EXTENTS_BYTES. */
size_t		 extents_write(const struct extents *x, uint8_t *to);
/* From a disk: all of the bytes, and extents_sane. */
bool		 extents_read(struct extents *x, struct span bytes, uint64_t size);
/* In order, apart, within size. */
bool		 extents_sane(const struct extents *x, uint64_t size);

#endif
