/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening sockets: for every port one a worker index ("row"), all with SO_REUSEPORT, made by
 * the master and kept by it across the death of workers and reloads, so that what waits in their
 * queues is never lost.
 *
 * A reload prepares (new ports, new rows), and then commits or abandons. Fewer workers than rows:
 * the superfluous rows are given to the remaining workers as further sockets, the kernel is told to
 * choose among the first rows only (a classic BPF program of the group), and a later reload closes
 * them when they have long been out of use; where it takes no program they go on being served.
 * Ports that are gone take no new connection any more (a filter drops the SYN), but their queues
 * are served until sockets_close_removed.
 */
#ifndef PROC_SOCKETS_H
#define PROC_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/settings.h"

/*
 * Opens what these settings need and is not there. False with errors told to d, and nothing
 * changed. Privileges are raised inside.
 */
bool		 sockets_prepare(const struct settings *s, struct diag *d);
/*
 * These settings are in force, and their workers accept. True: there are removed ports, to be
 * closed later.
 */
bool		 sockets_commit(const struct settings *s);
/* Instead of commit: closes what prepare opened. */
void		 sockets_abandon(void);
/*
 * New connections pass by the sockets of the workers that are absent (absent[worker - 1]), if there
 * are others and the kernel can be told. Cheap when it is the same as the last time. These settings
 * are in force.
 */
void		 sockets_avoid(const struct settings *s, const bool *absent);
void		 sockets_close_removed(void);
void		 sockets_close_all(void);

/*
 * The sockets of worker 1..s->workers: n is a multiple of s->n_ports, element i belongs to
 * s->ports[i % s->n_ports]. malloc'd.
 */
int		*sockets_of(const struct settings *s, unsigned worker, size_t *n);

/*
 * Where we listen, wildcards also spelled out as the addresses of this host's interfaces
 * (malloc'd).
 */
struct addr	*sockets_self(const struct settings *s, unsigned *n);

#endif
