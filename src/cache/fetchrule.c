/* SPDX-License-Identifier: Apache-2.0 */
/* range_offset_limit and quick_abort_min, _max and _pct as Squid has them. Pure; worker. */
#include "cache/fetchrule.h"

#include "cache/byterange.h"

bool
fetchrule_whole(struct span range, uint64_t limit)
{
	uint64_t	 first;

	if (limit == 0 || limit == UINT64_MAX)
		return limit != 0;
	first = byterange_first(range);
	return first != UINT64_MAX && first <= limit;
}

bool
fetchrule_go_on(const struct fetchrule_abort *q, uint64_t got, uint64_t expected, bool storable,
    bool whole)
{
	uint64_t	 left;

	if (!storable)
		return false;
	if (q->min < 0 || whole)
		return true;
	if (expected == UINT64_MAX || got > expected)
		return false;
	left = expected - got;
	if (left < (uint64_t)q->min)
		return true;
	if (q->max >= 0 && left > (uint64_t)q->max)
		return false;
	return expected >= 100 && got / (expected / 100) > q->percent;
}
