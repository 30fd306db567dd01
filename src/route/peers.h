/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing among the parents (cache_peer), as Squid orders the methods. What is known of their
 * health is this worker's own.
 */
#ifndef ROUTE_PEERS_H
#define ROUTE_PEERS_H

#include "core/settings.h"
#include "core/txn.h"

/*
 * A parent that may serve t and has not failed it, with Squid's hierarchy code in *code; NULL:
 * none.
 */
const struct peer *peers_pick(struct txn *t, enum facts_route *code);
/* t->peer did not answer the attempt to connect. */
void		 peers_blame(const struct txn *t);

/* Could another peer than t->peer (NULL: any) serve it? Changes nobody's turn. */
bool	 peers_left(struct txn *t);

#endif
