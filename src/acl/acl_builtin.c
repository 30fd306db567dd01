/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built-in ACLs: Squid's (all, manager, localhost, to_localhost, to_linklocal, CONNECT), and ours
 * for the destination guard: to_self, to_private, to_nowhere. The to_* ones match IPv6 addresses
 * that carry one of their IPv4 addresses inside as well.
 */
#include "acl/acl_builtin.h"

#include "acl/acl_address.h"

enum { VALUES = 28 };

static const struct builtin {
	const char	*name, *type;
	const char	*values[VALUES];
} table[] = {
	{ "all", "src", { "all" } },
	{ "manager", "url_regex",
	    { "-i", "^cache_object://", "^[^:/]+://[^/]+/squid-internal-mgr/",
	    "^/squid-internal-mgr/" } },
	{ "localhost", "src", { "127.0.0.1/32", "::1" } },
	{ "to_localhost", "dst", { "127.0.0.0/8", "0.0.0.0/32", "::1", "::" } },
	/*
	 * Metadata services of cloud machines: the link-local one, Alibaba's, Oracle's older one,
	 * and AWS's over IPv6.
	 */
	{ "to_linklocal", "dst",
	    { "169.254.0.0/16", "fe80::/10", "fd00:ec2::254", "100.100.100.200", "192.0.0.192" } },
	{ "to_self", "dst", { NULL } },
	/* Unspecified, multicast, broadcast and reserved. */
	{ "to_nowhere", "dst", { "0.0.0.0/8", "::", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8" } },
	{ "to_private", "dst", {
	    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",			/* RFC 1918 */
	    "100.64.0.0/10",							/* RFC 6598 */
	    "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",	/* RFC 6890, 5737 */
	    "198.18.0.0/15",							/* RFC 2544 */
	    "fc00::/7", "fec0::/10",						/* RFC 4193, 3879 */
	    "2001:db8::/32", "3fff::/20", "2001:2::/48", "100::/64",		/* RFC 3849, 9637,
										 * 5180, 6666 */
	    "5f00::/16",							/* RFC 9602 */
	} },
	{ "CONNECT", "method", { "CONNECT" } },
};

void
acl_builtin_add(struct acl_set *set)
{
	struct diag_place nowhere = { "(built in)", 0, 0 };
	struct acl_word words[VALUES];
	struct diag d;

	diag_init(&d);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct builtin *b = &table[i];
		size_t n = 0;

		for (; n < VALUES && b->values[n] != NULL; n++)
			words[n] = (struct acl_word){ span_of(b->values[n]), nowhere };
		acl_add(set, span_of(b->name), span_of(b->type), words, n, nowhere, &d);
		if (span_starts(span_of(b->name), SPAN("to_")))
			acl_address_embedded(acl_find(set, span_of(b->name)));
	}
	MUST(d.errors == 0);
	acl_address_self(acl_find(set, SPAN("to_self")));
	diag_free(&d);
}
