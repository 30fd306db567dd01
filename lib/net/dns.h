/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to addresses and back, over c-ares on the loop, with a cache that honours TTLs, joined
 * concurrent look-ups, the hosts file. Per process. Literals never come here. RFC 1035, 2308
 * (negative answers), 8305 (both families asked at once).
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "base/addr.h"
#include "base/span.h"

enum dns_result {
	DNS_OK,
	DNS_NO_NAME,		/* the name, or an address for it, does not exist */
	DNS_FAILED,		/* no server answered properly */
	DNS_TIMEOUT,
};

/* valid during the callback, or until the loop goes on for dns_cached */
struct dns_answer {
	enum dns_result	 result;
	const struct addr *addrs;	/* as RFC 6724 order from the library; port 0 */
	uint16_t	 n;
	struct span	 name;		/* for reverse look-ups: canonical, else empty */
	bool		 cached;
	uint32_t	 took_ms;
};

struct dns_settings {
	/* NULL-terminated "ip[:port]" list, or NULL: resolv.conf */
	const char	*const *servers;
	/* NULL or "none": none; the caller knows the default, /etc/hosts */
	const char	*hosts_file;
	bool		 defnames;	/* append the search domains to single-label names */
	uint64_t	 timeout_ms;	/* dns_timeout: for the whole look-up */
	uint64_t	 retry_ms;	/* dns_retransmit_interval */
	/* between looks whether a first server that let questions time out is back; 0: 30 s */
	uint64_t	 probe_ms;
	/*
	 * positive_dns_ttl: upper bound; negative_dns_ttl: lower bound of negatives, as Squid has
	 * them
	 */
	uint32_t	 positive_ttl_s, negative_ttl_s;
	uint32_t	 entries;	/* ipcache_size */
	bool		 v6;		/* false: dns_v4_first-like hosts without any IPv6 */
	uint16_t	 port;		/* of the servers without one; 53 */
	uint32_t	 packet_max;	/* EDNS; 0: off */
};

/*
 * After loop_init. False with a message logged when c-ares cannot be set up (look-ups answer
 * DNS_FAILED then).
 */
bool		 dns_init(const struct dns_settings *s);
/*
 * Ends everything without calling any done(); queries that are still held are not valid any more.
 * Not from inside done().
 */
void		 dns_free(void);

struct dns_query;

/* The answer in the cache or the hosts file, if there is a fresh one; else false. No work. */
bool		 dns_cached(struct span host, struct dns_answer *out);
/* Starts (or joins) a look-up. done() comes later, once, never from inside this call. */
struct dns_query *dns_ask(struct span host, void (*done)(void *arg, const struct dns_answer *),
    void *arg);
struct dns_query *dns_ask_name(const struct addr *a,
    void (*done)(void *arg, const struct dns_answer *), void *arg);
bool		 dns_cached_name(const struct addr *a, struct dns_answer *out);
void		 dns_cancel(struct dns_query **q);	/* done() will not be called */
/* An address that refused or did not answer goes to the end of its name's list for a while. */
void		 dns_blame(struct span host, const struct addr *a);

#endif
