/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that look addresses up in MaxMind databases. */
#ifndef ACL_ACL_GEO_H
#define ACL_ACL_GEO_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_geo_src_country, acl_geo_dst_country, acl_geo_src_as,
    acl_geo_dst_as;

#endif
