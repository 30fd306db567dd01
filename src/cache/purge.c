/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is stored and is to be so no longer: PURGE as Squid knows it, and what answers to unsafe
 * methods make invalid (RFC 9111, 4.4). The variants of a URL go with their marker. Worker.
 */
#include "acl/acl.h"
#include "base/must.h"
#include "cache/caching.h"
#include "cache/invalidate.h"
#include "core/settings.h"
#include "core/shared.h"

static bool
forget(struct span url)
{
	struct cachekey		 k;
	struct store_key	 s;

	cachekey_primary(url, &k);
	s = object_store_key(&k);
	store_bar(shared.store, &s);	/* what is being fetched now may be what was */
	return store_maybe(shared.store, &s) && store_delete(shared.store, &s);
}

enum step
purge_request(struct txn *t)
{
	if (!acl_set_names_method(t->s->acls, METHOD_PURGE))
		return txn_fail(t, WHY_ACL_DENIED,
		    "PURGE is for configurations that have an acl of type method for it");
	t->f.tag_result = RESULT_MISS;
	t->purged = t->cache != NULL && forget(t->cache->url) ? PURGED_STORED : PURGED_NOTHING;
	return STEP_LOCAL;
}

void
purge_by_answer(struct txn *t)
{
	struct span	 urls[INVALIDATE_MAX];
	size_t		 n = invalidate_urls(&t->req, &t->target, &t->reply, &t->arena, urls);

	for (size_t i = 0; i < n; i++)
		forget(urls[i]);
}
