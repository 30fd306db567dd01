/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-ares on the loop: single questions to the configured servers. No cache, no search, no joining.
 * A server that let a question time out is asked last until it answers again.
 */
#ifndef NET_DNSCHAN_H
#define NET_DNSCHAN_H

#include "net/dns.h"
#include "net/dnsreply.h"

bool		 dnschan_init(const struct dns_settings *s);
void		 dnschan_free(void);	/* questions under way are answered with DNS_FAILED */

/*
 * name: a C string of printable ASCII without a backslash. cb comes once, possibly before this
 * returns; it may ask again. The reply is valid during the call. False: cb does not come, because
 * c-ares is not set up or too much is under way.
 */
bool		 dnschan_ask(const char *name, enum dnsreply_type type,
		    void (*cb)(void *arg, const struct dnsreply *), void *arg);

/* The search domains of resolv.conf; NULL after the last. */
const char	*dnschan_domain(unsigned i);

#endif
