/* SPDX-License-Identifier: Apache-2.0 */
/* The fetch step: the request to the origin or a peer, the head of the answer back. */
#ifndef ORIGIN_FETCH_H
#define ORIGIN_FETCH_H

#include "core/txn.h"

/*
 * STEP_FETCH. Answers STORE (t->reply is there, or t->f.why and the cache can do without), REPLY
 * (an interim answer to be passed on first), ROUTE (this way failed, another may be tried), ERROR
 * or WAIT.
 */
enum step	 fetch_head(struct txn *t);
/*
 * After client_count: brings the counts of bytes up to date, from and to the origin and what goes
 * on from the client just now.
 */
void		 fetch_count(struct txn *t);
/*
 * Lets go of the exchange, if there is one: the answer is sent or will not be. A source that was
 * taken goes on by itself.
 */
void		 fetch_release(struct txn *t);
void		 fetch_cancel(struct txn *t);

#endif
