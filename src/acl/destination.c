/* SPDX-License-Identifier: Apache-2.0 */
/* The destination guard. Judges only; connects to nothing and records nothing. Worker, explain. */
#include "acl/destination.h"

#include "core/settings.h"

bool
destination_allows(struct txn *t, const struct addr *a, struct ruling *r)
{
	t->candidate = a;
	rules_judge(t->s->destination_access, t, false, r);
	t->candidate = NULL;
	return r->kind == RULING_ALLOW;
}
