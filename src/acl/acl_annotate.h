/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACL_ACL_ANNOTATE_H
#define ACL_ACL_ANNOTATE_H

#include "acl/acltype.h"

extern const struct acl_type	acl_annotate_transaction;

#endif
