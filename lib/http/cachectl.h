/* SPDX-License-Identifier: Apache-2.0 */
/* Cache-Control and Pragma (RFC 9111, 5.2; RFC 5861; RFC 8246), as one struct. */
#ifndef HTTP_CACHECTL_H
#define HTTP_CACHECTL_H

#include "http/head.h"

enum {
	CC_NO_STORE = 1 << 0, CC_NO_CACHE = 1 << 1, CC_PRIVATE = 1 << 2, CC_PUBLIC = 1 << 3,
	CC_MUST_REVALIDATE = 1 << 4, CC_PROXY_REVALIDATE = 1 << 5, CC_MUST_UNDERSTAND = 1 << 6,
	CC_NO_TRANSFORM = 1 << 7, CC_ONLY_IF_CACHED = 1 << 8, CC_IMMUTABLE = 1 << 9,
	CC_MAX_AGE = 1 << 10, CC_S_MAXAGE = 1 << 11, CC_MAX_STALE = 1 << 12, CC_MIN_FRESH = 1 << 13,
	CC_SWR = 1 << 14, CC_SIE = 1 << 15,
	/* only the form with a field list was there */
	CC_NO_CACHE_FIELDS = 1 << 16, CC_PRIVATE_FIELDS = 1 << 17,
};

struct cachectl {
	uint32_t	 has;
	/* seconds; max_stale INT64_MAX: no limit */
	int64_t		 max_age, s_maxage, max_stale, min_fresh, swr, sie;
	struct span	 no_cache_fields, private_fields;	/* inside of the quoted list */
};

/*
 * From all Cache-Control fields; a request without them and with "Pragma: no-cache" has
 * CC_NO_CACHE (RFC 9111, 5.4). A directive with a list beside the same one without, or a second
 * list, counts as the one without (the whole response). Overflowing numbers are 2^31 - 1 seconds
 * (RFC 9111, 1.2.2); an invalid max-age/s-maxage counts as 0 (stale, RFC 9111, 4.2.1); duplicates
 * that differ: the smallest (min-fresh: the largest). What restricts counts inside of a quoted
 * string that is torn, too.
 */
void		 cachectl_parse(struct cachectl *cc, const struct head *h);

#endif
