/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The servers that names are asked of: from the settings ("ip", "ip:port", "[ip6]:port", "ip6"), or
 * as c-ares found them in resolv.conf.
 */
#ifndef NET_DNSSERVERS_H
#define NET_DNSSERVERS_H

#include <ares.h>

#include "net/dns.h"

/* Into nodes[most]; how many. What is no address is told in a message and left out. */
unsigned	 dnsservers_given(const struct dns_settings *s, struct ares_addr_port_node *nodes,
		    unsigned most);
unsigned	 dnsservers_found(ares_channel a, struct ares_addr_port_node *nodes, unsigned most);
/* The channel asks these n > 0, beginning with nodes[turned]. An ARES_ status. */
int		 dnsservers_set(ares_channel a, struct ares_addr_port_node *nodes, unsigned n,
		    unsigned turned);

#endif
