/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of addresses and networks: built once, then read-only (shared by fork). Lookups cost the
 * same for ten and a million networks. Ranges are taken too (a-b).
 */
#ifndef MATCH_ADDRSET_H
#define MATCH_ADDRSET_H

#include "base/addr.h"

struct addrset;

struct addrset	*addrset_new(void);
void		 addrset_free(struct addrset **s);
/* bits 0..128 of the 128-bit form */
void		 addrset_add(struct addrset *s, const struct addr *net, unsigned bits);
void		 addrset_add_range(struct addrset *s, const struct addr *lo, const struct addr *hi);
void		 addrset_add_all(struct addrset *s);
/* Compiles; no additions afterwards. Must be called before addrset_has. */
void		 addrset_seal(struct addrset *s);
bool		 addrset_has(const struct addrset *s, const struct addr *a);
size_t		 addrset_count(const struct addrset *s);	/* disjoint ranges after sealing */

/*
 * One value of a src/dst ACL (Squid): ADDR, ADDR/BITS, ADDR/NETMASK, ADDR1-ADDR2[/mask], "all",
 * "ipv4", "ipv6". *host is set (borrowed) and false is returned when it is none of those and could
 * be a host name; {NULL,0} and false with *why when it is a mistake. *why may carry a message with
 * true as well: a warning ("host bits are set: means 10.0.0.0/8").
 */
bool		 addrset_add_text(struct addrset *s, struct span text, struct span *host,
		    const char **why);

#endif
