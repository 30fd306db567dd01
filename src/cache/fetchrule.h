/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much to fetch: Squid's range_offset_limit (the whole for a part?) and quick_abort_* (go on
 * without a client?).
 */
#ifndef CACHE_FETCHRULE_H
#define CACHE_FETCHRULE_H

#include "base/span.h"

/*
 * A request with this Range, whose answer could be stored: true to fetch the whole, serve the part
 * from it and store it; false to send the Range on. limit: bytes; 0: never; UINT64_MAX ("none"):
 * always.
 */
bool		 fetchrule_whole(struct span range, uint64_t limit);

struct fetchrule_abort {
	int64_t		 min, max;	/* bytes; min -1: never abort */
	unsigned	 percent;
};

/*
 * The last client went away: true to fetch the rest for the store. got and expected: bytes of
 * content (expected UINT64_MAX: unknown). whole: range_offset_limit none is in force for this
 * request, which overrides these directives.
 */
bool		 fetchrule_go_on(const struct fetchrule_abort *q, uint64_t got, uint64_t expected,
		    bool storable, bool whole);

#endif
