/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the resolver, kept until their TTL is over, at most so many: the one unused for
 * longest goes. Positive and negative alike.
 */
#ifndef NET_DNSCACHE_H
#define NET_DNSCACHE_H

#include "base/hmap.h"
#include "base/list.h"
#include "net/dns.h"

struct dnscache_entry {
	struct list	 lru;
	uint64_t	 until_ms;	/* fresh before */
	enum dns_result	 result;
	uint16_t	 n;
	struct span	 key, name;	/* name: what a reverse look-up found */
	struct addr	 addrs[];	/* then the bytes of key and name */
};

struct dnscache {
	struct hmap	 map;
	struct list	 lru;		/* the latest used at the end */
	size_t		 most;
};

/* fold: keys are names, equal whatever the case of their letters. */
void		 dnscache_init(struct dnscache *c, bool fold, size_t most);
void		 dnscache_free(struct dnscache *c);
/* The entry, if it is fresh (and then it is the latest used); else NULL. Never frees anything. */
struct dnscache_entry *dnscache_get(struct dnscache *c, struct span key);
/* Copies everything; replaces what was there. */
void		 dnscache_put(struct dnscache *c, struct span key, const struct dns_answer *a,
		    uint64_t ttl_ms);

#endif
