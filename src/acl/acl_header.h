/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that compare a named field with regular expressions. */
#ifndef ACL_ACL_HEADER_H
#define ACL_ACL_HEADER_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_header_req, acl_header_rep;

#endif
