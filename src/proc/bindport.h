/* SPDX-License-Identifier: Apache-2.0 */
/* One listening socket: bound, with its options, listening. */
#ifndef PROC_BINDPORT_H
#define PROC_BINDPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/settings.h"

/*
 * -1 with the reason in why[cap]: "cannot listen on 0.0.0.0:3128: ...". s: for the other ports and
 * buffer sizes.
 */
int	 bindport_open(const struct settings *s, const struct port *p, char *why, size_t cap);

/*
 * SO_REUSEPORT would let a second proxy of the same user take half of the connections: tells
 * whether nobody listens there.
 */
bool	 bindport_is_free(const struct settings *s, const struct port *p, char *why, size_t cap);

#endif
