/* SPDX-License-Identifier: Apache-2.0 */
/* The ACL type time. */
#ifndef ACL_ACL_TIME_H
#define ACL_ACL_TIME_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_time_time;

#endif
