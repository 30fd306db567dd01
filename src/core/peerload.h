/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections to each peer are in use or being opened: for max-conn= of cache_peer. Per
 * worker, as in Squid.
 */
#ifndef CORE_PEERLOAD_H
#define CORE_PEERLOAD_H

#include "core/settings.h"

void		 peerload_take(const struct peer *p);	/* NULL: nothing */
void		 peerload_leave(const struct peer *p);
uint32_t	 peerload_of(const struct peer *p);

#endif
