/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which address to try first: RFC 6724, 6, with the source address the kernel would take for each.
 */
#ifndef NET_DNSORDER_H
#define NET_DNSORDER_H

#include <stddef.h>

#include "base/addr.h"

enum { DNSORDER_MOST = 64 };

/*
 * The source address a connection to `to` would have; false: there is no route. A few system calls,
 * none of which waits.
 */
bool	 dnsorder_source(const struct addr *to, struct addr *source);
/* Sorts n <= DNSORDER_MOST addresses; equals keep their order. */
void	 dnsorder_sort(struct addr *a, size_t n);
/* The same with the sources given (have[i]: there is one); for tests. */
void	 dnsorder_sort_with(struct addr *a, const struct addr *sources, const bool *have, size_t n);

#endif
