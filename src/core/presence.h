/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client connections of this process, tunnels included: how many there are, and their share in
 * the count by address.
 */
#ifndef CORE_PRESENCE_H
#define CORE_PRESENCE_H

#include "base/addr.h"

void		 presence_enter(const struct addr *client);	/* a connection was accepted */
void		 presence_leave(const struct addr *client);	/* and is closed */
unsigned	 presence_count(void);
/* Descriptors have run out: whoever holds some for later gives them up. Set by path.c. */
extern void	 (*presence_pressure)(void);
/* Connections of this address with all workers together, tunnels included. */
uint64_t	 presence_of(const struct addr *client);

#endif
