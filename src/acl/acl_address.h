/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that judge addresses against networks. */
#ifndef ACL_ACL_ADDRESS_H
#define ACL_ACL_ADDRESS_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_address_src, acl_address_dst, acl_address_localip;

/* The ACL (of type dst) also matches IPv6 addresses that carry one of its IPv4 addresses inside. */
void	 acl_address_embedded(struct acl *a);
/* The ACL (of type dst) also matches the proxy's own listening addresses. */
void	 acl_address_self(struct acl *a);

/* What a type that judges the target's address has to look at; shared with acl_geo.c. */
enum acl_answer	 acl_address_target(const struct acl *a, struct txn *t, struct acl_look *k,
		    bool (*is)(const struct acl *a, const struct txn *t, const struct addr *x));
/* The client's address as rules know it. */
const struct addr *acl_address_client(const struct txn *t);
void	 acl_address_tell_client(const struct acl *a, const struct txn *t, struct sb *to);
void	 acl_address_tell_target(const struct acl *a, const struct txn *t, struct sb *to);

#endif
