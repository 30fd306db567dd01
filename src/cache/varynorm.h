/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of request fields brought to one form where RFC 9111, 4.1 allows it, so that requests that
 * mean the same meet the same variant.
 */
#ifndef CACHE_VARYNORM_H
#define CACHE_VARYNORM_H

#include "base/arena.h"
#include "http/head.h"

/*
 * The normal form of all fields with this name: combined, white space around list elements removed;
 * Accept, Accept-Charset, Accept-Encoding and Accept-Language in lower case, with weights in one
 * spelling and elements sorted, as their order means nothing (RFC 9110, 12.5). Fields that are no
 * lists (Cookie, User-Agent...) as they are. {NULL,0}: absent; empty: there, but empty. False at
 * the arena's cap.
 */
bool		 varynorm_value(const struct head *req, struct span name, struct arena *a,
		    struct span *out);

#endif
