/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that need to know the user. */
#ifndef ACL_ACL_USER_H
#define ACL_ACL_USER_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_user_proxy_auth, acl_user_max_user_ip;

/*
 * False: the user is not known (yet, or not at all): k->need says NEED_USER, and the step
 * challenges or asks.
 */
bool	 acl_user_known(const struct txn *t, struct acl_look *k);
void	 acl_user_tell(const struct acl *a, const struct txn *t, struct sb *to);

#endif
