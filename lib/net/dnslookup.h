/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups that are under way at the servers: one for each name or address, whoever waits for it.
 * What comes out goes into a cache, and to those who wait.
 */
#ifndef NET_DNSLOOKUP_H
#define NET_DNSLOOKUP_H

#include "base/list.h"
#include "net/dnscache.h"

enum { DNSLOOKUP_NAME = 253 };		/* longest key: RFC 1035, 3.1, as text */

/* tell() takes the waiter off its list; it comes from the loop. */
void	 dnslookup_init(const struct dns_settings *s,
		    void (*tell)(struct list *waiter, const struct dns_answer *));
/* forget() takes a waiter off its list. After dnschan_free. */
void	 dnslookup_free(void (*forget)(struct list *waiter));
/*
 * Puts a waiter (who may leave the list at any time) with the look-up of a host name, or with back
 * of the 16 bytes of an address; begins it if there is none.
 */
void	 dnslookup_join(struct dnscache *cache, bool back, struct span key, struct list *waiter);

#endif
