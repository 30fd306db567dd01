/* SPDX-License-Identifier: Apache-2.0 */
/* The steps lookup and store: where the rules of caching (RFC 9111) meet the store. */
#ifndef CACHE_STORED_H
#define CACHE_STORED_H

#include "core/txn.h"

/*
 * STEP_LOOKUP: is there a stored answer, or one on its way? RULES (t->reply is it; LEND without a
 * client), ROUTE, LOCAL (PURGE), ERROR, AUTH, WAIT.
 */
enum step	 stored_lookup(struct txn *t);
/*
 * STEP_STORE: what the answer in t->reply (or that there is none: t->f.why) does to the store.
 * RULES, ROUTE (it has to be fetched once more), ERROR, BEHIND, AUTH, WAIT.
 */
enum step	 stored_keep(struct txn *t);
/*
 * STEP_LEND: a transaction without a client has an answer in t->reply. WAIT as long as another
 * one's client reads it, BEHIND.
 */
enum step	 stored_lend(struct txn *t);
/* STEP_BEHIND: the end of a transaction without a client. */
enum step	 stored_behind(struct txn *t);

/*
 * The answer is sent, or will not be: gives back what is pinned and lets go of the fetch, which may
 * go on for the store.
 */
void		 stored_release(struct txn *t);
/* The heads of stored answers are not needed any more either. */
void		 stored_forget(struct txn *t);

/* Worker start, after the loop's; harmless without a store. */
void		 stored_start(void);
/* Fetches that go on without a client. */
bool		 stored_busy(void);
void		 stored_abort_all(void);

#endif
