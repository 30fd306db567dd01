/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reply's body that outlasts what it is read from: where that fails, its owner may bring another
 * body of the same bytes, which is read from the place that was reached. Knows nothing of how it is
 * brought (rest.c). In the loop's thread of a worker.
 */
#ifndef CACHE_LASTING_H
#define CACHE_LASTING_H

#include "core/body.h"
#include "net/loop.h"

struct lasting {
	struct body	 body;		/* the consumer's */
	struct body	*from;		/* borrowed; NULL: none at this moment */
	bool		 failed;
	bool		 other;		/* from is not the first */
	uint64_t	 skip;		/* bytes of from that were sent already */
	/* bytes of it that are wanted then; UINT64_MAX: up to its end */
	uint64_t	 left;
	/*
	 * from came to an early end, and is not looked at any more. True: lasting_go_on or
	 * lasting_fail is called later, not from inside.
	 */
	bool		(*lost)(struct lasting *l);
	struct task	 task;		/* wakes the consumer */
	struct span	 spans[BODY_SPANS];
};

/* from is borrowed, and outlives the body, or is lost. */
void		 lasting_init(struct lasting *l, struct body *from,
		    bool (*lost)(struct lasting *l));
/*
 * Goes on with this body: `left` bytes of it behind the first `skip`. The consumer is woken later.
 */
void		 lasting_go_on(struct lasting *l, struct body *from, uint64_t skip, uint64_t left);
/* There is no other: the consumer is told. */
void		 lasting_fail(struct lasting *l);
/* Nobody reads any more. Twice is harmless, as without lasting_init on zeroes. */
void		 lasting_end(struct lasting *l);

#endif
