/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's side of an answer that is stored while it comes (fill.c): the object as it grows,
 * what becomes of it at the end, whole, cut short or made invalid meanwhile. Knows nothing of who
 * reads it. In the loop's thread of a worker.
 */
#ifndef CACHE_FILING_H
#define CACHE_FILING_H

#include "cache/cachekey.h"
#include "store/store.h"

struct fill_what;

struct filing {
	struct store_object	*object;	/* NULL: committed, or given up */
	bool			 claimed;	/* others can read along */
	bool			 hidden;	/* nobody new finds it */
	struct store_follow	 follow;	/* claimed */
	struct cachekey		 key;
	struct store_key	 primary;
	uint64_t		 began;		/* before it was asked for ... */
	uint64_t		 opened;	/* ... and when its head was there: moments */
	uint64_t		 least, most, cut_least;
};

/* False: the store does not take it. The claim is its own from now on, whatever the answer. */
bool		 filing_begin(struct filing *k, const struct fill_what *w);
/*
 * The next bytes, up to `came` of the body. False: it cannot be stored; filing_end or filing_hide
 * has to follow.
 */
bool		 filing_append(struct filing *k, const struct span *v, unsigned n, uint64_t came);
/*
 * The body is complete and found from now on. False: it is nothing to be kept; filing_end or
 * filing_hide has to follow.
 */
bool		 filing_complete(struct filing *k, uint64_t came);
/* It will not be complete: who follows learns that; what is there can be read until filing_end. */
void		 filing_hide(struct filing *k);
/* It is not complete: kept as parts, or given up. Harmless after filing_complete. */
void		 filing_end(struct filing *k);
/* Others read along, or began to not long ago. */
bool		 filing_followed(const struct filing *k);

#endif
