/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that did not answer an attempt to connect, remembered for a minute (RFC 8305, 4: what
 * is known of earlier attempts orders the list), so that not every connection to a server with a
 * dead first address waits for it. A hint, per process, in a table that does not grow: newer ones
 * drive older ones out.
 */
#ifndef NET_DEADADDR_H
#define NET_DEADADDR_H

#include "base/addr.h"

enum { DEADADDR_MS = 60000 };

void	 deadaddr_note(const struct addr *a);
void	 deadaddr_forget(const struct addr *a);
bool	 deadaddr_is(const struct addr *a);

#endif
