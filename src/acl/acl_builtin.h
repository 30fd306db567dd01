/* SPDX-License-Identifier: Apache-2.0 */
/* The ACLs that are there without being defined. */
#ifndef ACL_ACL_BUILTIN_H
#define ACL_ACL_BUILTIN_H

#include "acl/acl.h"

void	 acl_builtin_add(struct acl_set *set);

#endif
