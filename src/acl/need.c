/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching facts that rules lack. Runs in a worker. */
#include "acl/need.h"

#include "acl/external.h"
#include "core/lookup.h"
#include "core/settings.h"

/* The user: asked for once; when the answer is no user, the client is asked to log in (Squid). */
static enum step
ask_user(struct txn *t)
{
	switch (t->auth) {
	case AUTH_UNASKED:
		t->after_auth = t->step;
		return STEP_AUTH;
	case AUTH_MISSING:
		if (!t->s->basic.on)
			return txn_fail(t, WHY_ACL_DENIED,
			    "the rule needs a user, and no authentication is configured");
		return txn_fail(t, WHY_AUTH_NEEDED, NULL);
	case AUTH_REFUSED:
		return txn_fail(t, WHY_AUTH_REFUSED, NULL);
	case AUTH_BROKEN:
		return txn_fail(t, WHY_AUTH_BROKEN, NULL);
	case AUTH_GOOD:
		break;
	}
	NEVER("a rule asks for a user that is known");
}

enum step
need_fetch(struct txn *t, enum acl_need need)
{
	switch (need) {
	case NEED_USER:
		return ask_user(t);
	case NEED_HOST_ADDRS:
		return lookup_fetch(t, LOOKUP_HOST_ADDRS) ? STEP_GONE : STEP_WAIT;
	case NEED_HOST_NAME:
		return lookup_fetch(t, LOOKUP_HOST_NAME) ? STEP_GONE : STEP_WAIT;
	case NEED_CLIENT_NAME:
		return lookup_fetch(t, LOOKUP_CLIENT_NAME) ? STEP_GONE : STEP_WAIT;
	case NEED_EXTERNAL:
		return external_fetch(t);
	case NEED_NOTHING:
		break;
	}
	NEVER("a need that nothing fetches");
}

enum step
need_judge(const struct rules *rules, struct txn *t, struct ruling *r)
{
	enum step	 next;

	rules_judge(rules, t, true, r);
	while (r->kind == RULING_NEED && (r->need != NEED_USER || t->auth == AUTH_UNASKED)) {
		next = need_fetch(t, r->need);
		if (next != STEP_GONE)
			return next;
		rules_judge(rules, t, true, r);
	}
	if (r->kind == RULING_NEED)
		rules_judge(rules, t, false, r);
	return STEP_GONE;
}
