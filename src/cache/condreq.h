/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache's own conditional requests (RFC 9111, 4.3.1): what they ask with, and what of the
 * client's request must not go along.
 */
#ifndef CACHE_CONDREQ_H
#define CACHE_CONDREQ_H

#include "base/arena.h"
#include "cache/storedattr.h"

enum { CONDREQ_TAGS = 16 };	/* variants whose tags are asked about at once */

/*
 * Turns a copy of the client's head into the conditional request for stored responses: the client's
 * own conditions and ranges are removed, If-None-Match gets the tags of all candidates,
 * If-Modified-Since the Last-Modified of the first (the selected) one. A candidate without any
 * validator asks nothing. False: nothing to ask with (the head is left unconditional), or the
 * arena's cap.
 */
bool		 condreq_make(struct head *req, const struct storedattr *const *candidates,
		    size_t n, struct arena *a);

/*
 * Removes all conditions and ranges of the client: for a fetch of the whole (reload,
 * range_offset_limit).
 */
void		 condreq_plain(struct head *req);

#endif
