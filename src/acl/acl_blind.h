/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types of Squid that cannot be known in this program. */
#ifndef ACL_ACL_BLIND_H
#define ACL_ACL_BLIND_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_blind_types[];
extern const size_t		 acl_blind_count;

#endif
