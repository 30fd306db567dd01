/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields in which an answer says how the cache handled it: Age (RFC 9111, 5.1), Cache-Status
 * (RFC 9211), Squid's X-Cache.
 */
#ifndef CORE_CACHESTATUS_H
#define CORE_CACHESTATUS_H

#include "base/arena.h"
#include "base/sb.h"

/* Why a request went forward (RFC 9211, 2.2). */
enum cachestatus_fwd {
	CACHESTATUS_HIT,	/* it did not */
	CACHESTATUS_BYPASS, CACHESTATUS_METHOD, CACHESTATUS_URI_MISS, CACHESTATUS_VARY_MISS,
	CACHESTATUS_MISS, CACHESTATUS_REQUEST, CACHESTATUS_STALE, CACHESTATUS_PARTIAL,
};

struct cachestatus {
	enum cachestatus_fwd	 fwd;
	/* of the origin's answer if it is not the one sent; 0: leave out */
	unsigned		 fwd_status;
	bool			 has_ttl;
	int64_t			 ttl;		/* freshness left, negative when stale */
	bool			 stored, collapsed;
	/* the bytes are, whatever was asked before: X-Cache says HIT */
	bool			 from_store;
	const char		*detail;	/* a token; NULL: none */
};

/* What is the same in every answer of a proxy. */
struct cachestatus_texts {
	/* "Cache-Status: name"; the name is a token, else a string */
	struct span	 member;
	/* X-Cache and X-Cache-Lookup up to the port: [HIT][HIT] where they say MISS or HIT */
	struct span	 found[2][2];
};

/* Made of the proxy's name, in the arena. */
void		 cachestatus_settle(struct cachestatus_texts *t, struct span name, struct arena *a);

/*
 * The field lines of an answer, each with its CRLF: Age where age >= 0, Cache-Status, X-Cache and
 * X-Cache-Lookup (name:port) as Squid has them. looked: what the look-up found, which may be a hit
 * that had to be validated.
 */
void		 cachestatus_lines(struct sb *out, const struct cachestatus_texts *t, uint16_t port,
		    const struct cachestatus *s, bool looked, int64_t age);

#endif
