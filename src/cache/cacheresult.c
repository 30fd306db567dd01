/* SPDX-License-Identifier: Apache-2.0 */
/* Squid's result codes of cached and fetched answers. Pure; worker. */
#include "cache/cacheresult.h"

#include "base/must.h"

static enum facts_result
hit(const struct cacheresult *r)
{
	if (r->not_modified)
		return r->by_tag ? RESULT_INM_HIT : RESULT_IMS_HIT;
	if (r->basis == FRESHNESS_NEGATIVE)
		return RESULT_NEGATIVE_HIT;
	if (r->offline)
		return RESULT_OFFLINE_HIT;
	return r->in_memory ? RESULT_MEM_HIT : RESULT_HIT;
}

enum facts_result
cacheresult_of(const struct cacheresult *r)
{
	switch (r->how) {
	case CACHERESULT_STORED:
		return hit(r);
	case CACHERESULT_CONFIRMED:
		return RESULT_REFRESH_UNMODIFIED;
	case CACHERESULT_REPLACED:
		return RESULT_REFRESH_MODIFIED;
	case CACHERESULT_STALE_FOR_ERROR:
		return RESULT_REFRESH_FAIL_OLD;
	case CACHERESULT_ERROR_PASSED:
		return RESULT_REFRESH_FAIL_ERR;
	case CACHERESULT_FETCHED:
		if (r->damaged)
			return RESULT_SWAPFAIL_MISS;
		if (r->waited)
			return RESULT_CF_MISS;
		return r->reload ? RESULT_CLIENT_REFRESH_MISS : RESULT_MISS;
	case CACHERESULT_FOLLOWED:
		return RESULT_CF_HIT;
	}
	NEVER("how an answer came");
}
