/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an address is one that this proxy listens on. */
#ifndef ACL_OWNADDR_H
#define ACL_OWNADDR_H

#include "base/addr.h"

/*
 * x->port, or `port` when that is 0, is compared too; when both are 0 the address alone decides.
 * Listening on any address means all addresses of this machine (looked up again at most every ten
 * seconds) and all of loopback.
 */
bool	 ownaddr_listens(const struct addr *x, uint16_t port);

#endif
