/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that compare domain names. */
#ifndef ACL_ACL_DOMAIN_H
#define ACL_ACL_DOMAIN_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_domain_dstdomain, acl_domain_srcdomain, acl_domain_server_name;

void	 acl_domain_tell_host(const struct acl *a, const struct txn *t, struct sb *to);
void	 acl_domain_tell_client(const struct acl *a, const struct txn *t, struct sb *to);

#endif
