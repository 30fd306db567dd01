/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who in this process waits for objects that are being fetched, here or by another process. The
 * store wakes the process, not the waiter: at a wake all who wait are called, each once, and look
 * for themselves. Where very many wait they are called less often, so that waiting never takes more
 * than a part of the process's time.
 */
#ifndef CACHE_FOLLOW_H
#define CACHE_FOLLOW_H

#include "base/list.h"

struct follow_waiter {
	struct list	 node;
	/* off the list by then; may wait again, or end itself or others */
	void		(*woken)(struct follow_waiter *);
};

/* In each process that reads from the store, after loop_init: sets shared_store_woken. */
void		 follow_init(void);
void		 follow_free(void);

/* initialises it */
void		 follow_waiter(struct follow_waiter *w, void (*woken)(struct follow_waiter *));
/*
 * Called once at the next wake. Ask store_follow_look (wait) first: only a change after that wakes.
 * Twice is once.
 */
void		 follow_wait(struct follow_waiter *w);
void		 follow_drop(struct follow_waiter *w);	/* harmless when it does not wait */

#endif
