/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types external and ext_user. */
#ifndef ACL_ACL_EXTERNAL_H
#define ACL_ACL_EXTERNAL_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_external_external, acl_external_user;

#endif
