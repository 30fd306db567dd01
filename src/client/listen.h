/* SPDX-License-Identifier: Apache-2.0 */
/* Accepting connections on the sockets that the master made. */
#ifndef CLIENT_LISTEN_H
#define CLIENT_LISTEN_H

#include "core/settings.h"

/* fds[i] belongs to s->ports[i % s->n_ports]; they stay the master's to close. */
void	 listen_start(const struct settings *s, const int *fds, size_t n);
/* Takes no new connection; what waits in the queues is another process's. */
void	 listen_stop(void);

#endif
