/* SPDX-License-Identifier: Apache-2.0 */
/* The cache's two places in the way of a request. There is no store yet: nothing is found and nothing is kept. */
#ifndef CACHE_STORED_H
#define CACHE_STORED_H

#include "core/txn.h"

/* STEP_LOOKUP. A request that wants a stored answer only gets 504 (RFC 9111, 5.2.1.7). */
enum step	 stored_lookup(struct txn *t);
/* STEP_STORE. */
enum step	 stored_keep(struct txn *t);

#endif
