/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that nobody has in hand now, as they were read: if the index still leads to its record,
 * one is served from here, which spares reading, copying and comparing it (of a hit's 6
 * microseconds 1; of a larger one's 14, 3). Only what is asked for again soon is kept: others would
 * push it out, and their own memory out of the processor's caches. In the loop's thread of a
 * process.
 */
#ifndef CACHE_KEPT_H
#define CACHE_KEPT_H

#include "cache/object.h"

/* This key is being looked up: was it, not long ago? (Nearly always right.) */
bool		 kept_comes_again(const struct cachekey *k);

/*
 * Takes it out; NULL: it is not there. It is the caller's to find out whether it is still what is
 * stored.
 */
struct object	*kept_take(const struct cachekey *k);

/* Puts it in. What had to go for it, or NULL, is the caller's. */
struct object	*kept_put(struct object *o);

/* Takes any one out; NULL: there is none left. */
struct object	*kept_take_any(void);

#endif
