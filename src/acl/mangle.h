/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header rules: request_header_access, reply_header_access, *_header_replace, *_header_add, applied
 * to a head about to be sent.
 */
#ifndef ACL_MANGLE_H
#define ACL_MANGLE_H

#include "acl/rules.h"
#include "base/sb.h"
#include "core/settings.h"

/*
 * Marks denied fields gone (or replaces their value) and appends additions. Texts from the txn's
 * arena. Costs one branch when there are no such rules.
 */
void	 mangle_request(struct txn *t, struct head *h);
void	 mangle_reply(struct txn *t, struct head *h);

/*
 * The same, without additions, for lines that the proxy adds by itself (Via, X-Forwarded-For,
 * X-Cache ...): those of b from `from` on. h: the head that they go with. What replaces a denied
 * line may be longer than it: mangle_room is the most that all of them need.
 */
void	 mangle_own(struct txn *t, const struct head *h, struct sb *b, size_t from);
size_t	 mangle_room(const struct header_rules *rules);

/*
 * Of one field or trailer of the request, or of its answer: does it pass as it is? What a rule
 * replaces does not.
 */
bool	 mangle_passes(struct txn *t, bool request, const struct head_field *f);

#endif
