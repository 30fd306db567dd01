/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy auto-configuration file (FindProxyForURL), made once when the settings are compiled
 * from pac_proxy, pac_direct and pac_failover. ES3, no DNS look-ups, the same bytes for the same
 * values.
 */
#ifndef ADMIN_PAC_H
#define ADMIN_PAC_H

#include "acl/acl.h"
#include "base/arena.h"

struct pac_input {
	/*
	 * Words of all pac_proxy lines in their order, the order in which browsers try them:
	 * "host:port" (a plain proxy), with a kind as a word before it (PROXY, HTTPS, SOCKS,
	 * SOCKS4, SOCKS5) or as its scheme ("https://host:port"); DIRECT.
	 */
	const struct acl_word	*proxies;
	size_t			 n_proxies;
	/*
	 * Words of all pac_direct lines, what browsers fetch without the proxy: ".example.com" (the
	 * domain and all below it), "example.com" (this host), "*.example.com" (all below it only),
	 * "10.0.0.0/8", "10.0.0.0/255.0.0.0", "fd00::/8", a single address. Networks are compared
	 * with hosts written as addresses. localhost, loopback addresses and plain names (no dot)
	 * are always direct.
	 */
	const struct acl_word	*direct;
	size_t			 n_direct;
	/*
	 * pac_failover: "direct" or "on" (when no proxy answers, go direct), "none" or "off";
	 * empty: none.
	 */
	struct acl_word		 failover;
	/*
	 * Used when there is no pac_proxy word: "visible_hostname:port" of this proxy. Empty: then
	 * there is no file.
	 */
	struct span		 fallback;
};

/* The text, in the arena; {NULL,0} after an error told to d, or when there is no proxy to name. */
struct span	 pac_build(const struct pac_input *in, struct arena *a, struct diag *d);

#endif
