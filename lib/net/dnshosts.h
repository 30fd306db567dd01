/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hosts file (hosts(5)): names to addresses and back. Read when it is set, and again when stat
 * says that it changed, which is asked at most every few seconds and only when something is looked
 * up. Spans and addresses given out stay until the loop goes on.
 */
#ifndef NET_DNSHOSTS_H
#define NET_DNSHOSTS_H

#include "base/addr.h"
#include "base/span.h"

struct dnshosts_name {
	struct addr	*addrs;
	uint16_t	 n, cap;
};

/* path NULL: none. v6: false leaves IPv6 addresses out. */
void		 dnshosts_init(const char *path, bool v6);
void		 dnshosts_free(void);
/* NULL when the file does not name the host. */
struct dnshosts_name *dnshosts_find(struct span host);
/* The first name of an address; false when the file does not have it. */
bool		 dnshosts_find_addr(const struct addr *a, struct span *name);

#endif
