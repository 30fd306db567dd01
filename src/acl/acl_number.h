/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that compare numbers. */
#ifndef ACL_ACL_NUMBER_H
#define ACL_ACL_NUMBER_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_number_port, acl_number_localport, acl_number_status,
    acl_number_maxconn, acl_number_random;

#endif
