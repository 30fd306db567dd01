/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types made of other ACLs. */
#ifndef ACL_ACL_GROUP_H
#define ACL_ACL_GROUP_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_group_any_of, acl_group_all_of;

/* True if ask(member, flag) is for some member. a is of one of these types. */
bool	 acl_group_any(const struct acl *a, bool (*ask)(const struct acl *member, unsigned flag),
		    unsigned flag);

#endif
