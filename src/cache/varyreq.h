/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request that Vary speaks of: the one that is sent on, not the one that came (RFC 9111, 4.1).
 * Worker.
 */
#ifndef CACHE_VARYREQ_H
#define CACHE_VARYREQ_H

#include "core/txn.h"

/*
 * t->req as the origin sees its fields: without what Connection names, and as request_header_access
 * and the like have it. NULL: at the arena's cap.
 */
const struct head	*varyreq_head(struct txn *t);

#endif
