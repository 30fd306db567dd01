/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a condition, for rules.c, ruleslint.c and explain.c. */
#ifndef ACL_CONDIN_H
#define ACL_CONDIN_H

#include "acl/rules.h"

struct cond_item {
	struct acl	*acl;
	bool		 negated;
};

struct cond {
	size_t			 n;
	struct cond_item	 items[];
};

/*
 * As cond_holds, but an ACL that can never be known answers ACL_NEED with NEED_NEVER, unless
 * another one of the condition says no. told, if not NULL, is called for each ACL asked.
 */
typedef void	 condin_told(void *arg, const struct cond_item *item, enum acl_answer answer,
		    enum acl_need need, uint32_t mark);
enum acl_answer	 condin_ask(const struct cond *c, struct txn *t, enum acl_need *need,
		    const struct acl **last, condin_told *told, void *arg);

#endif
