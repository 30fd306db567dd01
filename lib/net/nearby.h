/* SPDX-License-Identifier: Apache-2.0 */
/* TCP sockets whose two ends are on this machine. */
#ifndef NET_NEARBY_H
#define NET_NEARBY_H

#include "base/addr.h"

/*
 * If `addr` is loopback, the socket works without pacing and without a model of a path, which there
 * is none. `addr` is the other end's, or a listening socket's own: what it accepts inherits this.
 * To be called before the connection is made, where that can be: a socket that was paced once stays
 * so, only faster. Costs a system call in the case of loopback, else nothing.
 */
void		 nearby_tune(int fd, const struct addr *addr);

#endif
