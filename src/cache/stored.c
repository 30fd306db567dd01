/* SPDX-License-Identifier: Apache-2.0 */
/* Stored answers: none exist without a store, and that is what these say. Worker. */
#include "cache/stored.h"

enum step
stored_lookup(struct txn *t)
{
	struct cachectl	 cc;

	if (t->req.method == METHOD_CONNECT) {
		t->f.tag_result = RESULT_TUNNEL;
		return STEP_ROUTE;
	}
	if (head_get(&t->req, FIELD_CACHE_CONTROL) != NULL) {
		cachectl_parse(&cc, &t->req);
		if (cc.has & CC_ONLY_IF_CACHED)
			return txn_fail(t, WHY_ONLY_IF_CACHED, NULL);
	}
	t->f.tag_result = RESULT_MISS;
	return STEP_ROUTE;
}

enum step
stored_keep(struct txn *t)
{
	(void)t;
	return STEP_REPLY;
}
