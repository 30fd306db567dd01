/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DNS answer taken apart: the addresses (or the host name) that the question's name leads to over
 * CNAMEs, and for how long.
 */
#ifndef NET_DNSREPLY_H
#define NET_DNSREPLY_H

#include <stddef.h>

#include "net/dns.h"

enum dnsreply_type { DNSREPLY_A = 1, DNSREPLY_CNAME = 5, DNSREPLY_PTR = 12, DNSREPLY_AAAA = 28 };

enum { DNSREPLY_ADDRS = 32, DNSREPLY_NAME = 256 };	/* most that is taken from one answer */

struct dnsreply {
	/* DNS_OK: there is at least one; DNS_NO_NAME: none; DNS_FAILED: malformed */
	enum dns_result	 result;
	uint32_t	 ttl_s;		/* the least of the records used; 0 when none */
	uint16_t	 n;
	uint16_t	 name_n;
	struct addr	 addrs[DNSREPLY_ADDRS];
	/* PTR: lower case, no final dot; letters, digits, '-', '_' and dots only */
	char		 name[DNSREPLY_NAME];
};

/* p: a whole packet, any bytes at all. Codes in its header are the caller's business. */
void		 dnsreply_parse(const unsigned char *p, size_t n, enum dnsreply_type type,
		    struct dnsreply *out);

#endif
