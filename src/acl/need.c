/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching facts that rules lack. Runs in a worker. */
#include "acl/need.h"

#include "core/lookup.h"

enum step
need_fetch(struct txn *t, enum acl_need need)
{
	switch (need) {
	case NEED_USER:
		t->after_auth = t->step;
		return STEP_AUTH;
	case NEED_HOST_ADDRS:
		return lookup_fetch(t, LOOKUP_HOST_ADDRS) ? STEP_GONE : STEP_WAIT;
	case NEED_HOST_NAME:
		return lookup_fetch(t, LOOKUP_HOST_NAME) ? STEP_GONE : STEP_WAIT;
	case NEED_CLIENT_NAME:
		return lookup_fetch(t, LOOKUP_CLIENT_NAME) ? STEP_GONE : STEP_WAIT;
	case NEED_EXTERNAL:
	case NEED_NOTHING:
		break;
	}
	NEVER("a need that nothing fetches");
}
