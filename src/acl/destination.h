/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The destination guard: destination_access judged on one address. Asked before each direct
 * connection (src/origin), and of the address that a stored answer came from, since rules may tell
 * clients apart and may have changed since it was stored (src/cache).
 */
#ifndef ACL_DESTINATION_H
#define ACL_DESTINATION_H

#include "acl/rules.h"

/*
 * May this request have what is at a (with its port)? *r says which rule decided. Nothing is
 * fetched: a missing fact fails closed.
 */
bool		 destination_allows(struct txn *t, const struct addr *a, struct ruling *r);

#endif
