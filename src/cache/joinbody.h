/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body put together from runs of a stored one and one run that an origin sends (RFC 9111, 3.4),
 * in one order. Knows nothing of heads: whoever makes it has seen that both are of the same
 * representation. In the loop's thread of a worker.
 */
#ifndef CACHE_JOINBODY_H
#define CACHE_JOINBODY_H

#include "cache/extents.h"
#include "cache/object.h"
#include "core/source.h"

struct joinbody;

struct joinbody_what {
	/* of the fetched run: exactly its bytes, or it fails */
	struct body		*origin;
	/*
	 * the same, if it can be taken: it is from now on; NULL: it belongs to whoever outlives
	 * this body
	 */
	struct source		*source;
	/* what is stored; borrowed, and outlives the body, unless taken with joinbody_keep */
	struct object		*old;
};

struct joinbody	*joinbody_new(const struct joinbody_what *w);
/*
 * What it yields, before the first look at it: these extents of the representation, in order;
 * `there` are laid end to end in the stored body, `fetched` is what the origin sends. Each byte is
 * in one of them.
 */
void		 joinbody_aim(struct joinbody *j, const struct extents *yield,
		    const struct extents *there, const struct extent *fetched);
/* The stored object is the body's own from now on. */
void		 joinbody_keep(struct joinbody *j, struct object **old);
/* The body as a source, which ends with all that belongs to it. */
struct source	*joinbody_source(struct joinbody *j);

#endif
