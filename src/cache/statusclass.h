/* SPDX-License-Identifier: Apache-2.0 */
/* What a status code means to a cache (RFC 9110, 15; RFC 9111, 3 and 4.2.2; RFC 6585). */
#ifndef CACHE_STATUSCLASS_H
#define CACHE_STATUSCLASS_H

#include <stdbool.h>

enum statusclass {
	/* heuristically cacheable, by the whole of refresh_pattern: 200 203 300 301 308 410 */
	STATUSCLASS_POSITIVE,
	/* heuristically cacheable failures (and 204): by Last-Modified, or for negative_ttl */
	STATUSCLASS_FAILURE,
	STATUSCLASS_NEGATIVE,	/* with explicit freshness, or for negative_ttl */
	STATUSCLASS_EXPLICIT,	/* with explicit freshness or public only */
	STATUSCLASS_PARTIAL,	/* 206 */
	/* interim; about this one request (304, 401, 407, 412, 416...); forbidden (RFC 6585) */
	STATUSCLASS_NEVER,
};

enum statusclass statusclass_of(unsigned status);

/*
 * Whether this cache knows all there is to know about caching the status (RFC 9111, 5.2.2.3:
 * must-understand).
 */
bool		 statusclass_understood(unsigned status);

/* RFC 9111, 4.2.2: may be given a lifetime that nobody stated. */
bool		 statusclass_heuristic(unsigned status);

#endif
