/* SPDX-License-Identifier: Apache-2.0 */
/* Where a redirected client wanted to go: ports with the option intercept. */
#ifndef CLIENT_ORIGDST_H
#define CLIENT_ORIGDST_H

#include "base/addr.h"
#include "core/settings.h"
#include "core/txn.h"

/*
 * The address a connection was made to before netfilter redirected it (SO_ORIGINAL_DST), which is
 * not `local`, our own end. False, with a warning logged now and then: it is not known, or the
 * client came straight to the port.
 */
bool	 origdst_get(int fd, const struct addr *peer, const struct addr *local,
		    const struct port *port, struct addr *out);

/*
 * Makes t's target of the original destination and the host that was given in Host or in an
 * absolute target (host.n 0: none): the name is the client's word, for rules and log; address and
 * port are where it wanted to go, and nothing else is connected to, nor judged by dst. False: no
 * memory.
 */
bool	 origdst_adopt(struct txn *t, const struct addr *dst, const struct target *host);

#endif
