/* SPDX-License-Identifier: Apache-2.0 */
/* The route step: directly or by which peer, from which address. */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "core/txn.h"

/*
 * STEP_ROUTE: miss_access, always_direct, never_direct, cache_peer_access, tcp_outgoing_*. Sets
 * t->peer (NULL: direct), f.route, bind4, bind6, tos, mark. Called again after a way failed
 * (t->peers_failed, direct_failed): the next one, or the failure stands. Answers FETCH, TUNNEL,
 * AUTH, ERROR or WAIT.
 */
enum step	 route_choose(struct txn *t);

#endif
