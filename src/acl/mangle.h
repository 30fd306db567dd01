/* SPDX-License-Identifier: Apache-2.0 */
/* Header rules: request_header_access, reply_header_access, *_header_replace, *_header_add, applied to a head about to be sent. */
#ifndef ACL_MANGLE_H
#define ACL_MANGLE_H

#include "acl/rules.h"
#include "core/settings.h"

/*
 * Marks denied fields gone (or replaces their value) and appends additions. Texts from the txn's arena. Costs one branch when
 * there are no such rules.
 */
void	 mangle_request(struct txn *t, struct head *h);
void	 mangle_reply(struct txn *t, struct head *h);

#endif
