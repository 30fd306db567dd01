/* SPDX-License-Identifier: Apache-2.0 */
/* ACL types that compare words. */
#ifndef ACL_ACL_WORD_H
#define ACL_ACL_WORD_H

#include "acl/acltype.h"

extern const struct acl_type	 acl_word_method, acl_word_proto, acl_word_myportname,
acl_word_peername, acl_word_hier_code,
		    acl_word_tag, acl_word_note, acl_word_has, acl_word_at_step, acl_word_initiator,
		    acl_word_encrypted;

bool	 acl_word_names_method(const struct acl *a, enum method m);	/* false for other types */

#endif
