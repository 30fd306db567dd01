/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that compare one text of the request or the answer with regular expressions. */
#ifndef ACL_ACL_REGEX_H
#define ACL_ACL_REGEX_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_regex_url, acl_regex_urlpath, acl_regex_urllogin,
acl_regex_browser, acl_regex_referer,
		    acl_regex_req_mime, acl_regex_rep_mime, acl_regex_dstdom, acl_regex_srcdom,
		    acl_regex_server_name, acl_regex_peername, acl_regex_proxy_auth,
		    acl_regex_ext_user, acl_regex_ext_user;

/* The parts for other files' types: data is a struct regset. */
void		*acl_regex_make(void);
void		 acl_regex_discard(void *data);
void		 acl_regex_value(struct acl *a, struct acl_line *l, const struct acl_word *w);
void		 acl_regex_seal(struct acl *a, struct acl_set *set, struct diag *d);

#endif
