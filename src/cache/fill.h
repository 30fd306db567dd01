/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer on its way into the store. It is read as fast as it comes: the client of its
 * transaction gets the bytes while they pass by, and from the store once it falls behind, as others
 * do who follow; a slow client slows nobody. What cannot be stored any more (too large, no room)
 * goes on to the client alone, at its speed. Outlives the transaction if it may. In the loop's
 * thread of a worker.
 */
#ifndef CACHE_FILL_H
#define CACHE_FILL_H

#include "cache/cachekey.h"
#include "core/source.h"
#include "store/store.h"

struct fill;

struct fill_what {
	struct source		*source;	/* is taken */
	/* primary: the URL's, which may be made invalid meanwhile */
	struct cachekey		 key, primary;
	uint64_t		 began;		/* store_moment before it was asked for */
	struct store_meta	 meta;		/* copied */
	uint64_t		 total;		/* STORE_UNKNOWN: not known yet */
	uint64_t		 least, most;	/* bytes a body may have to be kept */
	/* cut short, but not before so many bytes, it is kept as parts (parts.h); 0: never */
	uint64_t		 cut_least;
	struct store_claim	 claim;		/* of the key */
	/* there is a claim: it is the fill's from now on, whatever the answer */
	bool			 claimed;
	struct store_follow	 follow;	/* of that claim: for whoever reads behind */
};

/* Begins. NULL: the store does not take it; the source is not taken then. */
struct fill	*fill_new(const struct fill_what *w);
/* The body for the client of this fetch. Ends with fill_leave. */
struct body	*fill_body(struct fill *f);
/* What follows it sees the same object (store_follow_*). False: nobody can. */
bool		 fill_follow(const struct fill *f, struct store_follow *follow);
uint64_t	 fill_length(const struct fill *f);	/* bytes that came so far */
bool		 fill_followed(const struct fill *f);	/* others read along */
/* its client read, or reads, from the store */
bool		 fill_fell_behind(const struct fill *f);
/* Its transaction ends: the rest is fetched for the store alone, or given up. *f is NULL then. */
void		 fill_leave(struct fill **f, bool go_on);

bool		 fill_busy(void);	/* some go on without a transaction */
void		 fill_stop_all(void);	/* gives up those */

#endif
