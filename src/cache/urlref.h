/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References in Location and Content-Location, resolved against the URL of a request (RFC 3986,
 * 5.2).
 */
#ifndef CACHE_URLREF_H
#define CACHE_URLREF_H

#include "base/arena.h"
#include "http/target.h"

/*
 * ref against base (an http or https target), into *out in canonical form, without a fragment.
 * False: it is no such URL, or the arena's cap.
 */
bool		 urlref_resolve(const struct target *base, struct span ref, struct arena *a,
		    struct target *out);

/* Scheme, host and port are the same. */
bool		 urlref_same_origin(const struct target *a, const struct target *b);

#endif
